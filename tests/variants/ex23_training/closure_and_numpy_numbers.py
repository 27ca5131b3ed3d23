# 用闭包写的训练循环;返回 numpy 数字
from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F


def train_epoch(net, train_iter, loss, optimizer, device):
    if hasattr(net, "train"):
        net.train(True)
    losses, hits, sizes = [], [], []

    for features, labels in train_iter:
        features, labels = features.to(device), labels.to(device)
        scores = None

        def closure():
            nonlocal scores
            optimizer.zero_grad(set_to_none=False)
            scores = net(features)
            value = loss(scores, labels)
            value.backward()
            return value

        value = optimizer.step(closure)
        losses.append(value.detach().cpu().numpy())
        hits.append((scores.detach().max(1)[1] == labels).sum().cpu().numpy())
        sizes.append(labels.shape[0])

    # 按批次大小加权
    return np.average(losses, weights=sizes), np.sum(hits) / np.sum(sizes)


def train(net, train_iter, test_iter, num_epochs, lr, device):
    for name, p in net.named_parameters():
        if "weight" in name and p.dim() > 1:
            torch.nn.init.xavier_normal_(p)
    net = net.to(device)
    history = []
    opt = torch.optim.SGD(params=net.parameters(), lr=lr, momentum=0, weight_decay=0)
    for _ in range(num_epochs):
        history.append(train_epoch(net, train_iter, F.cross_entropy, opt, device))
    return history
