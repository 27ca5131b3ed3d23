"""Weights in Keras' order, put into a PyTorch net."""

import torch
from torch import nn

torch.manual_seed(0)
kernel = torch.randn(3, 3, 1, 4)  # height, width, in, out
dense = torch.randn(13 * 13 * 4, 10)  # in, out; rows, columns and channels flattened in this order

net = nn.Sequential(
    nn.Conv2d(1, 4, kernel_size=3, bias=False),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(4 * 13 * 13, 10, bias=False),
)
net[0].weight.data = kernel.permute(3, 2, 0, 1)
net[4].weight.data = dense.view(13, 13, 4, 10).permute(3, 2, 0, 1).reshape(10, -1)

X = torch.randn(5, 1, 28, 28)
channels_last = net[:3](X).permute(0, 2, 3, 1)  # (n, 13, 13, 4), as Keras has them
as_in_keras = channels_last.flatten(start_dim=1) @ dense
print(torch.allclose(net(X), as_in_keras, atol=1e-4))  # True
