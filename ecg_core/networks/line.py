"""Convolutions in time over a batch whose signals lie end to end in one line, with padding between them.

A kernel's windows overlap, so a product of matrices needs each of them copied; those of every third (fifth, ...) point
do not, and lie in the line as the rows of a matrix, which BLAS takes where it is. A convolution is then a few products
over the whole batch; windows that reach from one signal into the next are not looked at.

Bias and activation take one pass over the values instead of three: relu(y + b) = max(y, -b) + b. The first term is what
a line holds, of floor -b; the second is constant, and belongs to the biases of whatever reads the line.

Memory and views of it are made once, for batch after batch: what is left between two products of matrices is so little
that two threads seldom wait for each other.
"""

import numpy as np

from ecg_core.networks.numpy_layers import Array


class Line:
    """Room for n signals (length, channels) end to end, point by point, and `padding` (channels,) between them.

    margin : points of padding between two signals, or one more: the reach of the longest kernel to each side
    """

    def __init__(self, n: int, length: int, margin: int, padding: Array) -> None:
        self.n, self.length, self.margin, self.channels = n, length, margin, len(padding)
        self.period = -(-(length + margin) // 2) * 2
        """Points from signal to signal: even, so that every second point of the line is the same of each of them."""
        self.rows = np.tile(padding.astype(np.float32), (margin + n * self.period + 3 * margin, 1))
        """(points, channels), a few more than any window that is looked at."""
        inside = self.rows[margin : margin + n * self.period].reshape(n, self.period * self.channels)
        self.signals = inside[:, : length * self.channels]
        """(n, length * channels), a view: whoever writes them writes there."""


class Convolution:
    """Of a line by a weight (taps, n_in, n_out), taps odd, without a bias; `stride` is 1 or 2.

    Raises ValueError for a weight of another n_in than the line's channels, or one that reaches beyond its margin.
    """

    def __init__(self, line: Line, weight: Array, stride: int = 1) -> None:
        taps, n_in, n_out = weight.shape
        if n_in != line.channels or taps // 2 > line.margin:
            raise ValueError(f"a weight is of shape {weight.shape}: not for {line.channels} channels in {line.margin}")
        self.steps, self.n_out = -(-line.length // stride), n_out
        self._matrix = np.ascontiguousarray(weight, np.float32).reshape(taps * n_in, n_out)
        period, apart = line.period // stride, -(-taps // stride)
        rows = line.n * period
        each = -(-rows // apart)
        made = np.empty((each * apart, n_out), np.float32)
        item, point = line.rows.itemsize, n_in * line.rows.itemsize
        begin, strides = point * (line.margin - taps // 2), (point * stride, point * stride * apart, item)
        self._windows = np.ndarray((apart, each, taps * n_in), np.float32, line.rows, begin, strides)
        self._made = made.reshape(each, apart, n_out).transpose(1, 0, 2)
        """(apart, each, n_out): of one window in `apart`, of the next, ..., a product of matrices each."""
        self._result = made[:rows].reshape(line.n, period * n_out)[:, : self.steps * n_out]

    def result(self) -> Array:
        """Of what the line holds now, (n, length / stride rounded up * n_out), always in the same memory."""
        np.matmul(self._windows, self._matrix, self._made)
        return self._result
