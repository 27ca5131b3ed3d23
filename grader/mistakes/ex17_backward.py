"""Mistakes of exercise 17: the backward pass of a cross-correlation."""

import torch


def _of_image(X, K, dY):
    """The right dX."""
    dX = torch.zeros(X.shape)
    for i, j in _places(dY):
        dX[i : i + K.shape[0], j : j + K.shape[1]] += dY[i, j] * K
    return dX


def _of_kernel(X, K, dY):
    """The right dK."""
    return sum(dY[i, j] * X[i : i + K.shape[0], j : j + K.shape[1]] for i, j in _places(dY))


def _places(dY):
    return [(i, j) for i in range(dY.shape[0]) for j in range(dY.shape[1])]


class KernelTurnedForTheImage:
    """Your dX lays the kernel on the image turned by 180 degrees. The weights stand where they stood forwards: K[0, 0]
    belongs to the top left of its window. If you correlate with a padded dY, it is the other way round: there the
    kernel must be turned."""

    def corr2d_backward(X, K, dY):
        return _of_image(X, K.flip(0, 1), dY), _of_kernel(X, K, dY)


class KernelGradientTurned:
    """Your dK is turned by 180 degrees. Nothing is turned for dK: dK[0, 0] belongs to the pixels at the top left of the
    windows."""

    def corr2d_backward(X, K, dY):
        return _of_image(X, K, dY), _of_kernel(X, K, dY).flip(0, 1)


class KernelGradientTransposed:
    """Rows and columns of dK have changed places: its first index counts the rows of the kernel."""

    def corr2d_backward(X, K, dY):
        return _of_image(X, K, dY), _of_kernel(X, K, dY).T


class OutputGradientIgnored:
    """dY plays no part in your result, as if it were all ones. The loss may change much with one Y[i, j] and not at all
    with another: each has to be weighed with its dY[i, j]."""

    def corr2d_backward(X, K, dY):
        return _of_image(X, K, torch.ones_like(dY)), _of_kernel(X, K, torch.ones_like(dY))


class ResultsSwapped:
    """The two results have changed places: dX comes first, then dK, in the order of the arguments."""

    def corr2d_backward(X, K, dY):
        return _of_kernel(X, K, dY), _of_image(X, K, dY)


class OnlyTheImage:
    """You return dX alone. Two gradients are asked for, as a pair: (dX, dK)."""

    def corr2d_backward(X, K, dY):
        return _of_image(X, K, dY)


class ImageOverwritten:
    """In dX each window overwrites what lay there before. A pixel under several windows gets something from each of
    them: add, with += instead of =."""

    def corr2d_backward(X, K, dY):
        dX = torch.zeros(X.shape)
        for i, j in _places(dY):
            dX[i : i + K.shape[0], j : j + K.shape[1]] = dY[i, j] * K
        return dX, _of_kernel(X, K, dY)


class KernelOverwritten:
    """Your dK holds only what the last place gave: each step overwrites the one before. Add, with += instead of =."""

    def corr2d_backward(X, K, dY):
        i, j = _places(dY)[-1]
        return _of_image(X, K, dY), dY[i, j] * X[i : i + K.shape[0], j : j + K.shape[1]]


class ImageTimesImage:
    """For dX you multiply dY with the pixels. A pixel's gradient comes from its partner in the product X · K, which is
    the weight."""

    def corr2d_backward(X, K, dY):
        dX = torch.zeros(X.shape)
        for i, j in _places(dY):
            window = slice(i, i + K.shape[0]), slice(j, j + K.shape[1])
            dX[window] += dY[i, j] * X[window]
        return dX, _of_kernel(X, K, dY)


class KernelTimesKernel:
    """For dK you multiply dY with the weights. A weight's gradient comes from its partner in the product X · K, which
    is the pixel."""

    def corr2d_backward(X, K, dY):
        return _of_image(X, K, dY), dY.sum() * K


class KernelAveraged:
    """Your dK is divided by the number of places. The kernel is used at all of them, and what comes back from each is
    added up: no division."""

    def corr2d_backward(X, K, dY):
        return _of_image(X, K, dY), _of_kernel(X, K, dY) / dY.numel()


class StartsFromTheImage:
    """Your dX begins as a copy of X, and the gradients are added to the pixels. It has to begin with zeros."""

    def corr2d_backward(X, K, dY):
        return X + _of_image(X, K, dY), _of_kernel(X, K, dY)


class LastRowAndColumnLeftOut:
    """The last row and the last column of dY are left out. range(n) already stops before n."""

    def corr2d_backward(X, K, dY):
        dX, dK = torch.zeros(X.shape), torch.zeros(K.shape)
        for i, j in _places(dY[:-1, :-1]):
            dX[i : i + K.shape[0], j : j + K.shape[1]] += dY[i, j] * K
            dK += dY[i, j] * X[i : i + K.shape[0], j : j + K.shape[1]]
        return dX, dK


class EdgesWithoutPadding:
    """Your dX is too small: the windows of the last step must not hang over the edge, so the edge is missing. A pixel
    at the corner has a gradient too. Pad dY with zeros first, by the size of the kernel less one on each side."""

    def corr2d_backward(X, K, dY):
        inner = _of_image(X, K, dY)[K.shape[0] - 1 : dY.shape[0], K.shape[1] - 1 : dY.shape[1]]
        return inner, _of_kernel(X, K, dY)


class SquareKernelAssumed:
    """The kernel's first size is used for both directions. A kernel may have more columns than rows: read kh and kw
    separately from K.shape."""

    def corr2d_backward(X, K, dY):
        size = K.shape[0]
        dX, dK = torch.zeros(X.shape), torch.zeros(K.shape)
        for i, j in _places(dY):
            dX[i : i + size, j : j + size] += dY[i, j] * K
            dK += dY[i, j] * X[i : i + size, j : j + size]
        return dX, dK


class WritesIntoTheImage:
    """The gradients are right, but X is overwritten with dX. The caller still needs the image: make a new tensor."""

    def corr2d_backward(X, K, dY):
        dX, dK = _of_image(X, K, dY), _of_kernel(X, K, dY)
        X.copy_(dX)
        return X, dK
