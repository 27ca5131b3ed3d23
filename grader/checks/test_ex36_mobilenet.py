"""Checks of exercise 36: the separable convolution, what it costs, and MobileNet recomputed from weights of ours."""

from itertools import product

import torch
import torch.nn.functional as F

from grader.compare import RTOL, as_number
from grader.nets import (
    BIAS,
    GRADIENT_RTOL,
    NORM,
    assert_gradients,
    assert_output,
    assert_output_shape,
    assert_parameters,
    by_layer,
    conv_norm,
    draw_seed,
    expect,
    read,
    with_vectors,
)
from grader.plugin import deadline, needs, points
from grader.sandbox.probes import nets

# The arguments of a block, and the height and width of the images
BLOCKS = [((4, 8), 7, 10), ((6, 3, 2), 9, 14), ((3, 5, 3), 11, 8), ((2, 2, 1), 5, 6)]

# in_channels, out_channels and stride of all blocks of MobileNet but the last
BODY = [
    *[(32, 64, 1), (64, 128, 2), (128, 128, 1), (128, 256, 2), (256, 256, 1), (256, 512, 2)],
    *[(512, 512, 1)] * 5,
    (512, 1024, 2),
]
ACTIVATIONS = {"ReLU": F.relu, "ReLU6": F.relu6}
LAST_STRIDES = (1, 2)

# In evaluation mode ε is not lost beside the variance, which is 1 at first: 10⁻³, as some have it, is a percent or two
# after all layers.
EVALUATION_RTOL = 5e-2
# The batch norms of the net divide by the spread of few values, and rounding grows from one to the next: to 3·10⁻⁵ in
# the outputs of 24 nets, and to 1 % in the gradients, where a unit may also fall on the other side of ReLU's kink.
DEEP_RTOL, DEEP_GRADIENT_RTOL = 1e-3, 0.1


def block_weights(in_channels, out_channels, stride=1):
    """The weights of a block in order of use, each with the numbers of vectors that may stand behind it."""
    return [((in_channels, 1, 3, 3), NORM), ((out_channels, in_channels, 1, 1), NORM)]


def mobilenet_weights(num_classes=10, in_channels=1):
    """The same for the net."""
    blocks = [weight for block in (*BODY, (1024, 1024)) for weight in block_weights(*block)]
    return [((32, in_channels, 3, 3), NORM), *blocks, ((num_classes, 1024), BIAS)]


def separable(X, layers, stride, act, training):
    """A block as a function of its two layers."""
    depthwise, pointwise = layers
    X = act(conv_norm(X, depthwise, training, stride=stride, padding=1, groups=X.shape[1]))
    return act(conv_norm(X, pointwise, training))


def reference_block(training, act, stride=1):
    """A block as a function of its parameters."""
    return lambda X, parameters: separable(X, by_layer(parameters), stride, act, training)


def reference_mobilenet(training, act, last_stride):
    """The net as a function of its parameters."""

    def mobilenet(X, parameters):
        stem, *layers, (weight, bias) = by_layer(parameters)
        X = act(conv_norm(X, stem, training, stride=2, padding=1))
        for *_, stride in (*BODY, (1024, 1024, last_stride)):
            X = separable(X, layers[:2], stride, act, training)
            del layers[:2]
        return F.linear(X.mean(dim=(2, 3)), weight, bias)

    return mobilenet


def look_at_block(submission, args, h, w):
    """What a block has and gives for three images, by shapes alone."""
    X = torch.zeros(3, args[0], h, w)
    reply = submission.run(nets.shapes, submission.depthwise_separable, list(args), X, submission.device)
    return read(reply, f"depthwise_separable{args}", X)


def look_at_mobilenet(submission, n, *args):
    """What mobilenet(*args) has and gives for n images, by shapes alone."""
    X = torch.zeros(n, *args[1:] or [1], 64, 64)
    reply = submission.run(nets.shapes, submission.mobilenet, list(args), X, submission.device)
    return read(reply, f"mobilenet({', '.join(map(str, args))})", X)


