"""What a check can show besides its sentence: arrays, layers, curves and images, as plain data.

A picture is made on the trusted side, where the tensors are, and drawn in `grader.report`. It holds
numbers, text and tuples only, is small whatever it was made from, and has no text that was not cleaned:
so it may be kept, sent between processes and drawn by anybody. A tensor is used by its methods alone:
whoever only draws never imports torch.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from grader.text import clean_line

if TYPE_CHECKING:
    from torch import Tensor

MAX_SIDE = 32  # rows and columns of an array
SMALL = (10, 8)  # rows and columns that a person reads number by number
MAX_GIVEN = 6  # arrays of a call
MAX_LAYERS = 200
MAX_POINTS = 60  # of a curve
MAX_IMAGES = 8
GUESSING = "guessing", math.log(10)  # the cross-entropy of a net that finds ten classes equally likely

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Array:
    """A matrix of numbers: a whole array, or a part of a larger one."""

    name: str
    shape: Shape  # of the whole
    corner: Shape  # where the part begins: an index of the whole
    rows: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Arrays:
    """What was called with which arrays, what should have come back and what did."""

    called: str = ""
    given: tuple[Array, ...] = ()
    expected: Array | None = None
    yours: Array | None = None
    differ: tuple[tuple[int, int], ...] = ()  # rows and columns of the cells in which these two differ


@dataclass(frozen=True)
class Layer:
    """One row of a table: a shape of the learner's net, and the one expected, where it is known."""

    name: str
    yours: Shape | None
    expected: Shape | None = None


@dataclass(frozen=True)
class Layers:
    """A net as a table of shapes; `first_difference` is the row where it leaves what was expected."""

    title: str
    rows: tuple[Layer, ...]
    first_difference: int | None = None


