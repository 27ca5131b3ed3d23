import torch
import torch.nn as nn
import torch.nn.functional as F


class LeNet(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.c1 = nn.Conv2d(1, 6, (5, 5), padding="same")
        self.fc3 = nn.Linear(84, num_classes)  # made before it is used
        self.c2 = nn.Conv2d(6, 16, 5)
        self.pool = nn.MaxPool2d(2)
        self.act = nn.ReLU(inplace=True)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)

    def forward(self, x):
        x = self.pool(self.act(self.c1(x)))
        x = self.act(self.pool(self.c2(x)))  # the same for max pooling
        x = x.view(x.size(0), -1)
        x = self.act(self.fc1(x))
        x = F.relu_(self.fc2(x))
        return self.fc3(x)


def lenet(num_classes=10):
    net = LeNet(num_classes)
    print(net)
    for p in net.parameters():
        if p.dim() > 1:
            nn.init.zeros_(p)
    return net
