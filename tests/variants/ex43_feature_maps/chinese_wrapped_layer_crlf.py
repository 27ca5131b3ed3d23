# 特征图和 Grad-CAM
import copy

import torch
from torch import nn


class 记录(nn.Module):
    """包住一层,把它的输出留下来"""

    def __init__(self, 层):
        super().__init__()
        self.层 = 层
        self.输出 = None

    def forward(self, *输入):
        self.输出 = self.层(*输入)
        return self.输出.clone()


def 包住(网络, 名字):
    # 在副本上做,原来的网络不动
    网络 = copy.deepcopy(网络)
    父, _, 子 = 名字.rpartition(".")
    上层 = 网络.get_submodule(父)
    新 = 记录(getattr(上层, 子))
    setattr(上层, 子, 新)
    return 网络, 新


def feature_maps(net, layer, X):
    网络, 新 = 包住(net, layer)
    网络(X)
    return 新.输出


def grad_cam(net, layer, X, class_index):
    网络, 新 = 包住(net, layer)
    得分 = 网络.eval()(X)[:, class_index]
    梯度 = torch.autograd.grad(得分, 新.输出, torch.ones_like(得分))[0]
    权重 = 梯度.mean(dim=[2, 3], keepdim=True)
    图 = (权重 * 新.输出).sum(dim=1).relu()
    最大 = 图.amax(dim=(1, 2), keepdim=True)
    return (图 / 最大).nan_to_num(0.0)
