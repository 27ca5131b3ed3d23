"""Mistakes of exercise 15: several channels, in and out."""

import torch


def _corr2d(X, K):
    """The right result for one channel."""
    return (X.unfold(0, K.shape[0], 1).unfold(1, K.shape[1], 1) * K).sum(dim=(2, 3))


def _each(X, K):
    """The right result for each input channel, (c, oh, ow)."""
    return torch.stack([_corr2d(x, k) for x, k in zip(X, K, strict=True)])


def _in(X, K):
    """The right sum over the input channels."""
    return _each(X, K).sum(0)


def _in_out(X, K, multi_in=_in):
    """The right channels, if `multi_in` is right."""
    return torch.stack([multi_in(X, kernel) for kernel in K])


def _1x1(X, K):
    """The right channels of 1×1 kernels."""
    return torch.einsum("oc,chw->ohw", K[:, :, 0, 0], X)


# Several channels in -------------------------------------------------------------------------------


class OnlyTheFirstChannel:
    """Only the first channel counts. Go through all channels, and return after the loop, not inside it."""

    def corr2d_multi_in(X, K):
        return _corr2d(X[0], K[0])

    def corr2d_multi_in_out(X, K):
        return _in_out(X, K, OnlyTheFirstChannel.corr2d_multi_in)

    def corr2d_multi_in_out_1x1(X, K):
        return _1x1(X, K)


class OnlyTheLastChannel:
    """Only the last channel counts: each pass of your loop replaces the result of the one before. Add to it
    instead."""

    def corr2d_multi_in(X, K):
        return _corr2d(X[-1], K[-1])

    def corr2d_multi_in_out(X, K):
        return _in_out(X, K, OnlyTheLastChannel.corr2d_multi_in)

    def corr2d_multi_in_out_1x1(X, K):
        return _1x1(X, K)


class ChannelsNotAdded:
    """You keep the results of the input channels apart. They belong together: add them up, place by place, into
    one channel."""

    def corr2d_multi_in(X, K):
        return _each(X, K)

    def corr2d_multi_in_out(X, K):
        return _in_out(X, K, ChannelsNotAdded.corr2d_multi_in)

    def corr2d_multi_in_out_1x1(X, K):
        return _1x1(X, K)


class MeanOverChannels:
    """The channels are averaged. Their results are added up: no division."""

    def corr2d_multi_in(X, K):
        return _each(X, K).mean(0)

    def corr2d_multi_in_out(X, K):
        return _in_out(X, K, MeanOverChannels.corr2d_multi_in)

    def corr2d_multi_in_out_1x1(X, K):
        return _1x1(X, K)


class ChannelsAddedFirst:
    """You add the channels up before you correlate, so that all of them meet the same kernel. Each channel meets
    its own slice of the kernel; the sum comes afterwards."""

    def corr2d_multi_in(X, K):
        return _corr2d(X.sum(0), K.sum(0))

    def corr2d_multi_in_out(X, K):
        return _in_out(X, K, ChannelsAddedFirst.corr2d_multi_in)

    def corr2d_multi_in_out_1x1(X, K):
        return _1x1(X, K)


class TwoChannelsByName:
    """Your sum names two channels, X[0] and X[1]. An image may have one channel or four: go through all that there
    are."""

    def corr2d_multi_in(X, K):
        return _corr2d(X[0], K[0]) + _corr2d(X[1], K[1])

    def corr2d_multi_in_out(X, K):
        return _in_out(X, K, TwoChannelsByName.corr2d_multi_in)

    def corr2d_multi_in_out_1x1(X, K):
        return _1x1(X, K)


# Several channels out ------------------------------------------------------------------------------


class InputAndOutputSwapped:
    """You go along the second size of K, which counts the input channels. Output channels are the first: K[o] is the
    kernel for output channel o."""

    def corr2d_multi_in(X, K):
        return _in(X, K)

    def corr2d_multi_in_out(X, K):
        return torch.stack([sum(_corr2d(x, k) for x, k in zip(X, K[:, c], strict=False)) for c in range(K.shape[1])])

    def corr2d_multi_in_out_1x1(X, K):
        return _1x1(X, K)


