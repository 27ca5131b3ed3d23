"""The net moves in place, a tensor does not. `meta` stands for a GPU here: every PyTorch has this device."""

import torch
from torch import nn

device = torch.device("meta")  # keeps shapes, but no numbers
net = nn.Linear(2, 1)
X = torch.rand(4, 2)

net.to(device)
X.to(device)  # makes a copy over there, and nobody keeps it
print(net.weight.device, X.device)  # meta cpu

X = X.to(device)
print(net.weight.device, X.device)  # meta meta
