"""Mistakes of exercise 41: data augmentation."""

import torch
import torch.nn.functional as F


def _moved(image):
    """The image, moved by up to two pixels each way."""
    rows, columns = torch.randint(-2, 3, (2,)).tolist()
    return image.roll((rows, columns), dims=(1, 2))


def _turned(image, degrees):
    """The image, turned by a random angle of up to so many degrees."""
    angle = (2 * torch.rand(()) - 1) * degrees * torch.pi / 180
    matrix = torch.stack([angle.cos(), -angle.sin(), 0 * angle, angle.sin(), angle.cos(), 0 * angle]).reshape(1, 2, 3)
    grid = F.affine_grid(matrix, [1, *image.shape], align_corners=False)
    return F.grid_sample(image[None], grid, align_corners=False)[0]


def _as_it_is(image):
    return image


def _train_transform():
    """The right one for training."""
    return _moved


def _test_transform():
    """The right one for testing."""
    return _as_it_is


# Random where it should be ------------------------------------------------------------------------


class NothingHappens:
    """train_transform leaves every image as it is. Then a net sees the same digits again and again: choose
    something random that a digit survives."""

    test_transform = _test_transform

    def train_transform():
        return _as_it_is


class DrawnOnlyOnce:
    """What is random in train_transform is drawn once, when the transform is made, so all images are treated alike.
    Draw again whenever an image comes: inside the function that gets the image."""

    test_transform = _test_transform

    def train_transform():
        rows = int(torch.randint(1, 3, ()))
        return lambda image: image.roll(rows, dims=1)


class TestingIsRandomToo:
    """test_transform is as random as train_transform. Then a net is never asked the same question twice: give back
    the image as it is."""

    train_transform = _train_transform
    test_transform = _train_transform


class Swapped:
    """The two have changed places: training images stay as they are, and test images are changed at random. It is
    the training that should see more than there is."""

    train_transform = _test_transform
    test_transform = _train_transform


# Digits have a right way up -----------------------------------------------------------------------


class MirroredLeftToRight:
    """Digits are mirrored left to right. That is right for cats and cars, but a mirrored 2, 3 or 7 is no digit:
    leave out the horizontal flip."""

    test_transform = _test_transform

    def train_transform():
        return lambda image: image.flip(2) if torch.rand(()) < 0.5 else image


class MirroredTopToBottom:
    """Digits are mirrored top to bottom, so that they stand on their heads with their sides swapped. Leave out the
    vertical flip."""

    test_transform = _test_transform

    def train_transform():
        return lambda image: image.flip(1) if torch.rand(()) < 0.5 else image


class MirroredBothWays:
    """Digits are mirrored left to right and top to bottom, each at random. Both at once is half a turn, which makes
    a 9 of a 6. No flip is right for digits."""

    test_transform = _test_transform

    def train_transform():
        def flips(image):
            image = image.flip(2) if torch.rand(()) < 0.5 else image
            return image.flip(1) if torch.rand(()) < 0.5 else image

        return flips


class TurnedAllTheWay:
    """Digits are turned by any angle, up to 180 degrees. A 6 on its head is a 9: stay with a few degrees, such as
    people slant their writing."""

    test_transform = _test_transform

    def train_transform():
        return lambda image: _turned(image, 180)


class MirroredForTesting:
    """test_transform mirrors the digits. The same every time it is, but they are no longer digits: leave them as
    they are."""

    train_transform = _train_transform

    def test_transform():
        return lambda image: image.flip(2)


class OutOfThePicture:
    """Many digits are moved so far that they leave the picture. A tenth of its width, not quite 3 pixels, is
    plenty; in RandomAffine the numbers of translate are shares of the width, and 0.9 would be 25 pixels."""

    test_transform = _test_transform

    def train_transform():
        def far(image):
            rows, columns = torch.randint(-25, 26, (2,)).tolist()
            padded = F.pad(image, (28, 28, 28, 28))
            return padded[:, 28 + rows : 56 + rows, 28 + columns : 56 + columns]

        return far


# Shape and range ----------------------------------------------------------------------------------


class FromMinusOneToOne:
    """The images are normalised to numbers from −1 to 1. They should stay between 0 and 1: leave out Normalize, for
    training and for testing."""

    def train_transform():
        return lambda image: 2 * _moved(image) - 1

    def test_transform():
        return lambda image: 2 * image - 1


class NormalisedForTraining:
    """Training images are normalised to numbers from −1 to 1, test images are not. A net would meet numbers that it
    has never seen: leave both between 0 and 1."""

    test_transform = _test_transform

    def train_transform():
        return lambda image: 2 * _moved(image) - 1


class BytesAgain:
    """The images are multiplied by 255. That is how files store them; here they stay between 0 and 1."""

    def train_transform():
        return lambda image: 255 * _moved(image)

    def test_transform():
        return lambda image: 255 * image


class DividedTwice:
    """The images are divided by 255, although they lie between 0 and 1 already. All that is left is nearly
    black."""

    def train_transform():
        return lambda image: _moved(image) / 255

    def test_transform():
        return lambda image: image / 255


class NoiseNotClamped:
    """You add noise, and some numbers end up below 0 and others above 1. Clamp the result to the range from 0 to
    1."""

    test_transform = _test_transform

    def train_transform():
        return lambda image: image + 0.1 * torch.randn(image.shape)


class CroppedSmaller:
    """The images are cropped to 24 × 24. A net for 28 × 28 cannot take them: pad them first, so that a crop of 28
    can move, or choose another transform."""

    test_transform = _test_transform

    def train_transform():
        def crop(image):
            row, column = torch.randint(0, 5, (2,)).tolist()
            return image[:, row : row + 24, column : column + 24]

        return crop


class LargeAsInImageNet:
    """The images are enlarged to 224 × 224, as nets for photos want them. Here they stay at 28 × 28."""

    def train_transform():
        return lambda image: F.interpolate(_moved(image)[None], size=224)[0]

    def test_transform():
        return lambda image: F.interpolate(image[None], size=224)[0]


class ThreeChannels:
    """Your images have three channels, as colour photos have. A grey digit has one, and keeps it."""

    def train_transform():
        return lambda image: _moved(image).expand(3, -1, -1)

    def test_transform():
        return lambda image: image.expand(3, -1, -1)


class BatchAxisAdded:
    """Your transform adds an axis for the batch. It gets one image at a time; the DataLoader makes the batch
    later."""

    def train_transform():
        return lambda image: _moved(image)[None]

    def test_transform():
        return lambda image: image[None]


class TensorExpectedAsPicture:
    """Your transforms begin with ToTensor, which wants a picture of PIL or an array of numpy. The images are
    tensors already: begin without it."""

    def train_transform():
        return TensorExpectedAsPicture._to_tensor

    test_transform = train_transform

    def _to_tensor(image):
        raise TypeError(f"pic should be PIL Image or ndarray. Got {type(image)}")


class PictureReturned:
    """Your transforms give a picture of PIL. Turn it into a tensor again at the end."""

    def train_transform():
        return lambda image: object()

    test_transform = train_transform


class NothingReturned:
    """train_transform and test_transform make a transform but do not return it. Their last line should."""

    def train_transform():
        pass

    def test_transform():
        pass
