"""Mistakes of exercise 26: batch normalisation."""

import torch
from torch import nn


class _BatchNorm(nn.Module):
    """The right layer, in parts that a mistake replaces."""

    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight = nn.Parameter(torch.ones(num_features))
        self.bias = nn.Parameter(torch.zeros(num_features))
        self.make_statistics(num_features)

    def make_statistics(self, num_features):
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def statistics(self, X):
        """Mean and variance for the output."""
        if not self.training:
            return self.running_mean, self.running_var
        return X.mean((0, 2, 3)), X.var((0, 2, 3), correction=0)

    def remember(self, X):
        if self.training:
            with torch.no_grad():
                self.move(X.mean((0, 2, 3)), X.var((0, 2, 3)))

    def move(self, mean, variance):
        self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean
        self.running_var = (1 - self.momentum) * self.running_var + self.momentum * variance

    def scale(self, X, mean, variance):
        return (X - mean) / torch.sqrt(variance + self.eps)

    def shift(self, normal):
        return normal * self.weight.view(1, -1, 1, 1) + self.bias.view(1, -1, 1, 1)

    def forward(self, X):
        mean, variance = (part if part.dim() == 4 else part.view(1, -1, 1, 1) for part in self.statistics(X))
        self.remember(X)
        return self.shift(self.scale(X, mean, variance))


class AllChannelsTogether:
    """Mean and variance are taken over all channels together. Each channel has a mean and a variance of its own: sum
    over n, h and w, and not over the channels."""

    class BatchNorm2d(_BatchNorm):
        def statistics(self, X):
            if not self.training:
                return super().statistics(X)
            return X.mean((0, 1, 2, 3), keepdim=True), X.var((0, 1, 2, 3), correction=0, keepdim=True)


class EachImageForItself:
    """Every image is normalised for itself: that is instance normalisation. The images of the batch count together:
    sum over n too."""

    class BatchNorm2d(_BatchNorm):
        def statistics(self, X):
            if not self.training:
                return super().statistics(X)
            return X.mean((2, 3), keepdim=True), X.var((2, 3), correction=0, keepdim=True)


class LayerNormalisation:
    """Mean and variance are taken over the channels of one image: that is layer normalisation. Batch normalisation
    keeps the channels apart and puts the images together."""

    class BatchNorm2d(_BatchNorm):
        def statistics(self, X):
            if not self.training:
                return super().statistics(X)
            return X.mean((1, 2, 3), keepdim=True), X.var((1, 2, 3), correction=0, keepdim=True)


class UnbiasedInTheOutput:
    """The output is divided by the root of the variance with N − 1, which is what X.var gives by itself. For the output
    the variance is divided by N; N − 1 is for the running variance only."""

    class BatchNorm2d(_BatchNorm):
        def statistics(self, X):
            if not self.training:
                return super().statistics(X)
            return X.mean((0, 2, 3)), X.var((0, 2, 3))


class BiasedRunningVariance:
    """The running variance remembers the variance with division by N. What is remembered is divided by N − 1: multiply
    by N / (N − 1), with N = n · h · w."""

    class BatchNorm2d(_BatchNorm):
        def move(self, mean, variance):
            super().move(mean, variance * (self.count - 1) / self.count)

        def remember(self, X):
            self.count = X.numel() / X.shape[1]
            super().remember(X)


class DividedByTheVariance:
    """You divide by the variance. Divide by its root, the standard deviation."""

    class BatchNorm2d(_BatchNorm):
        def scale(self, X, mean, variance):
            return (X - mean) / (variance + self.eps)


class EpsOutsideTheRoot:
    """eps is added to the root of the variance. It belongs under the root: √(variance + eps)."""

    class BatchNorm2d(_BatchNorm):
        def scale(self, X, mean, variance):
            return (X - mean) / (torch.sqrt(variance) + self.eps)


class EpsForgotten:
    """eps is missing or always the same number. Add the one that was given to the variance: without it, a channel
    that is the same everywhere divides by zero."""

    class BatchNorm2d(_BatchNorm):
        def scale(self, X, mean, variance):
            return (X - mean) / torch.sqrt(variance + 1e-5)


class MomentumTurnedAround:
    """momentum and 1 − momentum have changed places: after one batch your running statistics are almost that batch's.
    momentum is the weight of the new, here 0.1, and the old keeps 0.9."""

    class BatchNorm2d(_BatchNorm):
        def move(self, mean, variance):
            self.momentum = 1 - self.momentum
            super().move(mean, variance)
            self.momentum = 1 - self.momentum


class MomentumNotUsed:
    """The running statistics move by 0.1 whatever momentum was given. Keep it in __init__ and use it."""

    class BatchNorm2d(_BatchNorm):
        def __init__(self, num_features, eps=1e-5, momentum=0.1):
            super().__init__(num_features, eps)


