"""What the tests of the lessons do with nets: count their parameters, and build them without memory."""

from collections.abc import Callable

import torch
from torch import nn


def count(net: nn.Module) -> int:
    """How many numbers the net's parameters hold."""
    return sum(parameter.numel() for parameter in net.parameters())


def on_paper(make: Callable[[], nn.Module]) -> nn.Module:
    """What `make` builds, in evaluation mode: a net with shapes and no numbers, however large it is."""
    with torch.device("meta"):
        return make().eval()
