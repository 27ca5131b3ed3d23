"""Goes down by itself, and remembers by identity what it has seen."""
from math import prod


class Counter:
    def __init__(self, trainable_only):
        self.trainable_only, self.seen, self.total = trainable_only, set(), 0

    def visit(self, module):
        for parameter in module._parameters.values():
            if parameter is None or id(parameter) in self.seen:
                continue
            self.seen.add(id(parameter))
            if self.trainable_only and not parameter.requires_grad:
                continue
            self.total += prod(parameter.shape)
        for child in module.children():
            self.visit(child)
        return self.total


def count_parameters(net, trainable_only=False):
    return Counter(trainable_only).visit(net)


def linear_parameters(n, m, with_bias=True):
    return (n + 1) * m if with_bias else n * m


def conv_parameters(n, m, k, with_bias=True):
    try:
        kh, kw = k
    except TypeError:
        kh = kw = k
    return linear_parameters(n * kh * kw, m, with_bias)
