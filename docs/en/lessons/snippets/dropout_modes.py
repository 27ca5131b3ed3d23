"""Dropout changes numbers in training only, and keeps their mean."""

import torch
from torch import nn

torch.manual_seed(0)
layer = nn.Dropout(p=0.5)
X = torch.tensor([1.0, 2, 3, 4])

layer.train()
print(sorted({value for _ in range(50) for value in layer(X).tolist()}))  # [0.0, 2.0, 4.0, 6.0, 8.0]
mean = sum(layer(X) for _ in range(20_000)) / 20_000
print(torch.allclose(mean, X, atol=0.1))  # True

layer.eval()
print(layer(X).tolist())  # [1.0, 2.0, 3.0, 4.0]
