"""Every snippet of the lessons runs, and every number in the lesson on convolution is what PyTorch says."""

import io
import re
import runpy
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F

ROOT = Path(__file__).parents[1]
LESSONS = ROOT / "docs" / "en" / "lessons"
SNIPPETS = sorted(LESSONS.glob("snippets/*.py"))

X = torch.arange(9.0).view(3, 3)
K = torch.arange(4.0).view(2, 2)


def run(snippet: Path) -> tuple[dict[str, Any], list[str]]:
    """The snippet's names, and the lines that it prints."""
    printed = io.StringIO()
    with redirect_stdout(printed):
        names = runpy.run_path(str(snippet))
    return names, printed.getvalue().splitlines()


def corr2d(image: torch.Tensor, kernel: torch.Tensor, **options: int) -> list[list[float]]:
    return F.conv2d(image[None, None], kernel[None, None], **options)[0, 0].tolist()


def size(n: int, f: int, p: int = 0, s: int = 1, d: int = 1) -> int:
    """Length of a convolution's output, measured."""
    return F.conv1d(torch.zeros(1, 1, n), torch.zeros(1, 1, f), padding=p, stride=s, dilation=d).shape[-1]


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda path: path.stem)
def test_what_a_snippet_says_that_it_prints_is_what_it_prints(snippet: Path) -> None:
    lines = snippet.read_text("utf-8").splitlines()
    said = [line.rpartition("  # ")[2] for line in lines if line.startswith("print")]
    _, printed = run(snippet)
    assert printed == said


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda path: path.stem)
def test_each_snippet_stands_in_a_lesson(snippet: Path) -> None:
    include = f'--8<-- "{snippet.relative_to(ROOT).as_posix()}"'
    assert any(include in page.read_text("utf-8") for page in LESSONS.glob("*.md"))


def test_the_four_sums() -> None:
    assert corr2d(X, K) == [[19, 25], [37, 43]]
    assert 0 * 0 + 1 * 1 + 3 * 2 + 4 * 3 == 19


def test_a_turned_kernel_gives_5_where_the_kernel_gives_19() -> None:
    assert K.flip(0, 1).tolist() == [[3, 2], [1, 0]]
    assert corr2d(X, K.flip(0, 1))[0][0] == 5


def test_the_picture_of_padding() -> None:
    assert corr2d(X, K, padding=1) == [[0, 3, 8, 4], [9, 19, 25, 10], [21, 37, 43, 16], [6, 7, 8, 0]]
    picture = (LESSONS / "pictures" / "padding.svg").read_text("utf-8")
    assert "0, 3, 8, 4; 9, 19, 25, 10; 21, 37, 43, 16; 6, 7, 8, 0" in picture


def test_the_sums_in_the_picture_of_the_sliding_kernel() -> None:
    picture = (LESSONS / "pictures" / "slide.svg").read_text("utf-8")
    sums = re.findall(r'class="sum"[^>]*>([^<=]+) = (\d+)<', picture)
    assert [int(result) for _, result in sums] == [19, 25, 37, 43]
    for terms, result in sums:
        assert sum(int(a) * int(b) for a, b in re.findall(r"(\d)·(\d)", terms)) == int(result)


def test_the_weights_that_sharing_saves() -> None:
    out = size(28, 3)
    assert (out, 28 * 28, out * out, 28 * 28 * out * out) == (26, 784, 676, 529_984)


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
    names, _ = run(LESSONS / "snippets" / "alexnet_walk.py")
    lesson = (LESSONS / "convolution.md").read_text("utf-8")
    for image, padding in [(227, 0), (224, 2), (224, 1), (224, 0)]:
        sizes = names["walk"](image, padding)
        assert f"| {image} | {padding} | {' → '.join(map(str, sizes))} | {sizes[-1] ** 2 * 256} |" in lesson


def test_torchvisions_alexnet_has_padding_2() -> None:
    torchvision = pytest.importorskip("torchvision")
    with torch.device("meta"):
        first = torchvision.models.alexnet().features[0]
    assert (first.kernel_size, first.stride, first.padding) == ((11, 11), (4, 4), (2, 2))


def test_numbers_on_the_exercise_pages() -> None:
    vgg = runpy.run_path(str(ROOT / "solutions" / "ex32_vgg.py"))["vgg"]
    with torch.device("meta"):
        vgg11 = vgg(((1, 64), (1, 128), (2, 256), (2, 512), (2, 512)))
    assert sum(p.numel() for p in vgg11.parameters()) == 128_806_154
    layers = [6 * 25 + 6, 16 * 6 * 25 + 16, 400 * 120 + 120, 120 * 84 + 84, 84 * 10 + 10]
    assert layers == [156, 2416, 48_120, 10_164, 850]
    assert sum(layers) == 61_706
    assert (size(28, 5, 2), size(14, 5), size(224, 11, s=4), size(54, 3, s=2)) == (28, 10, 54, 26)
