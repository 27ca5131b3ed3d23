"""The numbers of the lesson on AlexNet."""

import math
from pathlib import Path

import pytest
import torch
from torch import nn

from benchmarks.networks import multiply_accumulates, solution
from tests.lessons.nets import count, on_paper

LESSONS = Path(__file__).parents[2] / "docs" / "en" / "lessons"
PAGE = (LESSONS / "alexnet.md").read_text("utf-8").replace("{,}", ",")
PICTURE = (LESSONS / "pictures" / "alexnet_bars.svg").read_text("utf-8")
ALEXNET = solution("ex31_alexnet").alexnet


@pytest.fixture
def net() -> nn.Module:
    return on_paper(ALEXNET)


def shapes(net: nn.Module) -> list[tuple[nn.Module, tuple[int, ...]]]:
    """Each layer with the shape that it leaves."""
    X = torch.zeros(1, 1, 224, 224, device="meta")
    found = []
    for layer in net:
        X = layer(X)
        found.append((layer, tuple(X.shape[1:])))
    return found


def work(layer: nn.Module, shape: tuple[int, ...]) -> int:
    return layer.weight.numel() * math.prod(shape[1:])


def test_the_second_convolution_and_the_first_linear_layer() -> None:
    second, first = nn.Conv2d(96, 256, 5, padding=2), nn.Linear(9216, 4096)
    assert count(second) == 256 * (96 * 25 + 1) == 614_656
    assert multiply_accumulates(second, 27, channels=96) == 27 * 27 * 256 * 96 * 25 == 447_897_600
    assert (first.weight.numel(), first.bias.numel()) == (37_748_736, 4096)
    assert "614,656" in PAGE
    assert "447,897,600" in PAGE
    assert "37,748,736" in PAGE


def test_the_table_of_layers(net: nn.Module) -> None:
    rows = [
        (" × ".join(map(str, shape)), f"{count(layer):,}")
        for layer, shape in shapes(net)
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.Linear)
    ]
    lesson = PAGE.partition("## Layer by layer")[2].splitlines()
    table = [line.strip("| ").split(" | ") for line in lesson if line.startswith(("| conv", "| max", "| lin"))]
    assert [tuple(row[1:]) for row in table] == rows
    sizes = [
        nn.Conv2d(1, 1, 11, 4, padding)(torch.zeros(1, 1, n, n)).shape[-1]
        for n, padding in ((227, 0), (224, 2), (224, 0))
    ]
    assert sizes == [55, 55, 54]
    assert [216 // 4, 217 // 4, 213 // 4] == [54, 54, 53]


def test_the_picture_of_the_bars(net: nn.Module) -> None:
    layers = [(layer, shape) for layer, shape in shapes(net) if hasattr(layer, "weight")]
    said = [
        f"{n / 1e6:.{1 if n >= 1e5 else 2}f} M<" for layer, shape in layers for n in (count(layer), work(layer, shape))
    ]
    drawn = [
        line.split(">")[1] + "<"
        for line in (part.rpartition("</text")[0] for part in PICTURE.splitlines())
        if " M" in line
    ]
    assert drawn == said


def test_slopes_of_seven_sigmoids(net: nn.Module) -> None:
    steepest = torch.zeros(1, requires_grad=True)
    torch.sigmoid(steepest).backward()
    assert steepest.grad.item() == 0.25
    assert 4**7 == 16_384
    assert sum(isinstance(layer, nn.ReLU) for layer in net) == 7


def test_dropout_by_hand() -> None:
    x, kept, p = torch.tensor([4.0, 2, 0, 6]), torch.tensor([1.0, 0, 0, 1]), 0.5
    assert (x * kept / (1 - p)).tolist() == [8, 0, 0, 12]
    torch.manual_seed(0)
    many = nn.Dropout(p)(torch.full((10_000,), 3.0))
    assert set(many.tolist()) == {0.0, 6.0}
    assert many.mean().item() == pytest.approx(3, abs=0.1)
    assert torch.equal(nn.Dropout(p).eval()(x), x)


def test_what_goes_wrong() -> None:
    with pytest.raises(RuntimeError) as caught:
        nn.Linear(9216, 4096)(torch.zeros(1, 6400))
    assert str(caught.value).removeprefix("addmm: ") in PAGE  # the prefix is new in some versions
    assert 256 * 5 * 5 == 6400
    loss = nn.functional.cross_entropy(torch.zeros(1, 10), torch.tensor([3]))
    assert round(loss.item(), 3) == round(math.log(10), 3) == 2.303
    models = pytest.importorskip("torchvision.models")
    theirs = on_paper(models.alexnet)
    assert theirs.features[0].out_channels == 64
    assert f"{count(theirs):,}" == "61,100,840"


def test_what_it_costs(net: nn.Module) -> None:
    layers = [(layer, shape) for layer, shape in shapes(net) if hasattr(layer, "weight")]
    parts = [
        (name, [pair for pair in layers if isinstance(pair[0], kind)])
        for name, kind in [
            ("five convolutions", nn.Conv2d),
            ("three linear layers", nn.Linear),
            ("together", nn.Module),
        ]
    ]
    for name, pairs in parts:
        parameters, macs = sum(count(layer) for layer, _ in pairs), sum(work(*pair) for pair in pairs)
        assert f"| {name} | {parameters:,} | {macs:,} |" in PAGE
    assert count(net) == 58_299_082
    assert multiply_accumulates(net, 224) == 1_060_924_256
    assert round(100 * 3_723_968 / 58_299_082) == 6
    assert round(100 * 1_006_357_344 / 1_060_924_256) == 95
    assert round(4 * 58_299_082 / 1e6) == 233
