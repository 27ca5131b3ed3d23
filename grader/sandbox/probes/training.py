"""Let `train_epoch` and `train` of the submission train a net of ours, and return its weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypedDict

import torch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from grader.sandbox.inside import seed_all
from grader.sandbox.probes import models

Batches = Sequence[tuple[Tensor, Tensor]]
Train = Callable[..., Any]


class Epoch(TypedDict):
    """What `epoch` sends: what train_epoch returned, how often the optimizer made a step, the state after."""

    returned: Any
    steps: int
    state: list[Tensor]


def epoch(
    train_epoch: Train,
    name: str,
    state: Sequence[Tensor],
    batches: Batches,
    loss: str,
    device: str,
    lr: float,
    momentum: float = 0.0,
    stale_gradient: float | None = None,
) -> Epoch:
    """What train_epoch returns for a net in evaluation mode, how many steps it took, the state after.

    With `stale_gradient`, every gradient holds this number before.
    """
    net = models.build(name, state).to(device).eval()
    if stale_gradient is not None:
        for parameter in net.parameters():
            parameter.grad = torch.full_like(parameter, stale_gradient)
    optimizer = torch.optim.SGD(net.parameters(), lr=lr, momentum=momentum)
    steps: list[None] = []
    optimizer.register_step_post_hook(lambda *_: steps.append(None))
    returned = train_epoch(net, list(batches), models.LOSSES[loss](), optimizer, device)
    return {"returned": returned, "steps": len(steps), "state": models.state_of(net)}


def states_after(
    train: Train,
    name: str,
    state: Sequence[Tensor],
    train_batches: Batches,
    test_batches: Batches,
    num_epochs: int,
    rates: Sequence[float],
    device: str,
) -> list[list[Tensor]]:
    """The states of nets after `train`, one for each learning rate, all from the same fresh start."""
    states, seed = [], int(torch.randint(2**31, ()))
    for lr in rates:
        net = models.build(name, state)
        seed_all(seed)
        train(net, list(train_batches), list(test_batches), num_epochs, lr, device)
        states.append(models.state_of(net))
    return states


def state_after_images(
    train: Train,
    name: str,
    state: Sequence[Tensor],
    train_part: tuple[Tensor, Tensor],
    test_part: tuple[Tensor, Tensor],
    batch_size: int,
    num_epochs: int,
    lr: float,
    device: str,
) -> list[Tensor]:
    """The state of a net after `train` on images with labels that a DataLoader shuffles."""
    net = models.build(name, state)
    train_iter = DataLoader(TensorDataset(*train_part), batch_size, shuffle=True)
    test_iter = DataLoader(TensorDataset(*test_part), batch_size)
    train(net, train_iter, test_iter, num_epochs, lr, device)
    return models.state_of(net)
