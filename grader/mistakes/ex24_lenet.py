"""Mistakes of exercise 24: LeNet-5."""

import torch
from torch import nn


def _convolutions(act=nn.Sigmoid, pool=nn.AvgPool2d, sizes=(1, 6, 16), kernel=5, padding=(2, 0), bias=True):
    """The right convolutional half, or one with other sizes."""
    first = nn.Conv2d(sizes[0], sizes[1], kernel, padding=padding[0], bias=bias)
    second = nn.Conv2d(sizes[1], sizes[2], kernel, padding=padding[1], bias=bias)
    return [first, act(), pool(2, 2), second, act(), pool(2, 2), nn.Flatten()]


def _linears(num_classes, act=nn.Sigmoid, inputs=400):
    """The right linear half, for another number of inputs if need be."""
    return [nn.Linear(inputs, 120), act(), nn.Linear(120, 84), act(), nn.Linear(84, num_classes)]


# Sizes: recognised whatever the activation is ----------------------------------------------------


class NoPaddingInTheFirst:
    """The first convolution has no padding, so 28 shrinks to 24 and only 16 · 4 · 4 = 256 numbers are
    left for the linear layers. LeNet keeps 28 × 28 with padding 2: see the row of sizes on the
    exercise's page."""

    def lenet(num_classes=10):
        return nn.Sequential(*_convolutions(padding=(0, 0)), *_linears(num_classes, inputs=256))


class NoPaddingAndFourHundred:
    """The linear layer waits for 16 · 5 · 5 = 400 numbers and only 16 · 4 · 4 = 256 come: the pictures have become
    too small on the way. Without the padding of 2 in the first convolution, 28 shrinks to 24, then 12, 8 and 4."""

    def lenet(num_classes=10):
        return nn.Sequential(*_convolutions(padding=(0, 0)), *_linears(num_classes))


class PaddingInBoth:
    """Both convolutions have padding. Only the first has: in the second, 14 becomes 14 − 5 + 1 = 10."""

    def lenet(num_classes=10):
        return nn.Sequential(*_convolutions(padding=(2, 2)), *_linears(num_classes, inputs=16 * 7 * 7))


class FlattenedToFourByFour:
    """The convolutions are right, but the first linear layer waits for 16 · 4 · 4 = 256 numbers. After
    the last pooling each channel has 5 rows and 5 columns: count again."""

    def lenet(num_classes=10):
        return nn.Sequential(*_convolutions(), *_linears(num_classes, inputs=256))


class NotFlattened:
    """The pictures reach the linear layer as they are, with channels, rows and columns. A linear layer
    works on the last axis only: put everything except the batch into one row first."""

    def lenet(num_classes=10):
        return nn.Sequential(*_convolutions()[:-1], *_linears(num_classes))


class BatchFlattenedToo:
    """The batch is flattened along with the rest, so all images end up in one row. Flatten from axis 1
    on, and leave axis 0, the images, alone."""

    def lenet(num_classes=10):
        return nn.Sequential(*_convolutions()[:-1], nn.Flatten(0), *_linears(num_classes))


class ThreeByThreeKernels:
    """Your kernels are 3 × 3. That is common today; LeNet has 5 × 5 in both convolutions."""

    def lenet(num_classes=10):
        layers = _convolutions(kernel=3, padding=(1, 0))
        return nn.Sequential(*layers, *_linears(num_classes, inputs=16 * 6 * 6))


class ChannelsChangedPlaces:
    """The numbers of channels have changed places: 6 come first and 16 second. The picture becomes
    smaller and richer on its way."""

    def lenet(num_classes=10):
        return nn.Sequential(*_convolutions(sizes=(1, 16, 6)), *_linears(num_classes, inputs=6 * 5 * 5))


class ThreeChannelsExpected:
    """The first convolution expects pictures with three channels, for red, green and blue. The digits
    are grey: one channel."""

    def lenet(num_classes=10):
        return nn.Sequential(*_convolutions(sizes=(3, 6, 16)), *_linears(num_classes))


class ConvolutionsWithoutBias:
    """The two convolutions have no bias. Each output channel has one number that is added everywhere,
    and it belongs to the 61,706."""

    def lenet(num_classes=10):
        return nn.Sequential(*_convolutions(bias=False), *_linears(num_classes))


class PoolingWithStrideOne:
    """The pooling moves by one pixel at a time, so the picture is hardly smaller after it: 28 becomes
    27. With stride 2 it is halved to 14."""

    def lenet(num_classes=10):
        def pool(size, _stride):
            return nn.AvgPool2d(size, stride=1)

        return nn.Sequential(*_convolutions(pool=pool), *_linears(num_classes, inputs=16 * 22 * 22))


class OnlyOnePooling:
    """The second pooling is missing: 10 × 10 pixels go into the linear layers instead of 5 × 5, and the
    first of them becomes four times as large as LeNet's."""

    def lenet(num_classes=10):
        layers = _convolutions()
        return nn.Sequential(*layers[:5], nn.Flatten(), *_linears(num_classes, inputs=16 * 10 * 10))


class OneLinearLayerMissing:
    """A linear layer is missing. Three follow one another: 400 → 120, 120 → 84, and 84 → the
    classes."""

    def lenet(num_classes=10):
        return nn.Sequential(*_convolutions(), nn.Linear(400, 120), nn.Sigmoid(), nn.Linear(120, num_classes))


class AlwaysTenClasses:
    """num_classes is not used: there are ten scores whatever is asked for. Hand it on to the last
    layer."""

    def lenet(num_classes=10):
        return nn.Sequential(*_convolutions(), *_linears(10))


