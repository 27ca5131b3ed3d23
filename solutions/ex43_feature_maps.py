"""Exercise 43: what a layer sees, and where a net looks when it names a class.

Lesson: docs/en/lessons/looking-inside.md
Try it: python -m grader exercises/ex43_feature_maps.py
"""

import torch
from torch import nn


def feature_maps(net: nn.Module, layer: str, X: torch.Tensor) -> torch.Tensor:
    """What the submodule `layer` of the net gives when the net runs on the images X (n, c, h, w).

    `layer` is a name as net.named_modules() lists them, such as "0" or "features.3". Catch the output
    with a hook, and remove the hook afterwards, even when the net raises an error. Some layers work in
    place, such as nn.ReLU(inplace=True): they write over what the layer before them gave. That must
    not show in the result.

    By hand: a layer that doubles, and then an in-place ReLU. For X = [−1, 3] the maps of the first
    layer are [−2, 6], although the ReLU has turned them into [0, 6] by the end.
    """
    maps = []

    def keep(module: nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        maps.append(output.clone())

    hook = net.get_submodule(layer).register_forward_hook(keep)
    try:
        net(X)
    finally:
        hook.remove()
    return maps.pop()


def grad_cam(net: nn.Module, layer: str, X: torch.Tensor, class_index: int) -> torch.Tensor:
    """Grad-CAM: for each image of X, where `layer` (h, w) saw the class `class_index`: (n, h, w).

    The net gives logits (n, classes), and it runs in evaluation mode. With A (n, k, h, w) for the
    feature maps of `layer` and s (n,) for the logits of the class:

        weight of map k   α[n, k] = mean over rows and columns of ∂s[n] / ∂A[n, k]
        map of the image  L[n] = ReLU(Σ over k of α[n, k] · A[n, k])

    Each L[n] is then divided by its own largest value, unless that is 0: an image without a trace of
    the class keeps its zeros. No hook is left behind. What a later layer does in place to the output
    of `layer` does not show here either.

    By hand: maps [[1, 0], [0, 2]] and [[0, 1], [3, 0]] with weights 1 and −1 add up to
    [[1, −1], [−3, 2]]. ReLU makes [[1, 0], [0, 2]] of it, and divided by 2 that is [[0.5, 0], [0, 1]].
    """
    maps = []

    def keep(module: nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> torch.Tensor:
        maps.append(output)
        return output.clone()  # the net goes on with a copy, so nobody writes over the maps

    net.eval()
    hook = net.get_submodule(layer).register_forward_hook(keep)
    try:
        logits = net(X)
    finally:
        hook.remove()
    A = maps.pop()
    (dA,) = torch.autograd.grad(logits[:, class_index].sum(), A)
    weights = dA.mean(dim=(2, 3), keepdim=True)
    L = torch.relu((weights * A).sum(dim=1))
    largest = L.amax(dim=(1, 2), keepdim=True)
    return torch.where(largest > 0, L / largest, L)
