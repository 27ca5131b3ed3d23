"""Weights in Keras' order, brought into PyTorch's."""

import torch
import torch.nn.functional as F

torch.manual_seed(0)
kernel = torch.randn(3, 3, 1, 4)  # height, width, in, out
dense = torch.randn(13 * 13 * 4, 10)  # in, out; rows, columns and channels flattened in this order

conv_weight = kernel.permute(3, 2, 0, 1)  # out, in, height, width
linear_weight = dense.view(13, 13, 4, 10).permute(3, 2, 0, 1).reshape(10, -1)  # out, in; channels first

X = torch.randn(5, 1, 28, 28)
maps = F.max_pool2d(F.conv2d(X, conv_weight).relu(), 2)  # (n, 4, 13, 13)
ours = maps.flatten(start_dim=1) @ linear_weight.T
as_in_keras = maps.permute(0, 2, 3, 1).flatten(start_dim=1) @ dense  # channels last, then flattened
print(torch.allclose(ours, as_in_keras, atol=1e-4))  # True
