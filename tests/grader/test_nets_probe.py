"""The probe finds parameters in the order of their use, and fills a net as the reference is filled."""

from collections.abc import Callable
from functools import partial

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from grader import nets as judge
from grader.compare import Evidence
from grader.diagnose import same
from grader.pictures import Layer, Layers
from grader.sandbox.client import SandboxError
from grader.sandbox.probes import fitting, nets

X = torch.linspace(-1, 1, 2 * 3 * 6 * 6).reshape(2, 3, 6, 6)
SHAPES = [(4, 3, 3, 3), (4,), (5, 64), (5,), (7, 5), (7,)]


def reference(X: Tensor, parameters: list[Tensor]) -> Tensor:
    w1, b1, w2, b2, w3, b3 = parameters
    X = F.relu(F.conv2d(X, w1, b1)).flatten(1)
    return F.linear(F.relu(F.linear(X, w2, b2)), w3, b3)


def plain() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(64, 5), nn.ReLU(), nn.Linear(5, 7))


def lazy_and_in_place() -> nn.Module:
    return nn.Sequential(
        nn.LazyConv2d(4, 3), nn.ReLU(True), nn.Flatten(), nn.LazyLinear(5), nn.ReLU(True), nn.LazyLinear(7)
    )


def convolutions_only() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 5, 4), nn.ReLU(), nn.Conv2d(5, 7, 1), nn.Flatten(), nn.Dropout()
    )


class MadeInAnotherOrder(nn.Module):
    """Layers are made last first, and biases before weights."""

    def __init__(self) -> None:
        super().__init__()
        self.last_bias, self.last = nn.Parameter(torch.zeros(1, 7)), nn.Parameter(torch.zeros(5, 7))
        self.middle = nn.Linear(64, 5)
        self.first_bias, self.first = nn.Parameter(torch.zeros(4, 1, 1)), nn.Parameter(torch.zeros(4, 3, 3, 3))

    def forward(self, X: Tensor) -> Tensor:
        X = torch.relu(self.first_bias + F.conv2d(X.double(), self.first.double()))
        X = torch.relu(F.linear(X.flatten(1), self.middle.weight.double(), self.middle.bias.double()))
        return self.last_bias.double() + X @ self.last.double()


