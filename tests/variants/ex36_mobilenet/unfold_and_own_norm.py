# 不用现成的层：展开成列，再逐通道相乘；批归一化也自己写
import torch
import torch.nn.functional as F
from torch import nn


class 归一化(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.g, self.b = nn.Parameter(torch.ones(c)), nn.Parameter(torch.zeros(c))
        self.register_buffer("m", torch.zeros(c))
        self.register_buffer("v", torch.ones(c))

    def forward(self, x):
        if self.training:
            v, m = torch.var_mean(x, (0, 2, 3), correction=0)
            self.m.mul_(0.9).add_(0.1 * m.detach())
            self.v.mul_(0.9).add_(0.1 * v.detach())
        else:
            m, v = self.m, self.v
        各 = (slice(None), None, None)
        return (x - m[各]) * torch.rsqrt(v[各] + 1e-5) * self.g[各] + self.b[各]


class 逐通道(nn.Module):
    def __init__(self, c, s):
        super().__init__()
        self.s = s
        self.w = nn.Parameter(torch.randn(9, c))
        self.shift = nn.Parameter(torch.zeros(1, c, 1, 1))

    def forward(self, x):
        n, c, h, w = x.shape
        h, w = (h - 1) // self.s + 1, (w - 1) // self.s + 1
        列 = F.unfold(x, 3, padding=1, stride=self.s).view(n, c, 9, h, w)
        return torch.einsum("nckhw,kc->nchw", 列, self.w) + self.shift


class 逐点(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.层 = nn.Linear(i, o, bias=False)

    def forward(self, x):
        return self.层(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def depthwise_separable(i, o, s=1):
    return nn.Sequential(逐通道(i, s), 归一化(i), nn.ReLU(), 逐点(i, o), 归一化(o), nn.ReLU())


def conv_macs(out_h, out_w, kernel, in_channels, out_channels):
    return sum(kernel ** 2 * in_channels for _ in range(out_h * out_w) for _ in range(out_channels))


def separable_macs(out_h, out_w, kernel, in_channels, out_channels):
    return conv_macs(out_h, out_w, kernel, in_channels, out_channels) * (1 / out_channels + 1 / kernel ** 2)


def mobilenet(num_classes=10, in_channels=1):
    层 = [nn.Conv2d(in_channels, 32, 3, 2, 1, bias=False), 归一化(32), nn.ReLU()]
    c = 32
    for 描述 in "64 128/2 128 256/2 256 512/2 512 512 512 512 512 1024/2 1024".split():
        o, _, s = 描述.partition("/")
        层.append(depthwise_separable(c, int(o), int(s or 1)))
        c = int(o)
    return nn.Sequential(*层, nn.AdaptiveAvgPool2d(1), nn.Conv2d(1024, num_classes, 1), nn.Flatten())
