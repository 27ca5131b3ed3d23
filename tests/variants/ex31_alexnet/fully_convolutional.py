"""The linear layers as convolutions, dropout by channels, normalisation once and of strange size."""
from torch import nn


class Squeeze(nn.Module):
    def forward(self, x):
        assert x.shape[2:] == (1, 1)
        return x[:, :, 0, 0]


def alexnet(num_classes=10, in_channels=1):
    widths, kernels = [96, 256, 384, 384, 256, 4096, 4096, num_classes], [11, 5, 3, 3, 3, 6, 1, 1]
    net = nn.Sequential()
    for i, (width, kernel) in enumerate(zip(widths, kernels)):
        net.append(nn.Conv2d(in_channels, width, kernel, stride=4 if i == 0 else 1, padding=[2, 2, 1, 1, 1, 0, 0, 0][i]))
        in_channels = width
        if i < 7:
            net.append(nn.ReLU())
        if i == 0:
            net.append(nn.LocalResponseNorm(96, alpha=1.0, beta=0.5, k=10.0))
        if i in (0, 1, 4):
            net.append(nn.MaxPool2d((3, 3), (2, 2)))
        if i in (4, 6):
            net.append(nn.Dropout2d())
    return net.append(Squeeze())
