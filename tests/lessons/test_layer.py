"""The numbers of the lesson on a layer that learns."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn


def loss(k: float) -> float:
    return (2 * k - 6) ** 2


def gradient(k: float) -> float:
    K = torch.tensor(k, dtype=torch.float64, requires_grad=True)
    ((2 * K - 6) ** 2).backward()
    return K.grad.item()


def test_one_step_down_and_one_step_up() -> None:
    assert (loss(1), gradient(1)) == (16, -16)
    down, up = 1 - 0.1 * gradient(1), 1 + 0.1 * gradient(1)
    assert (down, up) == pytest.approx((2.6, -0.6))
    assert (loss(down), loss(up)) == pytest.approx((0.64, 51.84))


@pytest.mark.parametrize(
    ("lr", "expected"),
    [
        (0.01, [1.16, 1.3072, 1.4426]),
        (0.1, [2.6, 2.92, 2.984]),
        (0.2, [4.2, 2.28, 3.432]),
        (0.25, [5, 1, 5]),
        (0.3, [5.8, -0.92, 8.488]),
    ],
)
def test_the_table_of_learning_rates(lr: float, expected: list[float]) -> None:
    k, walked = 1.0, []
    for step in range(1, 4):
        k -= lr * gradient(k)
        walked.append(round(k, 4))
        assert k - 3 == pytest.approx((1 - 8 * lr) ** step * (1 - 3))
    assert walked == expected


def test_the_kernel_of_two_numbers() -> None:
    X, Y = torch.tensor([[[1.0, 1, 0, 0, 1]]]), torch.tensor([[[0.0, 1, 0, -1]]])
    assert torch.equal(F.conv1d(X, torch.tensor([[[1.0, -1]]])), Y)
    K = torch.zeros(1, 1, 2, requires_grad=True)
    first = ((F.conv1d(X, K) - Y) ** 2).sum()
    first.backward()
    assert (first.item(), K.grad.flatten().tolist()) == (2, [-2, 2])
    step = K.detach() - 0.1 * K.grad
    assert step.flatten().tolist() == pytest.approx([0.2, -0.2])
    assert ((F.conv1d(X, step) - Y) ** 2).sum().item() == pytest.approx(1.28)


def test_the_bias_hears_from_every_place() -> None:
    X, Y = torch.tensor([[[1.0, 1, 0, 0, 1]]]), torch.tensor([[[0.0, 1, 5, -1]]])
    b = torch.zeros(1, requires_grad=True)
    errors = F.conv1d(X, torch.zeros(1, 1, 2), b) - Y
    (errors**2).sum().backward()
    assert b.grad.item() == (2 * errors).sum().item() != 0


def test_two_equal_kernels_stay_equal() -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Conv2d(2, 1, 3))
    with torch.no_grad():
        net[0].weight[1] = net[0].weight[0]
        net[2].weight[:, 1] = net[2].weight[:, 0]
        net[0].bias.zero_()
    before = net[0].weight.detach().clone()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(5):
        optimizer.zero_grad()
        (net(torch.rand(4, 1, 8, 8)) - 1).square().mean().backward()
        optimizer.step()
    assert not torch.equal(net[0].weight, before)
    assert torch.allclose(net[0].weight[0], net[0].weight[1])


def test_no_gradient_comes_through_a_layer_of_zeros() -> None:
    first, second = nn.Conv2d(1, 2, 3), nn.Conv2d(2, 1, 3)
    nn.init.zeros_(second.weight)
    (second(first(torch.rand(1, 1, 8, 8))) - 1).square().sum().backward()
    assert first.weight.grad.abs().max() == 0
    assert second.weight.grad.abs().max() > 0


def test_a_step_that_is_recorded_is_refused() -> None:
    K = torch.ones(2, requires_grad=True)
    K.sum().backward()
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad is being used in an in-place operation"):
        K -= 0.1 * K.grad


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")
def test_a_new_tensor_has_no_gradient() -> None:
    K = torch.ones(2, requires_grad=True)
    K.sum().backward()
    K = K - 0.1 * K.grad
    K.sum().backward()
    assert K.grad is None
