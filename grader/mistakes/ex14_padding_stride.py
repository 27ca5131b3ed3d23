"""Mistakes of exercise 14: cross-correlation with padding and stride."""

import torch


def _sizes(P, K, stride):
    """The rows and columns of the right result on an image that is padded already."""
    return tuple((n - k) // s + 1 for n, k, s in zip(P.shape, K.shape, stride, strict=True))


def _pad(X, top, bottom, left, right):
    """X with rows and columns of zeros around it."""
    h, w = X.shape
    P = torch.zeros(top + h + bottom, left + w + right)
    P[top : top + h, left : left + w] = X
    return P


def _around(X, padding):
    """X padded as it should be."""
    ph, pw = padding
    return _pad(X, ph, ph, pw, pw)


def _correlate(P, K, stride, size=None):
    """The right sums on an image that is padded already, for a result of a given size."""
    (h, w), (sh, sw) = K.shape, stride
    rows, columns = _sizes(P, K, stride) if size is None else size
    Y = torch.zeros(rows, columns)
    for i in range(rows):
        for j in range(columns):
            Y[i, j] = (P[i * sh : i * sh + h, j * sw : j * sw + w] * K).sum()
    return Y


# Padding ------------------------------------------------------------------------------------------


class PaddingIgnored:
    """Your padding makes no difference: the kernel moves over X as it came. Build the padded image first,
    and take the windows from there."""

    def corr2d_pad_stride(X, K, padding=(0, 0), stride=(1, 1)):
        return _correlate(X, K, stride)


class PaddingSwapped:
    """Height and width have changed places in the padding. Its first number adds rows, above and below; its
    second adds columns. If you use F.pad: that one starts with the last dimension."""

    def corr2d_pad_stride(X, K, padding=(0, 0), stride=(1, 1)):
        return _correlate(_around(X, padding[::-1]), K, stride)


class FirstPaddingForBoth:
    """The first number of the padding is used for both directions. Columns have their own: the second."""

    def corr2d_pad_stride(X, K, padding=(0, 0), stride=(1, 1)):
        return _correlate(_around(X, (padding[0], padding[0])), K, stride)


class PaddingCountedOnce:
    """The padding counts only once in each direction, above and on the left. It goes on both sides: look for the 2
    in h + 2·ph − kh."""

    def corr2d_pad_stride(X, K, padding=(0, 0), stride=(1, 1)):
        return _correlate(_pad(X, padding[0], 0, padding[1], 0), K, stride)


class PaddingCountedAgain:
    """The padding counts twice: the image is padded, and then 2·p is added to its size once more. The padded image has
    h + 2·ph rows already."""

    def corr2d_pad_stride(X, K, padding=(0, 0), stride=(1, 1)):
        P = _around(X, padding)
        return _correlate(P, K, stride, _sizes(_around(P, padding), K, stride))


class PaddingBelowAndRight:
    """The zeros stand only below the image and to the right of it. They go on all four sides: the image begins
    in row ph and column pw of the padded one."""

    def corr2d_pad_stride(X, K, padding=(0, 0), stride=(1, 1)):
        return _correlate(_pad(X, 0, 2 * padding[0], 0, 2 * padding[1]), K, stride)


class EdgeRepeated:
    """Around the image the pixels of its edge are repeated. Padding means zeros here."""

    def corr2d_pad_stride(X, K, padding=(0, 0), stride=(1, 1)):
        rows, columns = (torch.arange(-p, n + p).clamp(0, n - 1) for n, p in zip(X.shape, padding, strict=True))
        return _correlate(X[rows][:, columns], K, stride)


# Stride -------------------------------------------------------------------------------------------


class StrideIgnored:
    """Your stride makes no difference: the kernel always moves by one pixel."""

    def corr2d_pad_stride(X, K, padding=(0, 0), stride=(1, 1)):
        return _correlate(_around(X, padding), K, (1, 1))


class StrideSwapped:
    """Height and width have changed places in the stride: its first number is for steps down, its second for steps
    to the right."""

    def corr2d_pad_stride(X, K, padding=(0, 0), stride=(1, 1)):
        return _correlate(_around(X, padding), K, stride[::-1])


class FirstStrideForBoth:
    """The first number of the stride is used for both directions. Steps to the right have their own: the second."""

    def corr2d_pad_stride(X, K, padding=(0, 0), stride=(1, 1)):
        return _correlate(_around(X, padding), K, (stride[0], stride[0]))


class StrideOnlyInTheSize:
    """The result has the right shape, but its windows begin at i and j as if the stride were 1. In which row of the
    padded image does the window of row i begin, when every step is sh rows long?"""

    def corr2d_pad_stride(X, K, padding=(0, 0), stride=(1, 1)):
        P = _around(X, padding)
        return _correlate(P, K, (1, 1), _sizes(P, K, stride))


# The size of the result ---------------------------------------------------------------------------


class RoundedUp:
    """Where the division has a remainder, you round up: the last windows hang over the edge. Round down; what
    is left over is never read. See “When the division has a remainder” in the lesson."""

    def corr2d_pad_stride(X, K, padding=(0, 0), stride=(1, 1)):
        P = _around(X, padding)
        rows, columns = (-((k - n) // s) + 1 for n, k, s in zip(P.shape, K.shape, stride, strict=True))
        return _correlate(_pad(P, 0, stride[0], 0, stride[1]), K, stride, (rows, columns))


class NoPlusOne:
    """The last row and the last column of the result are missing. The division counts the steps of the kernel, and
    there is one place more than there are steps: the place where it starts."""

    def corr2d_pad_stride(X, K, padding=(0, 0), stride=(1, 1)):
        P = _around(X, padding)
        rows, columns = _sizes(P, K, stride)
        return _correlate(P, K, stride, (rows - 1, columns - 1))


class PlusOneBeforeDividing:
    """The 1 is added before the division, so some results lose their last row or column. Divide first and
    round down, then add 1."""

    def corr2d_pad_stride(X, K, padding=(0, 0), stride=(1, 1)):
        P = _around(X, padding)
        size = [(n - k + 1) // s for n, k, s in zip(P.shape, K.shape, stride, strict=True)]
        return _correlate(P, K, stride, size)


# Everything else ----------------------------------------------------------------------------------


class HistoryLost:
    """The numbers are right, but gradients cannot flow back: the values left PyTorch on the way, through
    .item(), .tolist(), float() or .detach(). Keep them tensors until the end."""

    def corr2d_pad_stride(X, K, padding=(0, 0), stride=(1, 1)):
        return _correlate(_around(X.detach(), padding), K.detach(), stride)


class ImageHistoryLost:
    """Gradients reach the kernel but not the image: X was padded without its history, as numpy's np.pad,
    torch.tensor(…) or .data do it. Pad it with PyTorch's operations."""

    def corr2d_pad_stride(X, K, padding=(0, 0), stride=(1, 1)):
        return _correlate(_around(X.detach(), padding), K, stride)


class WritesIntoTheImage:
    """The sum is right, but the image is changed on the way. Without padding your padded image is X itself or
    a view of it, and what is written there is written into X."""

    def corr2d_pad_stride(X, K, padding=(0, 0), stride=(1, 1)):
        result = _correlate(_around(X, padding), K, stride)
        if padding == (0, 0):
            with torch.no_grad():
                X[: K.shape[0], : K.shape[1]] *= K
        return result
