"""Train a net of the submission by a recipe of ours, and return its weights in order of use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from grader.sandbox.probes import nets


class Fitted(TypedDict):
    """What `fit` sends: the parameters in order of use, and the loss before each step, for the eye only."""

    parameters: list[Tensor]
    _losses: Tensor


def fit(
    factory: nets.Factory,
    args: Sequence[Any],
    images: Tensor,
    labels: Tensor,
    num_epochs: int,
    batch_size: int,
    lr: float,
    seed: int,
    device: str = "cpu",
) -> Fitted:
    """The parameters of factory(*args) after Xavier's initialisation and Adam.

    There are none when it makes no net, or one whose output depends on no parameter.
    """
    images, labels = images.to(device), labels.to(device)
    _, net, used = nets.first_batch(factory, args, images[:2], device)
    if not used:
        return {"parameters": [], "_losses": torch.empty(0)}
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        xavier(used, generator)
    net.train()
    adam = Adam(used, lr)
    losses: list[Tensor] = []
    with torch.enable_grad():
        for _ in range(num_epochs):
            order = torch.randperm(len(labels), generator=generator)
            for part in torch.split(order, batch_size):
                loss = F.cross_entropy(net(images[part]), labels[part])
                losses.append(loss.detach())
                adam.step(torch.autograd.grad(loss, used, allow_unused=True, materialize_grads=True))
    return {"parameters": [parameter.detach().cpu() for parameter in used], "_losses": torch.stack(losses).cpu()}


def xavier(parameters: Sequence[Tensor], generator: torch.Generator) -> None:
    """Weights uniform, of a size that fits both directions; biases zero."""
    for parameter in parameters:
        if len(nets.form(parameter.shape)) > 1:
            parameter.copy_(nn.init.xavier_uniform_(torch.empty(parameter.shape), generator=generator))
        else:
            parameter.zero_()


class Adam:
    """Adam with PyTorch's default β and ε. Written out, since constructing PyTorch's own imports
    torch._dynamo: two seconds in every process that touches it.

    Source: Kingma and Ba, "Adam: A Method for Stochastic Optimization", algorithm 1.
    """

    def __init__(self, parameters: Sequence[Tensor], lr: float) -> None:
        self.parameters, self.lr, self.steps = parameters, lr, 0
        self.means = [torch.zeros_like(parameter) for parameter in parameters]
        self.squares = [torch.zeros_like(parameter) for parameter in parameters]

    @torch.no_grad()
    def step(self, gradients: Sequence[Tensor]) -> None:
        """Move every parameter against its gradient."""
        self.steps += 1
        b1, b2 = 0.9, 0.999
        scale = self.lr * (1 - b2**self.steps) ** 0.5 / (1 - b1**self.steps)
        floor = 1e-8 * (1 - b2**self.steps) ** 0.5
        for parameter, gradient, mean, square in zip(self.parameters, gradients, self.means, self.squares, strict=True):
            mean.lerp_(gradient, 1 - b1)
            square.lerp_(gradient.square(), 1 - b2)
            parameter.addcdiv_(mean, square.sqrt().add_(floor), value=-scale)
