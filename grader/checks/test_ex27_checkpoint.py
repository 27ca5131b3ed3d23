"""Checks of exercise 27: `save_checkpoint` and `load_checkpoint`, by training that stops and goes on.

The training without a stop is computed here. What is loaded cannot be known without the file: the weights
that were saved follow from random batches, and the net that is loaded into begins with others.
"""

import torch
import torch.nn.functional as F

from grader.compare import as_number, assert_close, assert_shape
from grader.plugin import needs, needs_device, points
from grader.sandbox.probes import checkpoints, models

RATES = [(0.1, 0.1), (0.1, 0.1)]  # for weights and biases: at first, and later
NO_FILE = "save_checkpoint leaves no file at the path that it was given."


@points(1)
def test_epoch(submission, rng):
    """load_checkpoint returns the epoch that was saved.

    Hint: The file has to hold three things. Which of them is neither net nor optimizer?

    Hint: A dictionary can hold all three, and torch.save writes it to a file.

    Hint: Return the number as it was saved: 3 when save_checkpoint was given 3.
    """
    for _ in range(2):
        training = Stopped(rng)
        value = as_number(resume(submission, training)["epoch"], "what load_checkpoint returns")
        assert value == training.epoch, f"load_checkpoint returns {value:g}, and {training.epoch} was saved."


@points(1)
def test_weights(submission, rng):
    """After loading, the net has the weights that were saved.

    Hint: The net that is given to load_checkpoint is the caller's. Whatever you put into it must be the same net.

    Hint: net = … gives a name to something else; the caller's net does not change.

    Hint: state_dict() gives what a net holds, and load_state_dict(…) puts it back.
    """
    training = Stopped(rng)
    training.compare_loaded(resume(submission, training)["loaded"])


@points(1)
@needs("test_weights")
def test_batch_norm_statistics(submission, rng):
    """What batch norm remembers is saved and loaded too.

    Hint: Is everything that a net holds a parameter?

    Hint: Running mean and running variance are buffers. net.parameters() leaves them out.

    Hint: net.state_dict() holds parameters and buffers.
    """
    training = Stopped(rng, "normalised net")
    training.compare_loaded(resume(submission, training)["loaded"])


@points(2)
@needs("test_batch_norm_statistics")
def test_momentum(submission, rng):
    """With momentum, training that was stopped ends with the weights of training that was not.

    Hint: With momentum, each step still carries the steps before it. Where is that kept?

    Hint: A new optimizer has forgotten all steps. The net alone is not enough.

    Hint: An optimizer has a state_dict() and a load_state_dict(…) as well.
    """
    for name in ("perceptron", "normalised net"):
        training = Stopped(rng, name)
        training.compare_final(resume(submission, training)["final"])


@points(1)
@needs("test_weights")
def test_adam(submission, rng):
    """The same with Adam, which remembers more than SGD.

    Hint: Adam keeps two means for every weight, and counts its steps.

    Hint: Whatever an optimizer keeps, it can tell you itself. You need not know what it is.

    Hint: optimizer.state_dict() holds all of it, for every kind of optimizer.
    """
    training = Stopped(rng, kind="Adam", rates=[(0.01, 0.01), (0.01, 0.01)])
    training.compare_final(resume(submission, training)["final"])


@points(1)
@needs("test_weights")
def test_learning_rates(submission, rng):
    """Learning rates that were changed during the training are those that it goes on with.

    Hint: The new optimizer was made with the learning rates of the beginning. Which were in use at the stop?

    Hint: An optimizer keeps its settings in param_groups, one for each group of parameters.

    Hint: Load the whole state_dict() of the optimizer, its settings too.
    """
    training = Stopped(rng, rates=[(0.2, 0.1), (0.05, 0.3)])
    training.compare_final(resume(submission, training)["final"])


@points(1)
@needs("test_epoch", "test_weights")
def test_two_files(submission, rng):
    """Two paths are two checkpoints: the later one leaves the earlier one alone.

    Hint: Which file do you write, and which do you read? Is it the one that was asked for?

    Hint: People keep a checkpoint of every epoch, and go back to the best of them.

    Hint: The name of the file is path, in both functions.
    """
    compare_files(submission, rng, ["one.ckpt", "two.ckpt"], [0, 1])


