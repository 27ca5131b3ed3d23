"""Checks of exercise 21: `count_parameters`, `linear_parameters` and `conv_parameters`."""

import torch
from torch import nn

from grader.compare import as_number
from grader.plugin import needs, points
from grader.sandbox.probes import parameters


@points(1)
def test_linear_layer(submission, rng):
    """A linear layer has a weight for each pair of input and output, and a bias for each output.

    Hint: Draw 3 inputs, 2 outputs, and a line from each input to each output. How many lines are there?

    Hint: Each line is a weight. Each output adds one number of its own, the bias.

    Hint: From 3 to 2 there are 3·2 = 6 weights and 2 biases: 8. From 2 to 3 there are 6 and 3.
    """
    sizes = [(3, 2), two_sizes(rng, 2000), two_sizes(rng, 2000)]
    values = [(submission.linear_parameters(a, b), submission.linear_parameters(a, b, True)) for a, b in sizes]
    for (a, b), (by_default, with_bias) in zip(sizes, values, strict=True):
        expected = numbers_in(nn.Linear(a, b, device="meta"))
        assert_count(by_default, expected, f"linear_parameters({a}, {b})")
        assert_count(with_bias, expected, f"linear_parameters({a}, {b}, True)")


@points(1)
@needs("test_linear_layer")
def test_linear_layer_without_bias(submission, rng):
    """A linear layer without a bias has its weights only.

    Hint: Does your function look at `bias`?

    Hint: Without a bias the outputs have no number of their own. What is left of 8, from 3 inputs to 2 outputs?

    Hint: linear_parameters(3, 2, False) is 3·2 = 6.
    """
    for a, b in [(3, 2), two_sizes(rng, 500), two_sizes(rng, 500)]:
        expected = numbers_in(nn.Linear(a, b, bias=False, device="meta"))
        assert_count(submission.linear_parameters(a, b, False), expected, f"linear_parameters({a}, {b}, False)")


@points(2)
def test_convolution(submission, rng):
    """A convolution has a kernel for each pair of channels, and a bias for each output channel.

    Hint: How many numbers has a kernel of 5×5? How many such kernels look at 3 input channels, for one output channel?

    Hint: Height, width, input channels and output channels are multiplied. The size of the image plays no part.

    Hint: From 3 channels to 2 with 5×5 there are 2·3·5·5 = 150 weights and 2 biases: 152.
    """
    assert_count(submission.conv_parameters(3, 2, 5), 152, "conv_parameters(3, 2, 5)")
    for kernel in (1, 3, draw(rng, 4, 11)):
        a, b = two_sizes(rng, 64)
        expected = numbers_in(nn.Conv2d(a, b, kernel, device="meta"))
        call = f"conv_parameters({a}, {b}, {kernel}"
        assert_count(submission.conv_parameters(a, b, kernel), expected, f"{call})")
        assert_count(submission.conv_parameters(a, b, kernel, True), expected, f"{call}, True)")


@points(1)
@needs("test_convolution")
def test_convolution_without_bias(submission, rng):
    """A convolution without a bias has its kernels only.

    Hint: Does your function look at `bias`?

    Hint: The bias is one number for each output channel, however large the kernel is.

    Hint: conv_parameters(3, 2, 5, False) is 152 − 2 = 150.
    """
    for a, b, kernel in [(3, 2, 5), (*two_sizes(rng, 64), draw(rng, 2, 7))]:
        expected = numbers_in(nn.Conv2d(a, b, kernel, bias=False, device="meta"))
        what = f"conv_parameters({a}, {b}, {kernel}, False)"
        assert_count(submission.conv_parameters(a, b, kernel, False), expected, what)


@points(1)
@needs("test_convolution_without_bias")
def test_kernel_that_is_no_square(submission, rng):
    """The kernel's size may be a pair, with a height and a width of its own.

    Hint: A kernel of (3, 5) has 3 rows of 5 numbers. How many are these?

    Hint: You get either one number, which stands for both, or a pair. How can you tell which of the two it is?

    Hint: conv_parameters(1, 1, (3, 5)) is 3·5 + 1 = 16.
    """
    assert_count(submission.conv_parameters(1, 1, (3, 5)), 16, "conv_parameters(1, 1, (3, 5))")
    for bias in (True, False):
        (a, b), (height, width) = two_sizes(rng, 64), two_sizes(rng, 9)
        expected = numbers_in(nn.Conv2d(a, b, (height, width), bias=bias, device="meta"))
        what = f"conv_parameters({a}, {b}, ({height}, {width}), {bias})"
        assert_count(submission.conv_parameters(a, b, (height, width), bias), expected, what)


@points(1)
def test_net_of_three_layers(submission, rng):
    """Two linear layers with ReLU between them: nn.Linear(3, 2), nn.Linear(2, 1) have 8 + 3 = 11.

    Hint: net.parameters() goes through the weights and biases of all layers. Print them: how many, of which shapes?

    Hint: A weight of shape (2, 3) is one tensor, and it holds 6 numbers. The numbers are asked for.

    Hint: The four tensors hold 6, 2, 2 and 1 numbers. A tensor knows its number of elements: look for a method.
    """
    assert_count(count(submission, "layers", (3, 2, 1)), 11, "count_parameters of the net by hand")
    a, b, c = draw(rng, 2, 40), draw(rng, 2, 40), draw(rng, 2, 40)
    what = f"count_parameters of nn.Linear({a}, {b}), nn.ReLU(), nn.Linear({b}, {c})"
    assert_count(count(submission, "layers", (a, b, c)), a * b + b + b * c + c, what)
    assert_count(count(submission, "one layer", (a, b)), a * b + b, f"count_parameters of nn.Linear({a}, {b}) alone")
    assert_count(count(submission, "empty", ()), 0, "count_parameters of a net without layers")


