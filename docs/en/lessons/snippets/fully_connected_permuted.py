"""A fully connected layer cannot tell whether the pixels were permuted before it was trained."""

import torch
from torch import nn

torch.manual_seed(0)
images = torch.rand(5, 784)
permutation = torch.randperm(784)

layer = nn.Linear(784, 10)
other = nn.Linear(784, 10)
with torch.no_grad():
    other.weight.copy_(layer.weight[:, permutation])  # each pixel takes its weights along
    other.bias.copy_(layer.bias)

same = torch.allclose(layer(images), other(images[:, permutation]), atol=1e-5)
print(same)  # True
