"""Checks of exercise 31: AlexNet at its full size, recomputed from weights of ours.

The padding of the first convolution, the response normalisation and the places of two dropouts are free.
The checks find out from outputs which of them it is, and then expect exactly what that net gives.
"""

from contextlib import suppress
from itertools import pairwise

import torch
import torch.nn.functional as F

from grader.compare import as_tensor, assert_close, assert_shape
from grader.nets import (
    assert_gradients,
    assert_output,
    assert_output_shape,
    assert_parameters,
    draw_seed,
    read,
)
from grader.plugin import deadline, needs, points
from grader.sandbox.probes import alexnet, nets

ROWS = {2: 6, 1: 5, 0: 5}  # padding of the first convolution → rows that are left at the end
PLACES = ("before the first linear layer", "after the first linear layer", "after the second linear layer")


def shapes(rows, num_classes=10, in_channels=1):
    """The weights and biases of AlexNet in order of use, when so many rows are left at the end."""
    weights = [
        *((96, in_channels, 11, 11), (256, 96, 5, 5), (384, 256, 3, 3), (384, 384, 3, 3), (256, 384, 3, 3)),
        *((4096, 256 * rows * rows), (4096, 4096), (num_classes, 4096)),
    ]
    return [shape for weight in weights for shape in (weight, weight[:1])]


def rows_of(net):
    """How many rows are left at the end, by the number of parameters: 47 or 58 million."""
    return 6 if net.parameters > 52_000_000 else 5


def reference(padding, first=1.0, second=1.0):
    """AlexNet as a function of its parameters, with a factor after each of the first two convolutions."""

    def net(X, parameters):
        w1, b1, w2, b2, w3, b3, w4, b4, w5, b5, w6, b6, w7, b7, w8, b8 = parameters
        X = F.max_pool2d(first * F.relu(F.conv2d(X, w1, b1, stride=4, padding=padding)), 3, stride=2)
        X = F.max_pool2d(second * F.relu(F.conv2d(X, w2, b2, padding=2)), 3, stride=2)
        X = F.relu(F.conv2d(X, w3, b3, padding=1))
        X = F.relu(F.conv2d(X, w4, b4, padding=1))
        X = F.max_pool2d(F.relu(F.conv2d(X, w5, b5, padding=1)), 3, stride=2).flatten(1)
        return F.linear(F.relu(F.linear(F.relu(F.linear(X, w6, b6)), w7, b7)), w8, b8)

    return net


def look(submission, n, *args):
    """What alexnet(*args) has and gives for n images, by shapes alone."""
    X = torch.zeros(n, args[1] if len(args) > 1 else 1, 224, 224)
    reply = submission.run(nets.shapes, submission.alexnet, list(args), X, submission.device)
    return read(reply, f"alexnet({', '.join(map(str, args))})", X)


# Response normalisation ---------------------------------------------------------------------------


@torch.no_grad()
def factors_of(reply, X, parameters, padding):
    """What normalisation makes of tiny values after the first and the second convolution: two factors."""
    w1, b1, w2, b2, *rest = parameters
    net, silent = reference(padding), [torch.zeros_like(p) if p.dim() == 1 else p for p in rest]
    assert_shape(reply.get("unbiased"), (2 * len(X), len(rest[-1])))
    no_bias = net(X, [w1, torch.zeros_like(b1), w2, torch.zeros_like(b2), *silent])
    only_second = net(X, [torch.zeros_like(w1), torch.zeros_like(b1), w2, b2, *silent])
    product, second = factor(reply["unbiased"][: len(X)], no_bias), factor(reply.get("second"), only_second)
    return product / second, second


def factor(value, expected):
    """How many times as large as the expected tensor this one is; AssertionError where there is no such number."""
    assert_shape(value, expected.shape)
    times = (value.double() * expected).sum() / expected.double().square().sum()
    assert 1e-3 < times < 1e3, f"{times} is not what a normalisation makes of a value"
    assert_close(value, times * expected)
    return times.item()


