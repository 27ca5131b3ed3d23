"""Checks of exercise 12: `conv_output_size`, `pool_output_size` and `same_padding`, against PyTorch's own layers."""

from itertools import product

import torch
import torch.nn.functional as F

from grader.compare import as_number, type_name
from grader.plugin import needs, points
from grader.sandbox.probes import sizes

NAMES = {
    "conv_output_size": ("n", "kernel", "padding", "stride", "dilation"),
    "pool_output_size": ("n", "kernel", "stride", "padding", "ceil_mode"),
    "same_padding": ("kernel", "dilation"),
}


@points(1)
def test_convolution_by_hand(submission, rng):
    """A convolution has the sizes that the lesson works out by hand.

    Hint: Lay a kernel of 2 on an image of 3 pixels. It fits at 2 places: one where it begins, one after a move.

    Hint: Padding is added on both sides: with padding 1, an image of 3 has 5 pixels.

    Hint: 8 pixels, kernel 3, stride 2: 5 single moves make 2 moves of 2, and there is one place more than moves.
    """
    n = draw(rng, 100, 999)
    expected = {
        (3, 2): 2,
        (28, 3): 26,
        (3, 2, 1): 4,
        (7, 3, 0, 2): 3,
        (8, 3, 0, 2): 3,
        (227, 11, 0, 4): 55,
        (n, 3): n - 2,
    }
    compare_sizes(submission, submission.conv_output_size, expected)


@points(1)
def test_convolution_with_padding_and_stride(submission, rng):
    """With any padding and stride, a convolution has the size that PyTorch's has.

    Hint: Take the first numbers that differ, and draw the places of the kernel on a strip of squared paper.

    Hint: Round down after the division by the stride. What you add after that is not divided.

    Hint: The kernel may be as large as the image with its padding. Then it fits at one place.
    """
    small = product(range(1, 10), range(1, 6), range(3), range(1, 5))
    large = [(draw(rng, 20, 400), draw(rng, 1, 12), draw(rng, 0, 7), draw(rng, 1, 9)) for _ in range(50)]
    short = [(draw(rng, 20, 400), *rest) for rest in ((4,), (5, 3))]
    compare_sizes(submission, submission.conv_output_size, measured(convolution, [*short, *small, *large]))


@points(1)
@needs("test_convolution_with_padding_and_stride")
def test_convolution_with_dilation(submission, rng):
    """With dilation too, a convolution has the size that PyTorch's has.

    Hint: Between the weights of a kernel of 3 there are 2 gaps. How long is each, when the dilation is 2?

    Hint: A kernel of 3 with dilation 2 reads the pixels 0, 2 and 4. How many pixels does it span, the unread ones too?

    Hint: Only kernel − 1 is multiplied by the dilation: 2 · (3 − 1) + 1 = 5, not 2 · 3 = 6.
    """
    n = draw(rng, 100, 999)
    by_hand = {(7, 3, 0, 1, 2): 3, (n, 3, 0, 1, 3): n - 6}
    small = product(range(1, 12), range(1, 5), (0, 2), (1, 2), range(1, 5))
    large = [(draw(rng, 60, 400), *(draw(rng, low, 6) for low in (1, 0, 1, 1))) for _ in range(50)]
    compare_sizes(submission, submission.conv_output_size, by_hand | measured(convolution, [*small, *large]))


@points(1)
def test_pooling_by_hand(submission, rng):
    """A pooling has the sizes worked out by hand; without a stride it moves by its kernel.

    Hint: Without a stride the windows stand side by side. How many windows of 2 are there on 28 pixels?

    Hint: When the stride is None, take the kernel in its place, before you compute.

    Hint: 8 pixels, kernel 3, stride 2: ⌊(8 − 3) / 2⌋ + 1 = 3. The formula is that of the convolution.
    """
    kernel, count = draw(rng, 2, 9), draw(rng, 10, 99)
    expected = {
        (28, 2): 14,
        (8, 3, 2): 3,
        (13, 3, 2): 6,
        (112, 3, 2, 1): 56,
        (28, 2, None): 14,
        (count * kernel, kernel): count,
    }
    compare_sizes(submission, submission.pool_output_size, expected)


