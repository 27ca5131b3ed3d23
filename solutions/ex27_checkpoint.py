"""Exercise 27: checkpoints, so that training can stop today and go on tomorrow.

Lesson: docs/en/lessons/saving.md
Try it: python -m grader exercises/ex27_checkpoint.py
"""

import torch
from torch import nn


def save_checkpoint(path: str, net: nn.Module, optimizer: torch.optim.Optimizer, epoch: int) -> None:
    """Write all that training needs to go on into one file at `path`: net, optimizer and epoch.

    A file that is there already is replaced. Training may go on after the call.
    """
    torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, path)


def load_checkpoint(path: str, net: nn.Module, optimizer: torch.optim.Optimizer) -> int:
    """Put what `save_checkpoint` wrote to `path` into `net` and `optimizer`; return the epoch.

    The net has the same layers as the one that was saved, but other weights. The optimizer is of the
    same kind, newly made for this net. Both are changed in place: the caller goes on with them. They
    may lie on another device than those that were saved.

    For example: train(net) for 3 epochs, save_checkpoint("net.pt", net, optimizer, 3), stop. Tomorrow
    load_checkpoint("net.pt", new_net, new_optimizer) returns 3, and after 2 more epochs new_net has the
    very weights that 5 epochs without a stop would have given.
    """
    # To the CPU first: the device of yesterday may not be there today. What is loaded moves to where the net is.
    checkpoint = torch.load(path, map_location="cpu")
    net.load_state_dict(checkpoint["net"])
    optimizer.load_state_dict(checkpoint["optimizer"])
    return checkpoint["epoch"]
