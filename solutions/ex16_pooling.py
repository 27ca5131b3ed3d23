"""Exercise 16: pooling, the largest or the mean value of each window.

Lesson: docs/en/lessons/pooling.md
Try it: python -m grader exercises/ex16_pooling.py
"""

import torch


def pool2d(
    X: torch.Tensor,
    pool_size: tuple[int, int],
    mode: str = "max",
    stride: tuple[int, int] | None = None,
    padding: tuple[int, int] = (0, 0),
) -> torch.Tensor:
    """Pool an image X (h, w): each window gives its largest value ("max") or its mean ("avg").

    All pairs are (height, width). A window has the size pool_size (ph, pw) and moves by stride (sh, sw).
    A stride of None means pool_size: the windows lie side by side. padding (a, b) adds a rows above
    and a rows below, b columns left and b columns right. The result has the shape
    (⌊(h + 2a − ph) / sh⌋ + 1, ⌊(w + 2b − pw) / sw⌋ + 1).

    For "max" the padding holds −∞, so that it never wins. For "avg" it holds zeros, and they count:
    a mean is always over ph · pw values. Any other mode raises a ValueError.

    By hand: X = [[1, 3, 2, 0], [5, 2, 1, 7]] and pool_size (2, 2) give [[5, 7]] for "max"; for "avg"
    [[(1 + 3 + 5 + 2) / 4, (2 + 0 + 1 + 7) / 4]] = [[2.75, 2.5]].

    Write it yourself: ready-made pooling earns nothing here.
    """
    if mode not in {"max", "avg"}:
        raise ValueError(f'mode is "max" or "avg", not {mode!r}')
    h, w = X.shape
    (ph, pw), (sh, sw), (a, b) = pool_size, pool_size if stride is None else stride, padding
    padded = torch.full((h + 2 * a, w + 2 * b), -torch.inf if mode == "max" else 0.0)
    padded[a : a + h, b : b + w] = X
    Y = torch.zeros((padded.shape[0] - ph) // sh + 1, (padded.shape[1] - pw) // sw + 1)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            window = padded[i * sh : i * sh + ph, j * sw : j * sw + pw]
            Y[i, j] = window.max() if mode == "max" else window.mean()
    return Y
