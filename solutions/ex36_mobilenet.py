"""Exercise 36: MobileNet, a network small enough for a telephone.

Lesson: docs/en/lessons/mobilenet.md
Try it: python -m grader exercises/ex36_mobilenet.py
"""

from torch import nn


def depthwise_separable(in_channels: int, out_channels: int, stride: int = 1) -> nn.Module:
    """One convolution in two steps: (n, in_channels, h, w) → (n, out_channels, ⌈h / stride⌉, ⌈w / stride⌉).

    depthwise   3×3 convolution of each channel by itself, with padding 1 and the stride; batch norm, ReLU
    pointwise   1×1 convolution, which mixes the channels, to out_channels; batch norm, ReLU

    A bias in the convolutions or none, ReLU or ReLU6 (the same everywhere): all are right.

    By hand: the convolutions of depthwise_separable(4, 8) have 4 · 3 · 3 = 36 and 4 · 8 = 32 weights.
    A full 3×3 convolution would have 4 · 8 · 3 · 3 = 288.
    """
    return nn.Sequential(
        nn.Conv2d(in_channels, in_channels, kernel_size=3, stride=stride, padding=1, groups=in_channels),
        nn.BatchNorm2d(in_channels),
        nn.ReLU(),
        nn.Conv2d(in_channels, out_channels, kernel_size=1),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(),
    )


def conv_macs(out_h: int, out_w: int, kernel: int, in_channels: int, out_channels: int) -> int:
    """Multiply–accumulates of a full convolution with a kernel × kernel window and an output of out_h × out_w.

    One multiplication and one addition for each weight of a window, at each pixel of each output
    channel. A bias is not counted.

    By hand: 2 × 3 pixels, a 3×3 kernel, 4 → 5 channels: each of the 2 · 3 · 5 = 30 outputs is a sum of
    3 · 3 · 4 = 36 products. That makes 30 · 36 = 1080.
    """
    return out_h * out_w * out_channels * kernel * kernel * in_channels


def separable_macs(out_h: int, out_w: int, kernel: int, in_channels: int, out_channels: int) -> int:
    """The same for a depthwise convolution with this kernel, followed by a pointwise one.

    By hand: for the same sizes the depthwise step gives 2 · 3 · 4 = 24 outputs of 3 · 3 = 9 products, and
    the pointwise one 2 · 3 · 5 = 30 outputs of 4 products. That makes 216 + 120 = 336.
    """
    depthwise = out_h * out_w * in_channels * kernel * kernel
    pointwise = out_h * out_w * out_channels * in_channels
    return depthwise + pointwise


def mobilenet(num_classes: int = 10, in_channels: int = 1) -> nn.Module:
    """MobileNet V1: images (n, in_channels, 64, 64) → (n, num_classes).

    layer                                                output shape
    convolution 3×3, 32 channels, stride 2, padding 1    (n, 32, 32, 32)
    batch norm, ReLU                                     (n, 32, 32, 32)
    separable, 64 channels                               (n, 64, 32, 32)
    separable, 128 channels, stride 2                    (n, 128, 16, 16)
    separable, 128 channels                              (n, 128, 16, 16)
    separable, 256 channels, stride 2                    (n, 256, 8, 8)
    separable, 256 channels                              (n, 256, 8, 8)
    separable, 512 channels, stride 2                    (n, 512, 4, 4)
    five times separable, 512 channels                   (n, 512, 4, 4)
    separable, 1024 channels, stride 2                   (n, 1024, 2, 2)
    separable, 1024 channels, stride 1 or 2              (n, 1024, 2, 2) or (n, 1024, 1, 1)
    global average pooling, flatten                      (n, 1024)
    linear num_classes                                   (n, num_classes)

    In the last block both strides are right: the article's table says 2, its sizes say 1.
    """
    return nn.Sequential(
        nn.Conv2d(in_channels, 32, kernel_size=3, stride=2, padding=1),
        nn.BatchNorm2d(32),
        nn.ReLU(),
        depthwise_separable(32, 64),
        depthwise_separable(64, 128, stride=2),
        depthwise_separable(128, 128),
        depthwise_separable(128, 256, stride=2),
        depthwise_separable(256, 256),
        depthwise_separable(256, 512, stride=2),
        *[depthwise_separable(512, 512) for _ in range(5)],
        depthwise_separable(512, 1024, stride=2),
        depthwise_separable(1024, 1024),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(1024, num_classes),
    )
