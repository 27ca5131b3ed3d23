"""Every number in the lesson on output sizes is what PyTorch says."""

import random
import runpy
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

LESSONS = Path(__file__).parents[2] / "docs" / "en" / "lessons"

X = torch.arange(9.0).view(3, 3)
K = torch.arange(4.0).view(2, 2)


def names_in(snippet: str) -> dict[str, Any]:
    return runpy.run_path(str(LESSONS / "snippets" / snippet))


def corr2d(image: torch.Tensor, kernel: torch.Tensor, **options: int) -> list[list[float]]:
    return F.conv2d(image[None, None], kernel[None, None], **options)[0, 0].tolist()


def size(n: int, f: int, p: int = 0, s: int = 1, d: int = 1) -> int:
    """Length of a convolution's output, measured."""
    return F.conv1d(torch.zeros(1, 1, n), torch.zeros(1, 1, f), padding=p, stride=s, dilation=d).shape[-1]


def test_the_picture_of_padding() -> None:
    assert corr2d(X, K, padding=1) == [[0, 3, 8, 4], [9, 19, 25, 10], [21, 37, 43, 16], [6, 7, 8, 0]]
    picture = (LESSONS / "pictures" / "padding.svg").read_text("utf-8")
    assert "0, 3, 8, 4; 9, 19, 25, 10; 21, 37, 43, 16; 6, 7, 8, 0" in picture


@pytest.mark.parametrize(
    ("n", "f", "p", "s", "d", "expected"),
    [
        (3, 2, 0, 1, 1, 2),
        (28, 3, 0, 1, 1, 26),
        (3, 2, 1, 1, 1, 4),
        (7, 3, 0, 2, 1, 3),
        (8, 3, 0, 2, 1, 3),
        (7, 3, 0, 1, 2, 3),
        (28, 5, 2, 1, 1, 28),
        (224, 7, 3, 2, 1, 112),
        (224, 11, 0, 4, 1, 54),
        (224, 11, 2, 4, 1, 55),
    ],
)
def test_sizes_worked_out_in_the_lesson(n: int, f: int, p: int, s: int, d: int, expected: int) -> None:
    assert size(n, f, p, s, d) == expected == (n + 2 * p - d * (f - 1) - 1) // s + 1


@pytest.mark.parametrize(("f", "p"), [(1, 0), (3, 1), (5, 2), (7, 3), (11, 5)])
def test_same_padding(f: int, p: int) -> None:
    assert size(20, f, p) == 20


def test_a_kernel_of_3_with_dilation_3_keeps_the_size_with_padding_3() -> None:
    assert size(20, 3, p=3, d=3) == 20


@pytest.mark.parametrize(("n", "p", "f", "s"), [(7, 0, 3, 2), (8, 0, 3, 2), (224, 2, 11, 4), (224, 3, 7, 2)])
def test_the_remainder_counts_the_last_pixels_that_are_never_read(n: int, p: int, f: int, s: int) -> None:
    """A pixel is read when the output's gradient reaches it."""
    padded = torch.zeros(1, 1, n + 2 * p, requires_grad=True)
    F.conv1d(padded, torch.ones(1, 1, f), stride=s).sum().backward()
    unread = [pixel for pixel, gradient in enumerate(padded.grad[0, 0]) if gradient == 0]
    remainder = (n + 2 * p - f) % s
    assert unread == list(range(n + 2 * p - remainder, n + 2 * p))


def test_pooling() -> None:
    row = torch.zeros(1, 1, 8)
    assert F.max_pool1d(torch.zeros(1, 1, 28), 2).shape[-1] == 14
    assert F.max_pool1d(row, 3, stride=2).shape[-1] == 3
    assert F.max_pool1d(row, 3, stride=2, ceil_mode=True).shape[-1] == 4
    for expected in (112, 56, 28, 14, 7):
        row = F.max_pool1d(torch.zeros(1, 1, 2 * expected), 2)
        assert row.shape[-1] == expected


def test_the_walk_through_alexnet_is_the_table_in_the_lesson() -> None:
    names = names_in("alexnet_walk.py")
    lesson = (LESSONS / "output-size.md").read_text("utf-8")
    for image, padding in [(227, 0), (224, 2), (224, 1), (224, 0)]:
        sizes = names["walk"](image, padding)
        assert f"| {image} | {padding} | {' → '.join(map(str, sizes))} | {sizes[-1] ** 2 * 256} |" in lesson


def test_torchvisions_alexnet_has_padding_2() -> None:
    torchvision = pytest.importorskip("torchvision")
    with torch.device("meta"):
        first = torchvision.models.alexnet().features[0]
    assert (first.kernel_size, first.stride, first.padding) == ((11, 11), (4, 4), (2, 2))


def test_pytorchs_same() -> None:
    """An even kernel gets one zero more at the end; a stride other than 1 is refused."""
    row, kernel = torch.tensor([[[1.0, 2, 3]]]), torch.tensor([[[10.0, 1]]])
    assert F.conv1d(row, kernel, padding="same").tolist() == [[[10 + 2, 20 + 3, 30 + 0]]]
    with pytest.raises(ValueError, match="strided"):
        nn.Conv2d(1, 1, 3, stride=2, padding="same")


