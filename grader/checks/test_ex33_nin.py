"""Checks of exercise 33: the NiN block and the net made of it, recomputed from weights of ours."""

import torch
import torch.nn.functional as F

from grader.nets import (
    assert_all_learn,
    assert_gradients,
    assert_output,
    assert_output_shape,
    assert_parameters,
    draw_seed,
    expect,
    expect_meanwhile,
    read,
)
from grader.plugin import deadline, needs, points
from grader.sandbox.probes import nets

# in_channels, out_channels, kernel_size, strides, padding, and the height and width of the images
BLOCKS = [(2, 12, 5, 2, 1, 17, 12), (3, 10, 3, 1, 2, 9, 14), (1, 16, 11, 4, 0, 31, 26)]


def block_shapes(in_channels, out_channels, kernel_size):
    """The weights and biases of a block in order of use."""
    weights = [(out_channels, in_channels, kernel_size, kernel_size), *[(out_channels, out_channels, 1, 1)] * 2]
    return [shape for weight in weights for shape in (weight, weight[:1])]


def nin_shapes(num_classes=10):
    """The weights and biases of the net in order of use."""
    blocks = [(1, 96, 11), (96, 256, 5), (256, 384, 3), (384, num_classes, 3)]
    return [shape for block in blocks for shape in block_shapes(*block)]


def reference_block(strides, padding):
    """A block as a function of its parameters."""

    def nin_block(X, parameters):
        w1, b1, w2, b2, w3, b3 = parameters
        X = F.relu(F.conv2d(X, w1, b1, stride=strides, padding=padding))
        return F.relu(F.conv2d(F.relu(F.conv2d(X, w2, b2)), w3, b3))

    return nin_block


def reference_nin(X, parameters):
    """The net as a function of its parameters."""
    for first, (strides, padding) in zip((0, 6, 12), [(4, 0), (1, 2), (1, 1)], strict=True):
        X = F.max_pool2d(reference_block(strides, padding)(X, parameters[first : first + 6]), 3, stride=2)
    return reference_block(1, 1)(X, parameters[18:]).mean(dim=(2, 3))


def look_at_block(submission, *block):
    """What a block has and gives for three images, by shapes alone."""
    *args, h, w = block
    X = torch.zeros(3, args[0], h, w)
    reply = submission.run(nets.shapes, submission.nin_block, args, X, submission.device)
    return read(reply, f"nin_block{tuple(args)}", X)


def look_at_nin(submission, n, *args):
    """What nin(*args) has and gives for n images, by shapes alone."""
    X = torch.zeros(n, 1, 224, 224)
    reply = submission.run(nets.shapes, submission.nin, list(args), X, submission.device)
    return read(reply, f"nin({', '.join(map(str, args))})", X)


def compare_block(submission, rng, *block):
    """Fail unless a block gives the values and gradients of the reference, both with weights of ours."""
    *args, h, w = block
    X, seed = torch.randn(4, args[0], h, w, generator=rng), draw_seed(rng)
    reply = submission.run(nets.outputs, submission.nin_block, args, X, seed, submission.device)
    net = read(reply, f"nin_block{tuple(args)}", X)
    output, gradients = expect(reference_block(*args[3:]), block_shapes(*args[:3]), X, seed)
    assert_output_shape(net, output.shape)
    assert_output(net, output)
    assert_gradients(net, gradients)


@points(1)
def test_block_shape(submission):
    """A block gives out_channels channels, as large as kernel, strides and padding leave them.

    Hint: Which of the three convolutions changes height and width? Follow one image through the block on paper.

    Hint: ⌊(n + 2·padding − kernel_size) / strides⌋ + 1 rows come out of the first convolution, and the 1×1 convolutions
    keep them.

    Hint: nn.Conv2d takes stride before padding. The 1×1 convolutions have neither.
    """
    for block in BLOCKS:
        _, out_channels, kernel_size, strides, padding, *sizes = block
        rows, columns = ((size + 2 * padding - kernel_size) // strides + 1 for size in sizes)
        assert_output_shape(look_at_block(submission, *block), (3, out_channels, rows, columns))


@points(1)
def test_block_parameters(submission):
    """A block has a convolution with kernel_size, and then two of 1×1.

    Hint: nin_block(1, 4, 3, 1, 1) has (1·3·3·4 + 4) + 2 · (4·1·1·4 + 4) = 80 parameters. How many has yours?

    Hint: Three convolutions, each with a bias. in_channels goes into the first of them only.

    Hint: The second and the third take out_channels to out_channels, with kernels of 1×1.
    """
    for block in BLOCKS:
        assert_parameters(look_at_block(submission, *block), block_shapes(*block[:3]))


@points(2)
@needs("test_block_shape", "test_block_parameters")
def test_block_output(submission, rng):
    """With weights of ours a block gives the values and the gradients of a NiN block.

    Hint: The convolutions have the right sizes. What comes after each of them?

    Hint: Without an activation between them, two 1×1 convolutions could as well be one.

    Hint: Three convolutions, three ReLUs; the last one ends the block.
    """
    for block in BLOCKS:
        compare_block(submission, rng, *block)


@points(1)
@deadline(60)
def test_nin_shape(submission):
    """A batch of n images of 224×224 becomes n rows of scores, one for each class.

    Hint: The last block has one channel for each class. Which number stands for a whole channel?

    Hint: The mean over its 5×5 pixels leaves (n, num_classes, 1, 1): two axes too many.

    Hint: num_classes is the out_channels of the last block; nothing else depends on it.
    """
    assert_output_shape(look_at_nin(submission, 2), (2, 10))
    assert_output_shape(look_at_nin(submission, 1, 7), (1, 7))


@points(2)
@needs("test_nin_shape")
@deadline(60)
def test_nin_parameters(submission):
    """Four blocks of 96, 256, 384 and num_classes channels, and no linear layer.

    Hint: The kernels are 11×11, 5×5, 3×3 and 3×3, one for each block.

    Hint: What comes out of a block goes into the next: 1 → 96 → 256 → 384 → num_classes.

    Hint: After the last block there is nothing left to learn: the scores are means.
    """
    assert_parameters(look_at_nin(submission, 1), nin_shapes())


@points(3)
@needs("test_block_output", "test_nin_parameters")
@deadline(60)
def test_nin_output(submission, rng):
    """With weights of ours the net gives the scores and the gradients of NiN.

    Hint: The layers have the right sizes. Compare strides, padding and pooling with the table in the stub.

    Hint: Print the shape after each layer: 54, 26, 26, 12, 12, 5, 5 rows. Max pooling between the blocks is 3×3 with
    stride 2.

    Hint: In the end the mean of each channel, not its largest value, and no softmax: these are the scores.
    """
    compare_block(submission, rng, *BLOCKS[0])  # quick: mistakes in the block need not be tried on the whole net
    X, seed = torch.randn(1, 1, 224, 224, generator=rng), draw_seed(rng)
    expected = expect_meanwhile(reference_nin, nin_shapes(20), X, seed)
    reply = submission.run(nets.outputs, submission.nin, [20], X, seed, submission.device, silent=True)
    net = read(reply, "nin(20)", X)
    output, gradients = expected()
    assert_output_shape(net, output.shape)
    assert_output(net, output)
    assert_gradients(net, gradients)
    assert_all_learn(net)
