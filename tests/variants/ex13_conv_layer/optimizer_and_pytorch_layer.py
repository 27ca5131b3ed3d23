import torch
from torch import nn
from torch.nn import functional as F


class Conv2D(nn.Module):
    def __init__(self, kernel_size):
        super(Conv2D, self).__init__()
        weight, bias = torch.empty(kernel_size), torch.full((1,), 0.1)
        nn.init.xavier_uniform_(weight)
        self.register_parameter("bias", nn.Parameter(bias))
        self.register_parameter("weight", nn.Parameter(weight))

    def forward(self, x):
        return F.conv2d(x.unsqueeze(0), self.weight[None, None], self.bias).squeeze(0)


def learn_kernel(X, Y, kernel_size, lr=3e-2, num_steps=10):
    net = nn.Conv2d(1, 1, kernel_size=kernel_size, bias=False)
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    criterion = nn.MSELoss(reduction="sum")
    X, Y = X.reshape(1, 1, *X.shape), Y.reshape(1, 1, *Y.shape)
    for i in range(num_steps):
        Y_hat = net(X)
        l = criterion(Y_hat, Y)
        optimizer.zero_grad()
        l.backward()
        optimizer.step()
        if (i + 1) % 2 == 0:
            print(f"epoch {i + 1}, loss {l.sum():.3f}")
    return net.weight.data.reshape(kernel_size)
