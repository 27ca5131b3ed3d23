from collections import OrderedDict

from torch import nn


def keras_block(filters, size, pool):
    return nn.Sequential(nn.LazyConv2d(filters, size), nn.ReLU(inplace=True), nn.MaxPool2d(pool, ceil_mode=False))


def digit_net():
    return nn.Sequential(OrderedDict(block=keras_block(8, 2, 4), flat=nn.Flatten(), out=nn.LazyLinear(10)))
