import numpy as np
import torch

KINDS = {"max": (-np.inf, np.max), "avg": (0, np.mean)}


class UnknownMode(ValueError):
    pass


def pool2d(image, pool_size, kind="max", stride=None, padding=(0, 0)):
    """Returns a numpy array, in double precision."""
    try:
        filler, reduce = KINDS[kind]
    except KeyError:
        raise UnknownMode(kind)
    if stride is None:
        stride = pool_size
    x = np.pad(image.numpy().astype(np.float64), [(p, p) for p in padding], constant_values=filler)
    view = np.lib.stride_tricks.sliding_window_view(x, pool_size)[:: stride[0], :: stride[1]]
    return reduce(view, axis=(2, 3))