@dataclass(frozen=True)
class Series:
    """One line of a plot; None where there is no number."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class Curves:
    """Lines over the steps of a training."""

    title: str
    x: str  # what is counted: "epoch"
    y: str  # what is measured: "loss"
    last: int  # the number of the last step …
    series: tuple[Series, ...]
    first: int = 1  # … and of the first
    level: tuple[str, float] | None = None  # a height to compare with: what guessing reaches


@dataclass(frozen=True)
class Image:
    """A grey image, rows of numbers from 0 (black) to 255, its class and what the net took it for."""

    rows: tuple[tuple[int, ...], ...]
    label: str
    prediction: str


@dataclass(frozen=True)
class Images:
    """Images that a net has misread."""

    title: str
    images: tuple[Image, ...]


Picture: TypeAlias = Arrays | Layers | Curves | Images


# Made from tensors --------------------------------------------------------------------------------


def compare(yours: Tensor, expected: Tensor, differ: Tensor, where: Sequence[int]) -> Arrays | None:
    """Two arrays of one shape, or the part of them around the element at `where`; None for single numbers."""
    if yours.numel() < 2:
        return None
    wrong = _part(differ, where)
    return Arrays(
        expected=_array("expected", expected, where),
        yours=_array("yours", yours, where),
        differ=tuple((i, j) for i, line in enumerate(wrong) for j, bad in enumerate(line) if bad),
    )


def alone(yours: Tensor) -> Arrays | None:
    """What came back, where it cannot be laid beside what was expected: small matrices only."""
    if yours.numel() < 2 or yours.dim() > 2 or not is_small(yours):
        return None
    return Arrays(yours=_array("yours", yours, [0] * yours.dim()))


def given(name: str, tensor: Tensor) -> Iterator[Array]:
    """An argument of a call: a matrix, or the few matrices that a small array of more axes consists of."""
    leading = tensor.shape[:-2]
    if tensor.numel() == 0 or tensor.dim() == 0 or tensor.is_complex() or math.prod(leading) > MAX_GIVEN:
        return
    if leading and not is_small(tensor):
        return
    for number in range(math.prod(leading)):
        index: list[int] = []
        for size in reversed(leading):
            number, place = divmod(number, size)
            index.insert(0, place)
        yield _array(f"{name}{index}" if index else name, tensor, [*index, *[0] * min(2, tensor.dim())])


def misread(images: Tensor, labels: Tensor, answers: Tensor, classes: Sequence[str]) -> Images:
    """The first few of the images (n, 1, h, w) whose answers are not their labels; `classes` has the names."""
    wrong = (answers != labels).nonzero().flatten().tolist()
    count = f"{len(wrong)} of {len(labels):,} images are misread"
    shown = tuple(
        Image(
            tuple(map(tuple, (images[number, 0].nan_to_num().clamp(0, 1) * 255).int().tolist())),
            classes[int(labels[number])],
            classes[int(answers[number])],
        )
        for number in wrong[:MAX_IMAGES]
    )
    return Images(f"{count}. The first {len(shown)}" if len(wrong) > len(shown) > 0 else count, shown)


def curve(name: str, values: Sequence[float | None], most: int = MAX_POINTS) -> Series:
    """A line of at most that many points: means of neighbours, nothing where a number is not finite."""
    size = max(1, math.ceil(len(values) / most))
    return Series(name, tuple(_mean(values[start : start + size]) for start in range(0, len(values), size)))


def layers(title: str, rows: Sequence[Layer], first_difference: int | None = None) -> Layers:
    """A table of at most MAX_LAYERS rows, whose names may come from anybody."""
    cleaned = tuple(Layer(clean_line(row.name), row.yours, row.expected) for row in rows[:MAX_LAYERS])
    return Layers(title, cleaned, first_difference)


def _mean(values: Sequence[float | None]) -> float | None:
    numbers = [value for value in values if value is not None and math.isfinite(value)]
    return sum(numbers) / len(numbers) if numbers else None


def _array(name: str, tensor: Tensor, where: Sequence[int]) -> Array:
    corner, _, _ = _matrix(tensor, where)
    rows = tuple(tuple(float(f"{value:.6g}") for value in row) for row in _part(tensor, where))
    return Array(name, tuple(tensor.shape), corner, rows)


def _part(tensor: Tensor, where: Sequence[int]) -> list[list[float]]:
    """The rows around the element at `where`, in its matrix."""
    corner, row, column = _matrix(tensor, where)
    matrix = tensor[tuple(corner[:-2])] if tensor.dim() > 1 else tensor[None]
    part: list[list[float]] = matrix[row : row + MAX_SIDE, column : column + MAX_SIDE].tolist()
    return part


def _matrix(tensor: Tensor, where: Sequence[int]) -> tuple[Shape, int, int]:
    """The corner of the part around the element at `where`, as an index, and its row and column."""
    sizes = [1, *tensor.shape][-2:]
    row, column = (begin(place, size, MAX_SIDE) for place, size in zip([0, *where][-2:], sizes, strict=True))
    return ((*where[:-2], row, column) if tensor.dim() > 1 else (column,)), row, column


def begin(place: int, size: int, width: int) -> int:
    """Where a window of this width begins that has `place` in its middle, or as near as the ends allow."""
    return max(0, min(place - width // 2, size - width))


def is_small(tensor: Tensor) -> bool:
    """Whether a person reads its matrices number by number."""
    return all(size <= most for size, most in zip([1, *tensor.shape][-2:], SMALL, strict=True))


def number_format(arrays: Sequence[Array]) -> str:
    """How to write the numbers of arrays that stand together: the largest to three digits, all to one place."""
    numbers = [abs(value) for array in arrays for row in array.rows for value in row if math.isfinite(value)]
    largest = max(numbers, default=0.0)
    if largest >= 1e6 or 0 < largest < 1e-3:
        return ".3g"
    places = max(0, 2 - math.floor(math.log10(largest))) if largest else 0
    needed = (place for place in range(places) if all(round(number, place) == number for number in numbers))
    return f".{next(needed, places)}f"


def part_shown(array: Array, top: int = 0, left: int = 0, height: int = MAX_SIDE, breadth: int = MAX_SIDE) -> str:
    """Which part of a larger array these rows and columns of it are; empty where they are all there is."""
    index = list(array.corner[:-2])
    parts = [f"at {[*index, '…']}".replace("'", "")] if index else []
    ends = (("rows", top, height), ("columns", left, breadth))[-len(array.shape) :]
    for (what, start, count), corner, size in zip(ends, array.corner[-2:], array.shape[-2:], strict=True):
        if count < size:
            parts.append(f"{what} {corner + start} to {corner + start + count - 1}")
    return f"{', '.join(parts)} of shape {array.shape}" if parts else ""
