from math import inf


def pool2d(X, pool_size, mode="max", stride=None, padding=(0, 0)):
    if mode != "max" and mode != "avg":
        raise ValueError

    rows = X.tolist()
    h, w = len(rows), len(rows[0])
    nothing = -inf if mode == "max" else 0

    def pixel(i, j):
        return rows[i][j] if 0 <= i < h and 0 <= j < w else nothing

    ph, pw = pool_size
    sh, sw = stride if stride is not None else (ph, pw)
    result = []
    top = -padding[0]
    while top + ph <= h + padding[0]:
        line, left = [], -padding[1]
        while left + pw <= w + padding[1]:
            values = [pixel(top + a, left + b) for a in range(ph) for b in range(pw)]
            line.append(max(values) if mode == "max" else sum(values) / len(values))
            left += sw
        result.append(line)
        top += sh
    print(len(result), "rows")
    return result
