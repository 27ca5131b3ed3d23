"""LeNet as of 1998, nearly: what each layer leaves, and how many parameters it has."""

import torch
from torch import nn

net = nn.Sequential(
    nn.Conv2d(1, 6, kernel_size=5, padding=2),
    nn.Sigmoid(),
    nn.AvgPool2d(2),
    nn.Conv2d(6, 16, kernel_size=5),
    nn.Sigmoid(),
    nn.AvgPool2d(2),
    nn.Flatten(),
    nn.Linear(16 * 5 * 5, 120),
    nn.Sigmoid(),
    nn.Linear(120, 84),
    nn.Sigmoid(),
    nn.Linear(84, 10),
)

X, shapes = torch.zeros(1, 1, 28, 28), []
for layer in net:
    X = layer(X)
    if not isinstance(layer, nn.Sigmoid):
        shapes.append(tuple(X.shape[1:]))
print(shapes[:4])  # [(6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5)]
print(shapes[4:])  # [(400,), (120,), (84,), (10,)]

counts = [sum(p.numel() for p in layer.parameters()) for layer in net]
print([count for count in counts if count], sum(counts))  # [156, 2416, 48120, 10164, 850] 61706
