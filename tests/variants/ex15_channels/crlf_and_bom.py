import torch
import numpy as np


def corr2d(X, K):
    Y = 0
    for a, b in np.ndindex(*K.shape):
        Y = Y + K[a, b] * X[a:X.shape[0] - K.shape[0] + a + 1, b:X.shape[1] - K.shape[1] + b + 1]
    return Y


def corr2d_multi_in(X, K):
    # 各个通道分别相关，再相加
    return torch.stack(list(map(corr2d, X, K))).sum(0)


def corr2d_multi_in_out(X, K):
    first = corr2d_multi_in(X, K[0])
    Y = torch.empty((K.shape[0],) + tuple(first.shape))
    Y[0] = first
    for o in range(1, K.shape[0]): Y[o] = corr2d_multi_in(X, K[o])
    return Y


def corr2d_multi_in_out_1x1(X, K):
    c_i, h, w = X.shape
    c_o = K.shape[0]
    return torch.matmul(K.reshape((c_o, c_i)), X.reshape((c_i, h * w))).reshape((c_o, h, w))
