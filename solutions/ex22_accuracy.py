"""Exercise 22: accuracy, counted and averaged without a mistake.

Lesson: docs/en/lessons/training.md
Try it: python -m grader exercises/ex22_accuracy.py
"""

from collections.abc import Iterable

import torch
from torch import nn


def accuracy(y_hat: torch.Tensor, y: torch.Tensor) -> float:
    """Number of right answers: y_hat (n, classes) holds scores, y (n,) the true classes.

    The answer to an example is the class with the largest score.

    By hand: y_hat = [[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]] answers [1, 0, 1]; with y = [1, 1, 1]
    two answers are right, so the result is 2 (not 2/3).
    """
    return float((y_hat.argmax(dim=1) == y).sum())


def evaluate_accuracy(
    net: nn.Module,
    data_iter: Iterable[tuple[torch.Tensor, torch.Tensor]],
    device: torch.device | str | None = None,
) -> float:
    """Fraction of right answers of `net` over all batches (X, y) of `data_iter`, between 0 and 1.

    The net is in evaluation mode and no gradients are recorded while it runs. Every example weighs
    the same, also those in a shorter last batch. Batches are moved to `device`; None means the
    device where the net's parameters are. Afterwards gradients work again.

    By hand: 3 of 4 right in a first batch and 0 of 1 in a last one is 3 / 5 = 0.6, not the mean of
    3/4 and 0/1.
    """
    if device is None:
        device = next(net.parameters()).device
    net.eval()
    right, total = 0.0, 0
    with torch.no_grad():
        for X, y in data_iter:
            X, y = X.to(device), y.to(device)
            right += accuracy(net(X), y)
            total += len(y)
    return right / total
