import torch
from torch import nn


def freeze(net: nn.Module) -> None:
    for module in net.modules():
        for parameter in module.parameters(recurse=False):
            parameter.requires_grad = False
        if hasattr(module, "running_mean"):
            module.momentum = 0.0  # new statistics count for nothing


def replace_head(net: nn.Module, num_classes: int) -> nn.Module:
    last = None
    for name, module in net.named_modules():
        if type(module) is nn.Linear:
            last = name
    if "." in last:
        parent, child = last.rsplit(".", 1)
        net.get_submodule(parent)._modules[child] = head = nn.Linear(net.get_submodule(last).in_features, num_classes, bias=False)
    else:
        head = nn.Linear(getattr(net, last).in_features, num_classes, bias=False)
        setattr(net, last, head)
    nn.init.xavier_uniform_(head.weight)
    return net


def fine_tune(net, data, epochs, lr, device):
    net.train()
    net.to(device)
    optimizer = torch.optim.RMSprop(net.parameters(), lr=lr)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs)
    for _ in range(epochs):
        for batch in data:
            x, t = [part.to(device) for part in batch]
            loss = nn.functional.nll_loss(torch.log_softmax(net(x), -1), t)
            net.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
        scheduler.step()
