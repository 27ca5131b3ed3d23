"""Exercise 42: transfer learning, a new task for a net that has already learned to see.

Lesson: docs/en/lessons/transfer.md
Try it: python -m grader exercises/ex42_transfer.py
"""

from collections.abc import Iterable

import torch
from torch import nn


def freeze(net: nn.Module) -> None:
    """Freeze the whole net: none of its parameters is trainable any more (requires_grad).

    Batch norm also holds running means and variances. They are no parameters, and they must not move
    either while `fine_tune` runs. Whether you see to that here or there is up to you.

    By hand: nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)) has 12 + 4 + 4 + 4 = 24 trainable
    numbers before and none afterwards.
    """
    for parameter in net.parameters():
        parameter.requires_grad = False


def replace_head(net: nn.Module, num_classes: int) -> nn.Module:
    """Put a new linear layer with `num_classes` outputs in place of the last one; return the net.

    The last linear layer is the last nn.Linear that net.named_modules() lists. It may lie inside
    another module, and layers of another kind may be listed after it. The new one has as many inputs,
    fresh weights, and is trainable, whatever was frozen before. Everything else stays as it is.

    By hand: after a last layer 64 → 5 is replaced for 3 classes, a frozen net has 64 · 3 + 3 = 195
    trainable numbers.
    """
    linear = [name for name, layer in net.named_modules() if isinstance(layer, nn.Linear)]
    parent, _, child = linear[-1].rpartition(".")
    old = net.get_submodule(linear[-1])
    setattr(net.get_submodule(parent), child, nn.Linear(old.in_features, num_classes))
    return net


def fine_tune(
    net: nn.Module,
    train_iter: Iterable[tuple[torch.Tensor, torch.Tensor]],
    num_epochs: int,
    lr: float,
    device: torch.device | str,
) -> None:
    """Train what is trainable: `num_epochs` epochs over `train_iter`, on `device`, with cross-entropy.

    The net comes from `freeze`, then `replace_head`. What was frozen stays as it was, to the last bit:
    weights, biases, and the running means and variances of batch norm. Which optimizer you take, with
    the learning rate lr, is up to you; the checks train with lr = 0.02.

    By hand: the running mean of a batch norm is 0, and a batch with the mean 5 comes. In training mode
    it becomes 0.9 · 0 + 0.1 · 5 = 0.5. Here it stays 0.
    """
    net.to(device).eval()  # batch norm only renews its running statistics in training mode
    optimizer = torch.optim.SGD([parameter for parameter in net.parameters() if parameter.requires_grad], lr=lr)
    loss = nn.CrossEntropyLoss()
    for _ in range(num_epochs):
        for X, y in train_iter:
            optimizer.zero_grad()
            loss(net(X.to(device)), y.to(device)).backward()
            optimizer.step()
