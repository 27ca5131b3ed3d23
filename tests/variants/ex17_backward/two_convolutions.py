import torch
import torch.nn.functional as F


def corr2d_backward(X, K, dY):
    kh, kw = K.shape
    dK = F.conv2d(X[None, None], dY[None, None])
    dX = F.conv2d(dY[None, None], K.flip(0, 1)[None, None], padding=(kh - 1, kw - 1))
    return dX[0, 0], dK[0, 0]
