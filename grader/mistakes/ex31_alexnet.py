"""Mistakes of exercise 31: AlexNet."""

import torch
from torch import nn


def _linear(inputs, outputs):
    """A linear layer whose millions of weights are not drawn at random, since the checks fill them anyway."""
    return nn.utils.skip_init(nn.Linear, inputs, outputs)


def _pool():
    return nn.MaxPool2d(3, stride=2)


def _convolutions(in_channels, pool=_pool, relu=nn.ReLU, first_padding=2, second_padding=2, narrow=False):
    """The layers before the flatten. `relu` follows the third and the fourth convolution."""
    c1, c2, c3, c4, c5 = (64, 192, 384, 256, 256) if narrow else (96, 256, 384, 384, 256)
    return [
        *(nn.Conv2d(in_channels, c1, 11, 4, first_padding), nn.ReLU(), pool()),
        *(nn.Conv2d(c1, c2, 5, padding=second_padding), nn.ReLU(), pool()),
        *(nn.Conv2d(c2, c3, 3, padding=1), relu()),
        *(nn.Conv2d(c3, c4, 3, padding=1), relu()),
        *(nn.Conv2d(c4, c5, 3, padding=1), nn.ReLU(), pool()),
        nn.Flatten(),
    ]


def _linears(num_classes, rows=6, relu=nn.ReLU, drop=nn.Dropout, last_drop=nn.Dropout):
    """The layers after the flatten."""
    return [
        *(_linear(256 * rows * rows, 4096), relu(), drop()),
        *(_linear(4096, 4096), relu(), last_drop()),
        _linear(4096, num_classes),
    ]


class NoReLUBetweenLinears:
    """The three linear layers follow each other without an activation, so together they are one linear
    layer. The first two want a ReLU after them."""

    def alexnet(num_classes=10, in_channels=1):
        return nn.Sequential(*_convolutions(in_channels), *_linears(num_classes, relu=nn.Identity))


class NoReLUBetweenConvolutions:
    """The last three convolutions follow each other without a ReLU. No pooling comes between them, but
    an activation does: each convolution has its own."""

    def alexnet(num_classes=10, in_channels=1):
        return nn.Sequential(*_convolutions(in_channels, relu=nn.Identity), *_linears(num_classes))


class PoolingTwoByTwo:
    """Your poolings are 2×2. The sizes are the same, but AlexNet's windows are 3×3 and move by 2:
    neighbours share a row."""

    def alexnet(num_classes=10, in_channels=1):
        convolutions = _convolutions(in_channels, pool=lambda: nn.MaxPool2d(2))
        return nn.Sequential(*convolutions, *_linears(num_classes))


class AveragePooling:
    """Your poolings take the mean of each window, as LeNet's did. AlexNet takes the largest value: max
    pooling."""

    def alexnet(num_classes=10, in_channels=1):
        convolutions = _convolutions(in_channels, pool=lambda: nn.AvgPool2d(3, stride=2))
        return nn.Sequential(*convolutions, *_linears(num_classes))


class SecondConvolutionWithoutPadding:
    """Your 5×5 convolution has no padding, so 27 rows become 23. With padding 2 it keeps the size."""

    def alexnet(num_classes=10, in_channels=1):
        return nn.Sequential(*_convolutions(in_channels, second_padding=0), *_linears(num_classes, rows=5))


class SixRowsExpected:
    """Your first linear layer expects 9216 numbers, 256·6·6. That goes with padding 2 in the first
    convolution: with yours 5×5 pixels are left, 6400 numbers."""

    def alexnet(num_classes=10, in_channels=1):
        return nn.Sequential(*_convolutions(in_channels, first_padding=1), *_linears(num_classes))


class ChannelsOfTorchvision:
    """Your channels are 64, 192, 384, 256 and 256. That is a later, narrower AlexNet, which torchvision
    has; the one of 2012 has 96, 256, 384, 384 and 256."""

    def alexnet(num_classes=10, in_channels=1):
        return nn.Sequential(*_convolutions(in_channels, narrow=True), *_linears(num_classes))


class AlwaysOneChannel:
    """in_channels is not used: your first convolution expects one channel whatever is asked for."""

    def alexnet(num_classes=10, in_channels=1):
        return nn.Sequential(*_convolutions(1), *_linears(num_classes))


class AlwaysTenClasses:
    """num_classes is not used: there are ten scores whatever is asked for. The last linear layer has
    num_classes outputs."""

    def alexnet(num_classes=10, in_channels=1):
        return nn.Sequential(*_convolutions(in_channels), *_linears(10))


class NoDropout:
    """Your net has no dropout. With 50 million weights in its linear layers it would soon know the
    training images by heart: two dropouts of 0.5 belong there."""

    def alexnet(num_classes=10, in_channels=1):
        return nn.Sequential(
            *_convolutions(in_channels), *_linears(num_classes, drop=nn.Identity, last_drop=nn.Identity)
        )


class OneDropout:
    """Your net has one dropout. There are two hidden linear layers, and each has its own."""

    def alexnet(num_classes=10, in_channels=1):
        return nn.Sequential(*_convolutions(in_channels), *_linears(num_classes, last_drop=nn.Identity))


class SmallDropout:
    """Your dropouts zero one value in five. AlexNet's zero every second one, with probability 0.5."""

    def alexnet(num_classes=10, in_channels=1):
        def drop():
            return nn.Dropout(0.2)

        return nn.Sequential(*_convolutions(in_channels), *_linears(num_classes, drop=drop, last_drop=drop))


class DropoutOnTheScores:
    """A third dropout follows the last layer and zeroes scores. Dropout belongs to the hidden layers
    only."""

    def alexnet(num_classes=10, in_channels=1):
        return nn.Sequential(*_convolutions(in_channels), *_linears(num_classes), nn.Dropout())


class DropoutThatNeverStops:
    """Dropout works in evaluation mode too: F.dropout does so unless it is told training=False. The
    layer nn.Dropout knows the mode of the net."""

    def alexnet(num_classes=10, in_channels=1):
        class Dropping(nn.Module):
            def forward(self, X):
                return nn.functional.dropout(X, 0.5)

        return nn.Sequential(*_convolutions(in_channels), *_linears(num_classes, drop=Dropping, last_drop=Dropping))


class HalvedInEvaluation:
    """You halve the values in evaluation mode, as the paper did. PyTorch's dropout doubles what it keeps
    in training mode instead, and in evaluation mode nothing is left to do."""

    def alexnet(num_classes=10, in_channels=1):
        class Halving(nn.Module):
            def forward(self, X):
                return X * (torch.rand_like(X) < 0.5) if self.training else X / 2

        return nn.Sequential(*_convolutions(in_channels), *_linears(num_classes, drop=Halving, last_drop=Halving))


class SoftmaxAtTheEnd:
    """A softmax follows the last layer. PyTorch's cross-entropy applies one itself: the scores stay as
    they are."""

    def alexnet(num_classes=10, in_channels=1):
        return nn.Sequential(*_convolutions(in_channels), *_linears(num_classes), nn.Softmax(dim=1))
