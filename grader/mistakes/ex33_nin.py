"""Mistakes of exercise 33: Network in Network."""

import torch
from torch import nn


def _block(in_channels, out_channels, kernel_size, strides, padding):
    """The right block."""
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel_size, strides, padding),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 1),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 1),
        nn.ReLU(),
    )


def _pool():
    return nn.MaxPool2d(3, stride=2)


def _blocks(num_classes, block=_block, pool=_pool, padding=0):
    """Everything before the global average pooling, of blocks and poolings that may be wrong."""
    return [
        block(1, 96, 11, 4, padding),
        pool(),
        block(96, 256, 5, 1, 2),
        pool(),
        block(256, 384, 3, 1, 1),
        pool(),
        block(384, num_classes, 3, 1, 1),
    ]


def _nin(num_classes, block=_block, pool=_pool, padding=0):
    """The right net, of blocks and poolings that may be wrong."""
    return nn.Sequential(*_blocks(num_classes, block, pool, padding), nn.AdaptiveAvgPool2d(1), nn.Flatten())


# The block ----------------------------------------------------------------------------------------


class NoReLU:
    """There is no ReLU in your block. Without activations, the two 1×1 convolutions could as well be
    left out: put a ReLU after each of the three."""

    def nin_block(in_channels, out_channels, kernel_size, strides, padding):
        return nn.Sequential(*_block(in_channels, out_channels, kernel_size, strides, padding)[::2])

    def nin(num_classes=10):
        return _nin(num_classes, NoReLU.nin_block)


class ReLUOnlyAfterTheFirst:
    """The 1×1 convolutions have no ReLU. All three convolutions of a block are followed by one: that
    makes the two a small net of their own at every pixel."""

    def nin_block(in_channels, out_channels, kernel_size, strides, padding):
        first, relu, second, _, third, _ = _block(in_channels, out_channels, kernel_size, strides, padding)
        return nn.Sequential(first, relu, second, third)

    def nin(num_classes=10):
        return _nin(num_classes, ReLUOnlyAfterTheFirst.nin_block)


class NoReLUAfterTheLast:
    """The last convolution of your block has no ReLU. A block ends with one."""

    def nin_block(in_channels, out_channels, kernel_size, strides, padding):
        return nn.Sequential(*_block(in_channels, out_channels, kernel_size, strides, padding)[:-1])

    def nin(num_classes=10):
        return _nin(num_classes, NoReLUAfterTheLast.nin_block)


class ReLUOnlyAtTheEnd:
    """Your block has one ReLU, at its end. Three convolutions in a row without activations between them
    are a single convolution."""

    def nin_block(in_channels, out_channels, kernel_size, strides, padding):
        first, relu, second, _, third, _ = _block(in_channels, out_channels, kernel_size, strides, padding)
        return nn.Sequential(first, second, third, relu)

    def nin(num_classes=10):
        return _nin(num_classes, ReLUOnlyAtTheEnd.nin_block)


class ThreeByThreeInsteadOfOneByOne:
    """The second and third convolutions of your block are 3×3. NiN's idea is 1×1: they mix the channels
    of one pixel and look at no other."""

    def nin_block(in_channels, out_channels, kernel_size, strides, padding):
        layers = [nn.Conv2d(in_channels, out_channels, kernel_size, strides, padding), nn.ReLU()]
        for _ in range(2):
            layers += [nn.Conv2d(out_channels, out_channels, 3, padding=1), nn.ReLU()]
        return nn.Sequential(*layers)

    def nin(num_classes=10):
        return _nin(num_classes, ThreeByThreeInsteadOfOneByOne.nin_block)


class OnlyOneOneByOne:
    """There is one 1×1 convolution in your block. Two of them follow the first convolution."""

    def nin_block(in_channels, out_channels, kernel_size, strides, padding):
        return nn.Sequential(*_block(in_channels, out_channels, kernel_size, strides, padding)[:4])

    def nin(num_classes=10):
        return _nin(num_classes, OnlyOneOneByOne.nin_block)


class StridesAndPaddingChangedPlaces:
    """Strides and padding have changed places on their way into the convolution. nn.Conv2d takes first
    the stride, then the padding; by their names they cannot be mixed up."""

    def nin_block(in_channels, out_channels, kernel_size, strides, padding):
        return _block(in_channels, out_channels, kernel_size, padding, strides)

    def nin(num_classes=10):
        return _nin(num_classes, StridesAndPaddingChangedPlaces.nin_block)


class StridesIgnored:
    """Your block does not use strides: the kernel always moves by one pixel. Hand the argument on to
    the first convolution."""

    def nin_block(in_channels, out_channels, kernel_size, strides, padding):
        return _block(in_channels, out_channels, kernel_size, 1, padding)

    def nin(num_classes=10):
        return _nin(num_classes)  # of right blocks: without strides the pictures are 16 times as large


