"""The numbers of the lesson on looking inside a net."""

import math
import re
from pathlib import Path

import torch
from torch import nn

from benchmarks.networks import NETWORKS, VGG_11, solution

LESSONS = Path(__file__).parents[2] / "docs" / "en" / "lessons"


def convolutions(net: nn.Module) -> list[nn.Conv2d]:
    return [layer for layer in net.modules() if isinstance(layer, nn.Conv2d)]


def test_filters() -> None:
    with torch.device("meta"):
        lenet, alexnet = convolutions(NETWORKS["lenet"].build()), convolutions(NETWORKS["alexnet"].build())
    assert lenet[0].weight.shape == (6, 1, 5, 5)
    assert alexnet[0].weight.shape == (96, 1, 11, 11)
    assert alexnet[1].weight.shape[1:] == (96, 5, 5)


def test_grad_cam_by_hand() -> None:
    A = torch.tensor([[[2.0, 0], [1, 3]], [[0, 4], [1, 1]]])
    gradient = torch.tensor([[[3.0, 1], [2, 2]], [[-2, 0], [0, -2]]])
    weights = gradient.mean(dim=(1, 2))
    assert weights.tolist() == [8 / 4, -4 / 4] == [2, -1]
    total = torch.einsum("k,kij->ij", weights, A)
    result = total.relu() / total.relu().max()
    assert total.tolist() == [[4, -4], [1, 5]]
    torch.testing.assert_close(result, torch.tensor([[0.8, 0], [0.2, 1]]))
    picture = (LESSONS / "pictures" / "grad_cam_by_hand.svg").read_text("utf-8").replace("−", "-")
    drawn = [float(found) for found in re.findall(r">(-?[\d.]+)</text>", picture)]
    parts = [A[0], A[1], total, total.relu(), result]
    torch.testing.assert_close(torch.tensor(drawn), torch.cat([part.flatten() for part in parts]))


def test_the_solution_gives_the_map_of_the_picture() -> None:
    """The maps come from a layer that passes on its input; the rest of the net has the gradients as weights."""
    net = nn.Sequential(nn.Identity(), nn.Flatten(), nn.Linear(8, 1, bias=False))
    net[2].weight.data = torch.tensor([[3.0, 1, 2, 2, -2, 0, 0, -2]])
    X = torch.tensor([[[[2.0, 0], [1, 3]], [[0, 4], [1, 1]]]], requires_grad=True)
    found = solution("ex43_feature_maps").grad_cam(net, "0", X, 0)
    torch.testing.assert_close(found.detach(), torch.tensor([[[0.8, 0], [0.2, 1]]]))


def test_what_goes_wrong() -> None:
    torch.manual_seed(0)
    caught = []
    net = nn.Sequential(nn.Conv2d(1, 6, 5), nn.ReLU(inplace=True))
    net[0].register_forward_hook(lambda _layer, _inputs, output: caught.append(output.detach()))
    for _ in range(2):
        net(torch.randn(1, 1, 28, 28))
    assert caught[0].min() == 0  # without a copy
    assert len(caught) == 2  # a hook stays until it is removed
    assert 224 / 14 == 16


def test_what_it_costs() -> None:
    with torch.device("meta"):
        lenet = convolutions(NETWORKS["lenet"].build())[0]
        vgg = convolutions(solution("ex32_vgg").vgg(VGG_11))[0]
        assert lenet(torch.zeros(1, 1, 28, 28)).numel() == math.prod((6, 28, 28)) == 4704
        maps = vgg(torch.zeros(1, 1, 224, 224))
    assert maps.numel() == 3_211_264
    assert round(maps.numel() * maps.element_size() / 1e6, 1) == 12.8
    assert 512 * 14 * 14 == 100_352
