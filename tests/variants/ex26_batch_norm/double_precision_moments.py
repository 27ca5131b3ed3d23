from __future__ import annotations

import torch
from torch import Tensor, nn


class Statistics(nn.Module):
    """Running mean and variance, in a module of their own."""

    def __init__(self, channels: int, momentum: float):
        super().__init__()
        self.momentum = momentum
        self.register_buffer("mean", torch.zeros(channels, dtype=torch.float64))
        self.register_buffer("var", torch.ones(channels, dtype=torch.float64))

    @torch.no_grad()
    def update(self, mean: Tensor, var: Tensor) -> None:
        self.mean.lerp_(mean, self.momentum)
        self.var.lerp_(var, self.momentum)


class BatchNorm2d(nn.Module):
    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1):
        super().__init__()
        self.eps = eps
        self.statistics = Statistics(num_features, momentum)
        self.affine = nn.ParameterDict({"shift": torch.zeros(num_features), "scale": torch.ones(num_features)})

    def forward(self, X: Tensor) -> Tensor:
        X64 = X.double()
        if self.training:
            count = X.shape[0] * X.shape[2] * X.shape[3]
            mean = torch.einsum("nchw->c", X64) / count
            var = torch.einsum("nchw,nchw->c", X64, X64) / count - mean.square()
            self.statistics.update(mean, var * count / (count - 1))
        else:
            mean, var = self.statistics.mean, self.statistics.var
        factor = self.affine["scale"] * (var + self.eps).rsqrt()
        return torch.einsum("nchw,c->nchw", X64, factor) + (self.affine["shift"] - mean * factor)[:, None, None]
