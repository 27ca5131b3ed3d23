"""Mistakes of exercise 36: the separable convolution, its costs, and MobileNet."""

from torch import nn


def _conv_macs(out_h, out_w, kernel, in_channels, out_channels):
    return out_h * out_w * out_channels * kernel * kernel * in_channels


def _separable_macs(out_h, out_w, kernel, in_channels, out_channels):
    return out_h * out_w * in_channels * (kernel * kernel + out_channels)


def _depthwise(channels, stride=1, padding=1):
    return nn.Conv2d(channels, channels, 3, stride, padding, groups=channels)


def _pointwise(in_channels, out_channels, stride=1):
    return nn.Conv2d(in_channels, out_channels, 1, stride)


def _block(in_channels, out_channels, stride=1, norm=nn.BatchNorm2d, depthwise=_depthwise):
    """The right block, of layers that may be wrong."""
    first = [depthwise(in_channels, stride), norm(in_channels), nn.ReLU()]
    return nn.Sequential(*first, _pointwise(in_channels, out_channels), norm(out_channels), nn.ReLU())


def _stem(in_channels, stride=2):
    return [nn.Conv2d(in_channels, 32, 3, stride, 1), nn.BatchNorm2d(32), nn.ReLU()]


def _body(block=_block, middle=5, strides=(1, 2, 1, 2, 1, 2), last=(2, 1)):
    """The blocks: so many of 512 channels in the middle."""
    channels = [32, 64, 128, 128, 256, 256, 512, *[512] * middle, 1024, 1024]
    all_strides = [*strides, *[1] * middle, *last]
    return [block(*sizes) for sizes in zip(channels, channels[1:], all_strides, strict=False)]


def _end(num_classes, pool=nn.AdaptiveAvgPool2d):
    return [pool(1), nn.Flatten(), nn.Linear(1024, num_classes)]


def _mobilenet(num_classes=10, in_channels=1, block=_block):
    """The right net, of blocks that may be wrong."""
    return nn.Sequential(*_stem(in_channels), *_body(block), *_end(num_classes))


# The costs ----------------------------------------------------------------------------------------


class MultiplicationsAndAdditionsApart:
    """You count each multiplication and each addition, so you get twice the number. A multiply–accumulate
    is one of each, done in one step."""

    depthwise_separable, mobilenet = _block, _mobilenet

    def conv_macs(out_h, out_w, kernel, in_channels, out_channels):
        return 2 * _conv_macs(out_h, out_w, kernel, in_channels, out_channels)

    def separable_macs(out_h, out_w, kernel, in_channels, out_channels):
        return 2 * _separable_macs(out_h, out_w, kernel, in_channels, out_channels)


class WeightsInsteadOfMacs:
    """You count the weights. Each weight is used again at every pixel of the output: out_h · out_w
    times."""

    depthwise_separable, mobilenet = _block, _mobilenet

    def conv_macs(out_h, out_w, kernel, in_channels, out_channels):
        return _conv_macs(1, 1, kernel, in_channels, out_channels)

    def separable_macs(out_h, out_w, kernel, in_channels, out_channels):
        return _separable_macs(1, 1, kernel, in_channels, out_channels)


class KernelNotSquared:
    """You multiply by kernel once. The window has kernel rows and kernel columns."""

    depthwise_separable, mobilenet = _block, _mobilenet

    def conv_macs(out_h, out_w, kernel, in_channels, out_channels):
        return out_h * out_w * kernel * in_channels * out_channels

    def separable_macs(out_h, out_w, kernel, in_channels, out_channels):
        return out_h * out_w * in_channels * (kernel + out_channels)


class SquareOutput:
    """You use the height of the output twice. It has out_h rows, and out_w columns."""

    depthwise_separable, mobilenet = _block, _mobilenet

    def conv_macs(out_h, out_w, kernel, in_channels, out_channels):
        return _conv_macs(out_h, out_h, kernel, in_channels, out_channels)

    def separable_macs(out_h, out_w, kernel, in_channels, out_channels):
        return _separable_macs(out_h, out_h, kernel, in_channels, out_channels)


class BiasCounted:
    """You count the bias as one more product in each output. It is not counted here: the article counts
    products of weights only."""

    depthwise_separable, mobilenet = _block, _mobilenet

    def conv_macs(out_h, out_w, kernel, in_channels, out_channels):
        return out_h * out_w * out_channels * (kernel * kernel * in_channels + 1)

    def separable_macs(out_h, out_w, kernel, in_channels, out_channels):
        return out_h * out_w * (in_channels * (kernel * kernel + 1) + out_channels * (in_channels + 1))


