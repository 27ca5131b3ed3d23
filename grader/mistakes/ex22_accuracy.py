"""Mistakes of exercise 22: accuracy."""

import torch


def _accuracy(y_hat, y):
    """The right count."""
    return float((y_hat.argmax(dim=1) == y).sum())


def _counts(net, data_iter, device=None, count=_accuracy):
    """Right answers and examples of each batch, counted as they should be."""
    device = next(net.parameters()).device if device is None else device
    net.eval()
    with torch.no_grad():
        return [(count(net(X.to(device)), y.to(device)), len(y)) for X, y in data_iter]


def _evaluate(net, data_iter, device=None, count=_accuracy):
    """The right fraction, if `count` is right."""
    right, total = map(sum, zip(*_counts(net, data_iter, device, count), strict=True))
    return right / total


# accuracy -----------------------------------------------------------------------------------------


class FractionInsteadOfCount:
    """Your accuracy divides by the number of examples. It should return how many answers are right: 2, not 2/3.
    Dividing comes later, once, in evaluate_accuracy."""

    def accuracy(y_hat, y):
        return (y_hat.argmax(dim=1) == y).float().mean()

    def evaluate_accuracy(net, data_iter, device=None):
        return _evaluate(net, data_iter, device, FractionInsteadOfCount.accuracy)


class PercentInsteadOfCount:
    """Your accuracy is in percent. It should be the number of right answers: 2 of 3 are 2."""

    def accuracy(y_hat, y):
        return 100 * (y_hat.argmax(dim=1) == y).float().mean()

    def evaluate_accuracy(net, data_iter, device=None):
        return _evaluate(net, data_iter, device, PercentInsteadOfCount.accuracy)


class LargestScoreOfColumn:
    """The largest score is looked for down the columns, among all examples. Each example is a row of y_hat:
    look along dimension 1."""

    def accuracy(y_hat, y):
        return float((y_hat.argmax(dim=0) == y).sum())

    def evaluate_accuracy(net, data_iter, device=None):
        return _evaluate(net, data_iter, device, LargestScoreOfColumn.accuracy)


class LargestScoreOfAll:
    """argmax without a dimension looks at the whole batch and gives one place for all. Every row has an
    answer of its own."""

    def accuracy(y_hat, y):
        return float((y_hat.argmax() == y).sum())

    def evaluate_accuracy(net, data_iter, device=None):
        return _evaluate(net, data_iter, device, LargestScoreOfAll.accuracy)


class SmallestScore:
    """Your answer is the class with the smallest score. The net puts its largest score where it believes most."""

    def accuracy(y_hat, y):
        return float((y_hat.argmin(dim=1) == y).sum())

    def evaluate_accuracy(net, data_iter, device=None):
        return _evaluate(net, data_iter, device, SmallestScore.accuracy)


class ScoreInsteadOfPlace:
    """The largest score itself is compared with the label. What you need is its place: the number of the class."""

    def accuracy(y_hat, y):
        return float((y_hat.max(dim=1).values == y).sum())

    def evaluate_accuracy(net, data_iter, device=None):
        return _evaluate(net, data_iter, device, ScoreInsteadOfPlace.accuracy)


class NotCounted:
    """Your accuracy returns right or wrong for each example. One step is missing: count the right ones."""

    def accuracy(y_hat, y):
        return y_hat.argmax(dim=1) == y

    def evaluate_accuracy(net, data_iter, device=None):
        return _evaluate(net, data_iter, device, NotCounted.accuracy)


class WrongOnesCounted:
    """The wrong answers are counted, not the right ones."""

    def accuracy(y_hat, y):
        return float((y_hat.argmax(dim=1) != y).sum())

    def evaluate_accuracy(net, data_iter, device=None):
        return _evaluate(net, data_iter, device, WrongOnesCounted.accuracy)


# evaluate_accuracy --------------------------------------------------------------------------------


class MeanOfBatchAccuracies:
    """You take the mean of the batches' accuracies. So an example of a short last batch weighs more than others.
    Add up right answers and examples, and divide once at the end; the exercise page shows the sum by hand."""

    accuracy = _accuracy

    def evaluate_accuracy(net, data_iter, device=None):
        fractions = [right / size for right, size in _counts(net, data_iter, device)]
        return sum(fractions) / len(fractions)


