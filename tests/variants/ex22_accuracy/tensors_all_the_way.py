import torch


def accuracy(y_hat: torch.Tensor, y: torch.Tensor):
    """0-dim tensor."""
    _, predicted = torch.max(y_hat, 1)
    return torch.sum(torch.eq(predicted, y))


def evaluate_accuracy(net, data_iter, device=None):
    if device is None:
        device = next(net.parameters()).device
    net.eval()
    correct = torch.zeros(1, dtype=torch.float64, device="cpu")
    total = torch.zeros(1, dtype=torch.float64)
    for X, y in data_iter:
        with torch.no_grad():
            softmax = torch.softmax(net(X.to(device)), dim=1).cpu()
        correct += accuracy(softmax, y)
        total += y.shape[0]
    net.train()
    return correct / total
