"""Judge a net of the submission: what its probe reports against a plain net of ours.

`grader.sandbox.probes.nets` reports from inside the sandbox. Here, on the trusted side, the form of
the report is checked, and its values are compared with those of a reference: a function of a batch
and a list of parameters, written with PyTorch's own operators and filled as the learner's net was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from grader import pictures
from grader.compare import RTOL, Evidence, assert_close
from grader.sandbox.client import SandboxError
from grader.sandbox.probes import nets

# A hidden unit within rounding of zero may fall on either side of ReLU's kink, and its gradient with it.
GRADIENT_RTOL = 1e-2
MOST_STEPS = 10_000  # of a training, that are looked at
WHAT_CAME = {  # instead of a net, by type: the words for it, and what may be missing
    "NoneType": ("None", " Does the function return its net?"),
    "type": ("a class", " A class makes a net when it is called: Net(…), not Net."),
    "list": ("a list", " nn.Sequential(*layers) makes a net of the layers in a list."),
}

Shape = tuple[int, ...]
Reference = Callable[[Tensor, Sequence[Tensor]], Tensor]


@dataclass(frozen=True)
class Net:
    """A net of the submission, as a probe reported it."""

    call: str  # as a person writes it: "lenet(10)"
    batch: Shape  # what it was given
    shape: Shape  # what it gave
    used: tuple[Shape, ...]  # its parameters in order of use
    parameters: int
    idle: int  # parameters that its output does not depend on …
    idle_names: tuple[str, ...]  # … and their names
    layers: tuple[tuple[str, Shape], ...]  # its layers as they ran, for messages
    output: Tensor  # after filling; empty where only shapes were asked for
    gradients: tuple[float, ...]
    silent: int = 0  # parameters that no gradient reaches in training mode; 0 where that was not asked
    unlisted: int = 0  # weights and biases that its output depends on and net.parameters() does not list

    def failure(self, sentence: str) -> Evidence:
        """A failure of this net, with a table of what each layer gave."""
        return Evidence(sentence, _table(self.layers))


def read(reply: Any, call: str, X: Tensor) -> Net:
    """The net that `reply` describes. AssertionError where there is none or it does not run on X."""
    try:
        return _read(reply, call, X)
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        raise SandboxError("its sandbox sent something else than what was asked for") from None


def _read(reply: Any, call: str, X: Tensor) -> Net:
    batch = tuple(X.shape)
    if not reply["is_module"]:
        kind, advice = WHAT_CAME.get(reply["_type"], (f"a {reply['_type']}", ""))
        raise AssertionError(f"{call} gives {kind}, where a network (an nn.Module) was expected.{advice}")
    layers = tuple((str(name)[: nets.LONGEST_NAME], _shape(shape)) for name, shape in reply["_layers"])
    layers = layers[: nets.LONGEST_TABLE]
    if "error" in reply:
        error = str(reply["error"]).rstrip(".")
        message = f"{call} breaks on a batch of shape {batch}: {error}."
        raise Evidence(message, _table(layers, "Until then, layer by layer"))
    if reply["shape"] is None:
        raise AssertionError(f"{call} gives a {reply['_type']} for a batch of images, where a tensor was expected.")
    output = reply.get("output", torch.empty(0))
    if not isinstance(output, Tensor):
        raise TypeError("no tensor")
    return Net(
        call=call,
        batch=batch,
        shape=_shape(reply["shape"]),
        used=tuple(_shape(shape) for shape in reply["used"]),
        parameters=int(reply["parameters"]),
        idle=int(reply["idle"]),
        idle_names=tuple(str(name)[: nets.LONGEST_NAME] for name in reply["_idle"]),
        unlisted=int(reply.get("_unlisted", 0)),
        layers=layers,
        output=output,
        gradients=tuple(float(norm) for norm in reply.get("gradients", [])),
        silent=int(reply.get("silent", 0)),
    )


def _shape(sizes: Any) -> Shape:
    if not isinstance(sizes, list):  # a tensor has items too, by the million
        raise TypeError("no list of sizes")
    return tuple(int(size) for size in sizes)


def _table(layers: Sequence[tuple[str, Shape]], title: str = "Layer by layer") -> pictures.Layers | None:
    rows = [pictures.Layer(name, shape) for name, shape in layers]
    return pictures.layers(title, rows) if rows else None


def _output_table(net: Net, expected: Shape) -> pictures.Layers:
    """What each layer gave, and last the output of the net beside the one expected."""
    rows = [pictures.Layer(name, shape) for name, shape in net.layers]
    return pictures.layers("Layer by layer", [*rows, pictures.Layer("output", net.shape, expected)], len(rows))


def _parameter_table(net: Net, expected: Sequence[Shape]) -> pictures.Layers:
    """The parameters in order of use beside those expected."""
    pairs = list(zip_longest(net.used, expected))
    rows = [
        pictures.Layer(f"{number}. {'weight' if len(other or one or ()) > 1 else 'bias or scale'}", one, other)
        for number, (one, other) in enumerate(pairs, start=1)
    ]
    unlike = (row for row, (one, other) in enumerate(pairs) if not (one and other and _same_form(one, other)))
    return pictures.layers("Weights and biases in order of use", rows, next(unlike, None))


# Assertions ---------------------------------------------------------------------------------------


def assert_output_shape(net: Net, expected: Sequence[int]) -> None:
    """Fail unless the net's output has the expected shape; the message shows its layers."""
    if net.shape != tuple(expected):
        message = f"{net.call} turns a batch of shape {net.batch} into {net.shape}, expected {tuple(expected)}."
        raise Evidence(message, _output_table(net, tuple(expected)))