def test_same_padding_in_tensorflow() -> None:
    n, f, s = 224, 7, 2
    out = -(-n // s)
    padding = (out - 1) * s + f - n
    assert (out, padding, padding // 2, padding - padding // 2) == (112, 5, 2, 3)
    assert size(n + 5, f, s=s) == size(n, f, p=3, s=s) == 112


def test_how_many_copies_cover_a_column() -> None:
    ones = torch.ones(1, 1, 5)
    assert F.conv_transpose1d(ones, torch.ones(1, 1, 3), stride=2)[0, 0].tolist() == [1, 1, 2, 1, 2, 1, 2, 1, 2, 1, 1]
    assert set(F.conv_transpose1d(ones, torch.ones(1, 1, 4), stride=2)[0, 0, 2:-2].tolist()) == {2}


def test_the_picture_of_the_transposed_convolution() -> None:
    picture = (LESSONS / "pictures" / "transposed.svg").read_text("utf-8")
    Y = F.conv_transpose1d(torch.tensor([[[1.0, 2, 3]]]), torch.tensor([[[1.0, 2, 1]]]), stride=2)
    assert f"give {', '.join(str(int(y)) for y in Y[0, 0])}." in picture


def field(layers: list[tuple[int, int, int]]) -> int:
    """The receptive field by the lesson's rule, for layers of (kernel, stride, dilation)."""
    r = j = 1
    for f, s, d in layers:
        r, j = r + d * (f - 1) * j, j * s
    return r


def test_receptive_fields() -> None:
    measured = names_in("output_size_receptive_field.py")["receptive_field"]
    lenet = [(5, 1, 1), (2, 2, 1), (5, 1, 1), (2, 2, 1)]
    assert [field(lenet[:k]) for k in range(5)] == [1, 5, 6, 14, 16]
    alexnet = [(11, 4, 1), (3, 2, 1), (5, 1, 1), (3, 2, 1), (3, 1, 1), (3, 1, 1), (3, 1, 1), (3, 2, 1)]
    assert field(alexnet) == 195 == measured([nn.Conv1d(1, 1, f, s) for f, s, _ in alexnet], n=700)
    assert field([(3, 1, 1)] * 3) == field([(7, 1, 1)]) == 7
    generator = random.Random(6)
    for _ in range(20):
        layers = [tuple(generator.choice([1, 2, 3]) for _ in range(3)) for _ in range(3)]
        convs = [nn.Conv1d(1, 1, f, s, dilation=d) for f, s, d in layers]
        # Behind a stride, a kernel of 1 or a dilation may skip pixels: then not all of the field is read.
        assert measured(convs) <= field(layers)
        if all(s == d == 1 for _, s, d in layers):
            assert measured(convs) == field(layers)


def test_every_rule_against_pytorch() -> None:
    generator = random.Random(12)
    compared = 0
    for _ in range(400):
        n, f, s, d = (generator.randint(1, high) for high in (20, 5, 4, 3))
        p = generator.randint(0, f // 2)
        row, room = torch.zeros(1, 1, n), n + 2 * p - d * (f - 1) - 1
        if room >= 0:
            compared += 1
            assert size(n, f, p, s, d) == room // s + 1
            assert F.max_pool1d(row, f, s, p, d).shape[-1] == room // s + 1
            up = -(-room // s) + 1
            up -= (up - 1) * s >= n + p
            assert F.max_pool1d(row, f, s, p, d, ceil_mode=True).shape[-1] == up
        if n + 2 * p >= f:
            assert F.avg_pool1d(row, f, s, p).shape[-1] == (n + 2 * p - f) // s + 1
        extra = generator.randint(0, max(s, d) - 1)
        longer = (n - 1) * s - 2 * p + d * (f - 1) + 1 + extra
        if longer > 0:
            kernel = torch.zeros(1, 1, f)
            options = {"stride": s, "padding": p, "output_padding": extra, "dilation": d}
            assert F.conv_transpose1d(row, kernel, **options).shape[-1] == longer
        if d * (f - 1) % 2 == 0:
            assert size(n, f, d * (f - 1) // 2, d=d) == n
    assert compared > 200


def test_the_error_message_of_the_first_linear_layer() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.zeros(32, 6400, device="meta") @ torch.zeros(9216, 4096, device="meta")
    assert "6400" in str(caught.value)
    with pytest.raises(RuntimeError, match=r"mat1 and mat2 shapes cannot be multiplied \(32x6400 and 9216x8\)"):
        nn.Linear(9216, 8)(torch.zeros(32, 6400))


def test_error_messages_of_small_images() -> None:
    with pytest.raises(RuntimeError, match="Kernel size can't be greater than actual input size"):
        nn.Conv2d(1, 1, 3)(torch.zeros(1, 1, 2, 2))
    with pytest.raises(RuntimeError, match="Output size is too small"):
        nn.MaxPool2d(2)(torch.zeros(1, 1, 1, 1))


def test_the_work_of_alexnets_first_layer() -> None:
    out = size(227, 11, s=4)
    assert (out, out * out * 96 * 3 * 11 * 11) == (55, 105_415_200)
    finer = size(227, 11, s=2)
    assert (finer, round(finer**2 / out**2, 1)) == (109, 3.9)
