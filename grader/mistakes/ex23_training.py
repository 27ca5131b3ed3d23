"""Mistakes of exercise 23: the training loop."""

import torch
from torch import nn

LAYERS = nn.Linear | nn.Conv2d


def _right(y_hat, y):
    return (y_hat.argmax(dim=1) == y).sum().item()


def _epoch(net, train_iter, loss, optimizer, device):
    """The right epoch, told batch by batch: (loss, right answers, examples)."""
    net.train()
    told = []
    for X, y in train_iter:
        X, y = X.to(device), y.to(device)
        optimizer.zero_grad()
        y_hat = net(X)
        batch_loss = loss(y_hat, y)
        batch_loss.backward()
        optimizer.step()
        told.append((batch_loss.item(), _right(y_hat, y), len(y)))
    return told


def _means(told):
    """The right two numbers for what an epoch told."""
    total = sum(size for _, _, size in told)
    return sum(value * size for value, _, size in told) / total, sum(right for _, right, _ in told) / total


def _train_epoch(net, train_iter, loss, optimizer, device):
    return _means(_epoch(net, train_iter, loss, optimizer, device))


def _xavier(layer):
    if isinstance(layer, LAYERS):
        nn.init.xavier_uniform_(layer.weight)


def _sgd(net, lr):
    return torch.optim.SGD(net.parameters(), lr=lr)


def _train(net, train_iter, num_epochs, lr, device, *, epoch=_train_epoch, start=_xavier, make=_sgd, loss=None):
    """The right training, but for the part that is given."""
    net.apply(start)
    net.to(device)
    optimizer = make(net, lr)
    for _ in range(num_epochs):
        epoch(net, train_iter, loss or nn.CrossEntropyLoss(), optimizer, device)


# train_epoch: the steps ---------------------------------------------------------------------------


class GradientsNeverForgotten:
    """Gradients pile up: PyTorch adds each batch's gradients to those that are already there. Forget the old ones
    at the beginning of every batch; “The loss does not fall” on the exercise page says more."""

    def train_epoch(net, train_iter, loss, optimizer, device):
        net.train()
        told = []
        for X, y in train_iter:
            X, y = X.to(device), y.to(device)
            y_hat = net(X)
            batch_loss = loss(y_hat, y)
            batch_loss.backward()
            optimizer.step()
            told.append((batch_loss.item(), _right(y_hat, y), len(y)))
        return _means(told)

    def train(net, train_iter, test_iter, num_epochs, lr, device):
        _train(net, train_iter, num_epochs, lr, device, epoch=GradientsNeverForgotten.train_epoch)


class GradientsForgottenOnceAnEpoch:
    """The old gradients are forgotten once, before the loop. Within the epoch they pile up: forget them in every
    batch."""

    def train_epoch(net, train_iter, loss, optimizer, device):
        optimizer.zero_grad()
        return GradientsNeverForgotten.train_epoch(net, train_iter, loss, optimizer, device)

    def train(net, train_iter, test_iter, num_epochs, lr, device):
        _train(net, train_iter, num_epochs, lr, device, epoch=GradientsForgottenOnceAnEpoch.train_epoch)


class GradientsForgottenAfterTheStep:
    """You forget the gradients after each step. So what was there before the first batch goes into its step. Forget
    them before backward, and the epoch does not depend on what happened earlier."""

    def train_epoch(net, train_iter, loss, optimizer, device):
        net.train()
        told = []
        for X, y in train_iter:
            X, y = X.to(device), y.to(device)
            y_hat = net(X)
            batch_loss = loss(y_hat, y)
            batch_loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            told.append((batch_loss.item(), _right(y_hat, y), len(y)))
        return _means(told)

    def train(net, train_iter, test_iter, num_epochs, lr, device):
        _train(net, train_iter, num_epochs, lr, device, epoch=GradientsForgottenAfterTheStep.train_epoch)


