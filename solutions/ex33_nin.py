"""Exercise 33: NiN, a network with no fully connected layer at all.

Lesson: docs/en/lessons/nin.md
Try it: python -m grader exercises/ex33_nin.py
"""

from torch import nn


def nin_block(in_channels: int, out_channels: int, kernel_size: int, strides: int, padding: int) -> nn.Module:
    """A NiN block: one convolution, then two of 1×1, each of the three followed by ReLU.

    The first has `kernel_size`, `strides` and `padding` and takes in_channels to out_channels. The
    1×1 convolutions keep the shape: they are a small fully connected net, applied at every pixel.

    By hand: nin_block(1, 4, 3, 1, 1) has (1·3·3·4 + 4) + 2 · (4·1·1·4 + 4) = 40 + 40 = 80
    parameters.
    """
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel_size, strides, padding),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, kernel_size=1),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, kernel_size=1),
        nn.ReLU(),
    )


def nin(num_classes: int = 10) -> nn.Module:
    """Network in Network: images (n, 1, 224, 224) → (n, num_classes).

    layer                                                output shape
    block of 96, 11×11, stride 4, padding 0              (n, 96, 54, 54)
    max pooling 3×3, stride 2                            (n, 96, 26, 26)
    block of 256, 5×5, stride 1, padding 2               (n, 256, 26, 26)
    max pooling 3×3, stride 2                            (n, 256, 12, 12)
    block of 384, 3×3, stride 1, padding 1               (n, 384, 12, 12)
    max pooling 3×3, stride 2                            (n, 384, 5, 5)
    block of num_classes, 3×3, stride 1, padding 1       (n, num_classes, 5, 5)
    global average pooling, flatten                      (n, num_classes)

    Dropout before the last block, or none: both are right. Every block ends with its ReLU.
    """
    return nn.Sequential(
        nin_block(1, 96, kernel_size=11, strides=4, padding=0),
        nn.MaxPool2d(kernel_size=3, stride=2),
        nin_block(96, 256, kernel_size=5, strides=1, padding=2),
        nn.MaxPool2d(kernel_size=3, stride=2),
        nin_block(256, 384, kernel_size=3, strides=1, padding=1),
        nn.MaxPool2d(kernel_size=3, stride=2),
        nn.Dropout(0.5),
        nin_block(384, num_classes, kernel_size=3, strides=1, padding=1),
        nn.AdaptiveAvgPool2d((1, 1)),
        nn.Flatten(),
    )
