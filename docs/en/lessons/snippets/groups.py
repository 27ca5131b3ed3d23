"""Four channels in two groups: who sees whom?"""

import torch
from torch import nn

torch.manual_seed(0)
full = nn.Conv2d(4, 4, kernel_size=3, bias=False)
grouped = nn.Conv2d(4, 4, kernel_size=3, groups=2, bias=False)
print(tuple(full.weight.shape))  # (4, 4, 3, 3)
print(tuple(grouped.weight.shape))  # (4, 2, 3, 3)

X = torch.randn(1, 4, 8, 8)
changed = X.clone()
changed[:, 3] += 1  # only the last channel


def moved(layer):
    """For each channel that comes out: is it another one now?"""
    return (layer(X) - layer(changed)).abs().amax(dim=(0, 2, 3)) > 0.001


print(moved(full).tolist())  # [True, True, True, True]
print(moved(grouped).tolist())  # [False, False, True, True]
