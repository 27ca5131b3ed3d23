"""Checks of exercise 23: `train_epoch` and `train`, recomputed from the weights that they return."""

import torch
import torch.nn.functional as F

from grader.compare import as_number, assert_close, assert_shape, type_name
from grader.pictures import Curves, curve, misread
from grader.plugin import deadline, needs, points
from grader.sandbox.probes import models, training

TRAIN_IMAGES, EPOCHS, BATCH_SIZE, LEARNING_RATE = 2000, 2, 16, 0.1  # 0.8 s on one core
# Lowest and median accuracy of 240 right runs (half of them with xavier_normal_, each with a disguise of
# its own): digits 0.838 and 0.932, Fashion-MNIST 0.532 and 0.715. Guessing gives 0.1.
TWO = "two numbers, mean loss and accuracy,"
ENOUGH = {"digits": 0.75, "mnist": 0.75, "fashion-mnist": 0.4}


@points(1)
def test_mean_loss(submission, rng):
    """Batches of 4 and 2 examples with losses 1.0 and 4.0 have a mean loss of 2.0.

    Hint: The loss of a batch is a mean over its examples. A batch of 4 stands for 4 examples, one of 2 for 2.

    Hint: Multiply each batch's loss by the number of its examples before you add it up.

    Hint: (4 · 1.0 + 2 · 4.0) / 6 = 2.0: the sum over all examples, divided once by the number of examples.
    """
    # The second time all losses are a few times as large, and so is their mean.
    for times in (1, int(torch.randint(2, 10, (1,), generator=rng))):
        loss, _ = run_by_hand(submission, times=times)
        assert_close(as_number(loss, "the mean loss"), 2.0 * times, "the mean loss")


@points(1)
def test_accuracy(submission, rng):
    """Batches of 4 and 2 examples with 3 and 0 right answers have an accuracy of 0.5.

    Hint: Count right answers and examples over the whole epoch.

    Hint: Batches may have different sizes, so the mean of their accuracies is something else.

    Hint: (3 + 0) / (4 + 2) = 0.5, and it is the second of the two numbers that train_epoch returns.
    """
    _, accuracy = run_by_hand(submission)
    assert_close(as_number(accuracy, "the accuracy"), 0.5, "the accuracy")
    classes = torch.randint(3, (6,), generator=rng)
    _, accuracy = run_by_hand(submission, classes)
    right = int((classes == ANSWERS).sum())
    assert_close(as_number(accuracy, "the accuracy"), right / 6, f"the accuracy with {right} of 6 answers right")


@points(2)
def test_one_step_for_each_batch(submission, rng):
    """After an epoch the weights are where one step of the optimizer for each batch leads.

    Hint: Four batches, four steps. Each step needs gradients, and these come from the loss of that batch alone.

    Hint: PyTorch adds new gradients to the old ones. Who forgets the old ones, and when?

    Hint: For each batch in this order: forget the old gradients, compute the loss, go backward, take a step.
    """
    compare_epochs(submission, rng, "perceptron", momentum=0.9)


@points(1)
@needs("test_one_step_for_each_batch")
def test_old_gradients_are_forgotten(submission, rng):
    """Gradients that were there before the epoch do not move the weights.

    Hint: Somebody may have run backward before your function is called. Is the first batch safe from that?

    Hint: It is not enough to forget the gradients after a step: the first batch has no step before it.

    Hint: Forget them at the beginning of each batch, before backward.
    """
    compare_epochs(submission, rng, "perceptron", stale_gradient=1.0)


@points(1)
@needs("test_one_step_for_each_batch")
def test_training_mode(submission, rng):
    """The net is in training mode: batch norm uses the batch and updates what it remembers.

    Hint: The net may come in evaluation mode, from a test between two epochs, say.

    Hint: Batch norm normalises with the mean of the batch in training, with its running mean otherwise.

    Hint: Switch the net to training mode at the beginning of the epoch.
    """
    compare_epochs(submission, rng, "normalised net")


