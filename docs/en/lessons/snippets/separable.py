"""A full convolution and a depthwise separable one: same shapes, other weights."""

import torch
from torch import nn

full = nn.Conv2d(512, 512, kernel_size=3, padding=1, bias=False)
separable = nn.Sequential(
    nn.Conv2d(512, 512, kernel_size=3, padding=1, groups=512, bias=False),  # each channel by itself
    nn.Conv2d(512, 512, kernel_size=1, bias=False),  # mixes the channels
)

X = torch.zeros(1, 512, 14, 14)
print(full(X).shape == separable(X).shape)  # True
print(full.weight.numel())  # 2359296
print([layer.weight.numel() for layer in separable])  # [4608, 262144]
