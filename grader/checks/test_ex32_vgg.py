"""Checks of exercise 32: the VGG block and the net made of it, recomputed from weights of ours."""

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

# num_convs, in_channels, out_channels, and the height and width of the images
BLOCKS = [(2, 3, 8, 17, 12), (1, 2, 6, 12, 8), (3, 4, 10, 9, 15)]

# Narrow, so that the checks are quick: VGG-11 itself has 129 million parameters.
NARROW = ((1, 4), (1, 8), (2, 8), (2, 12), (2, 16))


def block_shapes(num_convs, in_channels, out_channels):
    """The weights and biases of a block in order of use."""
    incoming = [in_channels] + [out_channels] * (num_convs - 1)
    return [shape for channels in incoming for shape in ((out_channels, channels, 3, 3), (out_channels,))]


def vgg_shapes(conv_arch):
    """The weights and biases of the net in order of use."""
    incoming = [1] + [channels for _, channels in conv_arch]
    blocks = [block_shapes(n, before, after) for (n, after), before in zip(conv_arch, incoming, strict=False)]
    weights = [(4096, incoming[-1] * 7 * 7), (4096, 4096), (10, 4096)]
    return [shape for block in blocks for shape in block] + [shape for w in weights for shape in (w, w[:1])]


def reference_block(X, parameters):
    """A block as a function of its parameters."""
    for weight, bias in zip(parameters[::2], parameters[1::2], strict=True):
        X = F.relu(F.conv2d(X, weight, bias, padding=1))
    return F.max_pool2d(X, 2)


def reference_vgg(conv_arch):
    """The net as a function of its parameters."""

    def vgg(X, parameters):
        rest = list(parameters)
        for num_convs, _ in conv_arch:
            X = reference_block(X, rest[: 2 * num_convs])
            del rest[: 2 * num_convs]
        w1, b1, w2, b2, w3, b3 = rest
        X = F.relu(F.linear(X.flatten(1), w1, b1))
        return F.linear(F.relu(F.linear(X, w2, b2)), w3, b3)

    return vgg


def random_arch(rng):
    """Five narrow blocks that nobody can know in advance."""

    def pick(low, high):
        return int(torch.randint(low, high + 1, (1,), generator=rng))

    early = [(pick(1, 2), pick(3, 9)) for _ in range(4)]
    return (*early, (2, pick(10, 14)))


def look_at_block(submission, num_convs, in_channels, out_channels, h, w):
    """What a block has and gives for three images, by shapes alone."""
    args, X = [num_convs, in_channels, out_channels], torch.zeros(3, in_channels, h, w)
    reply = submission.run(nets.shapes, submission.vgg_block, args, X, submission.device)
    return read(reply, f"vgg_block{tuple(args)}", X)


def look_at_vgg(submission, conv_arch, n=1):
    """What a net has and gives for n images, by shapes alone."""
    X = torch.zeros(n, 1, 224, 224)
    reply = submission.run(nets.shapes, submission.vgg, [conv_arch], X, submission.device)
    return read(reply, f"vgg({conv_arch})", X)


def compare_block(submission, rng, num_convs, in_channels, out_channels, h, w):
    """Fail unless a block gives the values and gradients of the reference, both with weights of ours."""
    args, seed = [num_convs, in_channels, out_channels], draw_seed(rng)
    X = torch.randn(2, in_channels, h, w, generator=rng)
    reply = submission.run(nets.outputs, submission.vgg_block, args, X, seed, submission.device)
    net = read(reply, f"vgg_block{tuple(args)}", X)
    output, gradients = expect(reference_block, block_shapes(*args), X, seed)
    assert_output_shape(net, output.shape)
    assert_output(net, output)
    assert_gradients(net, gradients)


