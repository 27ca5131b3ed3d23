"""Checks of exercise 14: `corr2d_pad_stride(X, K, padding, stride)`."""

import torch
import torch.nn.functional as F

from grader.compare import assert_close, assert_shape
from grader.plugin import needs, points
from grader.sandbox.probes import call

OWN_WORK = "convolution"

# Height and width of image and kernel, padding, stride. In both directions there are divisions with
# and without a remainder; one kernel is higher than its image, one stride is longer than its kernel.
SIZES = [
    ((5, 8), (3, 2), (1, 0), (2, 1)),
    ((7, 6), (2, 3), (0, 2), (1, 3)),
    ((9, 4), (4, 1), (2, 1), (3, 2)),
    ((2, 9), (3, 3), (1, 1), (1, 2)),
    ((8, 8), (3, 3), (1, 1), (2, 2)),
    ((6, 11), (1, 5), (0, 0), (4, 3)),
]


def reference(X, K, padding=(0, 0), stride=(1, 1)):
    """PyTorch's own operator on one image and one channel."""
    return F.conv2d(X[None, None], K[None, None], padding=padding, stride=stride)[0, 0]


def draw(image, kernel, rng):
    """A random image and a random kernel of these shapes."""
    return torch.randn(image, generator=rng), torch.randn(kernel, generator=rng)


def digits(h, w, rng):
    """An image of random digits from 1 to 9: results are easy to read, and a zero is never a pixel."""
    return torch.randint(1, 10, (h, w), generator=rng).float()


def describe(image, kernel, *rest):
    """How a call is named in messages."""
    names = ", ".join(f"{name} {pair}" for name, pair in zip(("padding", "stride"), rest, strict=False))
    sizes = f"a {image[0]}×{image[1]} image and a {kernel[0]}×{kernel[1]} kernel"
    return f"corr2d_pad_stride of {sizes}{' with ' if names else ''}{names}"


@points(1)
def test_hand_worked_example(submission, rng):
    """The example that was worked by hand gives 3, 8, 37, 43.

    Hint: Draw the padded image: five rows of three numbers. The first and the last row are zeros.

    Hint: The corner of the kernel starts at row 0 and goes to row 2. The columns move one at a time.

    Hint: The first window is [[0, 0], [0, 1]]: 1·3 = 3. The one beside it is [[0, 0], [1, 2]]: 1·2 + 2·3 = 8.
    """
    X = torch.tensor([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0], [6.0, 7.0, 8.0]])
    K = torch.tensor([[0.0, 1.0], [2.0, 3.0]])
    expected = torch.tensor([[3, 8], [37, 43]])
    value = submission.corr2d_pad_stride(X, K, (1, 0), (2, 1))
    assert_close(value, expected, "corr2d_pad_stride(X, K, (1, 0), (2, 1))")
    # An image that is a few times as bright gives a result that is as many times as large.
    times = int(torch.randint(2, 10, (1,), generator=rng))
    value = submission.corr2d_pad_stride(times * X, K, (1, 0), (2, 1))
    assert_close(value, times * expected, f"corr2d_pad_stride({times} · X, K, (1, 0), (2, 1))")


@points(1)
def test_without_padding_and_stride(submission, rng):
    """Where neither padding nor stride is given, it is the plain cross-correlation.

    Hint: Call your function with X and K alone. How many rows has the padded image then, and how many has X?

    Hint: Without padding nothing is put around the image; without a stride the kernel moves one pixel at a time.

    Hint: Look at the first line of the function: padding is (0, 0) there and stride (1, 1). Have you changed it?
    """
    for image, kernel, *_ in SIZES[:3]:
        X, K = draw(image, kernel, rng)
        assert_close(submission.corr2d_pad_stride(X, K), reference(X, K), describe(image, kernel))


@points(1)
def test_zeros_on_all_four_sides(submission, rng):
    """Padding puts ph rows of zeros above and below, pw columns of zeros left and right.

    Hint: The kernel [[1]] changes nothing: the result is the padded image itself. Print it.

    Hint: The first number of padding is for rows, above and below; the second is for columns, left and right.

    Hint: An image of 3×4 with padding (2, 1) becomes 7×6, with the image in rows 2 to 4 and columns 1 to 4.
    """
    for padding in [(2, 1), (0, 2), (1, 0)]:
        X = digits(3, 4, rng)
        expected = torch.zeros(3 + 2 * padding[0], 4 + 2 * padding[1])
        expected[padding[0] : padding[0] + 3, padding[1] : padding[1] + 4] = X
        value = submission.corr2d_pad_stride(X, torch.ones(1, 1), padding)
        assert_close(value, expected, f"corr2d_pad_stride of a 3×4 image and the kernel [[1]] with padding {padding}")
    for image, kernel, padding, _ in SIZES[:5]:
        X, K = draw(image, kernel, rng)
        value = submission.corr2d_pad_stride(X, K, padding)
        assert_close(value, reference(X, K, padding), describe(image, kernel, padding))


