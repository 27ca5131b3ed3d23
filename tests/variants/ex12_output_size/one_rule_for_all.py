"""One class holds the rule; the three functions ask it."""
from dataclasses import dataclass
from fractions import Fraction
import math


@dataclass
class Axis:
    n: int
    kernel: int
    padding: int = 0
    stride: int = 1
    dilation: int = 1

    def __post_init__(self):
        for key, value in vars(self).items():
            if key != "n" and value < (key != "padding"):
                raise ValueError("%s=%d" % (key, value))

    @property
    def span(self):
        return self.dilation * self.kernel - self.dilation + 1

    @property
    def moves(self):
        return Fraction(self.n + 2 * self.padding - self.span, self.stride)

    def size(self, ceil_mode=False):
        size = (math.ceil if ceil_mode else math.floor)(self.moves) + 1
        while ceil_mode and self.stride * (size - 1) >= self.n + self.padding:
            size = size - 1
        if size > 0:
            return size
        raise ValueError("KERNEL %d IS TOO LARGE" % self.kernel)


def conv_output_size(n, kernel, padding=0, stride=1, dilation=1):
    return Axis(n, kernel, padding, stride, dilation).size()


def pool_output_size(n, kernel, stride=None, padding=0, ceil_mode=False):
    axis = Axis(n, kernel, padding, kernel if stride is None else stride)
    if axis.padding * 2 > axis.kernel:
        raise ValueError("padding")
    return axis.size(ceil_mode)


def same_padding(kernel, dilation=1):
    axis = Axis(0, kernel, dilation=dilation)
    if axis.span % 2:
        return (axis.span - 1) // 2
    raise ValueError("kernel")