class NoStep:
    """The gradients are computed, but nobody uses them: the optimizer never takes a step."""

    def train_epoch(net, train_iter, loss, optimizer, device):
        net.train()
        told = []
        for X, y in train_iter:
            X, y = X.to(device), y.to(device)
            optimizer.zero_grad()
            y_hat = net(X)
            batch_loss = loss(y_hat, y)
            batch_loss.backward()
            told.append((batch_loss.item(), _right(y_hat, y), len(y)))
        return _means(told)

    def train(net, train_iter, test_iter, num_epochs, lr, device):
        _train(net, train_iter, num_epochs, lr, device, epoch=NoStep.train_epoch)


class StepWithoutGradients:
    """The optimizer takes its steps, but no gradients are there when it does. A step comes after backward, and
    between the two nothing may forget the gradients."""

    def train_epoch(net, train_iter, loss, optimizer, device):
        net.train()
        told = []
        for X, y in train_iter:
            X, y = X.to(device), y.to(device)
            optimizer.zero_grad()
            y_hat = net(X)
            batch_loss = loss(y_hat, y)
            optimizer.step()
            batch_loss.backward()
            told.append((batch_loss.item(), _right(y_hat, y), len(y)))
        return _means(told)

    def train(net, train_iter, test_iter, num_epochs, lr, device):
        _train(net, train_iter, num_epochs, lr, device, epoch=StepWithoutGradients.train_epoch)


class StepOnceAnEpoch:
    """Your optimizer takes one step, at the end of the epoch. Each batch should move the weights: the step belongs
    into the loop."""

    def train_epoch(net, train_iter, loss, optimizer, device):
        net.train()
        told = []
        for X, y in train_iter:
            X, y = X.to(device), y.to(device)
            optimizer.zero_grad()
            y_hat = net(X)
            batch_loss = loss(y_hat, y)
            batch_loss.backward()
            told.append((batch_loss.item(), _right(y_hat, y), len(y)))
        optimizer.step()
        return _means(told)

    def train(net, train_iter, test_iter, num_epochs, lr, device):
        _train(net, train_iter, num_epochs, lr, device, epoch=StepOnceAnEpoch.train_epoch)


class EndsAfterTheFirstBatch:
    """The epoch ends after its first batch. Is the return indented too far, so that it stands inside the loop?"""

    def train_epoch(net, train_iter, loss, optimizer, device):
        return _train_epoch(net, list(train_iter)[:1], loss, optimizer, device)

    def train(net, train_iter, test_iter, num_epochs, lr, device):
        _train(net, train_iter, num_epochs, lr, device, epoch=EndsAfterTheFirstBatch.train_epoch)


class EvaluationModeLeftOn:
    """The net is in evaluation mode while it learns: batch norm uses old statistics and does not renew them. Switch
    to training mode when the epoch begins; an evaluation before it may have left the net in the other mode."""

    def train_epoch(net, train_iter, loss, optimizer, device):
        told = []
        for X, y in train_iter:
            X, y = X.to(device), y.to(device)
            optimizer.zero_grad()
            y_hat = net(X)
            batch_loss = loss(y_hat, y)
            batch_loss.backward()
            optimizer.step()
            told.append((batch_loss.item(), _right(y_hat, y), len(y)))
        return _means(told)

    def train(net, train_iter, test_iter, num_epochs, lr, device):
        _train(net, train_iter, num_epochs, lr, device, epoch=EvaluationModeLeftOn.train_epoch)


class NetRunsTwice:
    """You run the net twice for each batch, for the loss and once more for the accuracy. That costs time, and batch
    norm counts every batch twice. Use the outputs of the first run for both."""

    def train_epoch(net, train_iter, loss, optimizer, device):
        net.train()
        told = []
        for X, y in train_iter:
            X, y = X.to(device), y.to(device)
            optimizer.zero_grad()
            batch_loss = loss(net(X), y)
            batch_loss.backward()
            right = _right(net(X), y)
            optimizer.step()
            told.append((batch_loss.item(), right, len(y)))
        return _means(told)

    def train(net, train_iter, test_iter, num_epochs, lr, device):
        _train(net, train_iter, num_epochs, lr, device, epoch=NetRunsTwice.train_epoch)


