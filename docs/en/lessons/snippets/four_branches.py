"""The first Inception block of GoogLeNet: four branches, joined along the channels."""

import torch
from torch import nn

branches = [
    nn.Conv2d(192, 64, kernel_size=1),
    nn.Sequential(nn.Conv2d(192, 96, kernel_size=1), nn.Conv2d(96, 128, kernel_size=3, padding=1)),
    nn.Sequential(nn.Conv2d(192, 16, kernel_size=1), nn.Conv2d(16, 32, kernel_size=5, padding=2)),
    nn.Sequential(nn.MaxPool2d(kernel_size=3, stride=1, padding=1), nn.Conv2d(192, 32, kernel_size=1)),
]

X = torch.zeros(1, 192, 12, 12)
results = [branch(X) for branch in branches]
print([tuple(Y.shape[1:]) for Y in results])  # [(64, 12, 12), (128, 12, 12), (32, 12, 12), (32, 12, 12)]
print(tuple(torch.cat(results, dim=1).shape))  # (1, 256, 12, 12)