def compare_block(submission, rng, training, args, h, w):
    """Fail unless a block gives the values of a reference, and in training mode its gradients."""
    X, seed = images(rng, 4, args[0], h, w), draw_seed(rng)
    block = submission.depthwise_separable
    reply = submission.run(nets.outputs, block, list(args), X, seed, submission.device, training)
    net = read(reply, f"depthwise_separable{args}", X)
    references = {name: reference_block(training, act, *args[2:]) for name, act in ACTIVATIONS.items()}
    rtol = RTOL if training else EVALUATION_RTOL
    compare(net, references, block_weights(*args), X, seed, training, rtol, GRADIENT_RTOL)


def compare(net, references, weights, X, seed, training, rtol, gradient_rtol):
    """The name of the reference that gives the values of the net, and in training mode its gradients, or fail."""
    shapes = with_vectors(net, weights)
    first = None
    for name, reference in references.items():
        output, gradients = expect(reference, shapes, X, seed, training)
        assert_output_shape(net, output.shape)
        assert_parameters(net, shapes)
        try:
            assert_output(net, output, "in training mode" if training else "in evaluation mode", rtol)
            if training:
                assert_gradients(net, gradients, gradient_rtol)
        except AssertionError as error:
            first = first or error
        else:
            return name
    raise first


def images(rng, n, *shape):
    """Random images, the second twice as vivid as the first, and so on: their mean does none of them justice."""
    return torch.randn(n, *shape, generator=rng) * torch.arange(1, n + 1).reshape(-1, 1, 1, 1)


def draw(rng, low, high):
    """A random whole number from low to high."""
    return int(torch.randint(low, high + 1, (1,), generator=rng))


def compare_counts(rng, function, by_hand, in_the_article, formula):
    """Compare the counts of a function with two that were worked out, and with the formula for random sizes."""
    known = [((2, 3, 3, 4, 5), by_hand), ((14, 14, 3, 512, 512), in_the_article)]
    random = [tuple(draw(rng, 2, 12) for _ in range(5)) for _ in range(4)]
    for sizes, expected in known + [(sizes, formula(*sizes)) for sizes in random]:
        call = f"{function.name}{sizes}"
        value = as_number(function(*sizes), call)
        # A count may come from a division: rounding is no mistake.
        assert abs(value - expected) < 0.5, f"{call} is {value:,.10g}, expected {expected:,}."


@points(1)
def test_conv_macs(submission, rng):
    """A full convolution costs h · w · k² · in · out multiply–accumulates.

    Hint: How many numbers does the output have? And how many products are added up for one of them?

    Hint: One output is a sum over the whole window and over all input channels: kernel · kernel · in_channels products.

    Hint: 2 × 3 pixels, 3×3 kernel, 4 → 5 channels: (2 · 3 · 5) outputs of (3 · 3 · 4) products, 30 · 36 = 1080.
    """
    compare_counts(rng, submission.conv_macs, 1080, 462_422_016, lambda h, w, k, i, o: h * w * k * k * i * o)


@points(1)
def test_separable_macs(submission, rng):
    """Depthwise and pointwise together cost h · w · in · (k² + out).

    Hint: Count the two steps one by one. Which of them has the kernel, and which of them mixes the channels?

    Hint: The depthwise step has in_channels channels at its output too, each made of one channel: k · k products.

    Hint: 2 × 3 pixels, 3×3 kernel, 4 → 5 channels: 2 · 3 · 4 · 9 = 216, and 2 · 3 · 5 · 4 = 120. Together 336.
    """
    compare_counts(rng, submission.separable_macs, 336, 52_283_392, lambda h, w, k, i, o: h * w * i * (k * k + o))


