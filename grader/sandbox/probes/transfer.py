"""Let `freeze`, `replace_head` and `fine_tune` of the submission adapt a net of ours to other classes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Required, TypedDict

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from grader.sandbox.inside import seed_all

Batches = Sequence[tuple[Tensor, Tensor]]
Function = Callable[..., Any]


class Frozen(TypedDict):
    """What `after_freeze` sends: the names of the parameters that can still be trained."""

    trainable: list[str]


class Adapted(TypedDict, total=False):
    """What is sent of a net, if it is one.

    A check looks at `_state`. That depends on the optimizer, so it is left out where replies are compared
    with those of known mistakes. There `changed`, the names of what is not as it was, and `loss_fell` stand for it.
    """

    is_module: Required[bool]
    trainable: list[str]
    changed: list[str]
    loss_fell: bool
    output: Tensor
    _type: str
    _names: list[str]
    _state: list[Tensor]


class Paces(TypedDict):
    """What `paces` sends: the head before, the head after each run; `pace` stands for them as above."""

    pace: str
    _start: list[Tensor]
    _heads: list[list[Tensor]]


def after_freeze(freeze: Function, name: str, state: Sequence[Tensor]) -> Frozen:
    """What freeze(net) leaves trainable of a net of ours."""
    net = build(name, CLASSES, state)
    freeze(net)
    return {"trainable": _trainable(net)}


def after_replacing(
    freeze: Function,
    replace_head: Function,
    name: str,
    state: Sequence[Tensor],
    num_classes: int,
    X: Tensor,
) -> Adapted:
    """The net that replace_head(net, num_classes) returns for a frozen net, and its scores for X."""
    net = _adapt(freeze, replace_head, name, state, num_classes)
    reply = _describe(net, name, state)
    if reply["is_module"]:
        with torch.no_grad():
            output = net.eval()(X)
        if isinstance(output, Tensor):
            reply["output"] = output
    return reply


def after_tuning(
    freeze: Function,
    replace_head: Function,
    fine_tune: Function,
    name: str,
    state: Sequence[Tensor],
    num_classes: int,
    batches: Batches,
    num_epochs: int,
    lr: float,
    device: str,
) -> Adapted:
    """The net after freeze, replace_head and fine_tune."""
    net = _adapt(freeze, replace_head, name, state, num_classes)
    with torch.enable_grad():
        fine_tune(net, list(batches), num_epochs, lr, device)
    return _describe(net, name, state)


def paces(
    freeze: Function,
    replace_head: Function,
    fine_tune: Function,
    name: str,
    state: Sequence[Tensor],
    num_classes: int,
    batches: Batches,
    device: str,
) -> Paces:
    """The new head before fine_tune, and after it for each of RUNS, all from the same start."""
    start: list[Tensor] = []
    heads, seed = [], int(torch.randint(2**31, ()))
    for num_epochs, lr in RUNS:
        seed_all(seed)
        net = _adapt(freeze, replace_head, name, state, num_classes)
        start = _head(net, name)
        with torch.enable_grad():
            fine_tune(net, list(batches), num_epochs, lr, device)
        heads.append(_head(net, name))
    return {"pace": pace(start, heads), "_start": start, "_heads": heads}


# Epochs and learning rate. The low rate leaves the gradients as they are: four times as many epochs go
# about four times as far.
RUNS = ((25, 2e-6), (100, 2e-6), (1, 0.02), (25, 0.02))
TOO_FAR = 13


def pace(start: Sequence[Tensor], heads: Sequence[Sequence[Tensor]]) -> str:
    """How far the head has gone in each of RUNS, in words.

    With a momentum of 0.9 the second way is 4.7 times as long as the first, with 0.99 it is 11 times; with Adagrad
    it is twice as long. Where gradients pile up, each step is longer than the one before, and it becomes 16.
    """
    slow, slow_and_long, _, fast = (math.dist(_flat(head), _flat(start)) for head in heads)
    if fast == 0:
        return "the head stays where it was"
    if all(map(torch.equal, heads[2], heads[3])):
        return "the number of epochs makes no difference"
    if fast < 10 * slow:
        return "the learning rate makes no difference"
    return "it goes faster and faster" if slow_and_long > TOO_FAR * slow else "as it should"


def _flat(parts: Sequence[Tensor]) -> list[float]:
    flat: list[float] = torch.cat([part.flatten() for part in parts]).tolist()
    return flat


def after_tuning_on_images(
    freeze: Function,
    replace_head: Function,
    fine_tune: Function,
    name: str,
    state: Sequence[Tensor],
    num_classes: int,
    images: Tensor,
    labels: Tensor,
    batch_size: int,
    num_epochs: int,
    lr: float,
    device: str,
) -> Adapted:
    """The net after all three, tuned on images that a DataLoader shuffles."""
    net = _adapt(freeze, replace_head, name, state, num_classes)
    loss = _loss(net, images, labels)
    with torch.enable_grad():
        fine_tune(net, DataLoader(TensorDataset(images, labels), batch_size, shuffle=True), num_epochs, lr, device)
    return {**_describe(net, name, state), "loss_fell": _loss(net, images, labels) < loss}


def _adapt(freeze: Function, replace_head: Function, name: str, state: Sequence[Tensor], num_classes: int) -> Any:
    net = build(name, CLASSES, state)
    freeze(net)
    return replace_head(net, num_classes)


@torch.no_grad()
def _loss(net: Any, images: Tensor, labels: Tensor) -> float:
    place = next(net.parameters()).device
    return F.cross_entropy(net.eval()(images.to(place)), labels.to(place)).item()


def _head(net: Any, name: str) -> list[Tensor]:
    return [parameter.detach().cpu().clone() for parameter in net.get_submodule(HEADS[name]).parameters()]


def _describe(net: Any, name: str, state: Sequence[Tensor]) -> Adapted:
    if not isinstance(net, nn.Module):
        return {"is_module": False, "_type": type(net).__name__}
    before = dict(zip(names(name), state, strict=True))
    after = {key: tensor.detach().cpu().clone() for key, tensor in net.state_dict().items()}
    return {
        "is_module": True,
        "trainable": _trainable(net),
        "changed": changed(before, after),
        "_names": list(after),
        "_state": list(after.values()),
    }


def changed(before: dict[str, Tensor], after: dict[str, Tensor]) -> list[str]:
    """The names of what has moved, come or gone, but for batch norm's count of batches."""
    keys = [key for key in {**before, **after} if not key.endswith(COUNT)]
    both = before.keys() & after.keys()
    return [key for key in keys if key not in both or not torch.equal(before[key], after[key])]


