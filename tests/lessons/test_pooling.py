"""The numbers of the lesson on pooling."""

import re
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn

PICTURES = Path(__file__).parents[2] / "docs" / "en" / "lessons" / "pictures"


def test_the_picture() -> None:
    drawn = re.findall(r"<text x=[^>]*>([\d.]+)</text>", (PICTURES / "pooling.svg").read_text("utf-8"))
    numbers = [float(number) for number in drawn]
    X = torch.tensor(numbers[:16]).reshape(1, 1, 4, 4)
    assert F.max_pool2d(X, 2).flatten().tolist() == numbers[16:20]
    assert F.avg_pool2d(X, 2).flatten().tolist() == numbers[20:] == [2.75, 2.5, 2, 6]


def test_the_picture_of_the_moving_pixel() -> None:
    drawn = re.findall(r"<text x=[^>]*>(\d)</text>", (PICTURES / "pooling_shift.svg").read_text("utf-8"))
    for row in torch.tensor([float(number) for number in drawn]).reshape(3, 9):
        assert F.max_pool1d(row[None, None, :6], 2)[0, 0].tolist() == row[6:].tolist()


def test_what_the_maximum_cannot_tell_apart() -> None:
    alone, among = torch.tensor([[[[9.0, 0], [0, 0]]]]), torch.tensor([[[[9.0, 8], [8, 8]]]])
    assert F.max_pool2d(alone, 2).item() == F.max_pool2d(among, 2).item() == 9
    assert (F.avg_pool2d(alone, 2).item(), F.avg_pool2d(among, 2).item()) == (2.25, 8.25)


def test_what_global_average_pooling_saves() -> None:
    maps = torch.zeros(2, 512, 7, 7)
    pooled = nn.AdaptiveAvgPool2d(1)(maps).flatten(1)
    assert pooled.shape == (2, 512)
    weights = [nn.Linear(X.shape[1], 1000, device="meta").weight.numel() for X in (maps.flatten(1), pooled)]
    assert weights == [25_088_000, 512_000]


def test_the_mean_counts_the_padding() -> None:
    ones = torch.ones(1, 1, 2, 2)
    assert F.avg_pool2d(ones, 2, padding=1)[0, 0, 0, 0] == 0.25
    assert F.avg_pool2d(ones, 2, padding=1, count_include_pad=False)[0, 0, 0, 0] == 1


def test_seven_rows() -> None:
    X = torch.zeros(1, 1, 7, 7, requires_grad=True)
    Y = F.avg_pool2d(X, 2)
    Y.sum().backward()
    assert Y.shape[2:] == (3, 3)
    assert [row for row in range(7) if X.grad[0, 0, row].abs().sum() == 0] == [6]


def test_the_fifth_pooling_fails() -> None:
    X, sizes = torch.zeros(1, 1, 28, 28), [28]
    for _ in range(4):
        X = F.max_pool2d(X, 2)
        sizes.append(X.shape[-1])
    assert sizes == [28, 14, 7, 3, 1]
    with pytest.raises(RuntimeError, match="Output size is too small"):
        F.max_pool2d(X, 2)


def test_relu_and_maximum_can_change_places() -> None:
    torch.manual_seed(0)
    X = torch.randn(1, 1, 8, 8)
    assert torch.equal(F.relu(F.max_pool2d(X, 2)), F.max_pool2d(F.relu(X), 2))
    assert not torch.allclose(F.relu(F.avg_pool2d(X, 2)), F.avg_pool2d(F.relu(X), 2))


def test_what_pooling_saves_in_lenet() -> None:
    conv = nn.Conv2d(6, 16, 5)
    with_pooling, without = (conv(torch.zeros(1, 6, size, size)) for size in (14, 28))
    work = [16 * 6 * 25 * Y.shape[2] * Y.shape[3] for Y in (with_pooling, without)]
    assert work == [240_000, 1_382_400]
    assert (F.avg_pool2d(with_pooling, 2).numel(), without.numel()) == (400, 9216)
