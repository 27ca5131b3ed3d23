from itertools import chain

import torch
from torch import nn


def conv(i, o, k, s=1, g=1):
    layer = nn.Conv2d(i, o, k, s, k // 2, groups=g, bias=False)
    return [layer, nn.BatchNorm2d(o), nn.ReLU(True)]


def depthwise_separable(in_channels, out_channels, stride=1):
    return nn.Sequential(*chain(conv(in_channels, in_channels, 3, stride, in_channels), conv(in_channels, out_channels, 1)))


def weights(layer):
    return sum(p.numel() for p in layer.parameters() if p.dim() == 4)


def conv_macs(out_h, out_w, kernel, in_channels, out_channels):
    return out_h * out_w * weights(nn.Conv2d(in_channels, out_channels, kernel))


def separable_macs(out_h, out_w, kernel, in_channels, out_channels):
    depthwise = nn.Conv2d(in_channels, in_channels, kernel, groups=in_channels)
    return out_h * out_w * (weights(depthwise) + weights(nn.Conv2d(in_channels, out_channels, 1)))


def mobilenet(num_classes=10, in_channels=1):
    features = nn.Sequential(
        *conv(in_channels, 32, 3, 2), depthwise_separable(32, 64),
        depthwise_separable(64, 128, 2), depthwise_separable(128, 128),
        depthwise_separable(128, 256, 2), depthwise_separable(256, 256),
        depthwise_separable(256, 512, 2), *(depthwise_separable(512, 512) for _ in range(5)),
        depthwise_separable(512, 1024, 2), depthwise_separable(1024, 1024, 2))
    n, channels, h, w = features(torch.randn(3, in_channels, 64, 64)).shape
    return nn.Sequential(features, nn.AvgPool2d((h, w)), nn.Flatten(), nn.Linear(channels, num_classes))
