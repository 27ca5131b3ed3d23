"""Prints, as JSON, the named networks layer by layer, as their solutions build them.

Run by docs/_build/made.py. No weight gets a value: on PyTorch's meta device only shapes are computed.
"""

import json
import sys
from typing import Any

import torch
from torch import nn

from benchmarks.networks import NETWORKS, multiply_accumulates_by_module

KINDS = {
    nn.Conv2d: "convolution",
    nn.Linear: "linear",
    nn.BatchNorm2d: "batch norm",
    nn.LocalResponseNorm: "response norm",
    nn.MaxPool2d: "max pooling",
    nn.AvgPool2d: "mean pooling",
    nn.AdaptiveAvgPool2d: "global mean",
    nn.Flatten: "flatten",
    nn.Dropout: "dropout",
    nn.ReLU: "ReLU",
    nn.ReLU6: "ReLU6",
    nn.Sigmoid: "sigmoid",
    nn.Tanh: "tanh",
}
# Layers that change no shape and have no parameters stand in the row of the layer before them.
IN_PASSING = (nn.ReLU, nn.ReLU6, nn.Sigmoid, nn.Tanh, nn.Dropout)


def main() -> None:
    json.dump({name: describe(network.build, network.full.size) for name, network in NETWORKS.items()}, sys.stdout)


def describe(build: Any, size: int) -> dict[str, Any]:
    """A network's input, totals and parts; a part is one layer, or a block of several."""
    with torch.device("meta"):
        net = build().eval()
    work = multiply_accumulates_by_module(net, size)
    shapes = output_shapes(net, size)
    parts: list[dict[str, Any]] = []
    for name, module in net.named_children():
        if list(module.children()):
            inner: list[dict[str, Any]] = []
            for path, layer in module.named_modules(prefix=name):
                add_layer(inner, layer, path, shapes, work)
            block = type(module).__name__ if type(module) is not nn.Sequential else ""
            parts.append({"block": block, **costs(module, name, shapes, work), "layers": inner})
        else:
            add_layer(parts, module, name, shapes, work)
    return {"input": [1, size, size], "parameters": count(net), "macs": work[""], "parts": parts}


def output_shapes(net: nn.Module, size: int) -> dict[str, list[int]]:
    """The shape, for one image, that each module's output has."""
    shapes = {}
    for name, module in net.named_modules():
        module.register_forward_hook(
            lambda _module, _inputs, output, name=name: shapes.update({name: list(output.shape[1:])})
        )
    with torch.no_grad():
        net(torch.zeros(1, 1, size, size, device="meta"))
    return shapes


def add_layer(rows: list[dict[str, Any]], layer: nn.Module, path: str, shapes: Any, work: Any) -> None:
    """Append a row for a layer that is no container, or name it in the row before."""
    if list(layer.children()) or isinstance(layer, nn.Identity):
        return
    kind = KINDS.get(type(layer), type(layer).__name__)
    if isinstance(layer, IN_PASSING) and rows and "kind" in rows[-1]:
        rows[-1]["then"].append(kind)
    else:
        if isinstance(layer, nn.Conv2d) and layer.groups == layer.in_channels > 1:
            kind = "depthwise convolution"
        # The names that a block gives its paths, `main` or `branch2`, without the numbers of a Sequential.
        within = [part for part in path.split(".") if not part.isdigit()]
        rows.append({"kind": kind, "then": [], "path": within, **sizes(layer), **costs(layer, path, shapes, work)})


def sizes(layer: nn.Module) -> dict[str, int]:
    """Kernel, stride and padding of a layer with a window: square ones, as all of ours."""
    if not hasattr(layer, "kernel_size"):
        return {}
    return {
        name: pair if isinstance(pair, int) else pair[0]
        for name, pair in [("kernel", layer.kernel_size), ("stride", layer.stride), ("padding", layer.padding)]
    }


def costs(module: nn.Module, path: str, shapes: dict[str, list[int]], work: dict[str, int]) -> dict[str, Any]:
    return {"output": shapes[path], "parameters": count(module), "macs": work.get(path, 0)}


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


if __name__ == "__main__":
    main()
