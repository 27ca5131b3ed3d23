"""Exercise 31: AlexNet, the network that won the ImageNet contest of 2012.

Lesson: docs/en/lessons/alexnet.md
Try it: python -m grader exercises/ex31_alexnet.py
"""

from torch import nn


def alexnet(num_classes: int = 10, in_channels: int = 1) -> nn.Module:
    """AlexNet: images (n, in_channels, 224, 224) → scores (n, num_classes).

    layer                                                    output shape
    convolution 11×11, 96 channels, stride 4, padding 2      (n, 96, 55, 55)
    max pooling 3×3, stride 2                                (n, 96, 27, 27)
    convolution 5×5, 256 channels, padding 2                 (n, 256, 27, 27)
    max pooling 3×3, stride 2                                (n, 256, 13, 13)
    convolution 3×3, 384 channels, padding 1                 (n, 384, 13, 13)
    convolution 3×3, 384 channels, padding 1                 (n, 384, 13, 13)
    convolution 3×3, 256 channels, padding 1                 (n, 256, 13, 13)
    max pooling 3×3, stride 2                                (n, 256, 6, 6)
    flatten                                                  (n, 9216)
    linear 4096                                              (n, 4096)
    linear 4096                                              (n, 4096)
    linear num_classes                                       (n, num_classes)

    ReLU follows every convolution and the first two linear layers. Two dropouts of 0.5 belong to the
    linear layers: one after each of the two hidden ones, as in the paper, or one before each of them.

    These are as right: padding 1 or 0 in the first convolution (sizes 54, 26, 12 and 5, so 6400 numbers
    after the flatten); and local response normalisation after the first two ReLUs, as in the paper.

    By hand: with in_channels=1 the first convolution has 96 · (1·11·11) + 96 = 11,712 parameters.
    """
    return nn.Sequential(
        nn.Conv2d(in_channels, 96, kernel_size=11, stride=4, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2),
        nn.Conv2d(96, 256, kernel_size=5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2),
        nn.Conv2d(256, 384, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.Conv2d(384, 384, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.Conv2d(384, 256, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2),
        nn.Flatten(),
        nn.Linear(256 * 6 * 6, 4096),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(4096, 4096),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(4096, num_classes),
    )
