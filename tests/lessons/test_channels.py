"""The numbers of the lesson on channels."""

import re
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn

PICTURES = Path(__file__).parents[2] / "docs" / "en" / "lessons" / "pictures"


def numbers(picture: str) -> list[int]:
    """The numbers in the cells of a picture, in the order in which they were drawn."""
    cells = re.findall(r"<text x=[^>]*>(−?\d+)</text>", (PICTURES / picture).read_text("utf-8"))
    return [int(cell.replace("−", "-")) for cell in cells]


def test_the_picture() -> None:
    drawn = torch.tensor(numbers("channels.svg"), dtype=torch.float32)
    X, K = torch.zeros(2, 3, 3), torch.zeros(2, 2, 2)
    parts = drawn[:-4].reshape(2, 17)
    for c, part in enumerate(parts):
        X[c], K[c] = part[:9].reshape(3, 3), part[9:13].reshape(2, 2)
        assert F.conv2d(X[c][None, None], K[c][None, None]).flatten().tolist() == part[13:].tolist()
    assert F.conv2d(X[None], K[None]).flatten().tolist() == drawn[-4:].tolist() == [21, 25, 37, 45]
    assert parts[:, 13].tolist() == [19, 2]


def test_one_pixel() -> None:
    drawn = torch.tensor(numbers("one_by_one.svg"))
    W, pixel, new = drawn[:6].reshape(3, 2), drawn[6:8], drawn[8:]
    assert (W @ pixel).tolist() == new.tolist() == [11, 2, -10]


def test_channels_last_is_refused() -> None:
    with pytest.raises(RuntimeError, match=r"expected input\[1, 28, 30, 3\] to have 3 channels, but got 28 channels"):
        nn.Conv2d(3, 8, 3)(torch.zeros(1, 28, 30, 3))


def test_reshape_scrambles() -> None:
    image = torch.zeros(4, 5, 3)
    image[..., 0] = 1  # all red
    assert torch.equal(image.permute(2, 0, 1)[0], torch.ones(4, 5))
    assert 0 < image.reshape(3, 4, 5)[0].mean() < 1


def test_the_sum_of_ones() -> None:
    assert F.conv2d(torch.ones(1, 2, 2, 2), torch.ones(1, 2, 2, 2)).item() == 8


def test_the_order_of_the_weight() -> None:
    assert nn.Conv2d(3, 64, 5).weight.shape == (64, 3, 5, 5)


def test_two_in_a_row_are_one_matrix() -> None:
    torch.manual_seed(0)
    X, first, second = torch.rand(1, 2, 4, 4), torch.rand(5, 2, 1, 1), torch.rand(3, 5, 1, 1)
    one = (second[:, :, 0, 0] @ first[:, :, 0, 0])[:, :, None, None]
    assert torch.allclose(F.conv2d(F.conv2d(X, first), second), F.conv2d(X, one), atol=1e-5)


def test_the_bottleneck() -> None:
    layers = [(256, 256, 3), (256, 64, 1), (64, 64, 3), (64, 256, 1)]
    weights = [nn.Conv2d(i, o, k, bias=False, device="meta").weight.numel() for i, o, k in layers]
    assert weights == [589_824, 16_384, 36_864, 16_384]
    assert sum(weights[1:]) == 69_632
    assert round(weights[0] / sum(weights[1:]), 1) == 8.5
