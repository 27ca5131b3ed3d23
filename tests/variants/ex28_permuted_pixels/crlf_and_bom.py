import torch


def permute_pixels(images, permutation):
    """One image and channel at a time; the inverse sends the pixels."""
    inverse = torch.argsort(permutation)
    result = torch.empty_like(images)
    for image, new in zip(images, result):
        for channel, out in zip(image, new):
            flat = out.view(-1)
            for number, pixel in enumerate(channel.reshape(-1)):
                flat[inverse[number]] = pixel
    return result