@points(1)
def test_pooling_with_padding_and_stride(submission, rng):
    """With any padding and stride, a pooling has the size that PyTorch's has.

    Hint: Take the first numbers that differ, and draw the windows on a strip of squared paper.

    Hint: Padding stands third for a convolution, and fourth for a pooling, after the stride.

    Hint: Padding counts twice, once for each side. The division by the stride is rounded down.
    """
    small = product(range(1, 10), range(1, 6), range(1, 5), range(3))
    side_by_side = product(range(4, 10), (2, 3, 4), (None,), range(3))
    large = [random_pooling(rng, False) for _ in range(50)]
    compare_sizes(submission, submission.pool_output_size, measured(pooling, [*side_by_side, *small, *large]))


@points(2)
@needs("test_pooling_with_padding_and_stride")
def test_ceil_mode(submission, rng):
    """In ceil_mode the size is rounded up, without windows that start behind the image.

    Hint: 8 pixels, kernel 3, stride 2: three windows start at 0, 2 and 4. A fourth starts at 6 and hangs over the end.

    Hint: Where does the last window start? Compare that with the padding on the left and the image together.

    Hint: 6 pixels, kernel 2, stride 3: the third window would start at 2 · 3 = 6. The last pixel is 5, so 2 are left.
    """
    by_hand = {(8, 3, 2, 0, True): 4, (6, 2, 3, 0, True): 2, (2, 3, 2, 0, True): 1}
    small = product(range(1, 11), range(1, 6), range(1, 6), range(3), (True,))
    side_by_side = product(range(4, 10), (2, 3, 4), (None,), range(3), (True,))
    large = [random_pooling(rng, True) for _ in range(50)]
    cases = by_hand | measured(pooling, [*side_by_side, *small, *large])
    compare_sizes(submission, submission.pool_output_size, cases)


@points(1)
def test_same_padding(submission, rng):
    """A convolution of stride 1 with `same_padding` keeps the size of the image.

    Hint: A kernel of 3 eats one pixel on each side, one of 5 eats two. The padding puts them back.

    Hint: With dilation the kernel spans more pixels. What it spans decides, not the number of its weights.

    Hint: A kernel of 2 with dilation 2 reads the pixels 0 and 2. It spans 3 pixels, and padding 1 is right.
    """
    odd = [
        (kernel, dilation) for kernel in range(1, 12) for dilation in range(1, 6) if dilation * (kernel - 1) % 2 == 0
    ]
    large = [(2 * draw(rng, 6, 20) + 1, draw(rng, 1, 6)) for _ in range(10)]
    expected = {(kernel,): keeping(kernel) for kernel in (1, 3, 5, 7, 2 * draw(rng, 6, 20) + 1)}
    expected |= {case: keeping(*case) for case in [*odd, *large]}
    compare_sizes(submission, submission.same_padding, expected)


@points(1)
@needs("test_convolution_by_hand", "test_pooling_by_hand")
def test_sizes_are_whole_numbers(submission, rng):
    """Sizes come back as whole numbers, of type int: 14, not 14.0.

    Hint: Try torch.zeros(14.0). PyTorch wants an int.

    Hint: In Python 28 / 2 is 14.0, a float, even where nothing remains. 28 // 2 is 14.

    Hint: math.floor and math.ceil give an int. A division after them makes it a float again.
    """
    half = draw(rng, 20, 200)
    for function, case, size in (
        (submission.conv_output_size, (2 * half + 1, 3, 1, 2), half + 1),
        (submission.pool_output_size, (2 * half, 2), half),
        (submission.pool_output_size, (2 * half, 3, 2, 0, True), half),
        (submission.same_padding, (2 * half + 1,), half),
    ):
        (reply,) = submission.run(sizes.outcomes, function, [(case, ())], NAMES[function.name])
        made, value = spelled(function.name, case), reply["value"]
        assert reply["error"] is None, f"{made} raises {error_of(reply)}. Expected {size}."
        whole = value.dtype in WHOLE if isinstance(value, torch.Tensor) else isinstance(value, int)
        assert whole, f"{made} is {as_number(value, made)}, {type_name(value)}. A size is an int: {size}."


