# %% [markdown]
# # NiN: a net that ends with a mean
#
# Network in Network has no fully connected layer. Its last block draws one map for each class, and the
# mean of a map is the score. What does this save? What can such a net do that others cannot? And what
# can go wrong?
#
# [The lesson](../lessons/nin.md) explains 1 × 1 convolutions and global average pooling. Here three
# small nets are trained and compared.
#
# ## Three nets
#
# All three begin with the same two NiN blocks of [exercise 33](../exercises/ex33_nin.md) and two
# poolings. They differ in how they end:
#
# - **linear:** two linear layers, as in AlexNet;
# - **mean:** a third NiN block with ten maps, and the mean of each map, as in the paper;
# - **mean, no last ReLU:** the same without the very last activation. We will see why.

# %%
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

from grader.data import load
from solutions.ex22_accuracy import evaluate_accuracy
from solutions.ex23_training import train_epoch
from solutions.ex33_nin import nin_block

digits = load("digits")
train_iter = list(zip(digits.train_images.split(50), digits.train_labels.split(50), strict=True))
test_iter = list(zip(digits.test_images.split(250), digits.test_labels.split(250), strict=True))


def body():
    return [
        nin_block(1, 16, kernel_size=5, strides=1, padding=2),
        nn.MaxPool2d(kernel_size=3, stride=2, padding=1),
        nin_block(16, 32, kernel_size=3, strides=1, padding=1),
        nn.MaxPool2d(kernel_size=3, stride=2, padding=1),
    ]


def linear_net():
    return nn.Sequential(*body(), nn.Flatten(), nn.Linear(32 * 7 * 7, 128), nn.ReLU(), nn.Linear(128, 10))


def mean_net(last_relu):
    last = nin_block(32, 10, kernel_size=3, strides=1, padding=1)
    return nn.Sequential(*body(), last if last_relu else last[:-1], nn.AdaptiveAvgPool2d(1), nn.Flatten())


def he(layer):
    if isinstance(layer, nn.Conv2d | nn.Linear):
        nn.init.kaiming_normal_(layer.weight)
        nn.init.zeros_(layer.bias)


def train(net):
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    for _ in range(3):
        train_epoch(net, train_iter, nn.CrossEntropyLoss(), optimizer, "cpu")


def largest_scores(net):
    """The largest score of each class, over all test digits."""
    with torch.no_grad():
        return torch.cat([net(X) for X, _ in test_iter]).amax(dim=0)


nets, at_start, accuracy = {}, {}, {}
for name in ["linear", "mean", "mean, no last ReLU"]:
    torch.manual_seed(0)
    nets[name] = linear_net() if name == "linear" else mean_net(last_relu=name == "mean")
    nets[name].apply(he)
    at_start[name] = largest_scores(nets[name])
    train(nets[name])
    accuracy[name] = evaluate_accuracy(nets[name], test_iter)
    parameters = sum(p.numel() for p in nets[name].parameters())
    print(f"{name:18} {parameters:7,} parameters, {accuracy[name]:.1%} of the test digits right after three epochs")

# %% [markdown]
# The linear layers hold 96 of 100 parameters. Without them the net is that much smaller, but it has not
# come as far. Has it too few weights to learn more? Look at the scores of each class before we believe
# that.

# %%
print("class             ", *[f"{k:5}" for k in range(10)])
print("mean, at the start", *[f"{score:5.1f}" for score in at_start["mean"]])
print("mean, trained     ", *[f"{score:5.1f}" for score in largest_scores(nets["mean"])])
dead = (largest_scores(nets["mean"]) == 0).nonzero()[:, 0].tolist()
print("never above zero:", dead)

# %% [markdown]
# There it is. For one class at least, the largest score over all 1,000 digits is exactly 0. The net never
# gives this answer. The score was 0 from the start: the last ReLU cut off the whole map, for every
# image. Where ReLU cuts off, no gradient comes back, so this class could not learn.
#
# The lesson warns of it. The cure here is to leave out the last ReLU, and the third net above has done
# so. Nothing else is different, not even the weights at the start. (In exercise 33 keep the last ReLU: the
# net there is that of the paper.)

# %%
assert dead
assert all(at_start["mean"][k] == 0 for k in dead)
assert (largest_scores(nets["mean, no last ReLU"]) > 0).all()
assert accuracy["mean, no last ReLU"] > accuracy["mean"] + 0.03
net = nets["mean, no last ReLU"]
sizes = {name: sum(p.numel() for p in nets[name].parameters()) for name in nets}
print(f"parameters: {sizes['mean'] / sizes['linear']:.1%} of those of the net with linear layers")

# %% [markdown]
# ## Look into the maps
#
# From here on, the net is the one without the last ReLU. Its last block gives ten maps of 7 × 7, one
# for each class. What follows only takes their means. So we can see what the score of each class is made of.

# %%
chosen = [(digits.test_labels == k).nonzero()[0, 0].item() for k in (0, 4, 7)]
X = digits.test_images[chosen]
with torch.no_grad():
    maps = net[:-2](X)
    scores = net(X)
assert torch.allclose(maps.mean(dim=(2, 3)), scores, atol=1e-5)

