"""Call a function of the submission, or differentiate it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypedDict

import torch


class Products(TypedDict):
    """What `vjp` sends."""

    value: Any
    gradients: list[torch.Tensor | None]


def call(function: Callable[..., Any], *args: Any) -> Any:
    """function(*args), as it is."""
    return function(*args)


def vjp(function: Callable[..., torch.Tensor], cotangent: torch.Tensor, *args: Any) -> Products:
    """Vector–Jacobian product: the value, and Σ cotangent · ∂value/∂arg for each tensor argument.

    A gradient that does not reach an argument is None.
    """
    leaves = [arg for arg in args if isinstance(arg, torch.Tensor)]
    for leaf in leaves:
        leaf.requires_grad_()
    value = function(*args)
    gradients: list[Any] = [None] * len(leaves)
    if isinstance(value, torch.Tensor) and value.requires_grad and value.shape == cotangent.shape:
        # A sum, since handing the cotangent to `grad` would import sympy, which takes a second.
        gradients = list(torch.autograd.grad((cotangent.to(value) * value).sum(), leaves, allow_unused=True))
    return {"value": value, "gradients": gradients}


def arguments_after(function: Callable[..., Any], *args: Any) -> list[Any]:
    """The arguments as they are after function(*args)."""
    function(*args)
    return list(args)
