"""The same image twice: another one each time in training, the same one in testing."""

import torch
from torchvision.transforms import v2

image = torch.zeros(1, 28, 28)
image[0, 6:22, 13:15] = 1  # a digit: 1

torch.manual_seed(0)
for_training = v2.RandomAffine(degrees=15, translate=(0.1, 0.1), scale=(0.9, 1.1))
for_testing = v2.Identity()

print(torch.equal(for_training(image), for_training(image)))  # False
print(torch.equal(for_testing(image), for_testing(image)))  # True
print(tuple(for_training(image).shape))  # (1, 28, 28)
