/* The arithmetic of the widgets: sizes, convolution and pooling by PyTorch's rules, on plain arrays of rows. */
(() => {
  "use strict";

  /** Pixels from a kernel's first weight to its last, both counted. */
  function span(kernel, dilation = 1) {
    return dilation * (kernel - 1) + 1;
  }

  /** Length of a convolution's output along one axis; below 1 where the kernel does not fit. */
  function convSize(n, { kernel, padding = 0, stride = 1, dilation = 1 }) {
    if (padding === "same") return n;
    return Math.floor((n + 2 * padding - span(kernel, dilation)) / stride) + 1;
  }

  function transposedSize(n, { kernel, padding = 0, stride = 1, dilation = 1, outputPadding = 0 }) {
    return (n - 1) * stride - 2 * padding + span(kernel, dilation) + outputPadding;
  }

  /** Length of a pooling's output along one axis. In ceil mode no window starts behind image and left padding. */
  function poolSize(n, { kernel, stride = kernel, padding = 0, dilation = 1, ceil = false }) {
    const moves = (n + 2 * padding - span(kernel, dilation)) / stride;
    if (!ceil) return Math.floor(moves) + 1;
    const size = Math.ceil(moves) + 1;
    return (size - 1) * stride >= n + padding ? size - 1 : size;
  }

  /** Pixels at the end that no window reaches, padding included. */
  function neverRead(n, { kernel, padding = 0, stride = 1, dilation = 1 }) {
    if (padding === "same") return 0;
    return (n + 2 * padding - span(kernel, dilation)) % stride;
  }

  function conv2d(X, K, { padding = 0, stride = 1, dilation = 1 } = {}) {
    const height = convSize(X.length, { kernel: K.length, padding, stride, dilation });
    const width = convSize(X[0].length, { kernel: K[0].length, padding, stride, dilation });
    return table(height, width, (i, j) => {
      let sum = 0;
      for (let a = 0; a < K.length; a++) {
        const row = X[i * stride - padding + a * dilation];
        if (!row) continue;
        for (let b = 0; b < K[0].length; b++) {
          sum += (row[j * stride - padding + b * dilation] ?? 0) * K[a][b];
        }
      }
      return sum;
    });
  }

  /** What is added up for output (i, j) of conv2d: a pixel and a weight each. Padding is zero. */
  function terms(X, K, i, j, { padding = 0, stride = 1, dilation = 1 } = {}) {
    return K.flatMap((weights, a) =>
      weights.map((weight, b) => {
        const row = i * stride - padding + a * dilation;
        const column = j * stride - padding + b * dilation;
        return { row, column, pixel: X[row]?.[column] ?? 0, weight };
      }),
    );
  }

  /** Pooling of X with windows of kernel × kernel. "max" pads with −∞; "avg" counts the zeros of the padding. */
  function pool2d(X, { kernel, mode = "max", stride = kernel, padding = 0, dilation = 1, ceil = false }) {
    const options = { kernel, stride, padding, dilation, ceil };
    return table(poolSize(X.length, options), poolSize(X[0].length, options), (i, j) => {
      const top = i * stride - padding;
      const left = j * stride - padding;
      let largest = -Infinity;
      let sum = 0;
      for (let a = 0; a < kernel; a++) {
        for (let b = 0; b < kernel; b++) {
          const pixel = X[top + a * dilation]?.[left + b * dilation];
          if (pixel === undefined) continue;
          largest = Math.max(largest, pixel);
          sum += pixel;
        }
      }
      if (mode === "max") return largest;
      // A window that hangs over the padding is divided by the part that does not.
      const rows = Math.min(top + kernel, X.length + padding) - top;
      const columns = Math.min(left + kernel, X[0].length + padding) - left;
      return sum / (rows * columns);
    });
  }

  function flip(K) {
    return K.map((row) => [...row].reverse()).reverse();
  }

  function table(height, width, value) {
    return Array.from({ length: Math.max(height, 0) }, (_, i) =>
      Array.from({ length: Math.max(width, 0) }, (_, j) => value(i, j)),
    );
  }

  globalThis.convolutions = {
    span, convSize, transposedSize, poolSize, neverRead, conv2d, terms, pool2d, flip, table,
  };
})();
