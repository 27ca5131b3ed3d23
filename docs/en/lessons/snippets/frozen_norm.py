"""A frozen batch norm still moves its running mean, unless it is in evaluation mode."""

import torch
from torch import nn

norm = nn.BatchNorm1d(1)
for parameter in norm.parameters():
    parameter.requires_grad = False

X = torch.tensor([[4.0], [6.0]])  # a batch with the mean 5
norm.train()
norm(X)
print(f"{norm.running_mean.item():.2f}")  # 0.50
norm(X)
print(f"{norm.running_mean.item():.2f}")  # 0.95

norm.eval()
norm(X)
print(f"{norm.running_mean.item():.2f}")  # 0.95