class InputChannelsForgotten:
    """Your full convolution looks at one input channel. Each of its outputs is a sum over all of them:
    in_channels times as many products."""

    depthwise_separable, mobilenet, separable_macs = _block, _mobilenet, _separable_macs

    def conv_macs(out_h, out_w, kernel, in_channels, out_channels):
        return out_h * out_w * kernel * kernel * out_channels


class StepsMultiplied:
    """You multiply the costs of the two steps. One is done after the other, so they add up."""

    depthwise_separable, mobilenet, conv_macs = _block, _mobilenet, _conv_macs

    def separable_macs(out_h, out_w, kernel, in_channels, out_channels):
        return (out_h * out_w * in_channels * kernel * kernel) * (out_h * out_w * in_channels * out_channels)


class PointwiseForgotten:
    """You count the depthwise step only. The pointwise one follows, and costs more than the first."""

    depthwise_separable, mobilenet, conv_macs = _block, _mobilenet, _conv_macs

    def separable_macs(out_h, out_w, kernel, in_channels, out_channels):
        return out_h * out_w * in_channels * kernel * kernel


class DepthwiseMakesOutChannels:
    """Your depthwise step makes out_channels channels. It leaves the number of channels alone: in_channels
    come in, and as many go out."""

    depthwise_separable, mobilenet, conv_macs = _block, _mobilenet, _conv_macs

    def separable_macs(out_h, out_w, kernel, in_channels, out_channels):
        return out_h * out_w * out_channels * (kernel * kernel + in_channels)


# The block ----------------------------------------------------------------------------------------


class NotDepthwise:
    """Your 3×3 convolution mixes all channels, so it is a full one and nothing is saved. With as many
    groups as channels each of them is by itself."""

    conv_macs, separable_macs = _conv_macs, _separable_macs

    def depthwise_separable(in_channels, out_channels, stride=1):
        def full(channels, stride):
            return nn.Conv2d(channels, channels, 3, stride, 1)

        return _block(in_channels, out_channels, stride, depthwise=full)

    def mobilenet(num_classes=10, in_channels=1):
        return _mobilenet(num_classes, in_channels, NotDepthwise.depthwise_separable)


class ChannelsChangeInTheDepthwiseStep:
    """Your depthwise convolution already goes to out_channels. It keeps the number of channels; the
    pointwise one changes it."""

    conv_macs, separable_macs = _conv_macs, _separable_macs

    def depthwise_separable(in_channels, out_channels, stride=1):
        depthwise = nn.Conv2d(in_channels, out_channels, 3, stride, 1, groups=in_channels)
        return nn.Sequential(depthwise, *_block(out_channels, out_channels)[1:])

    def mobilenet(num_classes=10, in_channels=1):
        return _mobilenet(num_classes, in_channels, ChannelsChangeInTheDepthwiseStep.depthwise_separable)


class PointwiseFirst:
    """The two steps of your block have changed places. First comes the depthwise convolution, then the
    pointwise one."""

    conv_macs, separable_macs = _conv_macs, _separable_macs

    def depthwise_separable(in_channels, out_channels, stride=1):
        first = _block(out_channels, out_channels, stride)[:3]
        return nn.Sequential(*_block(in_channels, out_channels)[3:], *first)

    def mobilenet(num_classes=10, in_channels=1):
        return _mobilenet(num_classes, in_channels, PointwiseFirst.depthwise_separable)


class NoBatchNorm:
    """Your block has no batch norm. Each of its two convolutions is followed by one."""

    conv_macs, separable_macs = _conv_macs, _separable_macs

    def depthwise_separable(in_channels, out_channels, stride=1):
        return _block(in_channels, out_channels, stride, norm=nn.Identity)

    def mobilenet(num_classes=10, in_channels=1):
        return _mobilenet(num_classes, in_channels, NoBatchNorm.depthwise_separable)


class BatchNormAtTheEndOnly:
    """Your block has one batch norm, at its end. The depthwise convolution is followed by one as well."""

    conv_macs, separable_macs = _conv_macs, _separable_macs

    def depthwise_separable(in_channels, out_channels, stride=1):
        depthwise, _, *rest = _block(in_channels, out_channels, stride)
        return nn.Sequential(depthwise, *rest)

    def mobilenet(num_classes=10, in_channels=1):
        return _mobilenet(num_classes, in_channels, BatchNormAtTheEndOnly.depthwise_separable)


