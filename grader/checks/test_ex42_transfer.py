"""Checks of exercise 42: `freeze`, `replace_head` and `fine_tune`, judged by the weights that they leave behind."""

import torch
import torch.nn.functional as F

from grader.compare import assert_close
from grader.nets import draw_seed
from grader.pictures import misread
from grader.plugin import deadline, needs, points
from grader.sandbox.probes import fitting, transfer

KNOWN = transfer.CLASSES  # 0 to 4; the others are new
SIZES = {"reader": (1, 28, 28), "small net": (6,), "row of layers": (6,)}
QUICK = ("small net", "row of layers")


@points(1)
def test_freeze(submission, rng):
    """After freeze(net) no parameter of the net is trainable.

    Hint: Which parameters has the net? print(name, p.requires_grad) for name, p in net.named_parameters().

    Hint: requires_grad belongs to each parameter. On the net itself it is a new attribute that nobody looks at.

    Hint: net.parameters() has the parameters of all layers, also of layers inside layers: weights, biases, batch norm.
    """
    states = {name: random_state(name, KNOWN, rng) for name in SIZES}
    replies = [submission.run(transfer.after_freeze, submission.freeze, name, state) for name, state in states.items()]
    for reply in replies:
        left = reply["trainable"]
        several = ", …" if len(left) > 4 else ""
        assert left == [], f"After freeze(net) these are still trainable: {', '.join(left[:4])}{several}."


@points(2)
@needs("test_freeze")
def test_new_head(submission, rng):
    """The last linear layer has num_classes outputs, wherever it lies in the net.

    Hint: print(net) shows the layers, and the layers inside them. Which linear layer is the last?

    Hint: named_modules gives every layer with its name. For "3.0" the layer lies in "3", and there its name is "0".

    Hint: setattr(parent, name, layer) puts a layer in place of another. The new layer has the in_features of the old.
    """
    replies = [(name, classes, *replaced(submission, rng, name, classes)) for name in SIZES for classes in (3, 8)]
    for name, classes, X, reply in replies:
        state = read_state(reply, name, classes)
        assert "output" in reply, "The net that replace_head returns gives something else than scores."
        net = transfer.build(name, classes, state).eval()
        with torch.no_grad():
            assert_close(reply["output"], net(X), f"the scores of the net after replace_head(net, {classes})")


@points(1)
@needs("test_new_head")
def test_only_the_head_is_new(submission, rng):
    """The head is new and trainable; the rest of the net is what it was, and frozen.

    Hint: How many trainable numbers are there now? 64 · 3 + 3 = 195 for 64 inputs and 3 classes.

    Hint: The new layer has weights of its own, also when the number of classes is the same as before.

    Hint: A layer that is made after freeze is trainable by itself. Only one layer is made.
    """
    for name in SIZES:
        before = random_state(name, KNOWN, rng)
        _, reply = replaced(submission, rng, name, KNOWN, before)
        after = read_state(reply, name, KNOWN)
        assert_only_the_head_moved(name, before, after, "replace_head")
        weight, bias = head_names(name)
        old, new = (part[transfer.names(name).index(weight)] for part in (before, after))
        again = (old[:, None] == new[None]).all(dim=2).any().item()
        assert not again, f"After replace_head the weights of {weight} are still those from before."
        trainable = reply["trainable"]
        assert weight in trainable, f"After freeze and replace_head the new {weight} is not trainable."
        others = [part for part in trainable if part not in (weight, bias)]
        assert others == [], f"After freeze and replace_head more than the new layer is trainable: {others[0]}."


@points(2)
@needs("test_only_the_head_is_new")
def test_what_is_frozen_stays(submission, rng):
    """While fine_tune trains the head, frozen weights and batch norm's statistics do not move.

    Hint: Compare the net's state_dict() before and after. What has moved?

    Hint: requires_grad = False stops gradients. The running statistics of batch norm move without any: with each batch.

    Hint: Batch norm renews them in training mode only. In which mode is the net, or at least its frozen part?
    """
    for name, classes in (*((name, 4) for name in QUICK), ("reader", 3)):
        before = random_state(name, KNOWN, rng)
        batches = batches_of(rng, name, classes)
        reply = tune(submission, transfer.after_tuning, name, before, classes, batches, 2, 0.02)
        after = read_state(reply, name, classes)
        assert_only_the_head_moved(name, before, after, "fine_tune")


