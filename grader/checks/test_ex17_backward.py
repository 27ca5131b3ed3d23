"""Checks of exercise 17: `corr2d_backward(X, K, dY)`, the gradients of a cross-correlation."""

import torch
import torch.nn.functional as F

from grader.compare import assert_close, assert_shape, type_name
from grader.plugin import needs, points
from grader.sandbox.probes import call

OWN_WORK = "backward pass"

SIZES = [(5, 7, 2, 3), (8, 4, 3, 1), (6, 9, 1, 4), (7, 6, 5, 5), (3, 5, 3, 5), (4, 5, 1, 1)]  # h, w, kh, kw
STEP = 0.5  # of a central difference; a cross-correlation is linear, so any step is as good


@points(1)
def test_kernel_by_hand(submission, rng):
    """The example that was worked by hand gives dK = [[6, 9], [15, 18]].

    Hint: Which pixels did K[0, 0] meet, and for which Y[i, j]? As dY has two zeros, only Y[0, 0] and Y[1, 0] count.

    Hint: Y[i, j] holds the product X[i + a, j + b] · K[a, b]. If K[a, b] grows by 1, by how much does Y[i, j] grow?

    Hint: dK is a sum of pieces of X: the one under the kernel at Y[0, 0], once, and the one at Y[1, 0], twice.
    """
    X, K, dY = by_hand()
    expected = torch.tensor([[6, 9], [15, 18]])
    assert_close(gradients(submission, X, K, dY)[1], expected, "dK")
    # A loss that changes a few times as much.
    times = int(torch.randint(2, 10, (1,), generator=rng))
    assert_close(gradients(submission, X, K, times * dY)[1], times * expected, f"dK for {times} · dY")


@points(1)
def test_image_by_hand(submission, rng):
    """The example that was worked by hand gives dX = [[0, 1, 0], [2, 5, 0], [4, 6, 0]].

    Hint: Which weights did the pixel in the middle meet, and for which Y[i, j]? The last column met none that counts.

    Hint: Y[i, j] came from a window of X as large as K. So dY[i, j] goes back to this window, times the weights.

    Hint: Begin with zeros. Lay dY[i, j] · K on the place where the kernel stood for Y[i, j]; where pieces overlap, add.
    """
    X, K, dY = by_hand()
    expected = torch.tensor([[0, 1, 0], [2, 5, 0], [4, 6, 0]])
    assert_close(gradients(submission, X, K, dY)[0], expected, "dX")
    times = int(torch.randint(2, 10, (1,), generator=rng))
    assert_close(gradients(submission, X, K, times * dY)[0], times * expected, f"dX for {times} · dY")


@points(1)
@needs("test_kernel_by_hand", "test_image_by_hand")
def test_shapes(submission, rng):
    """dX has the shape of X and dK has the shape of K, also when height and width differ.

    Hint: Each pixel gets a gradient, and each weight gets one. How many are there of each?

    Hint: Rows belong to the first number of every shape, columns to the second. Is one of them used for both?

    Hint: For a 5×7 image and a 2×3 kernel, dY is 4×5, dX is 5×7 and dK is 2×3.
    """
    for sizes in SIZES:
        X, K, dY = case(sizes, rng)
        dX, dK = gradients(submission, X, K, dY)
        assert_shape(dX, X.shape, f"dX {where(sizes)}")
        assert_shape(dK, K.shape, f"dK {where(sizes)}")


@points(2)
@needs("test_kernel_by_hand")
def test_gradient_of_the_kernel(submission, rng):
    """Random images, kernels and dY of odd shapes give the dK of PyTorch's own operator.

    Hint: Let dY be zero but for a single 1. Then dK is a piece of X. Is it the right piece?

    Hint: Every Y[i, j] was made with every weight. So each dK[a, b] is a sum over all of dY, divided by nothing.

    Hint: dK[a, b] = Σ_i Σ_j dY[i, j] · X[i + a, j + b]. This sum looks familiar: what is laid on what?
    """
    for sizes in SIZES:
        X, K, dY = case(sizes, rng)
        dK = gradients(submission, X, K, dY)[1]
        assert_close(dK, reference(X, K, dY)[1], f"dK {where(sizes)}")


