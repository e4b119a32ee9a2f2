"""Runs that train an image classifier, and its evaluation."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ecg_core import workspace
from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.images import ImageConfig, draw_beats
from ecg_core.beats.splits import folds as patient_folds
from ecg_core.beats.store import load_beats
from ecg_core.data.catalogue import patient_of
from ecg_core.data.image_folder import MAX_LOADED_BYTES, ImageFolder, load, scan
from ecg_core.data.sources import DataSource
from ecg_core.errors import DataError, ModelError, RunError
from ecg_core.evaluation.class_report import class_report
from ecg_core.evaluation.classification import Classified
from ecg_core.learning.model_folder import config_of
from ecg_core.learning.monitor import Monitor
from ecg_core.runs.control import reproduce_command, start
from ecg_core.runs.folder import Run, now, open_run
from ecg_core.tasks.classifier.balancing import Labels, thinned
from ecg_core.tasks.classifier.classifier import labels_from
from ecg_core.tasks.classifier.inputs import Rows
from ecg_core.tasks.classifier.report import (
    VALIDATION_NOTE,
    beats_report,
    check_card,
    check_unseen,
    judged,
    said_of,
    with_missing,
)
from ecg_core.tasks.classifier.training import training_beats
from ecg_core.tasks.gan.image_gan import ImageGan, Images, load_image_gan
from ecg_core.tasks.image_classifier.classifier import (
    KIND,
    ImageClassifier,
    columns_of,
    load_image_classifier,
    save_image_classifier,
    stratified_groups,
)
from ecg_core.tasks.image_classifier.options import ImageClassifierOptions
from ecg_core.tasks.material import beats_card, described, training_part, versions

SHIPPED_GANS = ("models/image-gan-V",)
SAMPLED = 3000
DRAWN_AT_ONCE = 4096
FEWEST_IN_FOLDER = 20
"""Images a class of a folder needs to be learned from and judged."""
FOLDER_NOTE = (
    "Images of a folder, left out at random: the folder does not say which images are of one patient, so these figures "
    "flatter."
)


def start_image_classifier(source: DataSource, records: Sequence[str] | None, options: ImageClassifierOptions) -> Run:
    """Start training on images of the split's training beats. Raises RunError or ModelError as `start_classifier`."""
    split = training_part(source, records)
    if len({patient_of(name) for name in split["train"]}) < 2:
        raise RunError(
            f"Record {', '.join(split['train'])}: one patient only, at least 2 are needed, so that each can be left "
            "out in turn for validation. Choose more records."
        )
    if options.added == "gan":
        named = tuple(options.gans.split()) or SHIPPED_GANS
        for place in named:
            _gan_for(place, options, split["train"])
        options = replace(options, gans=" ".join(named))
    extra = ["--records", *split["train"]] if records else []
    return start(KIND, _config(described(source), split, options, extra))


def start_image_classifier_on_folder(folder: ImageFolder, options: ImageClassifierOptions) -> Run:
    """Start training on an image folder, its sub-folders being the classes. Raises RunError if it holds too few."""
    fine = [name for name, n in folder.counts.items() if n >= FEWEST_IN_FOLDER]
    if len(fine) < 2:
        counts = ", ".join(f"{name} {n}" for name, n in folder.counts.items())
        raise RunError(
            f"{folder.folder} has {len(fine)} class with {FEWEST_IN_FOLDER} usable images or more ({counts}): at least "
            "two are needed to tell them apart. Add images."
        )
    if options.added != "none":
        raise RunError("Synthetic images can be added to images of beats only: choose nothing to add.")
    place = str(folder.folder.resolve())
    source = {"folder": place, "label": f"Images in {folder.folder.name}", "images": True}
    split = {"name": "image folder", "train": [], "test": [], "note": FOLDER_NOTE}
    return start(KIND, _config(source, split, options, ["--images", place]))