def is_normalised(reply, n):
    """Whether large images give something else than small ones: only a normalisation does that."""
    small, large = reply["unbiased"].double().split(n)
    return not torch.allclose(large, alexnet.LOUD * small, rtol=1e-3, atol=1e-3 * large.abs().max().item())


# Dropout ------------------------------------------------------------------------------------------


def groups_of(reply, call):
    """The four groups of outputs in training mode, each as one row, relative to evaluation mode."""
    shape, size = (2, 4 * alexnet.GROUP), alexnet.GROUP
    what = f"{call}, with weights that hand every number on as it is: the output"
    evaluation, runs = reply.get("evaluation"), reply.get("training", [])
    assert_shape(evaluation, shape, f"{what} in evaluation mode")
    expected = torch.ones(shape)
    expected[:, :size] = evaluation[0, 0].clamp(1e-3, 1e3)  # a normalisation may have made it smaller
    assert_close(evaluation, expected, f"{what} in evaluation mode")
    assert len(runs) == 2, f"{call} does not run in training mode."
    runs = [as_tensor(run, f"{what} in training mode") for run in runs]
    for run in runs:
        assert_shape(run, shape, f"{what} in training mode")
        assert torch.isfinite(run).all(), f"{what} in training mode is not finite."
    assert kept(runs[0]) == 1 or not torch.equal(*runs), f"In training mode {call} drops the same numbers every time."
    return (torch.cat(runs).double() / expected[0]).reshape(4, 4, size).transpose(0, 1).flatten(1)


def kept(values):
    """The share of values that are not zero."""
    return (values != 0).double().mean().item()


def rates_of(groups, call):
    """The rate of dropout at each of the three places; AssertionError where it is no dropout at all."""
    *hidden, scores = groups
    assert_close(
        scores, torch.ones_like(scores), f"In training mode {call} changes its scores after the last layer: one"
    )
    sizes = [1.0]
    for place, group in zip(reversed(PLACES), reversed(hidden), strict=True):
        size, share = group.max().item(), kept(group)
        assert size > 0, f"In training mode {call} drops everything {place}."
        dropped_or_not = (group == 0) | ((group - size).abs() < 1e-3 * size)
        assert dropped_or_not.all(), f"In training mode {call} changes numbers otherwise than by dropping some of them."
        assert abs(share * size - 1) < LUCK * size, (
            f"In training mode {call} keeps {share:.0%} of the numbers on their way from {place} to the scores, and "
            f"they are {size:.3g} times as large as before. Dropout divides what it keeps by 1 − p, so that the mean "
            "stays the same."
        )
        sizes.append(size)
    return [1 - later / earlier for later, earlier in pairwise(sizes)][::-1]


# A share of 240 numbers of which each is kept with probability 1/2 or 1/4 is off by 0.032 on average: six times
# as much happens once in 500 million runs.
LUCK = 0.2


@points(1)
@deadline(60)
def test_shape(submission):
    """A batch of n images of 224×224 becomes n rows of 10 scores.

    Hint: Print the shape after each layer, for torch.zeros(1, 1, 224, 224), and compare with the table in the stub.

    Hint: The first convolution leaves ⌊(224 + 2·padding − 11) / 4⌋ + 1 rows: 55 with padding 2, 54 with 1 or 0.

    Hint: Before the first linear layer each image becomes one row: 256·6·6 = 9216 numbers with padding 2 in the first
    convolution, and 256·5·5 = 6400 with padding 1 or 0.
    """
    assert_output_shape(look(submission, 3), (3, 10))


@points(1)
@needs("test_shape")
@deadline(60)
def test_arguments(submission):
    """alexnet(num_classes, in_channels) takes in_channels channels and gives num_classes scores.

    Hint: Two layers of the net depend on its arguments: the first and the last.

    Hint: Coloured pictures have in_channels = 3: so many go into the first convolution.

    Hint: The last linear layer has 4096 inputs and num_classes outputs.
    """
    assert_output_shape(look(submission, 1, 7, 3), (1, 7))


