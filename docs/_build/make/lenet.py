"""Prints LeNet, trained on the course's digits, for <draw-digit>: its layers, packed weights and accuracy, as JSON.

Run by docs/_build/made.py. Net and training loop are those of the solutions. A weight is kept as a byte: a whole
number from −127 to 127, times a scale that each output of a layer has for itself. Biases and scales stay float32.
"""

import base64
import json
import sys
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.networks import solution
from grader import data

SEED = 1998
EPOCHS = 12
LR = 3e-3
BATCH_SIZE = 32

KINDS = {
    nn.Sigmoid: "sigmoid",
    nn.Tanh: "tanh",
    nn.ReLU: "relu",
    nn.AvgPool2d: "avg",
    nn.MaxPool2d: "max",
    nn.Flatten: "flatten",
    nn.Conv2d: "conv",
    nn.Linear: "linear",
}


def main() -> None:
    digits = data.load("digits")
    net = trained(digits)
    layers = [pack(layer) for layer in net.children()]
    for layer, packed in zip(net.children(), layers, strict=True):
        if "weight" in packed:
            layer.weight.data = unpacked(packed)  # the accuracy is that of the weights in the page
    with torch.no_grad():
        right = (net(digits.test_images).argmax(dim=1) == digits.test_labels).sum().item()
    first = [int((digits.test_labels == digit).nonzero()[0]) for digit in range(10)]
    examples = (digits.test_images[first] * 255).to(torch.uint8)
    answer = {"right": right, "tested": len(digits.test_labels), "layers": layers, "examples": base64_of(examples)}
    json.dump(answer, sys.stdout)


def trained(digits: data.Dataset) -> nn.Module:
    """The solution's LeNet after training on all digits that are not for testing."""
    torch.manual_seed(SEED)
    images = torch.cat([digits.train_images, digits.validation_images])
    labels = torch.cat([digits.train_labels, digits.validation_labels])
    net = solution("ex24_lenet").lenet()
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
    optimizer = torch.optim.Adam(net.parameters(), lr=LR)
    for _ in range(EPOCHS):
        batches = ((images[part], labels[part]) for part in torch.randperm(len(labels)).split(BATCH_SIZE))
        solution("ex23_training").train_epoch(net, batches, nn.CrossEntropyLoss(), optimizer, "cpu")
    return net.eval()


def pack(layer: nn.Module) -> dict[str, Any]:
    """What the widget needs to know of a layer."""
    packed: dict[str, Any] = {"kind": KINDS[type(layer)]}
    if isinstance(layer, nn.Conv2d):
        packed |= {"padding": layer.padding[0], "stride": layer.stride[0]}
    if isinstance(layer, nn.AvgPool2d | nn.MaxPool2d):
        packed |= {"kernel": layer.kernel_size, "padding": layer.padding, "stride": layer.stride}
    if isinstance(layer, nn.Conv2d | nn.Linear):
        weight = layer.weight.detach()
        scale = weight.flatten(1).abs().amax(dim=1) / 127
        whole = (weight.flatten(1) / scale[:, None]).round().to(torch.int8)
        packed |= {"shape": list(weight.shape), "weight": base64_of(whole), "scale": base64_of(scale)}
        packed["bias"] = base64_of(layer.bias.detach())
    return packed


def unpacked(packed: dict[str, Any]) -> Tensor:
    """The weights that a packed layer stands for."""
    whole = torch.frombuffer(bytearray(base64.b64decode(packed["weight"])), dtype=torch.int8)
    scale = torch.frombuffer(bytearray(base64.b64decode(packed["scale"])), dtype=torch.float32)
    return (whole.reshape(len(scale), -1) * scale[:, None]).reshape(packed["shape"])


def base64_of(tensor: Tensor) -> str:
    return base64.b64encode(tensor.contiguous().numpy().tobytes()).decode()


if __name__ == "__main__":
    main()
