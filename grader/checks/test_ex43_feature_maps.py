"""Checks of exercise 43: `feature_maps(net, layer, X)` and `grad_cam(net, layer, X, class_index)` on nets of ours."""

import torch

from grader.compare import assert_close
from grader.plugin import needs, points
from grader.sandbox.probes import features, models

ROWS, COLUMNS, CLASSES = 12, 15, 4  # of the images and scores of a watcher
TWO = "net of two channels"


@points(1)
def test_maps_by_hand(submission, rng):
    """A layer that doubles its image gives maps that are twice as large.

    Hint: Print the names that a net of yours has: for name, layer in net.named_modules(). How do you get from a name to
    its layer?

    Hint: A hook is a function of yours that PyTorch calls whenever the layer has run: look at register_forward_hook.

    Hint: The hook gets (module, inputs, output). It puts the output where feature_maps finds it once net(X) is done.
    """
    X = torch.tensor([[[[-1.0, 3.0], [0.0, 2.0]], [[5.0, -4.0], [1.0, 0.0]]]])
    factor = float(torch.randint(3, 10, (1,), generator=rng))
    for times in (2.0, factor):
        value = maps(submission, TWO, two_channels(rng, times), "0", X)
        assert_close(value, times * X, f"feature_maps of a layer that gives {times:.0f} · X")


@points(2)
@needs("test_maps_by_hand")
def test_maps_of_nested_layers(submission, rng):
    """Layers inside layers are found by their names, for one image and for several.

    Hint: In a name such as "body.1.0" each dot leads one layer deeper. getattr(net, "body.1.0") does not know that.

    Hint: A dictionary of all layers by name would do; look at named_modules. PyTorch has a shorter way, too.

    Hint: The result has a row for each image, and the shape that the layer gives: (n, k, h, w) for a convolution.
    """
    state = models.random_state("watcher", rng)
    for n, layer in [(1, "body.1.0"), (3, "body.0.0"), (4, "body.0.2"), (2, "head"), (3, "head.2")]:
        X = draw(rng, n)
        expected, _ = run(models.build("watcher", state), layer, X)
        what = f"feature_maps(net, {layer!r}, X) for {n} {'image' if n == 1 else 'images'}"
        assert_close(maps(submission, "watcher", state, layer, X), expected, what)


@points(1)
@needs("test_maps_by_hand")
def test_maps_before_a_layer_in_place(submission, rng):
    """What a later in-place layer does to the maps does not show.

    Hint: nn.ReLU(inplace=True) needs no memory of its own: it writes its result over what it was given.

    Hint: Your hook runs before that ReLU does. What it keeps must be safe from then on.

    Hint: A tensor that is kept is still the same tensor, detached or not. A copy of it is another: look at clone.
    """
    X = torch.tensor([[[[-1.0, 3.0], [-2.0, 2.0]], [[5.0, -4.0], [1.0, 0.0]]]])
    value = maps(submission, f"{TWO} that works in place", two_channels(rng, 2.0), "0", X)
    assert_close(value, 2 * X, "feature_maps of a layer that gives 2 · X, with an in-place ReLU after it,")
    state, X = models.random_state("watcher", rng), draw(rng, 3)
    for layer in ("body.0.0", "body.1.0"):
        expected, _ = run(models.build("watcher", state), layer, X)
        value = maps(submission, "watcher that works in place", state, layer, X)
        assert_close(value, expected, f"feature_maps(net, {layer!r}, X) with an in-place activation after that layer")


