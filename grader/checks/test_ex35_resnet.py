"""Checks of exercise 35: the residual block and ResNet-18, recomputed from weights of ours."""

import torch
import torch.nn.functional as F

from grader.nets import (
    ANY,
    BIAS,
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
BLOCKS = [
    ((3, 3), 7, 10),
    ((2, 5, True, 2), 9, 14),
    ((4, 4, True), 6, 9),
    ((5, 3, True, 3), 11, 8),
    ((4, 4, True, 2), 8, 7),
    ((2, 2, False, 1), 5, 6),
]

# in_channels, out_channels, use_1x1conv and stride of the eight blocks of ResNet-18
RESNET18 = [
    *[(64, 64, False, 1)] * 2,
    *[(64, 128, True, 2), (128, 128, False, 1)],
    *[(128, 256, True, 2), (256, 256, False, 1)],
    *[(256, 512, True, 2), (512, 512, False, 1)],
]

# In evaluation mode ε is not lost beside the variance, which is 1 at first: 10⁻³, as some have it, is half a percent.
EVALUATION_RTOL = 2e-2


def block_weights(in_channels, out_channels, use_1x1conv=False, stride=1):
    """The weights of a block in order of use, each with the numbers of vectors that may stand behind it."""
    main = [((out_channels, channels, 3, 3), NORM) for channels in (in_channels, out_channels)]
    return main + [((out_channels, in_channels, 1, 1), ANY)] * use_1x1conv


def resnet_weights(num_classes=10, in_channels=1):
    """The same for the net."""
    blocks = [weight for block in RESNET18 for weight in block_weights(*block)]
    return [((64, in_channels, 7, 7), NORM), *blocks, ((num_classes, 512), BIAS)]


def residual(X, layers, stride, training):
    """A block as a function of its layers: two on the main path, and perhaps one on the shortcut."""
    first, second, *shortcut = layers
    Y = F.relu(conv_norm(X, first, training, stride=stride, padding=1))
    Y = conv_norm(Y, second, training, padding=1)
    return F.relu(Y + (conv_norm(X, shortcut[0], training, stride=stride) if shortcut else X))


def reference_block(training, in_channels, out_channels, use_1x1conv=False, stride=1):
    """A block as a function of its parameters."""
    return lambda X, parameters: residual(X, by_layer(parameters), stride, training)


def reference_resnet(training):
    """The net as a function of its parameters."""

    def resnet18(X, parameters):
        stem, *layers, (weight, bias) = by_layer(parameters)
        X = F.relu(conv_norm(X, stem, training, stride=2, padding=3))
        X = F.max_pool2d(X, 3, stride=2, padding=1)
        for _, _, use_1x1conv, stride in RESNET18:
            X = residual(X, layers[: 2 + use_1x1conv], stride, training)
            del layers[: 2 + use_1x1conv]
        return F.linear(X.mean(dim=(2, 3)), weight, bias)

    return resnet18


def look_at_block(submission, args, h, w):
    """What a block has and gives for three images, by shapes alone."""
    X = torch.zeros(3, args[0], h, w)
    reply = submission.run(nets.shapes, submission.Residual, list(args), X, submission.device)
    return read(reply, f"Residual{args}", X)


def look_at_resnet(submission, n, num_classes=10, in_channels=1):
    """What the net has and gives for n images, by shapes alone; without arguments where these are the defaults."""
    args, X = [num_classes, in_channels], torch.zeros(n, in_channels, 96, 96)
    args = [] if args == [10, 1] else args
    reply = submission.run(nets.shapes, submission.resnet18, args, X, submission.device)
    return read(reply, f"resnet18({', '.join(map(str, args))})", X)


def compare_block(submission, rng, training, args, h, w):
    """Fail unless a block gives the values of the reference, and in training mode its gradients."""
    X, seed = images(rng, 4, args[0], h, w), draw_seed(rng)
    reply = submission.run(nets.outputs, submission.Residual, list(args), X, seed, submission.device, training)
    net = read(reply, f"Residual{args}", X)
    compare(net, reference_block(training, *args), block_weights(*args), X, seed, training)


def compare(net, reference, weights, X, seed, training):
    """Fail unless the net gives the values of the reference, and in training mode its gradients."""
    shapes = with_vectors(net, weights)
    output, gradients = expect(reference, shapes, X, seed, training)
    assert_output_shape(net, output.shape)
    assert_parameters(net, shapes)
    if training:
        assert_output(net, output, "in training mode")
        assert_gradients(net, gradients)
    else:
        assert_output(net, output, "in evaluation mode", EVALUATION_RTOL)


def images(rng, n, *shape):
    """Random images, the second twice as vivid as the first, and so on: their mean does none of them justice."""
    return torch.randn(n, *shape, generator=rng) * torch.arange(1, n + 1).reshape(-1, 1, 1, 1)


@points(1)
def test_block_shape(submission):
    """A block gives out_channels channels, and the stride divides height and width.

    Hint: Only the first 3×3 convolution has the stride. Padding 1 makes up for what a 3×3 kernel takes away.

    Hint: Main path and shortcut are added, so they need one shape. What must the 1×1 convolution do when stride is 2?

    Hint: ⌊(9 + 2·1 − 3) / 2⌋ + 1 = 5 rows on the main path. 1×1 with the same stride: ⌊(9 − 1) / 2⌋ + 1 = 5.
    """
    for args, h, w in BLOCKS:
        _, out_channels, _, stride = (*args, *(False, 1)[len(args) - 2 :])
        rows, columns = ((size - 1) // stride + 1 for size in (h, w))
        assert_output_shape(look_at_block(submission, args, h, w), (3, out_channels, rows, columns))


@points(1)
def test_block_parameters(submission):
    """A block has two 3×3 convolutions with batch norm, and a 1×1 convolution when asked.

    Hint: Without biases, Residual(3, 3) has 2 · (3·3·3·3 + 3 + 3) = 174 parameters: what are the two threes for?

    Hint: A batch norm learns a scale and a shift for each channel. Each 3×3 convolution has a batch norm of its own.

    Hint: use_1x1conv decides alone: with it there is the 1×1 convolution, even if in_channels and out_channels agree.
    """
    for args, h, w in BLOCKS:
        net = look_at_block(submission, args, h, w)
        assert_parameters(net, with_vectors(net, block_weights(*args)))


@points(3)
@needs("test_block_shape", "test_block_parameters")
def test_block_output(submission, rng):
    """In training mode and with weights of ours a block gives the values of a residual block.

    Hint: The layers have the right sizes. In which order do they come, and where is X added?

    Hint: convolution, batch norm, ReLU, convolution, batch norm. Then the sum. What comes last of all?

    Hint: The second ReLU comes after the sum. X goes into the sum as it came, or through the 1×1 convolution alone.
    """
    for block in BLOCKS:
        compare_block(submission, rng, True, *block)


@points(1)
@needs("test_block_output")
def test_block_in_evaluation_mode(submission, rng):
    """In evaluation mode a block uses the running statistics, not those of the batch.

    Hint: In use, the answer for one image must not depend on the images beside it.

    Hint: nn.BatchNorm2d knows the mode of the net. Something in yours keeps it from doing so.

    Hint: Leave track_running_stats as it is, make the batch norms in __init__, and call no .train() in forward.
    """
    for block in BLOCKS[:3]:
        compare_block(submission, rng, False, *block)


@points(1)
@needs("test_block_shape")
@deadline(60)
def test_resnet_shape(submission):
    """A batch of n images of 96×96 becomes n rows of scores, one for each class.

    Hint: Print the shape after every layer: 48, 24, 24, 12, 6, 3 rows. Where does yours leave this path?

    Hint: The mean over each channel leaves (n, 512, 1, 1): flatten it before the linear layer.

    Hint: in_channels goes into the first convolution, num_classes into the last layer, and no other depends on them.
    """
    assert_output_shape(look_at_resnet(submission, 2), (2, 10))
    assert_output_shape(look_at_resnet(submission, 1, 7, 3), (1, 7))


@points(2)
@needs("test_resnet_shape", "test_block_parameters")
@deadline(60)
def test_resnet_parameters(submission):
    """A 7×7 convolution, four stages of two blocks with 64, 128, 256 and 512, a linear layer.

    Hint: Count the layers with weights along the main path: 1 + 8 · 2 + 1 = 18.

    Hint: Behind the 7×7 convolution stands a batch norm too. What comes out of a stage goes into the next.

    Hint: Three blocks change the channels: 64 → 128, 128 → 256, 256 → 512. They alone have a 1×1 convolution.
    """
    net = look_at_resnet(submission, 1)
    assert_parameters(net, with_vectors(net, resnet_weights()))


@points(3)
@needs("test_block_output", "test_block_in_evaluation_mode", "test_resnet_parameters")
@deadline(60)
def test_resnet_output(submission, rng):
    """With weights of ours the net gives the scores of ResNet-18, in training and in evaluation.

    Hint: The layers have the right sizes. Compare strides, padding and pooling with the table in the stub.

    Hint: Print the shape after each layer: 48, 24, 24, 12, 6, 3 rows. After the first convolution: batch norm, ReLU,
    pooling.

    Hint: Max pooling at the beginning, 3×3 with stride 2 and padding 1; the mean at the end; no softmax.
    """
    for training in (True, False):  # quick: mistakes in the block need not be tried on the whole net
        compare_block(submission, rng, training, *BLOCKS[1])
    for training in (True, False):
        X, seed = images(rng, 4, 2, 96, 96), draw_seed(rng)
        reply = submission.run(nets.outputs, submission.resnet18, [7, 2], X, seed, submission.device, training)
        net = read(reply, "resnet18(7, 2)", X)
        compare(net, reference_resnet(training), resnet_weights(7, 2), X, seed, training)
