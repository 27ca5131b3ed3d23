"""Exercise 15: several channels, in and out.

Lesson: docs/en/lessons/channels.md
Try it: python -m grader exercises/ex15_channels.py
"""

import torch


def corr2d(X: torch.Tensor, K: torch.Tensor) -> torch.Tensor:
    """Cross-correlate one channel X (h, w) with a kernel K (kh, kw) into (h − kh + 1, w − kw + 1).

    This one is given: you need not change it.
    """
    windows = X.unfold(0, K.shape[0], 1).unfold(1, K.shape[1], 1)  # (oh, ow, kh, kw)
    return (windows * K).sum(dim=(2, 3))


def corr2d_multi_in(X: torch.Tensor, K: torch.Tensor) -> torch.Tensor:
    """Cross-correlate an image X (c, h, w) with a kernel K (c, kh, kw) into one channel (oh, ow).

    Each channel of X has its own slice of the kernel. The results are added up, place by place:
    Y = Σ_c corr2d(X[c], K[c]), with oh = h − kh + 1 and ow = w − kw + 1.

    By hand: X[0] = [[0, 1, 2], [3, 4, 5], [6, 7, 8]] and K[0] = [[0, 1], [2, 3]] give [[19, 25], [37, 43]],
    X[1] = [[1, 0, 1], [0, 1, 0], [1, 0, 1]] and K[1] = [[1, 0], [0, 1]] give [[2, 0], [0, 2]]. Together
    this is [[21, 25], [37, 45]].
    """
    raise NotImplementedError("write corr2d_multi_in")


def corr2d_multi_in_out(X: torch.Tensor, K: torch.Tensor) -> torch.Tensor:
    """Cross-correlate an image X (ci, h, w) with kernels K (co, ci, kh, kw) into (co, oh, ow).

    Each K[o] is a kernel for all ci channels of X, and makes output channel o. So there are co
    kernels, and each sees the whole image. With co = 1 the result is (1, oh, ow).

    By hand: take the X above. Let K[0] be the kernel above, and K[1] = [[[1, 0], [0, 0]], [[0, 0], [0, 0]]].
    Then Y[0] = [[21, 25], [37, 45]] and Y[1] = [[0, 1], [3, 4]], a corner of X[0].
    """
    raise NotImplementedError("write corr2d_multi_in_out")


def corr2d_multi_in_out_1x1(X: torch.Tensor, K: torch.Tensor) -> torch.Tensor:
    """Cross-correlate an image X (ci, h, w) with 1×1 kernels K (co, ci, 1, 1) into (co, h, w).

    A 1×1 kernel sees one pixel, but all its channels: Y[o, i, j] = Σ_c K[o, c, 0, 0] · X[c, i, j]. It
    is a small fully connected layer, from ci to co numbers, applied at every pixel alike. For all
    pixels together this is one product of two matrices. Try to write it so, without a loop over pixels.

    By hand: a pixel has the channels 1 and 10. The weights (1, 1), (2, 0) and (0, −1) turn it into three
    channels: 1·1 + 1·10 = 11, 2·1 + 0·10 = 2 and 0·1 − 1·10 = −10.
    """
    raise NotImplementedError("write corr2d_multi_in_out_1x1")