@points(2)
def test_cam_by_hand(submission, rng):
    """Weighted maps add up, negative numbers become 0, and the largest becomes 1.

    Hint: You need two things from one run of the net: the maps of the layer, and the score of the class.

    Hint: The weight of a map is the mean of its gradient. [4, 0, 0, 0] has the mean 1, [−1, −1, −2, 0] has −1.

    Hint: First add up weight · map over the maps, then ReLU, then divide each image by its own largest value.
    """
    X = torch.tensor([[[[1.0, 0.0], [0.0, 2.0]], [[0.0, 1.0], [3.0, 0.0]]]])
    W = torch.tensor([[4.0, 0.0, 0.0, 0.0, -1.0, -1.0, -2.0, 0.0], [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]])
    by_hand = cam(submission, TWO, [torch.ones(1), W], "1", X, 0)
    # Layer 1 gives the images themselves, and W is its gradient: the sum can be written down.
    W = 0.5 * torch.randn(2, 2, 2, 2, generator=rng)
    W += torch.tensor([[3.0, -1.0], [-1.0, 3.0]])[:, :, None, None]
    X = torch.rand(3, 2, 2, 2, generator=rng) + torch.tensor([1.0, 0.0])[None, :, None, None]
    X[:, :, 0, 0] = torch.tensor([2.0, 0.5])
    X[:, :, 1, 1] = torch.tensor([0.5, 4.0])
    X *= torch.tensor([1.0, 3.0, 7.0])[:, None, None, None]
    values = [cam(submission, TWO, [torch.ones(1), W.flatten(1)], "1", X, index) for index in (0, 1)]
    assert_close(by_hand, [[[0.5, 0.0], [0.0, 1.0]]], "grad_cam of the example in the stub")
    for index, value in enumerate(values):
        weights = W[index].mean(dim=(1, 2))
        weighted = (weights[None, :, None, None] * X).sum(dim=1).relu()
        expected = weighted / weighted.amax(dim=(1, 2), keepdim=True)
        assert_close(value, expected, f"grad_cam of three images, for class {index}")


@points(1)
@needs("test_cam_by_hand")
def test_cam_without_a_trace(submission, rng):
    """An image that shows no trace of the class keeps its zeros.

    Hint: If every weight is negative, ReLU leaves nothing but zeros. What is their largest value?

    Hint: 0 / 0 is not a number, in PyTorch nan. One image in a batch may be like that, and its neighbours not.

    Hint: Divide only where the largest value is above 0; torch.where chooses for each image.
    """
    W = -0.5 - torch.rand(2, 2, 4, generator=rng)
    W[1] += 4.0
    X = 1 + torch.rand(2, 2, 2, 2, generator=rng)
    X[1] = 0
    value = cam(submission, TWO, [torch.ones(1), W.flatten(1)], "1", X, 0)
    assert_close(value, torch.zeros(2, 2, 2), "grad_cam of a class that speaks against every pixel")
    weighted = (W[1].mean(dim=1)[:, None, None] * X[0]).sum(dim=0)
    value = cam(submission, TWO, [torch.ones(1), W.flatten(1)], "1", X, 1)
    expected = torch.stack([weighted / weighted.max(), torch.zeros(2, 2)])
    assert_close(value, expected, "grad_cam of two images, of which the second is black,")


@points(2)
@needs("test_cam_by_hand")
def test_cam_inside_a_net(submission, rng):
    """Inside a net it gives the map of the class asked for, as large as the maps of the layer.

    Hint: The result has the size of the layer's maps, not of the image: enlarging it comes later, when it is drawn.

    Hint: The score is that of class_index, for every image, whatever class the net would name. No softmax before it.

    Hint: Each image's score depends on that image only. So the gradient of the sum of the n scores has them all.
    """
    for layer in ("body.1.0", "body.0.0"):
        for index in torch.randperm(CLASSES, generator=rng)[:2].tolist():
            compare_cam(submission, rng, "watcher", "watcher", layer, index)


@points(1)
@needs("test_cam_inside_a_net")
def test_cam_in_evaluation_mode(submission, rng):
    """The net runs in evaluation mode: no dropout, and batch norm uses what it remembers.

    Hint: The net may come in training mode. Dropout would black out parts of the maps at random.

    Hint: In training mode batch norm also mixes the images of a batch: what one shows would depend on the others.

    Hint: A net has a method for that switch. Use it before the net runs.
    """
    compare_cam(submission, rng, "moody watcher", "moody watcher", "body.0.1.0", 1)
    compare_cam(submission, rng, "moody watcher", "moody watcher", "body.1", 2)