class LossNotUsed:
    """train_epoch computes cross-entropy, whatever loss it is given. Call the one that comes as an argument."""

    def train_epoch(net, train_iter, loss, optimizer, device):
        return _train_epoch(net, train_iter, nn.functional.cross_entropy, optimizer, device)

    def train(net, train_iter, test_iter, num_epochs, lr, device):
        _train(net, train_iter, num_epochs, lr, device)


# train_epoch: the two numbers ---------------------------------------------------------------------


def _train_right(net, train_iter, test_iter, num_epochs, lr, device):
    _train(net, train_iter, num_epochs, lr, device)


class MeanOfBatchLosses:
    """The mean loss is the mean over the batches. A shorter last batch then weighs as much as a full one. Multiply
    each loss by the size of its batch, and divide by the number of examples."""

    train = _train_right

    def train_epoch(net, train_iter, loss, optimizer, device):
        told = _epoch(net, train_iter, loss, optimizer, device)
        return sum(value for value, _, _ in told) / len(told), _means(told)[1]


class MeanOfBatches:
    """Loss and accuracy are means over the batches. A shorter last batch then weighs as much as a full one. Add up
    over examples, both times, and divide by their number."""

    train = _train_right

    def train_epoch(net, train_iter, loss, optimizer, device):
        told = _epoch(net, train_iter, loss, optimizer, device)
        return sum(value for value, _, _ in told) / len(told), sum(right / size for _, right, size in told) / len(told)


class LossesOverExamples:
    """You add up the losses of the batches as they are and divide by the number of examples. Each is already a mean
    over its batch: multiply it by the size of the batch first."""

    train = _train_right

    def train_epoch(net, train_iter, loss, optimizer, device):
        told = _epoch(net, train_iter, loss, optimizer, device)
        return sum(value for value, _, _ in told) / sum(size for _, _, size in told), _means(told)[1]


class SumOfBatchLosses:
    """Your loss is the sum over the batches. It should be the mean over the examples of the epoch."""

    train = _train_right

    def train_epoch(net, train_iter, loss, optimizer, device):
        told = _epoch(net, train_iter, loss, optimizer, device)
        return sum(value for value, _, _ in told), _means(told)[1]


class AccuracyNotDivided:
    """The second number is the count of right answers. It should be a fraction of all examples."""

    train = _train_right

    def train_epoch(net, train_iter, loss, optimizer, device):
        told = _epoch(net, train_iter, loss, optimizer, device)
        return _means(told)[0], sum(right for _, right, _ in told)


class AccuracyInPercent:
    """The accuracy is in percent. A fraction is asked for, between 0 and 1."""

    train = _train_right

    def train_epoch(net, train_iter, loss, optimizer, device):
        told = _epoch(net, train_iter, loss, optimizer, device)
        return _means(told)[0], 100 * _means(told)[1]


class NumbersOfTheLastBatch:
    """Loss and accuracy are those of the last batch only. Keep sums over the whole epoch: += instead of =."""

    train = _train_right

    def train_epoch(net, train_iter, loss, optimizer, device):
        told = _epoch(net, train_iter, loss, optimizer, device)
        return _means(told[-1:])


class LossOfTheLastBatch:
    """The accuracy is that of the epoch, but the loss is that of its last batch. Add the losses up, too."""

    train = _train_right

    def train_epoch(net, train_iter, loss, optimizer, device):
        told = _epoch(net, train_iter, loss, optimizer, device)
        return told[-1][0], _means(told)[1]


class NumbersSwapped:
    """The two numbers have changed places: the mean loss comes first, then the accuracy."""

    train = _train_right

    def train_epoch(net, train_iter, loss, optimizer, device):
        return _means(_epoch(net, train_iter, loss, optimizer, device))[::-1]


