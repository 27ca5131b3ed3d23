"""A photograph twice: another image each time in training, the same one in testing."""

import torch
from torchvision.transforms import v2

torch.manual_seed(0)
photo = torch.rand(3, 32, 32)  # stands for a photograph of a cat

for_training = v2.Compose([v2.RandomCrop(28), v2.RandomHorizontalFlip()])
for_testing = v2.CenterCrop(28)

print(torch.equal(for_training(photo), for_training(photo)))  # False
print(torch.equal(for_testing(photo), for_testing(photo)))  # True
print(tuple(for_training(photo).shape), tuple(for_testing(photo).shape))  # (3, 28, 28) (3, 28, 28)
