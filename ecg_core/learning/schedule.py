"""How the learning rate moves through a training."""

import numpy as np

WARM_UP = 0.15  # share of the steps in which the learning rate rises to its peak


def one_cycle(step: int, steps: int, peak: float) -> float:
    """Learning rate at `step` of `steps`: a cosine up to `peak` over the first 15 %, then down to almost nothing.

    Smith & Topin 2018, "Super-convergence" (arXiv:1708.07120). A function of the step alone, so nothing of it needs
    saving.
    """
    rise = max(1, round(WARM_UP * steps))
    position = step / rise if step < rise else 1 - (step - rise) / max(1, steps - rise)
    return peak * max(1e-3, 0.5 - 0.5 * float(np.cos(np.pi * min(max(position, 0.0), 1.0))))
