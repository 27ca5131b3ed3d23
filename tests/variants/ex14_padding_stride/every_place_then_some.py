import torch
from torch import nn


def corr2d(X, K):
    """With stride 1, everywhere."""
    h, w = X.shape[0] - K.shape[0] + 1, X.shape[1] - K.shape[1] + 1
    Y = torch.zeros(h, w)
    for a in range(K.shape[0]):
        for b in range(K.shape[1]):
            Y += X[a:a + h, b:b + w] * K[a, b]
    return Y


def corr2d_pad_stride(X, K, padding=(0, 0), stride=(1, 1)):
    ph, pw = padding
    X = nn.ZeroPad2d((pw, pw, ph, ph))(X)
    return corr2d(X, K)[::stride[0], ::stride[1]]
