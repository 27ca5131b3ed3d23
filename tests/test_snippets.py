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


def test_the_kernel_of_the_first_question() -> None:
    assert corr2d(X, torch.tensor([[1.0, 0], [0, -1]])) == [[-4, -4], [-4, -4]]
    assert corr2d(torch.zeros(5, 7), torch.zeros(3, 2)) == torch.zeros(3, 6).tolist()


def test_the_sums_in_the_picture_of_the_sliding_kernel() -> None:
    picture = (LESSONS / "pictures" / "slide.svg").read_text("utf-8")
    sums = re.findall(r'class="sum"[^>]*>([^<=]+) = (\d+)<', picture)
    assert [int(result) for _, result in sums] == [19, 25, 37, 43]
    for terms, result in sums:
        assert sum(int(a) * int(b) for a, b in re.findall(r"(\d)·(\d)", terms)) == int(result)


def test_the_weights_that_sharing_saves() -> None:
    out = size(28, 3)
    assert (out, 28 * 28, out * out, 28 * 28 * out * out) == (26, 784, 676, 529_984)


def test_numbers_on_the_exercise_pages() -> None:
    vgg = runpy.run_path(str(ROOT / "solutions" / "ex32_vgg.py"))["vgg"]
    with torch.device("meta"):
        vgg11 = vgg(((1, 64), (1, 128), (2, 256), (2, 512), (2, 512)))
    assert sum(p.numel() for p in vgg11.parameters()) == 128_806_154
    layers = [6 * 25 + 6, 16 * 6 * 25 + 16, 400 * 120 + 120, 120 * 84 + 84, 84 * 10 + 10]
    assert layers == [156, 2416, 48_120, 10_164, 850]
    assert sum(layers) == 61_706
    assert (size(28, 5, 2), size(14, 5), size(224, 11, s=4), size(54, 3, s=2)) == (28, 10, 54, 26)
