"""Backwards: the maximum sends everything to one pixel, the mean a share to each."""

import torch
import torch.nn.functional as F

X = torch.tensor([[[[1.0, 3], [5, 2]]]], requires_grad=True)
F.max_pool2d(X, 2).sum().backward()
print(X.grad[0, 0].tolist())  # [[0.0, 0.0], [1.0, 0.0]]

X.grad = None
F.avg_pool2d(X, 2).sum().backward()
print(X.grad[0, 0].tolist())  # [[0.25, 0.25], [0.25, 0.25]]
