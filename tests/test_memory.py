"""Settling how memory is taken changes no result and can be asked for again and again."""

import numpy as np

from ecg_core.memory import give_back, keep_freed


def test_arrays_live_on_through_it() -> None:
    values = np.arange(1_000_000)
    for _ in range(3):
        keep_freed()
        give_back()
    assert values.sum() == 499_999_500_000