class NoReLUAfterDepthwise:
    """There is no ReLU after the depthwise step of your block. Both steps end with batch norm and
    ReLU."""

    conv_macs, separable_macs = _conv_macs, _separable_macs

    def depthwise_separable(in_channels, out_channels, stride=1):
        depthwise, norm, _, *rest = _block(in_channels, out_channels, stride)
        return nn.Sequential(depthwise, norm, *rest)

    def mobilenet(num_classes=10, in_channels=1):
        return _mobilenet(num_classes, in_channels, NoReLUAfterDepthwise.depthwise_separable)


class NoReLUAtTheEnd:
    """Your block ends with a batch norm. That is MobileNet's second version; in the first, the pointwise
    step ends with a ReLU too."""

    conv_macs, separable_macs = _conv_macs, _separable_macs

    def depthwise_separable(in_channels, out_channels, stride=1):
        return _block(in_channels, out_channels, stride)[:-1]

    def mobilenet(num_classes=10, in_channels=1):
        return _mobilenet(num_classes, in_channels, NoReLUAtTheEnd.depthwise_separable)


class ReLUBeforeBatchNorm:
    """Batch norm and ReLU have changed places in your block. First the norm, then the ReLU, both
    times."""

    conv_macs, separable_macs = _conv_macs, _separable_macs

    def depthwise_separable(in_channels, out_channels, stride=1):
        depthwise, norm1, relu, pointwise, norm2, _ = _block(in_channels, out_channels, stride)
        return nn.Sequential(depthwise, relu, norm1, pointwise, relu, norm2)

    def mobilenet(num_classes=10, in_channels=1):
        return _mobilenet(num_classes, in_channels, ReLUBeforeBatchNorm.depthwise_separable)


class StrideIgnored:
    """Your block does not use stride: the picture keeps its size. Hand the argument on to the depthwise
    convolution."""

    conv_macs, separable_macs = _conv_macs, _separable_macs

    def depthwise_separable(in_channels, out_channels, stride=1):
        return _block(in_channels, out_channels)

    def mobilenet(num_classes=10, in_channels=1):
        return _mobilenet(num_classes, in_channels, StrideIgnored.depthwise_separable)


class StrideInBothSteps:
    """Both convolutions of your block have the stride, so the picture is divided twice. Only the
    depthwise one has it."""

    conv_macs, separable_macs = _conv_macs, _separable_macs

    def depthwise_separable(in_channels, out_channels, stride=1):
        block = _block(in_channels, out_channels, stride)
        block[3].stride = (stride, stride)
        return block

    def mobilenet(num_classes=10, in_channels=1):
        return _mobilenet(num_classes, in_channels, StrideInBothSteps.depthwise_separable)


class StrideInThePointwiseStep:
    """The pointwise convolution of your block has the stride, so most of what the depthwise one has
    computed is thrown away. The depthwise one has it."""

    conv_macs, separable_macs = _conv_macs, _separable_macs

    def depthwise_separable(in_channels, out_channels, stride=1):
        block = _block(in_channels, out_channels)
        block[3].stride = (stride, stride)
        return block

    def mobilenet(num_classes=10, in_channels=1):
        return _mobilenet(num_classes, in_channels, StrideInThePointwiseStep.depthwise_separable)


class NoPadding:
    """Your depthwise convolution has no padding, so the picture loses two rows and two columns. Padding 1
    keeps them: n + 2·1 − 3 + 1 = n."""

    conv_macs, separable_macs = _conv_macs, _separable_macs

    def depthwise_separable(in_channels, out_channels, stride=1):
        def unpadded(channels, stride):
            return _depthwise(channels, stride, padding=0)

        return _block(in_channels, out_channels, stride, depthwise=unpadded)

    def mobilenet(num_classes=10, in_channels=1):
        return _mobilenet(num_classes, in_channels, NoPadding.depthwise_separable)


