# %% [markdown]
# # AlexNet: against learning by heart
#
# AlexNet has many weights, and its authors had a problem: it learned its training images by heart. They
# used two remedies, **dropout** and **augmentation**. How much does each of them bring? We measure it, on
# a small AlexNet with very few images.
#
# The lessons on [AlexNet](../lessons/alexnet.md), [dropout](../lessons/dropout.md) and
# [augmentation](../lessons/augmentation.md) explain the parts.

# %%
import matplotlib.pyplot as plt
import torch
from torch import nn

from grader.data import load
from solutions.ex21_parameters import count_parameters
from solutions.ex22_accuracy import evaluate_accuracy
from solutions.ex23_training import train_epoch
from solutions.ex31_alexnet import alexnet
from solutions.ex41_augmentation import train_transform

digits = load("digits")
X, y = digits.train_images[:300], digits.train_labels[:300]
test = [(digits.test_images, digits.test_labels)]
print("images of each digit:", y.bincount().tolist())

# %% [markdown]
# Only 300 images to train on, about 30 of each digit. With so few it is easy to learn them by heart, and
# hard to learn what a digit is.
#
# ## AlexNet, made small
#
# The original takes a billion multiply–accumulates for one image. Ours keeps its plan: large kernels
# first, then small ones, a first pooling whose windows overlap (3 × 3 with stride 2), three linear layers,
# and a dropout behind each of the two hidden ones.


