"""What max pooling does with a bright pixel that moves, and with a padded border."""

import torch
import torch.nn.functional as F


def pooled(*row: float, **options: int) -> list[float]:
    return F.max_pool1d(torch.tensor([[row]], dtype=torch.float32), 2, **options)[0, 0].tolist()


print(pooled(0, 0, 9, 0, 0, 0))  # [0.0, 9.0, 0.0]
print(pooled(0, 0, 0, 9, 0, 0))  # [0.0, 9.0, 0.0]
print(pooled(0, 0, 0, 0, 9, 0))  # [0.0, 0.0, 9.0]
print(pooled(-3, -1, -2, -5, padding=1))  # [-3.0, -1.0, -5.0]
