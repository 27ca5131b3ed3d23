"""Checks of exercise 13: the layer `Conv2D(kernel_size)`, and `learn_kernel`, judged by where its steps lead."""

import math

import torch
import torch.nn.functional as F

from grader.compare import as_tensor, assert_close, assert_shape
from grader.plugin import needs, points
from grader.sandbox.probes import call, kernels

SIZES = [(2, 3), (1, 4), (3, 2), (3, 3)]
# Next to a kernel of millions every start is almost zero, so where it lies does not matter. Right steps come
# out the same by far less than 1%; one step too few or too many makes a difference of 3% at least.
MILLION, CLOSE = 1e6, 1e-2


@points(1)
def test_weight_and_bias(submission):
    """A layer has a weight of shape kernel_size and a bias of shape (1,).

    Hint: nn.Module has to be set up first: super().__init__() is the first line of __init__.

    Hint: The checks look for the names weight and bias: self.weight = …, self.bias = …

    Hint: kernel_size is a pair such as (2, 3), and torch.rand takes it as it is. The bias is a tensor of one number.
    """
    for size in SIZES:
        what = f"Conv2D({size})"
        layer = submission.run(kernels.parts, submission.Conv2D, size, torch.zeros(5, 6))
        assert layer["is_module"], (
            f"{what} is of type {layer['_type']}, where a layer (an nn.Module) was expected. Does the class inherit "
            "from nn.Module?"
        )
        for name, expected in (("weight", size), ("bias", (1,))):
            shape = layer[name]
            assert shape is not None, f"{what} has no tensor of the name {name}."
            assert tuple(shape) == expected, f"{what} has a {name} of shape {tuple(shape)}, expected {expected}."


@points(1)
@needs("test_weight_and_bias")
def test_forward_by_hand(submission, rng):
    """With weight [[0, 1], [2, 3]] and bias 10 it gives 29, 35, 47, 53.

    Hint: Cross-correlation alone gives 19, 25, 37 and 43. Compute it with the corr2d that is given.

    Hint: The bias is added once to each value of the result.

    Hint: forward uses self.weight and self.bias, whatever numbers they hold by then, and returns the result.
    """
    X = torch.arange(9.0).reshape(3, 3)
    K, sums = torch.tensor([[0.0, 1.0], [2.0, 3.0]]), torch.tensor([[19.0, 25.0], [37.0, 43.0]])
    for bias in (10.0, float(torch.randint(11, 100, (1,), generator=rng))):
        (value,) = submission.run(kernels.outputs, submission.Conv2D, K, torch.tensor([bias]), [X])
        assert_close(value, sums + bias, f"the layer with bias {bias:g}: its output")


@points(1)
@needs("test_weight_and_bias")
def test_forward_of_random_images(submission, rng):
    """Random weights and images give what PyTorch's own layer gives, one image after the other.

    Hint: Try a weight with a single 1 and zeros elsewhere, and a bias of 0. The result is a piece of X: the right one?

    Hint: Rows and columns differ here: a kernel may be 1×4, and an image 7×5.

    Hint: An image must not change the layer: the second image meets the same weight and bias as the first.
    """
    for size in SIZES:
        K, b, images = torch.randn(size, generator=rng), torch.randn(1, generator=rng), pictures(rng)
        values = submission.run(kernels.outputs, submission.Conv2D, K, b, images)
        for number, (X, value) in enumerate(zip(images, values, strict=True), start=1):
            expected = convolution(X, K) + b
            assert_close(value, expected, f"Conv2D({size}): its output for image {number}, of shape {tuple(X.shape)},")


@points(2)
@needs("test_forward_of_random_images")
def test_weight_and_bias_learn(submission, rng):
    """Gradient descent moves weight and bias as it should, and gradients reach the image.

    Hint: An optimizer asks layer.parameters() for what it may move. Are weight and bias in that list?

    Hint: nn.Parameter around a tensor says: this is learned. A plain tensor is left out.

    Hint: .detach(), .data and .item() cut the way back. Let forward use self.weight and self.bias themselves.
    """
    for size in SIZES:
        X, K, b = pictures(rng)[0], torch.randn(size, generator=rng), torch.randn(1, generator=rng)
        cotangent = torch.randn(convolution(X, K).shape, generator=rng)
        reply = submission.run(kernels.step, submission.Conv2D, K, b, X, cotangent, 0.5)
        leaves = [X.requires_grad_(), K.requires_grad_()]
        dX, dK = torch.autograd.grad((cotangent * convolution(X, K)).sum(), leaves)
        for name, old, change in (("weight", K.detach(), -0.5 * dK), ("bias", b, -0.5 * cotangent.sum().reshape(1))):
            assert_shape(reply[name], old.shape, f"the {name} of Conv2D({size}) after a step of gradient descent")
            new = as_tensor(reply[name])
            assert (new.double() - old.double()).any(), (
                f"After a step of gradient descent, the {name} of Conv2D({size}) is what it was before. Of weight and "
                f"bias, layer.parameters() holds {reply['parameters']}, and the gradient has to reach both."
            )
            assert_close(new, old + change, f"the {name} of Conv2D({size}) after a step of gradient descent")
        assert reply["image_gradient"] is not None, (
            f"No gradient reaches the image through Conv2D({size}). A layer below it could not learn."
        )
        assert_close(reply["image_gradient"], dX, f"the gradient of the image, through Conv2D({size}),")


