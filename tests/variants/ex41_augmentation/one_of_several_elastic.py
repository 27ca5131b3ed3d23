import torchvision.transforms.v2 as v2


def build(train: bool):
    steps = []
    if train:
        steps += [v2.RandomChoice([v2.ElasticTransform(alpha=30.0, sigma=4.0), v2.RandomRotation((-25, 25)), v2.RandomCrop(28, padding=3)])]
        steps += [v2.RandomApply([v2.GaussianBlur(3)], p=0.2)]
    steps.append(v2.Lambda(lambda x: x.clamp(0, 1)))
    return v2.Compose(steps)


def train_transform():
    return build(True)


def test_transform():
    return build(False).eval()
