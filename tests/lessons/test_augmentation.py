"""The numbers of the lesson on data augmentation."""

import math
import re
from itertools import pairwise
from pathlib import Path

import pytest
import torch

from benchmarks.networks import NETWORKS, multiply_accumulates

pytest.importorskip("torchvision")
from torchvision.transforms import v2

from tests.lessons.nets import on_paper

LESSONS = Path(__file__).parents[2] / "docs" / "en" / "lessons"
PAGE = (LESSONS / "augmentation.md").read_text("utf-8").replace("{,}", ",")


def drawn() -> list[torch.Tensor]:
    """The six little images of the picture, 9 × 9 pixels each."""
    source = (LESSONS / "pictures" / "augment_digits.svg").read_text("utf-8")
    cells = re.findall(r'<rect x="(\d+)" y="(\d+)" width="10"', source)
    frames = re.findall(r'<rect x="(\d+)" y="(\d+)" width="90"', source)
    images = [torch.zeros(9, 9) for _ in frames]
    for x, y in cells:
        for image, (left, top) in zip(images, frames, strict=True):
            column, row = (int(x) - int(left)) // 10, (int(y) - int(top)) // 10
            if 0 <= column < 9 and 0 <= row < 9:
                image[row, column] = 1
    return images


def test_the_picture_shows_what_it_says() -> None:
    four, moved, slanted, mirrored, six, turned = drawn()
    assert torch.equal(moved, four.roll((1, -1), (0, 1)))
    assert torch.equal(slanted.sum(1), four.sum(1))
    assert torch.equal(mirrored, four.flip(1))
    assert torch.equal(turned, six.flip(0, 1))


def test_one_point() -> None:
    x, y, angle, s, shift = 10, 0, math.radians(90), 0.5, (2, 0)
    across = s * (x * math.cos(angle) - y * math.sin(angle)) + shift[0]
    down = s * (x * math.sin(angle) + y * math.cos(angle)) + shift[1]
    assert (across, down) == (pytest.approx(2), pytest.approx(5))
    turn = s * torch.tensor([[math.cos(0.2), -math.sin(0.2)], [math.sin(0.2), math.cos(0.2)]])
    assert torch.det(turn) > 0  # a mirror image would have a negative one


def test_how_many_shifts() -> None:
    image = torch.rand(28, 28)
    shifted = {
        tuple(image.roll((down, across), (0, 1)).flatten().tolist()) for down in range(-2, 3) for across in range(-2, 3)
    }
    assert len(shifted) == 25
    assert 4000 * 25 == 100_000


def test_what_goes_wrong() -> None:
    torch.manual_seed(0)
    image = torch.zeros(1, 28, 28)
    image[0, 6:22, 13:15] = 1
    transform = v2.RandomAffine(degrees=15, translate=(0.1, 0.1))
    together = transform(image.expand(4, 1, 28, 28))
    assert all(torch.equal(one, other) for one, other in pairwise(together))
    alone = torch.stack([transform(image) for _ in range(4)])
    assert not any(torch.equal(one, other) for one, other in pairwise(alone))
    normalise = v2.Normalize([0.13], [0.31])
    assert normalise(torch.full((1, 2, 2), 0.13)).abs().max() < 1e-6  # 0 is the mean brightness now
    assert normalise(torch.zeros(1, 2, 2)).max() < 0


def test_what_it_costs() -> None:
    assert 28 * 28 == 784
    assert 784 * 8 == 6272
    lenet = on_paper(NETWORKS["lenet"].build)
    assert f"{multiply_accumulates(lenet, 28):,}" == "416,520"
    assert "416,520" in PAGE
