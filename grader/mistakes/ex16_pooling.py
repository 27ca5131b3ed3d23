"""Mistakes of exercise 16: pooling."""

import torch
import torch.nn.functional as F


def _pool(X, size, reduce, stride=None, sides=(0, 0, 0, 0), filler=0.0, whole=True):
    """The windows of X, padded left, right, above and below, each reduced to one value."""
    (ph, pw), (sh, sw) = size, size if stride is None else stride
    X = F.pad(X, sides, value=filler)
    h, w = X.shape
    # A whole window ends inside; one that need not be whole begins inside.
    tops = range(0, h - ph + 1 if whole else h, sh)
    lefts = range(0, w - pw + 1 if whole else w, sw)
    Y = torch.zeros(len(tops), len(lefts))
    for i, top in enumerate(tops):
        for j, left in enumerate(lefts):
            Y[i, j] = reduce(X[top : top + ph, left : left + pw])
    return Y


def _known(mode):
    """Refuse modes that there are not."""
    if mode not in ("max", "avg"):
        raise ValueError(mode)


def _right(X, size, mode, stride=None, padding=(0, 0), **changed):
    """The right answer, but for what is changed."""
    _known(mode)
    a, b = padding
    filler, reduce = (-torch.inf, torch.max) if mode == "max" else (0.0, torch.mean)
    return _pool(X, size, **{"reduce": reduce, "stride": stride, "sides": (b, b, a, a), "filler": filler, **changed})


# --8<-- [start:mistake]
class ModeIgnored:
    """You take the largest value, whatever the mode is. With "avg" the mean is asked for: look at `mode`."""

    def pool2d(X, pool_size, mode="max", stride=None, padding=(0, 0)):
        _known(mode)
        return _right(X, pool_size, "max", stride, padding)
# --8<-- [end:mistake]


class ModesSwapped:
    """The two modes have changed places: "max" is the largest value, "avg" the mean."""

    def pool2d(X, pool_size, mode="max", stride=None, padding=(0, 0)):
        _known(mode)
        return _right(X, pool_size, "avg" if mode == "max" else "max", stride, padding)


class SumForMean:
    """With "avg" you add up the window. A mean is the sum divided by the number of values, ph · pw."""

    def pool2d(X, pool_size, mode="max", stride=None, padding=(0, 0)):
        changed = {"reduce": torch.sum} if mode == "avg" else {}
        return _right(X, pool_size, mode, stride, padding, **changed)


class StrideOneByDefault:
    """Without a stride your windows move by one pixel, as those of a convolution do. In pooling, no stride means a
    stride as large as the window."""

    def pool2d(X, pool_size, mode="max", stride=None, padding=(0, 0)):
        return _right(X, pool_size, mode, (1, 1) if stride is None else stride, padding)


class StrideIgnored:
    """Your windows always move by their own size. When a stride is given, they move by that."""

    def pool2d(X, pool_size, mode="max", stride=None, padding=(0, 0)):
        return _right(X, pool_size, mode, None, padding)


class StrideSwapped:
    """Height and width of the stride have changed places: its first number moves a window down, its second to the
    right."""

    def pool2d(X, pool_size, mode="max", stride=None, padding=(0, 0)):
        return _right(X, pool_size, mode, (pool_size if stride is None else stride[::-1]), padding)


class WindowSwapped:
    """Height and width of the window have changed places: pool_size[0] counts its rows, pool_size[1] its columns."""

    def pool2d(X, pool_size, mode="max", stride=None, padding=(0, 0)):
        return _right(X, pool_size[::-1], mode, stride, padding)


class RoundsUp:
    """What is left over at the right and at the bottom makes windows of its own, which hang over the edge. Count whole
    windows only: round down."""

    def pool2d(X, pool_size, mode="max", stride=None, padding=(0, 0)):
        return _right(X, pool_size, mode, stride, padding, whole=False)


