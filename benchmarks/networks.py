"""The course's networks side by side: `python -m benchmarks.networks --data digits --device auto [lenet …]`.

Trains each network, as its solution builds it, and prints: accuracy on the test images, seconds an epoch, images
a second in training, parameters, and multiply–accumulates for one image. What it was trained on is printed beside
it, since there are two programmes:

- On a CPU, a short one that ends in under ten minutes on two cores. Networks that were made for 224×224 run on
  smaller pictures, and with a fraction of their channels: the column "input" says so. Adam, few epochs.
- On a GPU, the originals at their full size, with the settings of the notes that this course grew from: SGD
  for ten epochs (LeNet 0.9, AlexNet 0.01, VGG 0.05, NiN 0.1, …). In bfloat16 by autocast and with channels
  last; images a second in float32 stand beside it.

`--full` takes the second programme on a CPU too, if you have a week.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.grading import SOLUTIONS
from grader import data
from grader.model import UsageError
from grader.run import choose_device

VGG_11 = ((1, 64), (1, 128), (2, 256), (2, 512), (2, 512))
NARROW = tuple((convs, channels // 4) for convs, channels in VGG_11)
SPEED_BATCHES = 20  # for the float32 figure on a GPU
KEPT_CHANNELS = 16  # layers with this many outputs or fewer keep them


@dataclass(frozen=True)
class Programme:
    """How a network is trained: height and width of its input, what its widths are divided by, and so on."""

    size: int
    narrower: int
    epochs: int
    batch_size: int
    lr: float
    adam: bool


@dataclass(frozen=True)
class Network:
    """A network of the course: how its solution builds it, and its two programmes."""

    build: Callable[[], nn.Module]
    short: Programme
    full: Programme


def solution(stem: str) -> ModuleType:
    """The module of a solution."""
    spec = importlib.util.spec_from_file_location(stem, SOLUTIONS / f"{stem}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def first_net() -> nn.Module:
    """The net of many a first page on the subject: two convolutions, 120 hidden units, no exercise of its own."""
    return nn.Sequential(
        *(nn.Conv2d(1, 16, kernel_size=5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(16, 32, kernel_size=5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(32 * 7 * 7, 120), nn.ReLU(), nn.Linear(120, 10)),
    )


def short(size: int = 28, narrower: int = 1, epochs: int = 3, lr: float = 2e-3) -> Programme:
    """For a CPU: Adam on small batches."""
    return Programme(size, narrower, epochs, batch_size=32, lr=lr, adam=True)


def full(size: int, lr: float, batch_size: int = 128) -> Programme:
    """The original, ten epochs of SGD."""
    return Programme(size, 1, 10, batch_size, lr, adam=False)


NETWORKS: dict[str, Network] = {
    "first-net": Network(first_net, short(), full(28, 0.1, 256)),
    "keras": Network(lambda: solution("ex44_keras_port").digit_net(), short(epochs=5), full(28, 0.1, 256)),
    "lenet": Network(lambda: solution("ex24_lenet").lenet(), short(epochs=5, lr=3e-3), full(28, 0.9, 256)),
    "alexnet": Network(lambda: solution("ex31_alexnet").alexnet(), short(96, 4, 3, 5e-4), full(224, 0.01)),
    "vgg11": Network(lambda: solution("ex32_vgg").vgg(VGG_11), short(32, 8, 3, 5e-4), full(224, 0.05)),
    "vgg11-narrow": Network(lambda: solution("ex32_vgg").vgg(NARROW), short(32, 4, 3, 1e-3), full(224, 0.05)),
    "nin": Network(lambda: solution("ex33_nin").nin(), short(96, 4, 6, 1e-3), full(224, 0.1)),
    "googlenet": Network(lambda: solution("ex34_inception").googlenet(), short(48, 4, 2, 1e-3), full(96, 0.1)),
    "resnet18": Network(lambda: solution("ex35_resnet").resnet18(), short(32, 4, 2), full(96, 0.05, 256)),
    "mobilenet": Network(lambda: solution("ex36_mobilenet").mobilenet(), short(32, 4, 2), full(64, 0.1)),
}


# Building -----------------------------------------------------------------------------------------


def build(name: str, programme: Programme) -> nn.Module:
    """The network, with its widths divided as the programme says, and initialised by Xavier's or He's rule."""
    net = NETWORKS[name].build()
    if programme.narrower > 1:
        _narrow(net, programme.narrower)
    with torch.no_grad():
        net.eval()(torch.zeros(2, 1, programme.size, programme.size))
    saturating = any(isinstance(layer, nn.Sigmoid | nn.Tanh) for layer in net.modules())
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.xavier_uniform_(layer.weight) if saturating else nn.init.kaiming_normal_(layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return net


def _narrow(parent: nn.Module, by: int) -> None:
    """Put in place of each layer a lazy one with a fraction of its outputs."""
    for name, layer in parent.named_children():
        match layer:
            case nn.Conv2d():
                outputs, groups = _fewer(layer.out_channels, by), _fewer(layer.groups, by)
                sizes = (layer.kernel_size, layer.stride, layer.padding)
                new: nn.Module = nn.LazyConv2d(outputs, *sizes, groups=groups, bias=layer.bias is not None)
            case nn.Linear():
                new = nn.LazyLinear(_fewer(layer.out_features, by))
            case nn.BatchNorm2d():
                new = nn.LazyBatchNorm2d()
            case _:
                _narrow(layer, by)
                continue
        setattr(parent, name, new)


def _fewer(channels: int, by: int) -> int:
    return channels if channels <= KEPT_CHANNELS else channels // by


def multiply_accumulates(net: nn.Module, size: int, channels: int = 1) -> int:
    """Of convolutions and linear layers, for one image."""
    return multiply_accumulates_by_module(net, size, channels)[""]


def multiply_accumulates_by_module(net: nn.Module, size: int, channels: int = 1) -> dict[str, int]:
    """The same for each module that does any, by its name in the net; the net itself has the name "" there."""
    device = next(net.parameters()).device
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        net.eval()(torch.zeros(1, channels, size, size, device=device))
    root = type(net).__name__ + "."  # that is what the counter calls the net
    work = {name.removeprefix(root): sum(counts.values()) for name, counts in counter.get_flop_counts().items()}
    # It counts an addition and a multiplication as two.
    return {name: int(flops) // 2 for name, flops in {**work, "": counter.get_total_flops()}.items()}


# Training -----------------------------------------------------------------------------------------


def batches(images: Tensor, labels: Tensor, programme: Programme, shuffle: bool) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches at the programme's size; images and labels lie on the device already."""
    order = torch.randperm(len(labels), device=labels.device) if shuffle else torch.arange(len(labels))
    for part in order.split(programme.batch_size):
        X = images[part]
        if X.shape[-1] != programme.size:
            X = F.interpolate(X, size=(programme.size, programme.size), mode="bilinear")
        yield X, labels[part]


