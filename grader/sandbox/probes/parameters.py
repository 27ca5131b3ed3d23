"""Let `count_parameters` of the submission count nets of ours, of sizes that differ every time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn


def count(count_parameters: Callable[..., Any], name: str, sizes: Sequence[int], *trainable_only: bool) -> Any:
    """What count_parameters(net, *trainable_only) returns for the net `name` of these sizes."""
    return count_parameters(NETS[name](*sizes), *trainable_only)


# Nets ---------------------------------------------------------------------------------------------


def layers(a: int, b: int, c: int) -> nn.Module:
    """Two linear layers, the first as deep inside as the second."""
    return nn.Sequential(nn.Linear(a, b), nn.ReLU(), nn.Linear(b, c))


def first_weight_frozen(a: int, b: int, c: int) -> nn.Module:
    """The same with its first weight frozen, and nothing else."""
    net = nn.Sequential(nn.Linear(a, b), nn.ReLU(), nn.Linear(b, c))
    net[0].weight.requires_grad_(False)
    return net


def all_frozen(a: int, b: int, c: int) -> nn.Module:
    """The same with nothing left to train."""
    return layers(a, b, c).requires_grad_(False)


class _Block(nn.Module):
    """A layer, and a block inside it until `depth` is used up."""

    def __init__(self, size: int, depth: int) -> None:
        super().__init__()
        self.layer = nn.Linear(size, size)
        self.inner = _Block(size + 1, depth - 1) if depth > 1 else nn.Identity()


def nested(a: int, b: int, depth: int) -> nn.Module:
    """Layers inside layers, in lists and dicts too."""
    branches = nn.ModuleDict({"left": nn.ModuleList([nn.Linear(a, b)]), "right": nn.Linear(b, a, bias=False)})
    return nn.Sequential(branches, _Block(a, depth))


class _Bare(nn.Module):
    """Parameters that belong to no layer of PyTorch: a single number, three dimensions, a list of them."""

    def __init__(self, a: int, b: int, c: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(1.0))
        self.table = nn.Parameter(torch.zeros(a, b, c))
        self.offsets = nn.ParameterList([nn.Parameter(torch.zeros(a)), nn.Parameter(torch.zeros(b))])
        self.constant = torch.ones(a)


def shared_layer(a: int, b: int) -> nn.Module:
    """One layer that stands in two places."""
    layer = nn.Linear(b, b)
    return nn.Sequential(nn.Linear(a, b), layer, nn.Tanh(), layer)


def shared_weight(a: int, b: int) -> nn.Module:
    """Two layers with one weight between them, and a bias for each."""
    first, second = nn.Linear(a, b), nn.Linear(a, b)
    second.weight = first.weight
    return nn.Sequential(first, nn.Tanh(), second)


def normalised(a: int, b: int, kernel: int) -> nn.Module:
    """Batch norm: a scale and a shift for each channel are parameters, its running statistics are buffers."""
    return nn.Sequential(nn.Conv2d(a, b, kernel, bias=False), nn.BatchNorm2d(b), nn.ReLU())


class _Buffered(nn.Module):
    """A table that is saved with the net and not learned."""

    table: torch.Tensor

    def __init__(self, a: int, b: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(a))
        self.register_buffer("table", torch.zeros(a, b))


NETS: dict[str, Callable[..., nn.Module]] = {
    "layers": layers,
    "one layer": nn.Linear,
    "first weight frozen": first_weight_frozen,
    "all frozen": all_frozen,
    "nested": nested,
    "bare": _Bare,
    "empty": nn.Sequential,
    "shared layer": shared_layer,
    "shared weight": shared_weight,
    "normalised": normalised,
    "buffered": _Buffered,
}
