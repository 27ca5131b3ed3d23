# %% [markdown]
# # A training loop from nothing
#
# Seven lines teach a net to read digits. We write them, and then we break them on purpose: with steps
# that are too small, too large, and with old gradients that nobody forgot. So you will know what you
# see when it happens to you.
#
# [The lesson](../lessons/training.md) explains each line.

# %%
import math

import matplotlib.pyplot as plt
import torch
from torch import nn

from grader.data import load

digits = load("digits")
X_train, y_train = digits.train_images, digits.train_labels
X_test, y_test = digits.test_images, digits.test_labels
print(len(y_train), "images to train on,", len(y_test), "to test on")


# %% [markdown]
# ## A net, and a first loss
#
# The net is small, so that many trainings fit into this page: 784 pixels, 64 hidden numbers, 10 scores.


# %%
def build():
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))


loss = nn.CrossEntropyLoss()
net = build()
first = loss(net(X_train), y_train).item()
print(f"loss before training {first:.3f}, ln 10 = {math.log(10):.3f}")
assert abs(first - math.log(10)) < 0.1

# %% [markdown]
# A net that knows nothing gives every digit about the same probability, one tenth. Then the loss is
# $\ln 10$. If yours begins elsewhere, look for the reason before you train.
#
# ## One step, looked at closely
#
# One batch of 32 images, one step. Does the loss of *this* batch become smaller?

# %%
X, y = X_train[:32], y_train[:32]
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
before = loss(net(X), y)
before.backward()  # a gradient for every weight
weight = net[3].weight  # that of the last layer
by_hand = weight.detach() - 0.1 * weight.grad
optimizer.step()
after = loss(net(X), y)
print(f"loss of the batch: {before.item():.3f} → {after.item():.3f}")
print("weight − learning rate × gradient is what step() did:", torch.allclose(weight, by_hand))
assert after < before
assert torch.allclose(weight, by_hand)

# %% [markdown]
# ## The loop
#
# Repeat this for all batches, and the whole for some epochs. `losses` keeps the loss of every batch, so
# that we can draw it.


# %%
def accuracy(net):
    net.eval()
    with torch.no_grad():
        return (net(X_test).argmax(dim=1) == y_test).float().mean().item()


def train(lr, epochs=3, forget=True):
    net = build()
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    order = torch.Generator().manual_seed(0)  # the same batches for every training on this page
    losses = []
    net.train()
    for _ in range(epochs):
        for part in torch.randperm(len(y_train), generator=order).split(32):
            X, y = X_train[part], y_train[part]
            if forget:
                optimizer.zero_grad()
            batch_loss = loss(net(X), y)
            batch_loss.backward()
            optimizer.step()
            losses.append(batch_loss.item())
    return net, losses


net, losses = train(lr=0.1)
print(f"{len(losses)} steps, test accuracy {accuracy(net):.1%}")
assert accuracy(net) > 0.87


# %%
def smooth(losses, over=20):
    """The mean of 20 batches in a row: a single batch says little."""
    return torch.tensor(losses).unfold(0, over, 1).mean(dim=1)


_, axis = plt.subplots(figsize=(7, 2.8))
axis.plot(losses, color="0.6", linewidth=0.8, label="each batch")
axis.plot(range(10, len(losses) - 9), smooth(losses), color="C0", label="mean of 20 batches")
axis.set_xlabel("step")
axis.set_ylabel("loss")
axis.legend(frameon=False)
plt.show()

# %% [markdown]
# ![A jagged grey curve falls from 2.3 to about 0.3. A smooth line runs through its middle.](figure:plot)
# The loss of each batch, and the mean of 20 in a row.
#
# !!! question "What to notice"
#     - The curve is jagged. The next batch may be an easy or a hard one: that is no fault of your loop.
#     - Most is learned in the first hundred steps. The rest of the time goes into the hard images.
#
# ## Too small, right, too large
#
# The same net, the same batches, five learning rates.

# %%
rates = [0.001, 0.01, 0.1, 1.0, 10.0]
by_rate = {lr: train(lr) for lr in rates}
for lr, (net, losses) in by_rate.items():
    print(f"learning rate {lr:6}  last losses {smooth(losses)[-1]:9.3f}  test accuracy {accuracy(net):.1%}")

# %%
_, axis = plt.subplots(figsize=(7, 3.2))
for (lr, (_, losses)), style in zip(by_rate.items(), [":", "--", "-", "-.", "-"], strict=True):
    axis.semilogy(smooth(losses), style, label=f"{lr:g}")
axis.axhline(math.log(10), color="0.6", linewidth=1)
axis.set_xlabel("step")
axis.set_ylabel("loss, mean of 20 batches")
axis.legend(frameon=False, title="learning rate", loc="upper right", ncols=2)
plt.show()

# %% [markdown]
# ![Five curves on a logarithmic scale. 0.001 stays on the grey line, 0.01 falls slowly, 0.1 falls quickly
# and lies lowest. 1 falls and jumps up and down above it. 10 begins above 100 and ends just over the grey
# line.](figure:plot)
# The loss for five learning rates. On the left each large mark is 10 times the one below it. The grey line
# is $\ln 10$, the loss of a net that knows nothing.
#
# !!! question "What to notice"
#     - **0.001** and **0.01** are too small. Nothing is wrong, it only takes forever.
#     - **0.1** is right. It falls fastest, and then more and more slowly.
#     - **1** is a little too large. It learns, but it jumps, and it ends above the curve of 0.1.
#     - **10** is far too large. The first steps make everything worse, up to a loss above 100. Then the
#       curve lies just above the line of knowing nothing, and stays there.
#
# The last curve is treacherous: its end looks like that of 0.001. What has happened to this net? A hidden
# number that is negative for *every* image is 0 behind ReLU, and so is its gradient. It never comes back.
# We count those that are still alive:

