"""How much of a gradient comes back through four activations in a row."""

import torch
from torch import nn


def slope(activation: nn.Module, start: float, times: int = 4) -> float:
    start_at = x = torch.tensor(start, requires_grad=True)
    for _ in range(times):
        x = activation(x)
    x.backward()
    return round(start_at.grad.item(), 4)


print(slope(nn.Sigmoid(), 0.0, times=1), slope(nn.Sigmoid(), 5.0, times=1))  # 0.25 0.0066
print(slope(nn.Sigmoid(), 0.0))  # 0.003
print(slope(nn.ReLU(), 5.0))  # 1.0
