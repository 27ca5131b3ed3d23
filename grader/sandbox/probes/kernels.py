"""Run a layer of the submission that has a `weight` and a `bias`, with numbers of ours in them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any, TypedDict

import torch
from torch import Tensor, nn

Factory = Callable[[Sequence[int]], Any]


class Layer(TypedDict):
    """What `parts` sends: whether there is a layer, and the shapes of its weight and bias, None where there is none."""

    is_module: bool
    weight: list[int] | None
    bias: list[int] | None
    _type: str


class Step(TypedDict):
    """What `step` sends: the output, what the layer holds after a step, how many parameters, the image's gradient."""

    output: Any
    weight: Any
    bias: Any
    parameters: int
    image_gradient: Tensor | None


def parts(factory: Factory, kernel_size: Sequence[int], X: Tensor) -> Layer:
    """What factory(kernel_size) has, after a first image."""
    layer = factory(kernel_size)
    if isinstance(layer, nn.Module):
        with contextlib.suppress(Exception):  # only a lazy layer needs it
            layer(X)
    return {
        "is_module": isinstance(layer, nn.Module),
        "weight": _shape(layer, "weight"),
        "bias": _shape(layer, "bias"),
        "_type": type(layer).__name__,
    }


def outputs(factory: Factory, weight: Tensor, bias: Tensor, images: Sequence[Tensor]) -> list[Any]:
    """What the layer makes of each image in turn."""
    layer = _filled(factory, weight, bias, images[0])
    return [layer(X) for X in images]


def step(factory: Factory, weight: Tensor, bias: Tensor, X: Tensor, cotangent: Tensor, lr: float) -> Step:
    """One step of gradient descent on Σ cotangent · layer(X), for whatever the layer says it learns."""
    layer = _filled(factory, weight, bias, X)
    X.requires_grad_()
    output = layer(X)
    if isinstance(output, Tensor) and output.requires_grad and output.shape == cotangent.shape:
        (cotangent * output).sum().backward()  # type: ignore[no-untyped-call]
        with torch.no_grad():
            for parameter in layer.parameters():
                if parameter.grad is not None:
                    parameter -= lr * parameter.grad
    return {
        "output": output,
        "weight": layer.weight,
        "bias": layer.bias,
        "parameters": len(list(layer.parameters())),
        "image_gradient": X.grad,
    }


def _filled(factory: Factory, weight: Tensor, bias: Tensor, X: Tensor) -> Any:
    """The layer with this weight and bias, after a first image."""
    layer = factory(tuple(weight.shape))
    with torch.no_grad():
        layer(X.clone())
        layer.weight.copy_(weight)
        layer.bias.copy_(bias)
    return layer


def _shape(layer: Any, name: str) -> list[int] | None:
    value = getattr(layer, name, None)
    return list(value.shape) if isinstance(value, Tensor) else None
