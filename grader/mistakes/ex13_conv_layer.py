"""Mistakes of exercise 13: a convolutional layer, and learning its kernel."""

import torch
from torch import nn


def _corr2d(X, K):
    """The cross-correlation that is given."""
    h, w = X.shape[0] - K.shape[0] + 1, X.shape[1] - K.shape[1] + 1
    return sum(K[a, b] * X[a : a + h, b : b + w] for a in range(K.shape[0]) for b in range(K.shape[1]))


class _Layer(nn.Module):
    """The right layer."""

    def __init__(self, kernel_size):
        super().__init__()
        self.weight = nn.Parameter(torch.rand(kernel_size))
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, X):
        return _corr2d(X, self.weight) + self.bias


def _learn(X, Y, kernel_size, lr=3e-2, num_steps=10, loss=lambda errors: (errors**2).sum(), forget=True):
    """The right steps, for the sum of squares and when old gradients are forgotten."""
    K = torch.randn(kernel_size, requires_grad=True)
    for _ in range(num_steps):
        loss(_corr2d(X, K) - Y).backward()
        with torch.no_grad():
            K -= lr * K.grad
        if forget:
            K.grad.zero_()
    return K.detach()


# The layer ----------------------------------------------------------------------------------------


class SuperForgotten:
    """The line super().__init__() is missing, or it comes too late. It sets up the module that your weight and bias
    are put into, so it stands first in __init__."""

    class Conv2D(_Layer):
        def __init__(self, kernel_size):
            self.weight = nn.Parameter(torch.rand(kernel_size))
            self.bias = nn.Parameter(torch.zeros(1))
            super().__init__(kernel_size)

    learn_kernel = _learn


class PlainTensors:
    """Weight and bias are plain tensors. They give the right output, but no optimizer finds them, so they never learn.
    nn.Parameter makes a tensor part of layer.parameters()."""

    class Conv2D(_Layer):
        def __init__(self, kernel_size):
            nn.Module.__init__(self)
            self.weight = torch.rand(kernel_size, requires_grad=True)
            self.bias = torch.zeros(1, requires_grad=True)

    learn_kernel = _learn


class BiasNeverLearns:
    """The weight learns, but the bias is a plain tensor: it stays what it is. It needs nn.Parameter too."""

    class Conv2D(_Layer):
        def __init__(self, kernel_size):
            nn.Module.__init__(self)
            self.weight = nn.Parameter(torch.rand(kernel_size))
            self.bias = torch.zeros(1)

    learn_kernel = _learn


class BiasLeftOut:
    """Your layer has a bias but does not add it. It belongs to each value of the output."""

    class Conv2D(_Layer):
        def forward(self, X):
            return _corr2d(X, self.weight)

    learn_kernel = _learn


class BiasAddedToTheImage:
    """The bias is added to the image, so each window counts it several times. Add it to the result."""

    class Conv2D(_Layer):
        def forward(self, X):
            return _corr2d(X + self.bias, self.weight)

    learn_kernel = _learn


class BiasAsLargeAsTheKernel:
    """Your bias has as many numbers as the kernel. There is one for the whole kernel: shape (1,)."""

    class Conv2D(_Layer):
        def __init__(self, kernel_size):
            super().__init__(kernel_size)
            self.bias = nn.Parameter(torch.zeros(kernel_size))

    learn_kernel = _learn


class WeightWithChannels:
    """Your weight has the shape (1, 1, kh, kw) of a layer with channels. This one has a single kernel: its weight has
    the shape kernel_size."""

    class Conv2D(_Layer):
        def __init__(self, kernel_size):
            super().__init__(kernel_size)
            self.weight = nn.Parameter(torch.rand(1, 1, *kernel_size))

        def forward(self, X):
            return _corr2d(X, self.weight[0, 0]) + self.bias

    learn_kernel = _learn


class WayBackCut:
    """The output is right, but forward uses only the numbers of weight and bias, by .data or .detach(). So no gradient
    reaches them, and they never learn."""

    class Conv2D(_Layer):
        def forward(self, X):
            return _corr2d(X, self.weight.detach()) + self.bias.detach()

    learn_kernel = _learn


# Learning -----------------------------------------------------------------------------------------


class MeanOfTheErrors:
    """Your loss is the mean of the squared errors. Asked for is their sum; the mean is smaller by the number of values,
    and so is each step."""

    Conv2D = _Layer

    def learn_kernel(X, Y, kernel_size, lr=3e-2, num_steps=10):
        return _learn(X, Y, kernel_size, lr, num_steps, loss=lambda errors: (errors**2).mean())


class HalfOfTheErrors:
    """Your loss is half the sum of the squared errors. That is common too, but it makes each step half as long as the
    one asked for: the gradient of the square has a 2."""

    Conv2D = _Layer

    def learn_kernel(X, Y, kernel_size, lr=3e-2, num_steps=10):
        return _learn(X, Y, kernel_size, lr, num_steps, loss=lambda errors: (errors**2).sum() / 2)


