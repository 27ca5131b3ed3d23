"""准确率:整批计算,推理模式。"""
from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def accuracy(scores: Tensor, labels: Tensor) -> np.float64:
    # 取每一行得分最高的类别
    predicted = scores.topk(1, dim=-1).indices.squeeze(-1)
    return np.float64(np.count_nonzero(predicted.cpu().numpy() == labels.cpu().numpy()))


@torch.inference_mode()
def evaluate_accuracy(net, loader, device=None):
    if not device:
        device = next(iter(net.parameters())).device
    was_training = net.training
    net.eval()
    outputs, targets = [], []
    for batch in loader:
        features, target = batch
        outputs.append(net(features.to(device)))
        targets.append(target.to(device))
    net.train(was_training)
    outputs, targets = torch.cat(outputs), torch.cat(targets)
    return accuracy(outputs, targets) / targets.numel()
