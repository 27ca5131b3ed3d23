# %% [markdown]
# # Saving, loading, resuming, and curves in TensorBoard
#
# We stop a training in the middle, throw everything away but one file, and go on. Does the net end with
# the very same weights? Then we leave one thing out of the file, and see what it costs. And while the
# net trains, it writes a diary that [TensorBoard](../lessons/looking-inside.md#tensorboard-in-a-few-words)
# can draw.
#
# [The lesson](../lessons/saving.md) says what belongs in the file, and why.

# %%
import os
import tempfile

import matplotlib.pyplot as plt
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import nn
from torch.utils.tensorboard import SummaryWriter

from grader.data import load
from solutions.ex21_parameters import count_parameters
from solutions.ex22_accuracy import evaluate_accuracy
from solutions.ex23_training import train_epoch
from solutions.ex27_checkpoint import load_checkpoint, save_checkpoint

digits = load("digits")
folder = tempfile.mkdtemp()
print("everything is written into a temporary folder")


# %% [markdown]
# ## A training that is not interrupted
#
# A small net, SGD with momentum, six epochs. The batches of each epoch are drawn with the number of the
# epoch as seed. So epoch 4 uses the same batches whether or not somebody stopped after epoch 3.
#
# The accuracy is that on 400 *validation* images. They are held back from training, as the test images
# are, and one looks at them while one still tries things out.


# %%
def fresh(seed):
    torch.manual_seed(seed)
    net = nn.Sequential(
        *(nn.Conv2d(1, 8, kernel_size=5, stride=2, padding=2), nn.BatchNorm2d(8), nn.ReLU()),
        *(nn.Conv2d(8, 16, kernel_size=5, stride=2, padding=2), nn.BatchNorm2d(16), nn.ReLU()),
        *(nn.Flatten(), nn.Linear(16 * 7 * 7, 10)),
    )
    return net, torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9)


def train(net, optimizer, epochs, writer=None):
    for epoch in epochs:
        order = torch.randperm(len(digits.train_labels), generator=torch.Generator().manual_seed(epoch))
        batches = [(digits.train_images[part], digits.train_labels[part]) for part in order.split(64)]
        loss, right = train_epoch(net, batches, nn.CrossEntropyLoss(), optimizer, "cpu")
        if writer:
            writer.add_scalar("loss/train", loss, epoch)
            writer.add_scalar("accuracy/train", right, epoch)
            writer.add_scalar("accuracy/validation", accuracy(net), epoch)


def accuracy(net):
    return evaluate_accuracy(net, [(digits.validation_images, digits.validation_labels)])


net, optimizer = fresh(seed=0)
train(net, optimizer, range(1, 7))
uninterrupted = net.state_dict()  # no copy, but nobody trains this net any further
print(f"after six epochs: {accuracy(net):.1%} of the validation images")
assert accuracy(net) > 0.93

# %% [markdown]
# ## Stop, and go on
#
# Now the same training again, stopped after epoch 3. The functions are those of
# [exercise 27](../exercises/ex27_checkpoint.md): net, optimizer and epoch go into one file. Then the net
# and the optimizer are deleted, as if the computer had been switched off.

# %%
path = os.path.join(folder, "checkpoint.pt")
net, optimizer = fresh(seed=0)
train(net, optimizer, range(1, 4))
save_checkpoint(path, net, optimizer, epoch=3)
del net, optimizer

numbers = count_parameters(fresh(0)[0])
print(f"{numbers:,} parameters of 4 bytes: {4 * numbers:,} bytes. The file: {os.path.getsize(path):,} bytes")

# %% [markdown]
# The file is a little more than twice as large as the weights. As much again as the weights takes the
# *velocity* of each weight, which momentum needs. The rest are names, shapes, and the running means and
# variances of batch normalisation.

# %%
assert 1.9 < os.path.getsize(path) / (4 * numbers) < 2.6


def difference(net):
    """The largest difference of any number in the net from the one of the uninterrupted training."""
    pairs = [(value, uninterrupted[name]) for name, value in net.state_dict().items()]
    return max((value - other).abs().max().item() for value, other in pairs)


net, optimizer = fresh(seed=1)  # other random weights: all that counts comes from the file
epoch = load_checkpoint(path, net, optimizer)
train(net, optimizer, range(epoch + 1, 7))
print("largest difference after resuming:", difference(net))
assert difference(net) == 0

# %% [markdown]
# Exactly 0: the same weights to the last bit, as if nobody had stopped.
#
# ## Leave something out
#
# Many people save only the weights. Then the optimizer begins with velocity 0. And some forget
# the number of the epoch, so that the same batches come again.

# %%
checkpoint = torch.load(path)
print("in the file:", ", ".join(checkpoint))

net, optimizer = fresh(seed=1)
net.load_state_dict(checkpoint["net"])  # and nothing for the optimizer
train(net, optimizer, range(4, 7))
without_velocity = difference(net)
print(f"without the optimizer's state: difference {without_velocity:.3f}, accuracy {accuracy(net):.1%}")

net, optimizer = fresh(seed=1)
load_checkpoint(path, net, optimizer)
train(net, optimizer, range(1, 4))  # the epochs that were done already
without_epoch = difference(net)
print(f"with the wrong epochs:         difference {without_epoch:.3f}, accuracy {accuracy(net):.1%}")

