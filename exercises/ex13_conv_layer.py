"""Exercise 13: a convolutional layer with a weight and a bias, and how it learns its kernel.

Lesson: docs/en/lessons/layer.md
Try it: python -m grader exercises/ex13_conv_layer.py
"""

import torch
from torch import nn


def corr2d(X: torch.Tensor, K: torch.Tensor) -> torch.Tensor:
    """Cross-correlate an image X (h, w) with a kernel K (kh, kw): exercise 11, given here.

    Each weight of the kernel meets a piece of the image as large as the result: K[a, b] the piece
    that begins at row a and column b. Weight times piece, added up over all weights.
    """
    h, w = X.shape[0] - K.shape[0] + 1, X.shape[1] - K.shape[1] + 1
    return sum(K[a, b] * X[a : a + h, b : b + w] for a in range(K.shape[0]) for b in range(K.shape[1]))


class Conv2D(nn.Module):
    """A layer with one kernel: X (h, w) → (h − kh + 1, w − kw + 1), cross-correlation plus bias.

    `weight` has the shape `kernel_size` and `bias` the shape (1,). Both are learnable: an optimizer
    that is given `layer.parameters()` finds them there.

    By hand: with weight [[0, 1], [2, 3]] and bias [10], the image [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    gives [[29, 35], [47, 53]]. Its first value is 0·0 + 1·1 + 3·2 + 4·3 + 10 = 29.
    """

    def __init__(self, kernel_size: tuple[int, int]) -> None:
        """Make `weight` and `bias`, with any numbers to begin with."""
        raise NotImplementedError("write Conv2D.__init__")

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """The cross-correlation of X with `weight`, plus `bias`."""
        raise NotImplementedError("write Conv2D.forward")


def learn_kernel(
    X: torch.Tensor, Y: torch.Tensor, kernel_size: tuple[int, int], lr: float = 3e-2, num_steps: int = 10
) -> torch.Tensor:
    """Find the kernel, of shape `kernel_size`, whose cross-correlation with X is Y. There is no bias.

    Start with random numbers. Then repeat `num_steps` times: compute the sum of the squared errors,
    Σ (corr2d(X, K) − Y)², and its gradient with respect to K, and take one step against it:
    K ← K − lr · gradient. Return K. X and Y are left as they are.

    By hand, with a kernel of one number: X = [[2]], Y = [[6]], K = [[1]]. The error is 2·1 − 6 = −4,
    the gradient 2·(−4)·2 = −16, and with lr = 0.1 the next K is 1 + 1.6 = 2.6. It is on its way to 3.
    """
    raise NotImplementedError("write learn_kernel")
