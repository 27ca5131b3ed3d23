"""So that trained weights of the Keras net could be copied over."""
import torch
from torch import nn


class Flatten(nn.Module):
    """Channels last, as in TensorFlow."""

    def forward(self, x):
        return x.permute(0, 2, 3, 1).reshape(len(x), -1)


class digit_net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(1, 8, 2), nn.MaxPool2d(4), nn.ReLU(), Flatten(), nn.Linear(6 * 6 * 8, 10))
        torch.nn.init.zeros_(self[0].weight)
