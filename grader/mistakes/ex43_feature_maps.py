"""Mistakes of exercise 43: feature maps and Grad-CAM."""

import torch


def _run(net, layer, X, copy=True):
    """The maps of the layer and the net's scores; with `copy` nobody writes over the maps."""
    kept = []

    def keep(_layer, _inputs, output):
        kept.append(output)
        return output.clone() if copy else None

    hook = net.get_submodule(layer).register_forward_hook(keep)
    try:
        scores = net(X)
    finally:
        hook.remove()
    return kept[0], scores


def _maps(net, layer, X):
    """The right maps."""
    return _run(net, layer, X)[0]


def _weighted(net, layer, X, class_index, copy=True, score=lambda scores: scores):
    """Weight · map for every map, and the gradient."""
    A, scores = _run(net, layer, X, copy)
    (dA,) = torch.autograd.grad(score(scores)[:, class_index].sum(), A)
    return dA.mean(dim=(2, 3), keepdim=True) * A, dA, A


def _divide(L):
    """Each image by its own largest value, where that is not 0."""
    largest = L.amax(dim=(1, 2), keepdim=True)
    return torch.where(largest > 0, L / largest, L)


def _cam(net, layer, X, class_index, **change):
    """The right map, or one that begins otherwise."""
    return _divide(_weighted(net.eval(), layer, X, class_index, **change)[0].sum(dim=1).relu())


# feature_maps -------------------------------------------------------------------------------------


class MapsNotCopied:
    """The output is kept as it is, and a later in-place layer writes over it: nn.ReLU(inplace=True) does. Detached,
    it is still the same memory. Keep a copy."""

    grad_cam = _cam

    def feature_maps(net, layer, X):
        return _run(net, layer, X, copy=False)[0]


class InputInsteadOfOutput:
    """Your hook keeps what goes into the layer. What comes out is asked for: a forward hook is given the module,
    its inputs and its output, in this order."""

    grad_cam = _cam

    def feature_maps(net, layer, X):
        kept = []
        hook = net.get_submodule(layer).register_forward_hook(lambda _, inputs, __: kept.append(inputs[0].clone()))
        try:
            net(X)
        finally:
            hook.remove()
        return kept[0]


class OutputOfTheNet:
    """feature_maps returns what the whole net gives. The hook gets the output of the layer: put that aside, and
    return it."""

    grad_cam = _cam

    def feature_maps(net, layer, X):
        return net(X)


class FirstImageOnly:
    """Only the maps of the first image are returned. X holds n images, so the result has n rows: leave axis 0
    whole."""

    grad_cam = _cam

    def feature_maps(net, layer, X):
        return _maps(net, layer, X)[0]


class MeanOverTheMaps:
    """The maps of a layer are averaged into one. Each of them is asked for; it is Grad-CAM that adds them up."""

    grad_cam = _cam

    def feature_maps(net, layer, X):
        return _maps(net, layer, X).mean(dim=1)


class NameAsAttribute:
    """The layer is looked up with getattr, or among the net's own children. That finds "body" but not "body.1.0",
    which lies inside: named_modules has all of them, and get_submodule finds one."""

    def feature_maps(net, layer, X):
        kept = []
        hook = getattr(net, layer).register_forward_hook(lambda _, __, output: kept.append(output.clone()))
        try:
            net(X)
        finally:
            hook.remove()
        return kept[0]

    def grad_cam(net, layer, X, class_index):
        getattr(net, layer)
        return _cam(net, layer, X, class_index)


class HookNeverRemoved:
    """The hook of feature_maps stays on the layer. It would be called for ever, and every call of your function
    hangs one more there: call remove() on what register_forward_hook gave you."""

    grad_cam = _cam

    def feature_maps(net, layer, X):
        kept = []
        net.get_submodule(layer).register_forward_hook(lambda _, __, output: kept.append(output.clone()))
        net(X)
        return kept[0]


class HookStaysAfterAnError:
    """The hook of feature_maps is removed, but not when the net raises an error: the line with remove() is never
    reached then. Put it where Python passes in any case."""

    grad_cam = _cam

    def feature_maps(net, layer, X):
        kept = []
        hook = net.get_submodule(layer).register_forward_hook(lambda _, __, output: kept.append(output.clone()))
        net(X)
        hook.remove()
        return kept[0]


class NothingReturned:
    """feature_maps keeps the maps and returns nothing. What the hook returns is another matter: your function
    itself has to hand the maps on."""

    grad_cam = _cam

    def feature_maps(net, layer, X):
        _maps(net, layer, X)


# grad_cam -----------------------------------------------------------------------------------------


class Probability:
    """The score goes through a softmax before you take the gradient. Then a class also counts for what speaks
    against the others: take the logit, as the net gives it."""

    feature_maps = _maps

    def grad_cam(net, layer, X, class_index):
        return _cam(net, layer, X, class_index, score=lambda scores: scores.softmax(dim=1))


class ClassOfTheNet:
    """The map is that of the class which the net itself names. Take the score of class_index: one may ask where the
    net saw any class."""

    feature_maps = _maps

    def grad_cam(net, layer, X, class_index):
        A, scores = _run(net.eval(), layer, X)
        (dA,) = torch.autograd.grad(scores.max(dim=1).values.sum(), A)
        return _divide((dA.mean(dim=(2, 3), keepdim=True) * A).sum(dim=1).relu())


