"""Train nets of ours, stop, let the submission save and load, and train on."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypedDict

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Optimizer

from grader.sandbox.probes import models

Batches = Sequence[tuple[Tensor, Tensor]]
Save = Callable[..., Any]
Load = Callable[..., Any]
MOMENTUM = 0.9
ADAM_EPS = 1e-3  # with PyTorch's own, a gradient that is nothing but rounding would move a weight as far as any other
Rates = Sequence[float]  # of the weights and of the biases, which are two groups of parameters


class Resumed(TypedDict, total=False):
    """What `resume` sends: the states after loading and after training on. Nothing where no file was saved."""

    epoch: Any
    loaded: list[Tensor]
    final: list[Tensor]


class Loaded(TypedDict):
    """What `save_often` sends for each file: what load_checkpoint returned, and the net's state."""

    epoch: Any
    state: list[Tensor]


class Saved(TypedDict):
    """What `save_file` sends: the bytes of the file, None where there is none.

    Two right answers do not write the same bytes, so by these no mistake can be recognised.
    """

    _file: bytes | None


def resume(
    save: Save,
    load: Load,
    name: str,
    state: Sequence[Tensor],
    other: Sequence[Tensor],
    kind: str,
    rates: Sequence[Rates],
    before: Batches,
    after: Batches,
    epoch: int,
    devices: Sequence[str],
) -> Resumed:
    """Train a net, save it, load that into a net with other weights, train on.

    `rates` are those that the optimizers are made with, and those that are set when half of the training
    before the stop is done. `devices` are those before and after the stop.
    """
    net, optimizer = _train_until_stop(name, state, kind, rates, before, devices[0])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "stopped.ckpt")
        save(str(path), net, optimizer, epoch)
        if not path.is_file():
            return {}
        return _train_on(load, path, name, other, kind, rates, after, devices[1])


def save_often(
    save: Save,
    load: Load,
    name: str,
    state: Sequence[Tensor],
    other: Sequence[Tensor],
    batches: Batches,
    files: Sequence[str],
    epochs: Sequence[int],
    device: str,
) -> list[Loaded]:
    """Save after each batch, each time into the file that is named; then load every file, in order of names.

    Empty when a file is missing.
    """
    rates = (0.1, 0.1)
    net, optimizer = _start(name, state, "SGD", rates, device)
    replies: list[Loaded] = []
    with tempfile.TemporaryDirectory() as folder:
        for batch, file, epoch in zip(batches, files, epochs, strict=True):
            _train(net, optimizer, [batch])
            save(str(Path(folder, file)), net, optimizer, epoch)
        for file in sorted(set(files)):
            if not Path(folder, file).is_file():
                return []
            net, optimizer = _start(name, other, "SGD", rates, device)
            returned = load(str(Path(folder, file)), net, optimizer)
            replies.append({"epoch": returned, "state": models.state_of(net)})
    return replies


def save_file(
    save: Save,
    name: str,
    state: Sequence[Tensor],
    kind: str,
    rates: Sequence[Rates],
    before: Batches,
    epoch: int,
    device: str,
) -> Saved:
    """The first half of `resume`: train and save."""
    net, optimizer = _train_until_stop(name, state, kind, rates, before, device)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "stopped.ckpt")
        save(str(path), net, optimizer, epoch)
        return {"_file": path.read_bytes() if path.is_file() else None}


def load_file(
    load: Load,
    file: bytes,
    name: str,
    other: Sequence[Tensor],
    kind: str,
    rates: Sequence[Rates],
    after: Batches,
    device: str,
) -> Resumed:
    """The second half of `resume`, for a sandbox that knows nothing of the first: load the file and train on.

    The file may hold anything. Where known mistakes are asked the same (`grader.diagnose`), it is not opened.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "moved.ckpt")
        path.write_bytes(file)
        return _train_on(load, path, name, other, kind, rates, after, device)


def _train_until_stop(
    name: str, state: Sequence[Tensor], kind: str, rates: Sequence[Rates], batches: Batches, device: str
) -> tuple[nn.Module, Optimizer]:
    first, then = rates
    net, optimizer = _start(name, state, kind, first, device)
    half = len(batches) // 2
    _train(net, optimizer, batches[:half])
    for group, rate in zip(optimizer.param_groups, then, strict=True):
        group["lr"] = rate
    _train(net, optimizer, batches[half:])
    return net, optimizer


def _train_on(
    load: Load,
    path: Path,
    name: str,
    other: Sequence[Tensor],
    kind: str,
    rates: Sequence[Rates],
    batches: Batches,
    device: str,
) -> Resumed:
    net, optimizer = _start(name, other, kind, rates[0], device)
    returned = load(str(path), net, optimizer)
    loaded = models.state_of(net)
    _train(net, optimizer, batches)
    return {"epoch": returned, "loaded": loaded, "final": models.state_of(net)}


def _start(name: str, state: Sequence[Tensor], kind: str, rates: Rates, device: str) -> tuple[nn.Module, Optimizer]:
    net = models.build(name, state).to(device)
    weights = [parameter for parameter in net.parameters() if parameter.dim() > 1]
    others = [parameter for parameter in net.parameters() if parameter.dim() == 1]
    groups = [{"params": part, "lr": rate} for part, rate in zip((weights, others), rates, strict=True)]
    if kind == "Adam":
        return net, torch.optim.Adam(groups, eps=ADAM_EPS)
    return net, torch.optim.SGD(groups, lr=rates[0], momentum=MOMENTUM)


def _train(net: nn.Module, optimizer: Optimizer, batches: Batches) -> None:
    net.train()
    device = next(net.parameters()).device
    for X, y in batches:
        optimizer.zero_grad()
        F.cross_entropy(net(X.to(device)), y.to(device)).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
