"""Rounding down, rounding up, and the window that is left out all the same."""

import torch
from torch import nn


def measured_size(layer: nn.Module, n: int) -> int:
    return layer(torch.zeros(1, 1, n)).shape[-1]


print(measured_size(nn.MaxPool1d(3, stride=2), n=8))  # 3
print(measured_size(nn.MaxPool1d(3, stride=2, ceil_mode=True), n=8))  # 4
print(measured_size(nn.MaxPool1d(2, stride=3), n=6))  # 2
print(measured_size(nn.MaxPool1d(2, stride=3, ceil_mode=True), n=6))  # 2
