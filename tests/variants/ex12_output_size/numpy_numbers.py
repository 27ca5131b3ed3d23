import numpy as np


def conv_output_size(n, kernel, padding=0, stride=1, dilation=1):
    args = np.array([kernel, stride, dilation, padding + 1])
    if np.any(args < 1):
        bad = ["kernel_size", "strides", "dilations", "paddings"][int(np.argmax(args < 1))]
        raise ValueError("bad value for " + bad)
    out = np.floor_divide(np.int64(n) + 2 * padding - dilation * (kernel - 1) - 1, stride) + 1
    if out < 1:
        raise ValueError("no output: n is too small")
    return out


def pool_output_size(n, kernel, stride=None, padding=0, ceil_mode=False):
    if stride is None:
        stride = kernel
    args = np.array([kernel, stride, padding + 1])
    if np.any(args < 1):
        raise ValueError("bad value for " + ["kernel_size", "strides", "paddings"][int(np.argmax(args < 1))])
    if padding > kernel / 2:
        raise ValueError("paddings")
    rounded = np.ceil if ceil_mode else np.floor
    out = rounded((n + 2 * padding - kernel) / stride).astype(np.int32) + 1
    if ceil_mode:
        out = np.where((out - 1) * stride >= n + padding, out - 1, out)
    if out < 1:
        raise ValueError("no output: n is too small")
    return out


def same_padding(kernel, dilation=1):
    if min(kernel, dilation) < 1 or not (dilation * (kernel - 1) + 1) % 2:
        raise ValueError(f"{kernel=}, {dilation=}")
    return np.uint8(dilation * (kernel - 1) // 2)
