"""Autograd's opinion on the two sums that were done by hand."""

import torch
import torch.nn.functional as F

X = torch.tensor([[0.0, 1, 2], [3, 4, 5], [6, 7, 8]], requires_grad=True)
K = torch.tensor([[0.0, 1], [2, 3]], requires_grad=True)
dY = torch.tensor([[1.0, 0], [2, 0]])

Y = F.conv2d(X[None, None], K[None, None])[0, 0]
dX, dK = torch.autograd.grad(Y, [X, K], dY)
print(dK.tolist())  # [[6.0, 9.0], [15.0, 18.0]]
print(dX.tolist())  # [[0.0, 1.0, 0.0], [2.0, 5.0, 0.0], [4.0, 6.0, 0.0]]
