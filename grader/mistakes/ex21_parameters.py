"""Mistakes of exercise 21: counting parameters."""

from torch import nn


def _count(net, trainable_only=False):
    """The right number."""
    return sum(one.numel() for one in net.parameters() if one.requires_grad or not trainable_only)


def _linear(in_features, out_features, bias=True):
    """The right number."""
    return out_features * (in_features + bool(bias))


def _conv(in_channels, out_channels, kernel_size, bias=True):
    """The right number."""
    height, width = _pair(kernel_size)
    return out_channels * (in_channels * height * width + bool(bias))


def _pair(size):
    return size if isinstance(size, tuple) else (size, size)


# linear_parameters --------------------------------------------------------------------------------


class LinearWithoutBias:
    """Your count of a linear layer leaves out the biases. Unless bias=False is said, each output has one."""

    count_parameters, conv_parameters = _count, _conv

    def linear_parameters(in_features, out_features, bias=True):
        return in_features * out_features


class LinearAlwaysWithBias:
    """linear_parameters counts the biases also with bias=False. Then there are only weights."""

    count_parameters, conv_parameters = _count, _conv

    def linear_parameters(in_features, out_features, bias=True):
        return in_features * out_features + out_features


class LinearBiasForEachInput:
    """Your linear layer has a bias for each input. It is each output that gets one: it is added to the sum at the
    output."""

    count_parameters, conv_parameters = _count, _conv

    def linear_parameters(in_features, out_features, bias=True):
        return in_features * out_features + (in_features if bias else 0)


class LinearOneBias:
    """Your linear layer has one bias for all outputs together. Each output has its own."""

    count_parameters, conv_parameters = _count, _conv

    def linear_parameters(in_features, out_features, bias=True):
        return in_features * out_features + bool(bias)


class SizesAdded:
    """The numbers of inputs and outputs are added. Each input is connected to each output: these are pairs, and pairs
    are counted by multiplying."""

    count_parameters, conv_parameters = _count, _conv

    def linear_parameters(in_features, out_features, bias=True):
        return in_features + out_features + (out_features if bias else 0)


# conv_parameters ----------------------------------------------------------------------------------


class ConvWithoutBias:
    """Your count of a convolution leaves out the biases. Unless bias=False is said, each output channel has one."""

    count_parameters, linear_parameters = _count, _linear

    def conv_parameters(in_channels, out_channels, kernel_size, bias=True):
        return _conv(in_channels, out_channels, kernel_size, False)


class ConvAlwaysWithBias:
    """conv_parameters counts the biases also with bias=False. Then there are only kernels."""

    count_parameters, linear_parameters = _count, _linear

    def conv_parameters(in_channels, out_channels, kernel_size, bias=True):
        return _conv(in_channels, out_channels, kernel_size)


class OneKernelForAllInputs:
    """Your output channels have one kernel for all input channels. Each has as many kernels as there are input
    channels: it looks at all of them, with different weights."""

    count_parameters, linear_parameters = _count, _linear

    def conv_parameters(in_channels, out_channels, kernel_size, bias=True):
        return _conv(1, out_channels, kernel_size, bias)


class OneOutputChannel:
    """The number of output channels is missing among the weights. Every output channel has kernels of its own."""

    count_parameters, linear_parameters = _count, _linear

    def conv_parameters(in_channels, out_channels, kernel_size, bias=True):
        return _conv(in_channels, 1, kernel_size, False) + (out_channels if bias else 0)


class KernelAsALine:
    """Your kernel of size 5 has 5 numbers. It is a square of 5 rows and 5 columns."""

    count_parameters, linear_parameters = _count, _linear

    def conv_parameters(in_channels, out_channels, kernel_size, bias=True):
        size = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, 1)
        return _conv(in_channels, out_channels, size, bias)


class BiasForEachKernel:
    """Your convolution has a bias for each kernel. The sums over all input channels are added up first, and then one
    bias for each output channel."""

    count_parameters, linear_parameters = _count, _linear

    def conv_parameters(in_channels, out_channels, kernel_size, bias=True):
        height, width = _pair(kernel_size)
        return out_channels * in_channels * (height * width + bool(bias))


class ConvBiasForEachInput:
    """Your convolution has a bias for each input channel. It is each output channel that gets one."""

    count_parameters, linear_parameters = _count, _linear

    def conv_parameters(in_channels, out_channels, kernel_size, bias=True):
        return _conv(in_channels, out_channels, kernel_size, False) + (in_channels if bias else 0)


