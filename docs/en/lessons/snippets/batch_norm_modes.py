"""The same values in training and in use, and what the layer remembers."""

import torch
from torch import nn

layer = nn.BatchNorm2d(1)
X = torch.tensor([1.0, 1, 3, 3]).reshape(4, 1, 1, 1)  # four images of one pixel

print([round(y, 3) for y in layer(X).flatten().tolist()])  # [-1.0, -1.0, 1.0, 1.0]
print(round(layer.running_mean.item(), 4), round(layer.running_var.item(), 4))  # 0.2 1.0333

layer.eval()
print([round(y, 3) for y in layer(X).flatten().tolist()])  # [0.787, 0.787, 2.754, 2.754]