@points(1)
@needs("test_epoch", "test_weights")
def test_saving_again(submission, rng):
    """Saving to the same path again replaces what was there.

    Hint: A training saves after every epoch, often to the same path.

    Hint: What does your function do when the file is there already?

    Hint: The last call counts: torch.save replaces a file without asking.
    """
    compare_files(submission, rng, ["one.ckpt", "one.ckpt", "one.ckpt"], [2])


@points(2)
@needs("test_epoch", "test_momentum", "test_learning_rates")
def test_the_file_is_enough(submission, rng):
    """Another process, which has nothing but the file, goes on with the training.

    Hint: Today's Python does not know what yesterday's variables held.

    Hint: Is anything that load_checkpoint needs kept in a variable, or in another file?

    Hint: Write everything into the one file at path, and read everything from there.
    """
    training = Stopped(rng, "normalised net", rates=[(0.2, 0.1), (0.05, 0.3)])
    reply = resume_elsewhere(submission, training)
    value = as_number(reply["epoch"], "what load_checkpoint returns in another process")
    assert value == training.epoch, f"In another process load_checkpoint returns {value:g}, not {training.epoch}."
    training.compare_loaded(reply["loaded"])
    training.compare_final(reply["final"])


@points(1)
@needs("test_momentum")
@needs_device("cuda")
def test_other_devices(submission, rng):
    """What was saved on the graphics card goes on on the processor, and the other way round.

    Hint: A tensor is loaded to the device that it was saved from, unless you say otherwise.

    Hint: Look at map_location of torch.load.

    Hint: Load to the CPU. load_state_dict then moves everything to where the net is.
    """
    for devices in (["cuda", "cpu"], ["cpu", "cuda"]):
        training = Stopped(rng, "normalised net")
        training.compare_final(resume(submission, training, devices)["final"])


# Training -----------------------------------------------------------------------------------------


class Stopped:
    """A training that is stopped half-way: what it is given, and how it should end."""

    def __init__(self, rng, name="perceptron", kind="SGD", rates=RATES):
        self.name, self.kind, self.rates = name, kind, rates
        self.epoch = int(torch.randint(2, 1000, (1,), generator=rng))
        self.state, self.other = models.random_state(name, rng), models.random_state(name, rng)
        self.before, self.after = batches_of(rng, 4), batches_of(rng, 4)

    def compare_loaded(self, state):
        """Compare the state after loading with that at the stop."""
        assert_state(self.name, state)
        net, _ = self.until_stop()
        assert_same(self.name, state, models.state_of(net), "load_checkpoint")

    def compare_final(self, state):
        """Compare the final state with that of a training without a stop."""
        assert_state(self.name, state)
        net, optimizer = self.until_stop()
        start = models.state_of(net)
        train(net, optimizer, self.rates[1], self.after)
        # A small error shows in how far the weights have moved, not in the weights.
        moved, expected = (
            [new - old for new, old in zip(one, start, strict=True)] for one in (state, models.state_of(net))
        )
        assert_same(self.name, moved, expected, "load_checkpoint and four more steps", "the change of ")

    def until_stop(self):
        """Net and optimizer at the stop."""
        net = models.build(self.name, self.state)
        optimizer = OPTIMIZERS[self.kind](net)
        train(net, optimizer, self.rates[0], self.before[:2])
        train(net, optimizer, self.rates[1], self.before[2:])
        return net, optimizer


def resume(submission, training, devices=None):
    """What the submission made of a training."""
    reply = submission.run(
        checkpoints.resume,
        submission.save_checkpoint,
        submission.load_checkpoint,
        training.name,
        training.state,
        training.other,
        training.kind,
        training.rates,
        training.before,
        training.after,
        training.epoch,
        devices or [submission.device] * 2,
    )
    return whole(reply)


def resume_elsewhere(submission, training):
    """The same, but all except the file is forgotten in between: a new sandbox loads it."""
    net = [training.name, training.state, training.kind, training.rates]
    start = [*net, training.before, training.epoch, submission.device]
    file = submission.run(checkpoints.save_file, submission.save_checkpoint, *start)["_file"]
    assert file is not None, NO_FILE
    submission.close()
    other = [training.name, training.other, training.kind, training.rates, training.after, submission.device]
    return whole(submission.run(checkpoints.load_file, submission.load_checkpoint, file, *other))


