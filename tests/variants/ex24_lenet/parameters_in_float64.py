"""Bare parameters, weights on the right, everything in double precision."""
import torch
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self, k):
        super().__init__()
        def p(*shape):
            return nn.Parameter(torch.randn(*shape, dtype=torch.float64) * 0.1)
        self.b = nn.ParameterList([p(1, 6, 1, 1), p(1, 16, 1, 1), p(120), p(1, 84), p(k)])
        self.w = nn.ParameterDict({"a": p(6, 1, 5, 5), "b": p(150, 16), "c": p(400, 120), "d": p(120, 84), "e": p(84, k)})

    def forward(self, x):
        n = len(x)
        x = x.double()
        x = F.avg_pool2d(torch.relu(F.conv2d(x, self.w["a"], padding=2) + self.b[0]), 2)
        columns = F.unfold(x, 5).transpose(1, 2) @ self.w["b"]
        x = torch.relu(columns.transpose(1, 2).reshape(n, 16, 10, 10) + self.b[1])
        x = F.avg_pool2d(x, 2).reshape(n, -1)
        x = (x @ self.w["c"] + self.b[2]).clamp(min=0)
        x = torch.maximum(x @ self.w["d"] + self.b[3], torch.zeros((), dtype=x.dtype, device=x.device))
        return torch.matmul(x, self.w["e"]) + self.b[4]


def lenet(num_classes=10):
    return Net(num_classes)
