"""Mistakes of exercise 44: a Keras net in PyTorch."""

import torch
from torch import nn


def _net(conv=(1, 8, 2), act=nn.ReLU, pool=(4,), inputs=288, last=()):
    """The right net, or one that differs in a part."""
    layers = [nn.Conv2d(*conv), act(), nn.MaxPool2d(*pool), nn.Flatten(), nn.Linear(inputs, 10)]
    return nn.Sequential(*layers, *last)


# Sizes --------------------------------------------------------------------------------------------


class PaddedToTheSameSize:
    """7 × 7 numbers are left of each channel where Keras has 6 × 6: your convolution has padding, or your pooling keeps
    windows that are not full. Keras does neither unless it is told to."""

    def digit_net():
        return _net(conv=(1, 8, 2, 1, "same"), inputs=8 * 7 * 7)


class PoolingOfTwo:
    """Your pooling windows are 2 × 2, which is what Keras takes when nothing is said. Here a number is said: look
    at MaxPooling2D again."""

    def digit_net():
        return _net(pool=(2,), inputs=8 * 13 * 13)


class PoolingStepOfTwo:
    """The pooling windows are 4 × 4 but move by 2 only, so they overlap. In Keras a window moves by its own size
    unless strides says otherwise, and in PyTorch too."""

    def digit_net():
        return _net(pool=(4, 2), inputs=8 * 12 * 12)


class PoolingStepOfOne:
    """The pooling windows move by 1. That is what a convolution does when nothing is said; a pooling window moves
    by its own size."""

    def digit_net():
        return _net(pool=(4, 1), inputs=8 * 24 * 24)


class NoPooling:
    """There is no pooling, so the linear layer gets all 8 · 27 · 27 numbers. One line of the Keras net is missing
    in yours."""

    def digit_net():
        return nn.Sequential(nn.Conv2d(1, 8, 2), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 27 * 27, 10))


class ThreeByThreeKernel:
    """Your kernel is 3 × 3. The second number of Conv2D(8, 2) is the size of the kernel."""

    def digit_net():
        return _net(conv=(1, 8, 3))


class FiltersAndKernelSwapped:
    """Your convolution has 2 filters of 8 × 8. Keras names the number of filters first, then the size of the
    kernel: Conv2D(8, 2) is 8 filters of 2 × 2."""

    def digit_net():
        return _net(conv=(1, 2, 8), inputs=2 * 5 * 5)


class EightInputChannels:
    """Your convolution waits for images with 8 channels. Keras finds that number by itself, so it is not written
    there; PyTorch wants it as the first argument, and these images have one channel."""

    def digit_net():
        return _net(conv=(8, 8, 2))


class KerasArgumentsCopied:
    """The arguments of Conv2D are handed to nn.Conv2d as they are. PyTorch reads them as input and output channels
    and misses a kernel size: it wants the channels of the input first."""

    def digit_net():
        return _net(conv=(8, 2))


class FlattenedToSevenBySeven:
    """The linear layer waits for 8 · 7 · 7 numbers, and 8 · 6 · 6 come. 27 rows hold six whole windows of 4; the
    three rows that are left over are dropped."""

    def digit_net():
        return _net(inputs=8 * 7 * 7)


class NotFlattened:
    """The channels reach the linear layer as they are, with rows and columns. A linear layer works on the last axis
    only: put everything except the batch into one row first."""

    def digit_net():
        return nn.Sequential(nn.Conv2d(1, 8, 2), nn.ReLU(), nn.MaxPool2d(4), nn.Linear(288, 10))


class BatchFlattenedToo:
    """The batch is flattened along with the rest, so all images end up in one row. Keras' Flatten leaves the batch
    alone, torch.flatten only does when it begins at axis 1."""

    def digit_net():
        layers = [nn.Conv2d(1, 8, 2), nn.ReLU(), nn.MaxPool2d(4), nn.Flatten(0), nn.Linear(288, 10)]
        return nn.Sequential(*layers)


class NoBias:
    """Your convolution has no bias. Keras gives one to each filter when nothing is said, and so does PyTorch."""

    def digit_net():
        return _net(conv=(1, 8, 2, 1, 0, 1, 1, False))


class NothingReturned:
    """digit_net makes a net and keeps it: what the caller gets is None. The last line of a function that makes
    something returns it."""

    def digit_net():
        _net()


# Values -------------------------------------------------------------------------------------------


class SoftmaxKept:
    """The softmax of the Keras net is in yours too. Leave it out: PyTorch's cross-entropy applies the softmax
    itself, and applied twice it makes learning slow."""

    def digit_net():
        return _net(last=[nn.Softmax(dim=1)])


class SoftmaxOverTheBatch:
    """A softmax runs down the batch, so what one image gets depends on the others. It is not needed at all:
    PyTorch's cross-entropy applies the right one itself."""

    def digit_net():
        return _net(last=[nn.Softmax(dim=0)])


class LogSoftmaxAtTheEnd:
    """A log-softmax follows the last layer. That belongs to another loss, NLLLoss; here the scores stay as the
    linear layer gives them."""

    def digit_net():
        return _net(last=[nn.LogSoftmax(dim=1)])


class ReluAtTheEnd:
    """A ReLU follows the last layer and turns every negative score into zero. It belongs to the convolution; after
    the linear layer comes nothing more."""

    def digit_net():
        return _net(last=[nn.ReLU()])


class NoRelu:
    """There is no ReLU. In Keras it hides in the arguments of the convolution, activation="relu"; in PyTorch it is
    a layer of its own."""

    def digit_net():
        return _net(act=nn.Identity)


class SigmoidForRelu:
    """A sigmoid stands where the Keras net has its ReLU: look at the activation of the convolution."""

    def digit_net():
        return _net(act=nn.Sigmoid)


class AveragePooling:
    """Your pooling takes the mean of each window. MaxPooling2D takes the largest value."""

    def digit_net():
        return nn.Sequential(nn.Conv2d(1, 8, 2), nn.ReLU(), nn.AvgPool2d(4), nn.Flatten(), nn.Linear(288, 10))


class Detached:
    """Between convolution and linear layer the values leave PyTorch's record of the computation, by .detach(),
    .data or a new tensor. The convolution gets no gradient and never learns."""

    def digit_net():
        class Break(nn.Module):
            def forward(self, X):
                return X.detach()

        layers = [nn.Conv2d(1, 8, 2), nn.ReLU(), nn.MaxPool2d(4), Break(), nn.Flatten(), nn.Linear(288, 10)]
        return nn.Sequential(*layers)


class DropoutThatNeverStops:
    """Some values are zeroed at random, in evaluation too: F.dropout does so unless it is told training=False. The
    Keras net has no dropout."""

    def digit_net():
        class Dropping(nn.Module):
            def forward(self, X):
                return torch.nn.functional.dropout(X, 0.5)

        layers = [nn.Conv2d(1, 8, 2), nn.ReLU(), nn.MaxPool2d(4), Dropping(), nn.Flatten(), nn.Linear(288, 10)]
        return nn.Sequential(*layers)
