"""Stop after three steps and go on: with the optimizer's state the weights are the same, without it they are not."""

import copy

import torch
from torch import nn

torch.manual_seed(0)
X, Y = torch.rand(16, 4), torch.rand(16, 1)


def fresh() -> tuple[nn.Module, torch.optim.Optimizer]:
    net = nn.Linear(4, 1)
    return net, torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)


def train(net: nn.Module, optimizer: torch.optim.Optimizer, steps: int) -> None:
    for _ in range(steps):
        optimizer.zero_grad()
        ((net(X) - Y) ** 2).mean().backward()
        optimizer.step()


net, optimizer = fresh()
train(net, optimizer, steps=3)
weights, velocities = copy.deepcopy((net.state_dict(), optimizer.state_dict()))  # what a file would hold
train(net, optimizer, steps=3)  # and here is where six steps without a stop lead


def resume(with_optimizer: bool) -> nn.Module:
    net, optimizer = fresh()  # other random weights
    net.load_state_dict(weights)
    if with_optimizer:
        optimizer.load_state_dict(velocities)
    train(net, optimizer, steps=3)
    return net


print(torch.equal(resume(with_optimizer=True).weight, net.weight))  # True
print(torch.equal(resume(with_optimizer=False).weight, net.weight))  # False