@points(1)
def test_steps_of_the_stride(submission, rng):
    """With stride (sh, sw) the kernel moves sh rows down and sw columns to the right at a time.

    Hint: The kernel [[1]] with stride (2, 3) picks rows 0, 2, 4, … and columns 0, 3, 6, … of the image.

    Hint: i counts the rows of the result. In which row of the image does the window of row i begin?

    Hint: For i = 2 and sh = 2 the window begins in row 4, for j = 1 and sw = 3 in column 3.
    """
    for stride in [(2, 3), (3, 1), (1, 2)]:
        X = digits(7, 8, rng)
        value = submission.corr2d_pad_stride(X, torch.ones(1, 1), (0, 0), stride)
        what = f"corr2d_pad_stride of a 7×8 image and the kernel [[1]] with padding (0, 0), stride {stride}"
        assert_close(value, X[:: stride[0], :: stride[1]], what)


@points(1)
def test_shape(submission, rng):
    """The result has ⌊(n + 2p − k) / s⌋ + 1 rows and columns, each by its own numbers.

    Hint: Count on paper: 8 pixels in a row, a kernel of 3, steps of 2. The windows begin at 0, 2 and 4. And at 6?

    Hint: First divide and round down, then add 1. Python's // rounds down.

    Hint: 8 rows, kernel 3, padding 1, stride 2: 8 + 2 − 3 = 7, half of it rounded down is 3, so there are 4 rows.
    """
    for image, kernel, padding, stride in [*SIZES, ((4, 3), (2, 3), (0, 1), (5, 4))]:
        X, K = draw(image, kernel, rng)
        value = submission.corr2d_pad_stride(X, K, padding, stride)
        assert_shape(value, reference(X, K, padding, stride).shape, describe(image, kernel, padding, stride))


@points(2)
@needs("test_shape")
def test_random_images(submission, rng):
    """Random images and kernels with padding and stride give what PyTorch's own operator gives.

    Hint: Which comes first? The image is padded, then the kernel takes its steps on the padded image.

    Hint: The first window begins in the corner of the padded image, so it lies on zeros and not on the image.

    Hint: Rows and columns have each their own padding and stride. The kernel is laid on as it is, not turned around.
    """
    for image, kernel, padding, stride in SIZES:
        X, K = draw(image, kernel, rng)
        value = submission.corr2d_pad_stride(X, K, padding, stride)
        assert_close(value, reference(X, K, padding, stride), describe(image, kernel, padding, stride))


@points(1)
@needs("test_hand_worked_example")
def test_inputs_are_left_alone(submission, rng):
    """X and K are the same after the call as before it.

    Hint: Do you write into X or K, or into something that shares their memory?

    Hint: The padded image is a new tensor. Is it one when the padding is (0, 0), too?

    Hint: A slice is a view: an operation that ends in an underscore, or *=, changes what it was cut from.
    """
    for padding, stride in [((0, 0), (1, 2)), ((1, 2), (2, 1))]:
        X, K = draw((6, 5), (2, 3), rng)
        X_after, K_after, *_ = submission.run(call.arguments_after, submission.corr2d_pad_stride, X, K, padding, stride)
        assert_close(X_after, X, f"X after a call with padding {padding}, stride {stride}")
        assert_close(K_after, K, f"K after a call with padding {padding}, stride {stride}")


@points(1)
@needs("test_random_images")
def test_gradient_reaches_the_image(submission, rng):
    """The gradient flows back to X, through the padding.

    Hint: How does X come into the padded image? Only PyTorch's operations remember where values come from.

    Hint: torch.tensor(...), .numpy(), .tolist(), .detach() and .data give the numbers without their history.

    Hint: Writing X into a piece of torch.zeros(...) keeps the history, and so does PyTorch's own way to pad.
    """
    compare_gradients(submission, rng, position=0, what="the gradient of X")


@points(1)
@needs("test_random_images")
def test_gradient_reaches_the_kernel(submission, rng):
    """The gradient flows back to K: this is how a kernel learns.

    Hint: Does K take part in the computation as a tensor, or only its numbers?

    Hint: .data, .item() and torch.no_grad() switch the history off, for K as well as for X.

    Hint: Multiply with the tensor K itself, in every step.
    """
    compare_gradients(submission, rng, position=1, what="the gradient of K")


def compare_gradients(submission, rng, position, what):
    """Compare one gradient of Σ cotangent · corr2d_pad_stride(X, K, …) with that of PyTorch's operator."""
    for image, kernel, padding, stride in SIZES[:2]:
        X, K = draw(image, kernel, rng)
        cotangent = torch.randn(reference(X, K, padding, stride).shape, generator=rng)
        reply = submission.run(call.vjp, submission.corr2d_pad_stride, cotangent, X, K, padding, stride)
        leaves = [X.requires_grad_(), K.requires_grad_()]
        expected = torch.autograd.grad((cotangent * reference(*leaves, padding, stride)).sum(), leaves)[position]
        gradient = reply["gradients"][position]
        assert gradient is not None, f"{what} does not exist: the result has no connection to it."
        assert_close(gradient, expected, what)
