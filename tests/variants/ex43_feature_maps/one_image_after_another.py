import numpy as np
import torch


class Spy:
    """Hangs on a layer, and comes off again."""

    def __init__(self, net, path):
        module = net
        for part in path.split("."):
            module = module._modules[part]
        self.handle = module.register_forward_hook(self)

    def __call__(self, module, inputs, output):
        self.seen = output.detach().clone()
        self.seen.requires_grad_()
        return self.seen * 1.0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.handle.remove()


def feature_maps(net, layer, X):
    net.eval()
    maps = []
    for image in X:
        with Spy(net, layer) as spy:
            net(image.unsqueeze(0))
        maps.append(spy.seen)
    return torch.cat(maps).detach().cpu().numpy()


def grad_cam(net, layer, X, class_index):
    net.eval()
    cams = np.zeros(0)
    for i in range(len(X)):
        with Spy(net, layer) as spy:
            score = net(X[i : i + 1])[0, class_index]
        score.backward()
        A, G = spy.seen[0].detach().cpu().double().numpy(), spy.seen.grad[0].cpu().double().numpy()
        cam = sum(np.mean(g) * a for a, g in zip(A, G))
        cam = np.maximum(cam, 0)
        if cam.max() != 0:
            cam = cam / cam.max()
        cams = cam[None] if i == 0 else np.concatenate([cams, cam[None]])
    return cams
