import torch


def dropout(X, p, training=True):
    assert isinstance(X, torch.Tensor)
    if abs(p - 0.5) > 0.5:
        raise ValueError("a probability lies between 0 and 1, not at " + repr(p))
    Y = X.clone()
    if training:
        mask = torch.rand(Y.numel(), generator=None).reshape(Y.shape).lt(p)
        Y[mask] = 0
        Y[~mask] *= 1 / (1 - p) if p != 1 else 0
    return Y
