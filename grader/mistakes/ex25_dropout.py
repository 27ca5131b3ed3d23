"""Mistakes of exercise 25: dropout."""

import torch


def _check(p):
    if not 0 <= p <= 1:
        raise ValueError(f"p must be between 0 and 1, got {p}")


def _dropout(X, p, training, *, mask=None, scale=None):
    """The right dropout, but for the mask or the scale that is given."""
    _check(p)
    if not training:
        return X
    if p == 1:
        return torch.zeros_like(X)
    kept = torch.rand(X.shape) >= p if mask is None else mask
    return X * kept * (1 / (1 - p) if scale is None else scale)


class NotScaled:
    """What you keep stays as large as it was. Then the layers behind get less in training than in use: kept values
    must grow by 1/(1 − p)."""

    def dropout(X, p, training=True):
        return _dropout(X, p, training, scale=1)


class DividedByP:
    """What you keep is divided by p. That is the probability of being dropped: divide by the probability of being
    kept."""

    def dropout(X, p, training=True):
        return _dropout(X, p, training, scale=1 / p if p else 1)


class MultipliedByOneMinusP:
    """What you keep becomes smaller: you multiply by 1 − p. It has to make up for what was dropped, and so to grow:
    divide."""

    def dropout(X, p, training=True):
        return _dropout(X, p, training, scale=1 - p)


class MaskTurnedAround:
    """A share of p is kept, and 1 − p is dropped: the comparison with p looks the wrong way."""

    def dropout(X, p, training=True):
        return _dropout(X, p, training, mask=torch.rand(X.shape) < p)


class PKeeps:
    """You take p for the probability of being kept. In some papers and older libraries it is; here, as in PyTorch, p is
    the probability of being dropped, both in the mask and in the scale."""

    def dropout(X, p, training=True):
        _check(p)
        if not training:
            return X
        if p == 0:
            return torch.zeros_like(X)
        return X * (torch.rand(X.shape) < p) / p


class AlwaysHalf:
    """Half of the values is dropped, whatever p is. Compare random numbers between 0 and 1 with p."""

    def dropout(X, p, training=True):
        return _dropout(X, p, training, mask=torch.randint(0, 2, X.shape))


class NormalRandomNumbers:
    """Your random numbers are normal (randn), so they may be negative or above 1, and the share below p is not p. Draw
    them evenly between 0 and 1."""

    def dropout(X, p, training=True):
        return _dropout(X, p, training, mask=torch.randn(X.shape) >= p)


class AllOrNothing:
    """One random number decides about the whole tensor: either everything is dropped or nothing. Each element needs a
    random number of its own."""

    def dropout(X, p, training=True):
        return _dropout(X, p, training, mask=torch.rand(1) >= p)


class WholeExamples:
    """Whole rows of X live or die together: your mask has one value for each entry of the first dimension. It needs
    one for each element."""

    def dropout(X, p, training=True):
        return _dropout(X, p, training, mask=torch.rand(len(X), *[1] * (X.dim() - 1)) >= p)


class OneMaskForAllExamples:
    """All examples of the batch lose the same elements: the mask has no batch dimension and is used for everyone. Draw
    as many random numbers as X has elements."""

    def dropout(X, p, training=True):
        return _dropout(X, p, training, mask=torch.rand(X.shape[1:] if X.dim() > 1 else X.shape) >= p)


class WholeChannels:
    """Whole channels disappear at once. That is another operation (PyTorch calls it Dropout2d); here each pixel is
    dropped by itself."""

    def dropout(X, p, training=True):
        mask = torch.rand(*X.shape[:2], 1, 1) if X.dim() == 4 else torch.rand(X.shape)
        return _dropout(X, p, training, mask=mask >= p)


class SameMaskEveryTime:
    """Every call drops the same elements, because a seed is set inside the function. The rest of the net then leans on
    those that always survive. Set seeds outside, once."""

    def dropout(X, p, training=True):
        torch.manual_seed(0)
        return _dropout(X, p, training)


class NotANumberAtOne:
    """With p = 1 you divide zero by zero, which gives NaN. Treat p = 1 before you divide."""

    def dropout(X, p, training=True):
        _check(p)
        if not training:
            return X
        return X * (torch.rand(X.shape) >= p) / (1 - p)


class DivisionByZeroAtOne:
    """With p = 1 the scale 1/(1 − p) is a division by zero. Nothing is kept then, and nothing needs the scale: treat
    p = 1 before you divide."""

    def dropout(X, p, training=True):
        _check(p)
        if not training:
            return X
        return X * (torch.rand(X.shape) >= p) * (1 / (1 - p))


class EndsNotAllowed:
    """You refuse p = 0 or p = 1. Both are probabilities: keep everything, drop everything."""

    def dropout(X, p, training=True):
        if not 0 < p < 1:
            raise ValueError(f"p must be between 0 and 1, got {p}")
        return _dropout(X, p, training)


class DropsInUse:
    """`training` is not looked at: elements are dropped in use, too. When not training, X comes out as it went in."""

    def dropout(X, p, training=True):
        return _dropout(X, p, True)


class TrainingTurnedAround:
    """You drop when not training and leave X alone when training: the condition is the wrong way round."""

    def dropout(X, p, training=True):
        return _dropout(X, p, not training)


class ScaledInUse:
    """You scale in use instead of in training, as the first paper on dropout did. Here it is the other way round: grow
    by 1/(1 − p) in training, and change nothing in use."""

    def dropout(X, p, training=True):
        return _dropout(X, p, training, scale=1) if training else (_check(p), X * (1 - p))[1]


class AnyPAccepted:
    """A p below 0 or above 1 goes through without a word. It is no probability: raise a ValueError that names it."""

    def dropout(X, p, training=True):
        if not training or p < 0:
            return X
        return torch.zeros_like(X) if p >= 1 else _dropout(X, p, training)


class AssertedP:
    """A wrong p ends in an AssertionError. Assertions are for your own errors, and python -O leaves them out; for an
    argument that cannot be, raise a ValueError."""

    def dropout(X, p, training=True):
        assert 0 <= p <= 1
        return _dropout(X, p, training)


class WritesIntoX:
    """The zeros are written into X itself, so whoever called has lost these values. Make a new tensor for the
    result."""

    def dropout(X, p, training=True):
        _check(p)
        if not training:
            return X
        X[torch.rand(X.shape) < p] = 0
        return X / (1 - p) if p < 1 else X


class HistoryLost:
    """The numbers are right, but no gradient can flow back: X left PyTorch's record on the way, through .detach(),
    .data, .numpy() or torch.tensor. Multiply X itself."""

    def dropout(X, p, training=True):
        return _dropout(X.detach(), p, training)
