# %% [markdown]
# # Transfer: from 0–4 to 5–9 with a handful of images
#
# A net has learned to read the digits 0 to 4. Now it is to read 5 to 9, and we have only two, five or
# twenty images of each. Does it help that it has seen other digits? How much? And up to how many images?
#
# [The lesson](../lessons/transfer.md) explains the three steps: freeze, replace the head, fine-tune.
# Here we take them, and compare with two other ways.
#
# ## The old task: 0 to 4

# %%
import matplotlib.pyplot as plt
import torch
from torch import nn

from grader.data import load
from solutions.ex22_accuracy import evaluate_accuracy
from solutions.ex23_training import train_epoch
from solutions.ex42_transfer import fine_tune, freeze, replace_head

digits = load("digits")


def task(images, labels, first):
    """The five digits from `first` on, as classes 0 to 4."""
    chosen = (labels >= first) & (labels < first + 5)
    return images[chosen], labels[chosen] - first


def batches(images, labels, batch_size=50):
    return list(zip(images.split(batch_size), labels.split(batch_size), strict=True))


old_train = task(digits.train_images, digits.train_labels, first=0)
old_test = task(digits.test_images, digits.test_labels, first=0)
new_train = task(digits.train_images, digits.train_labels, first=5)
new_test = task(digits.test_images, digits.test_labels, first=5)
print(f"0 to 4: {len(old_train[1]):,} images to train on, {len(old_test[1])} to test on")
print(f"5 to 9: {len(new_train[1]):,} images to draw from, {len(new_test[1])} to test on")

# %% [markdown]
# The net has three convolutions with batch norm, and one linear layer: the head. It trains on all the
# images of 0 to 4 that there are.


