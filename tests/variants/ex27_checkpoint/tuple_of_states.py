import torch


def save_checkpoint(path, net, optimizer, epoch):
    print("saving", path)
    with open(path, "wb") as f:
        torch.save((epoch, net.state_dict(), optimizer.state_dict()), f)
    return path


def load_checkpoint(path, net, optimizer):
    with open(path, "rb") as f:
        epoch, *states = torch.load(f, weights_only=True)
    for part, state in zip((net, optimizer), states):
        part.load_state_dict(state)
    return torch.tensor(epoch)
