"""Runs that train a GAN: what each does, from its config to its result."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.images import ImageConfig, draw_beats
from ecg_core.beats.store import load_beats
from ecg_core.beats.summary import summarise
from ecg_core.data.image_folder import MAX_LOADED_BYTES, ImageFolder, load, scan
from ecg_core.data.sources import DataSource
from ecg_core.errors import RunError
from ecg_core.evaluation.fidelity import fidelity_of_class
from ecg_core.learning.monitor import Monitor
from ecg_core.runs.control import reproduce_command, start
from ecg_core.runs.folder import Run, now
from ecg_core.tasks.gan.beat_gan import KIND as BEAT_GAN
from ecg_core.tasks.gan.beat_gan import save_gan
from ecg_core.tasks.gan.image_gan import KIND as IMAGE_GAN
from ecg_core.tasks.gan.image_gan import Images, save_image_gan
from ecg_core.tasks.gan.options import FEWEST_BEATS, FEWEST_IMAGES, GanOptions, ImageGanOptions
from ecg_core.tasks.material import beats_card, described, training_part, versions

JUDGED = 2000
"""Synthetic beats made to judge a GAN by."""


def start_gan(source: DataSource, records: Sequence[str] | None, options: GanOptions) -> Run:
    """Start training a GAN on a class of the split's training records, or of some records by name.

    Raises RunError for a record that is not there or a class that has too few beats there.
    """
    split = training_part(source, records)
    _check_enough(source, split["train"], options.beat_class, FEWEST_BEATS)
    extra = ["--records", *split["train"]] if records else []
    return start(BEAT_GAN, _config(BEAT_GAN, source, split, options, GanOptions(), extra))


def start_image_gan(source: DataSource, records: Sequence[str] | None, options: ImageGanOptions) -> Run:
    """Start training a GAN on images of a class of beats. Raises RunError as `start_gan`."""
    split = training_part(source, records)
    _check_enough(source, split["train"], options.label, FEWEST_IMAGES)
    extra = ["--records", *split["train"]] if records else []
    return start(IMAGE_GAN, _config(IMAGE_GAN, source, split, options, ImageGanOptions(), extra))


def start_image_gan_on_folder(folder: ImageFolder, options: ImageGanOptions) -> Run:
    """Start training a GAN on a class of an image folder. Raises RunError for a class it has not, or too few images."""
    if options.label not in folder.counts:
        there = ", ".join(folder.counts)
        raise RunError(f"{folder.folder} has no class {options.label!r}: choose one of {there}.")
    n = folder.counts[options.label]
    if n < FEWEST_IMAGES:
        raise RunError(
            f"Class {options.label}: {n} images in {folder.folder}, at least {FEWEST_IMAGES} are needed to learn from. "
            "Choose another class or add images."
        )
    defaults, chosen = ImageGanOptions().to_json(), options.to_json()
    place = str(folder.folder.resolve())
    config = {
        "options": chosen,
        "source": {"folder": place, "label": f"Images in {folder.folder.name}", "images": True},
        "split": {"name": "image folder", "train": [], "test": [], "note": "Every usable image of the class."},
        "command": reproduce_command(IMAGE_GAN, chosen, defaults, ["--images", place]),
    }
    return start(IMAGE_GAN, config)


def train_gan(run: Run, monitor: Monitor) -> dict[str, Any]:
    """Prepare beats, train, judge against the training beats, save model and card."""
    from ecg_core.tasks.gan.beat_gan_fit import fit_beat_gan

    config = run.config
    options = GanOptions.from_json(config["options"])
    beats = _training_beats(config, monitor)
    gan = fit_beat_gan(options, beats, run.id, monitor)
    monitor.phase("Judging fidelity", 0, 1)
    judged = fidelity_of_class(options.beat_class, gan.sample(JUDGED, options.seed + 1), beats, None, options.seed)
    figures = {"fidelity": judged}
    save_gan(run.folder, gan, _card(config, options) | beats_card(beats, config["source"]["label"]) | {
        "beats": judged["n_train"], "figures": figures,
    })  # fmt: skip
    return figures


def train_image_gan(run: Run, monitor: Monitor) -> dict[str, Any]:
    """Draw or load images, train, save model and card."""
    from ecg_core.tasks.gan.image_gan_fit import fit_image_gan

    config = run.config
    options = ImageGanOptions.from_json(config["options"])
    about: dict[str, Any] = {}
    if config["source"].get("images"):
        folder = scan(Path(config["source"]["folder"]), lambda done, of: monitor.phase("Reading images", done, of))
        images, _ = load(folder, options.size, options.ground == "plain", options.label)
        about = {"data": {"label": config["source"]["label"], "data_hash": folder.data_hash, "simulated": False}}
    else:
        beats = _training_beats(config, monitor)
        images = images_of(beats, options)
        about = beats_card(beats, config["source"]["label"])
    gan = fit_image_gan(options, images, run.id, monitor)
    save_image_gan(run.folder, gan, _card(config, options) | about | {"images": len(images), "figures": {}})
    return {"images": len(images)}


def images_of(beats: BeatSet, options: ImageGanOptions) -> Images:
    """Images of every beat of the class that is not excluded, drawn as the options say."""
    rows = beats.rows_of(options.label)
    drawing = ImageConfig(options.size, options.ground, options.leads)
    if (size := len(rows) * drawing.channels * options.size**2) > MAX_LOADED_BYTES:
        raise RunError(
            f"{len(rows):,} images of class {options.label} take {size / 1e9:.1f} GB, more than "
            f"{MAX_LOADED_BYTES / 1e9:.0f}: choose fewer records, 64 pixels or plain ground."
        )
    return draw_beats(np.asarray(beats.signals[rows]), beats.config.times_s, drawing)


def _check_enough(source: DataSource, train: Sequence[str], beat_class: str, fewest: int) -> None:
    """Refuse at once, by the annotations alone, what would fail after the beats have been prepared."""
    counts = summarise(source.folder, train).class_counts()
    if beat_class not in counts:
        raise RunError(f"{beat_class!r} is no class of beats: choose one of {', '.join(counts)}.")
    if counts[beat_class] < fewest:
        raise RunError(
            f"Class {beat_class}: {counts[beat_class]} beats in the training records, at least {fewest} are needed to "
            "learn from. Choose another class or more records."
        )


def _training_beats(config: dict[str, Any], monitor: Monitor) -> BeatSet:
    """Beats of the training records and of no other."""
    source = config["source"]
    progress = lambda done, of: monitor.phase("Preparing beats", done, of)  # noqa: E731
    return load_beats(Path(source["folder"]), source["records"], None, progress).only(config["split"]["train"])


def _config(
    kind: str,
    source: DataSource,
    split: dict[str, Any],
    options: GanOptions | ImageGanOptions,
    defaults: GanOptions | ImageGanOptions,
    extra: list[str],
) -> dict[str, Any]:
    chosen = options.to_json()
    return {
        "options": chosen,
        "source": described(source),
        "split": split,
        "command": reproduce_command(kind, chosen, defaults.to_json(), extra),
    }


def _card(config: dict[str, Any], options: GanOptions | ImageGanOptions) -> dict[str, Any]:
    return {
        "created": now(),
        "split": config["split"],
        "options": options.to_json(),
        "seed": options.seed,
        "versions": versions(),
        "command": config["command"],
    }
