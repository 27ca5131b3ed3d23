import torch
import torch.nn.functional as F
from torch import nn


class Conv(nn.Module):
    """A convolution in double precision with bare parameters; a 1×1 kernel is a matrix."""

    def __init__(self, i, o, k, stride=1, padding=0):
        super().__init__()
        self.shift = nn.Parameter(torch.zeros(1, o, 1, 1))
        self.kernel = nn.Parameter(torch.randn(o, i, k, k) / (i * k * k) ** 0.5 if k > 1 else torch.randn(i, o))
        self.how = dict(stride=stride, padding=padding)

    def forward(self, x):
        x, w = x.double(), self.kernel.double()
        y = torch.einsum("nihw,io->nohw", x, w) if w.dim() == 2 else F.conv2d(x, w, **self.how)
        return (y + self.shift).clamp(min=0)


class Inception(nn.Module):
    def __init__(self, cin, n1, n2, n3, n4):
        super().__init__()
        self.one, self.four = Conv(cin, n1, 1), Conv(cin, n4, 1)
        self.two = nn.Sequential(Conv(cin, n2[0], 1), Conv(n2[0], n2[1], 3, padding=1))
        self.three = nn.Sequential(Conv(cin, n3[0], 1), Conv(n3[0], n3[1], 5, padding=2))

    def forward(self, x):
        # joined in two steps, and channels last in between
        left = torch.cat([self.one(x), self.two(x)], -3)
        right = torch.cat([b.permute(0, 2, 3, 1) for b in (self.three(x), self.four(self.window_max(x)))], -1)
        return torch.cat([left, right.permute(0, 3, 1, 2)], 1)

    @staticmethod
    def window_max(x):
        padded = F.pad(x, (1, 1, 1, 1), value=float("-inf"))
        return padded.unfold(2, 3, 1).unfold(3, 3, 1).amax(dim=(-1, -2))


WIDTHS = """64 96 128 16 32 32 | 128 128 192 32 96 64 | pool
192 96 208 16 48 64 | 160 112 224 24 64 64 | 128 128 256 24 64 64 | 112 144 288 32 64 64 | 256 160 320 32 128 128 | pool
256 160 320 32 128 128 | 384 192 384 48 128 128"""


class Scores(nn.Linear):
    def forward(self, x):
        return super().forward(x.flatten(2).mean(-1).float())


def googlenet(num_classes=10):
    pool = nn.MaxPool2d(3, 2, 1)
    layers, width = [Conv(1, 64, 7, 2, 3), pool, Conv(64, 64, 1), Conv(64, 192, 3, 1, 1), pool], 192
    for words in (piece.split() for line in WIDTHS.split("\n") for piece in line.split("|")):
        if words == ["pool"]:
            layers.append(pool)
            continue
        a, b, c, d, e, f = map(int, words)
        layers.append(Inception(width, a, (b, c), (d, e), f))
        width = a + c + e + f
    return nn.Sequential(*layers, Scores(width, num_classes))