class PaddingIgnored:
    """Your block does not use padding. Hand the argument on to the first convolution."""

    def nin_block(in_channels, out_channels, kernel_size, strides, padding):
        return _block(in_channels, out_channels, kernel_size, strides, 0)

    def nin(num_classes=10):
        return _nin(num_classes, PaddingIgnored.nin_block)


class StridesInEveryConvolution:
    """The 1×1 convolutions have strides too, so the picture shrinks three times in a block. Only the
    first convolution moves in strides."""

    def nin_block(in_channels, out_channels, kernel_size, strides, padding):
        layers = [nn.Conv2d(in_channels, out_channels, kernel_size, strides, padding), nn.ReLU()]
        for _ in range(2):
            layers += [nn.Conv2d(out_channels, out_channels, 1, strides), nn.ReLU()]
        return nn.Sequential(*layers)

    def nin(num_classes=10):
        return _nin(num_classes)


class PaddingInEveryConvolution:
    """The 1×1 convolutions have padding too, and a frame grows around the picture. They keep its size
    without any: only the first convolution gets the padding."""

    def nin_block(in_channels, out_channels, kernel_size, strides, padding):
        layers = [nn.Conv2d(in_channels, out_channels, kernel_size, strides, padding), nn.ReLU()]
        for _ in range(2):
            layers += [nn.Conv2d(out_channels, out_channels, 1, 1, padding), nn.ReLU()]
        return nn.Sequential(*layers)

    def nin(num_classes=10):
        return _nin(num_classes, PaddingInEveryConvolution.nin_block)


class InChannelsThreeTimes:
    """Every convolution of your block expects in_channels, but after the first there are out_channels.
    The 1×1 convolutions take out_channels to out_channels."""

    def nin_block(in_channels, out_channels, kernel_size, strides, padding):
        return nn.Sequential(
            nn.Conv2d(in_channels, out_channels, kernel_size, strides, padding),
            nn.ReLU(),
            nn.Conv2d(in_channels, out_channels, 1),
            nn.ReLU(),
            nn.Conv2d(in_channels, out_channels, 1),
            nn.ReLU(),
        )

    def nin(num_classes=10):
        return _nin(num_classes, InChannelsThreeTimes.nin_block)


class PoolingInTheBlock:
    """Your block ends with a pooling. In NiN the pooling stands between the blocks, so that the last
    one can do without: it belongs into nin."""

    def nin_block(in_channels, out_channels, kernel_size, strides, padding):
        return nn.Sequential(_block(in_channels, out_channels, kernel_size, strides, padding), _pool())

    def nin(num_classes=10):
        return _nin(num_classes)


# The net ------------------------------------------------------------------------------------------


class GlobalMaxPooling:
    """In the end your net takes the largest value of each channel. NiN takes the mean: global average
    pooling."""

    def nin_block(in_channels, out_channels, kernel_size, strides, padding):
        return _block(in_channels, out_channels, kernel_size, strides, padding)

    def nin(num_classes=10):
        return nn.Sequential(*_blocks(num_classes), nn.AdaptiveMaxPool2d(1), nn.Flatten())


class NotFlattened:
    """Your net gives (n, num_classes, 1, 1): the right scores with two axes too many. Flatten them away
    at the end."""

    def nin_block(in_channels, out_channels, kernel_size, strides, padding):
        return _block(in_channels, out_channels, kernel_size, strides, padding)

    def nin(num_classes=10):
        return nn.Sequential(*_blocks(num_classes), nn.AdaptiveAvgPool2d(1))


class NoGlobalPooling:
    """The last 5×5 pixels of every class are all in the result: 25 numbers for each class. Their mean
    is the score: global average pooling comes before the flatten."""

    def nin_block(in_channels, out_channels, kernel_size, strides, padding):
        return _block(in_channels, out_channels, kernel_size, strides, padding)

    def nin(num_classes=10):
        return nn.Sequential(*_blocks(num_classes), nn.Flatten())


class LinearLayerAtTheEnd:
    """A linear layer follows the global average pooling. That is what NiN does without: the means are
    the scores."""

    def nin_block(in_channels, out_channels, kernel_size, strides, padding):
        return _block(in_channels, out_channels, kernel_size, strides, padding)

    def nin(num_classes=10):
        return nn.Sequential(_nin(num_classes), nn.Linear(num_classes, num_classes))


class LinearLayerInsteadOfTheLastBlock:
    """The scores come from a linear layer on 384 channels. In NiN a fourth block with one channel for
    each class takes its place."""

    def nin_block(in_channels, out_channels, kernel_size, strides, padding):
        return _block(in_channels, out_channels, kernel_size, strides, padding)

    def nin(num_classes=10):
        features = _blocks(num_classes)[:-1]
        return nn.Sequential(*features, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(384, num_classes))