class NoRelu:
    """The ReLU is missing: your map has negative numbers, where the layer speaks against the class. Only what
    speaks for it is asked for."""

    feature_maps = _maps

    def grad_cam(net, layer, X, class_index):
        return _divide(_weighted(net.eval(), layer, X, class_index)[0].sum(dim=1))


class ReluBeforeTheSum:
    """ReLU is applied to each weighted map, before they are added up. What speaks against the class is then lost
    too early: first the sum over the maps, then ReLU."""

    feature_maps = _maps

    def grad_cam(net, layer, X, class_index):
        return _divide(_weighted(net.eval(), layer, X, class_index)[0].relu().sum(dim=1))


class AbsoluteValue:
    """Your map takes the absolute value, so pixels that speak against the class shine as bright as those that speak
    for it. ReLU sets them to 0."""

    feature_maps = _maps

    def grad_cam(net, layer, X, class_index):
        return _divide(_weighted(net.eval(), layer, X, class_index)[0].sum(dim=1).abs())


class GradientAtEveryPixel:
    """Each pixel of a map is multiplied by its own gradient. In Grad-CAM a whole map has one weight: the mean of
    its gradient over rows and columns."""

    feature_maps = _maps

    def grad_cam(net, layer, X, class_index):
        _, dA, A = _weighted(net.eval(), layer, X, class_index)
        return _divide((dA * A).sum(dim=1).relu())


class GradientsWithoutTheMaps:
    """Your map is made of gradients alone. They say how much a pixel would matter; multiply with the maps, which
    say what is there."""

    feature_maps = _maps

    def grad_cam(net, layer, X, class_index):
        return _divide(_weighted(net.eval(), layer, X, class_index)[1].sum(dim=1).relu())


class MapsWithoutWeights:
    """The maps are added up without weights, so the class makes no difference. The weight of a map is the mean of
    its gradient."""

    feature_maps = _maps

    def grad_cam(net, layer, X, class_index):
        return _divide(_run(net.eval(), layer, X)[0].sum(dim=1).relu())


class OneWeightForTheBatch:
    """The mean of the gradient runs over the images as well, so all images share their weights. Each image has
    weights of its own: mean over rows and columns only."""

    feature_maps = _maps

    def grad_cam(net, layer, X, class_index):
        _, dA, A = _weighted(net.eval(), layer, X, class_index)
        return _divide((dA.mean(dim=(0, 2, 3), keepdim=True) * A).sum(dim=1).relu())


class NotDivided:
    """The map is not divided by its largest value. After that, the brightest pixel is 1, and maps can be
    compared."""

    feature_maps = _maps

    def grad_cam(net, layer, X, class_index):
        return _weighted(net.eval(), layer, X, class_index)[0].sum(dim=1).relu()


class LargestOfTheBatch:
    """All images are divided by the largest value of the whole batch. Each has its own: take the maximum over rows
    and columns, and keep the images apart."""

    feature_maps = _maps

    def grad_cam(net, layer, X, class_index):
        L = _weighted(net.eval(), layer, X, class_index)[0].sum(dim=1).relu()
        return L / L.max() if L.max() > 0 else L


class DividedByZero:
    """Where the largest value is 0 you divide by it, and 0 / 0 is nan. Such an image keeps its zeros: divide the
    others."""

    feature_maps = _maps

    def grad_cam(net, layer, X, class_index):
        L = _weighted(net.eval(), layer, X, class_index)[0].sum(dim=1).relu()
        return L / L.amax(dim=(1, 2), keepdim=True)


class SmallestToZero:
    """You stretch each map from its smallest to its largest value. Nothing is subtracted here: a pixel of half the
    largest value becomes 0.5."""

    feature_maps = _maps

    def grad_cam(net, layer, X, class_index):
        L = _weighted(net.eval(), layer, X, class_index)[0].sum(dim=1).relu()
        return _divide(L - L.amin(dim=(1, 2), keepdim=True))


class EnlargedToTheImage:
    """Your map is as large as the image. It should have the size of the layer's maps; enlarge it when you draw
    it."""

    feature_maps = _maps

    def grad_cam(net, layer, X, class_index):
        L = _cam(net, layer, X, class_index)
        size = [2 * X.shape[2], X.shape[3]] if X.shape[2:] == L.shape[1:] else X.shape[2:]
        return torch.nn.functional.interpolate(L[:, None], size=tuple(size), mode="bilinear")[:, 0]


class TrainingModeLeftOn:
    """The net is not switched to evaluation mode. Dropout removes maps at random, and batch norm mixes the images
    of the batch."""

    feature_maps = _maps

    def grad_cam(net, layer, X, class_index):
        return _divide(_weighted(net, layer, X, class_index)[0].sum(dim=1).relu())


class CamOfOverwrittenMaps:
    """In grad_cam the maps are multiplied after a later in-place layer has written over them. Let the net go on
    with a copy, and keep the original."""

    feature_maps = _maps

    def grad_cam(net, layer, X, class_index):
        return _cam(net, layer, X, class_index, copy=False)


class HookOfGradCamStays:
    """grad_cam leaves its hook on the layer. Remove it as in feature_maps, in any case."""

    feature_maps = _maps

    def grad_cam(net, layer, X, class_index):
        net.get_submodule(layer).register_forward_hook(lambda *_: None)
        return _cam(net, layer, X, class_index)
