"""Mistakes of exercise 34: Inception and GoogLeNet."""

import torch
from torch import nn

STAGES = [
    [(64, (96, 128), (16, 32), 32), (128, (128, 192), (32, 96), 64)],
    [
        (192, (96, 208), (16, 48), 64),
        (160, (112, 224), (24, 64), 64),
        (128, (128, 256), (24, 64), 64),
        (112, (144, 288), (32, 64), 64),
        (256, (160, 320), (32, 128), 128),
    ],
    [(256, (160, 320), (32, 128), 128), (384, (192, 384), (48, 128), 128)],
]


class _Block(nn.Module):
    """The right block. A mistake replaces what it has wrong."""

    inner = last = nn.ReLU  # after the first convolution of two, and at the end of a branch
    five, five_padding = 5, 2
    order, dim = (0, 1, 2, 3), 1

    def __init__(self, in_channels, c1, c2, c3, c4):
        super().__init__()
        self.branches = nn.ModuleList(
            [
                nn.Sequential(nn.Conv2d(in_channels, c1, 1), self.last()),
                self.two(in_channels, c2, 3, 1),
                self.two(in_channels, c3, self.five, self.five_padding),
                nn.Sequential(*self.pooled(nn.Conv2d(in_channels, c4, 1))),
            ]
        )

    def two(self, in_channels, c, kernel, padding):
        """The convolutions of branch 2 or 3."""
        first, second = nn.Conv2d(in_channels, c[0], 1), nn.Conv2d(c[0], c[1], kernel, padding=padding)
        return nn.Sequential(first, self.inner(), second, self.last())

    def pooled(self, conv):
        """The layers of branch 4."""
        return [nn.MaxPool2d(3, stride=1, padding=1), conv, self.last()]

    def forward(self, X):
        return torch.cat([self.branches[index](X) for index in self.order], dim=self.dim)


def _pool():
    return nn.MaxPool2d(3, stride=2, padding=1)


def _stem(in_channels=1, relu=nn.ReLU, pool=_pool):
    """The layers before the first block."""
    first, second, third = nn.Conv2d(in_channels, 64, 7, 2, 3), nn.Conv2d(64, 64, 1), nn.Conv2d(64, 192, 3, padding=1)
    return [first, relu(), pool(), second, relu(), third, relu(), pool()]


def _blocks(block=_Block, pool=_pool, stages=STAGES):
    """The nine blocks, and the poolings between them."""
    layers, channels = [], 192
    for stage in stages:
        for c1, c2, c3, c4 in stage:
            layers.append(block(channels, c1, c2, c3, c4))
            channels = c1 + c2[1] + c3[1] + c4
        layers.append(pool())
    return layers[:-1]


def _head(num_classes):
    """The layers after the last block."""
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1024, num_classes)]


def _net_of(block):
    """A function that makes the net, right except for its blocks."""

    def googlenet(num_classes=10):
        return nn.Sequential(*_stem(), *_blocks(block), *_head(num_classes))

    return googlenet


# The block ----------------------------------------------------------------------------------------


class NoReLU:
    """There is no ReLU in your block. Without one, the two convolutions of a branch could as well be a
    single one: put a ReLU after each of the six."""

    class Inception(_Block):
        inner = last = nn.Identity

    googlenet = _net_of(Inception)


class ReLUOnlyAtTheEnd:
    """The 1×1 convolutions in front of the 3×3 and the 5×5 have no ReLU. They are layers of their own:
    each of the six convolutions is followed by one."""

    class Inception(_Block):
        inner = nn.Identity

    googlenet = _net_of(Inception)


class ReLUOnlyInside:
    """Your branches end without ReLU. Not only the convolution in the middle of a branch has one, the
    last does too."""

    class Inception(_Block):
        last = nn.Identity

    googlenet = _net_of(Inception)


class NoReLUAfterThePooledBranch:
    """The convolution of the pooling branch has no ReLU. It is a convolution as the other five are."""

    class Inception(_Block):
        def pooled(self, conv):
            return [nn.MaxPool2d(3, stride=1, padding=1), conv]

    googlenet = _net_of(Inception)


class JoinedAlongTheBatch:
    """You join the branches along the first axis, which counts the images. torch.cat does so unless it
    is told another axis: the channels are axis 1."""

    class Inception(_Block):
        dim = 0

    googlenet = _net_of(Inception)


class PoolingBranchFirst:
    """The channels of the pooling branch come first in your result. The order is that of the arguments,
    c1 to c4: the pooling branch is the last."""

    class Inception(_Block):
        order = (3, 0, 1, 2)

    googlenet = _net_of(Inception)


class NumbersOfTwoAndThreeChangedPlaces:
    """You use c3 for the 3×3 branch and c2 for the 5×5 branch. It is the other way round."""

    class Inception(_Block):
        def __init__(self, in_channels, c1, c2, c3, c4):
            super().__init__(in_channels, c1, c3, c2, c4)

    googlenet = _net_of(Inception)