class AlwaysTheBatch:
    """Your batch norm takes mean and variance from the batch in evaluation mode too, so an image is
    judged by its neighbours. In use, batch norm goes by the running statistics that it kept in
    training."""

    conv_macs, separable_macs = _conv_macs, _separable_macs

    def depthwise_separable(in_channels, out_channels, stride=1):
        def norm(channels):
            return nn.BatchNorm2d(channels, track_running_stats=False)

        return _block(in_channels, out_channels, stride, norm)

    def mobilenet(num_classes=10, in_channels=1):
        return _mobilenet(num_classes, in_channels, AlwaysTheBatch.depthwise_separable)


# The net ------------------------------------------------------------------------------------------


class OneChannelExpected:
    """Your first convolution always expects one channel. Colour pictures have three: use
    in_channels."""

    depthwise_separable, conv_macs, separable_macs = _block, _conv_macs, _separable_macs

    def mobilenet(num_classes=10, in_channels=1):
        return _mobilenet(num_classes)


class AlwaysTenClasses:
    """Your last layer always gives ten scores. Use num_classes."""

    depthwise_separable, conv_macs, separable_macs = _block, _conv_macs, _separable_macs

    def mobilenet(num_classes=10, in_channels=1):
        return _mobilenet(10, in_channels)


class NotFlattened:
    """After the global average pooling your pictures still have four axes, and the linear layer works on
    the last of them. Flatten first: (n, 1024, 1, 1) becomes (n, 1024)."""

    depthwise_separable, conv_macs, separable_macs = _block, _conv_macs, _separable_macs

    def mobilenet(num_classes=10, in_channels=1):
        pool, _, linear = _end(num_classes)
        return nn.Sequential(*_stem(in_channels), *_body(), pool, linear)


class NoNormInTheStem:
    """The first convolution of your net has no batch norm. It is followed by one, like all the others."""

    depthwise_separable, conv_macs, separable_macs = _block, _conv_macs, _separable_macs

    def mobilenet(num_classes=10, in_channels=1):
        conv, _, relu = _stem(in_channels)
        return nn.Sequential(conv, relu, *_body(), *_end(num_classes))


class FourBlocksInTheMiddle:
    """Your net has one block of 512 channels too few. After the one with stride 2 come five more."""

    depthwise_separable, conv_macs, separable_macs = _block, _conv_macs, _separable_macs

    def mobilenet(num_classes=10, in_channels=1):
        return nn.Sequential(*_stem(in_channels), *_body(middle=4), *_end(num_classes))


class SameBlockFiveTimes:
    """The five blocks of 512 channels are one and the same, with the same weights: a list multiplied by 5
    repeats its block. Make a new one in each round of a loop."""

    depthwise_separable, conv_macs, separable_macs = _block, _conv_macs, _separable_macs

    def mobilenet(num_classes=10, in_channels=1):
        body = _body()
        body[6:11] = [body[6]] * 5
        return nn.Sequential(*_stem(in_channels), *body, *_end(num_classes))


class NoStrideInTheStem:
    """The first convolution of your net has no stride, so every layer works on four times as many
    pixels. Its stride is 2."""

    depthwise_separable, conv_macs, separable_macs = _block, _conv_macs, _separable_macs

    def mobilenet(num_classes=10, in_channels=1):
        return nn.Sequential(*_stem(in_channels, stride=1), *_body(), *_end(num_classes))


class StridesOneBlockLate:
    """Your strides of 2 sit in the blocks that keep the number of channels. They belong one block
    earlier: where the channels double from 64 on, the picture is halved."""

    depthwise_separable, conv_macs, separable_macs = _block, _conv_macs, _separable_macs

    def mobilenet(num_classes=10, in_channels=1):
        body = _body(strides=(1, 1, 2, 1, 2, 1), last=(2, 2))
        return nn.Sequential(*_stem(in_channels), *body, *_end(num_classes))


class MaxPoolingAtTheEnd:
    """At the end your net takes the largest value of each channel. Global average pooling takes the
    mean."""

    depthwise_separable, conv_macs, separable_macs = _block, _conv_macs, _separable_macs

    def mobilenet(num_classes=10, in_channels=1):
        return nn.Sequential(*_stem(in_channels), *_body(), *_end(num_classes, nn.AdaptiveMaxPool2d))


class SoftmaxAtTheEnd:
    """A softmax follows the last layer. PyTorch's cross-entropy applies one itself, so the net gives
    plain scores."""

    depthwise_separable, conv_macs, separable_macs = _block, _conv_macs, _separable_macs

    def mobilenet(num_classes=10, in_channels=1):
        return nn.Sequential(_mobilenet(num_classes, in_channels), nn.Softmax(dim=1))