@points(1)
@needs("test_mean_loss", "test_accuracy", "test_one_step_for_each_batch")
def test_numbers_are_taken_while_the_epoch_runs(submission, rng):
    """Loss and accuracy are those of the outputs before each step, for the loss that was given.

    Hint: A step changes the net. Outputs that you compute after it are better than those it was made from.

    Hint: Run the net once for each batch, and use these outputs for the loss, the step and the counting.

    Hint: Use the loss that you are given: it need not be cross-entropy.
    """
    state = models.random_state("perceptron", rng)
    batches = batches_of(rng, sizes=(16, 16, 16, 5))
    reply = run_epoch(submission, "perceptron", state, batches, "squared error", lr=0.1)
    expected = Epoch("perceptron", state, batches, "squared error", lr=0.1)
    loss, accuracy = two_numbers(reply["returned"])
    assert_close(as_number(loss, "the mean loss"), expected.loss, "the mean loss of an epoch with a loss of our own")
    assert_close(as_number(accuracy, "the accuracy"), expected.accuracy, "the accuracy of the same epoch")


@points(1)
def test_xavier(submission, rng):
    """train gives every linear and convolutional weight a fresh start by Xavier's rule.

    Hint: With a learning rate of 0, what train leaves in the weights is the start it gave them.

    Hint: The net holds layers inside layers. net.apply(f) calls f for every one of them, however deep.

    Hint: Linear and convolutional layers have a weight for torch.nn.init.xavier_uniform_, others have not.
    """
    name = "nested net"
    spoiled = spoil(name)
    batches = [(torch.randn(8, 8, 6, 6, generator=rng), torch.randint(10, (8,), generator=rng)) for _ in range(2)]
    (state,) = run_train(submission, name, spoiled, batches, batches, rates=[0.0])
    for key, before, after in zip(keys(name), spoiled, state, strict=True):
        if before.dim() > 1:
            assert_xavier(after, before, name_of(key))


@points(2)
def test_train_is_sgd_on_cross_entropy(submission, rng):
    """From its fresh start, train takes the steps of SGD on cross-entropy, for num_epochs epochs.

    Hint: weight ← weight − lr · gradient, with the lr that was given: no momentum, nothing adapted.

    Hint: Each epoch goes once through train_iter, and the weights go on from where the epoch before left them.

    Hint: Cross-entropy takes the net's scores as they are. The fresh start comes once, before the first epoch.
    """
    spoiled = spoil("perceptron")
    train_batches, test_batches = batches_of(rng, sizes=(8, 8, 8, 3)), batches_of(rng, sizes=(9, 5))
    runs = [
        (epochs, run_train(submission, "perceptron", spoiled, train_batches, test_batches, [0.0, 0.3], epochs))
        for epochs in (1, 3)
    ]
    ways = [way(start, train_batches, epochs) for epochs, (start, _) in runs]
    show_curves(submission, [loss_and_accuracy(state, train_batches) for state in [*ways[-1], runs[-1][1][1]]])
    for (epochs, (start, end)), (*_, expected) in zip(runs, ways, strict=True):
        assert not equal(start, end), "Learning rates of 0 and of 0.3 leave the same weights."
        when = f"{epochs} {'epoch' if epochs == 1 else 'epochs'} of train"
        compare_changes("perceptron", start, end, expected, when)


@points(2)
@needs("test_xavier", "test_train_is_sgd_on_cross_entropy")
@deadline(60)
def test_reads_images(submission, rng, dataset):
    """A small CNN that train has trained reads images that it has never seen.

    Hint: Does it run on your machine with a net of your own? Print loss and accuracy after each epoch.

    Hint: Here train_iter is a DataLoader that shuffles, and images have the shape (n, 1, 28, 28).

    Hint: Net and batches must lie on the same device, the one that was given.
    """
    spoiled = spoil("digit reader", 0.0)
    state = submission.run(
        training.state_after_images,
        submission.train,
        "digit reader",
        spoiled,
        (dataset.train_images[:TRAIN_IMAGES], dataset.train_labels[:TRAIN_IMAGES]),
        (dataset.validation_images[:100], dataset.validation_labels[:100]),
        BATCH_SIZE,
        EPOCHS,
        LEARNING_RATE,
        submission.device,
    )
    assert_state("digit reader", state)
    images, labels = dataset.test_images[:1000], dataset.test_labels[:1000]
    with torch.no_grad():
        answers = models.build("digit reader", state)(images).argmax(dim=1)
    submission.show(misread(images, labels, answers, dataset.classes))
    right = (answers == labels).float().mean().item()
    enough = ENOUGH[dataset.name]
    assert right >= enough, (
        f"After {EPOCHS} epochs of {TRAIN_IMAGES} images, {right:.0%} of the answers to images that the net has never "
        f"seen are right. More than {enough:.0%} were expected; guessing gives 10%."
    )