@points(2)
@needs("test_only_the_head_is_new")
def test_epochs_and_learning_rate(submission, rng):
    """fine_tune moves the head, as far as num_epochs and lr say.

    Hint: The optimizer must be given the new layer's parameters, and take a step for each batch.

    Hint: num_epochs says how often you go through train_iter, and lr goes to the optimizer.

    Hint: For each batch: forget the old gradients, compute the loss, go backward, take a step.
    """
    name, classes = "small net", 3
    state, batches = random_state(name, KNOWN, rng), batches_of(rng, name, classes)
    reply = tune(submission, transfer.paces, name, state, classes, batches)
    start, heads = reply["_start"], reply["_heads"]
    shapes = [part.shape for part in start]
    fits = len(heads) == len(transfer.RUNS) and all([part.shape for part in head] == shapes for head in heads)
    assert fits, "While fine_tune trains the head, it becomes another: its shape changes."
    found = transfer.pace(start, heads)
    (few, low), (many, _), (one, high), _ = transfer.RUNS
    message = {
        "the head stays where it was": "After fine_tune the new head is what it was before: nothing was learned.",
        "the number of epochs makes no difference": f"{one} and {few} epochs of fine_tune leave the very same head.",
        "the learning rate makes no difference": f"With lr = {high} the head goes hardly farther than with lr = {low}.",
        "it goes faster and faster": (
            f"With lr = {low} the gradients hardly change, and still {many} epochs carry the head more than "
            f"{transfer.TOO_FAR} times as far as {few} epochs. The steps grow: are old gradients added to new ones?"
        ),
    }
    assert found == "as it should", message[found]


@points(3)
@needs("test_what_is_frozen_stays", "test_epochs_and_learning_rate")
@deadline(60)
def test_learns_new_classes(submission, rng, dataset):
    """A net that was trained on 0 to 4 learns 5 to 9, from 200 images.

    Hint: This check trains with lr = 0.02, for 10 epochs. Does the loss fall when you try that?

    Hint: Cross-entropy takes the scores as they are, and a step goes against the gradient, to where the loss falls.

    Hint: The labels of train_iter are 0 to 4 again: the new classes, counted from 0. Use them as they come.
    """
    before = trained(dataset, draw_seed(rng))
    new = dataset.train_labels >= KNOWN
    images, labels = dataset.train_images[new][:NEW_IMAGES], dataset.train_labels[new][:NEW_IMAGES] - KNOWN
    reply = tune(submission, transfer.after_tuning_on_images, "reader", before, KNOWN, images, labels, *RECIPE)
    after = read_state(reply, "reader", KNOWN)
    assert_only_the_head_moved("reader", before, after, "fine_tune")
    new = dataset.test_labels >= KNOWN
    images, labels = dataset.test_images[new][:1000], dataset.test_labels[new][:1000] - KNOWN
    with torch.no_grad():
        answers = transfer.build("reader", KNOWN, after).eval()(images).argmax(dim=1)
    submission.show(misread(images, labels, answers, dataset.classes[KNOWN:]))
    right = (answers == labels).float().mean().item()
    enough = ENOUGH[dataset.name]
    assert right >= enough, (
        f"After {RECIPE[1]} epochs on {NEW_IMAGES} images, {right:.0%} of the answers to new images of these classes "
        f"are right. More than {enough:.0%} were expected; guessing gives 20%."
    )


OLD_IMAGES, NEW_IMAGES = 800, 200
RECIPE = (16, 10, 0.02)  # images in a batch, epochs, learning rate
# Accuracy of right runs with SGD, momentum of 0.9 and 0.95, Adam, AdamW, RMSprop and Adagrad, each run with a disguise,
# an old net, images and a head of its own. 210 runs with each on digits: lowest 0.49, one in a hundred below 0.62,
# median 0.80 to 0.85. 60 with each on Fashion-MNIST: 0.40, 0.49, 0.74 to 0.77. Steps the wrong way reach 0.23 at most.
ENOUGH = {"digits": 0.4, "mnist": 0.4, "fashion-mnist": 0.3}


# Running the submission ---------------------------------------------------------------------------


def replaced(submission, rng, name, classes, state=None):
    """Images, and the reply for a frozen net whose head was replaced."""
    X = torch.randn(4, *SIZES[name], generator=rng)
    state = random_state(name, KNOWN, rng) if state is None else state
    functions = (submission.freeze, submission.replace_head)
    return X, submission.run(transfer.after_replacing, *functions, name, state, classes, X)


