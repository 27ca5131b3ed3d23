"""AvgPool2d(5) is the global one for images of 224×224."""
from torch import nn


def nin_block(in_channels, out_channels, kernel_size, strides, padding):
    convs = [nn.Conv2d(in_channels, out_channels, kernel_size, strides, padding),
             nn.Conv2d(out_channels, out_channels, 1, 1, 0), nn.Conv2d(out_channels, out_channels, 1, 1, 0)]
    relu = nn.ReLU(inplace=True)  # the same one three times
    block = nn.Sequential()
    for i, conv in enumerate(convs):
        block.add_module(f"conv{i}", conv)
        block.add_module(f"relu{i}", relu)
    return block


def nin(num_classes=10):
    net = nn.Sequential(
        nin_block(1, 96, 11, 4, 0), nn.MaxPool2d(3, 2), nn.Dropout(0.2),
        nin_block(96, 256, 5, 1, 2), nn.MaxPool2d(3, 2), nn.Dropout(0.2),
        nin_block(256, 384, 3, 1, 1), nn.MaxPool2d(3, 2), nn.Dropout2d(0.5),
        nin_block(384, num_classes, 3, 1, 1), nn.AvgPool2d(5), nn.Flatten())
    net.train()
    return net
