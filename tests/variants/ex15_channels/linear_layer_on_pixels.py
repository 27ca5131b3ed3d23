import functools
import operator

import torch
import torch.nn.functional as F


def _shifted(X, K):
    # the whole stack of channels moves at once, (c, oh, ow) for each weight
    kh, kw = K.shape[-2:]
    h, w = X.shape[-2] - kh + 1, X.shape[-1] - kw + 1
    for a in range(kh):
        for b in range(kw):
            yield X[:, a:a + h, b:b + w] * K[:, a, b, None, None]


def corr2d_multi_in(image, kernel):
    print(image.shape, kernel.shape)
    return functools.reduce(operator.add, _shifted(image, kernel)).sum(dim=0)


def corr2d_multi_in_out(image, kernels):
    return torch.cat([corr2d_multi_in(image, kernel)[None] for kernel in kernels], dim=0)


def corr2d_multi_in_out_1x1(image, kernels):
    pixels = image.permute(1, 2, 0)
    return F.linear(pixels, kernels.flatten(1)).permute(2, 0, 1)