class PixelByPixel(nn.Module):
    """A convolution as a loop that writes into a tensor: a long graph."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(64, 5), nn.ReLU(), nn.Linear(5, 7))
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, X: Tensor) -> Tensor:
        Y = torch.zeros(len(X), 4, 4, 4)
        for channel in range(4):
            for i in range(4):
                for j in range(4):
                    window = X[:, :, i : i + 3, j : j + 3]
                    Y[:, channel, i, j] = (window * self.conv.weight[channel]).sum((1, 2, 3)) + self.conv.bias[channel]
        return self.head(Y.relu())


RIGHT = [plain, lazy_and_in_place, convolutions_only, MadeInAnotherOrder, PixelByPixel]


class Branches(nn.Module):
    """Two branches on the same input: neither has more history than the other."""

    def __init__(self, join: Callable[[Tensor, Tensor], Tensor], shallow_first: bool = True) -> None:
        super().__init__()
        self.join, self.shallow_first = join, shallow_first
        self.deep, self.shallow = nn.Sequential(nn.Conv2d(3, 2, 1), nn.ReLU(), nn.Conv2d(2, 4, 1)), nn.Conv2d(3, 5, 1)

    def forward(self, X: Tensor) -> Tensor:
        pair = (self.shallow(X), self.deep(X))
        return self.join(*(pair if self.shallow_first else pair[::-1]))


def write_into_slices(one: Tensor, other: Tensor) -> Tensor:
    Y = one.new_zeros(2, 9, 6, 6)
    Y[:, : one.shape[1]] = one
    Y[:, one.shape[1] :] = other
    return Y


def join_channels_last(one: Tensor, other: Tensor) -> Tensor:
    return torch.cat((one.permute(0, 2, 3, 1), other.permute(0, 2, 3, 1)), -1).permute(0, 3, 1, 2)


SHALLOW, DEEP = [(5, 3, 1, 1), (5,)], [(2, 3, 1, 1), (2,), (4, 2, 1, 1), (4,)]
JOINS = [lambda *pair: torch.cat(pair, 1), lambda *pair: torch.hstack(pair), write_into_slices, join_channels_last]


@pytest.mark.parametrize("shallow_first", [True, False])
@pytest.mark.parametrize("join", JOINS)
def test_branches_come_in_the_order_in_which_they_are_joined(
    join: Callable[[Tensor, Tensor], Tensor], shallow_first: bool
) -> None:
    used = nets.in_order_of_use(Branches(join, shallow_first)(X))
    assert [tuple(leaf.shape) for leaf in used] == (SHALLOW + DEEP if shallow_first else DEEP + SHALLOW)


def test_layers_before_branches_come_before_them() -> None:
    """One block after the other: the second sees what the first has joined."""
    first, second = Branches(JOINS[0]), nn.Sequential(nn.Conv2d(9, 3, 1), nn.ReLU(), Branches(JOINS[0], False))
    used = nets.in_order_of_use(second(first(X)))
    assert [tuple(leaf.shape) for leaf in used] == [*SHALLOW, *DEEP, (3, 9, 1, 1), (3,), *DEEP, *SHALLOW]


def test_a_bias_that_is_joined_with_a_layer_comes_after_it() -> None:
    weight, bias = torch.ones(5, 3, requires_grad=True), torch.ones(2, 1, requires_grad=True)
    hidden = torch.relu(torch.ones(2, 5) @ weight + torch.ones(1, requires_grad=True))
    used = nets.in_order_of_use(torch.cat((bias, hidden), 1))
    assert [tuple(leaf.shape) for leaf in used] == [(5, 3), (1,), (2, 1)]


def judge_all(factory: Callable[[], object]) -> None:
    """Compare the net with the reference in every respect."""
    net = judge.read(nets.outputs(factory, [], X, 7), "net()", X)
    output, gradients = judge.expect(reference, SHAPES, X, 7)
    judge.assert_output_shape(net, (2, 7))
    judge.assert_parameters(net, SHAPES)
    judge.assert_output(net, output)
    judge.assert_gradients(net, gradients)


@pytest.mark.parametrize("factory", RIGHT)
def test_ways_of_writing_a_net_make_no_difference(factory: Callable[[], nn.Module]) -> None:
    judge_all(factory)


@pytest.mark.parametrize("factory", RIGHT[1:])
def test_replies_are_the_same_but_for_remarks(factory: Callable[[], nn.Module]) -> None:
    """So a mistake is recognised however the learner wrote it."""
    first, second = nets.outputs(plain, [], X, 7), nets.outputs(factory, [], X, 7)
    for reply in (first, second):
        del reply["used"]  # a 1×1 convolution and a linear layer are told apart by their shapes only
    assert same(first, second)


def test_what_is_only_rounding_tells_no_mistakes_apart() -> None:
    """Sizes of gradients on two processors: of a bias before a batch norm, and of a weight deep in a net."""
    reply = nets.outputs(plain, [], X, 7)
    largest = max(reply["gradients"])
    one = {**reply, "gradients": [*reply["gradients"], 1e-8, largest]}
    assert same({**reply, "gradients": [*reply["gradients"], 6e-9, 1.01 * largest]}, one)
    assert not same({**reply, "gradients": [*reply["gradients"], 1e-8, 0.9 * largest]}, one)
    assert not same({"losses": [1.01, 1.0]}, {"losses": [1.0, 1.0]})
    assert same(torch.tensor(0.75), 0.75)
    assert not same(torch.tensor([0.75]), 0.75)
    assert not same(reply, one)


@pytest.mark.parametrize("factory", RIGHT)
def test_trained_parameters_come_back_in_the_shapes_of_the_reference(factory: Callable[[], nn.Module]) -> None:
    torch.manual_seed(0)
    labels = torch.tensor([2, 5])
    parameters = judge.read_parameters(fitting.fit(factory, [], X, labels, 60, 2, 1e-2, 3), SHAPES, "net()")
    assert reference(X, parameters).argmax(1).tolist() == [2, 5]


def test_the_written_out_adam_is_pytorchs() -> None:
    torch.manual_seed(0)
    ours, theirs = torch.zeros(5, 3), torch.zeros(5, 3, requires_grad=True)
    one, other = fitting.Adam([ours], 1e-2), torch.optim.Adam([theirs], 1e-2)
    for _ in range(50):
        theirs.grad = torch.randn(5, 3)
        one.step([theirs.grad])
        other.step()
    torch.testing.assert_close(ours, theirs.detach())


class LayersInAList(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.hidden = [nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(64, 5), nn.ReLU()]
        self.last = [nn.Linear(5, 7)]

    def forward(self, X: Tensor) -> Tensor:
        for layer in [*self.hidden, *self.last]:
            X = layer(X)
        return X


def without_its_convolution() -> nn.Module:
    class Forgetful(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.rest = nn.Conv2d(3, 4, 3), nn.Sequential(nn.Flatten(), nn.Linear(108, 7))

        def forward(self, X: Tensor) -> Tensor:
            return self.rest(X)

    return Forgetful()


WRONG = {
    "nothing returned": (lambda: None, r"net\(\) gives None, .* Does the function return its net\?"),
    "a class": (lambda: nn.Flatten, r"net\(\) gives a class, .* A class makes a net when it is called"),
    "a list of layers": (lambda: [nn.Flatten()], r"net\(\) gives a list, .* nn\.Sequential"),
    "layers in a list": (LayersInAList, r"net\.parameters\(\) does not list: 6 of them\. .* nn\.ModuleList"),
    "sizes that do not fit": (
        lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(99, 7)),
        r"net\(\) breaks on a batch of shape \(2, 3, 6, 6\): .*\(2x64 and 99x7\)",
    ),
    "a pair as output": (lambda: Pair(), "gives a tuple for a batch of images"),
    "another shape of output": (lambda: nn.Conv2d(3, 4, 3), r"into \(2, 4, 4, 4\), expected \(2, 7\)"),
    "a layer that is not used": (without_its_convolution, r"does not depend on: conv\.weight, conv\.bias"),
    "a layer of another size": (
        lambda: nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU(), nn.Flatten(), nn.Linear(96, 5), nn.Linear(5, 7)),
        r"has 695 parameters, expected 479: the 1st parameter .* has shape \(6, 3, 3, 3\), expected \(4, 3, 3, 3\)",
    ),
    "a layer missing": (
        lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(64, 7)),
        r"expected 479: the 3rd parameter .* has shape \(7, 64\), expected \(5, 64\)",
    ),
    "an activation missing": (
        lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(64, 5), nn.ReLU(), nn.Linear(5, 7)),
        r"net\(\) with weights of ours, .* the output at \[\d, \d\] is",
    ),
}


class Pair(nn.Module):
    def forward(self, X: Tensor) -> tuple[Tensor, Tensor]:
        return X, X


@pytest.mark.parametrize(("factory", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_net_is_told_what_is_wrong(factory: Callable[[], nn.Module], message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        judge_all(factory)


def test_a_net_that_breaks_shows_its_layers_until_then() -> None:
    with pytest.raises(Evidence) as caught:
        judge_all(lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(99, 7)))
    assert caught.value.picture == Layers(
        "Until then, layer by layer", (Layer("Conv2d", (2, 4, 4, 4)), Layer("Flatten", (2, 64)))
    )


@pytest.mark.parametrize("reply", [None, {}, {"is_module": True}, [1], {"is_module": True, "_layers": 5, "shape": [1]}])
def test_a_reply_of_another_form_is_no_net(reply: object) -> None:
    with pytest.raises(SandboxError, match="something else than what was asked for"):
        judge.read(reply, "net()", X)


def test_an_error_in_the_learners_own_code_is_passed_on() -> None:
    class Broken(nn.Module):
        def forward(self, X: Tensor) -> Tensor:
            return self.missing(X)

    with pytest.raises(AttributeError, match="missing"):
        nets.shapes(Broken, [], X)


# Batch norm ---------------------------------------------------------------------------------------

WEIGHTS = [((4, 3, 3, 3), judge.NORM), ((4, 3, 1, 1), judge.ANY), ((7, 4), judge.BIAS)]


def with_shortcut(X: Tensor, parameters: list[Tensor], training: bool) -> Tensor:
    """A convolution with batch norm, around it a 1×1 convolution, then a linear layer."""
    main, shortcut, (weight, bias) = judge.by_layer(parameters)
    X = judge.conv_norm(X, main, training, padding=1) + judge.conv_norm(X, shortcut, training)
    return F.linear(F.relu(X).mean(dim=(2, 3)), weight, bias)


class OwnNorm(nn.Module):
    """Batch norm written by hand, in double precision, its parameters in another shape and order."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.shift, self.scale = (nn.Parameter(torch.zeros(1, channels, 1, 1)) for _ in range(2))

    def forward(self, X: Tensor) -> Tensor:
        X = X.double()
        if self.training:
            mean, variance = X.mean((0, 2, 3), keepdim=True), X.var((0, 2, 3), correction=0, keepdim=True)
            X = (X - mean) / torch.sqrt(variance + 1e-5)
        else:
            X = X / (1 + 1e-5) ** 0.5
        return (self.shift + self.scale * X).float()