@points(1)
def test_learns_the_edge_detector(submission, rng):
    """From an image and its edges, learn_kernel finds [1, −1], also when both lie on their side.

    Hint: The error of a kernel is corr2d(X, K) − Y. Square it, and add up all the squares.

    Hint: K needs requires_grad=True. backward() then leaves the gradient in K.grad.

    Hint: Take the step inside torch.no_grad(): K -= lr * K.grad. Then set K.grad to zero, or the next one adds to it.
    """
    X = torch.ones(6, 8)
    X[:, 2:6] = 0
    for times in (1.0, float(torch.randint(2, 10, (1,), generator=rng))):
        K = times * torch.tensor([[1.0, -1.0]])
        # The loss has the curvatures 12 and 60. Each step leaves at most 1 − 0.028 · 12 = 0.66 of the way.
        Y, so = convolution(X, K), f"the kernel [{times:g}, −{times:g}], after 60 steps with lr = 0.028"
        assert_close(submission.learn_kernel(X, Y, (1, 2), 0.028, 60), K, f"{so},", rtol=1e-3)
        assert_close(submission.learn_kernel(X.T, Y.T, (2, 1), 0.028, 60), K.T, f"{so} and on its side,", rtol=1e-3)


@points(1)
def test_learns_random_kernels(submission, rng):
    """It finds random kernels of several shapes from random images.

    Hint: Does it find a kernel of one number, as in the stub? Print K after each step.

    Hint: K has the shape kernel_size, and so has what is returned: (2, 3), not (1, 1, 2, 3).

    Hint: If the numbers grow and grow, the step goes the wrong way or the old gradients are not forgotten.
    """
    for size in SIZES[:3]:
        X, K = 0.5 + torch.randn(9, 10, generator=rng), torch.randn(size, generator=rng)
        lr, num_steps = rate_and_steps(X, size)
        value = submission.learn_kernel(X, convolution(X, K), size, lr, num_steps)
        assert_close(value, K, f"the kernel of shape {size} after {num_steps} steps with lr = {lr:.3g}")


@points(2)
def test_each_step_is_lr_times_the_gradient(submission, rng):
    """num_steps steps of K ← K − lr · gradient lead as far as they should, no further.

    Hint: Take exactly num_steps steps, each of them lr · gradient long. Both numbers are arguments.

    Hint: The loss is the sum of the squared errors. The mean is smaller by the number of values, and so are its steps.

    Hint: Each step has a gradient of its own. PyTorch adds it to what K.grad holds: set that to zero in between.
    """
    # In these images each step leaves the same share of the way to go, whatever the kernel is.
    asked = []
    for size, left, num_steps in (((2, 3), 0.3, 2), ((3, 2), -0.5, 3), ((2, 2), 0.7, 3), ((1, 3), 0.6, 4)):
        X, K = lonely_pixels(size, rng), millions(size, rng)
        lr = (1 - left) / steepness(X)
        value = submission.learn_kernel(X, convolution(X, K), size, lr, num_steps)
        what = f"K of shape {size} after {num_steps} steps with lr = {lr:.4g}"
        asked.append((value, 1 - left**num_steps, K, what))
    for one in asked:
        assert_share(*one)