# %%
def build():
    return nn.Sequential(
        *(nn.Conv2d(1, 8, kernel_size=3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(8, 16, kernel_size=3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(16, 32, kernel_size=3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2)),
        nn.Flatten(),
        nn.Linear(32 * 3 * 3, 5),
    )


torch.manual_seed(0)
old_net = build()
optimizer = torch.optim.Adam(old_net.parameters(), lr=3e-3)
for epoch in range(3):
    loss, _ = train_epoch(old_net, batches(*old_train), nn.CrossEntropyLoss(), optimizer, "cpu")
    old_accuracy = evaluate_accuracy(old_net, batches(*old_test))
    print(f"epoch {epoch + 1}: loss {loss:.3f}, {old_accuracy:.1%} of the test images right")
assert old_accuracy > 0.97

# %% [markdown]
# ## The new task: a handful of images
#
# We draw a few images of each new digit, at random. Which ones we draw makes a difference when there
# are so few. So each experiment is done three times, with three draws.


# %%
def few(per_class, seed):
    """That many images of each new digit, in a random order."""
    order = torch.randperm(len(new_train[1]), generator=torch.Generator().manual_seed(seed))
    images, labels = new_train[0][order], new_train[1][order]
    rank = torch.stack([(labels == k).cumsum(0) for k in range(5)]).gather(0, labels[None])[0]
    return images[rank <= per_class], labels[rank <= per_class]


def show(images, columns=10):
    rows = len(images) // columns
    _, axes = plt.subplots(rows, columns, figsize=(7, 0.72 * rows), squeeze=False)
    for axis, image in zip(axes.flat, images, strict=True):
        axis.imshow(image[0])
        axis.set_axis_off()


images, labels = few(2, seed=0)
show(images[labels.argsort()])

# %% [markdown]
# ![Ten handwritten digits, white on black: two fives, two sixes, two sevens, two eights, two
# nines.](figure:photo)
# All that a net gets to see of 5 to 9 when it may see two of each.
#
# Three ways to use them:
#
# - **Head only:** the three steps of the lesson. All layers are frozen but a new head.
# - **Everything:** begin from the trained weights with a new head, and train all layers.
# - **From nothing:** the same net from random weights. The comparison that must not be missing.
#
# Each way has the optimizer and the learning rate that suit it. With fewer images we take more epochs,
# since an epoch then has fewer steps.


# %%
def head_only(train_iter, num_epochs):
    net = build()
    net.load_state_dict(old_net.state_dict())
    freeze(net)
    replace_head(net, 5)
    fine_tune(net, train_iter, num_epochs, lr=0.02, device="cpu")
    return net


def everything(train_iter, num_epochs):
    net = build()
    net.load_state_dict(old_net.state_dict())
    replace_head(net, 5)
    return train_all(net, train_iter, num_epochs, lr=1e-3)


def from_nothing(train_iter, num_epochs):
    return train_all(build(), train_iter, num_epochs, lr=3e-3)


def train_all(net, train_iter, num_epochs, lr):
    optimizer = torch.optim.Adam(net.parameters(), lr=lr)
    for _ in range(num_epochs):
        train_epoch(net, train_iter, nn.CrossEntropyLoss(), optimizer, "cpu")
    return net


counts, epochs = [2, 5, 20, 100], [50, 20, 10, 4]
ways = {"head only": head_only, "everything": everything, "from nothing": from_nothing}
accuracy = {name: torch.zeros(len(counts), 3) for name in ways}
for i, per_class in enumerate(counts):
    for name, way in ways.items():
        for seed in range(3):
            torch.manual_seed(seed)
            train_iter = batches(*few(per_class, seed), batch_size=max(10, per_class // 4))
            net = way(train_iter, epochs[i])
            accuracy[name][i, seed] = evaluate_accuracy(net, batches(*new_test))
    means = ", ".join(f"{name} {accuracy[name][i].mean():.0%}" for name in ways)
    print(f"{per_class:3} of each digit: {means}")

# %%
_, axis = plt.subplots(figsize=(7, 3))
for (name, values), style in zip(accuracy.items(), ["-", "--", ":"], strict=True):
    (line,) = axis.plot(counts, values.mean(dim=1), style, label=name)
    axis.plot(counts, values, "o", color=line.get_color(), markersize=4)
axis.set_xscale("log")
axis.set_xticks(counts, [str(count) for count in counts], minor=False)
axis.minorticks_off()
axis.set_xlabel("images of each new digit")
axis.set_ylabel("test accuracy on 5 to 9")
axis.legend(frameon=False)
plt.show()

# %% [markdown]
# ![Three curves that rise with the number of images. With 2 and 5 images, from nothing is clearly below
# the other two. With 20 all three meet. With 100 head only is lowest.](figure:plot)
# The mean of three draws, and each draw as a dot.
#
# !!! question "What to notice"
#     - With two images of each digit, the net that has seen other digits is clearly ahead. It makes
#       little difference whether only the head learns or everything does.
#     - Look at the dots: with so few images, luck in the draw counts for as much as the way you
#       choose.
#     - The lead shrinks as the images become more. With 20 of each little of it is left: digits are easy, and a
#       small net learns them from little. Photographs need far more, and there the lead lasts longer.
#     - With 100 images, training everything is better than training the head. The frozen layers look
#       for what mattered in 0 to 4, and the head cannot change that.

# %%
mean = {name: dict(zip(counts, values.mean(dim=1).tolist(), strict=True)) for name, values in accuracy.items()}
assert mean["head only"][2] > mean["from nothing"][2] + 0.02
assert mean["everything"][2] > mean["from nothing"][2] + 0.02
assert abs(mean["head only"][2] - mean["everything"][2]) < 0.06
assert mean["everything"][100] > mean["head only"][100]
assert mean["everything"][100] - mean["from nothing"][100] < mean["everything"][2] - mean["from nothing"][2]
assert all(ways[100] > ways[2] for ways in mean.values())

# %% [markdown]
# ## The trap: batch norm moves
#
# A frozen net should keep what it knew. We put it to the test: after fine-tuning on 5 to 9, the **old**
# head comes back and reads 0 to 4 again. Nothing but the new head was trainable, so the answers should
# be as good as at the start.
#
# `fine_tune` keeps the net in evaluation mode. The usual training loop does not. We try both, and each
# with two kinds of new images: as they are, and as negatives, black on white.


# %%
def old_task_again(careful, images, labels):
    """Fine-tune on the images, put the old head back, and test on 0 to 4."""
    torch.manual_seed(0)
    net = build()
    net.load_state_dict(old_net.state_dict())
    freeze(net)
    replace_head(net, 5)
    train_iter = batches(images, labels, batch_size=10)
    if careful:
        fine_tune(net, train_iter, num_epochs=3, lr=0.02, device="cpu")
    else:
        optimizer = torch.optim.SGD(net[-1].parameters(), lr=0.02)
        for _ in range(3):
            train_epoch(net, train_iter, nn.CrossEntropyLoss(), optimizer, "cpu")  # calls net.train()
    net[-1] = old_net[-1]
    return evaluate_accuracy(net, batches(*old_test))


images, labels = few(20, seed=0)
again = {}
print(f"0 to 4, before: {old_accuracy:.1%}")
for kind, new_images in [("as they are", images), ("negatives", 1 - images)]:
    for mode in ["evaluation", "training"]:
        again[kind, mode] = old_task_again(mode == "evaluation", new_images, labels)
        print(f"0 to 4, after new images {kind}, in {mode} mode: {again[kind, mode]:.1%}")

# %% [markdown]
# !!! question "What to notice"
#     - In evaluation mode the old task is read exactly as before.
#     - In training mode, with new digits that look like the old ones, hardly anything happens. The
#       running statistics have moved, but not far. This is why the mistake can stay hidden.
#     - With negatives the same mistake ruins the net, although every weight is frozen.

# %%
assert again["as they are", "evaluation"] == again["negatives", "evaluation"] == old_accuracy
assert abs(again["as they are", "training"] - old_accuracy) < 0.03
assert again["negatives", "training"] < 0.7

# %% [markdown]
# ## Try it yourself
#
# - Turn it round: learn 5 to 9 first, then 0 to 4. Is the lead as large?
# - Let more than the head learn: after `freeze`, make the last convolution trainable again.
# - Freeze a net with **random** weights and train only its head, in training mode. How much of the lead
#   comes from what the net had learned?
# - Write the three steps yourself: [exercise 42](../exercises/ex42_transfer.md).