@points(1)
def test_convolution_refuses(submission, rng):
    """Where a convolution has no output, a ValueError names the argument at fault.

    Hint: raise ValueError("…") ends the function. Say in the message which argument is wrong, by its name.

    Hint: Kernel, stride and dilation are at least 1, padding at least 0. Look at them before you compute.

    Hint: Look at the size before you return it. With rounding down, a kernel that does not fit gives 0 or less.
    """
    many, size = draw(rng, 2, 9), ("n", "kernel", "padding", "dilation")
    n = draw(rng, 10, 99)
    cases = [
        ((5, 0), ["kernel"]),
        ((n, -many), ["kernel"]),
        ((5, 3, -1), ["padding"]),
        ((n, 3, -2), ["padding"]),
        ((5, 3, 0, 0), ["stride"]),
        ((n, 3, 0, -many), NAMES["conv_output_size"]),
        ((5, 3, 0, 1, 0), ["dilation"]),
        ((n, 3, 0, 1, -many), ["dilation"]),
        ((5, 0, -1), ["kernel", "padding"]),
        ((3, 4), size),
        ((n, n + many), size),
        ((3, 6, 1), size),
        *(((3, 4, 0, stride), size) for stride in (2, 3, 4)),
        ((n, n + 5, 2, many), size),
        ((5, 3, 0, 1, 3), size),
        ((6, 3, 0, 2, 3), size),
        ((0, 1), size),
    ]
    compare_refusals(submission, submission.conv_output_size, cases)


@points(1)
def test_pooling_refuses(submission, rng):
    """Where a pooling has no output, a ValueError names the argument at fault.

    Hint: Kernel and stride are at least 1, padding at least 0, and the size that comes out is at least 1.

    Hint: A stride of 0 is not the same as no stride. Only None stands for the kernel.

    Hint: Padding may be half the kernel: 1 for a kernel of 2 or 3, but not 2. Each window needs a pixel of the image.
    """
    many, size = draw(rng, 2, 9), ("n", "kernel", "padding")
    n = draw(rng, 20, 99)
    cases = [
        ((8, 0), ["kernel", "stride"]),
        ((8, 0, 2), ["kernel"]),
        ((n, -many), NAMES["pool_output_size"]),
        ((8, 3, 0), ["stride"]),
        ((n, 3, 0, 1, True), ["stride"]),
        ((n, 3, -many), NAMES["pool_output_size"]),
        ((8, 3, 2, -1), ["padding"]),
        ((n, 3, None, -2, True), ["padding"]),
        ((8, 1, 1, 1), ["padding", "kernel"]),
        ((8, 2, 2, 2), ["padding", "kernel"]),
        ((8, 3, 2, 2), ["padding", "kernel"]),
        ((n, 2 * many, None, many + 1), ["padding", "kernel"]),
        ((n, 2 * many + 1, 2, many + 1, True), ["padding", "kernel"]),
        ((2, 3), size),
        ((3, 4, 2), size),
        ((n, n + 3, many, 1), size),
        ((2, 4, 2, 0, True), NAMES["pool_output_size"]),
        ((n, n + 2 + many, many, 1, True), NAMES["pool_output_size"]),
    ]
    compare_refusals(submission, submission.pool_output_size, cases)


@points(1)
def test_same_padding_refuses(submission, rng):
    """Where no padding keeps the size, a ValueError names the argument at fault.

    Hint: With a kernel of 2, padding 0 gives n − 1 pixels and padding 1 gives n + 1. There is nothing between.

    Hint: Both arguments are at least 1. Look at that first.

    Hint: Compute how many pixels the kernel spans, dilation and all. Is that number even?
    """
    many = draw(rng, 2, 20)
    cases = [
        ((0,), ["kernel", "dilation"]),
        ((-2 * many + 1,), ["kernel"]),
        ((3, 0), ["dilation"]),
        ((5, -many), ["dilation"]),
        *(((2 * half,), ["kernel", "dilation"]) for half in (1, 2, many)),
        *(((2 * half, dilation), ["kernel", "dilation"]) for half in (1, many) for dilation in (1, 3, 5)),
    ]
    compare_refusals(submission, submission.same_padding, cases)


