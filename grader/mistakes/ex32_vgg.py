"""Mistakes of exercise 32: VGG."""

from itertools import pairwise

import torch
from torch import nn


def _conv(in_channels, out_channels, kernel=3, padding=1):
    return nn.Conv2d(in_channels, out_channels, kernel, padding=padding)


def _linear(inputs, outputs):
    """A linear layer whose 16 million weights are not drawn at random, since the checks fill them anyway."""
    return nn.utils.skip_init(nn.Linear, inputs, outputs)


def _block(num_convs, in_channels, out_channels):
    """The right block."""
    layers = []
    for _ in range(num_convs):
        layers += [_conv(in_channels, out_channels), nn.ReLU()]
        in_channels = out_channels
    return nn.Sequential(*layers, nn.MaxPool2d(2))


def _blocks(conv_arch, block=_block):
    incoming = [1] + [channels for _, channels in conv_arch]
    return [block(n, before, after) for (n, after), before in zip(conv_arch, incoming, strict=False)]


def _linears(inputs, width=4096, after=nn.ReLU):
    return [nn.Flatten(), _linear(inputs, width), after(), _linear(width, width), after(), _linear(width, 10)]


def _vgg(conv_arch, block=_block):
    """The right net, of blocks that may be wrong."""
    return nn.Sequential(*_blocks(conv_arch, block), *_linears(conv_arch[-1][1] * 7 * 7))


# The block ----------------------------------------------------------------------------------------


class NoReLU:
    """There is no ReLU in your block. Without an activation, convolution upon convolution is a single
    one: put a ReLU after each."""

    def vgg_block(num_convs, in_channels, out_channels):
        channels = [in_channels] + [out_channels] * num_convs
        convs = [_conv(before, after) for before, after in pairwise(channels)]
        return nn.Sequential(*convs, nn.MaxPool2d(2))

    def vgg(conv_arch):
        return _vgg(conv_arch, NoReLU.vgg_block)


class OneReLUForEachBlock:
    """Your block has one ReLU, after its last convolution. Every convolution has its own: it belongs
    inside the loop."""

    def vgg_block(num_convs, in_channels, out_channels):
        channels = [in_channels] + [out_channels] * num_convs
        convs = [_conv(before, after) for before, after in pairwise(channels)]
        return nn.Sequential(*convs, nn.ReLU(), nn.MaxPool2d(2))

    def vgg(conv_arch):
        return _vgg(conv_arch, OneReLUForEachBlock.vgg_block)


class NoReLUAfterTheLast:
    """The last convolution of your block has no ReLU before the pooling. Each convolution is followed
    by one, the last too."""

    def vgg_block(num_convs, in_channels, out_channels):
        layers = list(_block(num_convs, in_channels, out_channels))
        return nn.Sequential(*layers[:-2], layers[-1])

    def vgg(conv_arch):
        return _vgg(conv_arch, NoReLUAfterTheLast.vgg_block)


class PoolingAfterEveryConvolution:
    """The pooling is inside the loop, so every convolution is followed by one, and the picture shrinks
    too fast. A block has a single pooling, at its end."""

    def vgg_block(num_convs, in_channels, out_channels):
        layers = []
        for _ in range(num_convs):
            layers += [_conv(in_channels, out_channels), nn.ReLU(), nn.MaxPool2d(2)]
            in_channels = out_channels
        return nn.Sequential(*layers)

    def vgg(conv_arch):
        return _vgg(conv_arch, PoolingAfterEveryConvolution.vgg_block)


class NoPooling:
    """Your block has no pooling, so height and width stay as they are. Each block ends by halving
    them."""

    def vgg_block(num_convs, in_channels, out_channels):
        return nn.Sequential(*_block(num_convs, in_channels, out_channels)[:-1])

    def vgg(conv_arch):
        return nn.Sequential(*_blocks(conv_arch), *_linears(conv_arch[-1][1] * 7 * 7))


class PoolingWithStrideOne:
    """The pooling moves by one pixel, so the picture loses one row and one column instead of being
    halved. Its stride is 2."""

    def vgg_block(num_convs, in_channels, out_channels):
        return nn.Sequential(*_block(num_convs, in_channels, out_channels)[:-1], nn.MaxPool2d(2, stride=1))

    def vgg(conv_arch):
        return nn.Sequential(*_blocks(conv_arch), *_linears(conv_arch[-1][1] * 7 * 7))


class PoolingThreeByThree:
    """Your pooling windows are 3 × 3, as AlexNet has them, and overlap. VGG's are 2 × 2 with stride
    2."""

    def vgg_block(num_convs, in_channels, out_channels):
        return nn.Sequential(*_block(num_convs, in_channels, out_channels)[:-1], nn.MaxPool2d(3, stride=2))

    def vgg(conv_arch):
        def block(*args):
            return nn.Sequential(*_block(*args)[:-1], nn.MaxPool2d(3, stride=2))

        return nn.Sequential(*_blocks(conv_arch, block), *_linears(conv_arch[-1][1] * 6 * 6))