# Running the submission ---------------------------------------------------------------------------


ANSWERS = torch.tensor([2, 1, 0, 2, 0, 1])  # where the scores below are largest


def run_by_hand(submission, classes=(2, 1, 0, 0, 1, 0), times=1):
    """Loss and accuracy of two batches that can be followed by hand, with a step of length 0."""
    # The scores are X itself, and the loss is the mean of the first score.
    first = torch.tensor([[1.0, 0.0, 2.0], [1.0, 2.0, 0.0], [1.0, 0.0, 0.0], [1.0, 0.0, 3.0]])
    last = torch.tensor([[4.0, 0.0, 1.0], [4.0, 5.0, 2.0]])
    y = torch.as_tensor(classes)
    batches = [(times * first, y[:4]), (times * last, y[4:])]
    reply = run_epoch(submission, "three scores", [torch.eye(3)], batches, "first score", lr=0.0)
    return two_numbers(reply["returned"])


def run_epoch(submission, *args, **kwargs):
    """The reply of the probe `epoch`."""
    return submission.run(training.epoch, submission.train_epoch, *args, device=submission.device, **kwargs)


def run_train(submission, name, state, train_batches, test_batches, rates, num_epochs=1):
    """States that train left behind, one for each learning rate, of the right shapes for certain."""
    states = submission.run(
        training.states_after,
        submission.train,
        name,
        state,
        train_batches,
        test_batches,
        num_epochs,
        rates,
        submission.device,
    )
    for one in states:
        assert_state(name, one)
    return states


def two_numbers(returned):
    """The two things that train_epoch returns."""
    assert returned is not None, "train_epoch returned None. Does it return the mean loss and the accuracy?"
    several = returned.dim() > 0 if isinstance(returned, torch.Tensor) else isinstance(returned, list | tuple)
    assert several, f"train_epoch returned {type_name(returned)}, where {TWO} were expected."
    assert len(returned) == 2, f"train_epoch returned {len(returned)} things, where {TWO} were expected."
    return list(returned)


# Recomputing --------------------------------------------------------------------------------------


class Epoch:
    """One epoch of SGD, as it should be: the state after it, mean loss and accuracy."""

    def __init__(self, name, state, batches, loss, lr, momentum=0.0):
        net = models.build(name, state)
        parameters = list(net.parameters())
        velocities = [torch.zeros_like(parameter) for parameter in parameters]
        loss_sum, right, total = 0.0, 0, 0
        for X, y in batches:
            y_hat = net(X)
            value = models.LOSSES[loss]()(y_hat, y)
            gradients = torch.autograd.grad(value, parameters)
            with torch.no_grad():
                for parameter, velocity, gradient in zip(parameters, velocities, gradients, strict=True):
                    velocity.mul_(momentum).add_(gradient)
                    parameter.sub_(lr * velocity)
            loss_sum += value.item() * len(y)
            right += (y_hat.argmax(dim=1) == y).sum().item()
            total += len(y)
        self.state, self.loss, self.accuracy = models.state_of(net), loss_sum / total, right / total


def way(state, batches, epochs):
    """The states of a perceptron from this one on, epoch after epoch."""
    states = [state]
    for _ in range(epochs):
        states.append(Epoch("perceptron", states[-1], batches, "cross-entropy", lr=0.3).state)
    return states


def compare_epochs(submission, rng, name, momentum=0.0, stale_gradient=None):
    """Compare the weights after train_epoch with those after an epoch of our own."""
    state, batches = models.random_state(name, rng), batches_of(rng, sizes=(8, 8, 8, 3))
    reply = run_epoch(
        submission, name, state, batches, "cross-entropy", lr=0.3, momentum=momentum, stale_gradient=stale_gradient
    )
    assert_state(name, reply["state"])
    expected = Epoch(name, state, batches, "cross-entropy", lr=0.3, momentum=momentum)
    steps, wanted = reply["steps"], len(batches)
    assert steps == wanted, f"An epoch of {wanted} batches takes {wanted} steps of the optimizer. Yours took {steps}."
    assert not equal(state, reply["state"]), "After the epoch, every weight of the net is what it was before."
    compare_changes(name, state, reply["state"], expected.state, "the epoch")


