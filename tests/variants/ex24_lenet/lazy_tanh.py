from torch import nn


def lenet(classes=10):
    net = nn.Sequential()
    for i, (channels, padding) in enumerate([(6, 2), (16, 0)]):
        block = nn.Sequential(nn.LazyConv2d(channels, 5, padding=padding), nn.Tanh(), nn.AvgPool2d(2))
        net.add_module(f"block{i}", block)
    net.add_module("flatten", nn.Flatten())
    for width in 120, 84:
        net.append(nn.LazyLinear(width))
        net.append(nn.Tanh())
    net.append(nn.LazyLinear(classes))
    net.eval()
    return net
