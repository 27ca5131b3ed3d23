"""SGD written out, Xavier written out, sums in double precision."""
import math
from typing import Callable, Iterable

import torch
from torch import Tensor, nn


def train_epoch(
    net: nn.Module, batches: Iterable, criterion: Callable, optimiser: torch.optim.Optimizer, where
) -> list[Tensor]:
    net.train()
    sums = torch.zeros(3, dtype=torch.float64)
    for inputs, targets in batches:
        inputs = inputs.to(where, non_blocking=True)
        targets = targets.to(where, non_blocking=True)
        outputs = net(inputs)
        loss = criterion(outputs, targets)
        net.zero_grad()
        loss.backward()
        optimiser.step()
        correct = outputs.argmax(-1).eq(targets).sum()
        sums += torch.stack([loss.detach().cpu().double() * len(targets), correct.cpu().double(), torch.tensor(len(targets)).double()])
    return [sums[0] / sums[2], sums[1] / sums[2]]


def fresh(layer):
    with torch.no_grad():
        weight = layer.weight
        field = math.prod(weight.shape[2:])
        r = math.sqrt(6 / (field * weight.size(0) + field * weight.size(1)))
        weight.copy_(torch.rand(weight.shape) * 2 * r - r)
        layer.bias.zero_()


def train(net, train_iter, test_iter, num_epochs, lr, device):
    net.to(device)
    for layer in net.modules():
        if hasattr(layer, "weight") and layer.weight.dim() >= 2:
            fresh(layer)
    loss = nn.CrossEntropyLoss()
    epoch = 0
    while epoch < num_epochs:
        net.train()
        for X, y in train_iter:
            for p in net.parameters():
                p.grad = None
            loss(net(X.to(device)), y.to(device)).backward()
            with torch.no_grad():
                for p in net.parameters():
                    p -= lr * p.grad
        net.eval()
        with torch.inference_mode():
            right = sum(int((net(X.to(device)).argmax(1) == y.to(device)).sum()) for X, y in test_iter)
        epoch += 1
        print(right)
