# 打乱像素：所有图像、所有通道使用同一个排列
from torch import Tensor


def permute_pixels(x: Tensor, perm: Tensor, *, verbose: bool = False) -> Tensor:
    批量, 通道, 高, 宽 = x.size()
    索引 = perm.view(1, 1, -1).expand(批量, 通道, 高 * 宽)  # 不复制数据
    return x.reshape(批量, 通道, -1).gather(2, 索引).view_as(x)
