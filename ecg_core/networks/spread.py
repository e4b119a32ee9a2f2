"""The spread within a batch as one more feature of a critic, so that a generator with little variety is found out.

Karras, Aila, Laine, Lehtinen 2017, "Progressive growing of GANs for improved quality, stability, and variation"
(arXiv:1710.10196), section 3.
"""

import torch
from torch import Tensor

SMALLEST = 1e-6  # added to a variance before its root is taken, whose slope at zero is infinite


def with_spread(features: Tensor, group: int) -> Tensor:
    """(B, d) to (B, d + 1): the mean standard deviation of the features over each group of `group` rows appended.

    Rows k, k + B / group, k + 2 B / group and so on are a group; if B is no multiple, the whole batch is one.
    """
    n = len(features)
    groups = features.view(group if n % group == 0 else n, -1, features.shape[1])  # (rows of a group, groups, d)
    spread = (groups.var(0, unbiased=False) + SMALLEST).sqrt().mean(1)  # (groups,)
    return torch.cat([features, spread.repeat(len(groups))[:, None]], 1)
