"""A 1 × 1 convolution is a matrix product at each pixel."""

import torch
import torch.nn.functional as F

X = torch.tensor([[[1.0, 2], [0, 1]], [[3, 0], [1, 2]], [[2, 1], [0, 1]]])  # three channels of 2 × 2
W = torch.tensor([[1.0, 0, -1], [2, 1, 1]])  # from three channels to two

by_convolution = F.conv2d(X[None], W[:, :, None, None])[0]
print(by_convolution.int().tolist())  # [[[-1, 1], [0, 0]], [[7, 5], [1, 5]]]

pixels = X.reshape(3, 4)  # one column for each pixel
by_matrix = (W @ pixels).reshape(2, 2, 2)
print(torch.equal(by_convolution, by_matrix))  # True
