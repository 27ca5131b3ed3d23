"""Mistakes of exercise 28: permuted pixels."""

import numpy as np
import torch


def _permute(images, permutation):
    """The right result."""
    return images.flatten(2)[:, :, permutation].reshape(images.shape)


class PixelsSentInsteadOfFetched:
    """Your pixels go the other way: pixel i is put to place permutation[i]. Asked is where the pixel at place i comes
    from, and that is permutation[i]. What you have is the inverse."""

    def permute_pixels(images, permutation):
        result = torch.empty_like(images).flatten(2)
        result[:, :, permutation] = images.flatten(2)
        return result.reshape(images.shape)


class ColumnByColumn:
    """You count the pixels column by column. Row by row, pixel 1 is the right neighbour of pixel 0."""

    def permute_pixels(images, permutation):
        turned = images.transpose(2, 3)
        return turned.flatten(2)[:, :, permutation].reshape(turned.shape).transpose(2, 3)


class HeightAndWidthSwapped:
    """The pixels are right, but they are cut into rows of the wrong length: height and width have changed places. An
    image has h rows of w pixels, so its shape ends in (h, w)."""

    def permute_pixels(images, permutation):
        return _permute(images, permutation).reshape(*images.shape[:2], images.shape[3], images.shape[2])


class LeftAsRows:
    """Your result is one long row of pixels for each channel. Give it the shape of the images back."""

    def permute_pixels(images, permutation):
        return images.flatten(2)[:, :, permutation]


class ChannelsLost:
    """The axis of the channels is gone from your result. Images of one channel have it too: (n, 1, h, w)."""

    def permute_pixels(images, permutation):
        return _permute(images, permutation).squeeze(1)


class ColumnsChosen:
    """The permutation picks columns here: it is used on the last axis of the images, which has w places only. It
    counts all h·w pixels, so these must lie on one axis first."""

    def permute_pixels(images, permutation):
        return images[:, :, :, permutation]


class ChannelsInTheSameRow:
    """All channels of an image are put into one row, and the permutation reaches only its first h·w pixels. Each
    channel needs a row of its own: put only the last two axes together."""

    def permute_pixels(images, permutation):
        return images.flatten(1)[:, permutation].reshape(images.shape)


class AxesReshapedNotMoved:
    """The channels get mixed up: you reshape (n, c, h, w) to (n, h·w, c) as if the channels came last. Reshaping moves
    no axis, it only cuts the same numbers into other pieces."""

    def permute_pixels(images, permutation):
        n, c, h, w = images.shape
        return images.reshape(n, h * w, c)[:, permutation, :].reshape(n, c, h, w)


class OnlyTheFirstImage:
    """Only the first image is permuted. Every image of the batch should be."""

    def permute_pixels(images, permutation):
        result = images.clone()
        result[0] = _permute(images, permutation)[0]
        return result


class OnlyTheFirstChannel:
    """Only the first channel is permuted, and the others stay as they are. Then the colours of a pixel no longer
    belong together."""

    def permute_pixels(images, permutation):
        result = images.clone()
        result[:, 0] = _permute(images, permutation)[:, 0]
        return result


class FirstChannelForAll:
    """Each channel of your result is the permuted first channel. The others have pixels of their own."""

    def permute_pixels(images, permutation):
        return _permute(images, permutation)[:, :1].expand_as(images)


class PermutedOnceForEachImage:
    """The whole batch is permuted again for every image: inside the loop over the images, you permute all of them.
    One time is enough."""

    def permute_pixels(images, permutation):
        for _ in range(images.shape[0]):
            images = _permute(images, permutation)
        return images


class PermutationOfItsOwn:
    """You draw a new permutation and do not use the one that was given. Then training and test images are permuted
    differently, and nothing can be learned from one about the other."""

    def permute_pixels(images, permutation):
        return _permute(images, torch.randperm(permutation.numel()))


class ResultForgotten:
    """Your images come back as they were: a permuted copy was made and then forgotten. Indexing changes nothing by
    itself; return what it gives."""

    def permute_pixels(images, permutation):
        return images


class WritesIntoTheImages:
    """The result is right, but it was written into the images, which the caller still needs: a view shares their
    memory. Make a new tensor."""

    def permute_pixels(images, permutation):
        pixels = images.view(*images.shape[:2], -1)
        pixels[:] = pixels[:, :, permutation]
        return images


class DoublePrecision:
    """The pixels are right, but they have become float64, the dtype that NumPy takes unless told otherwise. Keep the
    dtype of the images."""

    def permute_pixels(images, permutation):
        result = np.zeros(images.shape)
        result[:] = _permute(images, permutation).numpy()
        return torch.from_numpy(result)
