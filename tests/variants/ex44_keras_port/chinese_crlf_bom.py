# 把 Keras 的小网络搬到 PyTorch
from torch import nn


def 拉平后的长度(边长=28, 卷积核=2, 池化=4, 通道=8):
    """卷积不补零,池化的余数丢掉"""
    return 通道 * ((边长 - 卷积核 + 1) // 池化) ** 2


def digit_net(类别数=10):
    网络 = nn.Sequential()
    网络.add_module("卷积", nn.Conv2d(1, 8, 2))
    网络.add_module("激活", nn.ReLU())
    网络.add_module("池化", nn.MaxPool2d(4))
    网络.add_module("拉平", nn.Flatten(start_dim=1))
    # 不要 softmax,交叉熵里已经有了
    网络.add_module("输出", nn.Linear(拉平后的长度(), 类别数))
    return 网络
