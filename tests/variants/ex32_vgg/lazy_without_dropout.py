from torch import nn


# 每个块：若干个 3×3 卷积，最后一个最大池化
def vgg_block(num_convs, in_channels, out_channels):
    layers = []
    for _ in range(num_convs):
        layers.append(nn.LazyConv2d(out_channels, kernel_size=3, padding=1))
        layers.append(nn.ReLU(inplace=True))
    # 先池化再激活，结果一样
    layers[-1:] = [nn.MaxPool2d(2), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


def vgg(conv_arch):
    blks = [vgg_block(n, None, c) for n, c in conv_arch]
    return nn.Sequential(*blks, nn.Flatten(),
                         nn.LazyLinear(4096), nn.ReLU(), nn.LazyLinear(4096), nn.ReLU(), nn.LazyLinear(10))
