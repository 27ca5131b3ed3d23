class DoesNotFit(ValueError):
    pass


def places(length, span, step, last_start):
    """Starts of windows, counted one by one."""
    count = 0
    start = 0
    while start + span <= length or start < last_start:
        count += 1
        start += step
    return count


def conv_output_size(n, kernel, padding=0, stride=1, dilation=1):
    if kernel < 1 or stride < 1 or dilation < 1 or padding < 0:
        raise DoesNotFit(f"one of kernel={kernel}, padding={padding}, stride={stride}, dilation={dilation} is too small")
    count = places(n + 2 * padding, dilation * (kernel - 1) + 1, stride, 0)
    if not count:
        raise DoesNotFit("kernel too large for the image and its padding")
    return count


def pool_output_size(n, kernel, stride=None, padding=0, ceil_mode=False):
    if stride is None:
        stride = kernel
    if kernel < 1 or stride < 1 or padding < 0 or padding > kernel / 2:
        raise DoesNotFit("see kernel, stride and padding")
    length = n + 2 * padding
    count = places(length, kernel, stride, 0)
    # one more window may hang over the end, if the windows before do not reach it and it starts early enough
    if ceil_mode and (count - 1) * stride + kernel < length and count * stride < n + padding:
        count += 1
    if ceil_mode and count == 0 and length - kernel > -stride:
        count = 1
    if count == 0:
        raise DoesNotFit("kernel too large for the image and its padding")
    return count


def same_padding(kernel, dilation=1):
    if kernel < 1:
        raise DoesNotFit(f"Kernel: {kernel}")
    if dilation < 1:
        raise DoesNotFit(f"Dilation: {dilation}")
    for padding in range(dilation * kernel):
        if conv_output_size(1000, kernel, padding, dilation=dilation) == 1000:
            return padding
    raise DoesNotFit(f"nothing keeps the size for kernel {kernel}")
