import torch
import torch.nn.functional as F


def corr2d_backward(X, K, dY):
    """Both gradients as one matrix product each, between unfold and fold."""
    columns = F.unfold(X[None, None], tuple(K.shape))[0]  # (kh·kw, oh·ow)
    dK = (columns @ dY.reshape(-1)).view(K.shape)
    spread = K.reshape(-1, 1) @ dY.reshape(1, -1)
    dX = F.fold(spread[None], tuple(X.shape), tuple(K.shape))[0, 0]
    return dX, dK
