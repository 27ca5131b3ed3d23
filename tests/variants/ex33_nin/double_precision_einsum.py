import torch
import torch.nn.functional as F
from torch import nn


class Block(nn.Module):
    """Mixes channels by einsum, in double precision; weights are stored (in, out)."""

    def __init__(self, i, o, k, s, p):
        super().__init__()
        self.options = dict(stride=s, padding=p)
        self.conv = nn.Conv2d(i, o, k, bias=False)
        self.bias = nn.Parameter(torch.zeros(1, o, 1, 1))
        self.mix = nn.ParameterList([nn.Parameter(torch.eye(o)), nn.Parameter(torch.eye(o))])
        self.shift = nn.ParameterList([nn.Parameter(torch.zeros(o)), nn.Parameter(torch.zeros(o))])

    def forward(self, x):
        x = F.conv2d(x.double(), self.conv.weight.double(), **self.options) + self.bias.double()
        x = x.clamp_min(0)
        for w, b in zip(self.mix, self.shift):
            x = (torch.einsum("nihw,io->nohw", x, w.double()) + b.double()[:, None, None]).relu()
        return x.float()


def nin_block(in_channels, out_channels, kernel_size, strides=1, padding=0):
    return Block(in_channels, out_channels, kernel_size, strides, padding)


def nin(num_classes=10):
    pool = nn.MaxPool2d(3, 2)
    return nn.Sequential(Block(1, 96, 11, 4, 0), pool, Block(96, 256, 5, 1, 2), pool, Block(256, 384, 3, 1, 1), pool,
                         Block(384, num_classes, 3, 1, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten())
