"""Assertions that explain themselves: which element, what was expected, what came, as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from grader.sandbox.wire import Opaque

RTOL = 1e-4  # of the largest expected value: float32 passes in any order of summation, float16 does not
LARGEST_PICTURE, PICTURE_WIDTH = (10, 8), 74  # rows and columns; characters


def assert_close(actual: Any, expected: Any, what: str = "the result", rtol: float = RTOL) -> None:
    """Fail unless `actual` has the shape of `expected` and equals it within `rtol` of its size.

    Both may be tensors, numbers or nested lists of numbers; `what` names the value in the message.
    """
    target = torch.as_tensor(expected)
    value = as_tensor(actual, what)
    assert_shape(value, target.shape, what)
    if target.numel() == 0:
        return
    if value.is_complex() and not target.is_complex():
        raise AssertionError(f"{what} holds complex numbers, where real ones were expected.")
    target, value = target.to(torch.float64), value.to(torch.float64)
    if not torch.isfinite(value).all():
        where = _first(~torch.isfinite(value))
        raise AssertionError(f"{what}{_at(where)} is {value[where].item()}, expected {_number(target[where])}.")
    wrong = (value - target).abs() > rtol * target.abs().max() + 1e-12
    if not wrong.any():
        return
    where = _worst(value, target)
    count = f" ({int(wrong.sum())} of {wrong.numel()} values differ)" if wrong.numel() > 1 else ""
    raise AssertionError(
        f"{what}{_at(where)} is {_number(value[where])}, expected {_number(target[where])}{count}."
        + picture(value, target, wrong)
    )


def assert_shape(actual: Any, expected: Sequence[int], what: str = "the result") -> None:
    """Fail unless `actual` is a tensor of the expected shape."""
    shape = tuple(as_tensor(actual, what).shape)
    if shape != tuple(expected):
        raise AssertionError(f"{what} has shape {_shape(shape)}, expected {_shape(expected)}.")


def as_tensor(value: Any, what: str = "the result") -> torch.Tensor:
    """A tensor of `value`, or an AssertionError that says what came instead."""
    if isinstance(value, torch.Tensor):
        return value
    if value is None:
        raise AssertionError(f"{what} is None. Does the function return its result?")
    if isinstance(value, bool | int | float):
        return torch.tensor(value)
    if isinstance(value, list | tuple):
        try:
            return torch.tensor(value)
        except (TypeError, ValueError, RuntimeError):
            pass
    raise AssertionError(f"{what} is {type_name(value)}, where a tensor was expected.")


def as_number(value: Any, what: str = "the result") -> float:
    """A float of a Python number or a tensor of one element, or an AssertionError."""
    if isinstance(value, torch.Tensor) and value.numel() == 1:
        value = value.item()
    if isinstance(value, bool | int | float):
        return float(value)
    if value is None:
        raise AssertionError(f"{what} is None. Does the function return its result?")
    raise AssertionError(f"{what} is {type_name(value)}, where a number was expected.")


def type_name(value: Any) -> str:
    """What kind of thing the submission returned, with its article: "a str", "an Conv2d"."""
    name = value.type_name if isinstance(value, Opaque) else type(value).__name__
    if isinstance(value, torch.Tensor):
        name = f"tensor of shape {_shape(value.shape)}"
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def picture(value: torch.Tensor, target: torch.Tensor, wrong: torch.Tensor) -> str:
    """Target beside yours, differing values marked; empty when they are too large to draw."""
    if value.dim() == 1:
        value, target, wrong = value[None], target[None], wrong[None]
    rows, columns = LARGEST_PICTURE
    if value.dim() != 2 or value.shape[0] > rows or value.shape[1] > columns or value.numel() == 1:
        return ""
    width = max(len(_number(item)) for item in torch.cat([target, value]).flatten())
    expected = [" ".join(_number(item).rjust(width) for item in row) for row in target]
    yours = [
        " ".join(_number(item).rjust(width) + ("*" if bad else " ") for item, bad in zip(row, marks, strict=True))
        for row, marks in zip(value, wrong, strict=True)
    ]
    half = max(len(expected[0]), len("expected"))
    if half + 3 + len(yours[0]) > PICTURE_WIDTH:
        return ""
    rows_drawn = [f"{left.ljust(half)}   {right}" for left, right in zip(expected, yours, strict=True)]
    return "\n\n" + "\n".join(line.rstrip() for line in [f"{'expected'.ljust(half)}   yours", *rows_drawn])


def _worst(value: torch.Tensor, target: torch.Tensor) -> tuple[int, ...]:
    difference = (value - target).abs()
    return _first(difference == difference.max())


def _first(mask: torch.Tensor) -> tuple[int, ...]:
    return tuple(int(index) for index in mask.nonzero()[0])


def _at(where: tuple[int, ...]) -> str:
    return f" at [{', '.join(map(str, where))}]" if where else ""


def _shape(shape: Sequence[int]) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def _number(value: Any) -> str:
    return f"{float(value):.4g}"
