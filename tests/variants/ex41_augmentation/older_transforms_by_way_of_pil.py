from torchvision import transforms
from torchvision.transforms import Compose, ToPILImage, ToTensor


def train_transform():
    return Compose([
        ToPILImage(),
        transforms.RandomRotation(20),
        transforms.RandomResizedCrop(28, scale=(0.7, 1.0), ratio=(0.9, 1.1)),
        ToTensor(),
    ])


def test_transform():
    return Compose([ToPILImage(), transforms.Resize((28, 28)), ToTensor()])
