# -*- coding: utf-8 -*-
# 动手学深度学习的写法：惰性层，首层填充为 1
from torch import nn


def 卷积(通道, 核, **参数):
    return [nn.LazyConv2d(通道, kernel_size=核, **参数), nn.ReLU(inplace=True)]


def 全连接(宽度):
    # 先丢弃再激活，结果一样
    return [nn.LazyLinear(宽度), nn.Dropout(), nn.ReLU()]


def alexnet(num_classes=10, in_channels=1):
    池化, 归一化 = nn.MaxPool2d(3, stride=2), nn.LocalResponseNorm(5)
    return nn.Sequential(
        *卷积(96, 11, stride=4, padding=1), 池化, 归一化,
        *卷积(256, 5, padding=2), 池化, 归一化,
        *卷积(384, 3, padding=1), *卷积(384, 3, padding=1), *卷积(256, 3, padding=1), 池化,
        nn.Flatten(), *全连接(4096), *全连接(4096), nn.LazyLinear(num_classes)).eval()
