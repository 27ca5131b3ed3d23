import torch
from torch import nn, tensor


@torch.no_grad()
def count_parameters(model: nn.Module, trainable_only: bool = False) -> torch.Tensor:
    total = tensor(0)
    for p in model.parameters():
        if trainable_only:
            total += p.numel() * p.requires_grad
        else:
            total += torch.ones_like(p, dtype=torch.long).sum()
    return total


def linear_parameters(a, b, bias=True):
    return tensor(a * b + b * int(bias))


def conv_parameters(a, b, k, bias=True):
    if type(k) is int:
        k = (k, k)
    return torch.as_tensor(k).prod() * a * b + b * int(bias)
