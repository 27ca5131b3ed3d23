"""Exercise 32: VGG, a deep network made of one block, repeated.

Lesson: docs/en/lessons/vgg.md
Try it: python -m grader exercises/ex32_vgg.py
"""

from collections.abc import Sequence

from torch import nn


def vgg_block(num_convs: int, in_channels: int, out_channels: int) -> nn.Module:
    """A VGG block: (n, in_channels, h, w) → (n, out_channels, ⌊h/2⌋, ⌊w/2⌋).

    `num_convs` convolutions 3×3 with padding 1, each followed by ReLU, then max pooling 2×2 with
    stride 2. The first convolution changes the number of channels, the others keep it.

    By hand: vgg_block(2, 3, 8) has (3·3·3·8 + 8) + (8·3·3·8 + 8) = 224 + 584 = 808 parameters.
    """
    raise NotImplementedError("write vgg_block")


def vgg(conv_arch: Sequence[tuple[int, int]]) -> nn.Module:
    """VGG for images (n, 1, 224, 224) and 10 classes: five blocks, then three linear layers.

    `conv_arch` lists (num_convs, out_channels) of each block; VGG-11 is
    ((1, 64), (1, 128), (2, 256), (2, 512), (2, 512)). Five halvings take 224 to 7, so the linear
    part starts with out_channels · 7 · 7 numbers: linear 4096, ReLU, linear 4096, ReLU, linear 10.
    Dropout after the two hidden layers, as in the paper, or none: both are right.
    """
    raise NotImplementedError("write vgg")