def _trainable(net: nn.Module) -> list[str]:
    return [name for name, parameter in net.named_parameters() if parameter.requires_grad]


# Nets ---------------------------------------------------------------------------------------------

CLASSES = 5  # that the nets were trained for
COUNT = "num_batches_tracked"


def build(name: str, num_classes: int, state: Sequence[Tensor] | None = None) -> nn.Module:
    """The net `name` in training mode, holding `state` if one is given."""
    net = NETS[name](num_classes)
    if state is not None:
        net.load_state_dict(dict(zip(net.state_dict(), state, strict=True)))
    return net


def names(name: str) -> list[str]:
    """The names of the parts of a net's state."""
    return list(build(name, CLASSES).state_dict())


class Reader(nn.Module):
    """(n, 1, 28, 28) → (n, num_classes): the last linear layer lies inside, and other layers are listed after it."""

    def __init__(self, num_classes: int) -> None:
        super().__init__()
        self.classifier = nn.Sequential(
            nn.Flatten(), nn.Linear(400, 64), nn.Sequential(nn.ReLU(), nn.Linear(64, num_classes))
        )
        self.features = nn.Sequential(
            nn.Sequential(nn.Conv2d(1, 8, kernel_size=5, padding=2), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2)),
            nn.Sequential(nn.Conv2d(8, 16, kernel_size=5), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2)),
        )

    def forward(self, X: Tensor) -> Tensor:
        scores: Tensor = self.classifier(self.features(X))
        return scores


class Small(nn.Module):
    """(n, 6) → (n, num_classes): quick, with its last linear layer where one looks first."""

    def __init__(self, num_classes: int) -> None:
        super().__init__()
        self.hidden = nn.Sequential(nn.Linear(6, 7), nn.BatchNorm1d(7), nn.Tanh())
        self.fc = nn.Linear(7, num_classes)

    def forward(self, X: Tensor) -> Tensor:
        scores: Tensor = self.fc(self.hidden(X))
        return scores


def row(num_classes: int) -> nn.Module:
    """(n, 6) → (n, num_classes): three linear layers in a row, and after them one of another kind."""
    hidden = nn.Sequential(nn.Linear(9, 8), nn.Tanh())
    last = nn.Sequential(nn.Linear(8, num_classes), nn.Identity())
    return nn.Sequential(nn.Linear(6, 9), nn.BatchNorm1d(9), nn.Tanh(), hidden, last)


NETS: dict[str, Callable[[int], nn.Module]] = {"reader": Reader, "small net": Small, "row of layers": row}
HEADS = {"reader": "classifier.2.1", "small net": "fc", "row of layers": "4.0"}
