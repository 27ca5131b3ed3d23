"""Checks of exercise 28: `permute_pixels(images, permutation)`."""

import torch

from grader.compare import as_tensor, assert_close, assert_shape
from grader.plugin import needs, points
from grader.sandbox.probes import call

ONE_IMAGE = [(1, 1, 4, 6), (1, 1, 7, 3), (1, 1, 1, 24), (1, 1, 24, 1), (1, 1, 5, 5)]
BATCHES = [(5, 1, 4, 6), (1, 3, 7, 4), (4, 3, 5, 6), (2, 7, 6, 4)]


@points(1)
def test_hand_worked_example(submission, rng):
    """The example that was worked by hand gives 12, 10, 13, 11.

    Hint: Write the four pixels of the image in one row: 10, 11, 12, 13. The permutation is [2, 0, 3, 1].

    Hint: Ask for each place of the result in turn: which pixel comes here? Place 0 gets pixel 2, which is 12.

    Hint: The new row is 12, 10, 13, 11. Cut it into two rows of two, and it is an image again.
    """
    image = torch.tensor([[[[10.0, 11.0], [12.0, 13.0]]]])
    permutation = torch.tensor([2, 0, 3, 1])
    expected = torch.tensor([[[[12.0, 10.0], [13.0, 11.0]]]])
    assert_image(submission.permute_pixels(image, permutation), expected, "permute_pixels(images, permutation)")
    # The same places, whatever the pixels are worth.
    times = int(torch.randint(2, 10, (1,), generator=rng))
    value = submission.permute_pixels(times * image, permutation)
    assert_image(value, times * expected, f"permute_pixels({times} · images, permutation)")


@points(1)
def test_shape(submission, rng):
    """The result has the shape of the images, also when height and width differ.

    Hint: Only the places of the pixels change. There are as many images, channels, rows and columns as before.

    Hint: A row of h·w pixels has to become an image again. How long is a row of the image, h or w pixels?

    Hint: images.shape is (n, c, h, w), and the result should have the very same.
    """
    for sizes in ONE_IMAGE + BATCHES:
        value = submission.permute_pixels(*case(sizes, rng))
        assert_shape(value, sizes, f"permute_pixels of images of shape {sizes}")


@points(2)
@needs("test_shape")
def test_one_image(submission, rng):
    """Pixel i of the result is pixel permutation[i] of the image, counted row by row.

    Hint: Try the permutation [1, 2, 3, 0] on paper. Do the pixels move to the left or to the right?

    Hint: permutation[i] says where the pixel at i comes from. It does not say where the pixel at i goes to.

    Hint: Row by row: in an image of w columns, the pixel in row r and column k has the number r·w + k.
    """
    compare_with_torch(submission, rng, ONE_IMAGE)


@points(2)
@needs("test_one_image")
def test_batches_and_channels(submission, rng):
    """Every image and every channel is permuted alike, for any number of them.

    Hint: The permutation has h·w numbers, and each channel of each image has h·w pixels.

    Hint: Which axes does the permutation concern? The first two, images and channels, stay as they are.

    Hint: Put the last two axes together into one, and leave the first two alone: (n, c, h, w) becomes (n, c, h·w).
    """
    compare_with_torch(submission, rng, BATCHES)


@points(1)
@needs("test_batches_and_channels")
def test_the_inverse_brings_the_images_back(submission, rng):
    """A permutation followed by its inverse gives the images back: no pixel is lost.

    Hint: If place 0 gets pixel 2, then the inverse puts pixel 0 back to place 2.

    Hint: Does your function read only its arguments? A permutation drawn anew in each call cannot be undone.

    Hint: Every number of the permutation is used once. No place stays empty, and no pixel comes twice.
    """
    images, permutation = case((3, 2, 5, 7), rng)
    permuted = submission.permute_pixels(images, permutation)
    assert_image(permuted, expected_images(images, permutation), "permute_pixels of images of shape (3, 2, 5, 7)")
    value = submission.permute_pixels(as_tensor(permuted), permutation.argsort())
    assert_image(value, images, "what the inverse permutation makes of the permuted images")
    value = submission.permute_pixels(images, torch.arange(35))
    assert_image(value, images, "permute_pixels with the permutation 0, 1, 2, …")


@points(1)
@needs("test_hand_worked_example", "test_shape")
def test_inputs_are_left_alone(submission, rng):
    """The images and the permutation are the same after the call as before.

    Hint: Do you write into the images, or into something that shares their memory?

    Hint: A pixel that is overwritten is lost for the places that still need it. Write into a new tensor.

    Hint: view, reshape and flatten may share memory with the images. An assignment into their result is seen there.
    """
    images, permutation = case((3, 2, 4, 5), rng)
    images_after, permutation_after = submission.run(
        call.arguments_after, submission.permute_pixels, images, permutation
    )
    assert_image(images_after, images, "images after the call")
    assert_close(permutation_after, permutation, "permutation after the call")


@points(1)
@needs("test_batches_and_channels")
def test_dtype(submission, rng):
    """Images of float32 stay float32: a net takes no other.

    Hint: What is the dtype of your result? Print it beside that of the images.

    Hint: Do the pixels leave PyTorch on the way, for NumPy or for lists, and come back as something else?

    Hint: A new array of NumPy holds float64 unless you say otherwise. torch.empty_like(images) is like the images.
    """
    images, permutation = case((3, 2, 4, 5), rng)
    value = as_tensor(submission.permute_pixels(images, permutation), "the result")
    assert_image(value, expected_images(images, permutation), "permute_pixels of images of shape (3, 2, 4, 5)")
    assert value.dtype == images.dtype, (
        f"permute_pixels turns images of {images.dtype} into {value.dtype}. A net takes only the dtype of its weights."
    )


# Helpers ------------------------------------------------------------------------------------------


def case(sizes, rng):
    """Random images of these sizes, and a permutation that neither keeps all places nor undoes itself."""
    _, _, h, w = sizes
    permutation = torch.randperm(h * w, generator=rng)
    while torch.equal(permutation, permutation.argsort()):
        permutation = torch.randperm(h * w, generator=rng)
    return torch.randn(sizes, generator=rng), permutation


def expected_images(images, permutation):
    """PyTorch's own operator for it, on one row of pixels for each channel."""
    return torch.index_select(images.flatten(2), 2, permutation).reshape(images.shape)


def compare_with_torch(submission, rng, shapes):
    """Compare with what index_select gives, for images of several shapes."""
    for sizes in shapes:
        images, permutation = case(sizes, rng)
        what = f"permute_pixels of images of shape {sizes}"
        assert_image(submission.permute_pixels(images, permutation), expected_images(images, permutation), what)


def assert_image(value, expected, what):
    """Compare images; a single one of one channel as the matrix that it is, so that it can be drawn."""
    assert_shape(value, expected.shape, what)
    single = tuple(expected.shape[:2]) == (1, 1)
    value = as_tensor(value, what)
    assert_close(value[0, 0] if single else value, expected[0, 0] if single else expected, what)
