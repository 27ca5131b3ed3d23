"""Run a `BatchNorm2d` of the submission, and tell what it gives and what it remembers.

Its parts are found by what they hold when the layer is new, not by name: a weight of ones, a bias of zeros, a
running mean of zeros and a running variance of ones, with a value for each channel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Required, TypedDict

import torch
from torch import Tensor, nn

from grader.sandbox.probes import nets

Factory = Callable[..., Any]


class Report(TypedDict, total=False):
    """What `run` sends. Where no layer was made, only its type; None for a part that was not found.

    `remembers` says whether a running statistic still knows how it was computed.
    """

    is_module: Required[bool]
    weight: Tensor | None
    bias: Tensor | None
    learnable: int
    means: list[Tensor | None]
    variances: list[Tensor | None]
    outputs: list[Any]
    remembers: bool
    _type: str


class Gradients(TypedDict):
    """What `gradients` sends; None where none arrives."""

    X: Tensor | None
    weight: Tensor | None
    bias: Tensor | None


class _Layer(NamedTuple):
    """A new layer, its parameters, and the names of its buffers."""

    module: nn.Module
    weight: Tensor | None
    bias: Tensor | None
    mean: str | None
    variance: str | None

    def buffer(self, name: str | None) -> Tensor | None:
        """A copy of the buffer as it is now."""
        found = dict(self.module.named_buffers()).get(name or "")
        return None if found is None else found.detach().clone()


def run(
    factory: Factory,
    args: Sequence[Any],
    batches: Sequence[Tensor],
    training: Sequence[bool],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    device: str = "cpu",
) -> Report:
    """The layer factory(*args), as it is when new; then what it gives for each batch, in training or not.

    Gradients flow through the batches, as they do behind another layer. After each batch, and once before,
    the running statistics are read.
    """
    layer = _make(factory, args, device)
    if not isinstance(layer, _Layer):
        return {"is_module": False, "_type": type(layer).__name__[: nets.LONGEST_NAME]}
    report: Report = {
        "is_module": True,
        "weight": None if layer.weight is None else layer.weight.detach().clone(),
        "bias": None if layer.bias is None else layer.bias.detach().clone(),
        "learnable": sum(one.numel() for one in layer.module.parameters() if one.requires_grad),
        "means": [layer.buffer(layer.mean)],
        "variances": [layer.buffer(layer.variance)],
        "outputs": [],
    }
    _fill(layer, weight, bias)
    for X, mode in zip(batches, training, strict=True):
        output = layer.module.train(mode)(_of_a_layer(X.to(device)))
        report["outputs"].append(output.detach() if isinstance(output, Tensor) else output)
        report["means"].append(layer.buffer(layer.mean))
        report["variances"].append(layer.buffer(layer.variance))
    report["remembers"] = any(buffer.requires_grad for buffer in layer.module.buffers())
    return report


def gradients(
    factory: Factory,
    args: Sequence[Any],
    X: Tensor,
    cotangent: Tensor,
    training: bool,
    weight: Tensor,
    bias: Tensor,
    device: str = "cpu",
) -> Gradients:
    """The gradients of Σ cotangent · layer(X), after one earlier batch in training."""
    layer = _make(factory, args, device)
    nothing: Gradients = {"X": None, "weight": None, "bias": None}
    if not isinstance(layer, _Layer) or layer.weight is None or layer.bias is None:
        return nothing
    _fill(layer, weight, bias)
    layer.module.train()(2 * X.to(device) + 1)
    leaf = X.to(device).requires_grad_()
    output = layer.module.train(training)(leaf)
    if not isinstance(output, Tensor) or not output.requires_grad or output.shape != cotangent.shape:
        return nothing
    # A sum, since handing the cotangent to `grad` would import sympy, which takes a second.
    loss = (cotangent.to(output) * output).sum()
    found = torch.autograd.grad(loss, [leaf, layer.weight, layer.bias], allow_unused=True)
    return {"X": found[0], "weight": found[1], "bias": found[2]}


def saved(
    factory: Factory, args: Sequence[Any], batches: Sequence[Tensor], X: Tensor, weight: Tensor, bias: Tensor
) -> Any:
    """What a second layer gives for X in evaluation mode, holding the state of one that was trained on batches."""
    layer, other = _make(factory, args, "cpu"), factory(*args)
    if not isinstance(layer, _Layer):
        return None
    _fill(layer, weight, bias)
    for batch in batches:
        layer.module.train()(batch)
    other.load_state_dict(layer.module.state_dict())
    return other.eval()(X)


def input_after(factory: Factory, args: Sequence[Any], X: Tensor, training: bool) -> Tensor:
    """X after it went through the layer."""
    factory(*args).train(training)(X)
    return X


def _of_a_layer(X: Tensor) -> Tensor:
    """X as if a layer with weights had given it."""
    return X.clone().requires_grad_() * 1


def _make(factory: Factory, args: Sequence[Any], device: str) -> Any:
    """The layer with its parts, or whatever was made instead."""
    nets.exact_arithmetic()
    module = factory(*args)
    if not isinstance(module, nn.Module):
        return module
    module.to(device)
    channels = int(args[0])
    learnable = [(name, one) for name, one in module.named_parameters() if one.requires_grad]
    parameters, buffers = dict(module.named_parameters()), list(module.named_buffers())
    weight, bias = _find(learnable, channels, 1.0), _find(learnable, channels, 0.0)
    return _Layer(
        module,
        parameters.get(weight or ""),
        parameters.get(bias or ""),
        _find(buffers, channels, 0.0),
        _find(buffers, channels, 1.0),
    )


def _find(named: Iterable[tuple[str, Tensor]], channels: int, value: float) -> str | None:
    """The name of the first tensor that holds `value` for each channel and nothing else."""
    for name, tensor in named:
        if tensor.is_floating_point() and tensor.numel() == channels and bool((tensor == value).all()):
            return name
    return None


def _fill(layer: _Layer, weight: Tensor | None, bias: Tensor | None) -> None:
    with torch.no_grad():
        for own, given in ((layer.weight, weight), (layer.bias, bias)):
            if own is not None and given is not None:
                own.copy_(given.reshape(own.shape))
