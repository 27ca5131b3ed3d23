"""Checks of exercise 26: `BatchNorm2d`, batch for batch beside PyTorch's own."""

import torch
from torch import nn

from grader.compare import assert_close, assert_shape, type_name
from grader.plugin import needs, points
from grader.sandbox.probes import normalising

OWN_WORK = "batch norm"

SIZES = [(2, 3, 1, 3), (5, 2, 4, 3), (3, 4, 2, 5), (1, 5, 3, 2)]  # n, channels, h, w


@points(1)
def test_new_layer(submission):
    """A new layer learns a weight of ones and a bias of zeros, with a value for each channel.

    Hint: How many numbers does a layer for 5 channels learn?

    Hint: What is learned is an nn.Parameter. A running statistic is none: no gradient moves it.

    Hint: Weight and bias begin as what changes nothing: times 1, plus 0.
    """
    for channels in (2, 5):
        report = run(submission, [channels])
        call = f"BatchNorm2d({channels})"
        for part, number in (("weight", "ones"), ("bias", "zeros")):
            assert report[part] is not None, (
                f"{call} learns no {part}: an nn.Parameter of {channels} {number} was expected."
            )
            assert_channels(report[part], torch.full((channels,), float(part == "weight")), f"the {part} of {call}")
        learnable = report["learnable"]
        assert learnable == 2 * channels, (
            f"{call} learns {learnable} numbers, expected 2 · {channels} = {2 * channels}: a weight and a bias."
        )


@points(1)
def test_buffers(submission):
    """In a new layer, running mean and running variance are buffers of zeros and of ones.

    Hint: Two tensors, each with a value for every channel. No gradient moves them, so they are no parameters.

    Hint: A plain attribute stays behind when the net is saved, or moved to another device. A buffer goes along.

    Hint: self.register_buffer(name, tensor) in __init__ makes a buffer; it can be used as self.name.
    """
    for channels in (2, 5):
        report = run(submission, [channels])
        for part, name, start in (("means", "mean", 0.0), ("variances", "variance", 1.0)):
            what = f"the running {name} of a new BatchNorm2d({channels})"
            assert_channels(report[part][0], torch.full((channels,), start), what)


@points(1)
def test_hand_worked_example(submission, rng):
    """A channel with the values 1, 1, 3, 3 becomes −1, −1, 1, 1.

    Hint: The mean of the channel is 2. Subtract it: −1, −1, 1, 1. By what is that divided?

    Hint: The variance is the mean of the squares of these: (1 + 1 + 1 + 1) / 4 = 1. Its root is 1.

    Hint: All images of the batch count together, and each channel for itself.
    """
    X = torch.tensor([[[[1.0, 1.0]], [[10.0, 30.0]]], [[[3.0, 3.0]], [[30.0, 10.0]]]])
    expected = torch.tensor([[[[-1.0, -1.0]], [[-1.0, 1.0]]], [[[1.0, 1.0]], [[1.0, -1.0]]]])
    # Images that are a few times as bright come out the same.
    for times in (1, int(torch.randint(2, 10, (1,), generator=rng))):
        (output,) = run(submission, [2], [times * X], [True])["outputs"]
        # Without eps it would be −1 and 1 exactly.
        assert_close(output, expected, f"the output for {times} · X with two channels", rtol=1e-3)


@points(2)
@needs("test_new_layer")
def test_training_output(submission, rng):
    """In training, random batches of odd sizes give what PyTorch's batch norm gives.

    Hint: Try a weight of ones and a bias of zeros: each channel of the output should have mean 0 and variance 1.

    Hint: X − mean needs the mean in the place of the channels: shape (1, c, 1, 1), not (c,), which is laid along w.

    Hint: For the output, the variance is divided by N = n · h · w. eps is added to it under the root.
    """
    for sizes in SIZES:
        compare_outputs(submission, rng, sizes, [], [True])
        compare_outputs(submission, rng, sizes, [0.5], [True])


@points(1)
@needs("test_buffers")
def test_running_mean(submission, rng):
    """Every batch in training moves the running mean by momentum towards the batch's mean.

    Hint: After the first batch of mean 2 it is 0.9 · 0 + 0.1 · 2 = 0.2. What is it after a second one of mean 2?

    Hint: momentum is the weight of the new, 1 − momentum that of the old.

    Hint: After two batches of mean 2: 0.9 · 0.2 + 0.1 · 2 = 0.38.
    """
    for args in ([], [1e-5, 0.3]):
        compare_statistics(submission, rng, args, "means", "running mean")


@points(1)
@needs("test_buffers")
def test_running_variance(submission, rng):
    """Every batch in training moves the running variance, by the variance divided by N − 1.

    Hint: The output uses the variance with division by N. PyTorch remembers another one.

    Hint: A batch tells of the whole data set only in part, and its variance is a little too small: times N / (N − 1).

    Hint: The values 1, 1, 3, 3 have the variance 1, and to be remembered 4/3: 0.9 · 1 + 0.1 · 4/3 = 1.0333.
    """
    for args in ([], [1e-5, 0.3]):
        compare_statistics(submission, rng, args, "variances", "running variance")


