# 用 masked_fill 写的 dropout
from __future__ import annotations

import torch


def dropout(X, p, training=True):
    if p < 0.0 or p > 1.0:
        raise ValueError("概率p必须在0和1之间")
    if training:
        掩码 = torch.empty_like(X).uniform_() < p
        return (X / (1.0 - p + (p == 1.0))).masked_fill(掩码, 0.0)
    return X
