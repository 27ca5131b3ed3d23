import torch


def count_parameters(net, trainable_only=False):
    total = 0.0
    for parameter in set(net.parameters()):
        if trainable_only is True and parameter.requires_grad is False:
            continue
        total += parameter.flatten().shape[0]
    return total


def linear_parameters(in_features, out_features, bias=True):
    return torch.empty(out_features, in_features + (1 if bias else 0), device="meta").numel()


def conv_parameters(in_channels, out_channels, kernel_size, bias=True):
    if isinstance(kernel_size, int):
        return conv_parameters(in_channels, out_channels, bias=bias, kernel_size=(kernel_size,) * 2)
    return linear_parameters(in_channels * kernel_size[0] * kernel_size[1], bias=bias, out_features=out_channels)
