"""Exercise 11: cross-correlation, the sum behind every convolutional layer.

Lesson: docs/en/lessons/convolution.md
Try it: python -m grader exercises/ex11_corr2d.py
"""

import torch


def corr2d(X: torch.Tensor, K: torch.Tensor) -> torch.Tensor:
    """Cross-correlate an image X (h, w) with a kernel K (kh, kw) into Y (h − kh + 1, w − kw + 1).

    Y[i, j] = Σ_a Σ_b X[i + a, j + b] · K[a, b]: lay the kernel on the image with its corner at
    (i, j), multiply what lies on top of each other, add it all up. The kernel is not flipped.

    By hand: X = [[0, 1, 2], [3, 4, 5], [6, 7, 8]] and K = [[0, 1], [2, 3]] give Y of shape (2, 2),
    and its first value is 0·0 + 1·1 + 3·2 + 4·3 = 19.

    Write the sum yourself: `conv2d` and its relatives earn nothing here. Gradients must reach X and
    K, which they do by themselves when Y is made by PyTorch's operations.
    """
    raise NotImplementedError("write corr2d")