class FiveIsThree:
    """Both of your long branches have a 3×3 convolution. In branch 3 it is 5×5, so that the block looks
    further there."""

    class Inception(_Block):
        five, five_padding = 3, 1

    googlenet = _net_of(Inception)


class PaddingOneForFive:
    """Your 5×5 convolution has padding 1, as the 3×3 has, and its picture comes out two pixels smaller
    than the others. A kernel of 5 needs 2 to keep the size."""

    class Inception(_Block):
        five_padding = 1

    googlenet = _net_of(Inception)


class PoolingStrideThree:
    """The pooling inside your block moves by 3 pixels, the size of its window, because it was given no
    stride. With stride 1 it keeps the size."""

    class Inception(_Block):
        def pooled(self, conv):
            return [nn.MaxPool2d(3, padding=1), conv, nn.ReLU()]

    googlenet = _net_of(Inception)


class InChannelsAgain:
    """The second convolution of your branches 2 and 3 expects in_channels. It is given what the first
    one made: c2[0] channels, or c3[0]."""

    class Inception(_Block):
        def two(self, in_channels, c, kernel, padding):
            first, second = nn.Conv2d(in_channels, c[0], 1), nn.Conv2d(in_channels, c[1], kernel, padding=padding)
            return nn.Sequential(first, nn.ReLU(), second, nn.ReLU())

    googlenet = _net_of(Inception)


# The net ------------------------------------------------------------------------------------------


class NoReLUBeforeTheBlocks:
    """The three convolutions before the first block have no ReLU. Every convolution of the net is
    followed by one."""

    Inception = _Block

    def googlenet(num_classes=10):
        return nn.Sequential(*_stem(relu=nn.Identity), *_blocks(), *_head(num_classes))


class PoolingTwoByTwo:
    """Your poolings between the blocks are 2×2. The sizes are the same, but GoogLeNet's windows are
    3×3: neighbours share a row."""

    Inception = _Block

    def googlenet(num_classes=10):
        def pool():
            return nn.MaxPool2d(2)

        return nn.Sequential(*_stem(pool=pool), *_blocks(pool=pool), *_head(num_classes))


class PoolingWithoutPadding:
    """Your poolings have no padding, so 48 rows become 23 instead of 24, and in the end there are 2
    instead of 3. They have padding 1."""

    Inception = _Block

    def googlenet(num_classes=10):
        def pool():
            return nn.MaxPool2d(3, stride=2)

        return nn.Sequential(*_stem(pool=pool), *_blocks(pool=pool), *_head(num_classes))


class OnePoolingMissing:
    """There is no pooling before the last two blocks, so they see 6×6 pixels instead of 3×3. There are
    four poolings: the last comes after the seventh block."""

    Inception = _Block

    def googlenet(num_classes=10):
        blocks = _blocks()
        del blocks[-3]
        return nn.Sequential(*_stem(), *blocks, *_head(num_classes))


class EightBlocks:
    """There are eight blocks in your net. Two rows of the table look alike from the right, 832
    channels before and after the last pooling: both are there."""

    Inception = _Block

    def googlenet(num_classes=10):
        first, second, third = STAGES
        return nn.Sequential(*_stem(), *_blocks(stages=[first, second, third[1:]]), *_head(num_classes))


class ThreeChannelsExpected:
    """Your first convolution expects pictures with three channels, for red, green and blue. Here the
    pictures are grey: one channel."""

    Inception = _Block

    def googlenet(num_classes=10):
        return nn.Sequential(*_stem(in_channels=3), *_blocks(), *_head(num_classes))


class AlwaysTenClasses:
    """num_classes is not used: there are ten scores whatever is asked for. The linear layer has
    num_classes outputs."""

    Inception = _Block

    def googlenet(num_classes=10):
        return nn.Sequential(*_stem(), *_blocks(), *_head(10))


class NoGlobalPooling:
    """All 3×3 pixels of the 1024 channels go into your linear layer. Their mean comes first: global
    average pooling leaves 1024 numbers."""

    Inception = _Block

    def googlenet(num_classes=10):
        return nn.Sequential(*_stem(), *_blocks(), nn.Flatten(), nn.Linear(1024 * 9, num_classes))


class SoftmaxAtTheEnd:
    """A softmax follows the linear layer. PyTorch's cross-entropy applies one itself: the scores stay
    as they are."""

    Inception = _Block

    def googlenet(num_classes=10):
        return nn.Sequential(*_stem(), *_blocks(), *_head(num_classes), nn.Softmax(dim=1))


class DropoutThatNeverStops:
    """Dropout works in evaluation mode too: F.dropout does so unless it is told training=False. The
    layer nn.Dropout knows the mode of the net."""

    Inception = _Block

    def googlenet(num_classes=10):
        class Dropping(nn.Module):
            def forward(self, X):
                return torch.nn.functional.dropout(X, 0.4)

        pooling, flatten, linear = _head(num_classes)
        return nn.Sequential(*_stem(), *_blocks(), pooling, flatten, Dropping(), linear)
