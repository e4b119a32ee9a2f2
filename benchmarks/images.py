"""Images a second: drawn in each form, and sampled from the shipped image GANs.

    ECG_DATA_DIR=<folder> python -m benchmarks.images

Beats are those of record 119, prepared before the clock starts. The ratio is to drawing the beat alone, in this run.
"""

import time
from collections.abc import Callable
from functools import partial

import numpy as np

from ecg_core import workspace
from ecg_core.beats.image_forms import draw_rows
from ecg_core.beats.images import FORMS, ImageConfig
from ecg_core.beats.store import load_beats
from ecg_core.data.sources import current_source
from ecg_core.tasks.gan.image_model import load_image_gan

DRAWN = 1900
SAMPLED = 2000
REPEATS = 3


def main() -> None:
    """Print a line for each form, ground and size, and one for each GAN."""
    beats = load_beats(current_source().folder, ["119"])
    rows = np.arange(min(DRAWN, len(beats)))
    for size in (64, 128):
        for ground in ("plain", "paper"):
            alone = 0.0
            for form in FORMS:
                config = ImageConfig(size, ground, "both", form)
                seconds = min(_seconds(partial(draw_rows, beats, rows, config)) for _ in range(REPEATS))
                alone = alone or seconds
                print(
                    f"{size} px, {ground}, {form}: {len(rows) / seconds:,.0f} images a second, {seconds / alone:.1f} x"
                )
    for folder in sorted(workspace.MODELS.glob("image-gan-*")):
        gan, _ = load_image_gan(folder)
        gan.sample(10, 0)
        print(f"{folder.name}: {SAMPLED / _seconds(partial(gan.sample, SAMPLED, 1)):,.0f} images sampled a second")


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
