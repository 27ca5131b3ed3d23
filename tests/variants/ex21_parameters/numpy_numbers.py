import numpy as np
import torch


def count_parameters(network, trainable_only=False):
    sizes = [p.detach().numpy().size for _, p in network.named_parameters() if not trainable_only or p.requires_grad]
    print("sizes", sizes)
    return np.sum(np.array(sizes, dtype=np.int64))


def linear_parameters(inputs, outputs, bias=True):
    return np.int64(inputs) * outputs + np.int64(outputs) * bias


def conv_parameters(inputs, outputs, kernel_size, bias=True):
    weights = np.prod(np.broadcast_to(kernel_size, 2)) * inputs * outputs
    return weights + (outputs if bias else 0)
