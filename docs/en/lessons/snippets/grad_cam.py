"""The weights of Grad-CAM for two maps of 2 × 2, with gradients that we know."""

import torch

A = torch.tensor([[[2.0, 0], [1, 3]], [[0, 4], [1, 1]]], requires_grad=True)
rest_of_the_net = torch.tensor([[[3.0, 1], [2, 2]], [[-2, 0], [0, -2]]])
score = (A * rest_of_the_net).sum()

(gradient,) = torch.autograd.grad(score, A)
print(gradient.mean(dim=(1, 2)).tolist())  # [2.0, -1.0]