@points(2)
@needs("test_running_mean", "test_running_variance", "test_training_output")
def test_evaluation(submission, rng):
    """In evaluation mode the running statistics are used, and stay as they are.

    Hint: One image should get the same answer, whatever other images are in its batch.

    Hint: self.training says in which mode the layer is. Whether gradients are recorded has nothing to do with it.

    Hint: In evaluation mode nothing is remembered, and the formula takes the running mean and the running variance.
    """
    modes = [True, True, False, False, True, False]
    for args in ([], [0.5, 0.3]):
        report, expected, what = compare_outputs(submission, rng, (3, 4, 2, 5), args, modes)
        for key, name in (("means", "running mean"), ("variances", "running variance")):
            for number, (value, target) in enumerate(zip(report[key][1:], expected[key], strict=True)):
                assert_channels(value, target, f"the {name} after {told(modes[: number + 1])} of {what}")


@points(1)
@needs("test_training_output")
def test_gradients_in_training(submission, rng):
    """In training, gradients reach X, weight and bias, through mean and variance too.

    Hint: Each value of X moves the mean and the variance, and by them every output of its channel.

    Hint: torch.no_grad(), .detach() and .data cut the way back. Only the running statistics need that.

    Hint: Compute mean and variance of the batch as you compute everything else, with gradients on.
    """
    compare_gradients(submission, rng, training=True)


@points(1)
@needs("test_evaluation")
def test_gradients_in_evaluation(submission, rng):
    """In evaluation mode gradients reach X, weight and bias, and the buffers hold numbers only.

    Hint: In evaluation mode, mean and variance are constants. What is the gradient of (X − 2) / 5?

    Hint: If a running statistic still knows how it was computed, the memory grows with every batch.

    Hint: What is remembered should be detached, or computed within torch.no_grad().
    """
    compare_gradients(submission, rng, training=False)
    batches = [batch_of((3, 4, 2, 5), rng) for _ in range(2)]
    report = run(submission, [4], batches, [True, True])
    assert not report["remembers"], (
        "After two batches in training, a running statistic still remembers how it was computed: requires_grad is set."
    )


@points(1)
@needs("test_evaluation")
def test_saved_with_the_net(submission, rng):
    """A second layer that loads the state of the first gives the same in evaluation mode.

    Hint: state_dict() holds what is saved. Print its keys: are the running statistics among them?

    Hint: A plain attribute stays behind when a net is saved or moved. A buffer goes along.

    Hint: Give them to self.register_buffer in __init__, and leave persistent as it is.
    """
    channels = 4
    batches = [batch_of((3, channels, 2, 5), rng) for _ in range(3)]
    X, weight, bias = batch_of((2, channels, 3, 3), rng), *parameters(channels, rng)
    value = submission.run(normalising.saved, submission.BatchNorm2d, [channels], batches, X, weight, bias)
    expected = expect([channels], [*batches, X], [True] * 3 + [False], weight, bias)["outputs"][-1]
    assert_close(value, expected, "what a second layer gives, after load_state_dict and in evaluation mode,")


@points(1)
@needs("test_training_output")
def test_input_is_left_alone(submission, rng):
    """X itself is not changed, in training or in evaluation mode.

    Hint: X may be needed elsewhere, by a skip connection say.

    Hint: Do you write into X, or into a view of it?

    Hint: X -= mean changes X, X - mean does not.
    """
    for training in (True, False):
        X = batch_of((3, 4, 2, 5), rng)
        after = submission.run(normalising.input_after, submission.BatchNorm2d, [4], X, training)
        assert_close(after, X, f"X after a call in {'training' if training else 'evaluation mode'}")


# Running the submission ---------------------------------------------------------------------------


def run(submission, args, batches=(), training=(), weight=None, bias=None):
    """The report of the probe `run`, of a layer for certain."""
    report = submission.run(
        normalising.run,
        submission.BatchNorm2d,
        args,
        list(batches),
        list(training),
        weight,
        bias,
        submission.device,
    )
    assert report["is_module"], (
        f"BatchNorm2d({', '.join(map(str, args))}) gives a {report.get('_type', '')}, where an nn.Module was expected."
    )
    counts = [len(report[key]) for key in ("outputs", "means", "variances")]
    assert counts == [len(batches), len(batches) + 1, len(batches) + 1], "Your layer lost a batch on the way."
    return report


def expect(args, batches, training, weight, bias):
    """Outputs, running means and running variances of PyTorch's own layer after each batch."""
    layer = nn.BatchNorm2d(*args)
    expected = {"outputs": [], "means": [], "variances": []}
    with torch.no_grad():
        layer.weight.copy_(weight)
        layer.bias.copy_(bias)
        for X, mode in zip(batches, training, strict=True):
            expected["outputs"].append(layer.train(mode)(X))
            expected["means"].append(layer.running_mean.clone())
            expected["variances"].append(layer.running_var.clone())
    return expected


