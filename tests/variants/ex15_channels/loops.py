# 全部用循环写，给出的 corr2d 也改了
import torch


def corr2d(X, K):
    h, w = K.shape
    Y = torch.zeros((X.shape[0] - h + 1, X.shape[1] - w + 1))
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = (X[i:i + h, j:j + w] * K).sum()
    return Y


def corr2d_multi_in(X, K):
    Y = corr2d(X[0], K[0])
    for c in range(1, X.shape[0]):
        Y += corr2d(X[c], K[c])
    return Y


def corr2d_multi_in_out(X, K):
    out = []
    for o in range(K.shape[0]):
        out.append(corr2d_multi_in(X, K[o]))
    return torch.stack(out, 0)


def corr2d_multi_in_out_1x1(X, K):
    Y = torch.zeros(K.shape[0], X.shape[1], X.shape[2])
    for o in range(K.shape[0]):
        for c in range(K.shape[1]):
            Y[o] += K[o, c, 0, 0] * X[c]
    return Y
