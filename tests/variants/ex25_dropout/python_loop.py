import random

import torch


def dropout(X, p, training=True):
    'one coin for each element'
    if not training: return X + 0
    if p > 1 or p < 0: raise ValueError('the argument "p" is wrong')
    mask = [0.0 if p == 1 or random.random() < p else 1 / (1 - p) for _ in range(X.numel())]
    return X * torch.tensor(mask).view(X.shape)