def compare_outputs(submission, rng, sizes, args, modes):
    """Compare the outputs for random batches; returns report, expectation and a name for the layer."""
    args = [sizes[1], *args]
    batches, (weight, bias) = [batch_of(sizes, rng) for _ in modes], parameters(sizes[1], rng)
    report = run(submission, args, batches, modes, weight, bias)
    expected = expect(args, batches, modes, weight, bias)
    what = f"BatchNorm2d({', '.join(map(str, args))})"
    for number, (value, target) in enumerate(zip(report["outputs"], expected["outputs"], strict=True)):
        mode = "in training" if modes[number] else "in evaluation mode"
        earlier = f", after {told(modes[:number])}" if number else ""
        assert_shape(value, sizes, f"the output of {what}")
        # Channel by channel: they are of different sizes.
        for channel in range(sizes[1]):
            name = f"channel {channel} of the output of {what} {mode}, for a batch of shape {sizes}{earlier},"
            assert_close(value[:, channel], target[:, channel], name)
    return report, expected, what


def compare_statistics(submission, rng, args, key, name):
    """Compare one running statistic after each of three small batches in training."""
    for sizes in SIZES[:2]:
        arguments = [sizes[1], *args]
        batches, (weight, bias) = [batch_of(sizes, rng) for _ in range(3)], parameters(sizes[1], rng)
        report = run(submission, arguments, batches, [True] * 3, weight, bias)
        expected = expect(arguments, batches, [True] * 3, weight, bias)
        call = f"BatchNorm2d({', '.join(map(str, arguments))})"
        for number, target in enumerate(expected[key]):
            after = f"the {name} of {call} after {told([True] * (number + 1))}"
            assert_channels(report[key][number + 1], target, after)


def compare_gradients(submission, rng, training):
    """Compare the gradients with those of PyTorch's own layer."""
    channels = 3
    X, cotangent = batch_of((4, channels, 3, 2), rng), torch.randn(4, channels, 3, 2, generator=rng)
    weight, bias = parameters(channels, rng)
    found = submission.run(
        normalising.gradients,
        submission.BatchNorm2d,
        [channels],
        X,
        cotangent,
        training,
        weight,
        bias,
        submission.device,
    )
    layer, leaf = nn.BatchNorm2d(channels), X.clone().requires_grad_()
    with torch.no_grad():
        layer.weight.copy_(weight)
        layer.bias.copy_(bias)
    layer.train()(2 * X + 1)
    output = layer.train(training)(leaf)
    wanted = torch.autograd.grad((cotangent * output).sum(), [leaf, layer.weight, layer.bias])
    mode = "in training" if training else "in evaluation mode"
    for name, target in zip(("X", "weight", "bias"), wanted, strict=True):
        gradient = found[name]
        assert gradient is not None, f"No gradient reaches {name} {mode}: the output has no connection to it."
        if name == "X":
            assert_shape(gradient, X.shape, "the gradient of X")
            for channel in range(channels):
                what = f"the gradient of X {mode}, in channel {channel},"
                assert_close(gradient[:, channel], target[:, channel], what, rtol=1e-3)
        else:
            assert_channels(gradient, target, f"the gradient of the {name} {mode}", rtol=1e-3)


# Helpers ------------------------------------------------------------------------------------------


def batch_of(sizes, rng):
    """Random images, each channel with a mean and a spread of its own; in the first, eps counts."""
    n, channels, h, w = sizes
    spread, mean = 0.5 + 2 * torch.rand(channels, generator=rng), torch.randn(channels, generator=rng)
    spread[0], mean[0] = 0.005, 0.005
    return spread.view(-1, 1, 1) * torch.randn(n, channels, h, w, generator=rng) + mean.view(-1, 1, 1)


def parameters(channels, rng):
    """A weight and a bias."""
    return 0.5 + torch.rand(channels, generator=rng), torch.randn(channels, generator=rng)


def assert_channels(value, expected, what, rtol=1e-4):
    """Fail unless a value for each channel is as expected, in whatever shape the layer keeps it."""
    assert value is not None, f"{what} was not found: among the layer's buffers, none began as it should."
    assert isinstance(value, torch.Tensor), f"{what} is {type_name(value)}, where a tensor was expected."
    flat = value.reshape(-1) if value.numel() == expected.numel() else value
    assert_close(flat, expected, what, rtol=rtol)


def told(modes):
    """In words: "2 batches in training and 1 in evaluation mode", say."""
    trained = sum(modes)
    batches = f"{trained} {'batch' if trained == 1 else 'batches'} in training"
    return batches if all(modes) else f"{batches} and {len(modes) - trained} in evaluation mode"