@points(1)
def test_block_shape(submission):
    """A block gives out_channels channels, and the stride divides height and width.

    Hint: Which of the two convolutions has the stride? The other one keeps height and width.

    Hint: Padding 1 makes up for what a 3×3 kernel takes away. A 1×1 kernel takes nothing away.

    Hint: ⌊(9 + 2·1 − 3) / 2⌋ + 1 = 5: with stride 2, nine rows become five.
    """
    for args, h, w in BLOCKS:
        _, out_channels, stride = (*args, 1)[:3]
        rows, columns = ((size - 1) // stride + 1 for size in (h, w))
        assert_output_shape(look_at_block(submission, args, h, w), (3, out_channels, rows, columns))


@points(1)
def test_block_parameters(submission):
    """A block has a 3×3 kernel for each input channel, then 1×1 kernels, each with a batch norm.

    Hint: Without biases, depthwise_separable(4, 8) has 4·9 + 4 + 4 + 4·8 + 8 + 8 = 92 parameters. How many has yours?

    Hint: In the depthwise step no channel meets another: nn.Conv2d has an argument that puts the channels into groups.

    Hint: As many groups as channels. Each convolution has a batch norm of its own, as wide as what it gives.
    """
    for args, h, w in BLOCKS:
        net = look_at_block(submission, args, h, w)
        assert_parameters(net, with_vectors(net, block_weights(*args)))


@points(2)
@needs("test_block_shape", "test_block_parameters")
def test_block_output(submission, rng):
    """In training mode and with weights of ours a block gives what the two steps should give.

    Hint: The layers have the right sizes. In which order do they come?

    Hint: Each of the two convolutions is followed by batch norm and then by ReLU.

    Hint: Depthwise convolution, batch norm, ReLU, pointwise convolution, batch norm, ReLU. The stride
    belongs to the depthwise one.
    """
    for block in BLOCKS:
        compare_block(submission, rng, True, *block)


@points(1)
@needs("test_block_output")
def test_block_in_evaluation_mode(submission, rng):
    """In evaluation mode a block uses the running statistics, not those of the batch.

    Hint: In use, the answer for one image must not depend on the images beside it.

    Hint: nn.BatchNorm2d knows the mode of the net. Something in yours keeps it from doing so.

    Hint: Leave track_running_stats as it is, and call no .train() while the net runs.
    """
    for block in BLOCKS:
        compare_block(submission, rng, False, *block)


@points(1)
@needs("test_block_shape")
@deadline(60)
def test_mobilenet_shape(submission):
    """A batch of n images of 64×64 becomes n rows of scores, one for each class.

    Hint: Print the shape after every layer: 32, 32, 16, 16, 8, 8, 4 rows and so on. Where does yours leave this path?

    Hint: The mean over each channel leaves (n, 1024, 1, 1): flatten it before the linear layer.

    Hint: in_channels goes into the first convolution, num_classes into the last layer, and no other depends on them.
    """
    assert_output_shape(look_at_mobilenet(submission, 2), (2, 10))
    assert_output_shape(look_at_mobilenet(submission, 1, 7, 3), (1, 7))


@points(2)
@needs("test_mobilenet_shape", "test_block_parameters")
@deadline(60)
def test_mobilenet_parameters(submission):
    """A 3×3 convolution, thirteen blocks from 64 to 1024 channels, and a linear layer.

    Hint: Count the layers with weights: 1 + 13 · 2 + 1 = 28.

    Hint: The first convolution is a full one, from in_channels to 32, with batch norm and ReLU behind it.

    Hint: What comes out of a block goes into the next: 32 → 64 → 128 → 128 → 256 → 256 → 512, five times 512, then 1024
    twice.
    """
    net = look_at_mobilenet(submission, 1)
    assert_parameters(net, with_vectors(net, mobilenet_weights()))


@points(3)
@needs("test_block_output", "test_block_in_evaluation_mode", "test_mobilenet_parameters")
@deadline(60)
def test_mobilenet_output(submission, rng):
    """With weights of ours the net gives the scores of MobileNet, in training and in evaluation.

    Hint: The layers have the right sizes. Compare the strides with the table in the stub.

    Hint: Print the shape after each block: 32, 16, 16, 8, 8, then 4 rows six times, then 2 rows. There is no pooling
    before the end.

    Hint: After the first convolution batch norm and ReLU, at the end the mean of each channel, and no softmax.
    """
    for training in (True, False):  # quick: mistakes in the block need not be tried on the whole net
        compare_block(submission, rng, training, *BLOCKS[1])
    for training in (True, False):
        X, seed = images(rng, 8, 2, 64, 64), draw_seed(rng)
        reply = submission.run(nets.outputs, submission.mobilenet, [7, 2], X, seed, submission.device, training)
        net = read(reply, "mobilenet(7, 2)", X)
        references = {
            f"{name} and stride {stride} in the last block": reference_mobilenet(training, ACTIVATIONS[name], stride)
            for name, stride in product(ACTIVATIONS, LAST_STRIDES)
        }
        rtol = DEEP_RTOL if training else EVALUATION_RTOL
        style = compare(net, references, mobilenet_weights(7, 2), X, seed, training, rtol, DEEP_GRADIENT_RTOL)
        if training:
            submission.note(f"MobileNet with {style}.")
