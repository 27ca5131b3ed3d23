import numpy as np
from torch import nn


class ConvBNReLU(nn.Sequential):
    def __init__(self, out, kernel, stride=1, groups=1):
        super().__init__(
            nn.LazyConv2d(out, kernel, stride=stride, padding=(kernel - 1) // 2, groups=groups, bias=False),
            nn.LazyBatchNorm2d(eps=1e-3, momentum=0.01),
            nn.ReLU6(inplace=True))


def depthwise_separable(in_channels, out_channels, stride=1):
    return nn.Sequential(ConvBNReLU(in_channels, 3, stride, groups=in_channels), ConvBNReLU(out_channels, 1))


def conv_macs(*sizes):
    h, w, k, i, o = sizes
    return np.prod([h, w, k, k, i, o], dtype=np.int64)


def separable_macs(h, w, k, i, o):
    return conv_macs(h, w, k, 1, i) + conv_macs(h, w, 1, i, o)


def mobilenet(num_classes=10, in_channels=1):
    net = nn.Sequential(ConvBNReLU(32, 3, 2))
    channels = 32
    for c, s in [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)] + [(512, 1)] * 5 + [(1024, 2), (1024, 2)]:
        net.append(depthwise_separable(channels, c, stride=s))
        channels = c
    net.append(nn.AdaptiveAvgPool2d((1, 1))).append(nn.Flatten()).append(nn.Dropout(1e-3)).append(nn.LazyLinear(num_classes))
    return net