@points(1)
@needs("test_each_step_is_lr_times_the_gradient")
def test_defaults(submission, rng):
    """Without further arguments it takes 10 steps with a learning rate of 0.03.

    Hint: learn_kernel(X, Y, (2, 3)) has to work: lr and num_steps have values of their own.

    Hint: The values stand in the stub's first line: lr: float = 3e-2, num_steps: int = 10.

    Hint: range(num_steps) counts num_steps times, from 0 to num_steps − 1.
    """
    left, size = 0.9, (2, 3)
    X, K = lonely_pixels(size, rng), millions(size, rng)
    X *= ((1 - left) / 3e-2 / steepness(X)) ** 0.5
    Y = convolution(X, K)
    assert_share(submission.learn_kernel(X, Y, size), 1 - left**10, K, f"learn_kernel(X, Y, {size})")
    left = (1 + left) / 2  # half the rate: each step goes half as far
    assert_share(submission.learn_kernel(X, Y, size, 0.015), 1 - left**10, K, f"learn_kernel(X, Y, {size}, 0.015)")


@points(1)
def test_starts_at_random(submission, rng):
    """It starts with random numbers.

    Hint: With a learning rate of 0 nothing moves: learn_kernel gives back its start. Print it.

    Hint: Zeros do here, for a single kernel. With several kernels side by side, all would stay alike.

    Hint: torch.randn(kernel_size) draws numbers around 0.
    """
    X, Y = torch.randn(6, 7, generator=rng), torch.randn(4, 4, generator=rng)
    starts = [submission.learn_kernel(X, Y, (3, 4), 0.0, 2) for _ in range(2)]
    for start in starts:
        assert_shape(start, (3, 4), "with a learning rate of 0, the kernel")
        assert torch.isfinite(as_tensor(start)).all(), "with a learning rate of 0, the kernel holds NaN or infinity."
    # Both may be the same numbers: a seed that is set inside is as good.
    numbers = torch.stack([as_tensor(start).double() for start in starts]).unique()
    assert len(numbers) > 1, (
        f"With a learning rate of 0, learn_kernel gives a kernel full of {numbers[0].item():g}: that is where it "
        "starts. Random numbers were expected."
    )


@points(1)
def test_image_and_answer_are_left_alone(submission, rng):
    """X and Y are not changed by learning.

    Hint: Do you write into Y, as in Y -= …, or into something that shares its memory?

    Hint: Compute the error as a new tensor: corr2d(X, K) − Y.

    Hint: Only K moves, so only K needs a gradient, and only K is written to.
    """
    X, K = torch.randn(6, 7, generator=rng), torch.randn(2, 3, generator=rng)
    Y = convolution(X, K)
    X_after, Y_after, *_ = submission.run(call.arguments_after, submission.learn_kernel, X, Y, (2, 3), 0.01, 3)
    assert_close(X_after, X, "X after the call")
    assert_close(Y_after, Y, "Y after the call")


# Images and kernels -------------------------------------------------------------------------------


def convolution(X, K):
    """PyTorch's own operator on one image and one channel."""
    return F.conv2d(X[None, None], K[None, None])[0, 0]


def pictures(rng):
    """Two random images of different shapes."""
    return [torch.randn(7, 5, generator=rng), torch.randn(4, 8, generator=rng)]


def lonely_pixels(size, rng):
    """A black image with four bright pixels, so far apart that a kernel of this size meets one at a time.

    Each number of the kernel meets each pixel once. So the second derivatives of the loss are
    2 · Σ pixel² for every number and 0 for every pair: the loss is equally steep in all directions.
    """
    h, w = size
    X = torch.zeros(3 * h - 1, 3 * w - 1)
    X[h - 1 : 2 * h : h, w - 1 : 2 * w : w] = 0.5 + torch.rand(2, 2, generator=rng)
    return X


def steepness(X):
    """The second derivative of the sum of squared errors, for an image of lonely pixels."""
    return float(2 * X.square().sum())


def millions(size, rng):
    """A random kernel of numbers between half a million and a million."""
    return MILLION * (0.5 + torch.rand(size, generator=rng) / 2)


def assert_share(value, share, K, what):
    """Fail unless a kernel is this share of K."""
    kernel = as_tensor(value, what)
    assert_close(kernel / MILLION, share * K / MILLION, f"{what}, in millions,", CLOSE, about=value)


def rate_and_steps(X, size):
    """A learning rate and a number of steps that leave a millionth of the way to any kernel.

    A step with rate lr multiplies the way in a direction of curvature c by 1 − lr · c.
    """
    windows = F.unfold(X[None, None], size)[0].double()
    curvatures = torch.linalg.eigvalsh(2 * windows @ windows.T)
    flat, steep = float(curvatures[0]), float(curvatures[-1])
    left = (steep - flat) / (steep + flat)
    return 2 / (steep + flat), math.ceil(math.log(1e-6) / math.log(left))
