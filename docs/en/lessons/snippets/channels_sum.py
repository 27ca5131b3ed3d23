"""Two channels in, two channels out: the sums of the lesson, by PyTorch."""

import torch
import torch.nn.functional as F

X = torch.tensor([[[0.0, 1, 2], [3, 4, 5], [6, 7, 8]], [[1, 0, 1], [0, 1, 0], [1, 0, 1]]])
first = torch.tensor([[[0.0, 1], [2, 3]], [[1, 0], [0, 1]]])  # a slice for each channel of X
second = torch.tensor([[[1.0, 0], [0, 0]], [[0, 0], [0, 0]]])
K = torch.stack([first, second])

print(tuple(X.shape), tuple(K.shape))  # (2, 3, 3) (2, 2, 2, 2)
Y = F.conv2d(X[None], K)[0]
print(Y[0].tolist())  # [[21.0, 25.0], [37.0, 45.0]]
print(Y[1].tolist())  # [[0.0, 1.0], [3.0, 4.0]]
