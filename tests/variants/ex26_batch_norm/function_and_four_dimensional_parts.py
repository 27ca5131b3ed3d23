import torch
from torch import nn


def normalise(X, gamma, beta, moving_mean, moving_var, eps, momentum, training):
    if not training:
        return gamma * (X - moving_mean) / torch.sqrt(moving_var + eps) + beta, moving_mean, moving_var
    assert len(X.shape) == 4
    mean = X.mean(dim=(0, 2, 3), keepdim=True)
    var = ((X - mean) ** 2).mean(dim=(0, 2, 3), keepdim=True)
    n = X.numel() // X.shape[1]
    Y = gamma * ((X - mean) / torch.sqrt(var + eps)) + beta
    moving_mean = (1.0 - momentum) * moving_mean + momentum * mean
    moving_var = (1.0 - momentum) * moving_var + momentum * var * n / (n - 1)
    return Y, moving_mean.data, moving_var.data


class BatchNorm2d(nn.Module):
    def __init__(self, num_channels, epsilon=1e-5, momentum=0.1):
        super().__init__()
        shape = (1, num_channels, 1, 1)
        self.gamma = nn.Parameter(torch.ones(shape))
        self.beta = nn.Parameter(torch.zeros(shape))
        self.register_buffer("moving_mean", torch.zeros(shape))
        self.register_buffer("moving_var", torch.ones(shape))
        self.settings = epsilon, momentum

    def forward(self, X):
        Y, self.moving_mean, self.moving_var = normalise(
            X, self.gamma, self.beta, self.moving_mean, self.moving_var, *self.settings, self.training
        )
        return Y
