"""Convolution in the mathematicians' sense: turn the kernel by 180 degrees first."""

import torch.nn.functional as F
from by_hand import K, X

turned = K.flip(0, 1)  # [[3, 2], [1, 0]]
convolved = F.conv2d(X[None, None], turned[None, None])[0, 0]

print(convolved)  # tensor([[ 5., 11.], [23., 29.]])