class NothingReturned:
    """train_epoch trains but returns nothing. Return the mean loss and the accuracy."""

    train = _train_right

    def train_epoch(net, train_iter, loss, optimizer, device):
        _epoch(net, train_iter, loss, optimizer, device)


class AccuracyAfterTheStep:
    """You run the net a second time, after the step, to count right answers. So the accuracy is too good: it sees
    each batch after learning from it. Count in the outputs that the loss came from."""

    train = _train_right

    def train_epoch(net, train_iter, loss, optimizer, device):
        net.train()
        told = []
        for X, y in train_iter:
            X, y = X.to(device), y.to(device)
            optimizer.zero_grad()
            batch_loss = loss(net(X), y)
            batch_loss.backward()
            optimizer.step()
            told.append((batch_loss.item(), _right(net(X), y), len(y)))
        return _means(told)


class NumbersAfterTheEpoch:
    """Loss and accuracy are measured when the epoch is over. Take them while it runs, from the outputs that each
    step was made from."""

    train = _train_right

    def train_epoch(net, train_iter, loss, optimizer, device):
        _epoch(net, train_iter, loss, optimizer, device)
        told = []
        with torch.no_grad():
            for X, y in train_iter:
                X, y = X.to(device), y.to(device)
                y_hat = net(X)
                told.append((loss(y_hat, y).item(), _right(y_hat, y), len(y)))
        return _means(told)


# train: the fresh start ---------------------------------------------------------------------------


class NoFreshStart:
    """train goes on from the weights that the net came with. Give linear and convolutional weights a fresh start by
    Xavier's rule first; see “The fresh start” on the exercise page."""

    train_epoch = _train_epoch

    def train(net, train_iter, test_iter, num_epochs, lr, device):
        _train(net, train_iter, num_epochs, lr, device, start=lambda layer: None)


class OnlyLinearLayersStartFresh:
    """Linear layers get a fresh start, convolutional layers do not. Both have a weight for Xavier."""

    train_epoch = _train_epoch

    def train(net, train_iter, test_iter, num_epochs, lr, device):
        def start(layer):
            if isinstance(layer, nn.Linear):
                nn.init.xavier_uniform_(layer.weight)

        _train(net, train_iter, num_epochs, lr, device, start=start)


class OnlyConvolutionsStartFresh:
    """Convolutional layers get a fresh start, linear layers do not. Both have a weight for Xavier."""

    train_epoch = _train_epoch

    def train(net, train_iter, test_iter, num_epochs, lr, device):
        def start(layer):
            if isinstance(layer, nn.Conv2d):
                nn.init.xavier_uniform_(layer.weight)

        _train(net, train_iter, num_epochs, lr, device, start=start)


class OnlyOuterLayersStartFresh:
    """Only the net's outermost layers get a fresh start. A net may hold layers inside layers: net.apply and
    net.modules() reach all of them, net.children() does not."""

    train_epoch = _train_epoch

    def train(net, train_iter, test_iter, num_epochs, lr, device):
        for layer in net.children():
            _xavier(layer)
        _train(net, train_iter, num_epochs, lr, device, start=lambda layer: None)


class PyTorchsOwnStart:
    """The fresh start is PyTorch's own (reset_parameters), with smaller weights. Xavier's rule is asked for:
    torch.nn.init has it."""

    train_epoch = _train_epoch

    def train(net, train_iter, test_iter, num_epochs, lr, device):
        def start(layer):
            if isinstance(layer, LAYERS):
                layer.reset_parameters()

        _train(net, train_iter, num_epochs, lr, device, start=start)


class KaimingsStart:
    """The fresh start follows Kaiming's rule, which looks at fan_in alone. Xavier's rule takes fan_in + fan_out."""

    train_epoch = _train_epoch

    def train(net, train_iter, test_iter, num_epochs, lr, device):
        def start(layer):
            if isinstance(layer, LAYERS):
                nn.init.kaiming_uniform_(layer.weight)

        _train(net, train_iter, num_epochs, lr, device, start=start)


