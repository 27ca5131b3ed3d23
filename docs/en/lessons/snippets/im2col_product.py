"""A convolution as one product of two matrices."""

import torch
import torch.nn.functional as F

X = torch.tensor([[0.0, 1, 2], [3, 4, 5], [6, 7, 8]])
K = torch.tensor([[0.0, 1], [2, 3]])

columns = F.unfold(X[None, None], kernel_size=2)[0]  # a column for each window
print(columns[:, 0].tolist())  # [0.0, 1.0, 3.0, 4.0]
print(tuple(columns.shape))  # (4, 4)

product = K.reshape(1, 4) @ columns
print(product.tolist())  # [[19.0, 25.0, 37.0, 43.0]]
print(product.reshape(2, 2).tolist())  # [[19.0, 25.0], [37.0, 43.0]]