# What PyTorch gives -------------------------------------------------------------------------------


def convolution(n, kernel, padding=0, stride=1, dilation=1):
    """The size of what PyTorch's convolution makes of n pixels. RuntimeError where there is none."""
    return F.conv1d(torch.zeros(1, 1, n), torch.zeros(1, 1, kernel), None, stride, padding, dilation).shape[2]


def pooling(n, kernel, stride=None, padding=0, ceil_mode=False):
    """The size of what PyTorch's max pooling makes of n pixels. RuntimeError where there is none."""
    return F.max_pool1d(torch.zeros(1, 1, n), kernel, stride, padding, 1, ceil_mode).shape[2]


def measured(layer, cases):
    """The sizes that a layer gives, by case; cases without an output are left out."""
    expected = {}
    for case in cases:
        try:
            expected[case] = layer(*case)
        except RuntimeError:
            continue
    return expected


def keeping(kernel, dilation=1):
    """The padding with which PyTorch's convolution keeps the size."""
    n = dilation * kernel
    return next(padding for padding in range(n) if convolution(n, kernel, padding, 1, dilation) == n)


# Asking and comparing -----------------------------------------------------------------------------

WHOLE = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8)


def compare_sizes(submission, function, expected):
    """Compare the values of a function with the expected ones, by arguments."""
    replies = submission.run(sizes.outcomes, function, [(case, ()) for case in expected], NAMES[function.name])
    wrong = []
    for (case, size), reply in zip(expected.items(), replies, strict=True):
        call = spelled(function.name, case)
        if reply["error"] is not None:
            wrong.append(f"{call} raises {error_of(reply)}. Expected {size}")
        elif (value := as_number(reply["value"], call)) != size:
            wrong.append(f"{call} is {value:.10g}, expected {size}")
    count = f" ({len(wrong)} of {len(expected)} sizes are wrong)" if len(wrong) > 1 else ""
    assert not wrong, f"{wrong[0]}{count}."


def compare_refusals(submission, function, cases):
    """Fail unless a function raises a ValueError that names one of the faults, for each (case, faults)."""
    names = NAMES[function.name]
    asked = [(case, [names.index(fault) for fault in faults]) for case, faults in cases]
    replies = submission.run(sizes.outcomes, function, asked, names)
    for (case, faults), reply in zip(cases, replies, strict=True):
        call, naming = spelled(function.name, case), f"names {either(faults)}"
        if reply["error"] is None:
            raise AssertionError(f"{call} is {shown(reply['value'])}. Expected a ValueError whose message {naming}.")
        assert reply["error"] == "ValueError", (
            f"{call} raises {error_of(reply)}. Expected a ValueError whose message {naming}."
        )
        assert reply["named"], f"{call} raises {error_of(reply)}. Expected a message that {naming}."


def spelled(function, case):
    """A call as a person writes it: pool_output_size(8, 3, stride=2)."""
    names = NAMES[function]
    plain = 1 if function == "same_padding" else 2
    named = [f"{name}={value}" for name, value in zip(names[plain:], case[plain:], strict=False)]
    return f"{function}({', '.join([*map(str, case[:plain]), *named])})"


def error_of(reply):
    """The error of an outcome with its message, as Python prints it."""
    text = str(reply["_text"]).strip().rstrip(".")
    return f"{reply['error']}: {text}" if text else f"{reply['error']} without a message"


def either(names):
    """The names as a person lists them: kernel, padding or dilation."""
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last


def shown(value):
    """A value that came where an error was expected."""
    return str(value) if isinstance(value, int | float) or value is None else type_name(value)


def random_pooling(rng, ceil_mode):
    """The arguments of a pooling of more than a few pixels, its padding at most half the kernel."""
    kernel = draw(rng, 1, 12)
    return draw(rng, 20, 400), kernel, draw(rng, 1, 14), draw(rng, 0, kernel // 2), ceil_mode


def draw(rng, lowest, highest):
    """A random whole number, both ends included."""
    return int(torch.randint(lowest, highest + 1, (1,), generator=rng))
