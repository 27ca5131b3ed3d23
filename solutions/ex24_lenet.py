"""Exercise 24: LeNet-5, the network that read the cheques of 1998.

Lesson: docs/en/lessons/lenet.md
Try it: python -m grader exercises/ex24_lenet.py
"""

from torch import nn


def lenet(num_classes: int = 10) -> nn.Module:
    """LeNet-5: images (n, 1, 28, 28) → logits (n, num_classes), 61,706 parameters for 10 classes.

    layer                                    output shape
    convolution 5×5, 6 channels, padding 2   (n, 6, 28, 28)
    activation, pooling 2×2, stride 2        (n, 6, 14, 14)
    convolution 5×5, 16 channels             (n, 16, 10, 10)
    activation, pooling 2×2, stride 2        (n, 16, 5, 5)
    flatten                                  (n, 400)
    linear 120, activation                   (n, 120)
    linear 84, activation                    (n, 84)
    linear num_classes                       (n, num_classes)

    Sigmoid and average pooling, close to 1998, or any of sigmoid, tanh and ReLU (the same everywhere)
    with average or max pooling: all are right. The last layer gives plain scores: cross-entropy
    applies the softmax itself.

    By hand: the first convolution has 6 · (1 · 5 · 5) + 6 = 156 parameters.
    """
    return nn.Sequential(
        nn.Conv2d(1, 6, kernel_size=5, padding=2),
        nn.Sigmoid(),
        nn.AvgPool2d(kernel_size=2, stride=2),
        nn.Conv2d(6, 16, kernel_size=5),
        nn.Sigmoid(),
        nn.AvgPool2d(kernel_size=2, stride=2),
        nn.Flatten(),
        nn.Linear(16 * 5 * 5, 120),
        nn.Sigmoid(),
        nn.Linear(120, 84),
        nn.Sigmoid(),
        nn.Linear(84, num_classes),
    )
