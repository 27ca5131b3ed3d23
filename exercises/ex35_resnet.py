"""Exercise 35: ResNet-18, a deep network that learns because every block may be skipped.

Lesson: docs/en/lessons/resnet.md
Try it: python -m grader exercises/ex35_resnet.py
"""

import torch
from torch import nn


class Residual(nn.Module):
    """A residual block: images (n, in_channels, h, w) → (n, out_channels, ⌈h / stride⌉, ⌈w / stride⌉).

    main path   3×3 convolution with padding 1 and the stride, batch norm, ReLU,
                3×3 convolution with padding 1, batch norm
    shortcut    X as it is; or, if use_1x1conv, a 1×1 convolution of X with the same stride
    result      ReLU(main path + shortcut)

    A bias in the convolutions or none, and a batch norm behind the 1×1 convolution or none: all are right.

    By hand: Residual(2, 4, True, 2) turns (n, 2, 7, 5) into (n, 4, 4, 3). The main path has
    ⌊(7 + 2·1 − 3) / 2⌋ + 1 = 4 rows, and the shortcut too: ⌊(7 − 1) / 2⌋ + 1 = 4.
    """

    def __init__(self, in_channels: int, out_channels: int, use_1x1conv: bool = False, stride: int = 1) -> None:
        raise NotImplementedError("write Residual.__init__")

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError("write Residual.forward")


def resnet18(num_classes: int = 10, in_channels: int = 1) -> nn.Module:
    """ResNet-18: images (n, in_channels, 96, 96) → (n, num_classes).

    layer                                                        output shape
    convolution 7×7, 64 channels, stride 2, padding 3            (n, 64, 48, 48)
    batch norm, ReLU                                             (n, 64, 48, 48)
    max pooling 3×3, stride 2, padding 1                         (n, 64, 24, 24)
    two residual blocks, 64 channels                             (n, 64, 24, 24)
    two residual blocks, 128 channels, the first with stride 2   (n, 128, 12, 12)
    two residual blocks, 256 channels, the first with stride 2   (n, 256, 6, 6)
    two residual blocks, 512 channels, the first with stride 2   (n, 512, 3, 3)
    global average pooling, flatten                              (n, 512)
    linear num_classes                                           (n, num_classes)

    A block with stride 2 has the 1×1 convolution on its shortcut, the others do not need it. Count
    the layers that give ResNet-18 its name: 1 + 8 · 2 + 1 = 18, without those on shortcuts.
    """
    raise NotImplementedError("write resnet18")
