"""Convolution in the mathematicians' sense: turn the kernel by 180 degrees first."""

import torch
import torch.nn.functional as F

X = torch.tensor([[0.0, 1, 2], [3, 4, 5], [6, 7, 8]])
K = torch.tensor([[0.0, 1], [2, 3]])

turned = K.flip(0, 1)  # [[3, 2], [1, 0]]
convolved = F.conv2d(X[None, None], turned[None, None])[0, 0]
print(convolved.tolist())  # [[5.0, 11.0], [23.0, 29.0]]
