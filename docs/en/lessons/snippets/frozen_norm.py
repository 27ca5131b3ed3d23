"""A batch norm moves its running mean though nothing in it is trainable, unless it is in evaluation mode."""

import torch
from torch import nn

norm = nn.BatchNorm1d(1, affine=False)  # without weight and bias: there is nothing to train
print(len(list(norm.parameters())))  # 0

X = torch.tensor([[4.0], [6.0]])  # a batch with the mean 5
norm.train()
norm(X)
print(f"{norm.running_mean.item():.2f}")  # 0.50
norm(X)
print(f"{norm.running_mean.item():.2f}")  # 0.95

norm.eval()
norm(X)
print(f"{norm.running_mean.item():.2f}")  # 0.95