@dataclass(frozen=True)
class Precision:
    """bfloat16 and channels last on a GPU; float32 in PyTorch's usual order elsewhere."""

    device: str
    fast: bool

    def autocast(self) -> contextlib.AbstractContextManager[Any]:
        return torch.autocast(self.device, torch.bfloat16) if self.fast else contextlib.nullcontext()

    def put(self, thing: Any) -> Any:
        return thing.to(memory_format=torch.channels_last) if self.fast else thing


def step(net: nn.Module, optimizer: torch.optim.Optimizer, X: Tensor, y: Tensor, precision: Precision) -> None:
    """Learn from one batch."""
    optimizer.zero_grad(set_to_none=True)
    with precision.autocast():
        loss = F.cross_entropy(net(precision.put(X)), y)
    loss.backward()
    optimizer.step()


def optimizer_for(net: nn.Module, programme: Programme) -> torch.optim.Optimizer:
    kind = torch.optim.Adam if programme.adam else torch.optim.SGD
    return kind(net.parameters(), lr=programme.lr)


def accuracy(net: nn.Module, images: Tensor, labels: Tensor, programme: Programme, precision: Precision) -> float:
    """The fraction of images that the net reads rightly."""
    net.eval()
    right = 0
    with torch.no_grad(), precision.autocast():
        for X, y in batches(images, labels, programme, shuffle=False):
            right += int((net(precision.put(X)).argmax(dim=1) == y).sum())
    return right / len(labels)


@dataclass(frozen=True)
class Result:
    """What is printed of a network."""

    accuracy: float
    epoch_seconds: float
    images_per_second: float
    float32_images_per_second: float | None
    parameters: int
    macs: int