class ShapeDivided:
    """Your result has ⌊h / sh⌋ rows. That is right for windows side by side only. A window of ph rows can move down by
    h − ph rows at most: divide that by sh, round down, and count the first window too."""

    def pool2d(X, pool_size, mode="max", stride=None, padding=(0, 0)):
        a, b = padding
        right = _right(X, pool_size, mode, stride, padding)
        sh, sw = pool_size if stride is None else stride
        Y = torch.zeros((X.shape[0] + 2 * a) // sh, (X.shape[1] + 2 * b) // sw)
        rows, columns = min(Y.shape[0], right.shape[0]), min(Y.shape[1], right.shape[1])
        Y[:rows, :columns] = right[:rows, :columns]
        return Y


class PaddingIgnored:
    """The padding is not added at all."""

    def pool2d(X, pool_size, mode="max", stride=None, padding=(0, 0)):
        return _right(X, pool_size, mode, stride)


class PaddingSwapped:
    """Height and width of the padding have changed places: its first number counts rows. If you use F.pad, mind that it
    begins with the last axis: left, right, above, below."""

    def pool2d(X, pool_size, mode="max", stride=None, padding=(0, 0)):
        return _right(X, pool_size, mode, stride, padding[::-1])


class PaddingAboveAndLeftOnly:
    """The padding is added above and at the left only. It belongs on all four sides, so h grows by twice padding[0]
    and w by twice padding[1]."""

    def pool2d(X, pool_size, mode="max", stride=None, padding=(0, 0)):
        return _right(X, pool_size, mode, stride, padding, sides=(padding[1], 0, padding[0], 0))


class ZerosWin:
    """With "max" you pad with zeros, and on a negative image they win. Pad with something that loses against every
    pixel; the stub names it."""

    def pool2d(X, pool_size, mode="max", stride=None, padding=(0, 0)):
        return _right(X, pool_size, mode, stride, padding, filler=0.0)


class ANumberWins:
    """With "max" you pad with a number that is small, but not small enough: it wins where the image lies further below
    zero. Only −∞ loses against every pixel."""

    def pool2d(X, pool_size, mode="max", stride=None, padding=(0, 0)):
        changed = {"filler": -1000.0} if mode == "max" else {}
        return _right(X, pool_size, mode, stride, padding, **changed)


class InfinityInTheMean:
    """You pad with −∞ for both modes. In a mean it swallows everything: "avg" needs zeros."""

    def pool2d(X, pool_size, mode="max", stride=None, padding=(0, 0)):
        return _right(X, pool_size, mode, stride, padding, filler=-torch.inf)


class PaddingNotCounted:
    """With "avg" you divide by the number of pixels in the window and leave the padding out. Here its zeros count:
    divide by ph · pw everywhere."""

    def pool2d(X, pool_size, mode="max", stride=None, padding=(0, 0)):
        changed = {"filler": torch.nan, "reduce": torch.nanmean} if mode == "avg" else {}
        return _right(X, pool_size, mode, stride, padding, **changed)


class AnyModeIsAMean:
    """Whatever is not "max" becomes a mean, "median" too. Refuse what you do not know, with a ValueError."""

    def pool2d(X, pool_size, mode="max", stride=None, padding=(0, 0)):
        return _right(X, pool_size, "max" if mode == "max" else "avg", stride, padding)


class AnotherError:
    """A mode that you do not know ends in a KeyError: it is looked up in a dict that does not have it. Say first
    which modes there are, and raise a ValueError for the rest."""

    def pool2d(X, pool_size, mode="max", stride=None, padding=(0, 0)):
        return {name: _right(X, pool_size, name, stride, padding) for name in ("max", "avg")}[mode]


class ResultInsideTheImage:
    """You write the result into X itself: a slice of X shares its memory. Make a new tensor for the result."""

    def pool2d(X, pool_size, mode="max", stride=None, padding=(0, 0)):
        Y = _right(X, pool_size, mode, stride, padding)
        if padding == (0, 0):
            X[: Y.shape[0], : Y.shape[1]] = Y
        return Y
