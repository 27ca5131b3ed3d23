"""Mistakes of exercise 42: transfer learning."""

import torch
from torch import nn


def _freeze(net):
    """The right way to freeze, of weights."""
    net.requires_grad_(False)


def _last_linear(net):
    """The last linear layer: its parent, its name there, and the layer itself."""
    name = [name for name, layer in net.named_modules() if isinstance(layer, nn.Linear)][-1]
    parent, _, child = name.rpartition(".")
    return net.get_submodule(parent), child, net.get_submodule(name)


def _replace_head(net, num_classes):
    """The right new head."""
    parent, child, old = _last_linear(net)
    setattr(parent, child, nn.Linear(old.in_features, num_classes))
    return net


def _steps(net, train_iter, num_epochs, lr, device, forget=True, loss=nn.functional.cross_entropy):
    """SGD for what is trainable. It is written out, since PyTorch's own takes two seconds to import."""
    net.to(device)
    parameters = [parameter for parameter in net.parameters() if parameter.requires_grad]
    sums = [torch.zeros_like(parameter) for parameter in parameters]
    for _ in range(num_epochs):
        for X, y in train_iter:
            gradients = torch.autograd.grad(loss(net(X.to(device)), y.to(device)), parameters)
            with torch.no_grad():
                for parameter, total, gradient in zip(parameters, sums, gradients, strict=True):
                    total.mul_(0 if forget else 1).add_(gradient)
                    parameter.sub_(lr * total)


def _fine_tune(net, train_iter, num_epochs, lr, device):
    """The right training."""
    _steps(net.eval(), train_iter, num_epochs, lr, device)


# freeze -------------------------------------------------------------------------------------------


class AttributeOfTheNet:
    """After freeze every parameter is as trainable as before. Setting requires_grad on the net itself makes an
    attribute which nobody looks at: set it on every parameter, or call the method that has an underscore at its end."""

    replace_head = _replace_head
    fine_tune = _fine_tune

    def freeze(net):
        net.requires_grad = False


class OnlyOuterParameters:
    """Only the parameters of the outermost layers are frozen. There are layers inside layers: net.parameters()
    reaches all of them by itself."""

    replace_head = _replace_head
    fine_tune = _fine_tune

    def freeze(net):
        for layer in net.children():
            for parameter in layer.parameters(recurse=False):
                parameter.requires_grad = False


class BiasesLeftOut:
    """The weights are frozen, the biases are not. All parameters of a layer have to stay."""

    replace_head = _replace_head
    fine_tune = _fine_tune

    def freeze(net):
        for name, parameter in net.named_parameters():
            if "weight" in name:
                parameter.requires_grad = False


class BatchNormLeftOut:
    """Linear and convolutional layers are frozen, batch norm is not. It has a weight and a bias too, and they are
    trained like all others."""

    replace_head = _replace_head
    fine_tune = _fine_tune

    def freeze(net):
        for layer in net.modules():
            if isinstance(layer, nn.Linear | nn.Conv2d):
                layer.requires_grad_(False)


class HeadLeftOut:
    """freeze leaves the last linear layer trainable. It is replaced later anyway; freeze is for the whole net,
    whatever comes then."""

    replace_head = _replace_head
    fine_tune = _fine_tune

    def freeze(net):
        _freeze(net)
        _last_linear(net)[2].requires_grad_(True)


# replace_head -------------------------------------------------------------------------------------


class NothingReturned:
    """replace_head changes the net and returns nothing. Its last line should hand the net back."""

    freeze = _freeze
    fine_tune = _fine_tune

    def replace_head(net, num_classes):
        _replace_head(net, num_classes)


class NewLayerNowhere:
    """A new layer is made and kept in a variable of its own. The net still has the old one: put the new one in its
    place, in the module that it lies in."""

    freeze = _freeze
    fine_tune = _fine_tune

    def replace_head(net, num_classes):
        _, _, head = _last_linear(net)
        head = nn.Linear(head.in_features, num_classes)
        return net


class OnlyTheNumberChanged:
    """You set out_features of the old layer. That is only a note of how large its weight is; the weight itself
    stays as it was. Make a new layer."""

    freeze = _freeze
    fine_tune = _fine_tune

    def replace_head(net, num_classes):
        _last_linear(net)[2].out_features = num_classes
        _last_linear(net)[2].requires_grad_(True)
        return net


class FirstLinearLayer:
    """The first linear layer is replaced. The scores come from the last one: do not stop at the first that you
    find."""

    freeze = _freeze
    fine_tune = _fine_tune

    def replace_head(net, num_classes):
        name, old = next((name, layer) for name, layer in net.named_modules() if isinstance(layer, nn.Linear))
        parent, _, child = name.rpartition(".")
        setattr(net.get_submodule(parent), child, nn.Linear(old.in_features, num_classes))
        return net


class EveryLinearLayer:
    """All linear layers are replaced, also those that have learned something worth keeping. Only the last one gives
    way."""

    freeze = _freeze
    fine_tune = _fine_tune

    def replace_head(net, num_classes):
        *earlier, _ = [name for name, layer in net.named_modules() if isinstance(layer, nn.Linear)]
        for name in earlier:
            parent, _, child = name.rpartition(".")
            old = net.get_submodule(name)
            setattr(net.get_submodule(parent), child, nn.Linear(old.in_features, old.out_features))
        return _replace_head(net, num_classes)


