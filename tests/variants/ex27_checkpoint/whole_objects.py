from __future__ import annotations

import torch
from torch import nn, optim


class Checkpoint:
    def __init__(self, net: nn.Module, optimizer: optim.Optimizer, epoch: int):
        self.parts = [net, optimizer]
        self.epoch = epoch

    def write(self, path: str) -> Checkpoint:
        torch.save(self.parts + [self.epoch], path)
        return self


def save_checkpoint(path: str, net: nn.Module, optimizer: optim.Optimizer, epoch: int) -> Checkpoint:
    return Checkpoint(net, optimizer, epoch).write(path)


def load_checkpoint(path: str, net: nn.Module, optimizer: optim.Optimizer) -> int:
    *saved, epoch = torch.load(path, map_location="cpu", weights_only=False)
    for mine, theirs in zip([net, optimizer], saved):
        mine.load_state_dict(theirs.state_dict())
    return epoch
