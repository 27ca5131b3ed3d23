# 用 pickle 和 numpy 保存
import pickle
from pathlib import Path

import numpy as np
import torch


def to_numpy(x):
    if torch.is_tensor(x):
        return x.detach().cpu().numpy().copy()
    if isinstance(x, dict):
        return {k: to_numpy(v) for k, v in x.items()}
    return [to_numpy(v) for v in x] if isinstance(x, list) else x


def to_torch(x):
    if isinstance(x, np.ndarray):
        return torch.from_numpy(x)
    if isinstance(x, dict):
        return {k: to_torch(v) for k, v in x.items()}
    return [to_torch(v) for v in x] if isinstance(x, list) else x


def save_checkpoint(path, model, opt, 轮次):
    content = {"模型": dict(model.state_dict()), "优化器": opt.state_dict()}
    Path(path).write_bytes(pickle.dumps((to_numpy(content), np.int64(轮次))))


def load_checkpoint(path, model, opt):
    content, 轮次 = pickle.loads(Path(path).read_bytes())
    model.load_state_dict(to_torch(content["模型"]))
    opt.load_state_dict(to_torch(content["优化器"]))
    return 轮次
