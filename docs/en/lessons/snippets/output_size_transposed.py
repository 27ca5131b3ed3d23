"""A transposed convolution lays a copy of the kernel for each input, and adds up."""

import torch
import torch.nn.functional as F
from torch import nn

row, kernel = torch.tensor([[[1.0, 2, 3]]]), torch.tensor([[[1.0, 2, 1]]])
print(F.conv_transpose1d(row, kernel, stride=2)[0, 0].tolist())  # [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 3.0]


def measured_size(n: int, **options: int) -> int:
    return nn.ConvTranspose1d(1, 1, kernel_size=3, stride=2, **options)(torch.zeros(1, 1, n)).shape[-1]


print(measured_size(3), measured_size(3, output_padding=1))  # 7 8
print(measured_size(3, padding=1), measured_size(3, padding=1, output_padding=1))  # 5 6
