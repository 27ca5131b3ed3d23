"""The numbers of the lesson on im2col."""

import re
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

PICTURES = Path(__file__).parents[2] / "docs" / "en" / "lessons" / "pictures"


def test_the_picture() -> None:
    drawn = re.findall(r"<text x=[^>]*>(\d+)</text>", (PICTURES / "im2col.svg").read_text("utf-8"))
    numbers = torch.tensor([float(number) for number in drawn])
    X, columns, kernel = numbers[:9].reshape(1, 1, 3, 3), numbers[9:25].reshape(4, 4), numbers[25:29]
    assert torch.equal(F.unfold(X, 2)[0], columns)
    assert (kernel @ columns).tolist() == numbers[29:33].tolist() == numbers[33:].tolist() == [19, 25, 37, 43]
    assert 0 * 0 + 1 * 1 + 2 * 3 + 3 * 4 == 19


def test_the_column_of_an_image_that_counts() -> None:
    columns = F.unfold(torch.arange(24.0).reshape(1, 2, 3, 4), 2)
    assert columns[0, :, 0].tolist() == [0, 1, 4, 5, 12, 13, 16, 17]


def test_view_refuses_after_permute() -> None:
    with pytest.raises(RuntimeError, match="view size is not compatible with input tensor's size and stride"):
        torch.zeros(2, 3, 4).permute(0, 2, 1).view(2, 12)


def test_fold_adds_what_overlaps() -> None:
    ones = torch.ones(1, 1, 3, 3)
    assert F.fold(F.unfold(ones, 2), (3, 3), 2)[0, 0].tolist() == [[1, 2, 1], [2, 4, 2], [1, 2, 1]]


def test_the_memory_of_a_layer_of_vgg() -> None:
    image = torch.zeros(1, 64, 224, 224, device="meta")
    columns = F.unfold(image, 3, padding=1)
    assert (image.numel(), columns.numel()) == (3_211_264, 28_901_376)
    assert [round(4 * part.numel() / 1e6, 1) for part in (image, columns)] == [12.8, 115.6]
    assert columns.numel() == 9 * image.numel()