class Momentum:
    """SGD with momentum: v ← μ · v + gradient, weight ← weight − rate · v."""

    def __init__(self, net):
        self.velocities = [torch.zeros_like(parameter) for parameter in net.parameters()]

    def directions(self, gradients):
        """Where the next step leads, for a learning rate of −1."""
        for velocity, gradient in zip(self.velocities, gradients, strict=True):
            velocity.mul_(checkpoints.MOMENTUM).add_(gradient)
        return self.velocities


class Adam:
    """Kingma and Ba, "Adam: A Method for Stochastic Optimization", algorithm 1."""

    def __init__(self, net):
        self.steps = 0
        self.means = [torch.zeros_like(parameter) for parameter in net.parameters()]
        self.squares = [torch.zeros_like(parameter) for parameter in net.parameters()]

    def directions(self, gradients):
        """Where the next step leads, for a learning rate of −1."""
        self.steps += 1
        found = []
        for mean, square, gradient in zip(self.means, self.squares, gradients, strict=True):
            mean.mul_(0.9).add_(0.1 * gradient)
            square.mul_(0.999).add_(0.001 * gradient.square())
            root = (square / (1 - 0.999**self.steps)).sqrt()
            found.append(mean / (1 - 0.9**self.steps) / (root + checkpoints.ADAM_EPS))
        return found


OPTIMIZERS = {"SGD": Momentum, "Adam": Adam}


def train(net, optimizer, rates, batches):
    """A step for each batch; weights and biases have a learning rate of their own."""
    parameters = list(net.parameters())
    for X, y in batches:
        gradients = torch.autograd.grad(F.cross_entropy(net(X), y), parameters)
        with torch.no_grad():
            for parameter, direction in zip(parameters, optimizer.directions(gradients), strict=True):
                parameter -= rates[parameter.dim() == 1] * direction


def compare_files(submission, rng, files, kept):
    """Save after each of a few batches; compare what the files hold with the states after the batches `kept`."""
    name = "perceptron"
    state, other, batches = models.random_state(name, rng), models.random_state(name, rng), batches_of(rng, len(files))
    epochs = torch.randperm(1000, generator=rng)[: len(files)].tolist()
    replies = submission.run(
        checkpoints.save_often,
        submission.save_checkpoint,
        submission.load_checkpoint,
        name,
        state,
        other,
        batches,
        files,
        epochs,
        submission.device,
    )
    assert len(replies) == len(kept), NO_FILE
    net = models.build(name, state)
    optimizer, states = Momentum(net), []
    for batch in batches:
        train(net, optimizer, RATES[0], [batch])
        states.append(models.state_of(net))
    for reply, number in zip(replies, kept, strict=True):
        file = f"the checkpoint in {files[number]}, of {len(files)} that were saved,"
        value = as_number(reply["epoch"], f"the epoch of {file}")
        assert value == epochs[number], f"The epoch of {file} is {value:g}, expected {epochs[number]}."
        assert_state(name, reply["state"])
        assert_same(name, reply["state"], states[number], f"loading {file}")


# States -------------------------------------------------------------------------------------------


def batches_of(rng, count):
    """Random batches for a net that takes vectors."""
    X = torch.randn(count, 8, models.FEATURES, generator=rng)
    y = torch.randint(models.CLASSES, (count, 8), generator=rng)
    return list(zip(X, y, strict=True))


def whole(reply):
    """The reply, if a file was saved at all."""
    assert {"epoch", "loaded", "final"} <= reply.keys(), NO_FILE
    return reply


def assert_same(name, state, expected, when, what=""):
    """Fail unless a state, or the change of one, is as expected in every part."""
    for key, value, target in zip(models.NETS[name]().state_dict(), state, expected, strict=True):
        assert_close(value, target, f"after {when}, {what}{name_of(key)}", rtol=1e-3 if what else 1e-4)


def assert_state(name, state):
    """Fail unless the state fits the net and holds finite numbers."""
    own = models.NETS[name]().state_dict()
    assert len(state) == len(own), "The net has lost or gained weights on the way."
    for (key, expected), tensor in zip(own.items(), state, strict=True):
        assert_shape(tensor, expected.shape, name_of(key))
        assert tensor.dtype == expected.dtype, f"{name_of(key)} holds {tensor.dtype}, expected {expected.dtype}."
        assert torch.isfinite(tensor).all(), f"{name_of(key)} holds NaN or infinite numbers."


def name_of(key):
    """In words: the weight of layer 2, say."""
    layer, _, part = key.rpartition(".")
    return f"the {part.replace('_', ' ')} of layer {layer}"