def train_image_classifier(run: Run, monitor: Monitor) -> dict[str, Any]:
    """Draw or load images, train, judge on validation, save model and card."""
    config = run.config
    options = ImageClassifierOptions.from_json(config["options"])
    if config["source"].get("images"):
        return _train_on_folder(run, options, monitor)
    beats = training_beats(config, monitor)
    labels = labels_from(beats.table["beat_class"].to_numpy(dtype=str), options.classes)
    rows = np.flatnonzero(beats.used & (labels >= 0))
    held_outs = [held for _, held in patient_folds(beats.records, _folds(beats, options), options.seed)]
    record = beats.table["record"].to_numpy(dtype=str)[rows]
    group = np.select([np.isin(record, held) for held in held_outs], range(len(held_outs))).astype(np.int64)
    taught = np.zeros(len(beats), bool)
    taught[thinned(beats, labels, rows, options.most_normal, np.random.default_rng(options.seed))] = True
    images = drawn(beats, rows, options, monitor)
    made = _made(options) if options.added == "gan" else None
    classifier = ImageClassifier(options, options.names)
    classifier.fit(images, labels[rows], group, taught[rows], made, monitor)
    monitor.phase("Judging on validation", 0, 1)
    found, _ = _of_rows(beats, labels, rows, classifier.validation_probability_, classifier)
    validation = beats_report(found, beats, "validation", "N") | with_missing(VALIDATION_NOTE, classifier.missing_)
    about = beats_card(beats, config["source"]["label"])
    save_image_classifier(run.folder, classifier, _card(config, options, len(rows), validation) | about)
    return {"validation": validation}


def evaluate_images(folder: Path, source: DataSource, part: str, records: tuple[str, ...]) -> dict[str, Any]:
    """Classify images of the beats of `records` and report; `part` names them, or is `validation`."""
    classifier, card = load_image_classifier(folder)
    if "preprocessing" not in card:
        raise ModelError("This model was trained on an image folder: name one to judge it on (--images).")
    beats = load_beats(source.folder, source.records, config_of(card)).only(records)
    labels = labels_from(beats.table["beat_class"].to_numpy(dtype=str), classifier.options.classes)
    rows = np.flatnonzero(beats.used & (labels >= 0))
    if part == "validation":
        if beats.data_hash != card["data"]["data_hash"]:
            raise RunError("The validation belongs to the data the model was trained on, which are not in use now.")
        found, _ = _of_rows(beats, labels, rows, classifier.validation_probability_, classifier)
        return beats_report(found, beats, part, "N") | with_missing(VALIDATION_NOTE, classifier.missing_)
    check_unseen(card, records, part)
    check_card(card, beats)
    if not len(rows):
        raise DataError(f"There is no beat to judge in record {', '.join(records)}: choose others.")
    parts = [
        classifier.predict_proba(drawn(beats, rows[first : first + DRAWN_AT_ONCE], classifier.options))
        for first in range(0, len(rows), DRAWN_AT_ONCE)
    ]
    found, _ = _of_rows(beats, labels, rows, np.concatenate(parts), classifier)
    return beats_report(found, beats, part, "N") | said_of(card, beats, classifier.missing_)


def evaluate_folder(model: Path, images: Path) -> dict[str, Any]:
    """Classify every usable image of a folder and report. Raises ModelError if classes are not the model's, or these
    are the images it was trained on."""
    classifier, card = load_image_classifier(model)
    folder = scan(images)
    if folder.data_hash == card["data"]["data_hash"]:
        raise ModelError("The model was trained on these images: figures on them would flatter. Choose others.")
    unknown = [name for name in folder.counts if name not in classifier.classes_]
    if unknown:
        raise ModelError(
            f"{folder.folder} has a class {', '.join(unknown)}, the model knows {', '.join(classifier.classes_)}: name "
            "the sub-folders as the model does."
        )
    pixels, labels = load(folder, classifier.options.size, classifier.options.ground == "plain")
    probability = classifier.predict_proba(pixels)
    found = Classified(classifier.classes_, np.asarray(labels, str), probability, np.full(len(labels), "images"))
    report = class_report(found, str(folder.folder)) | {"note": FOLDER_NOTE, "left_out": {}, "simulated": False}
    return report | {"intervals": None, "missing": list(classifier.missing_)}


def drawn(beats: BeatSet, rows: Rows, options: ImageClassifierOptions, monitor: Monitor | None = None) -> Images:
    """Images of some beats as the options say. Raises RunError if they would not fit in memory."""
    drawing = ImageConfig(options.size, options.ground, options.leads)
    if (size := len(rows) * drawing.channels * options.size**2) > MAX_LOADED_BYTES:
        raise RunError(
            f"{len(rows):,} images take {size / 1e9:.1f} GB, more than {MAX_LOADED_BYTES / 1e9:.0f}: choose fewer "
            "records, 64 pixels or plain ground."
        )
    parts = []
    for first in range(0, len(rows), DRAWN_AT_ONCE):
        if monitor:
            monitor.phase("Drawing images", first, len(rows))
        some = rows[first : first + DRAWN_AT_ONCE]
        parts.append(draw_beats(np.asarray(beats.signals[some]), beats.config.times_s, drawing))
    return np.concatenate(parts)