def assert_parameters(net: Net, expected: Sequence[Shape]) -> None:
    """Fail unless the net uses parameters of these shapes in this order, and has no others.

    A weight may be transposed, or a 1×1 kernel more or less: see `nets.form`.
    """
    if net.idle:
        names = ", ".join(net.idle_names[:4]) + (", …" if net.idle > 4 else "")
        raise net.failure(
            f"{net.call} has parameters that its output does not depend on: {names}. "
            "Is their layer used, and is nothing detached on the way?"
        )
    if net.unlisted and net.parameters < sum(torch.Size(shape).numel() for shape in expected):
        raise net.failure(
            f"The output of {net.call} depends on weights and biases that net.parameters() does not list: "
            f"{net.unlisted} of them. So no optimizer would train them. Layers in a plain list or dict are not found: "
            "use nn.ModuleList or nn.Sequential."
        )
    count = sum(torch.Size(shape).numel() for shape in expected)
    has = f"{net.call} has {net.parameters:,} parameters, expected {count:,}" if net.parameters != count else ""
    for number, (used, wanted) in enumerate(zip(net.used, expected, strict=False), start=1):
        if not _same_form(used, wanted):
            place = f"the {_ordinal(number)} parameter in order of use has shape {used}, expected {wanted}"
            raise Evidence(f"{has}: {place}." if has else f"In {net.call}, {place}.", _parameter_table(net, expected))
    if len(net.used) != len(expected) or has:
        message = f"{has or net.call}: it uses {len(net.used)} weights and biases, expected {len(expected)}."
        raise Evidence(message, _parameter_table(net, expected))


def assert_output(net: Net, expected: Tensor, mode: str = "", rtol: float = RTOL) -> None:
    """Fail unless the filled net gives what the filled reference gives; `mode` is for the message."""
    mode = f"{mode} and " if mode else ""
    what = f"{net.call} {mode}with weights of ours, on a batch of shape {net.batch}: the output"
    assert_close(net.output, expected, what, rtol)


def assert_gradients(net: Net, expected: Sequence[float], rtol: float = GRADIENT_RTOL) -> None:
    """Fail unless every parameter gets a gradient of the expected size."""
    if len(net.gradients) != len(expected):
        raise AssertionError(f"In {net.call} the gradient reaches {len(net.gradients)} of {len(expected)} parameters.")
    # The bias before a batch norm goes out again with the mean: its gradient is nothing but rounding.
    without = {number for layer in nets.layers(net.used) for number in layer[1:-2]}
    for number, (norm, wanted) in enumerate(zip(net.gradients, expected, strict=True), start=1):
        if number - 1 not in without and not abs(norm - wanted) <= rtol * wanted + 1e-6 * max(expected):
            raise AssertionError(
                f"In {net.call} the gradient of the {_ordinal(number)} parameter in order of use, "
                f"of shape {net.used[number - 1]}, has size {norm:.4g}, expected {wanted:.4g}."
            )


def assert_all_learn(net: Net) -> None:
    """Fail if there are parameters that no gradient reaches in training mode. The probe must have counted them."""
    if net.silent:
        raise AssertionError(
            f"In training mode no gradient reaches {net.silent} parameters of {net.call}. "
            "Does a dropout drop everything?"
        )