@points(2)
@needs("test_shape")
@deadline(60)
def test_parameters(submission):
    """Five convolutions, then linear layers of 4096, 4096 and num_classes.

    Hint: The channels are 1 → 96 → 256 → 384 → 384 → 256, and the kernels 11, 5, 3, 3 and 3.

    Hint: Each layer has a bias. The first convolution: 96 · (1·11·11) + 96 = 11,712 parameters.

    Hint: Most parameters are in the first linear layer: it goes from the 9216 (or 6400) numbers of an image to 4096.
    """
    net = look(submission, 1)
    assert_parameters(net, shapes(rows_of(net)))


@points(3)
@needs("test_arguments", "test_parameters")
@deadline(60)
def test_output(submission, rng):
    """With weights of ours it gives the scores and the gradients of AlexNet.

    Hint: The layers have the right sizes. What comes between them? Compare strides, padding and
    poolings with the table.

    Hint: ReLU follows all five convolutions and the first two linear layers. Nothing follows the last: no softmax.

    Hint: There are three max poolings of 3×3 with stride 2: after the first, the second and the fifth convolution.
    Dropout rests in evaluation mode.
    """
    X, seed, args = torch.randn(1, 2, 224, 224, generator=rng), draw_seed(rng), [20, 2]
    reply = submission.run(alexnet.outputs, submission.alexnet, args, X, seed, submission.device)
    net = read(reply, "alexnet(20, 2)", X)
    rows = rows_of(net)
    assert_output_shape(net, (1, 20))
    assert_parameters(net, shapes(rows, *args))
    generator = torch.Generator().manual_seed(seed)
    parameters = [nets.values(shape, generator).requires_grad_() for shape in shapes(rows, *args)]
    factors = (1.0, 1.0)
    for padding in (padding for padding in ROWS if ROWS[padding] == rows):
        with suppress(AssertionError):
            factors = factors_of(reply, X, parameters, padding)
            break
    output = reference(padding, *factors)(X, parameters)
    assert_output(net, output.detach())
    assert_gradients(net, nets.gradient_norms(output, parameters, generator))
    normalised = "with" if is_normalised(reply, len(X)) else "without"
    submission.note(f"AlexNet with padding {padding} at the beginning, {normalised} response normalisation.")


@points(2)
@needs("test_parameters", "test_arguments")
@deadline(60)
def test_dropout(submission, rng):
    """In training mode there are two dropouts of 0.5 between the linear layers; otherwise none.

    Hint: nn.Dropout drops numbers in training mode, net.train(), and does nothing after net.eval(). Does yours?

    Hint: The convolutions need no dropout. It belongs where most of the parameters are: to the linear layers.

    Hint: One dropout after each of the two hidden linear layers, as in the paper; or one before each of them. Its rate
    is 0.5, which is what nn.Dropout takes if you give it none.
    """
    X, args = torch.zeros(2, 1, 224, 224), [4 * alexnet.GROUP]
    call = f"alexnet({args[0]})"
    reply = submission.run(alexnet.dropouts, submission.alexnet, args, X, draw_seed(rng), submission.device)
    net = read(reply, call, X)
    assert_parameters(net, shapes(rows_of(net), *args))
    rates = rates_of(groups_of(reply, call), call)
    seen = [f"a dropout of {rate:.2g} {place}" for place, rate in zip(PLACES, rates, strict=True) if rate > 1e-3]
    assert seen, f"In training mode {call} drops nothing: there is no dropout. Two of 0.5 are expected."
    right = len(seen) == 2 and all(min(rate, abs(rate - 0.5)) < 1e-3 for rate in rates)
    assert right, f"In training mode {call} has {' and '.join(seen)}. Two of 0.5 are expected."
    submission.note(f"It has {' and '.join(seen)}.")