class WithShortcut(nn.Module):
    """The net of `with_shortcut`, with or without what is free."""

    def __init__(self, bias: bool, norm: Callable[[int], nn.Module], shortcut_norm: Callable[[int], nn.Module]) -> None:
        super().__init__()
        self.last = nn.Linear(4, 7)
        self.shortcut = nn.Sequential(nn.Conv2d(3, 4, 1, bias=bias), shortcut_norm(4))
        self.main = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1, bias=bias), norm(4), nn.Dropout(0.5))
        with torch.no_grad():
            self.main(X)  # running statistics move

    def forward(self, X: Tensor) -> Tensor:
        return self.last((self.shortcut(X) + self.main(X)).relu().mean((2, 3)))


NORMS = [nn.BatchNorm2d, OwnNorm, lambda channels: nn.LazyBatchNorm2d(eps=1e-3)]


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("shortcut_norm", [nn.Identity, nn.BatchNorm2d])
def test_batch_norm_is_judged_in_both_modes(training: bool, bias: bool, norm, shortcut_norm) -> None:
    reply = nets.outputs(WithShortcut, [bias, norm, shortcut_norm], X, 7, training=training)
    net = judge.read(reply, "net()", X)
    shapes = judge.with_vectors(net, WEIGHTS)
    judge.assert_parameters(net, shapes)
    output, gradients = judge.expect(partial(with_shortcut, training=training), shapes, X, 7, training)
    judge.assert_output(net, output, rtol=1e-4 if training else 2e-3)
    if training:
        judge.assert_gradients(net, gradients)


