"""Checks of exercise 34: the Inception block and GoogLeNet, recomputed from weights of ours."""

from contextlib import suppress

import torch
import torch.nn.functional as F

from grader.nets import (
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

# in_channels, c1, c2, c3, c4, and the height and width of the images
BLOCKS = [(3, 4, (2, 6), (5, 7), 8, 9, 12), (8, 5, (6, 4), (3, 10), 2, 7, 5)]

# c1, c2, c3, c4 of the nine blocks, and where a pooling follows: Szegedy et al. 2014, table 1.
STAGES = [
    [(64, (96, 128), (16, 32), 32), (128, (128, 192), (32, 96), 64)],
    [
        (192, (96, 208), (16, 48), 64),
        (160, (112, 224), (24, 64), 64),
        (128, (128, 256), (24, 64), 64),
        (112, (144, 288), (32, 64), 64),
        (256, (160, 320), (32, 128), 128),
    ],
    [(256, (160, 320), (32, 128), 128), (384, (192, 384), (48, 128), 128)],
]
POOLINGS = {"padding": {"padding": 1}, "ceil_mode": {"ceil_mode": True}}


def block_shapes(in_channels, c1, c2, c3, c4):
    """The weights and biases of a block, branch by branch."""
    weights = [
        (c1, in_channels, 1, 1),
        *((c2[0], in_channels, 1, 1), (c2[1], c2[0], 3, 3)),
        *((c3[0], in_channels, 1, 1), (c3[1], c3[0], 5, 5)),
        (c4, in_channels, 1, 1),
    ]
    return [shape for weight in weights for shape in (weight, weight[:1])]


def channels(c1, c2, c3, c4):
    """How many channels a block makes."""
    return c1 + c2[1] + c3[1] + c4


def googlenet_shapes(num_classes=10):
    """The weights and biases of the net in order of use."""
    stem = [(64, 1, 7, 7), (64, 64, 1, 1), (192, 64, 3, 3)]
    shapes = [shape for weight in stem for shape in (weight, weight[:1])]
    incoming = 192
    for numbers in (numbers for stage in STAGES for numbers in stage):
        shapes += block_shapes(incoming, *numbers)
        incoming = channels(*numbers)
    return [*shapes, (num_classes, incoming), (num_classes,)]


def reference_block(X, parameters):
    """A block as a function of its parameters."""
    w1, b1, w2, b2, w3, b3, w4, b4, w5, b5, w6, b6 = parameters
    branch1 = F.relu(F.conv2d(X, w1, b1))
    branch2 = F.relu(F.conv2d(F.relu(F.conv2d(X, w2, b2)), w3, b3, padding=1))
    branch3 = F.relu(F.conv2d(F.relu(F.conv2d(X, w4, b4)), w5, b5, padding=2))
    branch4 = F.relu(F.conv2d(F.max_pool2d(X, 3, stride=1, padding=1), w6, b6))
    return torch.cat([branch1, branch2, branch3, branch4], dim=1)


def reference_googlenet(pooling):
    """The net with poolings of this name, as a function of its parameters."""

    def pool(X):
        return F.max_pool2d(X, 3, stride=2, **POOLINGS[pooling])

    def net(X, parameters):
        w1, b1, w2, b2, w3, b3, *blocks, w4, b4 = parameters
        X = pool(F.relu(F.conv2d(X, w1, b1, stride=2, padding=3)))
        X = F.relu(F.conv2d(F.relu(F.conv2d(X, w2, b2)), w3, b3, padding=1))
        for stage in STAGES:
            X = pool(X)
            for _ in stage:
                X, blocks = reference_block(X, blocks[:12]), blocks[12:]
        return F.linear(X.mean(dim=(2, 3)), w4, b4)

    return net


def look_at_block(submission, n, *block):
    """What a block has and gives for n images, by shapes alone."""
    *args, h, w = block
    X = torch.zeros(n, args[0], h, w)
    reply = submission.run(nets.shapes, submission.Inception, args, X, submission.device)
    return read(reply, f"Inception{tuple(args)}", X)


def look_at_net(submission, n, *args):
    """What googlenet(*args) has and gives for n images, by shapes alone."""
    X = torch.zeros(n, 1, 96, 96)
    reply = submission.run(nets.shapes, submission.googlenet, list(args), X, submission.device)
    return read(reply, f"googlenet({', '.join(map(str, args))})", X)


def compare_block(submission, rng, *block):
    """Fail unless a block gives the values and gradients of the reference, both with weights of ours."""
    *args, h, w = block
    X, seed = torch.randn(2, args[0], h, w, generator=rng), draw_seed(rng)
    reply = submission.run(nets.outputs, submission.Inception, args, X, seed, submission.device)
    net = read(reply, f"Inception{tuple(args)}", X)
    output, gradients = expect(reference_block, block_shapes(*args), X, seed)
    assert_output_shape(net, output.shape)
    assert_output(net, output)
    assert_gradients(net, gradients)


def compare_net(net, output, gradients):
    """Fail unless a net has the values and the gradients of a reference."""
    assert_output(net, output)
    assert_gradients(net, gradients)


@points(1)
def test_block_shape(submission):
    """A block keeps height and width, and its channels are c1 + c2[1] + c3[1] + c4.

    Hint: Feed a block with torch.zeros(1, in_channels, 9, 12) and print the shape that each branch gives.

    Hint: Which padding keeps the size? n + 2p − f + 1 = n: none for 1×1, one pixel for 3×3, two for 5×5. The pooling
    has a window of 3 too, and its stride is 1.

    Hint: torch.cat joins along the first axis unless it is told another one. Here the channels are axis 1.
    """
    for n, block in zip((1, 3), BLOCKS, strict=True):
        *_, h, w = block
        assert_output_shape(look_at_block(submission, n, *block), (n, channels(*block[1:5]), h, w))


@points(2)
def test_block_parameters(submission):
    """A block has six convolutions, in four branches that are joined in their order.

    Hint: Inception(4, 2, (3, 4), (1, 2), 3) has 10 + 127 + 57 + 15 = 209 parameters, one number for each branch. And
    yours?

    Hint: All four branches begin with in_channels. In branch 2, what comes out of the first convolution goes into the
    second: in_channels → c2[0] → c2[1].

    Hint: Is the order right in which you join them? Branch 1, 2, 3, 4: the parameters are looked at in that order.
    """
    for block in BLOCKS:
        assert_parameters(look_at_block(submission, 2, *block), block_shapes(*block[:5]))


@points(3)
@needs("test_block_shape", "test_block_parameters")
def test_block_output(submission, rng):
    """With weights of ours a block gives the values and the gradients of an Inception block.

    Hint: The convolutions have the right sizes. What comes after each of them, and what before the last one?

    Hint: Six convolutions, six times ReLU: also after the 1×1 convolutions in the middle of branches 2 and 3.

    Hint: Branch 4 takes the largest value of each 3×3 window first, and its convolution comes after that.
    """
    for block in BLOCKS:
        compare_block(submission, rng, *block)


@points(1)
def test_net_shape(submission):
    """A batch of n images of 96×96 becomes n rows of scores, one for each class.

    Hint: Print the shape after each layer and compare with the table in the stub: 48, 24, 12, 6 and 3 rows.

    Hint: The last block leaves (n, 1024, 3, 3). The mean of each channel leaves (n, 1024, 1, 1), and flatten (n, 1024).

    Hint: num_classes is the number of outputs of the linear layer; nothing else depends on it.
    """
    assert_output_shape(look_at_net(submission, 3), (3, 10))
    assert_output_shape(look_at_net(submission, 1, 7), (1, 7))


@points(2)
@needs("test_net_shape")
def test_net_parameters(submission):
    """Three convolutions, nine blocks with the numbers of the table, and a linear layer.

    Hint: Compare block by block with the table in the stub. The message says which parameter is the first to differ.

    Hint: What comes out of a block goes into the next: 192 → 256 → 480 → 512 → 512 → 512 → 528 → 832 → 832 → 1024.

    Hint: For 10 classes there are 5,977,530 parameters in all; each of the nine blocks has twelve weights and biases.
    """
    assert_parameters(look_at_net(submission, 2), googlenet_shapes())


@points(3)
@needs("test_block_output", "test_net_parameters")
@deadline(30)
def test_net_output(submission, rng):
    """With weights of ours the net gives the scores and the gradients of GoogLeNet.

    Hint: The layers have the right sizes. Compare what stands between them with the table: ReLU and pooling.

    Hint: Print the rows after each layer: 48, 24, 24, 24, 12, 12, 12, 6, … Four max poolings of 3×3 halve them, and
    the three convolutions at the beginning are followed by ReLU too.

    Hint: In the end comes the mean of each channel, then the linear layer, and nothing after it: no ReLU, no softmax.
    Dropout rests in evaluation mode.
    """
    compare_block(submission, rng, *BLOCKS[0])  # quick: mistakes in the block need not be tried on the whole net
    X, seed = torch.randn(2, 1, 96, 96, generator=rng), draw_seed(rng)
    expected = expect_meanwhile(reference_googlenet("ceil_mode"), googlenet_shapes(20), X, seed)
    net = read(submission.run(nets.outputs, submission.googlenet, [20], X, seed, submission.device), "googlenet(20)", X)
    assert_output_shape(net, (2, 20))
    with suppress(AssertionError):
        return compare_net(net, *expected())
    # As in the table: the difference is told from this one.
    return compare_net(net, *expect(reference_googlenet("padding"), googlenet_shapes(20), X, seed))
