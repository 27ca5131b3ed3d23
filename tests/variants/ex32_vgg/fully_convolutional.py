"""The linear layers as convolutions, and AdaptiveAvgPool2d before them as torchvision has it."""
from torch import nn


def vgg_block(num_convs, in_channels, out_channels):
    block = nn.Sequential()
    for index in range(1, num_convs + 1):
        block.add_module(f"pad{index}", nn.ZeroPad2d(1))
        block.add_module(f"conv{index}", nn.Conv2d(in_channels, out_channels, 3))
        block.add_module(f"relu{index}", nn.Threshold(0, 0))
        in_channels = out_channels
    block.add_module("pool", nn.MaxPool2d((2, 2)))
    return block


def vgg(conv_arch):
    net, channels = nn.Sequential(), 1
    for num_convs, out_channels in conv_arch:
        net.append(vgg_block(num_convs, channels, out_channels))
        channels = out_channels
    net.append(nn.AdaptiveAvgPool2d(7))
    net.append(nn.Conv2d(channels, 4096, 7)).append(nn.ReLU()).append(nn.Dropout2d())
    net.append(nn.Conv2d(4096, 4096, 1)).append(nn.ReLU()).append(nn.Dropout2d())
    net.append(nn.Conv2d(4096, 10, 1)).append(nn.Flatten())
    return net
