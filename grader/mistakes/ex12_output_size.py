"""Mistakes of exercise 12: output sizes."""

import math


def _conv(n, kernel, padding=0, stride=1, dilation=1):
    """The right size."""
    _at_least(kernel=(kernel, 1), padding=(padding, 0), stride=(stride, 1), dilation=(dilation, 1))
    return _fitting((n + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1)


def _pool(n, kernel, stride=None, padding=0, ceil_mode=False, kept=lambda start, n, padding: start < n + padding):
    """The right size, if a window is `kept` that should be."""
    stride = kernel if stride is None else stride
    _at_least(kernel=(kernel, 1), padding=(padding, 0), stride=(stride, 1))
    _at_most_half(padding, kernel)
    moves = (n + 2 * padding - kernel) / stride
    if not ceil_mode:
        return _fitting(math.floor(moves) + 1)
    size = math.ceil(moves) + 1
    return _fitting(size if kept((size - 1) * stride, n, padding) else size - 1)


def _same(kernel, dilation=1):
    """The right padding."""
    _at_least(kernel=(kernel, 1), dilation=(dilation, 1))
    return _odd(dilation * (kernel - 1) + 1) // 2


def _at_least(**arguments):
    for name, (value, least) in arguments.items():
        if value < least:
            raise ValueError(f"{name} is {value}")


def _at_most_half(padding, kernel):
    if 2 * padding > kernel:
        raise ValueError(f"padding is {padding}, more than half the kernel of {kernel}")


def _fitting(size):
    if size < 1:
        raise ValueError("the kernel does not fit")
    return size


def _odd(span):
    if span % 2 == 0:
        raise ValueError(f"the kernel spans {span} pixels")
    return span


# The formula --------------------------------------------------------------------------------------


class PaddingCountedOnce:
    """Padding is counted once. It is added on both sides of the image, so it makes it larger by 2 · padding."""

    def conv_output_size(n, kernel, padding=0, stride=1, dilation=1):
        _at_least(kernel=(kernel, 1), padding=(padding, 0), stride=(stride, 1), dilation=(dilation, 1))
        return _fitting((n + padding - dilation * (kernel - 1) - 1) // stride + 1)

    def pool_output_size(n, kernel, stride=None, padding=0, ceil_mode=False):
        stride = kernel if stride is None else stride
        _at_least(kernel=(kernel, 1), padding=(padding, 0), stride=(stride, 1))
        _at_most_half(padding, kernel)
        moves = (n + padding - kernel) / stride
        return _fitting((math.ceil(moves) if ceil_mode else math.floor(moves)) + 1)

    same_padding = _same


class PlusOneForgotten:
    """Your sizes are one too small: you count how often the window moves. There is one place more than moves,
    the one where it begins."""

    def conv_output_size(n, kernel, padding=0, stride=1, dilation=1):
        return _fitting(_conv(n, kernel, padding, stride, dilation) - 1)

    def pool_output_size(n, kernel, stride=None, padding=0, ceil_mode=False):
        return _fitting(_pool(n, kernel, stride, padding, ceil_mode) - 1)

    same_padding = _same


class PlusOneInsideTheDivision:
    """The + 1 is divided by the stride together with the rest. First divide and round down, then add 1."""

    def conv_output_size(n, kernel, padding=0, stride=1, dilation=1):
        _at_least(kernel=(kernel, 1), padding=(padding, 0), stride=(stride, 1), dilation=(dilation, 1))
        return _fitting((n + 2 * padding - dilation * (kernel - 1)) // stride)

    def pool_output_size(n, kernel, stride=None, padding=0, ceil_mode=False):
        stride = kernel if stride is None else stride
        _at_least(kernel=(kernel, 1), padding=(padding, 0), stride=(stride, 1))
        _at_most_half(padding, kernel)
        moves = (n + 2 * padding - kernel + 1) / stride
        return _fitting(math.ceil(moves) if ceil_mode else math.floor(moves))

    same_padding = _same


class RoundedUp:
    """Your sizes are rounded up. What is left over after the division is no room for another window: round down,
    and up only where ceil_mode says so."""

    def conv_output_size(n, kernel, padding=0, stride=1, dilation=1):
        _at_least(kernel=(kernel, 1), padding=(padding, 0), stride=(stride, 1), dilation=(dilation, 1))
        return _fitting(math.ceil((n + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1)

    def pool_output_size(n, kernel, stride=None, padding=0, ceil_mode=False):
        return _pool(n, kernel, stride, padding, True)

    same_padding = _same


class NotRounded:
    """Your convolution may give half a pixel: you divide by the stride and do not round. A place that fits only in part
    does not count: round down, with // or math.floor."""

    def conv_output_size(n, kernel, padding=0, stride=1, dilation=1):
        _at_least(kernel=(kernel, 1), padding=(padding, 0), stride=(stride, 1), dilation=(dilation, 1))
        return _fitting((n + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1)

    pool_output_size = _pool
    same_padding = _same


class CutTowardsZero:
    """A kernel that is a little too large seems to fit: int(−0.5) is 0, and so is round(−0.5). Rounded down it is −1,
    as // and math.floor do it."""

    def conv_output_size(n, kernel, padding=0, stride=1, dilation=1):
        _at_least(kernel=(kernel, 1), padding=(padding, 0), stride=(stride, 1), dilation=(dilation, 1))
        return _fitting(int((n + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1)

    def pool_output_size(n, kernel, stride=None, padding=0, ceil_mode=False):
        right_stride = kernel if stride is None else stride
        if ceil_mode or min(kernel, right_stride) < 1 or padding < 0 or 2 * padding > kernel:
            return _pool(n, kernel, stride, padding, ceil_mode)
        return _fitting(int((n + 2 * padding - kernel) / right_stride) + 1)

    same_padding = _same


class SpanIsDilationTimesKernel:
    """You take dilation · kernel as the span of a dilated kernel. There are gaps only between its weights: the
    last weight has none after it. Draw a kernel of 3 with dilation 2 and count its pixels: 5."""

    def conv_output_size(n, kernel, padding=0, stride=1, dilation=1):
        _at_least(kernel=(kernel, 1), padding=(padding, 0), stride=(stride, 1), dilation=(dilation, 1))
        return _fitting((n + 2 * padding - dilation * kernel) // stride + 1)

    pool_output_size = _pool

    def same_padding(kernel, dilation=1):
        _at_least(kernel=(kernel, 1), dilation=(dilation, 1))
        return _odd(dilation * kernel) // 2


# Pooling ------------------------------------------------------------------------------------------


class PoolingMovesByOne:
    """Without a stride, your pooling moves by one pixel, as a convolution does. A pooling moves by its own size:
    None stands for the kernel."""

    conv_output_size = _conv

    def pool_output_size(n, kernel, stride=None, padding=0, ceil_mode=False):
        return _pool(n, kernel, 1 if stride is None else stride, padding, ceil_mode)

    same_padding = _same


class ZeroTakenForNone:
    """A stride of 0 is taken for no stride: `stride or kernel` and `if not stride` do not tell 0 from None.
    Ask whether it `is None`."""

    conv_output_size = _conv

    def pool_output_size(n, kernel, stride=None, padding=0, ceil_mode=False):
        return _pool(n, kernel, stride or kernel, padding, ceil_mode)

    same_padding = _same


class PaddingAndStrideSwapped:
    """Stride and padding of the pooling have changed places. For a pooling the stride comes third and the padding
    fourth; for a convolution it is the other way round."""

    conv_output_size = _conv

    def pool_output_size(n, kernel, padding=0, stride=None, ceil_mode=False):
        return _pool(n, kernel, stride or None, padding or 0, ceil_mode)

    same_padding = _same


class EveryWindowKept:
    """In ceil_mode the last window of yours may start behind the image. Work out where it starts; PyTorch leaves
    it out when it does not touch the image or the padding to its left."""

    conv_output_size = _conv

    def pool_output_size(n, kernel, stride=None, padding=0, ceil_mode=False):
        return _pool(n, kernel, stride, padding, ceil_mode, kept=lambda start, n, padding: True)

    same_padding = _same


class LeftPaddingForgotten:
    """In ceil_mode you leave out a window too early when there is padding. The first window starts in the padding,
    so the image itself ends at pixel n + padding, not at n."""

    conv_output_size = _conv

    def pool_output_size(n, kernel, stride=None, padding=0, ceil_mode=False):
        return _pool(n, kernel, stride, padding, ceil_mode, kept=lambda start, n, padding: start < n)

    same_padding = _same


class WindowJustBehindKept:
    """In ceil_mode you keep a window that starts just behind the image. Pixels are counted from 0: with n = 6 the
    last one is 5, and a window that starts at 6 is behind it."""

    conv_output_size = _conv

    def pool_output_size(n, kernel, stride=None, padding=0, ceil_mode=False):
        return _pool(n, kernel, stride, padding, ceil_mode, kept=lambda start, n, padding: start <= n + padding)

    same_padding = _same


class WindowMustFitInCeilMode:
    """In ceil_mode you refuse a window that is larger than the image. It may hang over the end, and the first window
    may, too: work out the size with the rule, and refuse only what is below 1."""

    conv_output_size = _conv

    def pool_output_size(n, kernel, stride=None, padding=0, ceil_mode=False):
        size = _pool(n, kernel, stride, padding, ceil_mode)
        if kernel > n + 2 * padding:
            raise ValueError("the kernel does not fit")
        return size

    same_padding = _same


# Same padding -------------------------------------------------------------------------------------


class PaddingOfBothSides:
    """Your same_padding is what both sides need together. The padding of a layer is for one side: half of it."""

    conv_output_size = _conv
    pool_output_size = _pool

    def same_padding(kernel, dilation=1):
        return 2 * _same(kernel, dilation)


class SameWithoutDilation:
    """Your same_padding does not look at the dilation. A dilated kernel spans more pixels, so it needs more: with
    dilation 2, a kernel of 3 needs 2."""

    conv_output_size = _conv
    pool_output_size = _pool

    def same_padding(kernel, dilation=1):
        _at_least(kernel=(kernel, 1), dilation=(dilation, 1))
        return (kernel - 1) // 2


class EvenKernelRefused:
    """You refuse every even kernel. With an even dilation it spans an odd number of pixels, and a padding exists: a
    kernel of 2 with dilation 2 spans 3 pixels. Look at the span, not at the kernel."""

    conv_output_size = _conv
    pool_output_size = _pool

    def same_padding(kernel, dilation=1):
        _at_least(kernel=(kernel, 1))
        _odd(kernel)
        return _same(kernel, dilation)


class EvenSpanAccepted:
    """same_padding gives an answer for a kernel that spans an even number of pixels. No padding keeps the size then:
    try a kernel of 2 with padding 0 and with padding 1. That is a ValueError."""

    conv_output_size = _conv
    pool_output_size = _pool

    def same_padding(kernel, dilation=1):
        _at_least(kernel=(kernel, 1), dilation=(dilation, 1))
        return dilation * (kernel - 1) // 2


# What is refused, and how -------------------------------------------------------------------------


class NothingRefused:
    """Your functions answer any question, even for a kernel that does not fit or a negative padding. Look at the
    arguments first and at the size last, and raise a ValueError where PyTorch would not run."""

    def conv_output_size(n, kernel, padding=0, stride=1, dilation=1):
        return (n + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1

    def pool_output_size(n, kernel, stride=None, padding=0, ceil_mode=False):
        stride = kernel if stride is None else stride
        room = n + 2 * padding - kernel
        if not ceil_mode:
            return room // stride + 1
        size = -(-room // stride) + 1
        return size if (size - 1) * stride < n + padding else size - 1

    def same_padding(kernel, dilation=1):
        return dilation * (kernel - 1) // 2


class NoSizeTooSmall:
    """You look at each argument, but not at what comes out. A kernel that is larger than the image with its padding
    gives a size of 0 or less, and there is no such image."""

    def conv_output_size(n, kernel, padding=0, stride=1, dilation=1):
        _at_least(kernel=(kernel, 1), padding=(padding, 0), stride=(stride, 1), dilation=(dilation, 1))
        return (n + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1

    def pool_output_size(n, kernel, stride=None, padding=0, ceil_mode=False):
        right_stride = kernel if stride is None else stride
        _at_least(kernel=(kernel, 1), padding=(padding, 0), stride=(right_stride, 1))
        _at_most_half(padding, kernel)
        return NothingRefused.pool_output_size(n, kernel, stride, padding, ceil_mode)

    same_padding = _same


class AnyPoolingPadding:
    """Your pooling takes any padding. PyTorch allows at most half the kernel, so that each window holds a pixel of
    the image."""

    conv_output_size = _conv

    def pool_output_size(n, kernel, stride=None, padding=0, ceil_mode=False):
        stride = kernel if stride is None else stride
        _at_least(kernel=(kernel, 1), padding=(padding, 0), stride=(stride, 1))
        return _fitting(NothingRefused.pool_output_size(n, kernel, stride, padding, ceil_mode))

    same_padding = _same


class FaultNotNamed:
    """You raise a ValueError where you should, but its message does not say which argument is wrong. Name it, as in
    “stride must be at least 1”: the reader should know what to change."""

    def conv_output_size(n, kernel, padding=0, stride=1, dilation=1):
        return _silent(_conv, n, kernel, padding, stride, dilation)

    def pool_output_size(n, kernel, stride=None, padding=0, ceil_mode=False):
        return _silent(_pool, n, kernel, stride, padding, ceil_mode)

    def same_padding(kernel, dilation=1):
        return _silent(_same, kernel, dilation)


def _silent(function, *args):
    try:
        return function(*args)
    except ValueError:
        raise ValueError from None


class AssertInsteadOfRaise:
    """You use assert, which raises an AssertionError. It is meant for what can never happen, and python -O leaves it
    out. For arguments that others may get wrong, raise a ValueError."""

    def conv_output_size(n, kernel, padding=0, stride=1, dilation=1):
        return _asserting(_conv, n, kernel, padding, stride, dilation)

    def pool_output_size(n, kernel, stride=None, padding=0, ceil_mode=False):
        return _asserting(_pool, n, kernel, stride, padding, ceil_mode)

    def same_padding(kernel, dilation=1):
        return _asserting(_same, kernel, dilation)


def _asserting(function, *args):
    try:
        return function(*args)
    except ValueError as error:
        raise AssertionError(str(error)) from None


class ErrorReturned:
    """Where there is no output, your functions return something, None or a message. The caller would compute on with
    it. `raise` stops the program where the mistake is."""

    def conv_output_size(n, kernel, padding=0, stride=1, dilation=1):
        return _returning(_conv, n, kernel, padding, stride, dilation)

    def pool_output_size(n, kernel, stride=None, padding=0, ceil_mode=False):
        return _returning(_pool, n, kernel, stride, padding, ceil_mode)

    def same_padding(kernel, dilation=1):
        return _returning(_same, kernel, dilation)


def _returning(function, *args):
    try:
        return function(*args)
    except ValueError:
        return None


class FloatInsteadOfInt:
    """The numbers are right, but they are floats: / gives 14.0 where // gives 14. A size counts pixels, and PyTorch
    takes only an int for it."""

    def conv_output_size(n, kernel, padding=0, stride=1, dilation=1):
        return float(_conv(n, kernel, padding, stride, dilation))

    def pool_output_size(n, kernel, stride=None, padding=0, ceil_mode=False):
        return float(_pool(n, kernel, stride, padding, ceil_mode))

    def same_padding(kernel, dilation=1):
        return float(_same(kernel, dilation))
