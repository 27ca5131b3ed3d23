# 自己写的批归一化，全部用双精度计算
import torch
from torch import nn


class 批归一化(nn.Module):
    def __init__(self, 通道数, 动量=0.9):
        super().__init__()
        self.动量 = 动量
        self.gamma = nn.Parameter(torch.ones(1, 通道数, 1, 1))
        self.beta = nn.Parameter(torch.zeros(1, 通道数, 1, 1))
        self.register_buffer("均值", torch.zeros(1, 通道数, 1, 1))
        self.register_buffer("方差", torch.ones(1, 通道数, 1, 1))

    def forward(self, X):
        X = X.double()
        if self.training:
            均值 = X.mean((0, 2, 3), keepdim=True)
            方差 = ((X - 均值) ** 2).mean((0, 2, 3), keepdim=True)
            with torch.no_grad():
                self.均值 = self.动量 * self.均值 + (1 - self.动量) * 均值
                self.方差 = self.动量 * self.方差 + (1 - self.动量) * 方差
        else:
            均值, 方差 = self.均值, self.方差
        return (self.beta + self.gamma * ((X - 均值) / torch.sqrt(方差 + 1e-5))).float()


class Residual(nn.Module):
    def __init__(self, i, o, one=False, s=1):
        super().__init__()
        self.捷径 = nn.Sequential(nn.Conv2d(i, o, 1, s), 批归一化(o)) if one else nn.Sequential()
        self.主路 = nn.Sequential(nn.Conv2d(i, o, 3, s, 1, bias=False), 批归一化(o), nn.ReLU(),
                                nn.Conv2d(o, o, 3, 1, 1), 批归一化(o))

    def forward(self, X):
        # 先把输入加上，再激活
        return (self.捷径(X) + self.主路(X)).clamp(min=0)


def resnet18(num_classes=10, in_channels=1):
    各层 = [nn.Conv2d(in_channels, 64, 7, 2, 3), 批归一化(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    之前 = 64
    for 通道数 in (64, 128, 256, 512):
        for 第几个 in range(2):
            变 = 之前 != 通道数
            各层.append(Residual(之前, 通道数, 变, 2 if 变 else 1))
            之前 = 通道数
    return nn.Sequential(*各层, nn.AvgPool2d(3), nn.Flatten(), nn.Linear(512, num_classes))
