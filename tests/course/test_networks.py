"""The named networks at their original size: shapes, parameters and multiply–accumulates, against papers or by hand."""

import pytest
import torch
from torch import nn

from benchmarks.networks import NARROW, NETWORKS, VGG_11, build, multiply_accumulates, short, solution


def on_paper(make):
    """A net without numbers: on PyTorch's meta device only shapes are computed."""
    with torch.device("meta"):
        return make().eval()


def parameters(net: nn.Module) -> int:
    return sum(parameter.numel() for parameter in net.parameters())


def conv(inputs: int, outputs: int, kernel: int) -> int:
    """Weights and biases of a convolution."""
    return outputs * (inputs * kernel * kernel + 1)


def linear(inputs: int, outputs: int) -> int:
    return outputs * (inputs + 1)


def walk(net: nn.Module, shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The shapes, without the batch, that layers leave: each one once where several in a row leave the same."""
    found: list[tuple[int, ...]] = []

    def note(layer: nn.Module, _inputs: object, output: torch.Tensor) -> None:
        if not found or found[-1] != tuple(output.shape[1:]):
            found.append(tuple(output.shape[1:]))

    for layer in net.modules():
        if not list(layer.children()):
            layer.register_forward_hook(note)
    with torch.no_grad():
        net(torch.zeros(shape, device="meta"))
    return found


@pytest.mark.parametrize("name", NETWORKS)
def test_it_takes_a_batch_at_its_original_size(name: str) -> None:
    net, size = on_paper(NETWORKS[name].build), NETWORKS[name].full.size
    assert net(torch.zeros(3, 1, size, size, device="meta")).shape == (3, 10)


def test_lenet() -> None:
    net = on_paper(NETWORKS["lenet"].build)
    assert parameters(net) == 156 + 2416 + 48_120 + 10_164 + 850 == 61_706
    assert walk(net, (1, 1, 28, 28)) == [
        *[(6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (400,), (120,), (84,), (10,)]
    ]
    # 6·28²·25 + 16·10²·150 + 400·120 + 120·84 + 84·10
    assert multiply_accumulates(net, 28) == 117_600 + 240_000 + 48_000 + 10_080 + 840


def test_vgg_11() -> None:
    net = on_paper(NETWORKS["vgg11"].build)
    convolutions = [(1, 64), (64, 128), (128, 256), (256, 256), (256, 512), (512, 512), (512, 512), (512, 512)]
    by_hand = sum(conv(*one, 3) for one in convolutions)
    by_hand += linear(512 * 7 * 7, 4096) + linear(4096, 4096) + linear(4096, 10)
    assert parameters(net) == by_hand
    # Table 2 of the paper (arXiv:1409.1556) says 133 million for A, with 3 channels and 1000 classes.
    assert round((by_hand + 64 * 2 * 9 + linear(4096, 1000) - linear(4096, 10)) / 1e6) == 133
    sizes = [shape[1:] for shape in walk(net, (1, 1, 224, 224)) if len(shape) == 3]
    assert list(dict.fromkeys(sizes)) == [(size, size) for size in (224, 112, 56, 28, 14, 7)]


def test_the_narrow_vgg_has_a_quarter_of_the_channels() -> None:
    assert [channels for _, channels in NARROW] == [16, 32, 64, 128, 128]
    assert [4 * channels for _, channels in NARROW] == [channels for _, channels in VGG_11]


def test_nin() -> None:
    net = on_paper(NETWORKS["nin"].build)
    blocks = [(1, 96, 11), (96, 256, 5), (256, 384, 3), (384, 10, 3)]
    assert parameters(net) == sum(conv(*block) + 2 * conv(block[1], block[1], 1) for block in blocks)
    assert walk(net, (1, 1, 224, 224)) == [
        *[(96, 54, 54), (96, 26, 26), (256, 26, 26), (256, 12, 12), (384, 12, 12), (384, 5, 5)],
        *[(10, 5, 5), (10, 1, 1), (10,)],
    ]



def test_alexnet() -> None:
    alexnet = solution("ex31_alexnet").alexnet
    net = on_paper(alexnet)
    sizes = [shape[1] for shape in walk(net, (1, 1, 224, 224)) if len(shape) == 3]
    last = sizes[-1]
    # 5 at the end without padding in the first convolution or with 1, 6 with 2: both are told of AlexNet.
    assert last in (5, 6)
    features = conv(1, 96, 11) + conv(96, 256, 5) + conv(256, 384, 3) + conv(384, 384, 3) + conv(384, 256, 3)
    assert features == 11_712 + 614_656 + 885_120 + 1_327_488 + 884_992
    assert parameters(net) == features + linear(256 * last * last, 4096) + linear(4096, 4096) + linear(4096, 10)
    # The walk of the original, whose pictures are told to be 227 wide: 227 → 55 → 27 → 27 → 13 → 13 → 6.
    first, *others = [layer for layer in net.modules() if isinstance(layer, nn.Conv2d | nn.MaxPool2d)]
    first.padding = (0, 0)
    X = torch.zeros(1, 1, 227, 227, device="meta")
    seen = [227, *((X := layer(X)).shape[-1] for layer in [first, *others])]
    assert seen == [227, 55, 27, 27, 13, 13, 13, 13, 6]


# in_channels, then the outputs of the branches; what table 1 of the paper (arXiv:1409.4842) says of parameters, in K
INCEPTION = [
    ((192, 64, (96, 128), (16, 32), 32), 159),
    ((256, 128, (128, 192), (32, 96), 64), 380),
    ((480, 192, (96, 208), (16, 48), 64), 364),
    ((512, 160, (112, 224), (24, 64), 64), 437),
    ((512, 128, (128, 256), (24, 64), 64), 463),
    ((512, 112, (144, 288), (32, 64), 64), 580),
    ((528, 256, (160, 320), (32, 128), 128), 840),
    ((832, 256, (160, 320), (32, 128), 128), 1072),
    ((832, 384, (192, 384), (48, 128), 128), 1388),
]


def inception(inputs: int, c1: int, c2: tuple[int, int], c3: tuple[int, int], c4: int) -> int:
    branches = [conv(inputs, c1, 1), conv(inputs, c2[0], 1), conv(*c2, 3), conv(inputs, c3[0], 1), conv(*c3, 5)]
    return sum(branches) + conv(inputs, c4, 1)


def test_googlenet() -> None:
    module = solution("ex34_inception")
    for block, thousands in INCEPTION:
        counted = parameters(on_paper(lambda block=block: module.Inception(*block)))
        assert counted == inception(*block)
        assert abs(counted / 1024 / thousands - 1) < 0.08  # the sums in the table itself are off by that much
    stem = conv(1, 64, 7) + conv(64, 64, 1) + conv(64, 192, 3)
    net = on_paper(module.googlenet)
    assert parameters(net) == stem + sum(inception(*block) for block, _ in INCEPTION) + linear(1024, 10)


def test_resnet_18() -> None:
    net = on_paper(lambda: solution("ex35_resnet").resnet18(1000, 3))
    stages = [(64, 64), (64, 128), (128, 256), (256, 512)]
    weights = 64 * 3 * 49 + sum(
        9 * outputs * (inputs + 3 * outputs) + (inputs != outputs) * inputs * outputs for inputs, outputs in stages
    )
    convolutions = [layer for layer in net.modules() if isinstance(layer, nn.Conv2d)]
    assert sum(layer.weight.numel() for layer in convolutions) == weights == 11_166_912
    assert len(convolutions) == 17 + 3
    # Table 1 of the paper (arXiv:1512.03385): 1.8 · 10⁹ multiply–accumulates at 224×224.
    assert round(multiply_accumulates(net, 224, 3) / 1e9, 1) == 1.8
    sizes = [shape[1] for shape in walk(net, (1, 3, 224, 224)) if len(shape) == 3]
    assert list(dict.fromkeys(sizes)) == [112, 56, 28, 14, 7, 1]


def test_mobilenet() -> None:
    net = on_paper(lambda: solution("ex36_mobilenet").mobilenet(1000, 3))
    # Table 8 of the paper (arXiv:1704.04861): 4.2 million parameters, 569 million multiply–accumulates at 224×224.
    assert round(parameters(net) / 1e6, 1) == 4.2
    assert round(multiply_accumulates(net, 224, 3) / 1e6) in (568, 569)


def test_keras_net() -> None:
    assert parameters(on_paper(NETWORKS["keras"].build)) == 8 * (4 + 1) + 288 * 10 + 10 == 2930


def test_the_first_net() -> None:
    by_hand = conv(1, 16, 5) + conv(16, 32, 5) + linear(32 * 7 * 7, 120) + linear(120, 10)
    assert parameters(on_paper(NETWORKS["first-net"].build)) == by_hand


@pytest.mark.parametrize("name", ["vgg11", "googlenet", "resnet18", "mobilenet"])
def test_a_narrow_one_has_the_same_layers_with_fewer_channels(name: str) -> None:
    narrow, net = build(name, short(32, 8)), on_paper(NETWORKS[name].build)
    assert [type(layer).__name__ for layer in narrow.modules()] == [type(layer).__name__ for layer in net.modules()]
    assert parameters(narrow) < parameters(net) / 30
    assert narrow(torch.zeros(2, 1, 32, 32)).shape == (2, 10)
