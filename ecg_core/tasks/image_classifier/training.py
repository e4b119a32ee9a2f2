"""Training an image classifier as a run, on images of beats or of a folder, and judging one."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.image_forms import draw_rows
from ecg_core.beats.splits import folds as patient_folds
from ecg_core.beats.store import load_beats
from ecg_core.data.image_folder import MAX_LOADED_BYTES, ScannedFolder, load, scan
from ecg_core.errors import DataError, ModelError, RunError
from ecg_core.evaluation.class_report import PATIENTS, ClassReport, class_report
from ecg_core.evaluation.classification import Classified
from ecg_core.learning.fits import preparation_of
from ecg_core.learning.monitor import Monitor
from ecg_core.learning.unseen import VALIDATION
from ecg_core.tasks.classifier.balancing import Labels, thinned
from ecg_core.tasks.classifier.inputs import Rows
from ecg_core.tasks.classifier.report import VALIDATION_NOTE, beats_report, check_validation, judged
from ecg_core.tasks.classifier.result import ClassifierResult
from ecg_core.tasks.classifier.truth import labels_from
from ecg_core.tasks.gan.image_gan import ImageGan, Images
from ecg_core.tasks.gan.image_model import load_image_gan
from ecg_core.tasks.image_classifier.classifier import ImageClassifier, columns_of
from ecg_core.tasks.image_classifier.folder_folds import (
    FolderFolds,
    JudgedFolder,
    folder_folds,
    judged_folder,
)
from ecg_core.tasks.image_classifier.model import load_image_classifier, save_image_classifier
from ecg_core.tasks.image_classifier.options import ImageClassifierOptions
from ecg_core.tasks.image_form import about_form, check_form
from ecg_core.tasks.judged_beats import JudgedOn, judged_beats
from ecg_core.tasks.material import ImageFolder, Material, Recordings
from ecg_core.tasks.places import folder_of
from ecg_core.tasks.task import Job

SHIPPED_GANS = ("models/image-gan-S", "models/image-gan-V", "models/image-gan-F")
SAMPLED = 3000
DRAWN_AT_ONCE = 4096
FEWEST_IN_FOLDER = 20
"""Images a class of a folder needs to be learned from and judged."""


def check(material: Material, options: ImageClassifierOptions) -> ImageClassifierOptions:
    """The options with the GANs named that are used. Raises RunError or ModelError for what cannot be trained."""
    if isinstance(material, ImageFolder):
        scanned = material.scan()
        enough = [name for name, n in scanned.counts.items() if n >= FEWEST_IN_FOLDER]
        if len(enough) < 2:
            counts = ", ".join(f"{name} {n}" for name, n in scanned.counts.items())
            raise RunError(
                f"{material.folder} has {len(enough)} class with {FEWEST_IN_FOLDER} usable images or more ({counts}): "
                "at least two are needed to tell them apart. Add images."
            )
        if options.added != "none":
            raise RunError("Synthetic images can be added to images of beats only: choose nothing to add.")
        folder_folds(scanned, enough, options)
        return options
    assert isinstance(material, Recordings), "it learns from beats or from an image folder"
    material.check_patients("for validation")
    if options.added != "gan":
        return options
    places = gan_places(options)
    for place in places:
        checked_gan(place, options, material.split.train)
    return replace(options, gans=" ".join(places))


def train(job: Job[ImageClassifierOptions]) -> ClassifierResult:
    """Draw or load images, train, judge on validation, save model and card."""
    return _train_on_folder(job) if isinstance(job.material, ImageFolder) else _train_on_beats(job)


def _train_on_beats(job: Job[ImageClassifierOptions]) -> ClassifierResult:
    recordings, options = job.recordings, job.options
    beats = recordings.beats(job.split.train, job.phase("Preparing beats"))
    labels = labels_from(beats.table["beat_class"].to_numpy(dtype=str), options.classes)
    rows = np.flatnonzero(beats.used & (labels >= 0))
    n_folds = min(options.folds, len(set(beats.table["patient"])))
    groups = [names for _, names in patient_folds(beats.records, n_folds, options.seed, beats.patients)]
    record = beats.table["record"].to_numpy(dtype=str)
    group = np.select([np.isin(record[rows], names) for names in groups], range(len(groups))).astype(np.int64)
    taught = np.zeros(len(beats), bool)
    taught[thinned(record, labels, rows, options.most_normal, np.random.default_rng(options.seed))] = True
    images = drawn(beats, rows, options, job.monitor)
    synthetic = synthetic_images(options) if options.added == "gan" else None
    classifier = ImageClassifier(options, options.names)
    classifier.fit(images, labels[rows], group, taught[rows], synthetic, job.monitor)
    job.monitor.phase("Judging on validation", 0, 1)
    result = _classified_rows(beats, labels, rows, classifier.validation_probability_, classifier)
    validation = beats_report(result, beats, VALIDATION, "N", VALIDATION_NOTE, classifier.missing_)
    card = job.card(
        recordings.data_used(beats),
        recordings.preparation(beats, one_lead=options.leads == "first"),
        {VALIDATION: validation.to_json()},
        {"images": len(rows)},
        beats.left_out,
    )
    save_image_classifier(job.folder, classifier, card)
    return ClassifierResult(validation)


def _train_on_folder(job: Job[ImageClassifierOptions]) -> ClassifierResult:
    options, folder = job.options, job.image_folder
    scanned = folder.scan(job.phase("Reading images"))
    names = tuple(name for name, n in scanned.counts.items() if n >= FEWEST_IN_FOLDER)
    images, class_names = load(scanned, options.size, options.ground == "plain")
    columns = columns_of(list(class_names), names)
    images, labels = images[columns >= 0], columns[columns >= 0]
    folds = folder_folds(scanned, names, options)
    classifier = ImageClassifier(options, names).fit(images, labels, folds.group, monitor=job.monitor)
    job.monitor.phase("Judging on validation", 0, 1)
    result = Classified(names, np.asarray(names)[labels], classifier.validation_probability_, folds.unit)
    left_out = {name: n for name, n in scanned.counts.items() if name not in names}
    validation = _folder_report(result, VALIDATION, scanned, folds, left_out)
    card = job.card(
        folder.data_used(scanned),
        figures={VALIDATION: validation.to_json()},
        about={"images": len(images), **folds.about, **about_form(scanned)},
    )
    card = replace(card, split=replace(card.split, note=folds.note))
    save_image_classifier(job.folder, classifier, card)
    return ClassifierResult(validation)


def evaluate(folder: Path, on: JudgedOn) -> ClassReport:
    """Classify images of the beats of records, which nobody checks here for having been seen; or report the model's own
    validation."""
    classifier, card = load_image_classifier(folder)
    if on.part == VALIDATION:
        beats = load_beats(on.source.folder, on.records, preparation_of(card).config, layer=card.layer)
        check_validation(card, beats)
        note = VALIDATION_NOTE
    else:
        judged_on = judged_beats(card, on)
        beats, note = judged_on.beats, judged_on.said
    labels = labels_from(beats.table["beat_class"].to_numpy(dtype=str), classifier.options.classes)
    rows = np.flatnonzero(beats.used & (labels >= 0))
    probability = classifier.validation_probability_
    if on.part != VALIDATION:
        if not len(rows):
            raise DataError(
                f"Nobody has given the beats of record {', '.join(on.records)} a class, and image classifiers are "
                "judged against one. Choose records with annotations, or a beat classifier, which also calls beats "
                "that were only detected."
            )
        blocks = [rows[first : first + DRAWN_AT_ONCE] for first in range(0, len(rows), DRAWN_AT_ONCE)]
        images = (drawn(beats, block, classifier.options) for block in blocks)
        probability = np.concatenate([classifier.predict_proba(some) for some in images])
    result = _classified_rows(beats, labels, rows, probability, classifier)
    return beats_report(result, beats, on.part, "N", note, classifier.missing_)


def evaluate_images(model: Path, images: Path) -> ClassReport:
    """Classify every usable image of a folder and report. Raises ModelError if classes are not the model's, if all
    images are of another form, or if these are the images it was trained on, or of its patients."""
    classifier, card = load_image_classifier(model)
    scanned = scan(images)
    if scanned.data_hash == card.data.data_hash:
        raise ModelError("The model was trained on these images: figures on them would flatter. Choose others.")
    unknown = [name for name in scanned.counts if name not in classifier.classes_]
    if unknown:
        raise ModelError(
            f"{scanned.folder} has a class {', '.join(unknown)}, the model knows {', '.join(classifier.classes_)}: "
            "name the sub-folders as the model does."
        )
    form = check_form(scanned, card)
    judged_on = judged_folder(scanned, card, classifier.options)
    pixels, labels = load(scanned, classifier.options.size, classifier.options.ground == "plain")
    probability = classifier.predict_proba(pixels)
    result = Classified(classifier.classes_, np.asarray(labels, str), probability, judged_on.unit)
    report = _folder_report(result, str(scanned.folder), scanned, judged_on, {})
    return replace(report, missing=classifier.missing_, note=" ".join(filter(None, [report.note, form])))


def _folder_report(
    result: Classified, part: str, scanned: ScannedFolder, known: FolderFolds | JudgedFolder, left_out: dict[str, int]
) -> ClassReport:
    """Figures of images of a folder; no interval without patients, because random groups say nothing of them."""
    report = class_report(result, part)
    rejected = {"unusable files": len(scanned.rejected)} if scanned.rejected else {}
    return replace(
        report,
        note=known.note,
        intervals=report.intervals if known.by == PATIENTS else None,
        by=known.by,
        left_out={**left_out, **rejected},
    )


def drawn(beats: BeatSet, rows: Rows, options: ImageClassifierOptions, monitor: Monitor | None = None) -> Images:
    """Images of some beats as the options say. Raises RunError if they would not fit in memory."""
    drawing = options.drawing
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
        parts.append(draw_rows(beats, some, drawing))
    return np.concatenate(parts)


def gan_places(options: ImageClassifierOptions) -> tuple[str, ...]:
    """Run ids or model folders of the image GANs to use."""
    return tuple(options.gans.split()) or SHIPPED_GANS


def _classified_rows(
    beats: BeatSet, labels: Labels, rows: Rows, probability: npt.NDArray[np.float32], classifier: ImageClassifier
) -> Classified:
    """Probabilities of some rows as classified beats."""
    if len(probability) != len(rows):
        raise DataError(f"{len(probability)} probabilities for {len(rows)} beats: they belong to other data.")
    every = np.zeros((len(beats), len(classifier.classes_)), np.float32)
    every[rows] = probability
    return judged(beats, labels, every, classifier.classes_)[0]


def checked_gan(place: str, options: ImageClassifierOptions, train_records: Sequence[str]) -> ImageGan:
    """An image GAN, checked against what the classifier is to see. Raises ModelError if it does not fit."""
    gan, card = load_image_gan(folder_of(place), place)
    foreign = sorted(set(card.split.train) - set(train_records))
    if foreign:
        raise ModelError(f"{place} was trained on record {', '.join(foreign)}, none of the training records.")
    if card.preparation is None or gan.options.label not in options.names:
        raise ModelError(f"{place} makes images of {gan.options.label!r}: choose a GAN of {', '.join(options.names)}.")
    for name in ("form", "size", "ground", "leads"):
        if getattr(gan.options, name) != getattr(options, name):
            raise ModelError(
                f"{place} makes images with {name} {getattr(gan.options, name)}, these have {getattr(options, name)}: "
                f"choose the same {name} for both."
            )
    return gan


def synthetic_images(options: ImageClassifierOptions) -> tuple[Images, Labels]:
    """Images of every GAN the options name, and the number of their class."""
    gans = [load_image_gan(folder_of(place), place)[0] for place in gan_places(options)]
    images = np.concatenate([gan.sample(SAMPLED, options.seed + 1) for gan in gans])
    return images, np.repeat([options.names.index(gan.options.label) for gan in gans], SAMPLED)
