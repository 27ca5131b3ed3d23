import torch
from torch import nn


class Blk(nn.Module):
    def __init__(self, n, i, o):
        super().__init__()
        self.bs = nn.ParameterList([nn.Parameter(torch.zeros(o, 1, 1)) for _ in range(n)])
        self.ws = nn.ParameterList([nn.Parameter(torch.randn(o, i if k == 0 else o, 3, 3).double()) for k in range(n)])

    def forward(self, x):
        y = x.double()
        for w, b in zip(self.ws, self.bs):
            y = (nn.functional.conv2d(y, w, padding=1) + b).relu()
        return nn.functional.max_pool2d(y, 2).to(x.dtype)


class Dense(nn.Module):
    """x @ W + b, as in the books."""

    def __init__(self, i, o):
        super().__init__()
        self.b = nn.Parameter(torch.zeros(o))
        self.W = nn.Parameter(torch.empty(i, o).normal_(0, 0.01))

    def forward(self, x):
        return x @ self.W + self.b


vgg_block = Blk


def vgg(conv_arch):
    chan = [1] + [c for _, c in conv_arch]
    blocks = [Blk(n, chan[i], c) for i, (n, c) in enumerate(conv_arch)]
    return nn.Sequential(*blocks, nn.Flatten(1), Dense(chan[-1] * 49, 4096), nn.ReLU(), nn.Dropout(0.3),
                         Dense(4096, 4096), nn.ReLU(), Dense(4096, 10))
