# 输出尺寸：用另外的参数名
from __future__ import annotations

import math


def _positive(**args):
    for name, value in args.items():
        if value <= 0:
            raise ValueError(f"参数{name}必须为正数")


def conv_output_size(size, f, p=0, s=1, d=1):
    _positive(f=f, s=s, d=d)
    if p < 0:
        raise ValueError("p>=0")
    effective = f + (f - 1) * (d - 1)
    out = math.floor((size + 2 * p - effective) / s + 1)
    if out <= 0:
        raise ValueError("f太大")
    return out


def pool_output_size(size, f, s=None, p=0, ceil=False):
    s = f if s is None else s
    _positive(s=s, f=f)
    if p < 0 or p > f // 2:
        raise ValueError("p必须在0和f/2之间")
    out = (size + 2 * p - f + (s - 1 if ceil else 0)) // s + 1
    out -= int(ceil and (out - 1) * s >= size + p)
    if out < 1:
        raise ValueError(f"size={size}: 没有输出")
    return out


def same_padding(f, d=1):
    _positive(f=f, d=d)
    half, rest = divmod(d * (f - 1), 2)
    if rest:
        raise ValueError(f"f={f}, d={d}")
    return half
