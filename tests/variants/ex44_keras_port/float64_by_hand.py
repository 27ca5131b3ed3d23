import torch
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.k = nn.Parameter(torch.randn(4, 8, dtype=torch.float64))
        self.kb = nn.Parameter(torch.zeros(8, 1, dtype=torch.float64))
        self.d = nn.Parameter(torch.randn(288, 10, dtype=torch.float64))
        self.db = nn.Parameter(torch.zeros(1, 10, dtype=torch.float64))

    def forward(self, images):
        n = images.shape[0]
        columns = F.unfold(images.double(), 2)  # (n, 4, 27 * 27)
        maps = (self.k.T @ columns + self.kb).clamp_min(0).reshape(n, 8, 27, 27)
        windows = maps[:, :, :24, :24].reshape(n, 8, 6, 4, 6, 4)
        return windows.amax(dim=(3, 5)).reshape(n, 288) @ self.d + self.db


def digit_net():
    return Net().train()
