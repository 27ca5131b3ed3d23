"""Checks of exercise 16: `pool2d(X, pool_size, mode="max", stride=None, padding=(0, 0))`."""

import torch
import torch.nn.functional as F

from grader.compare import assert_close, assert_shape
from grader.plugin import needs, points
from grader.sandbox.probes import call, refusals

OWN_WORK = "pooling"

# The image and the window, (height, width) each. Some windows leave rows or columns over.
SIZES = [((5, 7), (2, 3)), ((8, 5), (3, 2)), ((4, 9), (4, 1)), ((6, 11), (1, 4)), ((9, 7), (2, 2))]
# The image, the window, the stride: windows overlap, or leave gaps between them.
STRIDES = [((7, 9), (3, 2), (1, 3)), ((9, 7), (2, 3), (4, 1)), ((6, 5), (2, 2), (1, 1)), ((8, 8), (3, 3), (2, 3))]
# The image, the window, the stride, the padding.
PADDINGS = [
    ((5, 6), (2, 3), None, (1, 0)),
    ((6, 7), (3, 4), (2, 3), (0, 2)),
    ((7, 4), (5, 2), (1, 2), (2, 1)),
    ((4, 8), (2, 5), (3, 1), (1, 2)),
    ((5, 5), (3, 3), None, (1, 1)),
]


# --8<-- [start:check]
@points(1)
def test_hand_worked_example(submission, rng):
    """The example that was worked by hand gives [[5, 7]], and [[2.75, 2.5]] with "avg".

    Hint: Cut the image in two: columns 0 and 1, then columns 2 and 3. Which value is the largest of each half?

    Hint: A mean is a sum divided by how many there are: (1 + 3 + 5 + 2) / 4 = 2.75.

    Hint: A call without a mode means "max".
    """
    X = torch.tensor([[1.0, 3.0, 2.0, 0.0], [5.0, 2.0, 1.0, 7.0]])
    # An image that is a few times as bright gives a result that is as many times as large.
    times = int(torch.randint(2, 10, (1,), generator=rng))
    largest, mean = torch.tensor([[5.0, 7.0]]), torch.tensor([[2.75, 2.5]])
    assert_close(submission.pool2d(X, (2, 2)), largest, "pool2d(X, (2, 2))")
    assert_close(submission.pool2d(times * X, (2, 2)), times * largest, f"pool2d({times} · X, (2, 2))")
    assert_close(submission.pool2d(X, (2, 2), "avg"), mean, 'pool2d(X, (2, 2), "avg")')
    assert_close(submission.pool2d(times * X, (2, 2), "avg"), times * mean, f'pool2d({times} · X, (2, 2), "avg")')
# --8<-- [end:check]


@points(1)
def test_shape(submission, rng):
    """The result has as many rows and columns as there are whole windows in the image.

    Hint: Windows of 2 rows lie side by side on an image of 5 rows. How many whole ones are there?

    Hint: What is left over at the right and at the bottom makes no window of its own: round down.

    Hint: A 5×7 image and windows of 2×3 give (⌊(5 − 2) / 2⌋ + 1, ⌊(7 − 3) / 3⌋ + 1) = (2, 2).
    """
    for size, window in SIZES:
        expected = F.max_pool2d(torch.zeros(1, *size), window).shape[1:]
        for mode in ("max", "avg"):
            assert_shape(submission.pool2d(draw(size, rng), window, mode), expected, called(size, window, mode))


@points(1)
@needs("test_shape")
def test_largest_values(submission, rng):
    """With "max", random images give what PyTorch's max pooling gives.

    Hint: Try windows of one pixel: the result is the image itself. Is it?

    Hint: Window (i, j) begins at row i · ph and column j · pw, where (ph, pw) is the size of a window.

    Hint: Height comes first in every pair. Does a window of 2×3 reach over 2 rows and 3 columns?
    """
    for size, window in SIZES:
        compare(submission, "max", draw(size, rng), window)


@points(1)
@needs("test_shape")
def test_means(submission, rng):
    """With "avg", random images give what PyTorch's average pooling gives.

    Hint: An image whose pixels are all alike does not change its values. Does yours stay as it is?

    Hint: The windows are the same as with "max". Only the last step differs.

    Hint: Add up the window and divide by ph · pw, the number of its pixels.
    """
    for size, window in SIZES:
        compare(submission, "avg", draw(size, rng), window)


