import os

import torch


@torch.no_grad()
def save_checkpoint(path, net, optimizer, epoch=0):
    """First beside it, then renamed: a crash half-way leaves the old file whole."""
    net.eval()
    everything = {"optimizer." + key: value for key, value in optimizer.state_dict().items()}
    everything.update({"net." + name: tensor.clone() for name, tensor in net.state_dict().items()})
    torch.save({**everything, "epoch": float(epoch)}, path + ".new")
    os.replace(path + ".new", path)


@torch.no_grad()
def load_checkpoint(path, net, optimizer):
    saved = torch.load(path, map_location=next(net.parameters()).device)
    for name, tensor in net.state_dict().items():
        tensor.copy_(saved["net." + name])
    optimizer.load_state_dict({key[10:]: value for key, value in saved.items() if key.startswith("optimizer.")})
    net.eval()
    return saved["epoch"]
