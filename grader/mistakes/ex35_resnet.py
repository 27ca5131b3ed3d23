"""Mistakes of exercise 35: the residual block and ResNet-18."""

import torch
from torch import nn


class _Right(nn.Module):
    """The right block. A mistake replaces one of its parts."""

    norm, padding, strides_of_both = nn.BatchNorm2d, 1, False

    def __init__(self, in_channels, out_channels, use_1x1conv=False, stride=1):
        super().__init__()
        second = stride if self.strides_of_both else 1
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, self.padding)
        self.norm1 = self.norm(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, second, self.padding)
        self.norm2 = self.norm(out_channels)
        self.shortcut = nn.Conv2d(in_channels, out_channels, 1, stride) if use_1x1conv else nn.Identity()

    def main(self, X):
        return self.norm2(self.conv2(torch.relu(self.norm1(self.conv1(X)))))

    def forward(self, X):
        return torch.relu(self.main(X) + self.shortcut(X))


def _norm_and_relu():
    return [nn.BatchNorm2d(64), nn.ReLU()]


def _stem(in_channels, after=_norm_and_relu, pool=nn.MaxPool2d, padding=1):
    """What comes before the blocks."""
    return [nn.Conv2d(in_channels, 64, 7, 2, 3), *after(), pool(3, 2, padding)]


def _stages(block=_Right, first=1, later=2, blocks=2):
    """The blocks, with the strides of the first block of the first stage and of the later ones."""
    layers, before = [], 64
    for channels in (64, 128, 256, 512):
        stride = first if channels == 64 else later
        layers.append(block(before, channels, before != channels or stride != 1, stride))
        layers += [block(channels, channels) for _ in range(blocks - 1)]
        before = channels
    return layers


def _end(num_classes, pool=nn.AdaptiveAvgPool2d):
    return [pool(1), nn.Flatten(), nn.Linear(512, num_classes)]


def _resnet18(num_classes, in_channels, block=_Right):
    """The right net, of blocks that may be wrong."""
    return nn.Sequential(*_stem(in_channels), *_stages(block), *_end(num_classes))


# The block ----------------------------------------------------------------------------------------


class NoSkip:
    """Your block never adds its input: without the skip connection it is two plain layers. The shortcut
    is the idea of the whole exercise."""

    class Residual(_Right):
        def forward(self, X):
            return torch.relu(self.main(X))

    def resnet18(num_classes=10, in_channels=1):
        return _resnet18(num_classes, in_channels, NoSkip.Residual)


class AddedToItself:
    """Your block writes over X, and at the end it adds the result of the main path to itself. Keep the
    X that came in: give the main path another name, Y say."""

    class Residual(_Right):
        def forward(self, X):
            X = self.main(X)
            return torch.relu(X + self.shortcut(X))

    def resnet18(num_classes=10, in_channels=1):
        return _resnet18(num_classes, in_channels, AddedToItself.Residual)


class NoReLUAfterTheSum:
    """Your block ends with the sum. One more ReLU comes after it."""

    class Residual(_Right):
        def forward(self, X):
            return self.main(X) + self.shortcut(X)

    def resnet18(num_classes=10, in_channels=1):
        return _resnet18(num_classes, in_channels, NoReLUAfterTheSum.Residual)


class ReLUBeforeTheSum:
    """The last ReLU of your block comes before the sum. Then the main path can only add, never take
    away: the sum comes first, ReLU after it."""

    class Residual(_Right):
        def forward(self, X):
            return torch.relu(self.main(X)) + self.shortcut(X)

    def resnet18(num_classes=10, in_channels=1):
        return _resnet18(num_classes, in_channels, ReLUBeforeTheSum.Residual)


class ReLUBeforeAndAfterTheSum:
    """There is a ReLU both before and after the sum. The main path ends with its batch norm, so that it
    can also take something away from X."""

    class Residual(_Right):
        def forward(self, X):
            return torch.relu(torch.relu(self.main(X)) + self.shortcut(X))

    def resnet18(num_classes=10, in_channels=1):
        return _resnet18(num_classes, in_channels, ReLUBeforeAndAfterTheSum.Residual)


class NoReLUOnTheMainPath:
    """Nothing but batch norm stands between your two convolutions. A ReLU belongs there, or the two are
    hardly more than one."""

    class Residual(_Right):
        def main(self, X):
            return self.norm2(self.conv2(self.norm1(self.conv1(X))))

    def resnet18(num_classes=10, in_channels=1):
        return _resnet18(num_classes, in_channels, NoReLUOnTheMainPath.Residual)


