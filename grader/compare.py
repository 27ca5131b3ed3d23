"""Assertions that explain themselves: which element, what was expected, what came, in words and as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from grader import pictures
from grader.sandbox.wire import Opaque

RTOL = 1e-4  # of the largest expected value: float32 passes in any order of summation, float16 does not


class Evidence(AssertionError):
    """A failed assertion, with a picture of what is wrong and the value of the submission that it is about."""

    def __init__(self, message: str, picture: pictures.Picture | None = None, about: Any = None) -> None:
        super().__init__(message)
        self.picture, self.about = picture, about


def assert_close(actual: Any, expected: Any, what: str = "the result", rtol: float = RTOL, about: Any = None) -> None:
    """Fail unless `actual` has the shape of `expected` and equals it within `rtol` of its size.

    Both may be tensors, numbers or nested lists of numbers; `what` names the value in the message. Where it was
    computed from what the submission returned, `about` is that: it tells which call to show.
    """
    about = actual if about is None else about
    target = torch.as_tensor(expected)
    value = as_tensor(actual, what)
    _assert_shape(value, target.shape, what, about)
    if target.numel() == 0:
        return
    if value.is_complex() and not target.is_complex():
        raise Evidence(f"{what} holds complex numbers, where real ones were expected.", about=about)
    target, value = target.to(torch.float64), value.to(torch.float64)
    if (wrong := ~torch.isfinite(value)).any():
        where = _first(wrong)
        message = f"{what}{_at(where)} is {value[where].item()}, expected {_number(target[where])}."
        raise Evidence(message, pictures.compare(value, target, wrong, where), about)
    wrong = (value - target).abs() > rtol * target.abs().max() + 1e-12
    if not wrong.any():
        return
    where = _worst(value, target)
    count = f" ({int(wrong.sum())} of {wrong.numel()} values differ)" if wrong.numel() > 1 else ""
    message = f"{what}{_at(where)} is {_number(value[where])}, expected {_number(target[where])}{count}."
    raise Evidence(message, pictures.compare(value, target, wrong, where), about)


def assert_shape(actual: Any, expected: Sequence[int], what: str = "the result") -> None:
    """Fail unless `actual` is a tensor of the expected shape."""
    _assert_shape(as_tensor(actual, what), expected, what, actual)


def _assert_shape(value: torch.Tensor, expected: Sequence[int], what: str, actual: Any) -> None:
    if tuple(value.shape) != tuple(expected):
        message = f"{what} has shape {_shape(value.shape)}, expected {_shape(expected)}."
        raise Evidence(message, None if value.is_complex() else pictures.alone(value), actual)


def as_tensor(value: Any, what: str = "the result") -> torch.Tensor:
    """A tensor of `value`, or an AssertionError that says what came instead."""
    if isinstance(value, torch.Tensor):
        return value
    if value is None:
        raise Evidence(f"{what} is None. Does the function return its result?", about=value)
    if isinstance(value, bool | int | float):
        return torch.tensor(value)
    if isinstance(value, list | tuple):
        try:
            return torch.tensor(value)
        except (TypeError, ValueError, RuntimeError):
            pass
    raise Evidence(f"{what} is {type_name(value)}, where a tensor was expected.", about=value)


def as_number(value: Any, what: str = "the result") -> float:
    """A float of a Python number or a tensor of one element, or an AssertionError."""
    if isinstance(value, torch.Tensor) and value.numel() == 1:
        value = value.item()
    if isinstance(value, bool | int | float):
        return float(value)
    if value is None:
        raise Evidence(f"{what} is None. Does the function return its result?", about=value)
    raise Evidence(f"{what} is {type_name(value)}, where a number was expected.", about=value)


def type_name(value: Any) -> str:
    """What kind of thing the submission returned, with its article: "a str", "an Conv2d"."""
    name = value.type_name if isinstance(value, Opaque) else type(value).__name__
    if isinstance(value, torch.Tensor):
        name = f"tensor of shape {_shape(value.shape)}"
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


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
