"""The numbers of the lesson on porting a Keras net."""

import math
import re
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.networks import NETWORKS, multiply_accumulates
from tests.lessons.nets import count, on_paper

LESSONS = Path(__file__).parents[2] / "docs" / "en" / "lessons"
PAGE = (LESSONS / "keras.md").read_text("utf-8").replace("{,}", ",")


@pytest.fixture
def net() -> nn.Module:
    return on_paper(NETWORKS["keras"].build)


def test_sizes_and_parameters(net: nn.Module) -> None:
    convolution, linear = (layer for layer in net if isinstance(layer, nn.Conv2d | nn.Linear))
    assert (count(convolution), count(linear), count(net)) == (40, 2890, 2930)
    assert linear.in_features == 8 * 6 * 6 == 288
    image = torch.zeros(1, 1, 27, 27, requires_grad=True)
    F.avg_pool2d(image, 4).sum().backward()
    assert image.grad[0, 0, 0].count_nonzero() == 27 - 3
    assert image.grad[0, 0, :, 0].count_nonzero() == 27 - 3


def test_softmax_once_and_twice() -> None:
    once = torch.tensor([2.0, 0]).softmax(dim=0)
    twice = once.softmax(dim=0)
    assert [round(p, 3) for p in once.tolist()] == [0.881, 0.119]
    assert round(twice[0].item(), 3) == 0.682
    assert [round(-math.log(p[0].item()), 3) for p in (once, twice)] == [0.127, 0.383]
    assert (round(math.e**2, 3), round(math.e**2 + 1, 3)) == (7.389, 8.389)
    best = math.e / (math.e + 9)
    assert (round(best, 3), round(-math.log(best), 3)) == (0.232, 1.461)


def test_the_picture_of_the_two_orders() -> None:
    picture = (LESSONS / "pictures" / "flatten_order.svg").read_text("utf-8")
    drawn = [int(found) for found in re.findall(r">(\d)</text>", picture)]
    maps = torch.tensor(drawn[:8]).view(2, 2, 2)
    assert drawn[8:16] == maps.flatten().tolist()
    assert drawn[16:] == maps.permute(1, 2, 0).flatten().tolist()


def test_what_goes_wrong() -> None:
    said = "expected input[32, 28, 28, 1] to have 1 channels, but got 28 channels instead"
    with pytest.raises(RuntimeError, match=re.escape(said)):
        nn.Conv2d(1, 8, 2)(torch.zeros(32, 28, 28, 1))
    assert said in PAGE
    colour = torch.rand(2, 4, 4, 3)
    assert colour.permute(0, 3, 1, 2).shape == colour.reshape(2, 3, 4, 4).shape
    assert not torch.equal(colour.permute(0, 3, 1, 2), colour.reshape(2, 3, 4, 4))
    with pytest.raises(ValueError, match="same"):
        nn.Conv2d(1, 1, 3, stride=2, padding="same")
    keras_share = 1 - 0.99
    assert keras_share == pytest.approx(0.01)
    assert nn.BatchNorm2d(1).momentum == 0.1


def test_what_it_costs(net: nn.Module) -> None:
    X, rows = torch.zeros(1, 1, 28, 28, device="meta"), []
    for layer in net:
        before, X = X, layer(X)
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.Linear):
            work = layer.weight.numel() * math.prod(X.shape[2:]) if isinstance(layer, nn.Conv2d | nn.Linear) else 0
            rows.append(work)
            assert f"| {' × '.join(map(str, X.shape[1:]))} | {count(layer):,} | {work:,} |" in PAGE, before.shape
    assert sum(rows) == multiply_accumulates(net, 28) == 26_208
    assert f"| together | | {count(net):,} | {sum(rows):,} |" in PAGE
    assert 27 * 27 * 8 * 4 == 23_328
    lenet = on_paper(NETWORKS["lenet"].build)
    assert round(count(lenet) / count(net)) == 21
    assert round(multiply_accumulates(lenet, 28) / 26_208) == 16