class DividedByNumberOfBatches:
    """The right answers are divided by the number of batches. Divide by the number of examples."""

    accuracy = _accuracy

    def evaluate_accuracy(net, data_iter, device=None):
        counts = _counts(net, data_iter, device)
        return sum(right for right, _ in counts) / len(counts)


class AllBatchesAsLargeAsTheFirst:
    """The number of examples is taken as number of batches × size of a batch. The last batch may be shorter:
    ask every batch for its own size."""

    accuracy = _accuracy

    def evaluate_accuracy(net, data_iter, device=None):
        counts = _counts(net, data_iter, device)
        return sum(right for right, _ in counts) / (len(counts) * counts[0][1])


class NotDivided:
    """evaluate_accuracy returns the number of right answers. It should be the fraction: divide by the number of
    examples."""

    accuracy = _accuracy

    def evaluate_accuracy(net, data_iter, device=None):
        return sum(right for right, _ in _counts(net, data_iter, device))


class PercentInsteadOfFraction:
    """Your result is in percent. A fraction is asked for, between 0 and 1."""

    accuracy = _accuracy

    def evaluate_accuracy(net, data_iter, device=None):
        return 100 * _evaluate(net, data_iter, device)


class OnlyTheFirstBatch:
    """Your function ends after the first batch. Is the return indented too far, so that it stands inside the loop?"""

    accuracy = _accuracy

    def evaluate_accuracy(net, data_iter, device=None):
        right, total = _counts(net, data_iter, device)[0]
        return right / total


class OnlyTheLastBatch:
    """Only the last batch counts: each batch overwrites what was counted before. Add to it: += instead of =."""

    accuracy = _accuracy

    def evaluate_accuracy(net, data_iter, device=None):
        right, total = _counts(net, data_iter, device)[-1]
        return right / total


class GoesTwiceThroughTheData:
    """You go through data_iter twice, once to count the examples. A generator can be gone through only once: the
    second time there is nothing left. Count both in one loop."""

    accuracy = _accuracy

    def evaluate_accuracy(net, data_iter, device=None):
        total = sum(len(y) for _, y in data_iter)
        return sum(right for right, _ in _counts(net, data_iter, device)) / total


class StaysInTrainingMode:
    """The net is still in training mode while it answers: dropout drops, and batch norm looks at the batch. Switch
    to evaluation mode before the first batch."""

    accuracy = _accuracy

    def evaluate_accuracy(net, data_iter, device=None):
        device = next(net.parameters()).device if device is None else device
        with torch.no_grad():
            counts = [(_accuracy(net(X.to(device)), y.to(device)), len(y)) for X, y in data_iter]
        return sum(right for right, _ in counts) / sum(size for _, size in counts)


class GradientsRecorded:
    """The fraction is right, but PyTorch records everything for a backward pass that never comes. Let the net run
    inside torch.no_grad(): evaluation mode alone does not stop the recording."""

    accuracy = _accuracy

    def evaluate_accuracy(net, data_iter, device=None):
        device = next(net.parameters()).device if device is None else device
        net.eval()
        counts = [(_accuracy(net(X.to(device)), y.to(device)), len(y)) for X, y in data_iter]
        return sum(right for right, _ in counts) / sum(size for _, size in counts)


class GradientsLeftOff:
    """Gradients are switched off and stay off, also for the training that follows. Use torch.no_grad() as a with
    block: it puts everything back when it ends."""

    accuracy = _accuracy

    def evaluate_accuracy(net, data_iter, device=None):
        torch.set_grad_enabled(False)
        return _evaluate(net, data_iter, device)


class ParametersFrozen:
    """You switched requires_grad off in the net's parameters, and they stay frozen: the net cannot learn any more.
    Recording is stopped with torch.no_grad(), which leaves the net alone."""

    accuracy = _accuracy

    def evaluate_accuracy(net, data_iter, device=None):
        net.requires_grad_(False)
        return _evaluate(net, data_iter, device)