class NothingReturned:
    """lenet() makes a net and keeps it: what the caller gets is None. The last line of a function that
    makes something returns it."""

    def lenet(num_classes=10):
        nn.Sequential(*_convolutions(), *_linears(num_classes))


class Detached:
    """Between the convolutions and the linear layers the values leave PyTorch's record of the
    computation, by .detach(), .data or a new tensor. The convolutions get no gradient and never
    learn."""

    def lenet(num_classes=10):
        class Break(nn.Module):
            def forward(self, X):
                return X.detach()

        return nn.Sequential(*_convolutions(), Break(), *_linears(num_classes))


# Values: once for the net of 1998, once for the net of today -------------------------------------


class SoftmaxAtTheEnd:
    """A softmax follows the last layer. Leave the scores as they are: PyTorch's cross-entropy applies
    the softmax itself, and applied twice it makes learning slow."""

    def lenet(num_classes=10):
        return nn.Sequential(*_convolutions(), *_linears(num_classes), nn.Softmax(dim=1))


class SoftmaxAtTheEndToday:
    """ReLU and max pooling are fine, but a softmax follows the last layer. PyTorch's cross-entropy
    applies one itself and wants the plain scores."""

    def lenet(num_classes=10):
        layers = _convolutions(nn.ReLU, nn.MaxPool2d)
        return nn.Sequential(*layers, *_linears(num_classes, nn.ReLU), nn.Softmax(dim=1))


class LogSoftmaxAtTheEnd:
    """A log-softmax follows the last layer. That belongs to another loss, NLLLoss; here the scores stay
    as the last linear layer gives them."""

    def lenet(num_classes=10):
        return nn.Sequential(*_convolutions(), *_linears(num_classes), nn.LogSoftmax(dim=1))


class ActivationAfterTheLastLayer:
    """The activation follows the last layer too. It squeezes the scores together: after the last linear
    layer comes nothing more."""

    def lenet(num_classes=10):
        return nn.Sequential(*_convolutions(), *_linears(num_classes), nn.Sigmoid())


class ActivationAfterTheLastLayerToday:
    """A ReLU follows the last layer and turns every negative score into zero. After the last linear
    layer comes nothing more."""

    def lenet(num_classes=10):
        layers = _convolutions(nn.ReLU, nn.MaxPool2d)
        return nn.Sequential(*layers, *_linears(num_classes, nn.ReLU), nn.ReLU())


class NoActivationAtAll:
    """There is no activation anywhere. Without one, layer upon layer is still a single linear map,
    however many there are: put one after each convolution and after the first two linear layers."""

    def lenet(num_classes=10):
        return nn.Sequential(*_convolutions(nn.Identity), *_linears(num_classes, nn.Identity))


class NoActivationAtAllToday:
    """Max pooling is the only thing between your layers that is not linear. The activation is missing:
    after each convolution and after the first two linear layers."""

    def lenet(num_classes=10):
        return nn.Sequential(*_convolutions(nn.Identity, nn.MaxPool2d), *_linears(num_classes, nn.Identity))


class NoActivationAfterConvolutions:
    """The convolutions go straight into the pooling, without an activation. The linear layers have
    theirs; each convolution wants one too."""

    def lenet(num_classes=10):
        return nn.Sequential(*_convolutions(nn.Identity), *_linears(num_classes))


class NoActivationAfterConvolutionsToday:
    """There is a ReLU between the linear layers, but none between convolution and pooling. It belongs
    after every layer with weights except the last."""

    def lenet(num_classes=10):
        layers = _convolutions(nn.Identity, nn.MaxPool2d)
        return nn.Sequential(*layers, *_linears(num_classes, nn.ReLU))


class NoActivationBetweenLinears:
    """The three linear layers follow each other without an activation, so together they are one linear
    layer. The first two want an activation after them."""

    def lenet(num_classes=10):
        return nn.Sequential(*_convolutions(), *_linears(num_classes, nn.Identity))


class NoActivationBetweenLinearsToday:
    """The convolutions have their ReLU, the linear layers none between them. Three linear layers in a
    row can do no more than a single one."""

    def lenet(num_classes=10):
        layers = _convolutions(nn.ReLU, nn.MaxPool2d)
        return nn.Sequential(*layers, *_linears(num_classes, nn.Identity))


class PoolingBeforeActivation:
    """The pooling comes before the activation. With averages the order matters: first the activation,
    then the pooling."""

    def lenet(num_classes=10):
        conv1, act1, pool1, conv2, act2, pool2, flatten = _convolutions()
        return nn.Sequential(conv1, pool1, act1, conv2, pool2, act2, flatten, *_linears(num_classes))


class MixedActivations:
    """Two different activations are in your net: sigmoid after the convolutions and ReLU after the
    linear layers. Either is right, but the same one everywhere."""

    def lenet(num_classes=10):
        return nn.Sequential(*_convolutions(), *_linears(num_classes, nn.ReLU))


class ReluThenSigmoid:
    """Two different activations are in your net: ReLU after the convolutions and sigmoid after the
    linear layers. Choose one of them for all four places."""

    def lenet(num_classes=10):
        return nn.Sequential(*_convolutions(nn.ReLU, nn.MaxPool2d), *_linears(num_classes))


class DropoutThatNeverStops:
    """Some values are zeroed at random, in evaluation too: F.dropout does so unless it is told
    training=False. LeNet has no dropout; where a net has one, the layer nn.Dropout knows when to
    stop."""

    def lenet(num_classes=10):
        class Dropping(nn.Module):
            def forward(self, X):
                return torch.nn.functional.dropout(X, 0.5)

        return nn.Sequential(*_convolutions(), Dropping(), *_linears(num_classes))
