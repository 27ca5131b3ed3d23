from typing import Sequence

import torch


def frame(X, ph, pw):
    sides = X.new_zeros(X.size(0), pw)
    X = torch.cat([sides, X, sides], dim=1)
    ends = X.new_zeros(ph, X.size(1))
    return torch.cat([ends, X, ends])


def corr2d_pad_stride(X, K, padding: Sequence[int] = (0, 0), stride: Sequence[int] = (1, 1), *, dtype=torch.float64):
    X = frame(X.to(dtype), *padding).contiguous()
    (h, w), (kh, kw), (sh, sw) = X.shape, K.shape, stride
    windows = X.as_strided(((h - kh) // sh + 1, (w - kw) // sw + 1, kh, kw), (sh * w, sw, w, 1))
    return torch.tensordot(windows, K.to(dtype), dims=2)
