"""Check a gradient without any formula: nudge a number and see what the loss does."""

import torch
import torch.nn.functional as F

X = torch.tensor([[0.0, 1, 2], [3, 4, 5], [6, 7, 8]], dtype=torch.float64)
K = torch.tensor([[0.0, 1], [2, 3]], dtype=torch.float64)
dY = torch.tensor([[1.0, 0], [2, 0]], dtype=torch.float64)


def loss(X: torch.Tensor) -> torch.Tensor:
    return (dY * F.conv2d(X[None, None], K[None, None])[0, 0]).sum()


def nudged(i: int, j: int, by: float) -> torch.Tensor:
    moved = X.clone()
    moved[i, j] += by
    return loss(moved)


print(loss(X).item())  # 93.0
print(nudged(1, 1, by=1).item())  # 98.0

h = 1e-4
slope = (nudged(1, 1, by=h) - nudged(1, 1, by=-h)) / (2 * h)
print(round(slope.item(), 6))  # 5.0
