"""Checks of exercise 22: `accuracy(y_hat, y)` and `evaluate_accuracy(net, data_iter, device=None)`."""

import torch
import torch.nn.functional as F

from grader.compare import as_number, assert_close
from grader.plugin import needs, points
from grader.sandbox.probes import evaluation, models

SIZES = [(1, 4), (7, 3), (4, 10), (5, 5), (64, 12)]  # examples, classes


@points(1)
def test_accuracy_by_hand(submission, rng):
    """Three examples of which two are right give 2, the number of right answers.

    Hint: The answer to an example is the place of the largest score in its row. Write the three answers down.

    Hint: Compare the answers with y, one by one. How many agree? Count them, and do not divide.

    Hint: The answers are [1, 0, 1] and y is [1, 1, 1]: right, wrong, right. The result is 2.
    """
    y_hat = torch.tensor([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]])
    y = torch.tensor([1, 1, 1])
    assert_count(submission.accuracy(y_hat, y), 2, "accuracy(y_hat, y)")
    times = int(torch.randint(2, 10, (1,), generator=rng))
    value = submission.accuracy(y_hat.repeat(times, 1), y.repeat(times))
    assert_count(value, 2 * times, f"accuracy of the same three examples, {times} times over,")


@points(1)
def test_accuracy_of_random_scores(submission, rng):
    """Random scores are counted right, for any number of examples and classes.

    Hint: Try one example and four classes on paper. Which size of y_hat counts the examples?

    Hint: Scores are any numbers, also below zero. They are no probabilities and need no threshold.

    Hint: argmax needs to know along which dimension it looks: dimension 0 counts examples, dimension 1 classes.
    """
    values = []
    for examples, classes in SIZES:
        y_hat = 3 * torch.randn(examples, classes, generator=rng) - 5
        right = int(torch.randint(1, examples + 1, (1,), generator=rng))
        values.append((submission.accuracy(y_hat, labels_for(y_hat, right, rng)), right, (examples, classes)))
    for value, right, (examples, classes) in values:
        assert_count(value, right, f"accuracy for y_hat of shape ({examples}, {classes})")


@points(1)
def test_fraction_over_all_batches(submission, rng):
    """Two batches of two, with 2 and 1 right answers, give 3 of 4: 0.75.

    Hint: The result is a fraction between 0 and 1, over all batches together.

    Hint: While you go through the batches, keep two numbers: right answers so far, and examples so far.

    Hint: After the first batch the two numbers are 2 and 2, after the second 3 and 4. Then 3 / 4 = 0.75.
    """
    batches = [(scores_for([0, 2]), torch.tensor([0, 2])), (scores_for([1, 1]), torch.tensor([1, 0]))]
    value = run_evaluation(submission, "three scores", [torch.eye(3)], batches)
    assert_fraction(value, 0.75, "evaluate_accuracy(net, data_iter)")
    state, wrong = models.random_state("perceptron", rng), draw(rng, 3, 18)
    batches = batches_of(rng, "perceptron", state, sizes=(10, 10), wrong=wrong)
    value = run_evaluation(submission, "perceptron", state, batches)
    assert_fraction(value, 1 - wrong / 20, f"evaluate_accuracy for two batches of 10 with {wrong} wrong answers")


@points(2)
def test_shorter_last_batch(submission, rng):
    """Every example weighs the same, also in a shorter last batch, whatever data_iter is.

    Hint: 3 of 4 right, then 0 of 1: that is 3 of 5. Is the mean of 3/4 and 0/1 the same?

    Hint: data_iter may be a generator: you can go through it once, and it has no length.

    Hint: Count right answers and examples in the same loop, batch by batch, and divide once, after the loop.
    """
    batches = [(scores_for([0, 1, 1, 2]), torch.tensor([0, 1, 1, 1])), (scores_for([1]), torch.tensor([0]))]
    by_hand = run_evaluation(submission, "three scores", [torch.eye(3)], batches)
    state, wrong = models.random_state("perceptron", rng), draw(rng, 4, 8)
    batches = batches_of(rng, "perceptron", state, sizes=(7, 7, 3), wrong=wrong)
    values = {form: run_evaluation(submission, "perceptron", state, batches, form) for form in evaluation.FORMS}
    assert_fraction(by_hand, 0.6, "evaluate_accuracy for 3 of 4 right in a first batch and 0 of 1 in a second")
    for form, value in values.items():
        assert_fraction(value, 1 - wrong / 17, f"evaluate_accuracy over a {form} of 7, 7 and 3 examples")
    value = run_evaluation(submission, "perceptron", state, batches, "list", [submission.device])
    assert_fraction(value, 1 - wrong / 17, f'evaluate_accuracy(net, data_iter, "{submission.device}")')


