import torch


def _both(value):
    try:
        first, second = value
    except TypeError:
        first = second = value
    return first, second


def _output_and_padded(X, kernel, padding, stride):
    (kh, kw), (ph, pw), (sh, sw) = _both(kernel), _both(padding), _both(stride)
    wide = torch.cat([X.new_zeros(*X.shape[:3], pw), X, X.new_zeros(*X.shape[:3], pw)], dim=3)
    edge = X.new_zeros(*wide.shape[:2], ph, wide.shape[3])
    padded = torch.cat([edge, wide, edge], dim=2)
    return (padded.shape[2] - kh) // sh + 1, (padded.shape[3] - kw) // sw + 1, padded


def im2col(X, kernel_size, padding=0, stride=1):
    kh, kw = _both(kernel_size)
    sh, sw = _both(stride)
    oh, ow, P = _output_and_padded(X, kernel_size, padding, stride)
    result = torch.zeros(len(X), X.shape[1] * kh * kw, oh * ow)
    for i in range(oh):
        for j in range(ow):
            result[:, :, i * ow + j] = P[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw].reshape(len(X), -1)
    return result


def conv2d(X, weight, bias=None, padding=0, stride=1):
    """Right, though slow: the sum for each place, without any columns."""
    kh, kw = weight.shape[2:]
    sh, sw = _both(stride)
    oh, ow, P = _output_and_padded(X, (kh, kw), padding, stride)
    Y = torch.zeros(len(X), len(weight), oh, ow)
    for o in range(len(weight)):
        for i in range(oh):
            for j in range(ow):
                window = P[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
                Y[:, o, i, j] = (window * weight[o]).sum(dim=(1, 2, 3))
        if bias is not None:
            Y[:, o] = Y[:, o] + bias[o]
    return Y