@points(1)
@needs("test_cam_inside_a_net")
def test_cam_before_a_layer_in_place(submission, rng):
    """grad_cam uses the maps as the layer gave them, also before an in-place layer.

    Hint: In AlexNet, VGG and ResNet of torchvision every ReLU works in place: it writes over the maps before it.

    Hint: You need the maps as numbers, and as the place where the gradient is taken. Keep a tensor that nobody writes
    over.

    Hint: What a forward hook returns takes the place of the output. So the net can go on with a copy, and you keep the
    original.
    """
    for layer in ("body.1.0", "body.0.0"):
        compare_cam(submission, rng, "watcher that works in place", "watcher", layer, 3)


@points(1)
@needs("test_maps_by_hand", "test_cam_by_hand")
def test_no_hook_is_left_behind(submission, rng):
    """No hook is left behind, even when the net raises an error.

    Hint: A hook that stays is called whenever the net runs, for ever, and keeps every output in memory.

    Hint: register_forward_hook returns a handle. What can be done with it?

    Hint: Remove the hook in a finally block: it is run whether net(X) returns or raises.
    """
    state, X = models.random_state("watcher", rng), draw(rng, 2)
    too_small = X[:, :, :1, :1]  # the first convolution raises an error
    for function, index in ((submission.feature_maps, []), (submission.grad_cam, [0])):
        for images, when in ((X, "returns"), (too_small, "raises an error")):
            args = (function, "watcher", state, "body.1.0", images, submission.device, *index)
            left = submission.run(features.hooks_left, *args)
            assert left == 0, f"After {function.name}, when the net {when}, hooks are still there: {left} of them."


# Running the submission ---------------------------------------------------------------------------


def maps(submission, name, state, layer, X):
    """What feature_maps returns for a net of ours."""
    return submission.run(features.look, submission.feature_maps, name, state, layer, X, submission.device)


def cam(submission, name, state, layer, X, index):
    """What grad_cam returns for a net of ours."""
    return submission.run(features.look, submission.grad_cam, name, state, layer, X, submission.device, index)


def compare_cam(submission, rng, name, twin, layer, index):
    """Fail unless grad_cam gives what we compute from `twin`, a net with the same weights."""
    state, X, expected = images_with_a_trace(rng, twin, layer, index)
    value = cam(submission, name, state, layer, X, index)
    assert_close(value, expected, f"grad_cam(net, {layer!r}, X, {index}) for {len(X)} images")


# Recomputing --------------------------------------------------------------------------------------


def draw(rng, n):
    """Images for a watcher."""
    return torch.randn(n, 2, ROWS, COLUMNS, generator=rng)


def two_channels(rng, factor):
    """The state of a net of two channels, whose first layer gives factor · X."""
    return [torch.tensor([factor]), torch.randn(2, 8, generator=rng)]


def run(net, layer, X):
    """The output of a layer and of the net; no later layer of this net may work in place."""
    found = []
    net.get_submodule(layer).register_forward_hook(lambda _layer, _inputs, output: found.append(output))
    scores = net(X)
    return found[0], scores


def images_with_a_trace(rng, name, layer, index, n=3):
    """A state of the net, and images in which the layer sees the class; their maps by Grad-CAM.

    Where almost everything cancels, rounding would be most of what is left. Such images are not asked for.
    """
    while True:
        state, X = models.random_state(name, rng), draw(rng, 40)
        state[-2] *= 50  # weights of the scores: what is divided by should not be tiny
        net = models.build(name, state).eval()
        A, scores = run(net, layer, X)
        (dA,) = torch.autograd.grad(scores[:, index].sum(), A)
        weighted = (dA.mean(dim=(2, 3), keepdim=True) * A).detach()
        cams = weighted.sum(dim=1).relu()
        largest, terms = cams.amax(dim=(1, 2)), weighted.abs().sum(dim=1).amax(dim=(1, 2))
        clear = (largest > 0.1 * terms) & (largest > 0.1)
        if clear.sum() >= n:
            return state, X[clear][:n], (cams / largest[:, None, None])[clear][:n]
