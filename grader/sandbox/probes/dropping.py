"""Let `dropout` of the submission drop values.

A check judges the result itself, which stands under a key with an underscore: no two people draw the same
mask. The other keys say what does not depend on how it was drawn. By them a known mistake is recognised.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypedDict

import torch
from torch import Tensor

MAX_FACTORS = 8

Dropout = Callable[..., Any]


class Dropped(TypedDict):
    """What `drop` sends: the factors that occur, the share of zeros in tenths, the dimensions with one mask."""

    factors: list[float]
    zeros: int
    alike: list[bool]
    _value: Any


class Twice(TypedDict):
    """What `drop_twice` sends."""

    same: bool
    _values: list[Any]


class Refusal(TypedDict):
    """What `refusal` sends: whether a ValueError was raised, and its text."""

    refused: bool
    _text: str


class Slopes(TypedDict):
    """What `slopes` sends: the factors that occur in the gradient; None where none reaches X."""

    factors: list[float] | None
    _value: Any
    _gradient: Tensor | None


class After(TypedDict):
    """What `input_after` sends."""

    changed: bool
    _X: Tensor


def drop(dropout: Dropout, X: Tensor, p: float, *training: bool) -> Dropped:
    """dropout(X, p, *training), for an X without zeros."""
    value = dropout(X.clone(), p, *training)
    if not isinstance(value, Tensor) or value.shape != X.shape:
        return {"factors": [], "zeros": 0, "alike": [], "_value": value}
    zero = value == 0
    alike = [bool((zero == zero.narrow(dim, 0, 1)).all()) for dim in range(X.dim())]
    zeros = round(10 * zero.double().mean().item())
    return {"factors": _factors(value, X), "zeros": zeros, "alike": alike, "_value": value}


def drop_twice(dropout: Dropout, X: Tensor, p: float) -> Twice:
    """The results of two calls of dropout(X, p), one after the other."""
    values = [dropout(X.clone(), p) for _ in range(2)]
    first, second = values
    same = isinstance(first, Tensor) and isinstance(second, Tensor) and torch.equal(first, second)
    return {"same": same, "_values": values}


def refusal(dropout: Dropout, X: Tensor, p: float) -> Refusal:
    """Whether dropout(X, p) raises a ValueError, and what it says."""
    try:
        dropout(X, p)
    except ValueError as error:
        return {"refused": True, "_text": str(error)}
    return {"refused": False, "_text": ""}


def slopes(dropout: Dropout, X: Tensor, p: float, cotangent: Tensor) -> Slopes:
    """dropout(X, p), and the gradient of Σ cotangent · dropout(X, p) for X."""
    X.requires_grad_()
    value = dropout(X, p)
    if not isinstance(value, Tensor) or not value.requires_grad or value.shape != cotangent.shape:
        return {"factors": None, "_value": value, "_gradient": None}
    # A sum, since handing the cotangent to `grad` would import sympy, which takes a second.
    (gradient,) = torch.autograd.grad((cotangent * value).sum(), X, allow_unused=True)
    factors = None if gradient is None else _factors(gradient, cotangent)
    return {"factors": factors, "_value": value, "_gradient": gradient}


def input_after(dropout: Dropout, X: Tensor, p: float, *training: bool) -> After:
    """X after dropout(X, p, *training)."""
    before = X.clone()
    dropout(X, p, *training)
    return {"changed": not torch.equal(X, before), "_X": X}


def _factors(value: Tensor, X: Tensor) -> list[float]:
    """The numbers that occur in value / X, rounded, the smallest first."""
    factors = torch.unique((value.detach().double() / X).round(decimals=3))
    return [factor.item() for factor in factors[:MAX_FACTORS]]
