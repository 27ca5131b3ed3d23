import torch
import torch.nn as nn


class MyDropout(nn.Module):
    """A layer of our own; the function below only calls it."""

    def __init__(self, p):
        super().__init__()
        if p > 1 or p < 0:
            raise ValueError(f"not a probability: {p = }")
        self.p = p

    def forward(self, X):
        if not self.training:
            return X
        noise = torch.rand_like(X)
        return torch.where(noise < self.p, torch.zeros_like(X), X / (1 - self.p))


def dropout(X, p, training=True):
    return MyDropout(p).train(training)(X)
