"""Cross-entropy applies softmax itself: what happens when the net does so as well."""

import torch
import torch.nn.functional as F

y = torch.tensor([0])
scores = torch.tensor([[2.0, 0]])
print(f"{F.cross_entropy(scores, y):.3f}")  # 0.127
print(f"{F.cross_entropy(scores.softmax(dim=1), y):.3f}")  # 0.383

certain = torch.zeros(1, 10)
certain[0, 0] = 100  # ten classes, and no doubt at all
print(f"{F.cross_entropy(certain, y):.3f}")  # 0.000
print(f"{F.cross_entropy(certain.softmax(dim=1), y):.3f}")  # 1.461
