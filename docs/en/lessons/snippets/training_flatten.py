"""Flatten: one row for each image, and what happens if the rows are cut elsewhere."""

import torch
from torch import nn

first = torch.arange(8.0).reshape(2, 2, 2)  # 2 channels of 2 × 2
x = torch.stack([first, first + 10])  # two images: (2, 2, 2, 2)

flat = x.view(x.size(0), -1)
print(flat.tolist()[1])  # [10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0, 17.0]
print(torch.equal(flat, nn.Flatten()(x)))  # True
print(tuple(x.view(-1, 4).shape))  # (4, 4)
