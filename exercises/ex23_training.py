"""Exercise 23: the training loop, from weights that know nothing to a net that reads digits.

Lesson: docs/en/lessons/training.md
Try it: python -m grader exercises/ex23_training.py
"""

from collections.abc import Callable, Iterable

import torch
from torch import nn

Batches = Iterable[tuple[torch.Tensor, torch.Tensor]]


def train_epoch(
    net: nn.Module,
    train_iter: Batches,
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    optimizer: torch.optim.Optimizer,
    device: torch.device | str,
) -> tuple[float, float]:
    """Go once through `train_iter`; return (mean loss per example, accuracy).

    For each batch (X, y), in training mode and on `device`: forget the old gradients, compute
    loss(net(X), y), run backward, take a step of the optimizer. `loss` averages over its batch, so
    a batch of n examples adds n · loss to the sum. Loss and accuracy are those of the outputs that
    the epoch itself computed, before each step.

    By hand: batches of 4 and 2 examples with losses 1.0 and 4.0 give (4 · 1.0 + 2 · 4.0) / 6 = 2.0.
    """
    raise NotImplementedError("write train_epoch")


def train(
    net: nn.Module,
    train_iter: Batches,
    test_iter: Batches,
    num_epochs: int,
    lr: float,
    device: torch.device | str,
) -> None:
    """Train `net` on `device`: Xavier initialisation, SGD with learning rate lr, cross-entropy.

    First give every linear and convolutional weight of the net a fresh start (`xavier_uniform_`:
    values between ±√(6 / (fan_in + fan_out))), whatever it held before. Then run `num_epochs`
    epochs over `train_iter`. What you print or return along the way, accuracy on `test_iter` say,
    is up to you.

    One step of SGD: weight ← weight − lr · gradient.
    """
    raise NotImplementedError("write train")
