import torch


def permute_pixels(images, permutation):
    n, c, h, w = images.shape
    result = torch.zeros(n, c, h, w)
    for place in range(h * w):
        source = int(permutation[place])
        row, column = divmod(place, w)
        result[:, :, row, column] = images[:, :, source // w, source % w]
    return result