@points(1)
@needs("test_net_of_three_layers")
def test_every_parameter(submission, rng):
    """Every parameter counts once: deep inside, in lists, and those that belong to no layer.

    Hint: A net may hold layers, these may hold layers again, and any of them may hold a bare nn.Parameter.

    Hint: You need not know which kinds of layers there are. The net can give you all parameters, from any depth.

    Hint: net.parameters() already goes down into every layer: ask the whole net, once.
    """
    a, b = two_sizes(rng, 20)
    depth = draw(rng, 2, 4)
    expected = 2 * a * b + b + sum(size * size + size for size in range(a, a + depth))
    assert_count(count(submission, "nested", (a, b, depth)), expected, "count_parameters of layers inside layers")
    a, b, c = draw(rng, 2, 9), draw(rng, 2, 9), draw(rng, 2, 9)
    what = f"count_parameters of a net with parameters of shape (), ({a}, {b}, {c}), ({a},) and ({b},)"
    assert_count(count(submission, "bare", (a, b, c)), 1 + a * b * c + a + b, what)


@points(1)
@needs("test_net_of_three_layers")
def test_shared_parameters(submission, rng):
    """A parameter that two layers share counts once.

    Hint: A layer that stands in two places of a net is one layer: it learns one set of weights.

    Hint: Do you go through the layers and ask each for its own? Then what is shared is asked for twice.

    Hint: net.parameters() gives each parameter once, wherever it is used.
    """
    a, b = two_sizes(rng, 30)
    what = f"count_parameters of nn.Linear({a}, {b}) and a layer of nn.Linear({b}, {b}) that is used twice"
    assert_count(count(submission, "shared layer", (a, b)), a * b + b + b * b + b, what)
    what = f"count_parameters of two layers of nn.Linear({a}, {b}) with one weight for both"
    assert_count(count(submission, "shared weight", (a, b)), a * b + 2 * b, what)


@points(1)
@needs("test_net_of_three_layers")
def test_buffers(submission, rng):
    """Buffers do not count: nobody learns the running statistics of batch norm.

    Hint: What does a net save, and what does it learn? Batch norm saves more than it learns.

    Hint: state_dict() holds parameters and buffers. Only the parameters are asked for.

    Hint: nn.BatchNorm2d(4) has 4 scales and 4 shifts: 8. Its running means and variances are buffers.
    """
    (a, b), kernel = two_sizes(rng, 20), draw(rng, 1, 5)
    what = f"count_parameters of nn.Conv2d({a}, {b}, {kernel}, bias=False), nn.BatchNorm2d({b}), nn.ReLU()"
    assert_count(count(submission, "normalised", (a, b, kernel)), a * b * kernel**2 + 2 * b, what)
    what = f"count_parameters of a net with a parameter of shape ({a},) and a buffer of shape ({a}, {b})"
    assert_count(count(submission, "buffered", (a, b)), a, what)


@points(2)
@needs("test_net_of_three_layers")
def test_frozen_parameters(submission, rng):
    """Frozen parameters count, but not when only the trainable ones are asked for.

    Hint: Without a second argument everything counts, frozen or not. What is the default of trainable_only?

    Hint: Whether training changes a parameter stands in the parameter itself: look at its requires_grad.

    Hint: By hand: 11 numbers, of which 6 are frozen. With True the result is 5, with False it is 11.
    """
    sizes = [(3, 2, 1), (draw(rng, 2, 30), draw(rng, 2, 30), draw(rng, 2, 30))]
    for a, b, c in sizes:
        frozen, rest = a * b, b + b * c + c
        call = f"nn.Linear({a}, {b}), nn.ReLU(), nn.Linear({b}, {c})"
        name = "first weight frozen"
        what = f"count_parameters of {call} with its first weight frozen"
        assert_count(count(submission, name, (a, b, c)), frozen + rest, what)
        assert_count(count(submission, name, (a, b, c), False), frozen + rest, f"{what}, trainable_only=False,")
        assert_count(count(submission, name, (a, b, c), True), rest, f"{what}, trainable_only=True,")
        assert_count(
            count(submission, "layers", (a, b, c), True), frozen + rest, f"count_parameters of {call} with True"
        )
        what = f"count_parameters of {call}, all frozen,"
        assert_count(count(submission, "all frozen", (a, b, c)), frozen + rest, what)
        assert_count(count(submission, "all frozen", (a, b, c), True), 0, f"{what} with trainable_only=True")


# Helpers ------------------------------------------------------------------------------------------


def draw(rng, lowest, highest):
    """A random whole number, both ends included."""
    return int(torch.randint(lowest, highest + 1, (1,), generator=rng))


def two_sizes(rng, highest):
    """Two different random numbers from 2 to `highest`."""
    first, second = draw(rng, 2, highest), draw(rng, 2, highest - 1)
    return first, second + (second >= first)


def numbers_in(layer):
    """How many numbers the parameters of one of PyTorch's own layers hold."""
    return sum(parameter.numel() for parameter in layer.parameters())


def count(submission, name, sizes, *trainable_only):
    """What count_parameters returns for a net of ours."""
    return submission.run(parameters.count, submission.count_parameters, name, sizes, *trainable_only)


def assert_count(value, expected, what):
    """Fail unless the value is the whole number `expected`."""
    number = as_number(value, what)
    assert number == expected, f"{what} is {number:,.10g}, expected {expected:,}."
