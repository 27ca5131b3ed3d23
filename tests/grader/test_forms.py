"""Replies are held against what their probe says that it returns."""

import importlib
import pkgutil
from typing import Any, Required, TypedDict

import pytest
import torch
from torch import Tensor

from grader.sandbox import probes, wire
from grader.sandbox.forms import fits, reply_form


class Pair(TypedDict, total=False):
    first: Required[int]
    second: list[Tensor | None]


FITTING = [
    (torch.ones(3), Any),
    (torch.ones(3), Tensor),
    ([torch.ones(3), None], list[Tensor | None]),
    ([], list[float]),
    ({"first": 1}, Pair),
    ({"first": 1, "second": [None]}, Pair),
    ([[torch.ones(1)]], list[list[Tensor]]),
]
OTHERS = [
    (torch.ones(3), list[float]),
    ((1.0,), list[float]),
    ([1], list[float]),
    (True, int),
    (None, Tensor),
    ({}, Pair),
    ({"first": 1, "third": 1}, Pair),
    ({"first": 1, "second": torch.ones(3)}, Pair),
    ([("first", 1)], Pair),
    (wire.Opaque("Net"), Tensor),
]


@pytest.mark.parametrize(("value", "form"), FITTING)
def test_what_a_probe_says_fits(value: object, form: object) -> None:
    assert fits(value, form)


@pytest.mark.parametrize(("value", "form"), OTHERS)
def test_anything_else_does_not(value: object, form: object) -> None:
    assert not fits(value, form)


@pytest.mark.parametrize("name", [found.name for found in pkgutil.iter_modules(probes.__path__)])
def test_every_probe_says_what_it_returns(name: str) -> None:
    module = importlib.import_module(f"{probes.__name__}.{name}")
    own = [one for one in vars(module).values() if getattr(one, "__module__", "") == module.__name__]
    functions = [one for one in own if callable(one) and not isinstance(one, type)]
    assert functions
    for function in functions:
        reply_form(function)
