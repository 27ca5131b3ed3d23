import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, n, cin, cout):
        super().__init__()
        self.convs = nn.ModuleList([nn.Conv2d(cin if i == 0 else cout, cout, 3, padding="same") for i in range(n)])

    def forward(self, x):
        for c in self.convs:
            x = F.relu(c(x), inplace=True)
        return F.max_pool2d(x, kernel_size=2, stride=2)


class VGG(nn.Module):
    def __init__(self, arch):
        super().__init__()
        self.classifier = nn.Sequential(nn.Linear(arch[-1][1] * 49, 4096), nn.ReLU(True), nn.Dropout(),
                                        nn.Linear(4096, 4096), nn.ReLU(True), nn.Dropout(), nn.Linear(4096, 10))
        self.blocks = nn.ModuleList()
        c = 1
        for n, k in arch:
            self.blocks.append(Block(n, c, k))
            c = k

    def forward(self, x):
        for b in self.blocks:
            x = b(x)
        return self.classifier(torch.flatten(x, 1))


def vgg_block(num_convs, in_channels, out_channels):
    return Block(num_convs, in_channels, out_channels)


def vgg(conv_arch):
    return VGG(conv_arch).eval()
