"""With a batch and channels, the shapes say it all."""

import torch
import torch.nn.functional as F

images = torch.rand(8, 3, 32, 32)  # 8 images, 3 channels
weight = torch.rand(16, 3, 5, 5)  # 16 kernels

columns = F.unfold(images, kernel_size=5)
print(tuple(columns.shape))  # (8, 75, 784)
rows = weight.reshape(16, 75)
print(tuple((rows @ columns).shape))  # (8, 16, 784)
