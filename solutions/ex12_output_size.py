"""Exercise 12: how large the output of a convolution or a pooling is.

Lesson: docs/en/lessons/output-size.md
Try it: python -m grader exercises/ex12_output_size.py
"""

import math


def conv_output_size(n: int, kernel: int, padding: int = 0, stride: int = 1, dilation: int = 1) -> int:
    """Size of a convolution's output along one axis, for an image of n pixels.

    ⌊(n + 2 · padding − dilation · (kernel − 1) − 1) / stride⌋ + 1: the kernel spans
    dilation · (kernel − 1) + 1 pixels; ⌊ ⌋ rounds down, since a place that does not fit does not count.

    By hand: n = 8, kernel 3 and stride 2 give ⌊(8 − 2 − 1) / 2⌋ + 1 = ⌊2.5⌋ + 1 = 3.

    Raises ValueError with a message that names an argument at fault: kernel, stride or dilation below
    1, padding below 0, or a kernel that does not fit, so that the size would be below 1.
    """
    for name, value, least in (
        ("kernel", kernel, 1),
        ("padding", padding, 0),
        ("stride", stride, 1),
        ("dilation", dilation, 1),
    ):
        if value < least:
            raise ValueError(f"{name} is {value}, it must be at least {least}")
    size = (n + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
    if size < 1:
        raise ValueError(f"kernel {kernel} with dilation {dilation} does not fit on n = {n} with padding {padding}")
    return size


def pool_output_size(n: int, kernel: int, stride: int | None = None, padding: int = 0, ceil_mode: bool = False) -> int:
    """Size of a pooling's output along one axis, for an image of n pixels. Stride None means `kernel`.

    ⌊(n + 2 · padding − kernel) / stride⌋ + 1. In ceil_mode it is rounded up, ⌈ ⌉, so the last window
    may hang over the end. But it must start on the image or on the padding to its left: a window that
    starts at pixel n + padding or later, counted from the left end of the padding, is left out.

    By hand: n = 8, kernel 3, stride 2 give ⌊5 / 2⌋ + 1 = 3, and ⌈5 / 2⌉ + 1 = 4 in ceil_mode. n = 6,
    kernel 2, stride 3 give ⌈4 / 3⌉ + 1 = 3 in ceil_mode, but the third window would start at pixel 6,
    where the image has ended: 2 are left.

    Raises ValueError with a message that names an argument at fault: kernel or stride below 1, padding
    below 0 or above half the kernel, or a size below 1. The rule alone decides what fits: in ceil_mode
    even a window that is larger than the padded image may give 1.
    """
    if stride is None:
        stride = kernel
    for name, value, least in (("kernel", kernel, 1), ("padding", padding, 0), ("stride", stride, 1)):
        if value < least:
            raise ValueError(f"{name} is {value}, it must be at least {least}")
    if 2 * padding > kernel:
        raise ValueError(f"padding is {padding}, more than half the kernel of {kernel}")
    moves = (n + 2 * padding - kernel) / stride
    if ceil_mode:
        size = math.ceil(moves) + 1
        if (size - 1) * stride >= n + padding:
            size -= 1
    else:
        size = math.floor(moves) + 1
    if size < 1:
        raise ValueError(f"kernel {kernel} does not fit on n = {n} with padding {padding}")
    return size


def same_padding(kernel: int, dilation: int = 1) -> int:
    """Padding with which a convolution of stride 1 keeps the size of the image.

    Ask for n + 2 · padding − dilation · (kernel − 1) − 1 + 1 = n, and solve it for the padding.

    By hand: kernel 3 spans 3 pixels and needs padding 1. With dilation 2 it spans 5 and needs 2.

    Raises ValueError with a message that names an argument at fault: kernel or dilation below 1, or a
    kernel that spans an even number of pixels, for which no padding does it.
    """
    for name, value in (("kernel", kernel), ("dilation", dilation)):
        if value < 1:
            raise ValueError(f"{name} is {value}, it must be at least 1")
    span = dilation * (kernel - 1) + 1
    if span % 2 == 0:
        raise ValueError(f"kernel {kernel} with dilation {dilation} spans {span} pixels, an even number")
    return span // 2
