"""Parameters and buffers by hand, the 1×1 convolution as a product of matrices, the linear layer as a convolution."""
import torch
import torch.nn.functional as F
from torch import nn


class ConvNorm(nn.Module):
    def __init__(self, i, o, k, s):
        super().__init__()
        self.s, self.k = s, k
        self.shift, self.scale = nn.Parameter(torch.zeros(o)), nn.Parameter(torch.ones(o))
        self.w = nn.Parameter(torch.randn(o, i, k, k) / (i * k * k) ** 0.5)
        self.register_buffer("mean", torch.zeros(o))
        self.register_buffer("var", torch.ones(o))

    def forward(self, x):
        x = F.conv2d(F.pad(x, [self.k // 2] * 4), self.w, stride=self.s)
        return F.batch_norm(x, self.mean, self.var, self.scale, self.shift, self.training)


class Shortcut(nn.Module):
    def __init__(self, i, o, s):
        super().__init__()
        self.s, self.w = s, nn.Parameter(torch.randn(i, o) / i ** 0.5)

    def forward(self, x):
        return torch.einsum("nihw,io->nohw", x[:, :, :: self.s, :: self.s], self.w)


class Residual(nn.Module):
    def __init__(self, i, o, use_1x1conv=False, stride=1):
        super().__init__()
        self.parts = nn.ModuleList([ConvNorm(i, o, 3, stride), ConvNorm(o, o, 3, 1)])
        if use_1x1conv:
            self.parts.append(Shortcut(i, o, stride))

    def forward(self, x):
        first, second, *shortcut = self.parts
        for layer in shortcut:
            y = layer(x)
            break
        else:
            y = x
        return (y + second(first(x).relu())).relu()


class resnet18(nn.Module):
    def __init__(self, num_classes=10, in_channels=1):
        super().__init__()
        self.stem = ConvNorm(in_channels, 64, 7, 2)
        sizes = [64, 64, 64, 128, 128, 256, 256, 512, 512]
        self.blocks = nn.ModuleList()
        for a, b in zip(sizes, sizes[1:]):
            self.blocks.append(Residual(a, b, use_1x1conv=a != b, stride=1 + (a != b)))
        self.head = nn.Conv2d(512, num_classes, 1)
        self.drop = nn.Dropout(0.2)

    def forward(self, x):
        x = F.max_pool2d(self.stem(x).relu(), 3, 2, 1)
        for block in self.blocks:
            x = block(x)
        return self.head(self.drop(x.mean((2, 3), keepdim=True)))[:, :, 0, 0]
