import torch
import torch.nn.functional as F
from torch import nn


class depthwise_separable(nn.Module):
    """A class is as good as a function; biases in one of the two convolutions."""

    def __init__(self, c_in, c_out, stride=1):
        super().__init__()
        self.pw_norm = nn.BatchNorm2d(c_out)
        self.dw_norm = nn.BatchNorm2d(c_in, momentum=None)
        self.pw = nn.Conv2d(c_in, c_out, kernel_size=(1, 1), bias=False)
        self.dw = nn.Conv2d(c_in, c_in, kernel_size=(3, 3), stride=(stride, stride), groups=c_in)

    def forward(self, x):
        x = F.pad(x, (1, 1, 1, 1))
        x = F.hardtanh(self.dw_norm(self.dw(x)), 0.0, 6.0)
        return self.pw_norm(self.pw(x)).clamp_(0, 6)


class mobilenet(nn.Module):
    def __init__(self, classes=10, in_channels=1):
        super().__init__()
        self.fc = nn.Linear(1024, classes)
        self.stem = nn.Conv2d(in_channels, 32, 3, 2, 1)
        self.stem_norm = nn.BatchNorm2d(32)
        sizes = [32, 64, 128, 128, 256, 256] + [512] * 6 + [1024] * 2
        self.blocks = nn.ModuleList()
        for a, b in zip(sizes[:-1], sizes[1:]):
            self.blocks.append(depthwise_separable(a, b, 2 if b in (2 * a,) and a > 32 else 1))

    def forward(self, x):
        x = F.relu6(self.stem_norm(self.stem(x)), inplace=True)
        for block in self.blocks:
            x = block(x)
        return self.fc(x.mean(3).mean(2))


def conv_macs(oh, ow, k, cin, cout):
    return torch.tensor(oh * ow * k ** 2 * cin * cout)


def separable_macs(oh, ow, k, cin, cout):
    return float(oh * ow * cin * (k ** 2 + cout))
