import torch
from torch import nn


def conv_output_size(n, kernel, padding=0, stride=1, dilation=1):
    try:
        layer = nn.Conv1d(1, 1, kernel, stride=stride, padding=padding, dilation=dilation, device="meta")
        assert min(kernel, stride, dilation) > 0 <= padding
        return layer(torch.empty(1, 1, n, device="meta")).size(-1)
    except Exception as error:
        raise ValueError(f"kernel={kernel}, padding={padding}, stride={stride}, dilation={dilation}: {error}") from error


def pool_output_size(n, kernel, stride=None, padding=0, ceil_mode=False):
    try:
        if stride == 0 or padding < 0:
            raise RuntimeError("out of range")
        return nn.MaxPool1d(kernel, stride, padding, ceil_mode=ceil_mode)(torch.empty(1, n)).shape[-1]
    except RuntimeError as error:
        raise ValueError(f"kernel={kernel}, padding={padding}, stride={stride}: {error}")


def same_padding(kernel: int, dilation: int = 1) -> int:
    if kernel < 1 or dilation < 1:
        raise ValueError(f"kernel={kernel}, dilation={dilation}")
    p = torch.tensor(dilation * (kernel - 1))
    if p % 2 == 1:
        raise ValueError("kernel has to span an odd number of pixels")
    return p // 2