def measure(name: str, programme: Programme, dataset: data.Dataset, device: str, seed: int = 0) -> Result:
    """Train the network from its seed; the clock runs over the steps of all epochs."""
    torch.manual_seed(seed)
    precision = Precision(device, fast=device == "cuda")
    net = precision.put(build(name, programme).to(device))
    macs = multiply_accumulates(net, programme.size)
    train = dataset.train_images.to(device), dataset.train_labels.to(device)
    test = dataset.test_images.to(device), dataset.test_labels.to(device)
    optimizer = optimizer_for(net, programme)
    _synchronise(device)
    began = time.perf_counter()
    for _ in range(programme.epochs):
        net.train()
        for X, y in batches(*train, programme, shuffle=True):
            step(net, optimizer, X, y, precision)
    _synchronise(device)
    seconds = (time.perf_counter() - began) / programme.epochs
    return Result(
        accuracy=accuracy(net, *test, programme, precision),
        epoch_seconds=seconds,
        images_per_second=len(train[1]) / seconds,
        float32_images_per_second=float32_speed(name, programme, train, device) if precision.fast else None,
        parameters=sum(parameter.numel() for parameter in net.parameters()),
        macs=macs,
    )


def float32_speed(name: str, programme: Programme, train: tuple[Tensor, Tensor], device: str) -> float:
    """Images a second without autocast and channels last, over a few batches after one to warm up."""
    precision = Precision(device, fast=False)
    net = build(name, programme).to(device).train()
    optimizer = optimizer_for(net, programme)
    images, began = 0, 0.0
    for index, (X, y) in enumerate(batches(*train, programme, shuffle=True)):
        if index == 1:
            _synchronise(device)
            began = time.perf_counter()
        step(net, optimizer, X, y, precision)
        images += len(y) if index else 0
        if index == SPEED_BATCHES:
            break
    _synchronise(device)
    return images / (time.perf_counter() - began)


def _synchronise(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


# The command --------------------------------------------------------------------------------------


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.networks", description="Train the named networks.")
    parser.add_argument("networks", nargs="*", help=f"of {', '.join(NETWORKS)}; all when none is given")
    parser.add_argument("--data", choices=("digits", "mnist", "fashion-mnist"), default="digits")
    parser.add_argument("--data-dir", type=Path, help="where MNIST and Fashion-MNIST lie, or are put")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto")
    parser.add_argument("--full", action="store_true", help="the originals' sizes and settings on a CPU too")
    parser.add_argument("--epochs", type=int, help="instead of those of the programme")
    arguments = parser.parse_args(argv)
    if unknown := [name for name in arguments.networks if name not in NETWORKS]:
        parser.error(f"there is no network {unknown[0]}. There are: {', '.join(NETWORKS)}")
    torch.set_num_threads(os.cpu_count() or 1)
    try:
        device = choose_device(arguments.device)
        data.fetch(arguments.data, arguments.data_dir, print)
        dataset = data.load(arguments.data, arguments.data_dir)
    except UsageError as error:
        parser.error(str(error))
    whole = arguments.full or device == "cuda"
    counts = len(dataset.train_labels), len(dataset.test_labels)
    print(f"{dataset.name}: {counts[0]:,} images to train on, {counts[1]:,} to test on")
    print(f"on {device}, PyTorch {torch.__version__}; {'the originals' if whole else 'the short programme'}")
    second = f"{'float32':>9}" if device == "cuda" else ""
    print(f"{'network':14}{'input':26}{'training':26}{'accuracy':>9}{'s/epoch':>9}{'images/s':>9}{second}", end="")
    print(f"{'parameters':>13}{'MACs':>15}")
    for name in arguments.networks or NETWORKS:
        programme = NETWORKS[name].full if whole else NETWORKS[name].short
        if arguments.epochs is not None:
            programme = Programme(**{**vars(programme), "epochs": arguments.epochs})
        result = measure(name, programme, dataset, device)
        widths = f", widths ÷ {programme.narrower}" if programme.narrower > 1 else ""
        rule = "Adam" if programme.adam else "SGD"
        training = f"{rule} {programme.lr:g}, {programme.batch_size} × {programme.epochs} epochs"
        speed = result.float32_images_per_second
        print(
            f"{name:14}{f'{programme.size}×{programme.size}{widths}':26}{training:26}{result.accuracy:9.1%}"
            f"{result.epoch_seconds:9.1f}{result.images_per_second:9,.0f}{f'{speed:9,.0f}' if speed else ''}"
            f"{result.parameters:13,}{result.macs:15,}",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