def tune(submission, probe, *args):
    """The reply of a probe that runs all three functions."""
    functions = (submission.freeze, submission.replace_head, submission.fine_tune)
    return submission.run(probe, *functions, *args, submission.device)


def trained(dataset, seed):
    """The state of a reader that was trained, here, on images of the classes 0 to 4."""
    old = dataset.train_labels < KNOWN
    images, labels = dataset.train_images[old][:OLD_IMAGES], dataset.train_labels[old][:OLD_IMAGES]
    generator = torch.Generator().manual_seed(seed)
    net = transfer.build("reader", KNOWN, random_state("reader", KNOWN, generator))
    parameters = list(net.parameters())
    adam = fitting.Adam(parameters, 3e-3)
    for _ in range(2):
        for part in torch.randperm(len(labels), generator=generator).split(32):
            loss = F.cross_entropy(net(images[part]), labels[part])
            adam.step(torch.autograd.grad(loss, parameters))
    return [tensor.clone() for tensor in net.state_dict().values()]


# Nets and batches ---------------------------------------------------------------------------------


def random_state(name, classes, rng):
    """A state in which nothing is as it was initialised, running statistics neither."""
    return [random_like(key, tensor, rng) for key, tensor in transfer.build(name, classes).state_dict().items()]


def random_like(key, tensor, rng):
    """Random numbers for a part of a net's state, of a size that keeps signals alive."""
    if key.endswith(transfer.COUNT):
        return torch.zeros_like(tensor)
    if tensor.dim() > 1:
        return (2 / tensor[0].numel()) ** 0.5 * torch.randn(tensor.shape, generator=rng)
    return 0.5 + torch.rand(tensor.shape, generator=rng) if "bias" not in key else 0.1 * torch.ones_like(tensor)


def batches_of(rng, name, classes):
    """Two random batches of 8 for a net, whose mean and spread are not those that its batch norm remembers."""
    X = 3 + 2 * torch.randn(16, *SIZES[name], generator=rng)
    y = torch.randint(classes, (16,), generator=rng)
    return list(zip(X.split(8), y.split(8), strict=True))


def head_names(name):
    """The names of the weight and the bias of the last linear layer."""
    return f"{transfer.HEADS[name]}.weight", f"{transfer.HEADS[name]}.bias"


# Judging ------------------------------------------------------------------------------------------


def read_state(reply, name, classes):
    """The state of the net that came back, in the order of ours, of the right shapes for certain."""
    assert reply["is_module"], (
        f"replace_head returns a {reply.get('_type')}, where the net was expected."
        f"{' Does it return its net?' if reply.get('_type') == 'NoneType' else ''}"
    )
    state = dict(zip(reply["_names"], reply["_state"], strict=True))
    weight, bias = head_names(name)
    own = transfer.build(name, classes).state_dict()
    if weight in state:
        state.setdefault(bias, torch.zeros(classes))  # a layer without a bias is a linear layer too
    counts = [key for key in own if key.endswith(transfer.COUNT)]
    state |= {key: own[key] for key in counts}  # how often batch norm ran is no matter
    missing = [key for key in own if key not in state]
    assert not missing, f"The net that was returned has lost {missing[0]}. The layers keep their names."
    gained = [key for key in state if key not in own]
    assert not gained, f"The net that was returned has got {gained[0]}, which it did not have."
    for key, expected in own.items():
        shape = tuple(state[key].shape)
        wanted = tuple(expected.shape)
        assert shape == wanted, f"After replace_head(net, {classes}), {key} has shape {shape}, expected {wanted}."
        assert torch.isfinite(state[key]).all(), f"{key} holds NaN or infinite numbers."
    return [state[key].to(expected.dtype) for key, expected in own.items()]


def assert_only_the_head_moved(name, before, after, what):
    """Fail unless everything except the head is what it was, to the last bit."""
    keys = transfer.names(name)
    moved = transfer.changed(dict(zip(keys, before, strict=True)), dict(zip(keys, after, strict=True)))
    moved = [key for key in moved if key not in head_names(name)]
    count = f", and {len(moved) - 1} more" if len(moved) > 1 else ""
    assert moved == [], f"After {what} something has moved that was frozen: {moved[0]}{count}."
