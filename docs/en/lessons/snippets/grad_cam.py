"""Grad-CAM on two maps of 2 × 2, with gradients that we know."""

import torch

A = torch.tensor([[[2.0, 0], [1, 3]], [[0, 4], [1, 1]]], requires_grad=True)
rest_of_the_net = torch.tensor([[[3.0, 1], [2, 2]], [[-2, 0], [0, -2]]])
score = (A * rest_of_the_net).sum()

(gradient,) = torch.autograd.grad(score, A)
weights = gradient.mean(dim=(1, 2))
print(weights.tolist())  # [2.0, -1.0]

together = (weights[:, None, None] * A).sum(dim=0).detach()
print(together.tolist())  # [[4.0, -4.0], [1.0, 5.0]]

positive = together.relu()
result = positive / positive.max()
print([[round(number, 1) for number in row] for row in result.tolist()])  # [[0.8, 0.0], [0.2, 1.0]]