@points(2)
@needs("test_image_by_hand")
def test_gradient_of_the_image(submission, rng):
    """Random images, kernels and dY of odd shapes give the dX of PyTorch's own operator.

    Hint: Let dY be zero but for a single 1. Then dX is zero but for K, laid somewhere. Where, and which way round?

    Hint: A pixel near the corner lies under few windows, one in the middle under many. The sum must know how many.

    Hint: Go through all i and j, and add dY[i, j] · K to the window of dX whose corner is at (i, j).
    """
    for sizes in SIZES:
        X, K, dY = case(sizes, rng)
        dX = gradients(submission, X, K, dY)[0]
        assert_close(dX, reference(X, K, dY)[0], f"dX {where(sizes)}")


@points(1)
@needs("test_shapes")
def test_central_differences(submission, rng):
    """Moving one pixel or one weight changes Σ dY · Y by as much as its gradient says.

    Hint: This is what a gradient means. Move one number up and down by a step, and see what Σ dY · Y does.

    Hint: Do it on paper for one weight. If K[0, 0] grows by 1, each Y[i, j] grows by X[i, j].

    Hint: The same for one pixel: X[p, q] stands in several Y[i, j], each time with another weight.
    """
    X, K, dY = case((4, 5, 2, 3), rng)
    dX, dK = gradients(submission, X, K, dY)
    X, K, dY = X.double(), K.double(), dY.double()
    expected = differences(lambda moved: (forward(moved, K) * dY).sum(), X)
    assert_close(dX, expected, "dX, beside what moving each pixel does,")
    expected = differences(lambda moved: (forward(X, moved) * dY).sum(), K)
    assert_close(dK, expected, "dK, beside what moving each weight does,")


@points(1)
@needs("test_shapes")
def test_inputs_are_left_alone(submission, rng):
    """X, K and dY are the same after the call as before.

    Hint: Do you write into X, K or dY, or into something that shares their memory?

    Hint: Make new tensors of zeros for dX and dK, and add only to these.

    Hint: A slice is a view: an operation that ends in an underscore, or +=, changes the tensor that it was cut from.
    """
    arguments = case((6, 5, 2, 3), rng)
    after = submission.run(call.arguments_after, submission.corr2d_backward, *arguments)
    for name, value, expected in zip(("X", "K", "dY"), after, arguments, strict=True):
        assert_close(value, expected, f"{name} after the call")


# Helpers ------------------------------------------------------------------------------------------


def by_hand():
    """X, K and dY of the example in the exercise."""
    return torch.arange(9.0).view(3, 3), torch.arange(4.0).view(2, 2), torch.tensor([[1.0, 0.0], [2.0, 0.0]])


def case(sizes, rng):
    """A random image, a random kernel, and a random gradient of their cross-correlation."""
    h, w, kh, kw = sizes
    shapes = (h, w), (kh, kw), (h - kh + 1, w - kw + 1)
    return [torch.randn(shape, generator=rng) for shape in shapes]


def where(sizes):
    h, w, kh, kw = sizes
    return f"of a {h}×{w} image and a {kh}×{kw} kernel"


def forward(X, K):
    """PyTorch's own operator on one image and one channel."""
    return F.conv2d(X[None, None], K[None, None])[0, 0]


def reference(X, K, dY):
    """The gradients that PyTorch finds for its own operator."""
    leaves = [X.clone().requires_grad_(), K.clone().requires_grad_()]
    return torch.autograd.grad((forward(*leaves) * dY).sum(), leaves)


def differences(loss, at):
    """How much the loss changes with each number of `at`, by moving it up and down."""
    result = torch.zeros_like(at)
    for index in range(at.numel()):
        step = torch.zeros_like(at)
        step.view(-1)[index] = STEP
        result.view(-1)[index] = (loss(at + step) - loss(at - step)) / (2 * STEP)
    return result


def gradients(submission, X, K, dY):
    """The pair that the submission returns."""
    value = submission.corr2d_backward(X, K, dY)
    if not isinstance(value, tuple | list):
        question = " Does it return its result?" if value is None else ""
        raise AssertionError(
            f"corr2d_backward gives {'None' if value is None else type_name(value)}, where the pair (dX, dK) was "
            f"expected.{question}"
        )
    assert len(value) == 2, f"corr2d_backward gives {len(value)} values, where the pair (dX, dK) was expected."
    return value
