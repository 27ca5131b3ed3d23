"""Mistakes of exercise 11: cross-correlation."""

import torch


def _correlate(X, K, rows=None, columns=None):
    """The right sum, on a result of a given size."""
    h, w = K.shape
    rows = X.shape[0] - h + 1 if rows is None else rows
    columns = X.shape[1] - w + 1 if columns is None else columns
    Y = torch.zeros(rows, columns)
    for i in range(rows):
        for j in range(columns):
            Y[i, j] = (X[i : i + h, j : j + w] * K).sum()
    return Y


class FlippedKernel:
    """Your kernel is turned around before it is laid on the image. That is convolution as
    mathematics defines it; deep learning uses cross-correlation, which leaves the kernel as it is.
    See “Convolution or cross-correlation” in the lesson."""

    def corr2d(X, K):
        return _correlate(X, K.flip(0, 1))


class TransposedKernel:
    """Rows and columns of the kernel have changed places somewhere: K[a, b] belongs to X[i + a, j + b],
    its first index counts rows."""

    def corr2d(X, K):
        return _correlate(X, K.T)


class OneRowAndColumnShort:
    """The last row and the last column of the result are missing. A kernel of kh rows fits on h rows
    in h − kh + 1 places, and range(n) already stops before n."""

    def corr2d(X, K):
        h, w = K.shape
        return _correlate(X, K, X.shape[0] - h, X.shape[1] - w)


class SameSizeAsImage:
    """Your result is as large as the image, and windows that hang over its edge are cut off. Without
    padding a kernel fits in h − kh + 1 by w − kw + 1 places only."""

    def corr2d(X, K):
        h, w = K.shape
        Y = torch.zeros(X.shape)
        for i in range(X.shape[0]):
            for j in range(X.shape[1]):
                window = X[i : i + h, j : j + w]
                Y[i, j] = (window * K[: window.shape[0], : window.shape[1]]).sum()
        return Y


class ZeroPadded:
    """Your result is as large as the image: you padded it with zeros. This exercise is without padding;
    that comes later in the chapter."""

    def corr2d(X, K):
        h, w = K.shape
        top, left = (h - 1) // 2, (w - 1) // 2
        padded = torch.nn.functional.pad(X, (left, w - 1 - left, top, h - 1 - top))
        return _correlate(padded, K)


class SwappedSizes:
    """Height and width have changed places when the result is sized: its rows come from X.shape[0] and
    K.shape[0], its columns from X.shape[1] and K.shape[1]."""

    def corr2d(X, K):
        Y = torch.zeros(X.shape[1] - K.shape[1] + 1, X.shape[0] - K.shape[0] + 1)
        right = _correlate(X, K)
        rows, columns = min(Y.shape[0], right.shape[0]), min(Y.shape[1], right.shape[1])
        Y[:rows, :columns] = right[:rows, :columns]
        return Y


class MeanInsteadOfSum:
    """The products are averaged. Cross-correlation adds them up: no division."""

    def corr2d(X, K):
        return _correlate(X, K) / K.numel()


class SquareKernelAssumed:
    """The kernel's first size is used for both directions. A kernel may have more columns than rows:
    read kh and kw separately from K.shape."""

    def corr2d(X, K):
        h = w = K.shape[0]
        Y = torch.zeros(X.shape[0] - h + 1, X.shape[1] - w + 1)
        for i in range(Y.shape[0]):
            for j in range(Y.shape[1]):
                Y[i, j] = (X[i : i + h, j : j + w] * K).sum()
        return Y


class WindowsDoNotOverlap:
    """Your kernel jumps by its own size. Between two values of the result it moves by one pixel only."""

    def corr2d(X, K):
        h, w = K.shape
        rows, columns = X.shape[0] // h, X.shape[1] // w
        Y = torch.zeros(rows, columns)
        for i in range(rows):
            for j in range(columns):
                Y[i, j] = (X[i * h : i * h + h, j * w : j * w + w] * K).sum()
        return Y


class ColumnNeverMoves:
    """Every value of a row is the same: the window goes down with i but does not go right with j.
    It should start at column j."""

    def corr2d(X, K):
        right = _correlate(X, K)
        return right[:, :1].expand_as(right)


class HistoryLost:
    """The numbers are right, but gradients cannot flow back: the values left PyTorch on the way, through
    .item(), .tolist(), float() or .detach(). Keep them tensors until the end."""

    def corr2d(X, K):
        return _correlate(X.detach(), K.detach())


class KernelHistoryLost:
    """Gradients reach the image but not the kernel: K was detached, copied with torch.tensor or used as
    plain numbers."""

    def corr2d(X, K):
        return _correlate(X, K.detach())


class WritesIntoTheImage:
    """The sum is right, but the image is changed on the way: an in-place multiplication on a window writes
    into X itself, because a slice shares its memory."""

    def corr2d(X, K):
        result = _correlate(X, K)
        with torch.no_grad():
            X[: K.shape[0], : K.shape[1]] *= K
        return result
