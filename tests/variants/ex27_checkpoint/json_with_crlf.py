import json

import torch


def plain(x):
    if isinstance(x, torch.Tensor):
        return {'dtype': str(x.dtype)[6:], 'data': x.tolist()}
    if isinstance(x, dict):
        return {'pairs': [[k, plain(v)] for k, v in x.items()]}
    if isinstance(x, (list, tuple)):
        return {'items': [plain(v) for v in x]}
    return x


def back(x):
    if not isinstance(x, dict):
        return x
    if 'data' in x:
        return torch.tensor(x['data'], dtype=getattr(torch, x['dtype']))
    if 'items' in x:
        return [back(v) for v in x['items']]
    return {k: back(v) for k, v in x['pairs']}


def save_checkpoint(path, net, optimizer, epoch):
    state = plain({'net': dict(net.state_dict()), 'optimizer': optimizer.state_dict(), 'epoch': epoch})
    with open(path, 'w') as file:
        json.dump(state, file)


def load_checkpoint(path, net, optimizer):
    with open(path) as file:
        state = back(json.load(file))
    net.load_state_dict(state['net'])
    optimizer.load_state_dict(state['optimizer'])
    return state['epoch']
