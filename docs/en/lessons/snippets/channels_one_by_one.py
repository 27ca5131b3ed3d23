"""A 1×1 convolution is a matrix product at every pixel."""

import torch
import torch.nn.functional as F

W = torch.tensor([[1.0, 1], [2, 0], [0, -1]])  # from 2 channels to 3
pixel = torch.tensor([1.0, 10])
print((W @ pixel).tolist())  # [11.0, 2.0, -10.0]

X = torch.rand(2, 4, 5)  # 2 channels, 4 rows, 5 columns
Y = F.conv2d(X[None], W[:, :, None, None])[0]
print(tuple(Y.shape), torch.allclose(Y[:, 1, 3], W @ X[:, 1, 3]))  # (3, 4, 5) True
