"""Checks of exercise 18: `im2col(X, kernel_size, …)` and `conv2d(X, weight, …)` by a matrix product."""

from contextlib import suppress

import torch
import torch.nn.functional as F

from grader.compare import assert_close, assert_shape
from grader.plugin import needs, points
from grader.sandbox.client import Raised, SandboxError
from grader.sandbox.probes import call, speed

OWN_WORK = "convolution and im2col"

# Images (n, c, h, w) and the kernel (kh, kw). In the last case there is only one window.
SIZES = [
    ((1, 1, 4, 6), (2, 3)),
    ((2, 3, 5, 4), (3, 2)),
    ((3, 2, 6, 7), (1, 4)),
    ((2, 4, 7, 5), (4, 1)),
    ((2, 2, 4, 5), (4, 5)),
]
# The same with padding.
PADDINGS = [((1, 1, 4, 5), (2, 3), (1, 0)), ((2, 3, 3, 4), (3, 2), (0, 2)), ((2, 2, 5, 4), (3, 3), (2, 1))]
# The same with a stride: windows overlap, leave gaps, and leave pixels over at the end.
STRIDES = [((1, 1, 6, 7), (3, 2), (2, 1)), ((2, 3, 5, 8), (2, 3), (1, 3)), ((2, 2, 9, 6), (2, 1), (3, 2))]
# Images, the shape of the weight, padding, stride.
LAYERS = [
    ((2, 3, 6, 5), (4, 3, 3, 2), (0, 0), (1, 1)),
    ((3, 2, 5, 7), (3, 2, 2, 3), (1, 2), (1, 1)),
    ((2, 4, 7, 8), (5, 4, 3, 3), (0, 1), (2, 3)),
    ((1, 3, 8, 6), (2, 3, 1, 4), (2, 0), (3, 1)),
]


@points(1)
def test_columns_by_hand(submission, rng):
    """The example that was worked by hand: two windows of 2×2 become two columns of four.

    Hint: Lay the window on the left of the image. Read what lies in it like a text: 0, 1, then 3, 4.

    Hint: That is the first column, from top to bottom. Move the window one pixel to the right for the second.

    Hint: One image, one channel, windows of 2×2, two places: the shape is (1, 1 · 2 · 2, 2) = (1, 4, 2).
    """
    X = torch.tensor([[[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]]])
    expected = torch.tensor([[[0.0, 1.0], [1.0, 2.0], [3.0, 4.0], [4.0, 5.0]]])
    times = int(torch.randint(2, 10, (1,), generator=rng))
    for brightness, name in ((1, "X"), (times, f"{times} · X")):
        value = submission.im2col(brightness * X, (2, 2))
        what = f"im2col({name}, (2, 2))"
        assert_shape(value, expected.shape, what)
        assert_close(value[0], brightness * expected[0], f"the matrix of {what}")


@points(1)
def test_shape(submission, rng):
    """There are c · kh · kw rows, and a column for each window.

    Hint: How many numbers lie in one window, over all channels? So many rows there are.

    Hint: In how many places does the kernel fit, from top to bottom and from left to right? Multiply the two.

    Hint: Images (2, 3, 5, 4) and a kernel of 3×2 give (2, 3 · 3 · 2, (5 − 3 + 1) · (4 − 2 + 1)) = (2, 18, 9).
    """
    for size, kernel in SIZES:
        X = torch.randn(size, generator=rng)
        expected = F.unfold(X, kernel).shape
        assert_shape(submission.im2col(X, kernel), expected, f"im2col(X, {kernel}) for X of shape {size}")


@points(1)
@needs("test_shape")
def test_order(submission, rng):
    """Every number stands where it stands in PyTorch's unfold, for several images and channels.

    Hint: Windows go along the columns row by row, like letters on a page: at first only j moves.

    Hint: In a column, channel 0 comes first, row by row, then channel 1. Check it with an image whose pixels count up.

    Hint: reshape keeps the order of the numbers. With axes (n, c, oh, ow, kh, kw), which must change places before it?
    """
    for size, kernel in SIZES:
        compare_columns(submission, rng, size, kernel)


@points(1)
@needs("test_order")
def test_padding(submission, rng):
    """The padding (a, b) adds zeros: a rows above and below, b columns left and right.

    Hint: Pad first. The rest is im2col of a larger image, without padding.

    Hint: With padding (1, 0) an image of 4 rows has 6, and as many columns as before.

    Hint: F.pad begins with the last axis: its numbers mean left, right, above, below.
    """
    for size, kernel, padding in PADDINGS:
        compare_columns(submission, rng, size, kernel, padding)


