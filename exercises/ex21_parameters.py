"""Exercise 21: count the parameters of a net, from the net itself and from its layers' sizes.

Lesson: docs/en/lessons/fully-connected.md
Try it: python -m grader exercises/ex21_parameters.py
"""

from torch import nn


def count_parameters(net: nn.Module, trainable_only: bool = False) -> int:
    """How many numbers the parameters of `net` hold together, however deep they lie in it.

    With trainable_only=True only those that training changes: frozen ones, whose requires_grad is
    False, are left out. A parameter that two layers share is one parameter. Buffers, such as the
    running mean of batch norm, are no parameters.

    By hand: nn.Sequential(nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 1)) has 3·2 + 2 = 8 numbers in
    its first layer, none in the second and 2·1 + 1 = 3 in the third, so 11. With its first weight
    frozen, 11 − 6 = 5 of them can be trained.
    """
    raise NotImplementedError("write count_parameters")


def linear_parameters(in_features: int, out_features: int, bias: bool = True) -> int:
    """How many parameters nn.Linear(in_features, out_features, bias) has, without building it.

    A weight for each pair of an input and an output; with a bias, one more number for each output.

    By hand: from 3 inputs to 2 outputs there are 3·2 = 6 weights and 2 biases, so 8.
    """
    raise NotImplementedError("write linear_parameters")


def conv_parameters(in_channels: int, out_channels: int, kernel_size: int | tuple[int, int], bias: bool = True) -> int:
    """How many parameters nn.Conv2d(in_channels, out_channels, kernel_size, bias=bias) has.

    Each output channel has a kernel for each input channel; with a bias, one more number for each
    output channel. `kernel_size` is a pair (height, width), or one number for both.

    By hand: 3 channels in, 2 out and kernels of 5×5 make 2·3·5·5 = 150 weights and 2 biases, so 152.
    """
    raise NotImplementedError("write conv_parameters")