class AlwaysCalledFc:
    """The new layer is set as net.fc, whatever the last linear layer is called. That name is right for a ResNet;
    here the layer may have another, and lie inside another module."""

    freeze = _freeze
    fine_tune = _fine_tune

    def replace_head(net, num_classes):
        _, _, old = _last_linear(net)
        net.fc = nn.Linear(old.in_features, num_classes)
        return net


class DottedName:
    """The new layer is set under its whole name, dots and all. setattr knows no dots: it makes a new attribute on
    the net. Set it in the module that the layer lies in."""

    freeze = _freeze
    fine_tune = _fine_tune

    def replace_head(net, num_classes):
        name = [name for name, layer in net.named_modules() if isinstance(layer, nn.Linear)][-1]
        net.__dict__[name] = nn.Linear(net.get_submodule(name).in_features, num_classes)
        return net if "." in name else _replace_head(net, num_classes)


class LayerOnTop:
    """A new layer is put behind the old net. The old head is still there, and the new one sees only its scores:
    replace it instead."""

    freeze = _freeze
    fine_tune = _fine_tune

    def replace_head(net, num_classes):
        return nn.Sequential(net, nn.Linear(_last_linear(net)[2].out_features, num_classes))


class InputsOfTheOutputs:
    """The new layer takes as many inputs as the old one had outputs. It stands in the same place, so it gets what
    the old one got: in_features."""

    freeze = _freeze
    fine_tune = _fine_tune

    def replace_head(net, num_classes):
        parent, child, old = _last_linear(net)
        setattr(parent, child, nn.Linear(old.out_features, num_classes))
        return net


class AlwaysTenClasses:
    """The new layer has ten outputs, whatever num_classes is."""

    freeze = _freeze
    fine_tune = _fine_tune

    def replace_head(net, num_classes):
        return _replace_head(net, 10)


class OldWeightsKept:
    """The new head begins with the weights of the old one. They know the old classes; a new task wants fresh
    weights."""

    freeze = _freeze
    fine_tune = _fine_tune

    def replace_head(net, num_classes):
        _, _, old = _last_linear(net)
        net = _replace_head(net, num_classes)
        _, _, new = _last_linear(net)
        with torch.no_grad():
            rows = min(num_classes, old.out_features)
            new.weight[:rows] = old.weight[:rows]
        return net


class HeadFrozenToo:
    """The new layer is frozen as well, so nothing in the net can learn. Freezing comes first and replacing after
    it: a fresh layer is trainable if you leave it alone."""

    freeze = _freeze
    fine_tune = _fine_tune

    def replace_head(net, num_classes):
        net = _replace_head(net, num_classes)
        _freeze(net)
        return net


class EverythingThawed:
    """After replace_head the whole net is trainable again. Only the new layer is: what was frozen before stays
    frozen."""

    freeze = _freeze
    fine_tune = _fine_tune

    def replace_head(net, num_classes):
        return _replace_head(net, num_classes).requires_grad_(True)


# fine_tune ----------------------------------------------------------------------------------------


class StatisticsMove:
    """The net is in training mode, so batch norm renews its running mean and variance with every batch, frozen or
    not. Leave its layers in evaluation mode: what they learned belongs to the weights that are frozen."""

    freeze = _freeze
    replace_head = _replace_head

    def fine_tune(net, train_iter, num_epochs, lr, device):
        _steps(net.train(), train_iter, num_epochs, lr, device)


class ThawedForTraining:
    """fine_tune makes every parameter trainable again. Then 200 images move all the weights of the net: train those
    that are trainable when it comes."""

    freeze = _freeze
    replace_head = _replace_head

    def fine_tune(net, train_iter, num_epochs, lr, device):
        _steps(net.requires_grad_(True).eval(), train_iter, num_epochs, lr, device)


class NoStep:
    """The loss is computed, but nothing takes a step: the new head stays as it was drawn."""

    freeze = _freeze
    replace_head = _replace_head

    def fine_tune(net, train_iter, num_epochs, lr, device):
        pass


class OneEpochOnly:
    """fine_tune stops after one epoch, whatever num_epochs says."""

    freeze = _freeze
    replace_head = _replace_head

    def fine_tune(net, train_iter, num_epochs, lr, device):
        _fine_tune(net, train_iter, 1, lr, device)


class LearningRateNotUsed:
    """The learning rate is always the same, whatever lr is given. Hand lr to the optimizer."""

    freeze = _freeze
    replace_head = _replace_head

    def fine_tune(net, train_iter, num_epochs, lr, device):
        _fine_tune(net, train_iter, num_epochs, 0.01, device)


class GradientsPileUp:
    """Gradients pile up: PyTorch adds each batch's gradients to those that are already there. Forget the old ones
    in every batch."""

    freeze = _freeze
    replace_head = _replace_head

    def fine_tune(net, train_iter, num_epochs, lr, device):
        _steps(net.eval(), train_iter, num_epochs, lr, device, forget=False)


class Uphill:
    """Your steps go along the gradient, to where the loss grows, so the net learns to be wrong. Go the other way:
    minus."""

    freeze = _freeze
    replace_head = _replace_head

    def fine_tune(net, train_iter, num_epochs, lr, device):
        def loss(y_hat, y):
            return -nn.functional.cross_entropy(y_hat, y)

        _steps(net.eval(), train_iter, num_epochs, lr, device, loss=loss)