def test_a_batch_norm_in_the_wrong_mode_gives_other_values() -> None:
    class Stuck(nn.BatchNorm2d):
        def train(self, mode: bool = True) -> nn.Module:
            return super().train(not mode)

    for training in (True, False):
        reply = nets.outputs(WithShortcut, [True, Stuck, nn.Identity], X, 7, training=training)
        net = judge.read(reply, "net()", X)
        shapes = judge.with_vectors(net, WEIGHTS)
        output, _ = judge.expect(
            lambda *args, training=training: with_shortcut(*args, training), shapes, X, 7, training
        )
        with pytest.raises(AssertionError, match="the output at"):
            judge.assert_output(net, output, rtol=5e-2)


def test_a_missing_batch_norm_is_missed() -> None:
    reply = nets.outputs(WithShortcut, [True, nn.Identity, nn.Identity], X, 7)
    net = judge.read(reply, "net()", X)
    with pytest.raises(
        AssertionError, match=r"has 163 parameters, expected 167: the 3rd .*\(4, 3, 1, 1\), expected \(4,\)"
    ):
        judge.assert_parameters(net, judge.with_vectors(net, WEIGHTS))


def test_another_output_in_training_mode_is_told() -> None:
    class Moody(nn.Linear):
        def forward(self, X: Tensor) -> object:
            return (super().forward(X), X) if self.training else super().forward(X)

    with pytest.raises(AssertionError, match="gives a tuple for a batch of images"):
        judge.read(nets.outputs(Moody, [6, 2], X, 7, training=True), "net()", X)


@pytest.mark.parametrize("draw", ["layer", "init", "method"])
def test_large_weights_begin_as_zeros_and_others_as_they_are_drawn(draw: str) -> None:
    def weight(outputs: int) -> nn.Module:
        layer = nn.Linear(300, outputs)
        if draw == "init":
            nn.init.xavier_uniform_(layer.weight)
            nn.init.normal_(layer.bias)
        if draw == "method":
            with torch.no_grad():
                layer.weight.uniform_(-1, 1)
        return layer

    with nets._ManyAreNotDrawn():
        large, small = weight(300), weight(10)
    assert 10 * 300 < nets.MANY <= 300 * 300
    assert not large.weight.any()
    assert small.weight.all()
    assert weight(300).weight.any()  # afterwards as ever


def test_a_net_with_large_weights_is_filled_like_any_other() -> None:
    shapes = [(300, 300), (300,), (7, 300), (7,)]
    images = torch.linspace(-1, 1, 600).reshape(2, 300)

    def net() -> nn.Module:
        return nn.Sequential(nn.Linear(300, 300), nn.ReLU(), nn.Linear(300, 7))

    def reference(X: Tensor, parameters: list[Tensor]) -> Tensor:
        w1, b1, w2, b2 = parameters
        return F.linear(F.relu(F.linear(X, w1, b1)), w2, b2)

    reply = nets.outputs(net, [], images, 5)
    output, gradients = judge.expect(reference, shapes, images, 5)
    torch.testing.assert_close(reply["output"], output)
    torch.testing.assert_close(torch.tensor(reply["gradients"]), torch.tensor(gradients))
