# 1×1 卷积就是在每个像素上的全连接层
import torch
from torch import nn


class 像素全连接(nn.Module):
    def __init__(self, 通道数):
        super().__init__()
        self.两层 = nn.Sequential(nn.Linear(通道数, 通道数), nn.ReLU(), nn.Linear(通道数, 通道数), nn.ReLU())

    def forward(self, X):
        return self.两层(X.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def nin_block(in_channels, out_channels, kernel_size, strides, padding):
    return nn.Sequential(nn.LazyConv2d(out_channels, kernel_size, strides, padding), nn.ReLU(), 像素全连接(out_channels))


class 全局平均(nn.Module):
    def forward(self, X):
        return torch.einsum("nchw->nc", X) / (X.shape[2] * X.shape[3])


def nin(num_classes=10):
    return nn.Sequential(
        nin_block(1, 96, 11, 4, 0), nn.MaxPool2d(3, stride=2),
        nin_block(96, 256, 5, 1, 2), nn.MaxPool2d(3, stride=2),
        nin_block(256, 384, 3, 1, 1), nn.MaxPool2d(3, stride=2), nn.Dropout(),
        nin_block(384, num_classes, 3, 1, 1), 全局平均())
