"""Checks of exercise 25: `dropout(X, p, training=True)`, whose masks are random and judged by counting.

Where values are counted, the number that a right answer drops is binomial. By Hoeffding's inequality its share of
n values is further than √(ln(2 · 10¹¹) / 2n) from the probability less than once in 10¹¹ runs, and all counts
together (8 in a run) go wrong less than once in 10⁹ runs.
"""

import math
import re

import torch

from grader.compare import as_tensor, assert_close, assert_shape
from grader.plugin import needs, points
from grader.sandbox.probes import dropping

OWN_WORK = "dropout"

SHAPES = [(1000,), (37, 41), (3, 5, 7, 11)]  # so large that something is kept and something dropped
MANY = (200, 200)
BLOCK = (16, 12, 9, 10)


@points(1)
def test_hand_worked_example(submission, rng):
    """With p = 0.5 the values 1, 2, 3, 4 become 0 or twice themselves.

    Hint: For every element a coin is thrown. What becomes of it on heads, and what on tails?

    Hint: A dropped element is 0. A kept one is multiplied by 1/(1 − p), so that the mean stays what it was.

    Hint: 1/(1 − 0.5) = 2: a kept 3 becomes 6.
    """
    times = int(torch.randint(2, 10, (1,), generator=rng))
    for X in (torch.tensor([1.0, 2.0, 3.0, 4.0]), times * torch.tensor([[1.0, 2.0], [3.0, 4.0]])):
        X = X.repeat(50, *[1] * (X.dim() - 1))
        assert_kept_or_dropped(look(submission, X, 0.5), X, 0.5)


@points(2)
def test_scale(submission, rng):
    """What is kept is multiplied by 1/(1 − p), for every p and every shape.

    Hint: Each result is either 0 or a multiple of what was there, the same multiple everywhere.

    Hint: With p = 0.75 a quarter of the values is left. By how much must it grow, so that the sum stays about the same?

    Hint: Divide by the probability of being kept, 1 − p, and not by the probability of being dropped.
    """
    for shape, p in zip(SHAPES, (0.2, 0.75, 0.4), strict=True):
        X = values(shape, rng)
        assert_kept_or_dropped(look(submission, X, p), X, p)


@points(2)
def test_share_of_zeros(submission, rng):
    """Of many values, a share of p is set to zero.

    Hint: p is the probability of being dropped. Which share of the elements is kept, then?

    Hint: torch.rand gives numbers between 0 and 1, all equally likely. What share of them lies below p?

    Hint: With p = 0.1 nearly everything is kept: nine of ten elements. Count the zeros of your own result.
    """
    for p in (0.1, 0.3, 0.8):
        X = values(MANY, rng)
        value = look(submission, X, p)
        share = (value == 0).double().mean().item()
        assert abs(share - p) <= leeway(X.numel()), (
            f"dropout(X, {p}) sets {share:.1%} of {X.numel():,} values to zero, about {p:.0%} were expected."
        )


@points(1)
@needs("test_share_of_zeros")
def test_every_element_by_itself(submission, rng):
    """Every element is dropped or kept by itself, not together with its neighbours.

    Hint: Do whole rows, whole channels or whole examples disappear at once?

    Hint: How many random numbers do you draw, and how many elements has X?

    Hint: The mask has the same shape as X, in every dimension.
    """
    X = values(BLOCK, rng)
    dropped = look(submission, X, 0.5) == 0
    for dim, size in enumerate(BLOCK):
        # Whether two neighbours differ is a fair coin, and the coins along a line are independent.
        differ = dropped.narrow(dim, 0, size - 1) != dropped.narrow(dim, 1, size - 1)
        share = differ.double().mean().item()
        assert abs(share - 0.5) <= leeway(differ.numel()), (
            f"For an X of shape {BLOCK} and p = 0.5, of two neighbours along dimension {dim} one is dropped and the "
            f"other is kept in {share:.1%} of all cases, about 50% were expected."
        )


@points(1)
@needs("test_share_of_zeros")
def test_every_call_decides_anew(submission, rng):
    """A second call with the same X drops other elements.

    Hint: Where do your random numbers come from, and are they new ones in every call?

    Hint: A net should meet another mask in every step of its training.

    Hint: A seed that is set inside the function makes the same numbers come again and again.
    """
    X = values(MANY, rng)
    reply = submission.run(dropping.drop_twice, submission.dropout, X, 0.5)
    results = reply["_values"]
    assert len(results) == 2, "Two calls of dropout do not give two results."
    for value in results:
        assert_shape(value, X.shape, "dropout(X, 0.5)")
    first, second = (as_tensor(value) == 0 for value in results)
    share = (first != second).double().mean().item()
    assert abs(share - 0.5) <= leeway(X.numel()), (
        f"Two calls with p = 0.5 treat {share:.1%} of {X.numel():,} elements differently, about 50% were expected."
    )


