"""The beginning of LeNet: what each layer leaves, and how many parameters it has. The rest is yours to write."""

import torch
from torch import nn

beginning = nn.Sequential(
    nn.Conv2d(1, 6, kernel_size=5, padding=2),
    nn.Sigmoid(),
    nn.AvgPool2d(2),
)

X, shapes = torch.zeros(1, 1, 28, 28), []
for layer in beginning:
    X = layer(X)
    shapes.append(tuple(X.shape[1:]))
print(shapes)  # [(6, 28, 28), (6, 28, 28), (6, 14, 14)]
print([sum(p.numel() for p in layer.parameters()) for layer in beginning])  # [156, 0, 0]
