"""Exercise 26: batch normalisation, every channel brought to mean 0 and variance 1.

Lesson: docs/en/lessons/batch-norm.md
Try it: python -m grader exercises/ex26_batch_norm.py
"""

import torch
from torch import nn


class BatchNorm2d(nn.Module):
    """Normalise each channel of X (n, num_features, h, w), then scale and shift it; the shape stays.

    Y = weight · (X − mean) / √(variance + eps) + bias, with one mean, variance, weight and bias for
    each channel. In training, mean and variance are those of the batch: over n, h and w together, the
    variance with division by their number N = n · h · w. They also move the running statistics:

        running mean     ← (1 − momentum) · running mean     + momentum · mean of the batch
        running variance ← (1 − momentum) · running variance + momentum · N / (N − 1) · its variance

    In evaluation mode, the running statistics stand in the place of those of the batch, and stay as
    they are. Weight and bias are learned and begin as ones and zeros. Running mean and variance are
    buffers and begin as zeros and ones, so that they move and are saved with the net.

    By hand: a channel with the values 1, 1, 3, 3 has mean 2 and variance 1, and a new layer gives −1,
    −1, 1, 1 for it (nearly: eps is small). Afterwards its running mean is 0.9 · 0 + 0.1 · 2 = 0.2, its
    running variance 0.9 · 1 + 0.1 · 4/3 · 1 = 1.0333.

    Write it with means, sums and roots: PyTorch's own batch norm, in any spelling, earns nothing here.
    """

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        """Make weight, bias and running statistics for `num_features` channels."""
        raise NotImplementedError("write BatchNorm2d.__init__")

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """X (n, num_features, h, w) → Y of the same shape."""
        raise NotImplementedError("write BatchNorm2d.forward")