@points(1)
def test_nothing_or_everything(submission, rng):
    """p = 0 keeps everything as it is, and p = 1 gives zeros: no NaN, no error.

    Hint: With p = 1 nothing is kept. What is 1/(1 − p) then?

    Hint: 0 · ∞ and 0 / 0 are not 0 but NaN. Which elements need the factor at all?

    Hint: A case of its own for p = 1 is no shame: the result is known before anything is drawn.
    """
    for shape in SHAPES:
        X = values(shape, rng)
        assert_close(submission.dropout(X, 0.0), X, "dropout(X, 0.0)")
        assert_close(submission.dropout(X, 1.0), torch.zeros(shape), "dropout(X, 1.0)")


@points(1)
def test_identity_when_not_training(submission, rng):
    """When not training, the result equals X, whatever p is.

    Hint: In use a net should give its best answer, and the same one every time.

    Hint: Training already made up for the dropped values. Is anything left to be scaled?

    Hint: With training=False the numbers come out as they went in.
    """
    for shape, p in zip(SHAPES, (0.3, 0.5, 1.0), strict=True):
        X = values(shape, rng)
        assert_close(submission.dropout(X, p, False), X, f"dropout(X, {p}, False)")


@points(1)
def test_p_is_a_probability(submission, rng):
    """A p below 0 or above 1 is a ValueError whose message names p.

    Hint: Which values can a probability have? Both ends belong to them.

    Hint: raise ValueError(…) with a sentence that would help you, should you find it in two months.

    Hint: The sentence has p in it, and best also the value that p had.
    """
    X = values((4, 5), rng)
    far = 1 + float(torch.rand(1, generator=rng))
    for p in (-0.1, 1.1, round(-far, 3), round(far, 3)):
        reply = submission.run(dropping.refusal, submission.dropout, X, p)
        assert reply["refused"], f"dropout(X, {p}) raises no ValueError: {p} is no probability."
        text = reply["_text"]
        names_p = re.search(r"(?<![a-z_])p(?![a-z_])|probability", text, re.IGNORECASE)  # PyTorch's own says the latter
        assert names_p, f"dropout(X, {p}) raises a ValueError that does not name p. It says: “{text[:200]}”."


@points(1)
@needs("test_scale")
def test_gradient(submission, rng):
    """The gradient flows back through what was kept, multiplied by 1/(1 − p), and nowhere else.

    Hint: An element that was dropped has no influence on the result. What is its gradient?

    Hint: A gradient ends where a value leaves PyTorch's record: .detach(), .data, .item(), torch.tensor(X).

    Hint: Multiply X itself with the mask; then PyTorch does the rest.
    """
    for shape, p in zip(SHAPES, (0.6, 0.2, 0.5), strict=True):
        X, cotangent = values(shape, rng), values(shape, rng)
        reply = submission.run(dropping.slopes, submission.dropout, X, p, cotangent)
        assert_shape(reply["_value"], shape, f"dropout(X, {p})")
        value, gradient = as_tensor(reply["_value"]), reply["_gradient"]
        assert_kept_or_dropped(value, X, p)
        assert gradient is not None, "No gradient reaches X: the result has no connection to it."
        expected = torch.where(value == 0, 0.0, cotangent / (1 - p))
        assert_close(gradient, expected, f"with p = {p} and a mask of yours, the gradient of X")


@points(1)
def test_input_is_left_alone(submission, rng):
    """X itself is not changed.

    Hint: Somebody may need X after the call, a skip connection say.

    Hint: Do you write into X, or into something that shares its memory?

    Hint: X[mask] = 0, X *= mask and functions that end in an underscore change X. X * mask makes a new tensor.
    """
    for p, training in ((0.5, True), (1.0, True), (0.5, False)):
        X = values((37, 41), rng)
        reply = submission.run(dropping.input_after, submission.dropout, X, p, training)
        assert_close(reply["_X"], X, f"X after dropout(X, {p}, {training})")


# Helpers ------------------------------------------------------------------------------------------


def values(shape, rng):
    """Random numbers of both signs, none of them near zero."""
    sizes = 0.5 + torch.rand(shape, generator=rng)
    return torch.where(torch.rand(shape, generator=rng) < 0.5, -sizes, sizes)


def look(submission, X, p):
    """What dropout(X, p) gives: a tensor of the shape of X for certain."""
    value = submission.run(dropping.drop, submission.dropout, X, p)["_value"]
    assert_shape(value, X.shape, f"dropout(X, {p})")
    return as_tensor(value)


def assert_kept_or_dropped(value, X, p):
    """Fail unless every element is 0 or X/(1 − p), and some are the one, some the other."""
    expected = torch.where(value == 0, 0.0, X / (1 - p))
    assert_close(value, expected, f"dropout(X, {p}), where it is not 0,")
    dropped = int((value == 0).sum())
    assert dropped > 0, f"dropout(X, {p}) drops none of {X.numel():,} values."
    assert dropped < X.numel(), f"dropout(X, {p}) drops all of {X.numel():,} values."


def leeway(count):
    """How far a share of `count` random values may be from its probability; see the top of this file."""
    return math.sqrt(math.log(2e11) / (2 * count))
