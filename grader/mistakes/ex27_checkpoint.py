"""Mistakes of exercise 27: checkpoints."""

import copy
import os

import torch


def _save(path, net, optimizer, epoch):
    torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, path)


def _load(path, net, optimizer):
    checkpoint = torch.load(path)
    net.load_state_dict(checkpoint["net"])
    optimizer.load_state_dict(checkpoint["optimizer"])
    return checkpoint["epoch"]


class OptimizerForgotten:
    """The net comes back, the optimizer does not: it has forgotten its momentum and its learning rates. Save and load
    its state too."""

    save_checkpoint = _save

    def load_checkpoint(path, net, optimizer):
        checkpoint = torch.load(path)
        net.load_state_dict(checkpoint["net"])
        return checkpoint["epoch"]


class NetForgotten:
    """The optimizer comes back, the net does not: after loading it has the weights that it had before. Put what was
    saved into the net that was given; net = … only gives the name to something else."""

    save_checkpoint = _save

    def load_checkpoint(path, net, optimizer):
        checkpoint = torch.load(path)
        optimizer.load_state_dict(checkpoint["optimizer"])
        return checkpoint["epoch"]


class NamesGivenAway:
    """Nothing that was loaded arrives: neither in the net nor in the optimizer. Inside a function, net = … and
    optimizer = … do not change what the caller has. Put the states into the two objects that were given."""

    save_checkpoint = _save

    def load_checkpoint(path, net, optimizer):
        return torch.load(path)["epoch"]


class ParametersOnly:
    """You save the net's parameters, but a net has more: batch norm keeps running statistics in buffers. state_dict()
    holds both."""

    def save_checkpoint(path, net, optimizer, epoch):
        net_state = dict(net.named_parameters())
        torch.save({"net": net_state, "optimizer": optimizer.state_dict(), "epoch": epoch}, path)

    def load_checkpoint(path, net, optimizer):
        checkpoint = torch.load(path)
        net.load_state_dict(checkpoint["net"], strict=False)
        optimizer.load_state_dict(checkpoint["optimizer"])
        return checkpoint["epoch"]


class WeightsWithoutBiases:
    """Only the weights of the layers come back, their biases do not. Do not pick the parts by hand: state_dict() holds
    everything."""

    save_checkpoint = _save

    def load_checkpoint(path, net, optimizer):
        checkpoint = torch.load(path)
        weights = {key: value for key, value in checkpoint["net"].items() if value.dim() > 1}
        net.load_state_dict(weights, strict=False)
        optimizer.load_state_dict(checkpoint["optimizer"])
        return checkpoint["epoch"]


class SettingsWithoutState:
    """The optimizer gets its learning rates back, but not what it remembers of its steps. Load the whole state_dict()
    of the optimizer, not only its param_groups."""

    save_checkpoint = _save

    def load_checkpoint(path, net, optimizer):
        epoch = _load(path, net, optimizer)
        optimizer.state.clear()
        return epoch


class StateWithoutSettings:
    """The optimizer remembers its steps again, but has the learning rates that it was made with. Load the whole
    state_dict() of the optimizer, its param_groups too."""

    save_checkpoint = _save

    def load_checkpoint(path, net, optimizer):
        settings = copy.deepcopy(optimizer.state_dict()["param_groups"])
        epoch = _load(path, net, optimizer)
        for group, own in zip(optimizer.param_groups, settings, strict=True):
            group["lr"] = own["lr"]
        return epoch


class OneRateForAll:
    """All parameters go on with the learning rate of the first group. An optimizer may have several groups, each with
    its own: load the whole state_dict()."""

    save_checkpoint = _save

    def load_checkpoint(path, net, optimizer):
        epoch = _load(path, net, optimizer)
        for group in optimizer.param_groups:
            group["lr"] = optimizer.param_groups[0]["lr"]
        return epoch