class ErrorsNotSquared:
    """You add up the sizes of the errors, not their squares. Then the gradient does not become smaller near the goal,
    and the last steps are too long or too short."""

    Conv2D = _Layer

    def learn_kernel(X, Y, kernel_size, lr=3e-2, num_steps=10):
        return _learn(X, Y, kernel_size, lr, num_steps, loss=lambda errors: errors.abs().sum())


class GradientsPileUp:
    """The old gradients are never forgotten: backward() adds each new one to K.grad. Set it to zero between the
    steps."""

    Conv2D = _Layer

    def learn_kernel(X, Y, kernel_size, lr=3e-2, num_steps=10):
        return _learn(X, Y, kernel_size, lr, num_steps, forget=False)


class StepUphill:
    """Your step goes up the gradient, so the errors grow. The gradient points to where the loss becomes larger:
    subtract it."""

    Conv2D = _Layer

    def learn_kernel(X, Y, kernel_size, lr=3e-2, num_steps=10):
        return _learn(X, Y, kernel_size, -lr, num_steps)


class OneStepShort:
    """You take one step less than num_steps. range(num_steps) already counts from 0 to num_steps − 1."""

    Conv2D = _Layer

    def learn_kernel(X, Y, kernel_size, lr=3e-2, num_steps=10):
        return _learn(X, Y, kernel_size, lr, num_steps - 1)


class AlwaysTenSteps:
    """You always take 10 steps. That is only what num_steps is when nobody says otherwise."""

    Conv2D = _Layer

    def learn_kernel(X, Y, kernel_size, lr=3e-2, num_steps=10):
        return _learn(X, Y, kernel_size, lr, 10)


class AlwaysTheSameRate:
    """You always take 0.03 as the learning rate. That is only what lr is when nobody says otherwise."""

    Conv2D = _Layer

    def learn_kernel(X, Y, kernel_size, lr=3e-2, num_steps=10):
        return _learn(X, Y, kernel_size, 3e-2, num_steps)


class BiasLearnsToo:
    """You learn a bias along with the kernel. It takes over a part of the answer, and the kernel does not get where it
    should. Here there is none: use corr2d and the kernel alone."""

    Conv2D = _Layer

    def learn_kernel(X, Y, kernel_size, lr=3e-2, num_steps=10):
        layer = _Layer(kernel_size)
        for _ in range(num_steps):
            layer.zero_grad()
            ((layer(X) - Y) ** 2).sum().backward()
            with torch.no_grad():
                for parameter in layer.parameters():
                    parameter -= lr * parameter.grad
        return layer.weight.detach()


class NewTensorEachStep:
    """backward() fails because K asks for no gradient. Make it with requires_grad=True, and then change the one that is
    there, K -= lr * K.grad: K = K - lr * … would be a new tensor, which asks for none."""

    Conv2D = _Layer

    def learn_kernel(X, Y, kernel_size, lr=3e-2, num_steps=10):
        K = torch.randn(kernel_size, requires_grad=True)
        for _ in range(num_steps):
            ((_corr2d(X, K) - Y) ** 2).sum().backward()
            with torch.no_grad():
                K = K - lr * K.grad
        return K


class KernelNeverMoves:
    """Your kernel comes back as it started: the steps do not reach it. Each step needs the gradient of this kernel:
    backward() computes it, the step uses it, and only then it is forgotten."""

    Conv2D = _Layer

    def learn_kernel(X, Y, kernel_size, lr=3e-2, num_steps=10):
        K = torch.randn(kernel_size, requires_grad=True)
        for _ in range(num_steps):
            ((_corr2d(X, K) - Y) ** 2).sum().backward()
            K.grad.zero_()
            with torch.no_grad():
                K -= lr * K.grad
        return K.detach()


class StartsAtZero:
    """Your kernel starts with zeros. That works for a single one, but several kernels that start alike stay alike: a
    random start was asked for."""

    Conv2D = _Layer

    def learn_kernel(X, Y, kernel_size, lr=3e-2, num_steps=10):
        K = torch.zeros(kernel_size, requires_grad=True)
        for _ in range(num_steps):
            (gradient,) = torch.autograd.grad(((_corr2d(X, K) - Y) ** 2).sum(), K)
            with torch.no_grad():
                K -= lr * gradient
        return K


class NothingReturned:
    """learn_kernel learns, and returns nothing. Its last line gives the kernel back."""

    Conv2D = _Layer

    def learn_kernel(X, Y, kernel_size, lr=3e-2, num_steps=10):
        _learn(X, Y, kernel_size, lr, num_steps)


class ChannelsLeftOn:
    """Your kernel comes back as (1, 1, kh, kw), as nn.Conv2d keeps it. Return it in the shape kernel_size."""

    Conv2D = _Layer

    def learn_kernel(X, Y, kernel_size, lr=3e-2, num_steps=10):
        return _learn(X, Y, kernel_size, lr, num_steps)[None, None]
