"""A hook on all modules, of which only one is meant."""
import torch
from torch.nn.modules.module import register_module_forward_hook


def feature_maps(net, layer, X):
    wanted, found = net.get_submodule(layer), []

    def hook(module, inputs, output):
        if module is wanted:
            found.append(output.clone())

    with register_module_forward_hook(hook):
        net(X)
    return found[-1]


def grad_cam(net, layer, X, class_index=0):
    wanted, found = net.get_submodule(layer), []

    def hook(module, inputs, output):
        if module is wanted:
            found.append(output)
            return output.clone()

    net = net.train(False)
    with register_module_forward_hook(hook), torch.enable_grad():
        logits = net(X)
    one_hot = torch.zeros_like(logits)
    one_hot[:, class_index] = 1.0
    grads = torch.autograd.grad((logits * one_hot).sum(), found[-1])[0]
    cam = torch.clamp((grads.mean((-2, -1))[..., None, None] * found[-1]).sum(-3), min=0)
    peak = cam.flatten(1).max(dim=1)[0].reshape(-1, 1, 1)
    peak[peak == 0] = 1
    return (cam / peak).tolist()
