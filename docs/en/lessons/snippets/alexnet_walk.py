"""The size of the picture after each layer of AlexNet that changes it or could."""

import torch
from torch import nn


def walk(size: int, first_padding: int) -> list[int]:
    """Sizes after each layer; one channel is enough, since channels do not change the size."""
    layers = [
        nn.Conv2d(1, 1, kernel_size=11, stride=4, padding=first_padding),
        nn.MaxPool2d(kernel_size=3, stride=2),
        nn.Conv2d(1, 1, kernel_size=5, padding=2),
        nn.MaxPool2d(kernel_size=3, stride=2),
        nn.Conv2d(1, 1, kernel_size=3, padding=1),
        nn.Conv2d(1, 1, kernel_size=3, padding=1),
        nn.Conv2d(1, 1, kernel_size=3, padding=1),
        nn.MaxPool2d(kernel_size=3, stride=2),
    ]
    X = torch.zeros(1, 1, size, size)
    sizes = []
    for layer in layers:
        X = layer(X)
        sizes.append(X.shape[-1])
    return sizes


print(walk(227, first_padding=0))  # [55, 27, 27, 13, 13, 13, 13, 6]
print(walk(224, first_padding=2))  # [55, 27, 27, 13, 13, 13, 13, 6]
print(walk(224, first_padding=1))  # [54, 26, 26, 12, 12, 12, 12, 5]
print(walk(224, first_padding=0))  # [54, 26, 26, 12, 12, 12, 12, 5]
