"""Measure a receptive field: which pixels does the gradient of one number reach?"""

import torch
from torch import nn


def receptive_field(layers: list[nn.Module], n: int = 301) -> int:
    net = nn.Sequential(*layers)
    for parameter in net.parameters():
        nn.init.ones_(parameter)  # so that nothing cancels out
    row = torch.ones(1, 1, n, requires_grad=True)
    Y = net(row)
    Y[0, 0, Y.shape[-1] // 2].backward()
    return int((row.grad != 0).sum())


def conv(kernel: int, **options: int) -> nn.Module:
    return nn.Conv1d(1, 1, kernel, **options)


print(receptive_field([conv(3), conv(3)]))  # 5
print(receptive_field([conv(5), nn.AvgPool1d(2), conv(5), nn.AvgPool1d(2)]))  # 16
print(receptive_field([conv(3, dilation=1), conv(3, dilation=2), conv(3, dilation=4)]))  # 15