@points(1)
@needs("test_shape")
def test_stride(submission, rng):
    """The windows move by the stride: they may overlap, or leave gaps.

    Hint: Where does the second window begin when it has 3 rows and the stride is 1? And where when the stride is 4?

    Hint: The stride says where windows begin. Their size stays pool_size.

    Hint: Window (i, j) begins at row i · sh and column j · sw. The result has ⌊(h − ph) / sh⌋ + 1 rows.
    """
    for size, window, stride in STRIDES:
        for mode in ("max", "avg"):
            compare(submission, mode, draw(size, rng), window, stride)


@points(1)
@needs("test_means", "test_stride")
def test_padding_counts_in_a_mean(submission, rng):
    """With "avg", the padding is zeros on all four sides, and they count in the mean.

    Hint: Draw a 2×2 image with a border of one pixel. How many zeros are in the window at its corner?

    Hint: padding (1, 0) adds a row above and a row below, and no columns. The image is then 2 rows higher.

    Hint: A window of 2×2 with three zeros and one pixel of 8 has the mean (0 + 0 + 0 + 8) / 4 = 2.
    """
    times = int(torch.randint(2, 10, (1,), generator=rng))
    X, expected = torch.full((2, 2), 8.0 * times), torch.full((2, 2), 2.0 * times)
    value = submission.pool2d(X, (2, 2), "avg", None, (1, 1))
    assert_close(value, expected, f"pool2d(X, (2, 2), 'avg', None, (1, 1)) for X of four pixels of {8 * times}")
    for size, window, stride, padding in PADDINGS:
        compare(submission, "avg", draw(size, rng), window, stride, padding)


@points(2)
@needs("test_largest_values", "test_stride")
def test_padding_never_wins(submission, rng):
    """With "max", the padding never wins, however far below zero an image lies.

    Hint: An image may be negative all over, say after a convolution. What is the largest value of its corner window?

    Hint: Compare a pixel of −8 with the padding around it. Which number loses against every pixel there can be?

    Hint: The number is −∞. Python writes it -float("inf"), and torch.full makes a tensor of it.
    """
    for size, window, stride, padding in PADDINGS:
        for darkness in (1.0, 1e6):
            X = -darkness * (0.5 + torch.rand(size, generator=rng))
            compare(submission, "max", X, window, stride, padding)
    for size, window, stride, padding in PADDINGS:
        compare(submission, "max", draw(size, rng), window, stride, padding)


@points(1)
@needs("test_hand_worked_example")
def test_other_modes_are_refused(submission, rng):
    """Any mode besides "max" and "avg" raises a ValueError.

    Hint: What does your function do with the mode "median"? An answer to another question would help nobody.

    Hint: An else takes everything that is left. Is "avg" the only thing that can arrive there?

    Hint: raise ends a function with an error. Which class of error does the stub name?
    """
    X = draw((4, 6), rng)
    letters = "".join(chr(97 + int(number)) for number in torch.randint(26, (5,), generator=rng))
    for mode in ("median", "average", "", letters):
        refused = submission.run(refusals.refuses, submission.pool2d, X, (2, 2), mode)
        assert refused, f"pool2d(X, (2, 2), {mode!r}) raised no ValueError. There is no such mode."


@points(1)
@needs("test_hand_worked_example")
def test_inputs_are_left_alone(submission, rng):
    """The image is the same after the call as before.

    Hint: Do you write into X, or into something that shares its memory?

    Hint: Make a new tensor for the result, with torch.zeros say, and write only there.

    Hint: X[:2, :2] is a view of X: what you write into it arrives in X too.
    """
    for mode in ("max", "avg"):
        X = draw((6, 7), rng)
        after = submission.run(call.arguments_after, submission.pool2d, X, (2, 3), mode)[0]
        assert_close(after, X, f"X after pool2d(X, (2, 3), {mode!r})")


# Helpers ------------------------------------------------------------------------------------------


def draw(size, rng):
    """A random image with positive and negative pixels."""
    return torch.randn(size, generator=rng)


def compare(submission, mode, X, window, *more):
    """Compare one result with that of PyTorch's operator, which takes the same arguments."""
    operator = {"max": F.max_pool2d, "avg": F.avg_pool2d}[mode]
    value = submission.pool2d(X, window, mode, *more)
    assert_close(value, operator(X[None], window, *more)[0], called(X.shape, window, mode, *more))


def called(size, *arguments):
    """A call as one writes it, and for which image."""
    h, w = size
    return f"pool2d({', '.join(['X', *map(repr, arguments)])}) for X of shape ({h}, {w})"