# %%
def small_alexnet(p):
    return nn.Sequential(
        *(nn.Conv2d(1, 16, kernel_size=5, stride=2, padding=2), nn.ReLU(), nn.MaxPool2d(3, stride=2)),
        *(nn.Conv2d(16, 32, kernel_size=5, padding=2), nn.ReLU()),
        *(nn.Conv2d(32, 48, kernel_size=3, padding=1), nn.ReLU()),
        *(nn.Conv2d(48, 48, kernel_size=3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        nn.Flatten(),
        *(nn.Linear(432, 256), nn.ReLU(), nn.Dropout(p)),
        *(nn.Linear(256, 256), nn.ReLU(), nn.Dropout(p)),
        nn.Linear(256, 10),
    )


with torch.device("meta"):  # layers without numbers: to count them takes no memory
    print(f"AlexNet {count_parameters(alexnet()):,} parameters, ours {count_parameters(small_alexnet(0)):,}")
assert count_parameters(small_alexnet(0)) > 500 * 300

# %% [markdown]
# Still more than 500 parameters for each training image.
#
# ## More digits than there are
#
# The transform of [exercise 41](../exercises/ex41_augmentation.md) turns each image by up to 15° and moves
# it by up to a tenth of its size. It draws anew each time.

# %%
torch.manual_seed(0)
transform = train_transform()
rows = [torch.stack([image] + [transform(image) for _ in range(7)]) for image in X[:3]]
_, axes = plt.subplots(3, 8, figsize=(7, 2.7))
for axis, image in zip(axes.flat, torch.cat(rows), strict=True):
    axis.imshow(image[0])
    axis.set_axis_off()
plt.show()

# %% [markdown]
# ![Three rows of eight digits. In each row the same digit, every time a little turned and
# moved.](figure:photo)
# Left: three training images. Beside each of them seven random versions of it.
#
# ## Four trainings
#
# With and without dropout, with and without augmentation. Everything else is the same: 40 epochs of Adam,
# and a smaller learning rate for the last ten. After every tenth epoch we ask for three accuracies: the one
# *while training*, with dropout at work and on the changed images; the one on the training images as they
# are; and the one on the test images.


# %%
def train(dropout, augment, epochs=40):
    torch.manual_seed(0)
    net = small_alexnet(0.5 if dropout else 0)
    for layer in net:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(layer.weight)  # a good start for ReLU: it saves epochs
            nn.init.zeros_(layer.bias)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[30], gamma=0.1)
    history = []
    for epoch in range(1, epochs + 1):
        images = torch.stack([transform(image) for image in X]) if augment else X
        batches = [(images[part], y[part]) for part in torch.randperm(len(X)).split(32)]
        _, while_training = train_epoch(net, batches, nn.CrossEntropyLoss(), optimizer, "cpu")
        scheduler.step()
        if epoch % 10 == 0:
            history.append((while_training, evaluate_accuracy(net, [(X, y)]), evaluate_accuracy(net, test)))
    return history


TRAININGS = {
    "neither": (False, False),
    "dropout": (True, False),
    "augmentation": (False, True),
    "both": (True, True),
}
histories = {}
print(f"{'':14}{'while training':>16}{'training images':>18}{'test images':>14}")
for name, (dropout, augment) in TRAININGS.items():
    histories[name] = train(dropout, augment)
    while_training, known, new = histories[name][-1]
    print(f"{name:14}{while_training:16.1%}{known:18.1%}{new:14.1%}")

# %%
_, (left, right) = plt.subplots(1, 2, figsize=(7, 3), sharey=True)
for (name, history), style in zip(histories.items(), ["-", "--", "-.", ":"], strict=True):
    left.plot(range(10, 41, 10), [known for _, known, _ in history], style, marker="o", label=name)
    right.plot(range(10, 41, 10), [new for _, _, new in history], style, marker="o")
left.set_title("300 training images")
right.set_title("1,000 test images")
left.set_ylabel("accuracy")
left.set_ylim(0.7, 1.01)
for axis in (left, right):
    axis.set_xlabel("epoch")
left.legend(frameon=False, loc="lower right")
plt.show()

# %% [markdown]
# ![Two plots. Left: on the training images the net with neither remedy is at 1 from the tenth epoch, the others
# come close to it later. Right: on test images it stays where it was, while augmentation ends above
# it.](figure:plot)
# After 10, 20, 30 and 40 epochs. Left: images that the net was trained with. Right: images that it has
# never seen.
#
# !!! question "What to notice"
#     - **Neither**: after ten epochs the net knows all 300 images by heart. Thirty more epochs bring it
#       nothing: all answers are right, the loss is nearly 0, and so are the gradients.
#     - **Dropout** slows the learning by heart down. In the end it brings little here.
#     - **Augmentation** brings most: more than a fifth of the mistakes on new images are gone. Moved and
#       turned digits *are* digits, and no two epochs show the same ones. But look how long it takes: the
#       gain comes in the last ten epochs, with the smaller learning rate.
#     - **Both** together begin far behind. Each remedy makes training harder, and harder training takes more
#       epochs. In the end they are about as good as augmentation alone.
#
# Look at the table again, at *both*. The accuracy while training is **below** the one on new images. No
# bug: it was measured with dropout at work, on turned and moved images.

# %%
end = {name: history[-1] for name, history in histories.items()}
start = {name: history[0] for name, history in histories.items()}
new = {name: accuracies[2] for name, accuracies in end.items()}
assert start["neither"][1] > 0.99
assert abs(new["neither"] - start["neither"][2]) < 0.02
assert start["dropout"][1] < start["neither"][1]
assert abs(new["dropout"] - new["neither"]) < 0.025
assert histories["augmentation"][2][2] < new["augmentation"] - 0.01
assert 1 - new["augmentation"] < 0.8 * (1 - new["neither"])
assert start["both"][2] < start["neither"][2] - 0.05
assert abs(new["both"] - new["augmentation"]) < 0.02
assert end["both"][0] < end["both"][2]

# %% [markdown]
# One seed and one small net: do not take the numbers for laws. With 1.2 million photographs and 60
# million parameters, in 2012, both remedies were needed. But the order of things is a good habit: first
# look whether your net learns by heart, then make more of your data, then add dropout.
#
# ## Try it yourself
#
# - Take 3,000 training images in place of 300. What is left of the differences?
# - Mirror the digits as well, with `v2.RandomHorizontalFlip()` (`from torchvision.transforms import v2`). Does
#   it help? [Why not?](../lessons/augmentation.md)
# - Give *both* 100 epochs.
# - Build the real AlexNet: [exercise 31](../exercises/ex31_alexnet.md).
