"""Train a small net to tell lying stripes from standing ones."""

import torch
from torch import nn


def stripes(n: int) -> tuple[torch.Tensor, torch.Tensor]:
    """n images (n, 1, 8, 8) with noise, and their labels: 0 for lying stripes, 1 for standing ones."""
    lying = (torch.arange(8) % 2).float().reshape(8, 1).expand(8, 8)
    y = torch.randint(2, (n,))
    X = torch.where(y.reshape(n, 1, 1, 1) == 0, lying, lying.T)
    return X + 0.3 * torch.randn(n, 1, 8, 8), y


torch.manual_seed(0)
device = "cuda" if torch.cuda.is_available() else "cpu"
net = nn.Sequential(nn.Conv2d(1, 4, kernel_size=3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 6 * 6, 2)).to(device)
loss = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)

images, labels = stripes(200)
for _epoch in range(3):
    net.train()
    for X, y in zip(images.split(32), labels.split(32), strict=True):
        X, y = X.to(device), y.to(device)
        optimizer.zero_grad()  # forget the old gradients
        batch_loss = loss(net(X), y)  # scores, then one number
        batch_loss.backward()  # a gradient for every weight
        optimizer.step()  # weight ← weight − learning rate × gradient

net.eval()
X, y = stripes(400)  # images that the net has never seen
with torch.no_grad():
    answers = net(X.to(device)).argmax(dim=1).cpu()
print((answers == y).float().mean().item())  # 1.0
