"""Two branches look at the same images. Joined along the channels, they give nine."""

import torch
from torch import nn

X = torch.zeros(8, 5, 12, 12)  # 8 images with 5 channels
mean = nn.AvgPool2d(kernel_size=7, stride=1)(X)
wide = nn.Conv2d(5, 4, kernel_size=7, padding=3)(X)
print(tuple(mean.shape), tuple(wide.shape))  # (8, 5, 6, 6) (8, 4, 12, 12)

mean = nn.AvgPool2d(kernel_size=7, stride=1, padding=3)(X)
print(tuple(torch.cat([mean, wide], dim=1).shape))  # (8, 9, 12, 12)
