"""Exercise 25: dropout, a net that learns not to lean on any single value.

Lesson: docs/en/lessons/dropout.md
Try it: python -m grader exercises/ex25_dropout.py
"""

import torch


def dropout(X: torch.Tensor, p: float, training: bool = True) -> torch.Tensor:
    """Set each element of X (any shape) to zero with probability p, and multiply the others by 1/(1 − p).

    Every element is dropped or kept by itself, and every call decides anew. With p = 0 nothing is
    dropped, with p = 1 the result is all zeros. When not `training`, the result equals X. X itself is
    left as it is, and gradients flow back through the elements that were kept.

    Raises ValueError, with a message that names p, when p is below 0 or above 1.

    By hand: X = [1, 2, 3, 4] and p = 0.5 may give [2, 0, 0, 8]: 1 and 4 were kept and doubled, since
    1/(1 − 0.5) = 2. Each element doubles half the time and is 0 the other half: on average it is what
    it was.

    Draw the mask yourself: PyTorch's own dropout, in any spelling, earns nothing here.
    """
    if not 0 <= p <= 1:
        raise ValueError(f"p is a probability, between 0 and 1, and {p} is not")
    if not training:
        return X
    if p == 1:
        return torch.zeros_like(X)
    kept = torch.rand(X.shape, device=X.device) >= p
    return X * kept / (1 - p)