class StandardNormalStart:
    """The weights are drawn from the standard normal distribution, the same for every layer. By Xavier's rule their
    spread depends on fan_in + fan_out; these are much too large."""

    train_epoch = _train_epoch

    def train(net, train_iter, test_iter, num_epochs, lr, device):
        def start(layer):
            if isinstance(layer, LAYERS):
                nn.init.normal_(layer.weight)

        _train(net, train_iter, num_epochs, lr, device, start=start)


class FreshStartEveryEpoch:
    """Every epoch begins with a fresh start, so what was learned before is thrown away. Initialise once, before the
    loop over the epochs."""

    train_epoch = _train_epoch

    def train(net, train_iter, test_iter, num_epochs, lr, device):
        for _ in range(num_epochs):
            _train(net, train_iter, 1, lr, device)


# train: the steps ---------------------------------------------------------------------------------


class OneEpochOnly:
    """train stops after one epoch, whatever num_epochs says."""

    train_epoch = _train_epoch

    def train(net, train_iter, test_iter, num_epochs, lr, device):
        _train(net, train_iter, 1, lr, device)


class LearningRateNotUsed:
    """The learning rate is always 0.1, whatever lr is given."""

    train_epoch = _train_epoch

    def train(net, train_iter, test_iter, num_epochs, lr, device):
        _train(net, train_iter, num_epochs, 0.1, device)


class Adam:
    """The steps are those of Adam. Here SGD is asked for: weight − lr · gradient, the same for every weight."""

    train_epoch = _train_epoch

    def train(net, train_iter, test_iter, num_epochs, lr, device):
        def make(net, lr):
            return torch.optim.Adam(net.parameters(), lr=lr)

        _train(net, train_iter, num_epochs, lr, device, make=make)


class Momentum:
    """Your SGD has a momentum of 0.9: each step still carries the steps before it. Here the plain rule is asked for,
    weight − lr · gradient."""

    train_epoch = _train_epoch

    def train(net, train_iter, test_iter, num_epochs, lr, device):
        def make(net, lr):
            return torch.optim.SGD(net.parameters(), lr=lr, momentum=0.9)

        _train(net, train_iter, num_epochs, lr, device, make=make)


class Uphill:
    """Your steps go along the gradient, to where the loss grows. Go the other way: minus."""

    train_epoch = _train_epoch

    def train(net, train_iter, test_iter, num_epochs, lr, device):
        def make(net, lr):
            return torch.optim.SGD(net.parameters(), lr=lr, maximize=True)

        _train(net, train_iter, num_epochs, lr, device, make=make)


class TrainsOnTheTestImages:
    """train learns from test_iter. That one is only there to see how good the net is: learn from train_iter."""

    train_epoch = _train_epoch

    def train(net, train_iter, test_iter, num_epochs, lr, device):
        _train(net, test_iter, num_epochs, lr, device)


class SoftmaxBeforeCrossEntropy:
    """The scores go through softmax before they reach cross-entropy, which has a softmax of its own. Give it the
    net's scores as they are."""

    train_epoch = _train_epoch

    def train(net, train_iter, test_iter, num_epochs, lr, device):
        def loss(y_hat, y):
            return nn.functional.cross_entropy(y_hat.softmax(dim=1), y)

        _train(net, train_iter, num_epochs, lr, device, loss=loss)


class SummedCrossEntropy:
    """Your cross-entropy is the sum over the batch. Take the mean, as PyTorch does by itself: otherwise the steps grow
    with the size of the batch."""

    train_epoch = _train_epoch

    def train(net, train_iter, test_iter, num_epochs, lr, device):
        _train(net, train_iter, num_epochs, lr, device, loss=nn.CrossEntropyLoss(reduction="sum"))
