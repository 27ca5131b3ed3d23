"""The backward pass as two cross-correlations, and autograd's opinion."""

import torch
import torch.nn.functional as F

X = torch.tensor([[0.0, 1, 2], [3, 4, 5], [6, 7, 8]])
K = torch.tensor([[0.0, 1], [2, 3]])
dY = torch.tensor([[1.0, 0], [2, 0]])


def correlate(A: torch.Tensor, B: torch.Tensor, padding: int = 0) -> torch.Tensor:
    return F.conv2d(A[None, None], B[None, None], padding=padding)[0, 0]


dK = correlate(X, dY)  # dY is the kernel that slides over the image
dX = correlate(dY, K.flip(0, 1), padding=1)  # the turned kernel slides over dY in a frame of zeros
print(dK.tolist())  # [[6.0, 9.0], [15.0, 18.0]]
print(dX.tolist())  # [[0.0, 1.0, 0.0], [2.0, 5.0, 0.0], [4.0, 6.0, 0.0]]

X.requires_grad_()
K.requires_grad_()
by_autograd = torch.autograd.grad(correlate(X, K), [X, K], dY)
print(torch.equal(by_autograd[0], dX), torch.equal(by_autograd[1], dK))  # True True