# %%
alive = {}
for lr, (net, _) in by_rate.items():
    with torch.no_grad():
        hidden = net[:3](X_train)  # flatten, linear, ReLU
    alive[lr] = int((hidden > 0).any(dim=0).sum())
    print(f"learning rate {lr:6}: {alive[lr]} of 64 hidden numbers are above 0 for some image")

# %% [markdown]
# With 10, all of them are dead. Every image gets the same ten scores. Only the biases of the last layer
# still move, by steps that are too large, so the loss stays a little above the grey line. No smaller learning
# rate will bring the dead ones back: start again. With 1, many are dead, and the rest does the work. That is
# why it still learns, and less well.

# %%
curves = {lr: smooth(losses) for lr, (_, losses) in by_rate.items()}
ends = {lr: curve[-20:].mean() for lr, curve in curves.items()}
assert ends[0.001] > 2.1
assert 1.0 < ends[0.01] < 2.0
assert ends[0.1] == min(ends.values())
assert curves[1.0][200:].max() - curves[1.0][200:].min() > 1.5 * (curves[0.1][200:].max() - curves[0.1][200:].min())
assert curves[10.0].max() > 100
assert ends[10.0] > math.log(10)
assert alive[0.1] > 60
assert alive[1.0] < 50
assert alive[10.0] == 0

# %% [markdown]
# ## The forgotten line
#
# Now leave out `optimizer.zero_grad()`. Then each new gradient is added to all the old ones.

# %%
forgotten = {lr: train(lr, forget=False) for lr in (0.1, 0.01)}
for lr, (net, losses) in forgotten.items():
    print(f"learning rate {lr}: last losses {smooth(losses)[-1]:.3f}, test accuracy {accuracy(net):.1%}")

# %%
_, axis = plt.subplots(figsize=(7, 2.8))
axis.plot(smooth(by_rate[0.1][1]), label="0.1, with zero_grad")
axis.plot(smooth(forgotten[0.1][1]), "--", label="0.1, forgotten")
axis.plot(smooth(forgotten[0.01][1]), ":", label="0.01, forgotten")
axis.set_xlabel("step")
axis.set_ylabel("loss, mean of 20 batches")
axis.legend(frameon=False)
plt.show()

# %% [markdown]
# ![Three curves. With zero_grad the loss falls from 2.3 to 0.3. Forgotten, with the same learning rate, it
# falls for ten steps, and then rises above where it began. Forgotten, with a tenth of the learning rate, it
# swings up and down between 0.8 and 2.](figure:plot)
# With `zero_grad`, and without it.
#
# !!! question "What to notice"
#     - The first steps are *better* than those of the right loop. The bug hides well.
#     - Then the net rushes past every good place, since each step also repeats all the old ones.
#     - A smaller learning rate makes it milder: the curve swings like a weight on a spring. If a loss
#       swings in long waves, look for `zero_grad` before you blame the learning rate.

# %%
right, wrong, milder = smooth(by_rate[0.1][1]), smooth(forgotten[0.1][1]), smooth(forgotten[0.01][1])
assert wrong[0] < right[0]
assert wrong[-20:].mean() > math.log(10) - 0.3
assert right[-20:].mean() < milder[-20:].mean() < wrong[-20:].mean()
assert milder[80:].max() > 1.5 * milder[:80].min()  # up again after it was down

# %% [markdown]
# ## Is my loop right? Ask a single batch
#
# If you are not sure whether your loop works, train on **one** batch, again and again, with a moderate
# learning rate. The loss must go to nearly 0. If it does not, the bug is in the net or in the loop, not in
# the data.

# %%
net = build()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
X, y = X_train[:32], y_train[:32]
for step in range(301):
    optimizer.zero_grad()
    batch_loss = loss(net(X), y)
    batch_loss.backward()
    optimizer.step()
    if step in (0, 10, 100, 300):
        print(f"step {step:3}  loss {batch_loss.item():.4f}")
assert batch_loss < 0.05

# %% [markdown]
# ## On a GPU
#
# One line is new, and two change: the net moves, and every batch moves. Everything else stays as it is.
# Without a GPU, `device` is `"cpu"`, and the same lines move nothing.

# %%
device = "cuda" if torch.cuda.is_available() else "cpu"
net = build().to(device)  # moves the net itself, so before the optimizer is made
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for part in torch.randperm(len(y_train)).split(32):
    X, y = X_train[part].to(device), y_train[part].to(device)  # copies: keep them
    optimizer.zero_grad()
    loss(net(X), y).backward()
    optimizer.step()

print("the weights are on:", *{parameter.device.type for parameter in net.parameters()})
print("the batch is on:", X.device.type, "· all images are still on:", X_train.device.type)
assert X.device.type == device
assert X_train.device.type == "cpu"

# %% [markdown]
# For a net as small as this one a GPU brings nothing: sending 32 images there takes longer than working
# on them here. It pays with larger nets, and with larger batches.
#
# ## Try it yourself
#
# - Which is the largest learning rate with which this net learns? Search between 1 and 10.
# - Put `optimizer.zero_grad()` between `backward()` and `step()`. What does the loss do?
# - Take batches of 8, and of 512. Which learning rate suits each?
# - Write the loop yourself: [exercise 23](../exercises/ex23_training.md).
