"""Two kernels of 3 make one of 5, unless a ReLU stands between them."""

import torch
import torch.nn.functional as F

row = torch.tensor([[[0.0, 0, 0, 0, 1, 0, 0, 0, 0]]])  # one image, one channel, nine pixels
three = torch.tensor([[[1.0, 1, 1]]])
five = torch.tensor([[[1.0, 2, 3, 2, 1]]])

twice = F.conv1d(F.conv1d(row, three), three)
print(twice.int().tolist())  # [[[1, 2, 3, 2, 1]]]
print(torch.equal(twice, F.conv1d(row, five)))  # True

bent = F.conv1d(F.conv1d(-row, three).relu(), three)
print(bent.int().tolist())  # [[[0, 0, 0, 0, 0]]]
print(torch.equal(bent, F.conv1d(-row, five)))  # False
