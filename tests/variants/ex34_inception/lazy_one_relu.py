"""Lazy layers, and one ReLU for all four branches after they are joined; ceil_mode as torchvision has it."""
import torch
from torch import nn


# 四条并行分支，最后在通道维上拼接
class Inception(nn.Module):
    def __init__(self, _, *通道数):
        super().__init__()
        c1, c2, c3, c4 = 通道数
        self.分支 = nn.ModuleList([
            nn.LazyConv2d(c1, 1),
            nn.Sequential(nn.LazyConv2d(c2[0], 1), nn.ReLU(inplace=True), nn.LazyConv2d(c2[1], 3, padding="same")),
            nn.Sequential(nn.LazyConv2d(c3[0], 1), nn.ReLU(inplace=True), nn.LazyConv2d(c3[1], 5, padding="same")),
            nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.LazyConv2d(c4, 1)),
        ])

    def forward(self, x):
        return torch.hstack([b(x) for b in self.分支]).relu_()


def 池化():
    return nn.MaxPool2d(3, 2, ceil_mode=True)


def googlenet(num_classes=10):
    net = nn.Sequential(nn.LazyConv2d(64, 7, stride=2, padding=3), nn.ReLU(True), 池化(),
                        nn.LazyConv2d(64, 1), nn.ReLU(True), nn.LazyConv2d(192, 3, padding=1), nn.ReLU(True), 池化())
    for 参数 in [(64, [96, 128], [16, 32], 32), (128, [128, 192], [32, 96], 64), None,
               (192, [96, 208], [16, 48], 64), (160, [112, 224], [24, 64], 64), (128, [128, 256], [24, 64], 64),
               (112, [144, 288], [32, 64], 64), (256, [160, 320], [32, 128], 128), None,
               (256, [160, 320], [32, 128], 128), (384, [192, 384], [48, 128], 128)]:
        net.append(池化() if 参数 is None else Inception(None, *参数))
    return net.extend([nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.LazyLinear(num_classes)])
