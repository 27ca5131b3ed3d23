import torch
import torch.nn as nn
from torchvision.transforms import v2 as T
from torchvision.transforms.v2 import functional as VF


class Maybe(nn.Module):
    def __init__(self, inner, p):
        super().__init__()
        self.inner, self.p = inner, p

    def forward(self, image):
        return self.inner(image) if torch.rand(1).item() < self.p else image


def train_transform():
    return nn.Sequential(
        T.ToImage(),
        T.RandomAffine(degrees=30, translate=(0.15, 0.15), scale=(0.7, 1.3), shear=15, interpolation=T.InterpolationMode.BILINEAR),
        Maybe(T.RandomPerspective(0.3, p=1.0), 0.5),
        T.ColorJitter(brightness=0.4, contrast=0.4),
        T.RandomErasing(p=0.3, scale=(0.02, 0.1)),
    )


def test_transform():
    return lambda image: VF.center_crop(VF.pad(image, 2), [28, 28])
