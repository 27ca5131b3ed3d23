"""Checks of exercise 15: `corr2d_multi_in`, `corr2d_multi_in_out` and `corr2d_multi_in_out_1x1`."""

import torch
import torch.nn.functional as F

from grader.compare import assert_close
from grader.plugin import needs, points
from grader.sandbox.probes import call

OWN_WORK = "convolution"

# Input channels, output channels; height and width of the image and of the kernel.
SIZES = [(3, 2, (5, 7), (2, 3)), (2, 4, (6, 4), (3, 1)), (4, 1, (4, 9), (1, 4)), (1, 3, (6, 5), (3, 3))]


def by_hand():
    """The image (2, 3, 3) and the kernel (2, 2, 2) of the stub."""
    X = torch.tensor([[[0.0, 1, 2], [3, 4, 5], [6, 7, 8]], [[1, 0, 1], [0, 1, 0], [1, 0, 1]]])
    K = torch.tensor([[[0.0, 1], [2, 3]], [[1, 0], [0, 1]]])
    return X, K


def reference_in(X, K):
    """PyTorch's own operator with one output channel."""
    return F.conv2d(X[None], K[None])[0, 0]


def reference_in_out(X, K):
    """PyTorch's own operator on one image."""
    return F.conv2d(X[None], K)[0]


def draw_times(rng):
    """A random whole number from 2 to 9."""
    return int(torch.randint(2, 10, (1,), generator=rng))


def describe(name, X, K):
    """How a call is named in messages."""
    image, kernel = ("×".join(map(str, tensor.shape)) for tensor in (X, K))
    return f"{name} of a {image} image and a {kernel} kernel"


# Several channels in ------------------------------------------------------------------------------


def draw_in(rng):
    """Random images (c, h, w), each with a kernel (c, kh, kw)."""
    for ci, _, image, kernel in SIZES:
        yield torch.randn(ci, *image, generator=rng), torch.randn(ci, *kernel, generator=rng)


@points(1)
def test_in_by_hand(submission, rng):
    """corr2d_multi_in: the two channels that were worked by hand give 21, 25, 37, 45.

    Hint: X[0] is the first channel of the image, K[0] is the kernel for it. What does corr2d say of these two?

    Hint: The first channel gives [[19, 25], [37, 43]], the second [[2, 0], [0, 2]]. Two channels, one result.

    Hint: Add the two results place by place, 19 + 2 first. The shape stays (2, 2).
    """
    X, K = by_hand()
    expected = torch.tensor([[21, 25], [37, 45]])
    assert_close(submission.corr2d_multi_in(X, K), expected, "corr2d_multi_in(X, K)")
    # A kernel that is a few times as strong gives a result that is as many times as large.
    times = draw_times(rng)
    assert_close(submission.corr2d_multi_in(X, times * K), times * expected, f"corr2d_multi_in(X, {times} · K)")


@points(1)
@needs("test_in_by_hand")
def test_in_random(submission, rng):
    """corr2d_multi_in: any number of channels gives what PyTorch's own operator gives.

    Hint: The result has as many rows and columns as that of a single channel, for one channel and for four.

    Hint: Every channel counts, and counts once. Try an image where all channels but one are zeros.

    Hint: The results are added up and divided by nothing.
    """
    for X, K in draw_in(rng):
        assert_close(submission.corr2d_multi_in(X, K), reference_in(X, K), describe("corr2d_multi_in", X, K))


@points(1)
@needs("test_in_random")
def test_in_gradients(submission, rng):
    """corr2d_multi_in: gradients flow back to the image and to the kernel.

    Hint: The given corr2d keeps the history of its values. What do you do with them afterwards?

    Hint: torch.tensor(…), .item(), .numpy(), .detach() and .data give the numbers without their history.

    Hint: Add up the tensors that corr2d returns, as they are.
    """
    for X, K in list(draw_in(rng))[:2]:
        compare_gradients(submission, rng, submission.corr2d_multi_in, reference_in, X, K)


# Several channels in and out ----------------------------------------------------------------------