class PoolingRoundedUp:
    """An odd height or width is halved and rounded up, as with ceil_mode=True or a padded pooling. VGG
    rounds down: 17 rows become 8."""

    def vgg_block(num_convs, in_channels, out_channels):
        return nn.Sequential(*_block(num_convs, in_channels, out_channels)[:-1], nn.MaxPool2d(2, ceil_mode=True))

    def vgg(conv_arch):
        return _vgg(conv_arch, PoolingRoundedUp.vgg_block)


class AveragePooling:
    """Your pooling takes the mean of each window. VGG takes its largest value: max pooling."""

    def vgg_block(num_convs, in_channels, out_channels):
        return nn.Sequential(*_block(num_convs, in_channels, out_channels)[:-1], nn.AvgPool2d(2))

    def vgg(conv_arch):
        return _vgg(conv_arch, AveragePooling.vgg_block)


class NoPadding:
    """Your convolutions have no padding, so each of them takes two rows and two columns away. With
    padding 1 the picture keeps its size until the pooling."""

    def vgg_block(num_convs, in_channels, out_channels):
        layers = []
        for _ in range(num_convs):
            layers += [_conv(in_channels, out_channels, padding=0), nn.ReLU()]
            in_channels = out_channels
        return nn.Sequential(*layers, nn.MaxPool2d(2))

    def vgg(conv_arch):
        return nn.Sequential(*_blocks(conv_arch, NoPadding.vgg_block), nn.Flatten(), _linear(conv_arch[-1][1] * 49, 10))


class FiveByFiveKernels:
    """Your kernels are 5 × 5. VGG's idea is to use 3 × 3 only: two of them see as much as one 5 × 5,
    with fewer weights. The formula is on the exercise's page."""

    def vgg_block(num_convs, in_channels, out_channels):
        layers = []
        for _ in range(num_convs):
            layers += [_conv(in_channels, out_channels, kernel=5, padding=2), nn.ReLU()]
            in_channels = out_channels
        return nn.Sequential(*layers, nn.MaxPool2d(2))

    def vgg(conv_arch):
        return _vgg(conv_arch, FiveByFiveKernels.vgg_block)


class InChannelsNotUpdated:
    """Every convolution of your block expects in_channels, but after the first one there are
    out_channels. Update the variable inside the loop."""

    def vgg_block(num_convs, in_channels, out_channels):
        convs = [(_conv(in_channels, out_channels), nn.ReLU()) for _ in range(num_convs)]
        return nn.Sequential(*(layer for pair in convs for layer in pair), nn.MaxPool2d(2))

    def vgg(conv_arch):
        return _vgg(conv_arch, InChannelsNotUpdated.vgg_block)


class ChannelsChangeAtTheEnd:
    """In your block the last convolution changes the number of channels. The first one does, and the
    others keep out_channels."""

    def vgg_block(num_convs, in_channels, out_channels):
        channels = [in_channels] * num_convs + [out_channels]
        layers = []
        for before, after in pairwise(channels):
            layers += [_conv(before, after), nn.ReLU()]
        return nn.Sequential(*layers, nn.MaxPool2d(2))

    def vgg(conv_arch):
        return _vgg(conv_arch, ChannelsChangeAtTheEnd.vgg_block)


class AlwaysOneConvolution:
    """Your block has one convolution, whatever num_convs says. Count to num_convs."""

    def vgg_block(num_convs, in_channels, out_channels):
        return _block(1, in_channels, out_channels)

    def vgg(conv_arch):
        return _vgg(conv_arch, AlwaysOneConvolution.vgg_block)


class OneConvolutionTooMany:
    """Your block has one convolution more than num_convs: the first stands before the loop, and the
    loop counts to num_convs again."""

    def vgg_block(num_convs, in_channels, out_channels):
        return _block(num_convs + 1, in_channels, out_channels)

    def vgg(conv_arch):
        return _vgg(conv_arch, OneConvolutionTooMany.vgg_block)


class SharedConvolution:
    """The same convolution is used again and again inside a block, with the same weights. Make a new
    layer in each round of the loop; a list multiplied by a number repeats one and the same layer."""

    def vgg_block(num_convs, in_channels, out_channels):
        again = [_conv(out_channels, out_channels), nn.ReLU()] * (num_convs - 1)
        return nn.Sequential(_conv(in_channels, out_channels), nn.ReLU(), *again, nn.MaxPool2d(2))

    def vgg(conv_arch):
        return _vgg(conv_arch, SharedConvolution.vgg_block)


# The net ------------------------------------------------------------------------------------------


class BlocksAllBeginWithOneChannel:
    """Every block of your net expects one channel. Only the first gets the grey picture; each of the
    others gets what the block before it gives."""

    def vgg_block(num_convs, in_channels, out_channels):
        return _block(num_convs, in_channels, out_channels)

    def vgg(conv_arch):
        blocks = [_block(num_convs, 1, channels) for num_convs, channels in conv_arch]
        return nn.Sequential(*blocks, *_linears(conv_arch[-1][1] * 7 * 7))


