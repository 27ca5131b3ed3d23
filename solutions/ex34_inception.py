"""Exercise 34: Inception and GoogLeNet, a network whose blocks look in four ways at once.

Lesson: docs/en/lessons/inception.md
Try it: python -m grader exercises/ex34_inception.py
"""

import torch
from torch import nn


class Inception(nn.Module):
    """An Inception block: (n, in_channels, h, w) → (n, c1 + c2[1] + c3[1] + c4, h, w).

    Four branches look at the same input, and none changes its height or width:

    branch 1: convolution 1×1 to c1 channels
    branch 2: convolution 1×1 to c2[0] channels, then 3×3 to c2[1]
    branch 3: convolution 1×1 to c3[0] channels, then 5×5 to c3[1]
    branch 4: max pooling 3×3 with stride 1, then convolution 1×1 to c4 channels

    ReLU follows each of the six convolutions. The results are joined along the channels: those of
    branch 1 come first, then branch 2, 3 and 4.

    By hand: Inception(4, 2, (3, 4), (1, 2), 3) makes 2 + 4 + 2 + 3 = 11 channels. Branch 3 has
    (4·1·1·1 + 1) + (1·5·5·2 + 2) = 5 + 52 = 57 parameters, and all four have 10 + 127 + 57 + 15 = 209.
    """

    def __init__(self, in_channels: int, c1: int, c2: tuple[int, int], c3: tuple[int, int], c4: int) -> None:
        super().__init__()
        self.branch1 = nn.Sequential(nn.Conv2d(in_channels, c1, kernel_size=1), nn.ReLU())
        self.branch2 = nn.Sequential(
            nn.Conv2d(in_channels, c2[0], kernel_size=1),
            nn.ReLU(),
            nn.Conv2d(c2[0], c2[1], kernel_size=3, padding=1),
            nn.ReLU(),
        )
        self.branch3 = nn.Sequential(
            nn.Conv2d(in_channels, c3[0], kernel_size=1),
            nn.ReLU(),
            nn.Conv2d(c3[0], c3[1], kernel_size=5, padding=2),
            nn.ReLU(),
        )
        self.branch4 = nn.Sequential(
            nn.MaxPool2d(kernel_size=3, stride=1, padding=1),
            nn.Conv2d(in_channels, c4, kernel_size=1),
            nn.ReLU(),
        )

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        branches = (self.branch1, self.branch2, self.branch3, self.branch4)
        return torch.cat([branch(X) for branch in branches], dim=1)


def googlenet(num_classes: int = 10) -> nn.Module:
    """GoogLeNet for small grey images: (n, 1, 96, 96) → (n, num_classes).

    layer                                                  output shape
    convolution 7×7, 64 channels, stride 2, padding 3      (n, 64, 48, 48)
    max pooling                                            (n, 64, 24, 24)
    convolution 1×1, 64 channels                           (n, 64, 24, 24)
    convolution 3×3, 192 channels, padding 1               (n, 192, 24, 24)
    max pooling                                            (n, 192, 12, 12)
    Inception  64,  (96, 128), (16,  32),  32              (n, 256, 12, 12)
    Inception 128, (128, 192), (32,  96),  64              (n, 480, 12, 12)
    max pooling                                            (n, 480, 6, 6)
    Inception 192,  (96, 208), (16,  48),  64              (n, 512, 6, 6)
    Inception 160, (112, 224), (24,  64),  64              (n, 512, 6, 6)
    Inception 128, (128, 256), (24,  64),  64              (n, 512, 6, 6)
    Inception 112, (144, 288), (32,  64),  64              (n, 528, 6, 6)
    Inception 256, (160, 320), (32, 128), 128              (n, 832, 6, 6)
    max pooling                                            (n, 832, 3, 3)
    Inception 256, (160, 320), (32, 128), 128              (n, 832, 3, 3)
    Inception 384, (192, 384), (48, 128), 128              (n, 1024, 3, 3)
    global average pooling, flatten                        (n, 1024)
    linear num_classes                                     (n, num_classes)

    The numbers of a block are its c1, c2, c3 and c4. ReLU follows every convolution. The four max
    poolings are 3×3 with stride 2 and padding 1; ceil_mode=True instead of the padding gives the
    same sizes and is as right. Dropout before the linear layer, or none: both are right. There are
    no extra classifiers half-way, which the paper has for training.
    """
    return nn.Sequential(
        nn.Conv2d(1, 64, kernel_size=7, stride=2, padding=3),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2, padding=1),
        nn.Conv2d(64, 64, kernel_size=1),
        nn.ReLU(),
        nn.Conv2d(64, 192, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2, padding=1),
        Inception(192, 64, (96, 128), (16, 32), 32),
        Inception(256, 128, (128, 192), (32, 96), 64),
        nn.MaxPool2d(kernel_size=3, stride=2, padding=1),
        Inception(480, 192, (96, 208), (16, 48), 64),
        Inception(512, 160, (112, 224), (24, 64), 64),
        Inception(512, 128, (128, 256), (24, 64), 64),
        Inception(512, 112, (144, 288), (32, 64), 64),
        Inception(528, 256, (160, 320), (32, 128), 128),
        nn.MaxPool2d(kernel_size=3, stride=2, padding=1),
        Inception(832, 256, (160, 320), (32, 128), 128),
        Inception(832, 384, (192, 384), (48, 128), 128),
        nn.AdaptiveAvgPool2d((1, 1)),
        nn.Flatten(),
        nn.Linear(1024, num_classes),
    )