@points(1)
@needs("test_order")
def test_stride(submission, rng):
    """The windows move by the stride (sh, sw): sh rows down, sw columns to the right.

    Hint: With stride (2, 1), which row does the second row of windows begin at? And its second column of windows?

    Hint: A window whose last row or column would lie outside does not count: round down.

    Hint: Window (i, j) begins at row i · sh and column j · sw; i runs to ⌊(h − kh) / sh⌋, that one included.
    """
    for size, kernel, stride in STRIDES:
        compare_columns(submission, rng, size, kernel, (0, 0), stride)


@points(1)
def test_convolution_by_hand(submission, rng):
    """The example that was worked by hand gives 4 and 6 in one channel, 19 and 25 in the other.

    Hint: Each kernel becomes a row: [1, 0, 0, 1] and [0, 1, 2, 3].

    Hint: A row times a column is one value of the result: 0·0 + 1·1 + 2·3 + 3·4 = 19.

    Hint: The product has a row for each kernel. At the end, each row becomes an image of oh rows and ow columns.
    """
    X, weight, _ = worked_example()
    times = int(torch.randint(2, 10, (1,), generator=rng))
    for brightness, name in ((1, "X"), (times, f"{times} · X")):
        expected = brightness * torch.tensor([[[[4.0, 6.0]], [[19.0, 25.0]]]])
        assert_close(submission.conv2d(brightness * X, weight), expected, f"conv2d({name}, weight)")


@points(2)
@needs("test_convolution_by_hand")
def test_convolution(submission, rng):
    """Random images and kernels give what PyTorch's convolution gives, with padding and stride.

    Hint: Begin with one image and one channel. Then two channels: a value is the sum over both.

    Hint: In which order do a kernel's weights become a row? In the order in which a window becomes a column.

    Hint: The result has ⌊(h + 2a − kh) / sh⌋ + 1 rows and ⌊(w + 2b − kw) / sw⌋ + 1 columns, for padding (a, b).
    """
    for size, shape, padding, stride in LAYERS:
        compare_results(submission, rng, size, shape, padding, stride)
    tell_the_speed(submission, rng)


@points(1)
@needs("test_convolution")
def test_bias(submission, rng):
    """Every output channel is shifted by its own bias.

    Hint: There is one number for each kernel. To which values of the result is it added?

    Hint: Before the last step there is a row for each kernel: bias[0] belongs to all of the first row.

    Hint: Adding lines shapes up from the right: a bias of shape (co,) is laid along the columns. Give it a second axis.
    """
    X, weight, bias = worked_example()
    expected = torch.tensor([[[[14.0, 16.0]], [[39.0, 45.0]]]])
    assert_close(submission.conv2d(X, weight, bias), expected, "conv2d(X, weight, bias) of the example")
    for size, shape, padding, stride in LAYERS:
        bias = torch.randn(shape[0], generator=rng)
        compare_results(submission, rng, size, shape, padding, stride, bias)


@points(1)
@needs("test_padding", "test_stride", "test_convolution")
def test_an_int_stands_for_a_pair(submission, rng):
    """Kernel size, padding and stride may each be an int, which stands for both directions.

    Hint: isinstance(size, int) tells you what you were given.

    Hint: Turn all three into pairs at the beginning. From then on there is only one case.

    Hint: 2 means (2, 2). One of the three may be an int while another is a pair; in conv2d too.
    """
    size = (2, 3, 6, 7)
    for arguments in ((2,), ((2, 3), 1), ((3, 2), (0, 1), 2), (3, 2, 3)):
        compare_columns(submission, rng, size, *arguments)
    for padding, stride in ((1, (2, 1)), ((0, 1), 2), (2, 3)):
        compare_results(submission, rng, size, (4, 3, 3, 2), padding, stride)


@points(1)
@needs("test_padding", "test_stride")
def test_gradient_of_the_columns(submission, rng):
    """The gradient flows back through im2col: a pixel collects from every window it lies in.

    Hint: Gradients are lost where a value leaves PyTorch: .item(), .tolist(), .detach(), .numpy().

    Hint: torch.tensor([...]) makes a new beginning: whatever you put in is copied without its history.

    Hint: Slices, indices, reshape and torch.stack keep the history. So does writing them into torch.zeros(...).
    """
    size, kernel, padding, stride = (2, 2, 5, 6), (3, 2), (1, 0), (2, 1)
    X = torch.randn(size, generator=rng)

    def reference(X):
        return F.unfold(X, kernel, 1, padding, stride)

    arguments = (X, kernel, padding, stride)
    compare_gradients(submission, rng, submission.im2col, arguments, reference, {"X": X})


@points(1)
@needs("test_bias")
def test_gradients_of_the_convolution(submission, rng):
    """The gradient flows back through conv2d, to images, weight and bias.

    Hint: Which of the three do you use as it came, and which as a copy or as plain numbers?

    Hint: .data, .detach() and torch.no_grad() switch the history off.

    Hint: The matrix product must see the tensor weight itself, reshaped at most, and the sum the tensor bias.
    """
    size, shape, padding, stride = LAYERS[1]
    X, weight, bias = (torch.randn(form, generator=rng) for form in (size, shape, shape[:1]))

    def reference(X, weight, bias):
        return F.conv2d(X, weight, bias, stride, padding)

    arguments, leaves = (X, weight, bias, padding, stride), {"X": X, "weight": weight, "bias": bias}
    compare_gradients(submission, rng, submission.conv2d, arguments, reference, leaves)


