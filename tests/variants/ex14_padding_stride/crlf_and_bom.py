import torch


def corr2d_pad_stride(img, ker, p=(0, 0), strides=(1, 1)):
    # 先补零，再按步幅滑动
    kh, kw = ker.shape
    img = torch.nn.functional.pad(img, (p[1], p[1], p[0], p[0]))
    rows = []
    for top in range(0, img.shape[0] - kh + 1, strides[0]):
        row = []
        for left in range(0, img.shape[1] - kw + 1, strides[1]):
            row.append((img[top:top + kh, left:left + kw] * ker).sum())
        rows.append(torch.stack(row))
    return torch.stack(rows)
