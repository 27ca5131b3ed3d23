import contextlib

import torch


@contextlib.contextmanager
def evaluating(net):
    training = [module for module in net.modules() if module.training]
    recording = torch.is_grad_enabled()
    torch.set_grad_enabled(False)
    net.train(False)
    try:
        yield
    finally:
        torch.set_grad_enabled(recording)
        for module in training:
            module.training = True


def accuracy(y_hat, y):
    right = 0
    for row, truth in zip(y_hat.tolist(), y.tolist()):
        best = max(range(len(row)), key=row.__getitem__)
        if best == truth:
            right += 1
    return right


def evaluate_accuracy(net, data_iter, device=None):
    device = device or [p.device for p in net.parameters()][0]
    wrong = n = 0
    with evaluating(net):
        for i, (X, y) in enumerate(data_iter):
            print("batch", i, tuple(X.shape), "of", "net", net)
            wrong += len(y) - accuracy(net(X.to(device)).detach().cpu(), y)
            n += X.size(0)
    return 1 - wrong / n
