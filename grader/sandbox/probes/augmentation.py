"""Let `train_transform` and `test_transform` of the submission transform images of ours, and look at what comes out.

How a result lies is found by comparing it with the figure it was made from: turned by every angle, as it is
and mirrored, and shifted. A figure here is never like its own mirror image, however that is turned.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, Required, TypedDict

import numpy
import torch
import torch.nn.functional as F
from torch import Tensor

SHAPE = (1, 28, 28)

Factory = Callable[..., Any]


class Results(TypedDict, total=False):
    """What came out. Either `kind` says what is wrong with it, or `_images` holds all of it.

    A check looks at `_images`. Random images are never alike, so they are left out where replies are compared
    with those of known mistakes; `seen`, what `look` says of them, stands for them there.
    """

    kind: str
    made: bool
    shape: list[int]
    seen: list[str]
    _images: Tensor
    _type: Required[str]


def transformed(factory: Factory, images: Tensor, times: int) -> Results:
    """Every image, transformed `times` times: the results for the first, then those for the second, and so on."""
    reply = once(factory, images.repeat_interleave(times, dim=0))
    if "_images" in reply:
        reply["seen"] = look(reply["_images"], images)
    return reply


def figures(factory: Factory, images: Tensor, times: int) -> Results:
    """The same for figures of `draw`, with a look at how they lie."""
    reply = transformed(factory, images, times)
    if "_images" in reply:
        reply["seen"] = [*reply["seen"], *ways(reply["_images"], images)]
    return reply


def once(factory: Factory, images: Tensor) -> Results:
    """Every image, transformed once, all by one transform."""
    transform = factory()
    kind = type(transform).__name__
    if not callable(transform):
        return {"kind": "no transform", "made": transform is not None, "_type": kind}
    results = []
    for image in images:
        result = transform(image.clone())
        if isinstance(result, numpy.ndarray):
            result = torch.from_numpy(result)
        if not isinstance(result, Tensor):
            return {"kind": "no tensor", "made": result is not None, "_type": type(result).__name__}
        if tuple(result.shape) != SHAPE:
            return {"kind": "another shape", "shape": list(result.shape), "_type": kind}
        if not result.is_floating_point():
            return {"kind": "whole numbers", "_type": str(result.dtype)}
        results.append(result.detach().cpu().as_subclass(Tensor).to(torch.float32))
    return {"_images": torch.stack(results), "_type": kind}


# Looking ------------------------------------------------------------------------------------------

TOLERANCE = 1e-4  # rounding may lead that far beyond 0 and 1
BRIGHT = 0.5  # the figures are white, and one of all results should still be as bright as this
FADED = 0.1  # of its figure's brightness: less, and the figure is gone
OFTEN = 0.04  # of the results: what is seen more rarely may be an accident


def look(results: Tensor, images: Tensor) -> list[str]:
    """What is to be seen in the results, in words."""
    if not torch.isfinite(results).all():
        return ["not finite"]
    groups = results.reshape(len(images), -1, *SHAPE)
    share_gone = (groups.sum(dim=(2, 3, 4)) < FADED * images.sum(dim=(1, 2, 3))[:, None]).float().mean()
    words = {
        "below 0": results.min() < -TOLERANCE,
        "above 1": results.max() > 1 + TOLERANCE,
        "dim": results.max() < BRIGHT,
        "unchanged": torch.equal(groups, images[:, None].expand_as(groups)),
        "fixed": all(torch.equal(group, group[:1].expand_as(group)) for group in groups),
        "gone": share_gone > OFTEN,
    }
    return [word for word, true in words.items() if true]


def ways(results: Tensor, figures: Tensor) -> list[str]:
    """The wrong ways in which results often lie."""
    return [way for way, share in shares(results, figures).items() if share > OFTEN]


def shares(results: Tensor, figures: Tensor) -> dict[str, float]:
    """The share of the results that lie in each of the wrong ways."""
    groups = results.reshape(len(figures), -1, *SHAPE[1:])
    found = torch.cat([lies(group, figure[0]) for group, figure in zip(groups, figures, strict=True)])
    return {way: (found == number).float().mean().item() for number, way in enumerate(WAYS) if number > 0}


WAYS = ("upright", "upside down", "mirrored left to right", "mirrored top to bottom")
STEP = 15  # degrees
CLEAR = 0.1  # by so much the best way must be better than all others
SHIFT = 12  # pixels


def lies(results: Tensor, figure: Tensor) -> Tensor:
    """For each result (n, 28, 28) of a figure (28, 28) the number of its way in WAYS, or −1 if that is not clear."""
    plain, mirrored = similarities(results, figure).unbind(1)
    degrees = torch.arange(0, 360, STEP)
    away = torch.minimum(degrees, 360 - degrees)
    upright = plain[:, away < 120].amax(dim=1)
    upside_down = plain[:, away >= 120].amax(dim=1)
    left_to_right = mirrored[:, away <= 90].amax(dim=1)
    top_to_bottom = mirrored[:, away > 90].amax(dim=1)
    best = torch.stack([upright, upside_down, left_to_right, top_to_bottom], dim=1)
    # A mirrored figure that was turned by 90° is mirrored one way as much as the other.
    first, second = torch.stack([upright, upside_down, mirrored.amax(dim=1)], dim=1).topk(2, dim=1).values.unbind(1)
    return torch.where(first - second > CLEAR, best.argmax(dim=1), -1)


def similarities(images: Tensor, figure: Tensor) -> Tensor:
    """How like each image (n, 28, 28) is to the figure in every position (n, 2, angles): as it is, mirrored."""
    positions = torch.cat([turned(figure), turned(figure.flip(1))])
    size = (28 + SHIFT, 28 + SHIFT)
    ours, theirs = torch.fft.rfft2(soft(positions), s=size), torch.fft.rfft2(soft(images), s=size)
    products = torch.fft.irfft2(theirs[:, None] * ours[None].conj(), s=size)  # for every shift
    best: Tensor = products.amax(dim=(2, 3)).unflatten(1, (2, -1))
    return best


def turned(figure: Tensor) -> Tensor:
    """The figure turned by every STEP degrees: (angles, 28, 28)."""
    angles = torch.arange(0, 360, STEP) * torch.pi / 180
    zero = torch.zeros_like(angles)
    rows = [torch.stack([angles.cos(), -angles.sin(), zero], 1), torch.stack([angles.sin(), angles.cos(), zero], 1)]
    grid = F.affine_grid(torch.stack(rows, 1), [len(angles), *SHAPE], align_corners=False)
    return F.grid_sample(figure.expand(len(angles), *SHAPE), grid, align_corners=False)[:, 0]


def soft(images: Tensor) -> Tensor:
    """Blurred a little, with a mean of 0 and a length of 1."""
    blurred = F.avg_pool2d(images, 3, stride=1, padding=1)
    centred = blurred - blurred.mean(dim=(1, 2), keepdim=True)
    lengths: Tensor = torch.linalg.vector_norm(centred, dim=(1, 2), keepdim=True)
    return centred / lengths.clamp_min(1e-6)


# Figures ------------------------------------------------------------------------------------------

# Corners of lines that turn out unlike their mirror image; each figure moves them by up to a pixel.
CORNERS = (
    ((22, 15), (22, 19), (18, 17), (7, 12), (18, 6), (10, 5)),
    ((7, 8), (6, 11), (17, 6), (5, 6), (9, 20), (22, 23)),
    ((9, 23), (21, 13), (12, 5), (9, 12), (20, 12), (23, 23)),
    ((10, 22), (8, 8), (22, 16), (23, 22), (23, 21), (19, 9)),
    ((5, 19), (5, 5), (14, 22), (13, 13), (21, 17), (22, 21)),
)
UNLIKE = 0.75  # the most that a figure may be like itself in another way


def draw(generator: torch.Generator) -> Tensor:
    """A figure (1, 28, 28) for each of CORNERS: white strokes on black, unlike any mirror image of theirs."""
    return torch.stack([_draw(torch.tensor(corners), generator)[None] for corners in CORNERS])


def _draw(corners: Tensor, generator: torch.Generator) -> Tensor:
    while True:
        figure = strokes(corners + 2 * torch.rand(corners.shape, generator=generator) - 1)
        plain, mirrored = similarities(figure[None], figure)[0]
        if max(mirrored.max(), plain[120 // STEP : 240 // STEP + 1].max()) < UNLIKE:
            return figure


def strokes(corners: Tensor) -> Tensor:
    """A line of two pixels' width from corner to corner: (28, 28) in [0, 1]."""
    pixels = torch.cartesian_prod(torch.arange(28.0), torch.arange(28.0))
    distances = []
    for start, end in pairwise(corners):
        along = end - start
        share = ((pixels - start) @ along / (along @ along)).clamp(0, 1)
        distances.append(torch.linalg.vector_norm(pixels - start - share[:, None] * along, dim=1))
    return (1.7 - torch.stack(distances).amin(dim=0)).clamp(0, 1).reshape(28, 28)
