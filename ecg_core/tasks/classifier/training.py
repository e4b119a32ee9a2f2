"""Runs that train a beat classifier, and its evaluation."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ecg_core import workspace
from ecg_core.beats.balance import FILLED
from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.store import load_beats
from ecg_core.beats.synthetic import SyntheticBeats
from ecg_core.data.catalogue import patient_of
from ecg_core.data.sources import DataSource
from ecg_core.errors import ModelError, RunError
from ecg_core.learning.monitor import Monitor
from ecg_core.runs.control import reproduce_command, start
from ecg_core.runs.folder import Run, now, open_run
from ecg_core.tasks.classifier.classifier import BeatClassifier
from ecg_core.tasks.classifier.model import KIND, save_classifier
from ecg_core.tasks.classifier.options import ClassifierOptions
from ecg_core.tasks.classifier.report import validation_report
from ecg_core.tasks.gan.beat_gan import BeatGan, load_gan
from ecg_core.tasks.material import beats_card, described, training_part, versions

SHIPPED_GANS = tuple(f"models/gan-{name}" for name in FILLED)
SAMPLED = 4500
"""Synthetic beats made of each class for a training to draw from."""


def start_classifier(source: DataSource, records: Sequence[str] | None, options: ClassifierOptions) -> Run:
    """Start training a classifier on the split's training records, or on some records by name.

    Raises RunError for a record that is not there or one patient only, ModelError for a GAN that cannot be used.
    """
    split = training_part(source, records)
    if len({patient_of(name) for name in split["train"]}) < 2:
        raise RunError(
            f"Record {', '.join(split['train'])}: one patient only, at least 2 are needed, so that each can be left "
            "out in turn for validation. Choose more records."
        )
    if options.added == "gan":
        named = gan_places(options)
        check_gans(named, split["train"])
        options = replace(options, gans=" ".join(named))
    extra = ["--records", *split["train"]] if records else []
    chosen = options.to_json()
    config = {
        "options": chosen,
        "source": described(source),
        "split": split,
        "command": reproduce_command(KIND, chosen, ClassifierOptions().to_json(), extra),
    }
    return start(KIND, config)


def train_classifier(run: Run, monitor: Monitor) -> dict[str, Any]:
    """Prepare beats, train, judge on validation, save model and card."""
    config = run.config
    options = ClassifierOptions.from_json(config["options"])
    beats = training_beats(config, monitor)
    synthetic = made_beats(options) if options.added == "gan" else None
    classifier = BeatClassifier(options).fit(beats, synthetic, monitor)
    monitor.phase("Judging on validation", 0, 1)
    validation = validation_report(classifier, beats)
    card = {
        "created": now(),
        "split": config["split"],
        "options": options.to_json(),
        "seed": options.seed,
        **beats_card(beats, config["source"]["label"]),
        "versions": versions(),
        "command": config["command"],
        "made_by": synthetic.made_by if synthetic else "",
        "figures": {"validation": validation},
    }
    save_classifier(run.folder, classifier, card)
    return {"validation": validation}


def training_beats(config: dict[str, Any], monitor: Monitor) -> BeatSet:
    """The beats of a config's training records."""
    source = config["source"]
    folder, records = Path(source["folder"]), source["records"]
    beats = load_beats(folder, records, progress=lambda done, of: monitor.phase("Preparing beats", done, of))
    return beats.only(config["split"]["train"])


def gan_places(options: ClassifierOptions) -> tuple[str, ...]:
    """Run ids or model folders of the GANs to use."""
    return tuple(options.gans.split()) or SHIPPED_GANS


def gan_of(place: str) -> tuple[BeatGan, dict[str, Any]]:
    """A GAN by run id or model folder. Raises WorkbenchError if there is none."""
    folder = workspace.PROJECT / place if place.startswith("models/") else open_run(place).folder
    return load_gan(folder, place)


def check_gans(places: Sequence[str], train: Sequence[str]) -> None:
    """Raise ModelError if two GANs make one class, or one has seen a record that is not in the training part."""
    makers: dict[str, str] = {}
    for place in places:
        gan, _ = gan_of(place)
        if gan.beat_class in makers:
            raise ModelError(f"{makers[gan.beat_class]} and {place} both make class {gan.beat_class}: choose one.")
        makers[gan.beat_class] = place
        foreign = sorted(set(gan.records) - set(train))
        if foreign:
            raise ModelError(
                f"{place} was trained on record {', '.join(foreign)}, which is not among the training records here: "
                "what it learned there would leak. Train a GAN on these records, or choose the same for both."
            )


def made_beats(options: ClassifierOptions) -> SyntheticBeats:
    """Synthetic beats of every GAN the options name; each seed of the training has its own."""
    return SyntheticBeats.joined([gan_of(place)[0].sample(SAMPLED, options.seed + 1) for place in gan_places(options)])