class FirstSizeTwice:
    """Of a pair you take the first number for both directions. A kernel of (3, 5) has 3 rows and 5 columns: 15."""

    count_parameters, linear_parameters = _count, _linear

    def conv_parameters(in_channels, out_channels, kernel_size, bias=True):
        return _conv(in_channels, out_channels, _pair(kernel_size)[0], bias)


class PairSquared:
    """The kernel's size is squared, and that goes wrong when it is a pair. Find out first which of the two you were
    given, one number or a pair."""

    count_parameters, linear_parameters = _count, _linear

    def conv_parameters(in_channels, out_channels, kernel_size, bias=True):
        return out_channels * (in_channels * kernel_size**2 + bool(bias))


# count_parameters ---------------------------------------------------------------------------------


class TensorsCounted:
    """You count the tensors, each weight and each bias as one. Asked are the numbers in them."""

    linear_parameters, conv_parameters = _linear, _conv

    def count_parameters(net, trainable_only=False):
        return sum(1 for one in net.parameters() if one.requires_grad or not trainable_only)


class RowsCounted:
    """len() of a weight is its number of rows. Asked is how many numbers it holds: rows times columns."""

    linear_parameters, conv_parameters = _linear, _conv

    def count_parameters(net, trainable_only=False):
        return sum(len(one) for one in net.parameters() if one.requires_grad or not trainable_only)


class OnlyWeights:
    """Your count of a net leaves out parameters of one dimension. Biases are parameters too, and so are the scales
    and shifts of batch norm."""

    linear_parameters, conv_parameters = _linear, _conv

    def count_parameters(net, trainable_only=False):
        wanted = [one for one in net.parameters() if one.dim() > 1]
        return sum(one.numel() for one in wanted if one.requires_grad or not trainable_only)


class OnlyKnownLayers:
    """You count layers of certain kinds only, such as nn.Linear and nn.Conv2d. Other kinds have parameters too, and a
    net may hold a bare nn.Parameter: ask the net for all of them."""

    linear_parameters, conv_parameters = _linear, _conv

    def count_parameters(net, trainable_only=False):
        layers = {layer for layer in net.modules() if isinstance(layer, nn.Linear | nn.Conv2d)}
        wanted = {one for layer in layers for one in layer.parameters()}
        return sum(one.numel() for one in wanted if one.requires_grad or not trainable_only)


class LayersCountedAgain:
    """Everything is counted more than once: net.modules() gives the net itself and every layer in it, and the
    parameters() of each goes down again. One of the two is enough."""

    linear_parameters, conv_parameters = _linear, _conv

    def count_parameters(net, trainable_only=False):
        return sum(_count(layer, trainable_only) for layer in net.modules())


class OnlyTheOutermostLayers:
    """Your count does not go deep enough: what lies in a layer of a layer is missing."""

    linear_parameters, conv_parameters = _linear, _conv

    def count_parameters(net, trainable_only=False):
        wanted = {one for layer in [net, *net.children()] for one in layer.parameters(recurse=False)}
        return sum(one.numel() for one in wanted if one.requires_grad or not trainable_only)


class SharedCountedTwice:
    """What two layers share is counted twice. It is one set of numbers, in memory and in training."""

    linear_parameters, conv_parameters = _linear, _conv

    def count_parameters(net, trainable_only=False):
        every = [one for _, one in net.named_parameters(remove_duplicate=False)]
        return sum(one.numel() for one in every if one.requires_grad or not trainable_only)


class BuffersCounted:
    """Your count includes buffers: state_dict() holds all that is saved, also the running statistics of batch norm,
    which are not learned. What two layers share stands there twice, besides."""

    linear_parameters, conv_parameters = _linear, _conv

    def count_parameters(net, trainable_only=False):
        every = net.state_dict(keep_vars=True).values()
        return sum(one.numel() for one in every if one.requires_grad or not trainable_only)


class FrozenNeverCounted:
    """Frozen parameters are left out always. They are to be left out only with trainable_only=True."""

    linear_parameters, conv_parameters = _linear, _conv

    def count_parameters(net, trainable_only=False):
        return _count(net, True)


class FrozenAlwaysCounted:
    """Frozen parameters are counted also with trainable_only=True. Look at the requires_grad of each."""

    linear_parameters, conv_parameters = _linear, _conv

    def count_parameters(net, trainable_only=False):
        return _count(net)


class OnlyFrozenCounted:
    """With trainable_only=True you count the frozen parameters. Those with requires_grad are the trainable ones."""

    linear_parameters, conv_parameters = _linear, _conv

    def count_parameters(net, trainable_only=False):
        return _count(net) - _count(net, True) if trainable_only else _count(net)
