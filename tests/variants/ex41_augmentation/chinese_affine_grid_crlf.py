# 训练时随机平移、旋转、缩放,测试时什么也不做
import math
from functools import partial

import torch
import torch.nn.functional as F


def 随机仿射(图像, 最大角度=12, 最大平移=0.1, 最大缩放=0.1):
    角 = math.radians(最大角度) * (2 * torch.rand(1).item() - 1)
    缩放 = 1 + 最大缩放 * (2 * torch.rand(1).item() - 1)
    平移 = 最大平移 * (2 * torch.rand(2) - 1)
    矩阵 = torch.tensor([
        [math.cos(角) * 缩放, -math.sin(角) * 缩放, float(平移[0])],
        [math.sin(角) * 缩放, math.cos(角) * 缩放, float(平移[1])],
    ])
    网格 = F.affine_grid(矩阵[None], (1, 1, 28, 28), align_corners=False)
    return F.grid_sample(图像[None], 网格, align_corners=False)[0]


def train_transform():
    return partial(随机仿射, 最大角度=10)


def test_transform():
    return torch.nn.Identity()
