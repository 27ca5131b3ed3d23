"""Save a net, and use it again in another program, for a single image."""

import tempfile
from pathlib import Path

import torch
from torch import nn


def build() -> nn.Module:
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 26 * 26, 10))


file = Path(tempfile.mkdtemp()) / "net.pt"
trained = build()
torch.save(trained.state_dict(), file)

# Tomorrow, elsewhere. The code that builds the net must be there; the numbers come from the file.
net = build()
print(net.load_state_dict(torch.load(file, map_location="cpu")))  # <All keys matched successfully>
net.eval()

image = torch.rand(28, 28)  # treated just like the images in training
with torch.no_grad():
    scores = net(image[None, None])  # a batch of one, with one channel
probabilities = scores.softmax(dim=1)[0]
print(tuple(scores.shape), round(probabilities.sum().item(), 4))  # (1, 10) 1.0
print(scores.argmax().item() == probabilities.argmax().item())  # True
