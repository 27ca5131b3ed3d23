"""Mistakes of exercise 18: im2col."""

import torch
import torch.nn.functional as F


def _pair(size):
    """An int stands for both directions."""
    return (size, size) if isinstance(size, int) else tuple(size)


def _windows(X, kernel, padding, stride):
    """The windows of padded images, (n, c, oh, ow, kh, kw)."""
    (kh, kw), (a, b), (sh, sw) = _pair(kernel), _pair(padding), _pair(stride)
    return F.pad(X, (b, b, a, a)).unfold(2, kh, sh).unfold(3, kw, sw)


def _columns(windows):
    """Windows as the columns of matrices."""
    return windows.permute(0, 1, 4, 5, 2, 3).flatten(4).flatten(1, 3)


def _im2col(X, kernel_size, padding=0, stride=1):
    """The right columns."""
    return _columns(_windows(X, kernel_size, padding, stride))


def _product(columns, weight, bias=None):
    """The right product of kernels and columns, (n, co, oh · ow)."""
    Y = weight.flatten(1) @ columns
    return Y if bias is None else Y + bias[:, None]


def _images(Y, X, weight, padding, stride):
    """Rows of the product as images."""
    a, sh = _pair(padding)[0], _pair(stride)[0]
    return Y.unflatten(2, ((X.shape[2] + 2 * a - weight.shape[2]) // sh + 1, -1))


def _conv2d(X, weight, bias=None, padding=0, stride=1):
    """The right convolution."""
    columns = _im2col(X, weight.shape[2:], padding, stride)
    return _images(_product(columns, weight, bias), X, weight, padding, stride)


# im2col -------------------------------------------------------------------------------------------


class WindowsAreRows:
    """Your windows are the rows of the matrix. Here they are its columns: exchange the last two axes."""

    conv2d = _conv2d

    def im2col(X, kernel_size, padding=0, stride=1):
        return _im2col(X, kernel_size, padding, stride).transpose(1, 2)


class ReshapedOnly:
    """The shape is right, but the numbers are mixed up: reshape cuts them anew in the order in which they are. The
    axes that belong to a window must stand together first: permute before you reshape."""

    def im2col(X, kernel_size, padding=0, stride=1):
        right = _im2col(X, kernel_size, padding, stride)
        return _windows(X, kernel_size, padding, stride).reshape(right.shape)

    def conv2d(X, weight, bias=None, padding=0, stride=1):
        columns = ReshapedOnly.im2col(X, weight.shape[2:], padding, stride)
        return _images(_product(columns, weight, bias), X, weight, padding, stride)


class ChannelsLast:
    """In your columns the channels take turns at every pixel. They come one after the other: all of channel 0, then
    all of channel 1."""

    def im2col(X, kernel_size, padding=0, stride=1):
        windows = _windows(X, kernel_size, padding, stride)
        return windows.permute(0, 4, 5, 1, 2, 3).flatten(4).flatten(1, 3)

    def conv2d(X, weight, bias=None, padding=0, stride=1):
        columns = ChannelsLast.im2col(X, weight.shape[2:], padding, stride)
        return _images(_product(columns, weight, bias), X, weight, padding, stride)


class WindowsReadDownwards:
    """Your windows are read column by column. Read them row by row: first from left to right, then down."""

    def im2col(X, kernel_size, padding=0, stride=1):
        windows = _windows(X, kernel_size, padding, stride)
        return windows.permute(0, 1, 5, 4, 2, 3).flatten(4).flatten(1, 3)

    def conv2d(X, weight, bias=None, padding=0, stride=1):
        columns = WindowsReadDownwards.im2col(X, weight.shape[2:], padding, stride)
        return _images(_product(columns, weight, bias), X, weight, padding, stride)


class PlacesGoDownwards:
    """Your windows go down the image first. They go from left to right, row by row: column i · ow + j is window
    (i, j)."""

    conv2d = _conv2d

    def im2col(X, kernel_size, padding=0, stride=1):
        return _windows(X, kernel_size, padding, stride).permute(0, 1, 4, 5, 3, 2).flatten(4).flatten(1, 3)


class FirstImageOnly:
    """Only the first image of the batch is there. Each of the n images has a matrix of its own."""

    def im2col(X, kernel_size, padding=0, stride=1):
        return _im2col(X[:1], kernel_size, padding, stride)

    def conv2d(X, weight, bias=None, padding=0, stride=1):
        return _conv2d(X[:1], weight, bias, padding, stride)


class LastWindowsMissing:
    """The last row and the last column of windows are missing. There are ⌊(h + 2a − kh) / sh⌋ + 1 places, and range(n)
    already stops before n."""

    def im2col(X, kernel_size, padding=0, stride=1):
        return _columns(_windows(X, kernel_size, padding, stride)[:, :, :-1, :-1])

    def conv2d(X, weight, bias=None, padding=0, stride=1):
        return _conv2d(X, weight, bias, padding, stride)[:, :, :-1, :-1]


class PaddingSwapped:
    """Height and width of the padding have changed places: its first number counts rows. F.pad begins with the last
    axis: left, right, above, below."""

    def im2col(X, kernel_size, padding=0, stride=1):
        return _im2col(X, kernel_size, _pair(padding)[::-1], stride)

    def conv2d(X, weight, bias=None, padding=0, stride=1):
        return _conv2d(X, weight, bias, _pair(padding)[::-1], stride)


class PaddingAboveAndLeftOnly:
    """The padding is added above and at the left only. It belongs on all four sides."""

    def im2col(X, kernel_size, padding=0, stride=1):
        a, b = _pair(padding)
        return _im2col(F.pad(X, (b, 0, a, 0)), kernel_size, 0, stride)

    def conv2d(X, weight, bias=None, padding=0, stride=1):
        a, b = _pair(padding)
        return _conv2d(F.pad(X, (b, 0, a, 0)), weight, bias, 0, stride)


class StrideIgnored:
    """Your windows always move by one pixel, whatever the stride is."""

    def im2col(X, kernel_size, padding=0, stride=1):
        return _im2col(X, kernel_size, padding)

    def conv2d(X, weight, bias=None, padding=0, stride=1):
        return _conv2d(X, weight, bias, padding)


class StrideSwapped:
    """Height and width of the stride have changed places: its first number moves a window down, its second to the
    right."""

    def im2col(X, kernel_size, padding=0, stride=1):
        return _im2col(X, kernel_size, padding, _pair(stride)[::-1])

    def conv2d(X, weight, bias=None, padding=0, stride=1):
        return _conv2d(X, weight, bias, padding, _pair(stride)[::-1])


class KernelMustBeAPair:
    """You take kernel_size apart as a pair, and an int cannot be taken apart. It may be either: 2 stands for
    (2, 2)."""

    conv2d = _conv2d

    def im2col(X, kernel_size, padding=0, stride=1):
        kh, kw = kernel_size
        return _im2col(X, (kh, kw), padding, stride)


class AnIntMeansHeight:
    """An int is used for the height only, and the width goes on as if nothing had been given. It stands for both
    directions."""

    def im2col(X, kernel_size, padding=0, stride=1):
        padding = (padding, 0) if isinstance(padding, int) else padding
        stride = (stride, 1) if isinstance(stride, int) else stride
        return _im2col(X, kernel_size, padding, stride)

    def conv2d(X, weight, bias=None, padding=0, stride=1):
        padding = (padding, 0) if isinstance(padding, int) else padding
        stride = (stride, 1) if isinstance(stride, int) else stride
        return _conv2d(X, weight, bias, padding, stride)


# conv2d -------------------------------------------------------------------------------------------


class FlippedKernel:
    """Your kernels are turned around before they are used. Deep learning leaves them as they are; see “Convolution or
    cross-correlation” in the lesson."""

    im2col = _im2col

    def conv2d(X, weight, bias=None, padding=0, stride=1):
        return _conv2d(X, weight.flip(2, 3), bias, padding, stride)


class KernelsMixed:
    """Your rows hold weights of different kernels. A kernel becomes one row when the weight is reshaped to
    (co, ci · kh · kw); reshaped to (ci · kh · kw, co) and transposed, they are dealt out like cards."""

    im2col = _im2col

    def conv2d(X, weight, bias=None, padding=0, stride=1):
        mixed = weight.reshape(-1, len(weight)).T.reshape(weight.shape)
        return _conv2d(X, mixed, bias, padding, stride)


class ResultOnItsSide:
    """Height and width of the result have changed places in the last step: it has oh rows and ow columns."""

    im2col = _im2col

    def conv2d(X, weight, bias=None, padding=0, stride=1):
        right = _conv2d(X, weight, bias, padding, stride)
        return right.reshape(*right.shape[:2], right.shape[3], right.shape[2])


class BiasIgnored:
    """The bias is not added."""

    im2col = _im2col

    def conv2d(X, weight, bias=None, padding=0, stride=1):
        return _conv2d(X, weight, None, padding, stride)


class BiasMustBeThere:
    """You use the bias without looking whether there is one. It may be None: then nothing is added."""

    im2col = _im2col

    def conv2d(X, weight, bias=None, padding=0, stride=1):
        return _conv2d(X, weight, None, padding, stride) + bias[:, None, None]


class BiasAlongTheColumns:
    """The bias is added along the columns: each place gets one of its numbers. Each output channel, a row of the
    product, has one for all its places. Give the bias a second axis, and it lines up."""

    im2col = _im2col

    def conv2d(X, weight, bias=None, padding=0, stride=1):
        Y = _product(_im2col(X, weight.shape[2:], padding, stride), weight)
        if bias is not None:
            Y = Y + bias
        return _images(Y, X, weight, padding, stride)


# Both ---------------------------------------------------------------------------------------------


class HistoryLost:
    """The numbers are right, but gradients cannot flow back to the images: the pixels left PyTorch on the way, through
    .numpy(), .tolist(), .item() or .detach(). Keep them tensors until the end."""

    def im2col(X, kernel_size, padding=0, stride=1):
        return _im2col(X.detach(), kernel_size, padding, stride)

    def conv2d(X, weight, bias=None, padding=0, stride=1):
        return _conv2d(X.detach(), weight, bias, padding, stride)


class WeightHistoryLost:
    """Gradients reach the images but not weight and bias: they were detached (.data, .detach()) or copied with
    torch.tensor."""

    im2col = _im2col

    def conv2d(X, weight, bias=None, padding=0, stride=1):
        return _conv2d(X, weight.detach(), None if bias is None else bias.detach(), padding, stride)


class WritesIntoTheImages:
    """The result is right, but the images are changed on the way: without padding your windows share the memory of X,
    and an in-place multiplication writes into it."""

    im2col = _im2col

    def conv2d(X, weight, bias=None, padding=0, stride=1):
        result = _conv2d(X, weight, bias, padding, stride)
        if _pair(padding) == (0, 0):
            with torch.no_grad():
                X[:, :, : weight.shape[2], : weight.shape[3]] *= weight[0]
        return result