class MomentumBuffersOnly:
    """You carry over the momentum buffers by hand. That is enough for SGD; Adam remembers other things. The
    optimizer's own state_dict() holds what it needs, whatever its kind."""

    save_checkpoint = _save

    def load_checkpoint(path, net, optimizer):
        epoch = _load(path, net, optimizer)
        for state in optimizer.state.values():
            for key in set(state) - {"momentum_buffer"}:
                del state[key]
        return epoch


class EpochNotReturned:
    """load_checkpoint returns nothing. The caller needs the epoch to know where to go on: return it."""

    save_checkpoint = _save

    def load_checkpoint(path, net, optimizer):
        _load(path, net, optimizer)


class EpochAhead:
    """load_checkpoint returns the epoch after the one that was saved. Return the number as it was given; what to make
    of it is up to the caller."""

    save_checkpoint = _save

    def load_checkpoint(path, net, optimizer):
        return _load(path, net, optimizer) + 1


class EpochNotSaved:
    """load_checkpoint returns 0, whatever was saved. Does the epoch go into the file, and under the name by which you
    ask for it?"""

    save_checkpoint = _save

    def load_checkpoint(path, net, optimizer):
        return 0 * _load(path, net, optimizer)


class EpochAsText:
    """The epoch comes back as text: "3" is not 3. Turn it into a number, or save it as one."""

    save_checkpoint = _save

    def load_checkpoint(path, net, optimizer):
        return str(_load(path, net, optimizer))


class EverythingReturned:
    """load_checkpoint returns all that was in the file. Net and optimizer have their parts already: return the epoch
    alone."""

    save_checkpoint = _save

    def load_checkpoint(path, net, optimizer):
        _load(path, net, optimizer)
        return torch.load(path)


class NameOfItsOwn:
    """No file is at the path that was given: you write nothing, or under a name of your own. Write to `path`, and read
    from `path`."""

    def save_checkpoint(path, net, optimizer, epoch):
        _save(os.path.join(os.path.dirname(path), "checkpoint.pt"), net, optimizer, epoch)

    def load_checkpoint(path, net, optimizer):
        return _load(os.path.join(os.path.dirname(path), "checkpoint.pt"), net, optimizer)


class OldFileKept:
    """When a file is there already, you leave it as it is. So the first epoch is saved and all later ones are lost:
    replace the file."""

    def save_checkpoint(path, net, optimizer, epoch):
        if not os.path.exists(path):
            _save(path, net, optimizer, epoch)

    load_checkpoint = _load


class LastOneLoaded:
    """Whatever path is asked for, you load the checkpoint that was saved last. Read from `path`: people go back to
    earlier ones."""

    def save_checkpoint(path, net, optimizer, epoch):
        _save(path, net, optimizer, epoch)

    def load_checkpoint(path, net, optimizer):
        folder = os.path.dirname(path)
        files = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
        return _load(files[-1], net, optimizer)


class MethodSaved:
    """The parentheses behind state_dict are missing, so you save the method, and the whole net with it. torch.load
    refuses that. What the method gives is state_dict()."""

    def save_checkpoint(path, net, optimizer, epoch):
        torch.save({"net": net.state_dict, "optimizer": optimizer.state_dict(), "epoch": epoch}, path)

    load_checkpoint = _load


class WholeObjects:
    """You save net and optimizer whole, and torch.load refuses them: since PyTorch 2.6 it reads plain tensors and
    numbers only, as other objects could run code when they are loaded. Save their state_dict()."""

    def save_checkpoint(path, net, optimizer, epoch):
        torch.save({"net": net, "optimizer": optimizer, "epoch": epoch}, path)

    def load_checkpoint(path, net, optimizer):
        checkpoint = torch.load(path)
        net.load_state_dict(checkpoint["net"].state_dict())
        optimizer.load_state_dict(checkpoint["optimizer"].state_dict())
        return checkpoint["epoch"]
