"""Catch what a layer gives, before an in-place ReLU writes over it."""

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Conv2d(1, 6, kernel_size=5, padding=2), nn.ReLU(inplace=True), nn.AvgPool2d(2))

caught = []


def keep(layer, inputs, output):
    caught.append(output.clone())


hook = net[0].register_forward_hook(keep)
net(torch.randn(1, 1, 28, 28))
hook.remove()

print(tuple(caught[0].shape))  # (1, 6, 28, 28)
print(caught[0].min().item() < 0)  # True
