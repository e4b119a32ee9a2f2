"""A round pen that a generator can learn to lead: pixels of traces, areas and bars with a slope in every point of them.

The same drawing as `beats.pen`, to rounding: what a network learns to draw with this one is drawn with that one.
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from ecg_core.beats.pen import SUBCOLUMNS, reach, reading


class Pen:
    """Draws traces of `n_points` on `width` x `height` px with a stroke of twice `radius`."""

    def __init__(self, n_points: int, width: int, height: int, radius: float) -> None:
        self.width, self.height, self.radius = width, height, radius
        whole, part, spans = reading(n_points, width)
        self.whole, self.part = torch.from_numpy(whole), torch.from_numpy(part)
        longest = int((spans[:, 1] - spans[:, 0]).max())
        inside = np.minimum(spans[:, :1] + np.arange(longest), np.maximum(spans[:, 1:] - 1, spans[:, :1]))
        self.inside = torch.from_numpy(inside)  # (width x subcolumns, longest), the last place repeated
        self.reach = torch.from_numpy(reach(radius))
        at = np.clip((np.arange(width) + 0.5) * n_points / width, 0, n_points - 1)
        middle = np.minimum(at.astype(np.int64), n_points - 2)
        self.middle, self.rest = torch.from_numpy(middle), torch.from_numpy((at - middle).astype(np.float32))
        self.rows = torch.arange(height, dtype=torch.float32)[:, None]

    def trace(self, y: Tensor) -> Tensor:
        """(B, n_points) px below the top to ink (B, height, width), 0 to 1."""
        y = y.clamp(self.radius, self.height - self.radius)
        read = y[:, self.whole] + self.part * (y[:, self.whole + 1] - y[:, self.whole])
        spans = read[:, self.inside]  # (B, width x subcolumns, longest)
        above, below = self._swept(spans.amin(2)), -self._swept(-spans.amax(2))
        above, below = above[:, None], below[:, None]  # (B, 1, width x subcolumns)
        ink = (below - self.rows).clamp(0, 1) - (above - self.rows).clamp(0, 1)
        return ink.view(len(y), self.height, self.width, SUBCOLUMNS).mean(3)

    def area(self, one: Tensor, other: Tensor) -> Tensor:
        """Ink (B, height, width) between two traces (B, n_points)."""
        a, b = (
            (y[:, self.middle] + self.rest * (y[:, self.middle + 1] - y[:, self.middle])).clamp(0, self.height)
            for y in (one, other)
        )
        low, high = torch.minimum(a, b)[:, None], torch.maximum(a, b)[:, None]
        return (torch.minimum(high, self.rows + 1) - torch.maximum(low, self.rows)).clamp(0, 1)

    def _swept(self, above: Tensor) -> Tensor:
        margin = len(self.reach) // 2
        padded = pad(above[:, None], (margin, margin), mode="replicate")[:, 0]
        length = above.shape[1]
        swept = [padded[:, k : k + length] - half for k, half in enumerate(self.reach)]
        return torch.stack(swept).amin(0)


def bar(start: Tensor, end: Tensor, width: int) -> Tensor:
    """Ink of a row between `start` and `end` (B,) px from the left: (B, width), 0 to 1."""
    at = torch.arange(width, dtype=torch.float32)
    low, high = torch.minimum(start, end)[:, None], torch.maximum(start, end)[:, None]
    return (torch.minimum(high, at + 1) - torch.maximum(low, at)).clamp(0, 1)
