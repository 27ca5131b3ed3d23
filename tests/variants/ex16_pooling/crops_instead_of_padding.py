import torch


def pool2d(X, pool_size, mode='max', stride=None, padding=(0, 0)):
    # No padding at all: windows are cut at the edge, and a mean is divided by the full size.
    assert isinstance(X, torch.Tensor)
    if mode not in {'max', 'avg'}:
        raise ValueError('mode: max or avg')
    stride = stride or pool_size
    out_h, out_w = ((n + 2 * p - k) // s + 1 for n, p, k, s in zip(X.shape, padding, pool_size, stride))
    Y = X.new_empty(out_h, out_w)
    for i in range(out_h):
        for j in range(out_w):
            t, l = i * stride[0] - padding[0], j * stride[1] - padding[1]
            crop = X[max(t, 0):t + pool_size[0], max(l, 0):l + pool_size[1]]
            Y[i, j] = crop.amax() if mode == 'max' else crop.sum() / (pool_size[0] * pool_size[1])
    return Y