@points(1)
@needs("test_columns_by_hand", "test_bias")
def test_inputs_are_left_alone(submission, rng):
    """Images, weight and bias are the same after the calls as before.

    Hint: Do you write into one of them, or into something that shares its memory?

    Hint: Slices, X.unfold and often reshape are views: what you write into them arrives in X too.

    Hint: An operation that ends in an underscore, or +=, changes its tensor. Make a new one instead.
    """
    X, weight, bias = (torch.randn(form, generator=rng) for form in ((2, 3, 5, 6), (4, 3, 3, 2), (4,)))
    after = submission.run(call.arguments_after, submission.im2col, X, (3, 2))[0]
    assert_close(after, X, "X after im2col(X, (3, 2))")
    after = submission.run(call.arguments_after, submission.conv2d, X, weight, bias)
    for name, one, before in zip(("X", "weight", "bias"), after, (X, weight, bias), strict=True):
        assert_close(one, before, f"{name} after conv2d(X, weight, bias)")


# Helpers ------------------------------------------------------------------------------------------


def worked_example():
    """The image, the two kernels and the bias of the example that was worked by hand."""
    X = torch.tensor([[[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]]])
    weight = torch.tensor([[[[1.0, 0.0], [0.0, 1.0]]], [[[0.0, 1.0], [2.0, 3.0]]]])
    return X, weight, torch.tensor([10.0, 20.0])


def compare_columns(submission, rng, size, kernel, *more):
    """Compare im2col(X, kernel, padding, stride) of random images with PyTorch's unfold."""
    X = torch.randn(size, generator=rng)
    padding, stride = (*more, *(0, 1)[len(more) :])
    expected = F.unfold(X, kernel, 1, padding, stride)
    called = f"im2col({', '.join(map(str, ('X', kernel, *more)))}) for X of shape {size}"
    assert_close(submission.im2col(X, kernel, *more), expected, called)


def compare_results(submission, rng, size, shape, padding, stride, bias=None):
    """Compare conv2d(X, weight, bias, padding, stride) of random images with PyTorch's operator."""
    X, weight = torch.randn(size, generator=rng), torch.randn(shape, generator=rng)
    expected = F.conv2d(X, weight, bias, stride, padding)
    name = "None" if bias is None else "bias"
    called = f"conv2d(X, weight, {name}, {padding}, {stride}) for X of shape {size} and weight of shape {shape}"
    assert_close(submission.conv2d(X, weight, bias, padding, stride), expected, called)


def compare_gradients(submission, rng, function, arguments, reference, leaves):
    """Compare the gradients of Σ cotangent · function(*arguments) with those of PyTorch's operator."""
    tensors = list(leaves.values())
    cotangent = torch.randn(reference(*tensors).shape, generator=rng)
    reply = submission.run(call.vjp, function, cotangent, *arguments)
    for tensor in tensors:
        tensor.requires_grad_()
    expected = torch.autograd.grad((cotangent * reference(*tensors)).sum(), tensors)
    assert_close(reply["value"], reference(*tensors).detach(), f"{function.name} with gradients")
    assert len(reply["gradients"]) == len(tensors), f"{function.name} gave no gradients that can be read."
    for name, gradient, target in zip(leaves, reply["gradients"], expected, strict=True):
        assert gradient is not None, f"the gradient of {name} does not exist: {function.name} has no connection to it."
        assert_close(gradient, target, f"the gradient of {name}")


def tell_the_speed(submission, rng):
    """Tell how much faster than the loop it is. Worth no points: what else the computer does is not the learner's."""
    X, weight = torch.randn(1, 1, 28, 28, generator=rng), torch.randn(6, 1, 5, 5, generator=rng)
    with suppress(Raised, SandboxError):
        seconds = submission.run(speed.beside_the_loop, submission.conv2d, X, weight)
        yours, loop = 1000 * seconds["_yours"], 1000 * seconds["_loop"]
        told = f"{loop:.0f} milliseconds in a loop over kernels and places, {yours:.2f} in your conv2d"
        if 0 < 2 * yours < loop < 1e6:
            times = float(f"{loop / yours:.2g}")
            submission.note(f"Six kernels of 5×5 on an image of 28×28: {told}. That is {times:,.0f} times as fast.")
        elif 0 < loop <= 2 * yours < 1e6:
            submission.note(f"Six kernels of 5×5 on an image of 28×28: {told}. Does yours loop over places, too?")
