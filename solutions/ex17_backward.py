"""Exercise 17: the backward pass of a cross-correlation, by hand.

Lesson: docs/en/lessons/backward.md
Try it: python -m grader exercises/ex17_backward.py
"""

import torch


def corr2d_backward(X: torch.Tensor, K: torch.Tensor, dY: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Send the gradient dY of a cross-correlation back to its image X (h, w) and its kernel K (kh, kw).

    Forwards it was Y[i, j] = Σ_a Σ_b X[i + a, j + b] · K[a, b], of shape (h − kh + 1, w − kw + 1). From Y
    a loss was computed, and dY, of the same shape, says how much the loss changes with each Y[i, j]. By
    the chain rule it changes with pixel X[p, q] by Σ_i Σ_j dY[i, j] · ∂Y[i, j]/∂X[p, q], and with weight
    K[a, b] likewise. Returns both as (dX, dK), of the shapes of X and K.

    By hand: X = [[0, 1, 2], [3, 4, 5], [6, 7, 8]], K = [[0, 1], [2, 3]] and dY = [[1, 0], [2, 0]].
    Weight K[0, 0] met pixel 0 for Y[0, 0] and pixel 3 for Y[1, 0], so dK[0, 0] = 1·0 + 2·3 = 6. The
    pixel in the middle met weight 3 for Y[0, 0] and weight 1 for Y[1, 0], so dX[1, 1] = 1·3 + 2·1 = 5.

    No autograd and no transposed convolution: the sums are yours. `conv2d` forwards is welcome.
    """
    kh, kw = K.shape
    dX, dK = torch.zeros(X.shape), torch.zeros(K.shape)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            dX[i : i + kh, j : j + kw] += dY[i, j] * K
            dK += dY[i, j] * X[i : i + kh, j : j + kw]
    return dX, dK
