"""Exercise 14: cross-correlation with padding and stride.

Lesson: docs/en/lessons/output-size.md
Try it: python -m grader exercises/ex14_padding_stride.py
"""

import torch


def corr2d_pad_stride(
    X: torch.Tensor,
    K: torch.Tensor,
    padding: tuple[int, int] = (0, 0),
    stride: tuple[int, int] = (1, 1),
) -> torch.Tensor:
    """Cross-correlate an image X (h, w) with a kernel K (kh, kw), with padding (ph, pw) and stride (sh, sw).

    Padding puts ph rows of zeros above X and ph below, pw columns of zeros on the left and pw on the
    right. The kernel then moves over the padded image P, sh rows down or sw columns to the right at
    a time: Y[i, j] = Σ_a Σ_b P[i·sh + a, j·sw + b] · K[a, b].

    Y has the shape (⌊(h + 2·ph − kh) / sh⌋ + 1, ⌊(w + 2·pw − kw) / sw⌋ + 1): ⌊ ⌋ rounds down, so the
    kernel never hangs over the edge of P.

    By hand: X = [[0, 1, 2], [3, 4, 5], [6, 7, 8]], K = [[0, 1], [2, 3]], padding (1, 0), stride (2, 1).
    P has 5 rows, the first and the last are zeros. Y has ⌊(3 + 2 − 2) / 2⌋ + 1 = 2 rows and 2 columns.
    Y[0, 0] = 0·0 + 0·1 + 0·2 + 1·3 = 3, and two rows further down Y[1, 0] = 3·0 + 4·1 + 6·2 + 7·3 = 37.

    Write the sum yourself: `conv2d` and its relatives earn nothing here. Gradients must reach X and
    K, which they do by themselves when Y is made by PyTorch's operations.
    """
    raise NotImplementedError("write corr2d_pad_stride")
