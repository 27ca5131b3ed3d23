"""The probes that train and evaluate nets of ours, and the nets themselves."""

import random

import numpy as np
import pytest
import torch
from torch import nn

from grader.sandbox.probes import evaluation, models, training


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(22)


@pytest.fixture
def state(generator) -> list[torch.Tensor]:
    return models.random_state("perceptron", generator)


@pytest.fixture
def batches(generator):
    """Batches of 4, 4 and 2 examples."""
    X, y = torch.randn(10, models.FEATURES, generator=generator), torch.randint(models.CLASSES, (10,))
    return list(zip(X.split(4), y.split(4), strict=True))


@pytest.mark.parametrize("name", models.NETS)
def test_a_net_holds_the_state_it_was_built_with(name, generator):
    state = models.random_state(name, generator)
    for own, given in zip(models.state_of(models.build(name, state)), state, strict=True):
        assert torch.equal(own, given)


def test_a_state_of_another_net_is_refused(state):
    with pytest.raises(ValueError, match="not the state of a moody net"):
        models.build("moody net", state)


def test_the_moody_net_gives_other_answers_in_training_mode(generator):
    net = models.build("moody net", models.random_state("moody net", generator))
    X = torch.randn(60, models.FEATURES, generator=generator)
    in_training, in_use = net.train()(X).argmax(dim=1), net.eval()(X).argmax(dim=1)
    assert (in_training != in_use).float().mean() > 0.3


def test_the_odd_net_gives_other_answers_while_recording(generator):
    net = models.OddWhileRecording()
    X = torch.randn(60, models.FEATURES, generator=generator)
    recorded = net(X).argmax(dim=1)
    with torch.no_grad():
        assert (net(X).argmax(dim=1) != recorded).all()
    with torch.inference_mode():
        assert (net(X).argmax(dim=1) != recorded).all()


# evaluation ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", evaluation.FORMS)
def test_batches_arrive_in_every_form_with_their_sizes(form, state, batches):
    def sizes(net, data_iter):
        return [len(y) for _, y in data_iter]

    assert evaluation.fraction(sizes, "perceptron", state, batches, form, "cpu") == [4, 4, 2]


def test_a_generator_can_be_gone_through_only_once(state, batches):
    def twice(net, data_iter):
        return len(list(data_iter)), len(list(data_iter))

    assert evaluation.fraction(twice, "perceptron", state, batches, "generator", "cpu") == (3, 0)


def test_the_net_arrives_in_training_mode(state, batches):
    def mode(net, data_iter):
        return net.training

    assert evaluation.fraction(mode, "perceptron", state, batches, "list", "cpu") is True


@pytest.mark.parametrize("probe", ["fraction", "gradients_afterwards"])
def test_gradients_that_were_left_off_are_on_for_the_next_probe(probe, state, batches):
    def leave_off(net, data_iter):
        torch.set_grad_enabled(False)

    arguments = ["list", "cpu"] if probe == "fraction" else ["cpu"]
    getattr(evaluation, probe)(leave_off, "perceptron", state, batches, *arguments)
    assert torch.is_grad_enabled()


def test_gradients_that_were_left_off_are_told(state, batches):
    def leave_off(net, data_iter):
        torch.set_grad_enabled(False)

    reply = evaluation.gradients_afterwards(leave_off, "perceptron", state, batches, "cpu")
    assert reply == {"recording": False, "gradients": [None] * 4}


def test_a_frozen_parameter_has_no_gradient(state, batches):
    def freeze(net, data_iter):
        net[0].weight.requires_grad_(False)

    reply = evaluation.gradients_afterwards(freeze, "perceptron", state, batches, "cpu")
    assert [gradient is None for gradient in reply["gradients"]] == [True, False, False, False]


# training -----------------------------------------------------------------------------------------


def test_an_epoch_tells_steps_and_weights(state, batches):
    def steps(net, train_iter, loss, optimizer, device):
        for X, y in train_iter:
            loss(net(X), y).backward()
            optimizer.step()
        return "whatever it returns"

    reply = training.epoch(steps, "perceptron", state, batches, "cross-entropy", "cpu", lr=0.1)
    assert (reply["returned"], reply["steps"]) == ("whatever it returns", 3)
    assert not torch.equal(reply["state"][0], state[0])


def test_an_epoch_starts_in_evaluation_mode_with_stale_gradients(state, batches):
    def look(net, train_iter, loss, optimizer, device):
        return net.training, [parameter.grad.unique().tolist() for parameter in net.parameters()]

    reply = training.epoch(look, "perceptron", state, batches, "squared error", "cpu", lr=0.1, stale_gradient=2.0)
    assert reply["returned"] == (False, [[2.0]] * 4)


def test_every_learning_rate_gets_the_same_fresh_start(state, batches):
    def draw(net, train_iter, test_iter, num_epochs, lr, device):
        with torch.no_grad():
            net[0].weight.fill_(float(torch.rand(())) + random.random() + np.random.rand())

    one, other = training.states_after(draw, "perceptron", state, batches, batches, 1, [0.0, 0.3], "cpu")
    assert torch.equal(one[0], other[0])


def test_images_arrive_shuffled_in_batches(generator):
    images, labels = torch.rand(10, 1, 28, 28, generator=generator), torch.arange(10)
    seen: list[list[int]] = []

    def look(net, train_iter, test_iter, num_epochs, lr, device):
        seen.extend([[int(label) for _, y in part for label in y] for part in (train_iter, test_iter)])

    state = models.random_state("digit reader", generator)
    torch.manual_seed(1)
    training.state_after_images(look, "digit reader", state, (images, labels), (images, labels), 4, 1, 0.1, "cpu")
    shuffled, ordered = seen
    assert sorted(shuffled) == ordered == list(range(10))
    assert shuffled != ordered


@pytest.mark.parametrize("loss", models.LOSSES)
def test_a_loss_is_a_mean_over_its_batch(loss, generator):
    scores, y = torch.randn(6, 3, generator=generator), torch.tensor([0, 1, 2, 2, 1, 0])
    function = models.LOSSES[loss]()
    each = [function(scores[i : i + 1], y[i : i + 1]) for i in range(6)]
    assert torch.allclose(function(scores, y), torch.stack(each).mean(), atol=1e-6)


def test_the_nets_are_made_of_plain_layers():
    """So that `type(layer) == nn.Linear`, as many people write it, finds them."""
    for name in ("nested net", "digit reader", "perceptron"):
        weights = [part for part in models.NETS[name]().modules() if hasattr(part, "weight")]
        assert {type(part) for part in weights} <= {nn.Linear, nn.Conv2d}
