"""The numbers of the lesson on NiN."""

import re
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.networks import multiply_accumulates, solution
from tests.lessons.nets import count, on_paper

LESSONS = Path(__file__).parents[2] / "docs" / "en" / "lessons"
PAGE = (LESSONS / "nin.md").read_text("utf-8").replace("{,}", ",")


def numbers(picture: str) -> list[int]:
    """The numbers in the cells of a picture, in order."""
    source = (LESSONS / "pictures" / picture).read_text("utf-8").replace("−", "-")
    return [int(found) for found in re.findall(r">(-?\d+)</text>", source)]


@pytest.fixture
def net() -> nn.Module:
    return on_paper(solution("ex33_nin").nin)


def test_the_picture_of_one_pixel() -> None:
    drawn = torch.tensor(numbers("nin_pixel.svg"), dtype=torch.float32).view(5, 2, 2)
    W = torch.tensor([[1.0, 0, -1], [2, 1, 1]])
    assert drawn[:3, 0, 0].tolist() == [1, 3, 2]
    assert (W @ drawn[:3, 0, 0]).tolist() == [-1, 7]
    assert torch.equal(torch.einsum("oc,chw->ohw", W, drawn[:3]), drawn[3:])


def test_one_by_one_is_cheap() -> None:
    assert count(nn.Conv2d(96, 96, 1)) == 9312
    assert count(nn.Conv2d(96, 96, 3)) == 83_040


def test_the_picture_of_the_means() -> None:
    drawn = numbers("nin_average.svg")
    assert drawn[18:] == [1, 3]
    assert nn.AdaptiveAvgPool2d(1)(torch.tensor(drawn[:18]).view(1, 2, 3, 3).float()).flatten().tolist() == [1, 3]


def test_what_the_mean_saves(net: nn.Module) -> None:
    before = net[:7](torch.zeros(1, 1, 224, 224, device="meta"))
    assert before.shape[1:] == (384, 5, 5)
    assert count(on_paper(lambda: nn.Linear(9600, 4096))) == 39_325_696
    assert before[0].numel() == 9600
    assert count(nn.AdaptiveAvgPool2d(1)) == 0
    for size in (200, 224, 300):
        assert net(torch.zeros(2, 1, size, size, device="meta")).shape == (2, 10)


def test_what_goes_wrong(net: nn.Module) -> None:
    assert net[:-1](torch.zeros(3, 1, 224, 224, device="meta")).shape == (3, 10, 1, 1)
    with pytest.raises((RuntimeError, ValueError)):
        F.cross_entropy(torch.zeros(3, 10, 1, 1), torch.tensor([1, 2, 3]))
    first, second = torch.randn(5, 4), torch.randn(3, 5)
    x = torch.randn(4)
    torch.testing.assert_close(second @ (first @ x), (second @ first) @ x)
    dead = torch.full((1, 1, 5, 5), -1.0, requires_grad=True)
    dead.relu().mean().backward()
    assert dead.grad.abs().max() == 0


def test_what_it_costs(net: nn.Module) -> None:
    X = torch.zeros(1, 1, 224, 224, device="meta")
    totals, sides = [], []
    for part in net:
        before = X
        X = part(X)
        sides += [X.shape[-1]] if isinstance(part, nn.MaxPool2d) else []
        if isinstance(part, nn.Sequential):
            totals.append((count(part), multiply_accumulates(part, before.shape[-1], before.shape[1])))
            row = " × ".join(map(str, X.shape[1:]))
            assert f"| {row} | {totals[-1][0]:,} | {totals[-1][1]:,} |" in PAGE
    together = [sum(column) for column in zip(*totals, strict=True)]
    assert together == [count(net), multiply_accumulates(net, 224)]
    assert f"| together | | {together[0]:,} | {together[1]:,} |" in PAGE
    assert sides == [26, 12, 5]
    assert (count(nn.Conv2d(1, 96, 11)), 2 * count(nn.Conv2d(96, 96, 1))) == (11_712, 18_624)
    assert round(58_299_082 / together[0]) == 29
    assert round(100 * together[1] / 1_060_924_256) == 72
