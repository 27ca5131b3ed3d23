import torch

def permute_pixels(images, permutation):
	width = images.shape[-1]
	rows = torch.div(permutation, width, rounding_mode="floor")
	columns = permutation - rows*width
	return images[..., rows, columns].reshape_as(images)
