# 1998 年的论文里，C5 是 5×5 的卷积层，参数个数相同
from collections import OrderedDict

import torch
from torch import nn


class 网络(nn.Module):
    def __init__(self, 类别数):
        super().__init__()
        self.特征 = nn.Sequential(OrderedDict(
            C1=nn.Conv2d(1, 6, 5), A1=nn.Sigmoid(), S2=nn.MaxPool2d(2),
            C3=nn.Conv2d(6, 16, 5), A3=nn.Sigmoid(), S4=nn.MaxPool2d(2),
            C5=nn.Conv2d(16, 120, 5), A5=nn.Sigmoid(),
        ))
        self.F6 = nn.Linear(120, 84)
        self.out = nn.Conv2d(84, 类别数, 1)

    def forward(self, 图像):
        # 在四周补两圈零
        图像 = nn.functional.pad(图像, (2, 2, 2, 2))
        特征 = self.特征(图像).squeeze(-1).squeeze(-1)
        return self.out(self.F6(特征).sigmoid()[:, :, None, None]).flatten(1)


def lenet(num_classes=10):
    return 网络(num_classes).train()
