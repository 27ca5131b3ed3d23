"""The numbers of the lesson on MobileNet."""

from pathlib import Path

import pytest
import torch
from torch import nn

from benchmarks.networks import multiply_accumulates, solution
from tests.lessons.nets import count, on_paper

LESSONS = Path(__file__).parents[2] / "docs" / "en" / "lessons"
PAGE = (LESSONS / "mobilenet.md").read_text("utf-8").replace("{,}", ",")
EX36 = solution("ex36_mobilenet")


def full(inputs: int, outputs: int, kernel: int = 3) -> nn.Module:
    return on_paper(lambda: nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False))


def separable(inputs: int, outputs: int, kernel: int = 3) -> nn.Sequential:
    return on_paper(
        lambda: nn.Sequential(
            nn.Conv2d(inputs, inputs, kernel, padding=kernel // 2, groups=inputs, bias=False),
            nn.Conv2d(inputs, outputs, 1, bias=False),
        )
    )


def convolutions(net: nn.Module, size: int, channels: int) -> list[tuple[nn.Conv2d, int]]:
    """Each convolution with its multiply–accumulates."""
    found = []

    def note(layer: nn.Module, _inputs: object, output: torch.Tensor) -> None:
        found.append((layer, layer.weight.numel() * output.shape[2] * output.shape[3]))

    for layer in net.modules():
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_hook(note)
    net(torch.zeros(1, channels, size, size, device="meta"))
    return list(found)


def test_the_picture_of_the_split() -> None:
    assert (count(full(3, 4)), count(separable(3, 4))) == (108, 39)
    picture = (LESSONS / "pictures" / "mobilenet_split.svg").read_text("utf-8")
    assert "12 · 9 = 108 weights" in picture
    assert "3 · 9 + 12 · 1 = 39 weights" in picture


def test_the_layer_in_the_middle() -> None:
    at_once, (depthwise, pointwise) = full(512, 512), separable(512, 512)
    work = [multiply_accumulates(layer, 14, 512) for layer in (at_once, depthwise, pointwise)]
    assert work == [462_422_016, 903_168, 51_380_224]
    assert sum(work[1:]) == 52_283_392
    assert all(f"{number:,}" in PAGE for number in (*work, sum(work[1:])))
    assert round(sum(work[1:]) / work[0], 3) == round(1 / 512 + 1 / 9, 3) == 0.113


def test_what_remains() -> None:
    for kernel in (3, 5, 7):
        shares = []
        for outputs in (8, 64, 512):
            work = [multiply_accumulates(make(16, outputs, kernel), 14, 16) for make in (separable, full)]
            assert work[0] / work[1] == pytest.approx(1 / outputs + 1 / kernel**2)
            shares.append(f"{100 * work[0] / work[1]:.1f}")
        assert f"| {kernel} × {kernel} | {' | '.join(shares)} |" in PAGE


def test_what_goes_wrong() -> None:
    assert separable(512, 512)[0].weight.shape == (512, 1, 3, 3)
    assert full(512, 512).weight.shape == (512, 512, 3, 3)
    with pytest.raises(ValueError, match="in_channels must be divisible by groups"):
        nn.Conv2d(4, 8, 3, groups=8)
    X = torch.zeros(1, 4, 8, 8, requires_grad=True)
    nn.Conv2d(4, 8, 1, stride=2)(X).sum().backward()
    assert (X.grad == 0).float().mean().item() == 0.75


def test_what_it_costs() -> None:
    for words, size, channels, classes in (
        ("64 × 64, grey, 10 classes", 64, 1, 10),
        ("224 × 224, colour, 1000 classes", 224, 3, 1000),
    ):
        net = on_paper(lambda: EX36.mobilenet(classes, channels))  # noqa: B023
        layers = convolutions(net, size, channels)
        depthwise = sum(work for layer, work in layers if layer.groups > 1)
        pointwise = sum(work for layer, work in layers if layer.kernel_size == (1, 1))
        together = multiply_accumulates(net, size, channels)
        numbers = " | ".join(f"{work / 1e6:.1f}" for work in (depthwise, pointwise, together))
        assert f"| {words} | {count(net):,} | {numbers} |" in PAGE
        assert 0.94 < pointwise / together < 0.965
        assert sum(layer.groups > 1 for layer, _ in layers) == 13
    # the same net with full convolutions: nine times each pointwise one, and no depthwise ones
    assert round((together - depthwise + 8 * pointwise) / 1e9, 2) == 4.87
    weights = [
        sum(layer.weight.numel() for layer, _ in layers if test(layer))
        for test in (lambda layer: layer.groups > 1, lambda layer: layer.kernel_size == (1, 1))
    ]
    assert round((count(net) - weights[0] + 8 * weights[1]) / 1e6) == 29