def draw_in_out(rng):
    """Random images (ci, h, w), each with kernels (co, ci, kh, kw)."""
    for ci, co, image, kernel in [*SIZES, (2, 2, (4, 4), (2, 2))]:
        yield torch.randn(ci, *image, generator=rng), torch.randn(co, ci, *kernel, generator=rng)


@points(1)
def test_in_out_by_hand(submission, rng):
    """corr2d_multi_in_out: two kernels give two channels, as worked by hand.

    Hint: K[0] is a kernel for both channels of the image. It alone gives [[21, 25], [37, 45]].

    Hint: K[1] has a single 1: it picks the top-left pixel of each window of X[0]. This is the second channel.

    Hint: The two results lie one behind the other, and the shape is (2, 2, 2): output channel, row, column.
    """
    X, K = by_hand()
    corner = torch.tensor([[[1.0, 0], [0, 0]], [[0, 0], [0, 0]]])
    expected = torch.tensor([[[21, 25], [37, 45]], [[0, 1], [3, 4]]])
    value = submission.corr2d_multi_in_out(X, torch.stack([K, corner]))
    assert_close(value, expected, "corr2d_multi_in_out(X, K)")
    times = draw_times(rng)
    value = submission.corr2d_multi_in_out(times * X, torch.stack([K, corner]))
    assert_close(value, times * expected, f"corr2d_multi_in_out({times} · X, K)")


@points(2)
@needs("test_in_out_by_hand")
def test_in_out_random(submission, rng):
    """corr2d_multi_in_out: any numbers of channels give what PyTorch's own operator gives.

    Hint: The first size of K counts the output channels, the second the input channels. Which one do you go along?

    Hint: The output channels come first in the shape of the result, also when there is only one: (1, oh, ow).

    Hint: K[o] has the shape (ci, kh, kw), just what corr2d_multi_in takes.
    """
    for X, K in draw_in_out(rng):
        what = describe("corr2d_multi_in_out", X, K)
        assert_close(submission.corr2d_multi_in_out(X, K), reference_in_out(X, K), what)


@points(1)
@needs("test_in_out_random")
def test_in_out_gradients(submission, rng):
    """corr2d_multi_in_out: gradients flow back to the image and to every kernel.

    Hint: How do several channels become one tensor? Some ways to do it copy only the numbers.

    Hint: torch.tensor([...]) makes a new beginning: whatever you put in is copied without its history.

    Hint: PyTorch has an operation that puts tensors of one shape one behind the other. It keeps the history.
    """
    for X, K in list(draw_in_out(rng))[:2]:
        compare_gradients(submission, rng, submission.corr2d_multi_in_out, reference_in_out, X, K)


# 1×1 kernels --------------------------------------------------------------------------------------


def draw_1x1(rng):
    """Random images (ci, h, w), each with 1×1 kernels (co, ci, 1, 1)."""
    for ci, co, image, _ in [*SIZES, (3, 3, (3, 4), None)]:
        yield torch.randn(ci, *image, generator=rng), torch.randn(co, ci, 1, 1, generator=rng)


@points(1)
def test_1x1_by_hand(submission, rng):
    """corr2d_multi_in_out_1x1: two channels become three, as worked by hand.

    Hint: Look at one pixel only. Its two channels are multiplied by two weights and added up: one new number.

    Hint: There are three pairs of weights, so each pixel gets three new numbers, one in each channel of the result.

    Hint: The first pixel has the channels 1 and 10. With the weights 1 and 1 it becomes 1·1 + 1·10 = 11.
    """
    X = torch.tensor([[[1.0, 2, 3], [4, 5, 6]], [[10, 20, 30], [40, 50, 60]]])
    K = torch.tensor([[1.0, 1], [2, 0], [0, -1]]).reshape(3, 2, 1, 1)
    expected = torch.tensor(
        [[[11, 22, 33], [44, 55, 66]], [[2, 4, 6], [8, 10, 12]], [[-10, -20, -30], [-40, -50, -60]]]
    )
    assert_close(submission.corr2d_multi_in_out_1x1(X, K), expected, "corr2d_multi_in_out_1x1(X, K)")
    times = draw_times(rng)
    value = submission.corr2d_multi_in_out_1x1(X, times * K)
    assert_close(value, times * expected, f"corr2d_multi_in_out_1x1(X, {times} · K)")