class AlwaysTenClasses:
    """num_classes is not used: there are ten scores whatever is asked for. The last block has
    num_classes channels."""

    def nin_block(in_channels, out_channels, kernel_size, strides, padding):
        return _block(in_channels, out_channels, kernel_size, strides, padding)

    def nin(num_classes=10):
        return _nin(10)


class OneBlockMissing:
    """The block of 384 channels is missing. There are four: 96, 256, 384 and num_classes."""

    def nin_block(in_channels, out_channels, kernel_size, strides, padding):
        return _block(in_channels, out_channels, kernel_size, strides, padding)

    def nin(num_classes=10):
        blocks = [*_blocks(num_classes)[:4], _block(256, num_classes, 3, 1, 1)]
        return nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten())


class ThreeChannelsExpected:
    """Your first block expects pictures with three channels, for red, green and blue. Here the pictures
    are grey: one channel."""

    def nin_block(in_channels, out_channels, kernel_size, strides, padding):
        return _block(in_channels, out_channels, kernel_size, strides, padding)

    def nin(num_classes=10):
        rest = _blocks(num_classes)[1:]
        return nn.Sequential(_block(3, 96, 11, 4, 0), *rest, nn.AdaptiveAvgPool2d(1), nn.Flatten())


class PaddingInTheFirstBlock:
    """Your first block has padding 2, as AlexNet often has, and gives 55 rows. NiN has no padding
    there: 54."""

    def nin_block(in_channels, out_channels, kernel_size, strides, padding):
        return _block(in_channels, out_channels, kernel_size, strides, padding)

    def nin(num_classes=10):
        return _nin(num_classes, padding=2)


class PoolingTwoByTwo:
    """Your max poolings are 2×2. NiN's are 3×3 with stride 2, so that neighbouring windows share a
    row."""

    def nin_block(in_channels, out_channels, kernel_size, strides, padding):
        return _block(in_channels, out_channels, kernel_size, strides, padding)

    def nin(num_classes=10):
        return _nin(num_classes, pool=lambda: nn.MaxPool2d(2))


class PoolingWithoutOverlap:
    """Your max poolings move by 3 pixels, the size of their window: that is what MaxPool2d(3) does. In
    NiN they move by 2."""

    def nin_block(in_channels, out_channels, kernel_size, strides, padding):
        return _block(in_channels, out_channels, kernel_size, strides, padding)

    def nin(num_classes=10):
        return _nin(num_classes, pool=lambda: nn.MaxPool2d(3))


class PaddedPooling:
    """Your max poolings have padding 1, so the pictures are 27, 14 and 7 pixels wide instead of 26, 12
    and 5."""

    def nin_block(in_channels, out_channels, kernel_size, strides, padding):
        return _block(in_channels, out_channels, kernel_size, strides, padding)

    def nin(num_classes=10):
        return _nin(num_classes, pool=lambda: nn.MaxPool2d(3, stride=2, padding=1))


class AveragePoolingBetween:
    """The poolings between the blocks take the mean of each window. Between the blocks it is max
    pooling; the mean comes at the very end."""

    def nin_block(in_channels, out_channels, kernel_size, strides, padding):
        return _block(in_channels, out_channels, kernel_size, strides, padding)

    def nin(num_classes=10):
        return _nin(num_classes, pool=lambda: nn.AvgPool2d(3, stride=2))


class SoftmaxAtTheEnd:
    """A softmax follows the global average pooling. PyTorch's cross-entropy applies one itself: the
    means are the scores."""

    def nin_block(in_channels, out_channels, kernel_size, strides, padding):
        return _block(in_channels, out_channels, kernel_size, strides, padding)

    def nin(num_classes=10):
        return nn.Sequential(_nin(num_classes), nn.Softmax(dim=1))


class NoReLUBeforeTheMean:
    """The ReLU of the last block is missing in your net. It ends with ReLU as the other blocks do, and
    the mean is taken after that."""

    def nin_block(in_channels, out_channels, kernel_size, strides, padding):
        return _block(in_channels, out_channels, kernel_size, strides, padding)

    def nin(num_classes=10):
        *rest, last = _blocks(num_classes)
        return nn.Sequential(*rest, *last[:-1], nn.AdaptiveAvgPool2d(1), nn.Flatten())


class DropoutThatNeverStops:
    """Dropout works in evaluation mode too: F.dropout does so unless it is told training=False. The
    layer nn.Dropout knows the mode of the net."""

    def nin_block(in_channels, out_channels, kernel_size, strides, padding):
        return _block(in_channels, out_channels, kernel_size, strides, padding)

    def nin(num_classes=10):
        class Dropping(nn.Module):
            def forward(self, X):
                return torch.nn.functional.dropout(X, 0.5)

        *rest, last = _blocks(num_classes)
        return nn.Sequential(*rest, Dropping(), last, nn.AdaptiveAvgPool2d(1), nn.Flatten())