# %% [markdown]
# !!! question "What to notice"
#     - No error, no warning. Both nets come from another training than the one that you began.
#     - Their accuracy is about as good. So nobody sees it, until two results should be equal and are not.

# %%
assert without_velocity > 0.001
assert without_epoch > 0.001
assert accuracy(net) > 0.93

# %% [markdown]
# ## Use it for one image
#
# To use a net, its `state_dict` is enough: the weights, and what batch normalisation remembers. But call
# `eval()`. In training mode, batch normalisation compares each image with the others of its batch.

# %%
weights = os.path.join(folder, "weights.pt")
torch.save(uninterrupted, weights)
print(f"weights alone: {os.path.getsize(weights):,} bytes")

net, _ = fresh(seed=2)
print(net.load_state_dict(torch.load(weights)))
net.eval()
with torch.no_grad():
    probabilities = net(digits.test_images[:1]).softmax(dim=1)[0]
print(f"it is a {probabilities.argmax()}, the net says, with {probabilities.max():.1%}; true: {digits.test_labels[0]}")
assert probabilities.argmax() == digits.test_labels[0]

# %% [markdown]
# What happens without `eval()`? Ask for the first image alone, and then again together with 63 others.


# %%
def asked_alone_and_among_others():
    with torch.no_grad():
        alone, among = net(digits.test_images[:1]), net(digits.test_images[:64])[:1]
    return (alone - among).abs().max().item()


difference_in_eval = asked_alone_and_among_others()
running_mean = net[1].running_mean.clone()
net.train()
difference_in_train = asked_alone_and_among_others()
print(f"scores differ by {difference_in_eval:.5f} with eval(), by {difference_in_train:.1f} without")
print("the net is still what it was:", torch.equal(net[1].running_mean, running_mean))

# %% [markdown]
# !!! question "What to notice"
#     - Without `eval()`, the answer to an image depends on its neighbours in the batch.
#     - And asking has *changed* the net: its running means have moved. It is no longer the one that you
#       saved.
#     - No error, again. The net may still read most digits, and so it takes long until somebody notices.

# %%
assert difference_in_eval < 0.001
assert difference_in_train > 0.5
assert not torch.equal(net[1].running_mean, running_mean)

# %% [markdown]
# ## A diary for TensorBoard
#
# `SummaryWriter` writes numbers to a folder while the net trains. Here two trainings write into
# folders of their own, with two learning rates.

# %%
runs = os.path.join(folder, "runs")
for lr in (0.02, 0.002):
    net, optimizer = fresh(seed=0)
    optimizer.param_groups[0]["lr"] = lr
    with SummaryWriter(os.path.join(runs, f"lr={lr}")) as writer:
        train(net, optimizer, range(1, 4), writer)
        writer.add_images("kernels", net[0].weight.detach() + 0.5, 3)  # + 0.5: zero becomes mid-grey

for place, _, files in sorted(os.walk(runs)):
    for file in files:
        print(os.path.relpath(place, folder), "·", file.split(".")[0], "· a few KB")

# %% [markdown]
# `print(runs)` says where the folder is. In a terminal, `tensorboard --logdir` with this path behind it
# now shows a page with all curves, each run in a colour of its own. You can open it while a net trains:
# the arrow at the top right reads the new numbers, and *Reload data* in the settings does so by itself.
# A page like this one cannot show it, but the same diary can be read by a program:

# %%
_, axes = plt.subplots(1, 2, figsize=(7, 2.8))
ends = {}
for run, style in zip(sorted(os.listdir(runs)), ["--", "-"], strict=True):
    diary = EventAccumulator(os.path.join(runs, run)).Reload()
    for axis, name in zip(axes, ["loss/train", "accuracy/validation"], strict=True):
        entries = diary.Scalars(name)
        axis.plot([entry.step for entry in entries], [entry.value for entry in entries], style, marker="o", label=run)
        axis.set_title(name)
        axis.set_xlabel("epoch")
        axis.set_xticks([1, 2, 3])
        ends[run, name] = entries[-1].value
axes[0].legend(frameon=False)
plt.show()
print("also in the diary:", diary.Tags()["scalars"], diary.Tags()["images"])

# %% [markdown]
# ![Two plots with two lines each. On the left the loss falls, on the right the accuracy rises, both faster
# with a learning rate of 0.02 than with 0.002.](figure:plot)
# Read back from the diary: the loss in training, and the accuracy on images that were held back.
#
# Give each run a folder and a name that says what was different. In a week you will not remember.

# %%
assert ends["lr=0.02", "loss/train"] < ends["lr=0.002", "loss/train"]
assert ends["lr=0.02", "accuracy/validation"] > ends["lr=0.002", "accuracy/validation"]

# %% [markdown]
# ## Try it yourself
#
# - Use Adam. How large is the file now, and why?
# - Add `nn.Dropout(0.2)` to the net. Is the difference after resuming still 0? What else must be saved?
# - Write the length of each layer's gradient into the diary, too. Which layer has the largest?
# - Write both functions yourself: [exercise 27](../exercises/ex27_checkpoint.md).
