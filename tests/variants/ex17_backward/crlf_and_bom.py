import torch
import torch.nn.functional as F


def corr2d_backward(X, K, dY):
    padded = F.pad(dY, (K.shape[1] - 1,) * 2 + (K.shape[0] - 1,) * 2)
    dX = torch.stack([torch.stack([torch.sum(padded[p:p + K.shape[0], q:q + K.shape[1]] * K.flip(0).flip(1)) for q in range(X.shape[1])]) for p in range(X.shape[0])])
    dK = torch.tensor([[float((X[a:a + dY.shape[0], b:b + dY.shape[1]] * dY).sum()) for b in range(K.shape[1])] for a in range(K.shape[0])])
    return dX, dK
