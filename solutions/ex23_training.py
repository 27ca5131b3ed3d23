"""Exercise 23: the training loop, from weights that know nothing to a net that reads digits.

Lesson: docs/en/lessons/training.md
Try it: python -m grader exercises/ex23_training.py
"""

from collections.abc import Callable, Iterable

import torch
from torch import nn

Batches = Iterable[tuple[torch.Tensor, torch.Tensor]]


def train_epoch(
    net: nn.Module,
    train_iter: Batches,
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    optimizer: torch.optim.Optimizer,
    device: torch.device | str,
) -> tuple[float, float]:
    """Go once through `train_iter`; return (mean loss per example, accuracy).

    For each batch (X, y), in training mode and on `device`: forget the old gradients, compute
    loss(net(X), y), run backward, take a step of the optimizer. `loss` averages over its batch, so
    a batch of n examples adds n · loss to the sum. Loss and accuracy are those of the outputs that
    the epoch itself computed, before each step.

    By hand: batches of 4 and 2 examples with losses 1.0 and 4.0 give (4 · 1.0 + 2 · 4.0) / 6 = 2.0.
    """
    net.train()
    loss_sum, right, total = 0.0, 0.0, 0
    for X, y in train_iter:
        X, y = X.to(device), y.to(device)
        optimizer.zero_grad()
        y_hat = net(X)
        batch_loss = loss(y_hat, y)
        batch_loss.backward()
        optimizer.step()
        loss_sum += batch_loss.item() * len(y)
        right += (y_hat.argmax(dim=1) == y).sum().item()
        total += len(y)
    return loss_sum / total, right / total


def train(
    net: nn.Module,
    train_iter: Batches,
    test_iter: Batches,
    num_epochs: int,
    lr: float,
    device: torch.device | str,
) -> None:
    """Train `net` on `device`: Xavier initialisation, SGD with learning rate lr, cross-entropy.

    First give every linear and convolutional weight of the net a fresh start (`xavier_uniform_`:
    values between ±√(6 / (fan_in + fan_out))), whatever it held before. Then run `num_epochs`
    epochs over `train_iter`. What you print or return along the way, accuracy on `test_iter` say,
    is up to you.

    One step of SGD: weight ← weight − lr · gradient.
    """

    def init_weights(layer: nn.Module) -> None:
        if isinstance(layer, nn.Linear | nn.Conv2d):
            nn.init.xavier_uniform_(layer.weight)

    net.apply(init_weights)
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    loss = nn.CrossEntropyLoss()
    for epoch in range(num_epochs):
        train_loss, train_accuracy = train_epoch(net, train_iter, loss, optimizer, device)
        net.eval()
        with torch.no_grad():
            answers = [(net(X.to(device)).argmax(dim=1) == y.to(device)) for X, y in test_iter]
        test_accuracy = torch.cat(answers).float().mean().item()
        print(f"epoch {epoch + 1}: loss {train_loss:.3f}, train {train_accuracy:.3f}, test {test_accuracy:.3f}")