class ChannelsInOnePiece:
    """The output channels are joined along the rows, so the result has two dimensions. They need a dimension of
    their own: torch.cat goes along one that exists, torch.stack makes a new one."""

    def corr2d_multi_in(X, K):
        return _in(X, K)

    def corr2d_multi_in_out(X, K):
        return torch.cat([_in(X, kernel) for kernel in K])

    def corr2d_multi_in_out_1x1(X, K):
        return _1x1(X, K)


class ChannelsLast:
    """The output channels are the last dimension of your result. In PyTorch they are the first: (co, oh, ow)."""

    def corr2d_multi_in(X, K):
        return _in(X, K)

    def corr2d_multi_in_out(X, K):
        return torch.stack([_in(X, kernel) for kernel in K], dim=-1)

    def corr2d_multi_in_out_1x1(X, K):
        return _1x1(X, K)


class OneOutputSqueezed:
    """A single output channel loses its dimension, as squeeze() does it: the result should be (1, oh, ow). Whoever
    uses it counts on three dimensions."""

    def corr2d_multi_in(X, K):
        return _in(X, K)

    def corr2d_multi_in_out(X, K):
        return _in_out(X, K).squeeze()

    def corr2d_multi_in_out_1x1(X, K):
        return _1x1(X, K)


# 1×1 kernels ---------------------------------------------------------------------------------------


class PixelsScrambled:
    """You reshape X into rows of ci numbers, but such a row holds neighbouring pixels of one channel, not the
    channels of one pixel: reshape keeps the order of the numbers. Give each channel a row."""

    def corr2d_multi_in(X, K):
        return _in(X, K)

    def corr2d_multi_in_out(X, K):
        return _in_out(X, K)

    def corr2d_multi_in_out_1x1(X, K):
        weights = K[:, :, 0, 0]
        return (weights @ X.reshape(-1, X.shape[0]).T).reshape(-1, *X.shape[1:])


class ResultScrambled:
    """Your product holds a row for each pixel, and is then reshaped as if it held a row for each channel.
    The numbers are right, their places are not: transpose before you reshape."""

    def corr2d_multi_in(X, K):
        return _in(X, K)

    def corr2d_multi_in_out(X, K):
        return _in_out(X, K)

    def corr2d_multi_in_out_1x1(X, K):
        weights = K[:, :, 0, 0]
        pixels = X.permute(1, 2, 0).reshape(-1, X.shape[0])
        return (pixels @ weights.T).reshape(-1, *X.shape[1:])


class WidthBeforeHeight:
    """Height and width have changed places in the result of the 1×1 kernels. Its shape is (co, h, w)."""

    def corr2d_multi_in(X, K):
        return _in(X, K)

    def corr2d_multi_in_out(X, K):
        return _in_out(X, K)

    def corr2d_multi_in_out_1x1(X, K):
        right = _1x1(X, K)
        return right.reshape(-1, X.shape[2], X.shape[1])


class ChannelsSqueezed:
    """Your squeeze() takes away every size of 1, and the number of channels may be 1 as well. Name the shape that you
    want: (co, ci)."""

    def corr2d_multi_in(X, K):
        return _in(X, K)

    def corr2d_multi_in_out(X, K):
        return _in_out(X, K)

    def corr2d_multi_in_out_1x1(X, K):
        ci, h, w = X.shape
        return (K.squeeze() @ X.reshape(ci, h * w)).reshape(-1, h, w)


# Everything else -----------------------------------------------------------------------------------


class HistoryLost:
    """The numbers are right, but gradients cannot flow back: the values left PyTorch on the way, through
    .item(), .numpy(), torch.tensor(…) or .detach(). Keep them tensors until the end."""

    def corr2d_multi_in(X, K):
        return _in(X.detach(), K.detach())

    def corr2d_multi_in_out(X, K):
        return _in_out(X, K, HistoryLost.corr2d_multi_in)

    def corr2d_multi_in_out_1x1(X, K):
        return _1x1(X.detach(), K.detach())


class WritesIntoTheImage:
    """The result is right, but X is changed on the way. X[0] and most of what reshape gives share their memory with
    X: what is written there with += or *= is written into the image."""

    def corr2d_multi_in(X, K):
        return _in(X, K)

    def corr2d_multi_in_out(X, K):
        return _in_out(X, K)

    def corr2d_multi_in_out_1x1(X, K):
        result = _1x1(X, K)
        with torch.no_grad():
            X[0] *= K[0, 0, 0, 0]
        return result