def _train_on_folder(run: Run, options: ImageClassifierOptions, monitor: Monitor) -> dict[str, Any]:
    config = run.config
    folder = scan(Path(config["source"]["folder"]), lambda done, of: monitor.phase("Reading images", done, of))
    names = tuple(name for name, n in folder.counts.items() if n >= FEWEST_IN_FOLDER)
    images, found_labels = load(folder, options.size, options.ground == "plain")
    labels = columns_of(list(found_labels), names)
    fine = labels >= 0
    images, labels = images[fine], labels[fine]
    group = stratified_groups(labels, options.folds, options.seed)
    classifier = ImageClassifier(options, names).fit(images, labels, group, monitor=monitor)
    monitor.phase("Judging on validation", 0, 1)
    truth = np.asarray(names)[labels]
    found = Classified(names, truth, classifier.validation_probability_, group.astype(str))
    validation = class_report(found, "validation") | {
        "note": FOLDER_NOTE,
        "intervals": None,  # resampling groups drawn at random says nothing of patients
        "left_out": {name: n for name, n in folder.counts.items() if name not in names},
        "missing": [],
        "simulated": False,
    }
    about = {"data": {"label": config["source"]["label"], "data_hash": folder.data_hash, "simulated": False}}
    save_image_classifier(run.folder, classifier, _card(config, options, len(images), validation) | about)
    return {"validation": validation}


def _config(
    source: dict[str, Any], split: dict[str, Any], options: ImageClassifierOptions, extra: list[str]
) -> dict[str, Any]:
    chosen = options.to_json()
    command = reproduce_command(KIND, chosen, ImageClassifierOptions().to_json(), extra)
    return {"options": chosen, "source": source, "split": split, "command": command}


def _card(
    config: dict[str, Any], options: ImageClassifierOptions, n: int, validation: dict[str, Any]
) -> dict[str, Any]:
    return {
        "created": now(),
        "split": config["split"],
        "options": options.to_json(),
        "seed": options.seed,
        "images": n,
        "versions": versions(),
        "command": config["command"],
        "figures": {"validation": validation},
    }


def _folds(beats: BeatSet, options: ImageClassifierOptions) -> int:
    return min(options.folds, len(set(beats.table["patient"])))


def _of_rows(
    beats: BeatSet,
    labels: Labels,
    rows: Rows,
    probability: npt.NDArray[np.float32],
    classifier: ImageClassifier,
) -> tuple[Classified, Rows]:
    """Probabilities of some rows as classified beats."""
    if len(probability) != len(rows):
        raise DataError(f"{len(probability)} probabilities for {len(rows)} beats: they belong to other data.")
    every = np.zeros((len(beats), len(classifier.classes_)), np.float32)
    every[rows] = probability
    return judged(beats, labels, every, classifier.classes_)


def _gan_for(place: str, options: ImageClassifierOptions, train: Sequence[str]) -> ImageGan:
    """An image GAN, checked against what the classifier is to see. Raises ModelError if it does not fit."""
    folder = workspace.PROJECT / place if place.startswith("models/") else open_run(place).folder
    gan, card = load_image_gan(folder, place)
    foreign = sorted(set(card["split"]["train"]) - set(train))
    if foreign:
        raise ModelError(f"{place} was trained on record {', '.join(foreign)}, none of the training records.")
    if "preprocessing" not in card or gan.options.label not in options.names:
        raise ModelError(f"{place} makes images of {gan.options.label!r}: choose a GAN of {', '.join(options.names)}.")
    for name in ("size", "ground", "leads"):
        if getattr(gan.options, name) != getattr(options, name):
            raise ModelError(
                f"{place} makes images with {name} {getattr(gan.options, name)}, these have {getattr(options, name)}: "
                f"choose the same {name} for both."
            )
    return gan


def _made(options: ImageClassifierOptions) -> tuple[Images, Labels]:
    parts: list[Images] = []
    labels: list[Labels] = []
    for place in options.gans.split() or SHIPPED_GANS:
        folder = workspace.PROJECT / place if place.startswith("models/") else open_run(place).folder
        gan, _ = load_image_gan(folder, place)
        parts.append(gan.sample(SAMPLED, options.seed + 1))
        labels.append(np.full(SAMPLED, options.names.index(gan.options.label)))
    return np.concatenate(parts), np.concatenate(labels)