class ReLUBeforeBatchNorm:
    """Batch norm and ReLU have changed places after your first convolution. First the norm, then the
    ReLU."""

    class Residual(_Right):
        def main(self, X):
            return self.norm2(self.conv2(self.norm1(torch.relu(self.conv1(X)))))

    def resnet18(num_classes=10, in_channels=1):
        return _resnet18(num_classes, in_channels, ReLUBeforeBatchNorm.Residual)


class NoBatchNorm:
    """Your block has no batch norm. Each of the two 3×3 convolutions is followed by one."""

    class Residual(_Right):
        norm = nn.Identity

    def resnet18(num_classes=10, in_channels=1):
        return _resnet18(num_classes, in_channels, NoBatchNorm.Residual)


class OneBatchNorm:
    """Your block has one batch norm, or uses one twice. Each of the two 3×3 convolutions needs its own:
    their outputs have different means and variances."""

    class Residual(_Right):
        def __init__(self, *args):
            super().__init__(*args)
            self.norm2 = self.norm1

    def resnet18(num_classes=10, in_channels=1):
        return _resnet18(num_classes, in_channels, OneBatchNorm.Residual)


class NoPadding:
    """Your 3×3 convolutions have no padding, so the main path shrinks and does not fit the shortcut any
    more. Padding 1 keeps the size: n + 2·1 − 3 + 1 = n."""

    class Residual(_Right):
        padding = 0

    def resnet18(num_classes=10, in_channels=1):
        return _resnet18(num_classes, in_channels, NoPadding.Residual)


class StrideInBothConvolutions:
    """Both 3×3 convolutions of your block have the stride, so the main path is divided twice and the
    shortcut once. Only the first has it."""

    class Residual(_Right):
        strides_of_both = True

    def resnet18(num_classes=10, in_channels=1):
        return _resnet18(num_classes, in_channels, StrideInBothConvolutions.Residual)


class StrideInTheSecondConvolution:
    """The second convolution of your block has the stride. It is the first that has it, so that the
    second already works on fewer pixels."""

    class Residual(_Right):
        def __init__(self, *args):
            super().__init__(*args)
            self.conv1.stride, self.conv2.stride = self.conv2.stride, self.conv1.stride

    def resnet18(num_classes=10, in_channels=1):
        return _resnet18(num_classes, in_channels, StrideInTheSecondConvolution.Residual)


class NoStrideOnTheShortcut:
    """Your shortcut keeps the picture as large as it was: its 1×1 convolution is missing, or has no stride. The main
    path is smaller then, and the two cannot be added: give both the same stride."""

    class Residual(_Right):
        def __init__(self, in_channels, out_channels, use_1x1conv=False, stride=1):
            super().__init__(in_channels, out_channels, use_1x1conv, stride)
            if use_1x1conv:
                self.shortcut.stride = (1, 1)

    def resnet18(num_classes=10, in_channels=1):
        return _resnet18(num_classes, in_channels, NoStrideOnTheShortcut.Residual)


class OneByOneOnlyIfChannelsDiffer:
    """Your block has a 1×1 convolution where the numbers of channels differ, whatever use_1x1conv says.
    This argument alone decides: with stride 2 the sizes differ too."""

    class Residual(_Right):
        def __init__(self, in_channels, out_channels, use_1x1conv=False, stride=1):
            super().__init__(in_channels, out_channels, in_channels != out_channels, stride)

    def resnet18(num_classes=10, in_channels=1):
        return _resnet18(num_classes, in_channels, OneByOneOnlyIfChannelsDiffer.Residual)


class JoinedInsteadOfAdded:
    """Your block puts main path and shortcut side by side, with torch.cat, so it has twice the channels.
    Here the two are added, value by value."""

    class Residual(_Right):
        def forward(self, X):
            return torch.relu(torch.cat([self.main(X), self.shortcut(X)], dim=1))

    def resnet18(num_classes=10, in_channels=1):
        return _resnet18(num_classes, in_channels, JoinedInsteadOfAdded.Residual)


class AlwaysTheBatch:
    """Your batch norm takes mean and variance from the batch in evaluation mode too, so an image is
    judged by its neighbours. In use, batch norm goes by the running statistics that it kept in
    training."""

    class Residual(_Right):
        def norm(self, channels):
            return nn.BatchNorm2d(channels, track_running_stats=False)

    def resnet18(num_classes=10, in_channels=1):
        return _resnet18(num_classes, in_channels, AlwaysTheBatch.Residual)


