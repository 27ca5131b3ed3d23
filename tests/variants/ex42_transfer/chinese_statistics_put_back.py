# 迁移学习:先冻结,再换头,最后微调
import copy

import torch
from torch import nn


def freeze(网络):
    for 参数 in 网络.parameters():
        参数.requires_grad = False


def replace_head(网络, 类别数):
    网络 = copy.deepcopy(网络)
    名字 = [名 for 名, 层 in 网络.named_modules() if isinstance(层, nn.Linear)][-1]
    上层, _, 自己 = 名字.rpartition(".")
    旧 = 网络.get_submodule(名字)
    setattr(网络.get_submodule(上层), 自己, nn.Linear(旧.in_features, 类别数))
    return 网络


def fine_tune(网络, 数据, 轮数, 学习率, 设备):
    # 训练之前把统计量记下来,训练之后放回去
    网络.to(设备)
    记下 = {名: 值.clone() for 名, 值 in 网络.named_buffers()}
    头 = [参数 for 参数 in 网络.parameters() if 参数.requires_grad]
    网络.train()
    for _ in range(轮数):
        for X, y in 数据:
            损失 = nn.CrossEntropyLoss()(网络(X.to(设备)), y.to(设备))
            梯度 = torch.autograd.grad(损失, 头)
            with torch.no_grad():
                for 参数, 斜率 in zip(头, 梯度):
                    参数 -= 学习率 * 斜率
                for 名, 值 in 网络.named_buffers():
                    值.copy_(记下[名])
