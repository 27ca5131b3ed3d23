"""Exercise 18: im2col, a convolution as one matrix product.

Lesson: docs/en/lessons/im2col.md
Try it: python -m grader exercises/ex18_im2col.py
"""

import torch


def im2col(
    X: torch.Tensor,
    kernel_size: int | tuple[int, int],
    padding: int | tuple[int, int] = 0,
    stride: int | tuple[int, int] = 1,
) -> torch.Tensor:
    """Lay out the windows of images X (n, c, h, w) as the columns of matrices (n, c · kh · kw, oh · ow).

    A pair is (height, width); an int stands for both. padding (a, b) adds a rows of zeros above and
    below, b columns of zeros left and right; windows of kernel_size (kh, kw) move by stride (sh, sw).
    There are oh = ⌊(h + 2a − kh) / sh⌋ + 1 windows from top to bottom, ow = ⌊(w + 2b − kw) / sw⌋ + 1
    from left to right.

    Column i · ow + j is window (i, j): its first channel row by row, then its second channel, and so
    on. So row p · kh · kw + u · kw + v holds what lies in channel p at place (u, v) of each window.

    By hand: X = [[0, 1, 2], [3, 4, 5]], one image with one channel, has two windows of 2×2. They are
    [[0, 1], [3, 4]] and [[1, 2], [4, 5]], so the result is [[0, 1], [1, 2], [3, 4], [4, 5]].

    Write it yourself: `unfold`, `fold` and convolutions of torch.nn earn nothing here. Slices, indices
    and the method X.unfold are fine. Gradients must reach X.
    """
    raise NotImplementedError("write im2col")


def conv2d(
    X: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    padding: int | tuple[int, int] = 0,
    stride: int | tuple[int, int] = 1,
) -> torch.Tensor:
    """Cross-correlate images X (n, ci, h, w) with kernels weight (co, ci, kh, kw) into (n, co, oh, ow).

    Every kernel gives a channel of the result. A value in it is the sum over a whole window, all
    channels, of pixel times weight, plus the kernel's value in bias (co,), if there is one. With the
    windows as columns, all these sums are one matrix product for each image.

    By hand: X = [[0, 1, 2], [3, 4, 5]] and the two kernels [[1, 0], [0, 1]] and [[0, 1], [2, 3]], as
    rows [1, 0, 0, 1] and [0, 1, 2, 3]. Times the columns above this is [[4, 6], [19, 25]]. With bias
    [10, 20] the first channel is [[14, 16]], the second [[39, 45]].

    Gradients must reach X, weight and bias.
    """
    raise NotImplementedError("write conv2d")