class EachImageByItself:
    """Your norm takes the statistics of each image by itself, as nn.InstanceNorm2d does. Batch norm takes
    them over all images of the batch together."""

    class Residual(_Right):
        def norm(self, channels):
            return nn.InstanceNorm2d(channels, affine=True)

    def resnet18(num_classes=10, in_channels=1):
        return _resnet18(num_classes, in_channels, EachImageByItself.Residual)


# The net ------------------------------------------------------------------------------------------


class OneChannelExpected:
    """Your first convolution always expects one channel. Colour pictures have three: use
    in_channels."""

    Residual = _Right

    def resnet18(num_classes=10, in_channels=1):
        return _resnet18(num_classes, 1)


class AlwaysTenClasses:
    """Your last layer always gives ten scores. Use num_classes."""

    Residual = _Right

    def resnet18(num_classes=10, in_channels=1):
        return _resnet18(10, in_channels)


class NotFlattened:
    """After the global average pooling your pictures still have four axes, and the linear layer works on
    the last of them. Flatten first: (n, 512, 1, 1) becomes (n, 512)."""

    Residual = _Right

    def resnet18(num_classes=10, in_channels=1):
        pool, _, linear = _end(num_classes)
        return nn.Sequential(*_stem(in_channels), *_stages(), pool, linear)


class NoNormInTheStem:
    """The 7×7 convolution of your net has no batch norm. Like every convolution on the main path, it is
    followed by one."""

    Residual = _Right

    def resnet18(num_classes=10, in_channels=1):
        return nn.Sequential(*_stem(in_channels, lambda: [nn.ReLU()]), *_stages(), *_end(num_classes))


class FirstStageHalves:
    """The first stage of your net has stride 2 and a 1×1 convolution like the later ones. The pooling
    before it has just halved the picture: this stage keeps its size."""

    Residual = _Right

    def resnet18(num_classes=10, in_channels=1):
        return nn.Sequential(*_stem(in_channels), *_stages(first=2), *_end(num_classes))


class OneBlockInEachStage:
    """Each stage of your net has one block. ResNet-18 has two in each: count the 18 layers."""

    Residual = _Right

    def resnet18(num_classes=10, in_channels=1):
        return nn.Sequential(*_stem(in_channels), *_stages(blocks=1), *_end(num_classes))


class StagesWithoutStride:
    """The later stages of your net have the 1×1 convolution but no stride, so the picture stays large
    and the net slow. Their first block has stride 2."""

    Residual = _Right

    def resnet18(num_classes=10, in_channels=1):
        return nn.Sequential(*_stem(in_channels), *_stages(later=1), *_end(num_classes))


class NoReLUInTheStem:
    """After the first batch norm of your net comes the pooling at once. There is a ReLU between them."""

    Residual = _Right

    def resnet18(num_classes=10, in_channels=1):
        return nn.Sequential(*_stem(in_channels, lambda: [nn.BatchNorm2d(64)]), *_stages(), *_end(num_classes))


class NoPoolingInTheStem:
    """Your net has no pooling before the first stage, so all stages work on four times as many pixels.
    A max pooling with stride 2 belongs there."""

    Residual = _Right

    def resnet18(num_classes=10, in_channels=1):
        return nn.Sequential(*_stem(in_channels)[:-1], *_stages(), *_end(num_classes))


class AveragePoolingInTheStem:
    """The pooling before the first stage takes a mean. It should take the largest value; the mean comes
    at the end of the net."""

    Residual = _Right

    def resnet18(num_classes=10, in_channels=1):
        return nn.Sequential(*_stem(in_channels, pool=nn.AvgPool2d), *_stages(), *_end(num_classes))


class PoolingWithoutPadding:
    """The pooling before the first stage has no padding, so 48 rows become 23. With padding 1 there are
    24."""

    Residual = _Right

    def resnet18(num_classes=10, in_channels=1):
        return nn.Sequential(*_stem(in_channels, padding=0), *_stages(), *_end(num_classes))


class MaxPoolingAtTheEnd:
    """At the end your net takes the largest value of each channel. Global average pooling takes the
    mean."""

    Residual = _Right

    def resnet18(num_classes=10, in_channels=1):
        return nn.Sequential(*_stem(in_channels), *_stages(), *_end(num_classes, nn.AdaptiveMaxPool2d))


class SoftmaxAtTheEnd:
    """A softmax follows the last layer. PyTorch's cross-entropy applies one itself, so the net gives
    plain scores."""

    Residual = _Right

    def resnet18(num_classes=10, in_channels=1):
        return nn.Sequential(_resnet18(num_classes, in_channels), nn.Softmax(dim=1))
