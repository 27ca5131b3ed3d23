# 让 PyTorch 自己建层，再数参数
import torch.nn as nn


def count_parameters(net, trainable_only=False):
    参数 = [p for p in net.parameters()]
    if trainable_only:
        参数 = list(filter(lambda p: p.requires_grad, 参数))
    return sum(map(lambda p: p.nelement(), 参数))


def linear_parameters(in_features, out_features, bias=True):
    return count_parameters(nn.Linear(in_features, out_features, bias=bias))


def conv_parameters(in_channels, out_channels, kernel_size, bias=True):
    return count_parameters(nn.Conv2d(in_channels, out_channels, kernel_size, bias=bias))