def _same_form(one: Shape, other: Shape) -> bool:
    transposed = one[::-1] if len(one) == 2 else one
    return nets.form(other) in (nets.form(one), nets.form(transposed))


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number % 100 not in (11, 12, 13) else "th"
    return f"{number}{ending}"


# The reference ------------------------------------------------------------------------------------


def expect(
    reference: Reference, shapes: Sequence[Shape], X: Tensor, seed: int, training: bool = False
) -> tuple[Tensor, list[float]]:
    """Output and gradient norms of the reference, filled as the probe `nets.outputs` fills a net."""
    generator = torch.Generator().manual_seed(seed)
    parameters = [torch.empty(shape) for shape in shapes]
    nets.fill(parameters, generator, nets.LARGE if training else 1.0)
    for parameter in parameters:
        parameter.requires_grad_()
    output = reference(X, parameters)
    return output.detach(), nets.gradient_norms(output, parameters, generator)


def expect_meanwhile(
    reference: Reference, shapes: Sequence[Shape], X: Tensor, seed: int
) -> Callable[[], tuple[Tensor, list[float]]]:
    """Begin what `expect` computes, and compute it while the sandbox does its part; a call waits for the result."""
    pool = ThreadPoolExecutor(1)
    expected = pool.submit(expect, reference, shapes, X, seed)
    pool.shutdown(wait=False)
    return expected.result


def read_parameters(reply: Any, expected: Sequence[Shape], call: str) -> list[Tensor]:
    """Trained parameters, in the shapes of the reference. They must fit exactly: no number more."""
    parameters = reply["parameters"]
    if len(parameters) != len(expected):
        raise AssertionError(f"After training, {call} does not have the {len(expected)} weights and biases expected.")
    return [_conform(value, shape, call) for value, shape in zip(parameters, expected, strict=True)]


def training_curve(reply: Any, call: str) -> pictures.Curves:
    """The losses of a training as the sandbox reports them: for the eye only."""
    losses = reply["_losses"]
    values = losses[:MOST_STEPS].tolist() if losses.dim() == 1 and losses.is_floating_point() else []
    series = (pictures.curve("loss", values),)
    return pictures.Curves(f"{call} learns", "step", "loss", len(values), series, level=pictures.GUESSING)


def _conform(value: Any, shape: Shape, call: str) -> Tensor:
    if not isinstance(value, Tensor) or not value.is_floating_point() or not _same_form(tuple(value.shape), shape):
        raise AssertionError(f"After training, {call} has no parameter of shape {shape} where one was expected.")
    straight = value if nets.form(value.shape) == nets.form(shape) else value.T
    return straight.to(torch.float32).reshape(shape)


def draw_seed(rng: torch.Generator) -> int:
    """A fresh seed for a probe."""
    return int(torch.randint(2**31, (1,), generator=rng))


# Batch norm ---------------------------------------------------------------------------------------

# How many vectors may stand behind a weight: a bias, or the scale and the shift of a batch norm, or all three.
BIAS, NORM, ANY = (1,), (2, 3), (0, 1, 2, 3)


def with_vectors(net: Net, weights: Sequence[tuple[Shape, Sequence[int]]]) -> list[Shape]:
    """The parameters expected of a net with these weights, each with as many vectors as may stand behind it.

    What is free is taken from the net: its number of vectors behind a weight, where that is a right one.
    """
    counts = [len(layer) - 1 for layer in nets.layers(net.used)]
    counts += [-1] * len(weights)
    shapes: list[Shape] = []
    for (weight, right), count in zip(weights, counts, strict=False):
        shapes += [weight, *[weight[:1]] * (count if count in right else right[0])]
    return shapes


def by_layer(parameters: Sequence[Tensor]) -> list[list[Tensor]]:
    """Each weight with the vectors behind it."""
    layers = nets.layers([parameter.shape for parameter in parameters])
    return [[parameters[number] for number in layer] for layer in layers]


def conv_norm(X: Tensor, layer: Sequence[Tensor], training: bool, **options: int) -> Tensor:
    """A convolution, and a batch norm if it is among the parameters of the layer."""
    weight, *vectors = layer
    X = F.conv2d(X, weight, vectors[0] if len(vectors) % 2 else None, **options)
    if len(vectors) < 2:
        return X
    *_, scale, shift = vectors
    return F.batch_norm(X, torch.zeros_like(shift), torch.ones_like(shift), scale, shift, training=training)