_, axes = plt.subplots(3, 11, figsize=(7, 2.1))
for line, image, ten_maps in zip(axes, X, maps, strict=True):
    line[0].imshow(image[0])
    limit = ten_maps.abs().max()  # the same on both sides, so that zero is mid-grey
    for axis, one_map in zip(line[1:], ten_maps, strict=True):
        axis.imshow(one_map, vmin=-limit, vmax=limit)
    for axis in line:
        axis.set_axis_off()
for digit, row in zip([0, 4, 7], scores, strict=True):
    print(f"scores for the {digit}:", *[f"{score:5.1f}" for score in row])
assert (scores < 0).float().mean() > 0.5

# %% [markdown]
# ![Three rows: a 0, a 4 and a 7, and beside each its ten small maps in shades of grey. Some maps have light
# spots, many have dark ones.](figure:photo)
# At the left the digit, then the maps of the classes 0 to 9. Mid-grey is 0, light is positive, dark is
# negative; each row has a scale of its own. The means of the maps are the scores below the code.
#
# !!! question "What to notice"
#     - A light spot is a place that raises the score of the class, a dark one a place that lowers it.
#     - Most scores are negative. That alone means nothing: only the differences count. The winner is the
#       score that stands above the others.
#     - A spot of light does not make a winner. What counts is the mean of the whole map.
#
# This is what [looking inside](looking_inside.py) has to compute with gradients. A net that ends with a mean
# shows it for nothing.
#
# ## Move the digit
#
# A linear layer has a weight for every place. A mean has not: it does not ask where something was. So we
# move all test digits to the right and down, and fill in black. The nets have not been trained for that.
# Four pixels are much: more than half of the digits then lose a little of their ink over the edge.

# %%
shifts = [0, 1, 2, 3, 4]
moved = {
    name: [
        evaluate_accuracy(nets[name], [(F.pad(X, (n, 0, n, 0))[..., :28, :28], y) for X, y in test_iter])
        for n in shifts
    ]
    for name in ["linear", "mean, no last ReLU"]
}
for name, values in moved.items():
    print(f"{name:18}", "  ".join(f"{n} pixels {a:.0%}" for n, a in zip(shifts, values, strict=True)))

# %%
_, axis = plt.subplots(figsize=(7, 2.8))
for (name, values), style in zip(moved.items(), ["--", "-"], strict=True):
    axis.plot(shifts, values, style, marker="o", label=name)
axis.set_xticks(shifts)
axis.set_xlabel("pixels to the right and down")
axis.set_ylabel("test accuracy")
axis.set_ylim(0, 1)
axis.legend(frameon=False, loc="lower left")
plt.show()

# %% [markdown]
# ![Two falling curves over a shift of 0 to 4 pixels. The dashed one, linear, begins higher and falls steeply.
# The other one falls less. They cross near 2 pixels.](figure:plot)
# Test accuracy when the digits are moved.
#
# !!! question "What to notice"
#     - Where the digits stand as in training, the linear layers are ahead. There it helps to know the
#       place.
#     - The further the digits are moved, the more the lead shrinks, and then it turns round. By four
#       pixels, the net with linear layers does hardly better than luck, and the net with a mean does.
#     - But it falls as well. A mean forgets the place, and yet the maps before it change: the poolings
#       step over two pixels at a time, and a digit near the border meets padding, or is cut off.

# %%
assert moved["linear"][0] > moved["mean, no last ReLU"][0]
assert moved["linear"][4] < 0.2 < moved["mean, no last ReLU"][4]

# %% [markdown]
# ## Any size will do
#
# A mean can be taken over any number of pixels. So this net takes images of any size. The net with
# linear layers does not. We put each test digit somewhere into a larger image.


# %%
def larger(side):
    """The test digits, each somewhere in a black image of that side."""
    corners = torch.randint(0, side - 27, (1000, 2), generator=torch.Generator().manual_seed(0)).tolist()
    images = torch.zeros(1000, 1, side, side)
    for image, digit, (row, column) in zip(images, digits.test_images, corners, strict=True):
        image[:, row : row + 28, column : column + 28] = digit
    return list(zip(images.split(250), digits.test_labels.split(250), strict=True))


bigger = {side: evaluate_accuracy(net, larger(side)) for side in [28, 32, 40]}
for side, fraction in bigger.items():
    print(f"{side} × {side}: {fraction:.0%} right")

try:
    nets["linear"](larger(40)[0][0])
except RuntimeError as error:
    print("linear:", error)

# %% [markdown]
# It runs, where the net with linear layers raises an error. But it does not read as well: the larger
# the image, the fewer are right. More of the black around the digit goes into each mean, and the net was not
# trained with that much black. So "takes any size" is not "reads at any size". Train with the sizes that
# you want to read.

# %%
assert bigger[28] == accuracy["mean, no last ReLU"]
assert bigger[40] < bigger[32] < bigger[28]

# %% [markdown]
# ## Try it yourself
#
# - Other seeds: how often does a class of the net "mean" begin at zero, and how often does it stay there?
# - Put `nn.AdaptiveMaxPool2d(1)` in place of the mean. What happens in larger images?
# - Leave out the 1 × 1 convolutions of all blocks. How much of the accuracy do they bring here?
# - Write the block and the net yourself: [exercise 33](../exercises/ex33_nin.md).
