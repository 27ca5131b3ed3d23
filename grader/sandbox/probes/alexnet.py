"""Look into AlexNet, whose response normalisation, and places of dropout, are free.

The net has sixteen parameters: a weight and a bias for each of five convolutions and three linear
layers. Here they are known by their place in the order of use, which `nets` finds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor

from grader.sandbox.probes import nets

PARAMETERS = 16
W1, B1, W2, B2, W3, W4, W5, W6, B6, W7, B7, W8, B8 = 0, 1, 2, 3, 4, 6, 8, 10, 11, 12, 13, 14, 15
CHANNELS = {W2: 96, W3: 256, W4: 384, W5: 384, W6: 256, W7: 4096, W8: 4096}  # that go into a layer
QUIET, LOUD = 2.0**-10, 2.0**20
GROUP = 60  # numbers for each group of `dropouts`, so it wants a net with four times as many classes


class Reply(nets.Reply, total=False):
    """What is reported of a net besides `nets.Reply`: its outputs under weights that show one thing each."""

    unbiased: Tensor
    second: Tensor
    evaluation: Tensor
    training: list[Any]  # a net may give something else in training mode


def outputs(factory: nets.Factory, args: Sequence[Any], X: Tensor, seed: int, device: str = "cpu") -> Reply:
    """What `nets.outputs` reports, but with tiny values after the first two convolutions.

    Response normalisation divides a by (k + α · mean of squares)^β. For a tiny a that is a constant
    factor: k^−β. The weights of the third convolution make the values large again, so that without a
    normalisation all is as it would be without this. Two more outputs show the two factors:
    `unbiased`, with all biases zero, is proportional to their product; X is there a second time, so
    large that a normalisation does more. `second`, with the bias of the second convolution only and
    without the weights of the first, is proportional to the second factor.
    """
    found, net, used = nets.first_batch(factory, args, X, device)
    reply = cast(Reply, found)
    if len(used) != PARAMETERS:
        return reply
    generator = torch.Generator().manual_seed(seed)
    nets.fill(used, generator)
    torch.manual_seed(seed)  # dropout that does not rest now drops the same for all who have it
    factors = {W1: QUIET, B1: QUIET, B2: QUIET, W3: 1 / QUIET}
    with torch.no_grad():
        for place, factor in factors.items():
            used[place].mul_(factor)
    X = X.to(device)
    with torch.enable_grad():
        output = net(X)
        norms = nets.gradient_norms(output, used, generator)
    reply["output"] = output.detach()
    # By the parameters as they were filled, not as they are now.
    reply["gradients"] = [norm * factors.get(place, 1.0) for place, norm in enumerate(norms)]
    with torch.no_grad():
        bias = used[B2].clone()
        for place in range(1, PARAMETERS, 2):
            used[place].zero_()
        reply["unbiased"] = net(torch.cat([X, LOUD * X]))
        used[W1].zero_()
        used[B2].copy_(bias)
        reply["second"] = net(X)
    return reply


def dropouts(factory: nets.Factory, args: Sequence[Any], X: Tensor, seed: int, device: str = "cpu") -> Reply:
    """Outputs in evaluation mode, and two in training mode, whose zeros show where something is dropped.

    The weights are such that every number is handed on as it is. The outputs are four groups: the first
    has come through the whole net, each number along a channel of its own; the second begins as the
    first hidden layer, the third as the second hidden layer; the fourth is nothing but bias. All are
    1 unless something is dropped, only the first is smaller where there is response normalisation.
    """
    found, net, used = nets.first_batch(factory, args, X, device)
    reply = cast(Reply, found)
    if len(used) != PARAMETERS:
        return reply
    with torch.no_grad():
        for parameter in used:
            parameter.zero_()
        used[B1].fill_(QUIET)  # again too small for a normalisation to be more than a factor
        for place, channels in CHANNELS.items():
            groups = {W7: 2, W8: 3}.get(place, 1)
            _hand_on(used[place], outputs=used[place + 1].numel(), channels=channels, count=groups * GROUP)
        used[W3].div_(QUIET)
        for place, group in ((B6, 1), (B7, 2), (B8, 3)):
            used[place].flatten()[group * GROUP : (group + 1) * GROUP] = 1
        X = X.to(device)
        reply["evaluation"] = net(X)
        net.train()
        torch.manual_seed(seed)
        reply["training"] = [net(X), net(X)]
    return reply


def _hand_on(weight: Tensor, outputs: int, channels: int, count: int) -> None:
    """Let the first `count` outputs of a layer be its first input channels, each the pixel in the middle."""
    inputs = weight.numel() // outputs
    pixels = inputs // channels
    matrix = torch.zeros(outputs, inputs)
    matrix[range(count), range(pixels // 2, count * pixels, pixels)] = 1
    transposed = weight.dim() == 2 and weight.shape[0] != outputs
    weight.copy_((matrix.T if transposed else matrix).reshape(weight.shape))