@points(1)
def test_block_shape(submission):
    """A block changes the channels and halves height and width, rounding down.

    Hint: What does a 3×3 convolution need so that the picture keeps its size? n + 2p − 3 + 1 = n.

    Hint: However many convolutions there are, there is one pooling, at the end of the block.

    Hint: 17 rows become 8: a 2×2 pooling with stride 2 leaves out a last row that has no partner.
    """
    for num_convs, in_channels, out_channels, h, w in BLOCKS:
        net = look_at_block(submission, num_convs, in_channels, out_channels, h, w)
        assert_output_shape(net, (3, out_channels, h // 2, w // 2))


@points(1)
def test_block_parameters(submission):
    """A block has num_convs convolutions of 3×3, and the first one changes the channels.

    Hint: vgg_block(2, 3, 8) has (3·3·3·8 + 8) + (8·3·3·8 + 8) = 808 parameters. How many has yours?

    Hint: How many channels come out of the first convolution? That many go into the second.

    Hint: In a loop, in_channels has to become out_channels after the first round.
    """
    for block in BLOCKS:
        assert_parameters(look_at_block(submission, *block), block_shapes(*block[:3]))


@points(2)
@needs("test_block_shape", "test_block_parameters")
def test_block_output(submission, rng):
    """With weights of ours a block gives the values and the gradients of a VGG block.

    Hint: The convolutions have the right sizes. What comes after each of them?

    Hint: ReLU follows every convolution, not only the last one of the block. Then comes the pooling.

    Hint: The pooling takes the largest of four values, not their mean.
    """
    for block in BLOCKS:
        compare_block(submission, rng, *block)


@points(1)
@deadline(60)
def test_vgg_shape(submission):
    """A batch of n images of 224×224 becomes n rows of 10 scores.

    Hint: Five blocks, five halvings: 224 → 112 → 56 → 28 → 14 → 7. Print the shapes to see where yours leave this path.

    Hint: The images are grey, so the first block has one channel to begin with. What has the second?

    Hint: Each image becomes one row before the first linear layer: channels of the last block · 7 · 7 numbers.
    """
    for n in (1, 3):
        assert_output_shape(look_at_vgg(submission, NARROW, n), (n, 10))


@points(2)
@needs("test_vgg_shape")
@deadline(60)
def test_vgg_parameters(submission, rng):
    """Blocks as conv_arch lists them, then linear layers of 4096, 4096 and 10.

    Hint: Go through conv_arch one pair after the other: (num_convs, out_channels).

    Hint: What comes out of a block goes into the next: keep the number of channels in a variable.

    Hint: Three linear layers: out_channels · 7 · 7 → 4096, 4096 → 4096, 4096 → 10.
    """
    conv_arch = random_arch(rng)
    assert_parameters(look_at_vgg(submission, conv_arch), vgg_shapes(conv_arch))


@points(3)
@needs("test_block_output", "test_vgg_parameters")
@deadline(60)
def test_vgg_output(submission, rng):
    """With weights of ours the net gives the scores and the gradients of VGG.

    Hint: The layers have the right sizes. What comes between the linear ones, and what after the last?

    Hint: ReLU follows the two hidden linear layers. The scores stay as they are: no ReLU and no softmax.

    Hint: Dropout may follow the hidden layers. In evaluation mode it does nothing: nn.Dropout knows the mode.
    """
    compare_block(submission, rng, *BLOCKS[0])  # quick: mistakes in the block need not be tried on the whole net
    conv_arch, X, seed = random_arch(rng), torch.randn(1, 1, 224, 224, generator=rng), draw_seed(rng)
    expected = expect_meanwhile(reference_vgg(conv_arch), vgg_shapes(conv_arch), X, seed)
    reply = submission.run(nets.outputs, submission.vgg, [conv_arch], X, seed, submission.device, silent=True)
    net = read(reply, f"vgg({conv_arch})", X)
    output, gradients = expected()
    assert_output_shape(net, output.shape)
    assert_output(net, output)
    assert_gradients(net, gradients)
    assert_all_learn(net)
