"""The numbers of the lesson on VGG."""

import math
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.networks import VGG_11, multiply_accumulates, solution
from tests.lessons.nets import count, on_paper

PAGE = (Path(__file__).parents[2] / "docs" / "en" / "lessons" / "vgg.md").read_text("utf-8").replace("{,}", ",")


@pytest.fixture
def net() -> nn.Module:
    return on_paper(lambda: solution("ex32_vgg").vgg(VGG_11))


def field(layers: list[nn.Module], length: int = 400) -> int:
    """Pixels of a row that the middle number of the result depends on, measured by the gradient."""
    row = torch.rand(1, 1, 1, length, requires_grad=True)
    X = row
    for layer in layers:
        # A mean in place of a maximum, so that the gradient reaches every pixel of a window.
        if isinstance(layer, nn.MaxPool2d):
            X = F.avg_pool2d(X, (1, layer.kernel_size), (1, layer.stride))
        elif isinstance(layer, nn.Conv2d):
            X = F.conv2d(X, torch.ones(1, 1, 1, layer.kernel_size[1]))
    X[0, 0, 0, X.shape[-1] // 2].backward()
    return int((row.grad != 0).sum())


def test_small_kernels_have_fewer_weights() -> None:
    small, large = nn.Conv2d(64, 64, 3, bias=False), nn.Conv2d(64, 64, 5, bias=False)
    assert (2 * count(small), count(large)) == (73_728, 102_400)
    assert round(100 * (1 - 18 / 25)) == 28
    assert round(100 * (1 - 27 / 49)) == 45
    assert [field([small] * m) for m in (2, 3)] == [field([large]), field([nn.Conv2d(1, 1, 7)])] == [5, 7]


def test_two_small_kernels_make_a_large_one() -> None:
    three = torch.tensor([[[1.0, 1, 1]]])
    assert F.conv1d(three, three, padding=2).tolist() == [[[1, 2, 3, 2, 1]]]


def test_the_table_of_blocks(net: nn.Module) -> None:
    blocks = list(net)[:5]
    X, seen = torch.zeros(1, 1, 224, 224, device="meta"), []
    for number, (block, (convs, channels)) in enumerate(zip(blocks, VGG_11, strict=True), start=1):
        X = block(X)
        seen += list(block)
        assert f"| {number} | {convs} | {channels} | {X.shape[-1]} | {field(seen)} |" in PAGE
    assert (field(list(blocks[0])[:1]), field([*blocks[0], blocks[1][0]])) == (3, 8)


def test_channels_double_when_the_size_halves() -> None:
    with torch.device("meta"):
        third, fourth = nn.Conv2d(256, 256, 3, padding=1), nn.Conv2d(512, 512, 3, padding=1)
    assert multiply_accumulates(third, 56, 256) == multiply_accumulates(fourth, 28, 512) == 1_849_688_064
    assert f"{1_849_688_064:,}" in PAGE


def test_deep_or_wide_for_the_same_weights() -> None:
    with torch.device("meta"):
        deep, wide = nn.Conv2d(256, 256, 3, bias=False), nn.Conv2d(256, 512, 3, bias=False)
    assert 2 * count(deep) == count(wide) == 1_179_648
    assert f"{1_179_648:,}" in PAGE


def test_what_goes_wrong(net: nn.Module) -> None:
    with pytest.raises(RuntimeError) as caught:
        nn.Conv2d(64, 128, 3)(torch.zeros(1, 128, 112, 112))
    assert "expected input[1, 128, 112, 112] to have 64 channels, but got 128 channels instead" in PAGE
    assert "expected input[1, 128, 112, 112] to have 64 channels, but got 128 channels instead" in str(caught.value)
    assert [28 // 2**k for k in range(1, 6)] == [14, 7, 3, 1, 0]
    with pytest.raises(RuntimeError, match="Output size is too small"):
        net[:5](torch.zeros(1, 1, 28, 28, device="meta"))
    assert net[:5](torch.zeros(1, 1, 32, 32, device="meta")).shape[-1] == 1
    assert nn.Conv2d(1, 1, 3)(torch.zeros(1, 1, 28, 28)).shape[-1] == 26


def test_what_it_costs(net: nn.Module) -> None:
    X = torch.zeros(1, 1, 224, 224, device="meta")
    totals = []
    for number, block in enumerate(list(net)[:5], start=1):
        work = multiply_accumulates(block, X.shape[-1], X.shape[1])
        X = block(X)
        totals.append((count(block), work))
        assert f"| block {number} | {count(block):,} | {work:,} |" in PAGE
    linear = [layer for layer in net if isinstance(layer, nn.Linear)]
    totals.append((sum(map(count, linear)), sum(layer.weight.numel() for layer in linear)))
    assert f"| three linear layers | {totals[-1][0]:,} | {totals[-1][1]:,} |" in PAGE
    together = [sum(column) for column in zip(*totals, strict=True)]
    assert together == [count(net), multiply_accumulates(net, 224)]
    assert f"| together | {together[0]:,} | {together[1]:,} |" in PAGE
    assert round(together[1] / 1_060_924_256) == 7
    assert round(10 * totals[-1][0] / together[0]) == 9
    assert math.prod((64, 224, 224)) == 3_211_264
    assert round(128 * 4 * 3_211_264 / 1e9, 1) == 1.6
