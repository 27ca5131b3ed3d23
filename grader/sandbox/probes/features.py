"""Let `feature_maps` and `grad_cam` of the submission look into nets of ours."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules import module as global_hooks

from grader.sandbox.probes import models

Look = Callable[..., Any]


def look(
    function: Look, name: str, state: Sequence[Tensor], layer: str, X: Tensor, device: str, *class_index: int
) -> Any:
    """What function(net, layer, X, *class_index) returns for a net of ours in training mode."""
    net = models.build(name, state).to(device)
    with torch.enable_grad():
        return function(net, layer, X.to(device), *class_index)


def hooks_left(
    function: Look, name: str, state: Sequence[Tensor], layer: str, X: Tensor, device: str, *class_index: int
) -> int:
    """How many hooks are on the net after the same, whether it returns or raises an error."""
    net = models.build(name, state).to(device)
    with torch.enable_grad(), contextlib.suppress(Exception):
        function(net, layer, X.to(device), *class_index)
    return hooks_of(net)


def hooks_of(net: nn.Module) -> int:
    """How many hooks hang on the net, its layers or all modules; a `forward` put in place of one counts too."""
    everywhere = sum(len(getattr(global_hooks, f"_global{kind}")) for kind in HOOKS)
    own = sum(len(getattr(layer, kind)) for layer in net.modules() for kind in HOOKS)
    return everywhere + own + sum("forward" in vars(layer) for layer in net.modules())


HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


# Nets ---------------------------------------------------------------------------------------------


def two_channels(*, inplace: bool = False) -> nn.Module:
    """(n, 2, 2, 2) → (n, 2): the maps of layer 0 are the channels of the image, times its only weight."""
    return nn.Sequential(Times(), nn.ReLU(inplace), nn.Flatten(), nn.Linear(8, 2, bias=False))


class Times(nn.Module):
    """Everything times one number."""

    def __init__(self) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.ones(1))

    def forward(self, X: Tensor) -> Tensor:
        return self.factor * X


def _body(*, inplace: bool) -> nn.Sequential:
    # Smooth everywhere: at a kink, rounding alone could turn a gradient into another.
    first = nn.Sequential(nn.Conv2d(2, 5, kernel_size=3), nn.SiLU(inplace=inplace), nn.AvgPool2d(2))
    return nn.Sequential(first, nn.Sequential(nn.Conv2d(5, 7, kernel_size=(3, 2)), nn.SiLU(inplace=inplace)))


class Watcher(nn.Module):
    """(n, 2, 12, 15) → (n, 4): layers inside layers, such as body.1.0."""

    def __init__(self, *, inplace: bool = False) -> None:
        super().__init__()
        self.body = _body(inplace=inplace)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d((2, 3)), nn.Flatten(), nn.Linear(42, 9), nn.Tanh())
        self.scores = nn.Linear(9, 4)

    def forward(self, X: Tensor) -> Tensor:
        scores: Tensor = self.scores(self.head(self.body(X)))
        return scores


class Moody(Watcher):
    """The same with batch norm and dropout: in training mode it gives other answers."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(_body(inplace=False), nn.BatchNorm2d(7), nn.Dropout(0.5))


models.NETS.update(
    {
        "net of two channels": two_channels,
        "net of two channels that works in place": lambda: two_channels(inplace=True),
        "watcher": Watcher,
        "watcher that works in place": lambda: Watcher(inplace=True),
        "moody watcher": Moody,
    }
)
