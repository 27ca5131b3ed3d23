"""Checks of exercise 11: `corr2d(X, K)`, the cross-correlation of two matrices."""

import torch
import torch.nn.functional as F

from grader.compare import assert_close, assert_shape
from grader.plugin import needs, points
from grader.sandbox.probes import call

OWN_WORK = "convolution"

SIZES = [(5, 7, 2, 3), (8, 4, 3, 1), (6, 9, 1, 4), (7, 7, 5, 5), (3, 11, 3, 2)]  # h, w, kh, kw


def pair(sizes, rng):
    """A random image and a random kernel."""
    h, w, kh, kw = sizes
    return torch.randn(h, w, generator=rng), torch.randn(kh, kw, generator=rng)


def reference(X, K):
    """PyTorch's own operator on one image and one channel."""
    return F.conv2d(X[None, None], K[None, None])[0, 0]


@points(1)
def test_hand_worked_example(submission, rng):
    """The example that was worked by hand gives 19, 25, 37, 43.

    Hint: Lay the kernel on the top-left corner. What lies on top of each other is multiplied: 0·0, 1·1, 3·2, 4·3.

    Hint: The four products add up to 19. Then move the kernel one column to the right and do it again.

    Hint: Two loops, over the rows i and the columns j of the result; in each step a piece of X as large as K.
    """
    X = torch.tensor([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0], [6.0, 7.0, 8.0]])
    K = torch.tensor([[0.0, 1.0], [2.0, 3.0]])
    expected = torch.tensor([[19, 25], [37, 43]])
    assert_close(submission.corr2d(X, K), expected, "corr2d(X, K)")
    # An image that is a few times as bright gives a result that is as many times as large.
    times = int(torch.randint(2, 10, (1,), generator=rng))
    assert_close(submission.corr2d(times * X, K), times * expected, f"corr2d({times} · X, K)")


@points(1)
def test_shape(submission, rng):
    """The result has h − kh + 1 rows and w − kw + 1 columns, also when these differ.

    Hint: In how many places does a kernel of 2 rows fit on an image of 5 rows? Count them on paper.

    Hint: X.shape gives (rows, columns). Rows belong to the first number of every shape, columns to the second.

    Hint: A 5×7 image and a 2×3 kernel give (5 − 2 + 1, 7 − 3 + 1) = (4, 5).
    """
    for h, w, kh, kw in SIZES:
        X, K = pair((h, w, kh, kw), rng)
        what = f"corr2d of a {h}×{w} image and a {kh}×{kw} kernel"
        assert_shape(submission.corr2d(X, K), (h - kh + 1, w - kw + 1), what)


@points(2)
@needs("test_shape")
def test_random_images(submission, rng):
    """Random images and kernels of odd shapes give what PyTorch's own operator gives.

    Hint: Try a kernel with a single 1 and zeros elsewhere: the result is a piece of X. Is it the right piece?

    Hint: The kernel is laid on as it is, not turned around. K[0, 0] meets the top-left pixel of the window.

    Hint: Every value of the result is a sum over the whole window, divided by nothing.
    """
    for h, w, kh, kw in SIZES:
        X, K = pair((h, w, kh, kw), rng)
        what = f"corr2d of a {h}×{w} image and a {kh}×{kw} kernel"
        assert_close(submission.corr2d(X, K), reference(X, K), what)


@points(1)
@needs("test_hand_worked_example", "test_shape")
def test_inputs_are_left_alone(submission, rng):
    """The same call gives the same result a second time: X and K are not changed.

    Hint: Do you write into X or K, or into something that shares their memory?

    Hint: Make a new tensor for the result, with torch.zeros say, and write only there.

    Hint: X[i:i + h, j:j + w] is a view of X: an operation that ends in an underscore, or +=, changes X itself.
    """
    X, K = pair((6, 5, 2, 3), rng)
    X_after, K_after = submission.run(call.arguments_after, submission.corr2d, X, K)
    assert_close(X_after, X, "X after the call")
    assert_close(K_after, K, "K after the call")


@points(1)
@needs("test_random_images")
def test_gradient_reaches_the_image(submission, rng):
    """The gradient flows back to X: each pixel gets the kernel values that it met.

    Hint: Gradients are lost where a value leaves PyTorch: .item(), .tolist(), float(), .detach(), .numpy().

    Hint: torch.tensor([...]) makes a new beginning: whatever you put in is copied without its history.

    Hint: Writing Y[i, j] = (...).sum() into torch.zeros(...) keeps the history; keep all values tensors.
    """
    compare_gradients(submission, rng, position=0, what="the gradient of X")


@points(1)
@needs("test_random_images")
def test_gradient_reaches_the_kernel(submission, rng):
    """The gradient flows back to K: this is how a kernel learns.

    Hint: Does K take part in the computation as a tensor, or only its numbers?

    Hint: .data and torch.no_grad() switch the history off, for K as well as for X.

    Hint: Multiply with the tensor K itself, in every step.
    """
    compare_gradients(submission, rng, position=1, what="the gradient of K")


def compare_gradients(submission, rng, position, what):
    """Compare one gradient of Σ cotangent · corr2d(X, K) with that of PyTorch's operator."""
    for sizes in SIZES[:2]:
        X, K = pair(sizes, rng)
        cotangent = torch.randn(reference(X, K).shape, generator=rng)
        reply = submission.run(call.vjp, submission.corr2d, cotangent, X, K)
        leaves = [X.requires_grad_(), K.requires_grad_()]
        expected = torch.autograd.grad((cotangent * reference(*leaves)).sum(), leaves)[position]
        gradient = reply["gradients"][position]
        assert gradient is not None, f"{what} does not exist: the result has no connection to it."
        assert_close(gradient, expected, what)