def compare_changes(name, before, after, expected, when):
    """Compare how far a net's state has moved: a small error shows in the change, not in the weight."""
    for key, old, new, target in zip(keys(name), before, after, expected, strict=True):
        assert_close(new - old, target - old, f"after {when}, the change of {name_of(key)}", rtol=1e-3)


def loss_and_accuracy(state, batches):
    """Mean cross-entropy and accuracy of a perceptron over the examples of all batches."""
    X, y = (torch.cat(part) for part in zip(*batches, strict=True))
    with torch.no_grad():
        y_hat = models.build("perceptron", state)(X)
    return F.cross_entropy(y_hat, y).item(), (y_hat.argmax(dim=1) == y).float().mean().item()


def show_curves(submission, known):
    """Show the losses and accuracies that should come one after another, and the last, where train has come."""
    for what, (*expected, last) in zip(("loss", "accuracy"), zip(*known, strict=True), strict=True):
        epochs = len(expected) - 1
        yours = [expected[0], *[None] * (epochs - 1), last]
        series = (curve("expected", expected), curve("yours", yours))
        submission.show(Curves(f"{epochs} epochs of train", "epoch", what, epochs, series, first=0))


def equal(one, other):
    """Whether two states are the same to the last bit."""
    return all(torch.equal(*pair) for pair in zip(one, other, strict=True))


def batches_of(rng, sizes):
    """Random batches for a perceptron, with labels that nobody could guess."""
    X = torch.randn(sum(sizes), models.FEATURES, generator=rng)
    y = torch.randint(models.CLASSES, (len(X),), generator=rng)
    return list(zip(X.split(sizes), y.split(sizes), strict=True))


# Weights ------------------------------------------------------------------------------------------


def spoil(name, value=0.5):
    """A state in which all weights of a layer are alike: from there no net learns."""
    own = models.state_of(models.NETS[name]())
    return [torch.full_like(tensor, value if tensor.dim() > 1 else 0.0) for tensor in own]


def keys(name):
    """The names of the parts of a net's state."""
    return list(models.NETS[name]().state_dict())


def name_of(key):
    """In words: the weight of layer 0.2, say."""
    layer, _, part = key.rpartition(".")
    return f"the {part.replace('_', ' ')} of layer {layer}"


def assert_state(name, state):
    """Fail unless the returned state fits the net and holds finite numbers."""
    own = models.state_of(models.NETS[name]())
    same_number = isinstance(state, list) and len(state) == len(own)
    assert same_number, "The net has lost or gained weights on the way."
    for key, tensor, expected in zip(keys(name), state, own, strict=True):
        what = name_of(key)
        assert_shape(tensor, expected.shape, what)
        assert tensor.dtype == expected.dtype, f"{what} holds {tensor.dtype}, where {expected.dtype} was expected."
        assert torch.isfinite(tensor).all(), f"{what} holds NaN or infinite numbers: were the steps too large?"


def assert_xavier(weight, before, what):
    """Fail unless the weight is spread as Xavier's rule says, uniform or normal."""
    assert not torch.equal(weight, before), f"{what} is what it was before: it got no fresh start."
    area = weight[0, 0].numel()
    fan_in, fan_out = weight.shape[1] * area, weight.shape[0] * area
    expected = (2 / (fan_in + fan_out)) ** 0.5
    mean, spread = weight.mean().item(), weight.std().item()
    # The smallest weight has 960 numbers: a right spread strays by 15% once in 10 billion runs.
    right = abs(spread / expected - 1) < 0.15 and abs(mean) < 0.2 * expected
    assert right, (
        f"{what} has a mean of {mean:.2g} and a standard deviation of {spread:.3g}. By Xavier's rule, with fan_in "
        f"{fan_in} and fan_out {fan_out}, they should be 0 and √(2 / {fan_in + fan_out}) = {expected:.3g}."
    )
