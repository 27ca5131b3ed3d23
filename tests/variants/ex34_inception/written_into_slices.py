"""Every branch is written into its place of one result; each step is a small function."""
import torch
from torch import nn


def conv_relu(i, o, k):
    return nn.Sequential(nn.Conv2d(i, o, k, padding=k // 2), nn.ReLU())


class Inception(nn.Module):
    def __init__(self, in_channels, c1, c2, c3, c4):
        super().__init__()
        self.widths = [c1, c2[1], c3[1], c4]
        self.b1 = conv_relu(in_channels, c1, 1)
        self.b2 = nn.Sequential(conv_relu(in_channels, c2[0], 1), conv_relu(*c2, 3))
        self.b3 = nn.Sequential(conv_relu(in_channels, c3[0], 1), conv_relu(*c3, 5))
        self.b4 = nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), conv_relu(in_channels, c4, 1))

    def forward(self, X):
        Y = X.new_zeros(len(X), sum(self.widths), *X.shape[2:])
        start = 0
        for width, branch in zip(self.widths, [self.b1, self.b2, self.b3, self.b4]):
            Y[:, start:start + width] = branch(X)
            start += width
        return Y


class GoogLeNet(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.head = nn.Linear(1024, classes)
        self.pool = nn.MaxPool2d(3, 2, 1)
        self.stem1 = nn.Sequential(nn.Conv2d(1, 64, 7, 2, 3), nn.ReLU())
        self.stem2 = nn.Sequential(conv_relu(64, 64, 1), conv_relu(64, 192, 3))
        self.stage3 = nn.Sequential(Inception(192, 64, (96, 128), (16, 32), 32),
                                    Inception(256, 128, (128, 192), (32, 96), 64))
        self.stage4 = nn.Sequential(Inception(480, 192, (96, 208), (16, 48), 64),
                                    Inception(512, 160, (112, 224), (24, 64), 64),
                                    Inception(512, 128, (128, 256), (24, 64), 64),
                                    Inception(512, 112, (144, 288), (32, 64), 64),
                                    Inception(528, 256, (160, 320), (32, 128), 128))
        self.stage5 = nn.Sequential(Inception(832, 256, (160, 320), (32, 128), 128),
                                    Inception(832, 384, (192, 384), (48, 128), 128))

    def forward(self, X):
        for part in (self.stem1, self.stem2, self.stage3, self.stage4):
            X = self.pool(part(X))
        return self.head(self.stage5(X).mean(dim=(-2, -1)))


def googlenet(num_classes=10):
    return GoogLeNet(num_classes).train()