@points(1)
@needs("test_fraction_over_all_batches")
def test_evaluation_mode(submission, rng):
    """The net is in evaluation mode: batch norm and dropout behave as in use.

    Hint: Dropout must not drop anything now, and batch norm must use what it learned in training.

    Hint: A net has a switch for this. In which position does it arrive here? You cannot know: set it.

    Hint: Do it before the first batch. The name of the method is short for “evaluate”.
    """
    state, wrong = models.random_state("moody net", rng), draw(rng, 3, 10)
    batches = batches_of(rng, "moody net", state, sizes=(20, 20, 20), wrong=wrong)
    value = run_evaluation(submission, "moody net", state, batches)
    what = "evaluate_accuracy for a net with dropout and batch norm, given in training mode,"
    assert_fraction(value, 1 - wrong / 60, what)


@points(1)
@needs("test_fraction_over_all_batches")
def test_no_gradients_are_recorded(submission, rng):
    """No gradients are recorded while the net runs.

    Hint: You only want answers here. What PyTorch keeps for a backward pass costs memory and time.

    Hint: There is a context (with …:) in which PyTorch keeps nothing. The call of the net must stand inside.

    Hint: detach() or .item() on the result come too late: by then everything was recorded.
    """
    name = "net that is odd while recording"
    state, wrong = models.random_state(name, rng), draw(rng, 2, 7)
    batches = batches_of(rng, name, state, sizes=(20, 20), wrong=wrong)
    expected = 1 - wrong / 40
    value = as_number(run_evaluation(submission, name, state, batches), "evaluate_accuracy(net, data_iter)")
    with torch.enable_grad():
        recorded = fraction_right(models.build(name, state), batches)
    assert abs(value - recorded) > 1e-6, (
        "Gradients were recorded while your function ran the net: the net of this check notices that, and answered "
        f"otherwise ({recorded:.3g} of its answers are right then, {expected:.3g} would be expected)."
    )
    assert_fraction(value, expected, "evaluate_accuracy(net, data_iter)")


@points(1)
@needs("test_fraction_over_all_batches")
def test_gradients_work_afterwards(submission, rng):
    """After the evaluation, training can go on: gradients reach every parameter.

    Hint: What you switch off for the evaluation has to be on again when your function returns.

    Hint: A switch that is set by a call stays where it is. A with block puts it back by itself.

    Hint: The parameters are the net's own: leave their requires_grad alone.
    """
    state = models.random_state("perceptron", rng)
    batches = batches_of(rng, "perceptron", state, sizes=(8, 8), wrong=3)
    reply = submission.run(
        evaluation.gradients_afterwards, submission.evaluate_accuracy, "perceptron", state, batches, submission.device
    )
    assert reply["recording"], "After your function has returned, gradients are still switched off, for every net."
    net = models.build("perceptron", state)
    X, y = batches[0]
    expected = torch.autograd.grad(F.cross_entropy(net(X), y), list(net.parameters()))
    for (name, _), gradient, target in zip(net.named_parameters(), reply["gradients"], expected, strict=True):
        assert gradient is not None, (
            "After your function has returned, gradients no longer reach the net's parameters: the net cannot be "
            "trained any further."
        )
        assert_close(gradient, target, f"after your function has returned, the gradient of {name}")


# Helpers ------------------------------------------------------------------------------------------


def run_evaluation(submission, name, state, batches, form="list", device=()):
    """What evaluate_accuracy returns for a net of ours that lies on the device in training mode."""
    place = submission.device
    return submission.run(evaluation.fraction, submission.evaluate_accuracy, name, state, batches, form, place, *device)


def draw(rng, lowest, highest):
    """A random whole number, both ends included."""
    return int(torch.randint(lowest, highest + 1, (1,), generator=rng))


def scores_for(answers):
    """Scores (n, 3) from which the answers can be read off: the largest is 3, the others are 1 and 2."""
    rows = torch.tensor([[3.0, 2.0, 1.0], [1.0, 3.0, 2.0], [2.0, 1.0, 3.0]])
    return rows[answers]


def batches_of(rng, name, state, sizes, wrong):
    """Random batches on which the net in evaluation mode gives `wrong` wrong answers."""
    X = torch.randn(sum(sizes), models.FEATURES, generator=rng)
    with torch.no_grad():
        scores = models.build(name, state).eval()(X)
    y = labels_for(scores, len(X) - wrong, rng)
    return list(zip(X.split(sizes), y.split(sizes), strict=True))


def labels_for(scores, right, rng):
    """Labels of which the scores (n, classes) get exactly `right` right, in random places."""
    examples, classes = scores.shape
    other = torch.randint(1, classes, (examples,), generator=rng)
    other[torch.randperm(examples, generator=rng)[:right]] = 0
    return (scores.argmax(dim=1) + other) % classes


def fraction_right(net, batches):
    """The fraction of right answers, counted here."""
    X, y = (torch.cat(part) for part in zip(*batches, strict=True))
    return (net(X).argmax(dim=1) == y).float().mean().item()


def assert_count(value, expected, what):
    """Fail unless the value is the number `expected`."""
    assert_close(as_number(value, what), float(expected), what, about=value)


def assert_fraction(value, expected, what):
    """Fail unless the value is the fraction `expected`."""
    assert_close(as_number(value, what), expected, what, about=value)