class OnlyTheLastBatch:
    """The running statistics are those of the last batch: the old ones are overwritten. Keep 1 − momentum of them."""

    class BatchNorm2d(_BatchNorm):
        def move(self, mean, variance):
            self.running_mean, self.running_var = mean, variance


class BatchStatisticsInUse:
    """In evaluation mode you still normalise with the batch at hand. Then an answer depends on which other images are
    in the batch: use the running statistics there."""

    class BatchNorm2d(_BatchNorm):
        def statistics(self, X):
            return X.mean((0, 2, 3)), X.var((0, 2, 3), correction=0)


class RunningStatisticsInTraining:
    """In training you normalise with the running statistics. They are for use; in training, the batch's own mean and
    variance count."""

    class BatchNorm2d(_BatchNorm):
        def statistics(self, X):
            return self.running_mean, self.running_var


class RemembersInUse:
    """The running statistics move in evaluation mode, too. There they are used, not changed: move them only if
    self.training."""

    class BatchNorm2d(_BatchNorm):
        def remember(self, X):
            with torch.no_grad():
                self.move(X.mean((0, 2, 3)), X.var((0, 2, 3)))


class GradientModeForTrainingMode:
    """Whether gradients are recorded decides about the statistics. A net can be in evaluation mode with gradients on:
    ask self.training."""

    class BatchNorm2d(_BatchNorm):
        def forward(self, X):
            training, self.training = self.training, torch.is_grad_enabled()
            output = super().forward(X)
            self.training = training
            return output


class PlainAttributes:
    """Running mean and variance are plain attributes. They stay behind when the net is moved or saved: register them
    as buffers."""

    class BatchNorm2d(_BatchNorm):
        def make_statistics(self, num_features):
            self.running_mean, self.running_var = torch.zeros(num_features), torch.ones(num_features)


class NotSaved:
    """The buffers are not part of the saved state, since they were registered with persistent=False."""

    class BatchNorm2d(_BatchNorm):
        def make_statistics(self, num_features):
            self.register_buffer("running_mean", torch.zeros(num_features), persistent=False)
            self.register_buffer("running_var", torch.ones(num_features), persistent=False)


class RunningStatisticsAreLearned:
    """Running mean and variance are parameters, and an optimizer would move them. No gradient should: make them
    buffers."""

    class BatchNorm2d(_BatchNorm):
        def make_statistics(self, num_features):
            self.running_mean = nn.Parameter(torch.zeros(num_features))
            self.running_var = nn.Parameter(torch.ones(num_features))

        def move(self, mean, variance):
            for own, new in ((self.running_mean, mean), (self.running_var, variance)):
                own.mul_(1 - self.momentum).add_(self.momentum * new)


class WeightIsNotLearned:
    """Weight and bias are plain tensors, so nothing is learned: wrap them in nn.Parameter."""

    class BatchNorm2d(_BatchNorm):
        def __init__(self, num_features, eps=1e-5, momentum=0.1):
            super().__init__(num_features, eps, momentum)
            weight, bias = self.weight.data, self.bias.data
            del self.weight, self.bias
            self.weight, self.bias = weight, bias


class WeightAndBiasNotUsed:
    """Weight and bias are there, but the output does not depend on them: scale and shift after normalising."""

    class BatchNorm2d(_BatchNorm):
        def shift(self, normal):
            return normal


class ShiftedBeforeScaled:
    """The bias is added before the weight multiplies. Scale first, then shift: weight · (…) + bias."""

    class BatchNorm2d(_BatchNorm):
        def shift(self, normal):
            return (normal + self.bias.view(1, -1, 1, 1)) * self.weight.view(1, -1, 1, 1)


class StatisticsAreConstants:
    """The output is right, but the gradient of X is not: mean and variance of the batch were detached or computed
    without gradients. In training they depend on X, and the way back leads through them."""

    class BatchNorm2d(_BatchNorm):
        def statistics(self, X):
            return super().statistics(X.detach())


class HistoryKept:
    """The running statistics still know how they were computed, so every batch of the training stays in memory. Detach
    what you remember."""

    class BatchNorm2d(_BatchNorm):
        def remember(self, X):
            if self.training:
                self.move(X.mean((0, 2, 3)), X.var((0, 2, 3)))


class WritesIntoX:
    """The mean is subtracted from X in place, so X is changed for everybody else. Make a new tensor for the
    output."""

    class BatchNorm2d(_BatchNorm):
        def scale(self, X, mean, variance):
            with torch.no_grad():
                X -= mean
            return X / torch.sqrt(variance + self.eps)