class ThreeChannelsExpected:
    """Your first block expects pictures with three channels, for red, green and blue. Here the pictures
    are grey: one channel."""

    def vgg_block(num_convs, in_channels, out_channels):
        return _block(num_convs, in_channels, out_channels)

    def vgg(conv_arch):
        blocks = [_block(conv_arch[0][0], 3, conv_arch[0][1]), *_blocks(conv_arch)[1:]]
        return nn.Sequential(*blocks, *_linears(conv_arch[-1][1] * 7 * 7))


class PairsReadTheOtherWayRound:
    """The two numbers of each pair in conv_arch have changed places: first comes the number of
    convolutions, then the number of channels."""

    def vgg_block(num_convs, in_channels, out_channels):
        return _block(num_convs, in_channels, out_channels)

    def vgg(conv_arch):
        return _vgg([(channels, num_convs) for num_convs, channels in conv_arch])


class LinearLayerOf512:
    """The first linear layer waits for 512 · 7 · 7 numbers whatever conv_arch says. Take the channels
    of its last block instead of 512."""

    def vgg_block(num_convs, in_channels, out_channels):
        return _block(num_convs, in_channels, out_channels)

    def vgg(conv_arch):
        first = _linear(1, 1)  # one number that looks like a weight of the full size, and takes no memory
        first.weight = nn.Parameter(torch.zeros(1, 1).expand(4096, 512 * 7 * 7))
        return nn.Sequential(*_blocks(conv_arch), nn.Flatten(), first)


class SevenTimesSevenForgotten:
    """The first linear layer waits for as many numbers as there are channels. Each channel still has 7
    × 7 pixels when it gets there: 49 times as many."""

    def vgg_block(num_convs, in_channels, out_channels):
        return _block(num_convs, in_channels, out_channels)

    def vgg(conv_arch):
        return nn.Sequential(*_blocks(conv_arch), *_linears(conv_arch[-1][1]))


class NotFlattened:
    """The pictures reach the linear layer as they are, with channels, rows and columns. Everything but
    the batch has to become one row before it."""

    def vgg_block(num_convs, in_channels, out_channels):
        return _block(num_convs, in_channels, out_channels)

    def vgg(conv_arch):
        return nn.Sequential(*_blocks(conv_arch), *_linears(conv_arch[-1][1] * 7 * 7)[1:])


class OneHiddenLayerMissing:
    """There is only one hidden linear layer. VGG has two of 4096 before the scores."""

    def vgg_block(num_convs, in_channels, out_channels):
        return _block(num_convs, in_channels, out_channels)

    def vgg(conv_arch):
        hidden = [nn.Flatten(), _linear(conv_arch[-1][1] * 7 * 7, 4096), nn.ReLU()]
        return nn.Sequential(*_blocks(conv_arch), *hidden, _linear(4096, 10))


class NarrowHiddenLayers:
    """Your hidden linear layers have 512 outputs. In VGG they have 4096: that is where most of its
    parameters are."""

    def vgg_block(num_convs, in_channels, out_channels):
        return _block(num_convs, in_channels, out_channels)

    def vgg(conv_arch):
        return nn.Sequential(*_blocks(conv_arch), *_linears(conv_arch[-1][1] * 7 * 7, width=512))


class NoReLUBetweenLinears:
    """Between the linear layers there is no ReLU, so the three together are one linear layer. The two
    hidden ones want a ReLU after them."""

    def vgg_block(num_convs, in_channels, out_channels):
        return _block(num_convs, in_channels, out_channels)

    def vgg(conv_arch):
        return nn.Sequential(*_blocks(conv_arch), *_linears(conv_arch[-1][1] * 7 * 7, after=nn.Identity))


class ReLUAfterTheScores:
    """A ReLU follows the last layer and turns every negative score into zero. The scores stay as they
    are."""

    def vgg_block(num_convs, in_channels, out_channels):
        return _block(num_convs, in_channels, out_channels)

    def vgg(conv_arch):
        return nn.Sequential(_vgg(conv_arch), nn.ReLU())


class SoftmaxAtTheEnd:
    """A softmax follows the last layer. PyTorch's cross-entropy applies one itself, so the net gives
    plain scores."""

    def vgg_block(num_convs, in_channels, out_channels):
        return _block(num_convs, in_channels, out_channels)

    def vgg(conv_arch):
        return nn.Sequential(_vgg(conv_arch), nn.Softmax(dim=1))


class DropoutThatNeverStops:
    """Dropout works in evaluation mode too: F.dropout does so unless it is told training=False. The
    layer nn.Dropout knows the mode of the net."""

    def vgg_block(num_convs, in_channels, out_channels):
        return _block(num_convs, in_channels, out_channels)

    def vgg(conv_arch):
        class Dropping(nn.Module):
            def forward(self, X):
                return torch.nn.functional.dropout(torch.relu(X), 0.5)

        return nn.Sequential(*_blocks(conv_arch), *_linears(conv_arch[-1][1] * 7 * 7, after=Dropping))
