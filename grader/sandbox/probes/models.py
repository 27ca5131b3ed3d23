"""Small nets and losses of ours: probes build them inside, checks build them again to recompute.

A net is known by its name and its state, the list of tensors of its `state_dict` in their order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

FEATURES, CLASSES = 20, 5  # of the nets below that take vectors

Loss = Callable[[Tensor, Tensor], Tensor]


def build(name: str, state: Sequence[Tensor]) -> nn.Module:
    """The net `name` in training mode, holding `state`. Raises ValueError when that does not fit."""
    net = NETS[name]()
    own = net.state_dict()
    if [tensor.shape for tensor in own.values()] != [tensor.shape for tensor in state]:
        raise ValueError(f"this is not the state of a {name}")
    net.load_state_dict(dict(zip(own, state, strict=True)))
    return net


def state_of(net: nn.Module) -> list[Tensor]:
    """A copy of the state of a net: parameters and buffers."""
    return [tensor.detach().cpu().clone() for tensor in net.state_dict().values()]


def random_state(name: str, generator: torch.Generator) -> list[Tensor]:
    """A state in which nothing is as it was initialised, running statistics neither."""
    return [_random_like(key, tensor, generator) for key, tensor in NETS[name]().state_dict().items()]


def _random_like(key: str, tensor: Tensor, generator: torch.Generator) -> Tensor:
    if not tensor.is_floating_point():
        return torch.zeros_like(tensor)  # batch norm's count of batches
    if key.endswith("running_var"):
        return 0.5 + torch.rand(tensor.shape, generator=generator)
    scale = tensor[0].numel() ** -0.5 if tensor.dim() > 1 else 1.0
    return scale * torch.randn(tensor.shape, generator=generator)


# Nets ---------------------------------------------------------------------------------------------


class OddWhileRecording(nn.Module):
    """Gives the best score to another class whenever gradients are recorded."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(FEATURES, CLASSES)

    def forward(self, X: Tensor) -> Tensor:
        scores: Tensor = self.linear(X)
        return scores.roll(1, dims=1) if torch.is_grad_enabled() else scores


def three_scores() -> nn.Module:
    """Three numbers to three scores; with the unit matrix as its weight the scores are the numbers."""
    return nn.Sequential(nn.Linear(3, 3, bias=False))


def perceptron() -> nn.Module:
    """One hidden layer; smooth, so that rounding stays rounding over many steps."""
    return nn.Sequential(nn.Linear(FEATURES, 16), nn.Tanh(), nn.Linear(16, CLASSES))


def normalised() -> nn.Module:
    """Batch norm, without anything random: the same numbers wherever it is trained."""
    # No bias before batch norm: its gradient is nothing but rounding.
    hidden = nn.Linear(FEATURES, 16, bias=False)
    return nn.Sequential(hidden, nn.BatchNorm1d(16), nn.Tanh(), nn.Linear(16, CLASSES))


def moody() -> nn.Module:
    """Batch norm and dropout: in training mode it gives other answers."""
    hidden = nn.Sequential(nn.Linear(FEATURES, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.5))
    return nn.Sequential(hidden, nn.Linear(32, CLASSES))


def nested() -> nn.Module:
    """(n, 8, 6, 6) → (n, 10), layers inside layers, wide enough to measure how weights are spread."""
    features = nn.Sequential(nn.Conv2d(8, 16, kernel_size=5), nn.ReLU(), nn.Flatten())
    return nn.Sequential(features, nn.Sequential(nn.Linear(64, 96), nn.ReLU()), nn.Linear(96, 10))


def digit_reader() -> nn.Module:
    """(n, 1, 28, 28) → (n, 10): two convolutions that learn digits in a second."""
    return nn.Sequential(
        nn.Conv2d(1, 8, kernel_size=5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, kernel_size=5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 64),
        nn.ReLU(),
        nn.Linear(64, 10),
    )


NETS: dict[str, Callable[[], nn.Module]] = {
    "net that is odd while recording": OddWhileRecording,
    "three scores": three_scores,
    "perceptron": perceptron,
    "normalised net": normalised,
    "moody net": moody,
    "nested net": nested,
    "digit reader": digit_reader,
}


# Losses: each the mean over its batch -------------------------------------------------------------


def first_score(y_hat: Tensor, y: Tensor) -> Tensor:
    """The mean of the first scores: no sensible loss, but one that can be worked out by hand."""
    return y_hat[:, 0].mean()


def squared_error(y_hat: Tensor, y: Tensor) -> Tensor:
    """Mean over the examples of the squared distance to 1 for the true class and 0 for the others."""
    return (y_hat - F.one_hot(y, y_hat.shape[1])).square().sum(dim=1).mean()


LOSSES: dict[str, Callable[[], Loss]] = {
    "first score": lambda: first_score,
    "squared error": lambda: squared_error,
    "cross-entropy": nn.CrossEntropyLoss,
}
