"""The numbers of the lesson on fully connected nets."""

import re
import runpy
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from tests.lessons.nets import count

ROOT = Path(__file__).parents[2]


def multiply_accumulates(net: nn.Module, X: torch.Tensor) -> int:
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net(X)
    return counter.get_total_flops() // 2


def test_the_photograph() -> None:
    with torch.device("meta"):
        linear, conv = nn.Linear(224 * 224 * 3, 1000), nn.Conv2d(3, 64, 3, padding=1)
        outputs = conv(torch.zeros(1, 3, 224, 224)).numel()
    assert linear.in_features == 150_528
    assert count(linear) == 150_529_000
    assert round(4 * count(linear) / 1e6) == 602
    assert count(conv) == 1792
    assert outputs == 3_211_264
    assert 483e9 < 150_528 * outputs < 484e9


def test_the_lines_of_the_picture() -> None:
    picture = (ROOT / "docs/en/lessons/pictures/fully_connected.svg").read_text("utf-8")
    assert len(re.findall("<path", picture)) == 24 + 12
    assert F.conv1d(torch.zeros(1, 1, 6), torch.zeros(1, 1, 3)).shape[-1] == 4


def test_the_permuted_picture_holds_the_same_pixels() -> None:
    picture = (ROOT / "docs/en/lessons/pictures/permuted.svg").read_text("utf-8")
    dark = ["ink" in rect for rect in re.findall("<rect[^>]*>", picture)]
    first, second, third = dark[:64], dark[64:128], dark[128:]
    assert first == third != second
    assert sum(first) == sum(second)


def test_with_stride_2_only_even_moves_come_through() -> None:
    image = torch.tensor([0.0, 0, 0, 0, 5, 3, 0, 0, 0, 0, 0, 0])
    kernel = torch.tensor([[[1.0, -1, 2]]])

    def conv(row: torch.Tensor) -> torch.Tensor:
        return F.conv1d(row[None, None], kernel, stride=2)[0, 0]

    assert torch.equal(conv(image.roll(2)), conv(image).roll(1))
    odd = conv(image.roll(1))
    assert not any(torch.equal(odd, conv(image).roll(by)) for by in range(len(odd)))


def test_two_pixels_swapped() -> None:
    w, x, swap = torch.tensor([2.0, 10]), torch.tensor([3.0, 5]), [1, 0]
    assert w @ x == w[swap] @ x[swap] == 56


def test_weights_and_work() -> None:
    X = torch.zeros(1, 1, 28, 28)
    conv, linear = nn.Conv2d(1, 1, 3, bias=False), nn.Linear(28 * 28, 26 * 26, bias=False)
    assert conv(X).shape == (1, 1, 26, 26)
    assert (count(linear), multiply_accumulates(linear, X.flatten(1))) == (529_984, 529_984)
    assert (count(conv), multiply_accumulates(conv, X)) == (9, 6084)


def test_lenets_weights_lie_in_one_place_and_its_work_in_the_other() -> None:
    net = runpy.run_path(str(ROOT / "solutions/ex24_lenet.py"))["lenet"]()
    convolutions = sum(count(layer) for layer in net if isinstance(layer, nn.Conv2d))
    assert (count(net), convolutions, round(100 * convolutions / count(net))) == (61_706, 2572, 4)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net(torch.zeros(1, 1, 28, 28))
    by_kind = {str(kind): flops // 2 for kind, flops in counter.get_flop_counts()["Global"].items()}
    convs = sum(flops for kind, flops in by_kind.items() if "conv" in kind)
    assert (sum(by_kind.values()), convs, round(100 * convs / sum(by_kind.values()))) == (416_520, 357_600, 86)
