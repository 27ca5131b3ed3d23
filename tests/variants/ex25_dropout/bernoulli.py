import torch
from torch import Tensor


def dropout(x: Tensor, prob: float = 0.5, is_training: bool = True) -> Tensor:
    if prob < 0 or prob > 1:
        raise ValueError(f"p={prob} is out of range [0, 1]")
    if prob == 0 or not is_training:
        return x
    keep = 1 - prob
    mask = torch.bernoulli(torch.full_like(x, keep))
    return x.mul(mask).div(keep if keep > 0 else 1)
