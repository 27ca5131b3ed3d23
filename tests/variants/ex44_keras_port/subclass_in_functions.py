import torch
import torch.nn as nn
import torch.nn.functional as F


class DigitNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(288, 10)  # made before it is used
        self.conv = nn.Conv2d(in_channels=1, out_channels=8, kernel_size=(2, 2), padding="valid")

    def forward(self, x):
        x = F.max_pool2d(self.conv(x), 4, stride=4)
        x = F.relu_(x)  # after max pooling it comes to the same
        x = x.view(x.size(0), -1)
        print(x.shape)
        return self.fc(x)


def digit_net():
    net = DigitNet()
    net.eval()
    return net
