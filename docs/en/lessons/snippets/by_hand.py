"""Four sums by hand, and the same four numbers from PyTorch."""

import torch
import torch.nn.functional as F

X = torch.tensor([[0.0, 1, 2], [3, 4, 5], [6, 7, 8]])
K = torch.tensor([[0.0, 1], [2, 3]])

by_hand = torch.tensor(
    [
        [0 * 0 + 1 * 1 + 3 * 2 + 4 * 3, 1 * 0 + 2 * 1 + 4 * 2 + 5 * 3],
        [3 * 0 + 4 * 1 + 6 * 2 + 7 * 3, 4 * 0 + 5 * 1 + 7 * 2 + 8 * 3],
    ]
)
by_pytorch = F.conv2d(X[None, None], K[None, None])[0, 0]  # conv2d wants a batch and channels

assert torch.equal(by_hand, by_pytorch.long())
print(by_pytorch.tolist())  # [[19.0, 25.0], [37.0, 43.0]]