@points(1)
def test_1x1_picks_channels(submission, rng):
    """corr2d_multi_in_out_1x1: a kernel with a single 1 gives back a channel of the image.

    Hint: If K[0] has its 1 at channel 2, the first channel of the result is X[2], with all pixels in their places.

    Hint: reshape keeps the numbers in their order and only counts them otherwise. It does not exchange dimensions.

    Hint: For a matrix product, one row for each channel of X and one column for each pixel is all that is needed.
    """
    for channels in ([2, 0, 1], [3, 1, 3, 0, 2], [1]):
        X = torch.randn(4, 3, 5, generator=rng)
        K = F.one_hot(torch.tensor(channels), 4).float().reshape(len(channels), 4, 1, 1)
        what = f"corr2d_multi_in_out_1x1 with kernels that pick the channels {channels}"
        assert_close(submission.corr2d_multi_in_out_1x1(X, K), X[channels], what)


@points(1)
@needs("test_1x1_by_hand", "test_1x1_picks_channels")
def test_1x1_random(submission, rng):
    """corr2d_multi_in_out_1x1: any numbers of channels give what PyTorch's own operator gives.

    Hint: Which size of K counts the output channels? Try one channel in, and one channel out.

    Hint: The result has the height and the width of the image, in this order.

    Hint: A size of 1 may be the number of channels, too: squeeze() without a dimension takes it away as well.
    """
    for X, K in draw_1x1(rng):
        what = describe("corr2d_multi_in_out_1x1", X, K)
        assert_close(submission.corr2d_multi_in_out_1x1(X, K), reference_in_out(X, K), what)


@points(1)
@needs("test_1x1_random")
def test_1x1_gradients(submission, rng):
    """corr2d_multi_in_out_1x1: gradients flow back to the image and to every kernel.

    Hint: Are X and K in the product themselves, or only their numbers?

    Hint: .numpy(), .tolist(), .detach(), .data and torch.no_grad() cut the history off.

    Hint: The operator @ and reshape keep it, for both.
    """
    for X, K in list(draw_1x1(rng))[:2]:
        compare_gradients(submission, rng, submission.corr2d_multi_in_out_1x1, reference_in_out, X, K)


# All three ----------------------------------------------------------------------------------------


@points(1)
@needs("test_in_by_hand", "test_in_out_by_hand", "test_1x1_by_hand")
def test_inputs_are_left_alone(submission, rng):
    """X and K are the same after each call as before it.

    Hint: Do you write into X or K, or into something that shares their memory?

    Hint: A channel X[0] is a view of X, and so is most of what reshape gives: what is written there, X has.

    Hint: Begin a sum with something new. += on a tensor that came in, or an operation with an underscore, changes it.
    """
    functions = [
        (submission.corr2d_multi_in, draw_in),
        (submission.corr2d_multi_in_out, draw_in_out),
        (submission.corr2d_multi_in_out_1x1, draw_1x1),
    ]
    for function, draw in functions:
        X, K = next(draw(rng))
        X_after, K_after, *_ = submission.run(call.arguments_after, function, X, K)
        assert_close(X_after, X, f"X after {function.name}(X, K)")
        assert_close(K_after, K, f"K after {function.name}(X, K)")


def compare_gradients(submission, rng, function, reference, X, K):
    """Compare the gradients of Σ cotangent · function(X, K) with those of PyTorch's operator."""
    cotangent = torch.randn(reference(X, K).shape, generator=rng)
    reply = submission.run(call.vjp, function, cotangent, X, K)
    leaves = [X.requires_grad_(), K.requires_grad_()]
    expected = torch.autograd.grad((cotangent * reference(*leaves)).sum(), leaves)
    for name, gradient, target in zip("XK", reply["gradients"], expected, strict=True):
        what = f"the gradient of {name} through {function.name}"
        assert gradient is not None, f"{what} does not exist: the result has no connection to it."
        assert_close(gradient, target, what)
