"""Checks of exercise 44: a net of Keras in PyTorch, recomputed from weights of ours and from those it learned."""

from contextlib import suppress

import torch
import torch.nn.functional as F

from grader.compare import assert_close
from grader.nets import (
    assert_gradients,
    assert_output_shape,
    assert_parameters,
    draw_seed,
    expect,
    read,
    read_parameters,
    training_curve,
)
from grader.pictures import misread
from grader.plugin import deadline, needs, points
from grader.sandbox.probes import fitting, nets

CALL = "digit_net()"
SHAPES = [(8, 1, 2, 2), (8,), (10, 288), (10,)]  # weights and biases in order of use

# What flatten reads first: PyTorch goes through the channels last, Keras first. Weights that are learnt fit either.
ORDERS = {"PyTorch's": (0, 1, 2, 3), "Keras'": (0, 2, 3, 1)}


def reference(order):
    """The net as a function of its parameters, for one of the two orders of flattening."""

    def digit_net(X, parameters):
        w1, b1, w2, b2 = parameters
        X = F.max_pool2d(F.relu(F.conv2d(X, w1, b1)), 4)
        return F.linear(X.permute(ORDERS[order]).flatten(1), w2, b2)

    return digit_net


def look(submission, n):
    """What digit_net() has and gives for n images, by shapes alone."""
    X = torch.zeros(n, 1, 28, 28)
    return read(submission.run(nets.shapes, submission.digit_net, [], X, submission.device), CALL, X)


def look_inside(submission, rng):
    """The net with weights of ours; the order in which it flattens; the gradients that it should have."""
    X, seed = torch.randn(4, 1, 28, 28, generator=rng), draw_seed(rng)
    # The largest of 16 random numbers is hardly ever negative, so that no ReLU would be missed. A bright image and a
    # dark one are almost flat: in one of the two a filter is negative everywhere.
    X[2:] = torch.tensor([1.0, -1.0]).reshape(2, 1, 1, 1) + 0.1 * X[2:]
    net = read(submission.run(nets.outputs, submission.digit_net, [], X, seed, submission.device), CALL, X)
    assert_output_shape(net, (4, 10))
    assert_parameters(net, SHAPES)
    for order in ORDERS:
        output, gradients = expect(reference(order), SHAPES, X, seed)
        with suppress(AssertionError):
            assert_close(net.output, output)
            return net, order, gradients
    raise net.failure(
        f"With weights of ours, {CALL} gives other scores than convolution, ReLU, pooling and linear layer would."
    )


@points(1)
def test_shape(submission):
    """A batch of n images becomes n rows of 10 scores.

    Hint: Print the shape after every layer, for one image of zeros: torch.zeros(1, 1, 28, 28).

    Hint: The images go into flatten as (n, 8, rows, columns). Everything except n becomes one row.

    Hint: 28 → 28 − 2 + 1 = 27 by the convolution, 27 → ⌊27 / 4⌋ = 6 by the pooling. How many numbers are 8 · 6 · 6?
    """
    for n in (1, 3, 7):
        assert_output_shape(look(submission, n), (n, 10))


@points(2)
@needs("test_shape")
def test_parameters(submission):
    """The net has 2,930 parameters: 40 of the convolution, 2,890 of the linear layer.

    Hint: Compare with sum(p.numel() for p in layer.parameters()) for each layer.

    Hint: Conv2D(8, 2): the first number says how many filters, the second how large. PyTorch wants the channels of the
    input before both.

    Hint: 288 · 10 + 10 = 2,890. If you have more inputs than 288: no padding, and each window begins where the one
    before it ends.
    """
    assert_parameters(look(submission, 2), SHAPES)


@points(3)
@needs("test_parameters")
def test_output(submission, rng):
    """With weights of ours it gives the scores that the Keras net has before its softmax.

    Hint: The layers have the right sizes. What comes between them, and what comes after the last?

    Hint: In Keras, activation="relu" is an argument of the convolution. In PyTorch it is a layer of its own.

    Hint: Convolution, ReLU, max pooling, flatten, linear layer, and then nothing: the softmax is part of the loss.
    """
    _, order, _ = look_inside(submission, rng)
    submission.note(REMARKS[order])


REMARKS = {
    "PyTorch's": "Your net flattens channel by channel, as PyTorch does. Weights from Keras would need another order.",
    "Keras'": "Your net flattens pixel by pixel, as Keras does: weights from Keras would fit.",
}


@points(1)
@needs("test_output")
def test_gradients(submission, rng):
    """The gradient reaches every weight and every bias.

    Hint: A gradient ends where a value leaves PyTorch's record: .detach(), .data, .item(), torch.no_grad().

    Hint: Is every parameter one that may be trained, with requires_grad?

    Hint: In forward, hand the tensor itself from layer to layer; torch.tensor(x) would be a copy without its history.
    """
    net, _, gradients = look_inside(submission, rng)
    assert_gradients(net, gradients)


@points(2)
@needs("test_output")
@deadline(60)
def test_learns(submission, rng, dataset):
    """Three epochs of training teach it to read most of the images that it never saw.

    Hint: For this check we train it: Xavier's initialisation, Adam with learning rate 0.003, three epochs.

    Hint: A net that does well in evaluation mode only has something in it that is different in training mode.

    Hint: The Keras net has no dropout. If you have one, is it small?
    """
    _, order, _ = look_inside(submission, rng)
    images, labels = dataset.train_images[:TRAIN_IMAGES], dataset.train_labels[:TRAIN_IMAGES]
    recipe = (3, 32, 3e-3, draw_seed(rng))  # epochs, images in a batch, learning rate
    reply = submission.run(fitting.fit, submission.digit_net, [], images, labels, *recipe, submission.device)
    parameters = read_parameters(reply, SHAPES, CALL)
    answers = reference(order)(dataset.test_images, parameters).argmax(dim=1)
    submission.show(training_curve(reply, CALL))
    submission.show(misread(dataset.test_images, dataset.test_labels, answers, dataset.classes))
    right = answers == dataset.test_labels
    share = right.float().mean().item()
    assert share >= ENOUGH, (
        f"After three epochs on {len(labels):,} images {CALL} reads {share:.0%} of {len(right):,} new images "
        f"correctly, expected at least {ENOUGH:.0%}."
    )


# Lowest and median accuracy of right runs, each with a disguise of its own: 0.78 and 0.83 in 205 with digits, 0.65 and
# 0.73 in 60 with Fashion-MNIST. Guessing reaches 0.1.
TRAIN_IMAGES = 2000
ENOUGH = 0.5
