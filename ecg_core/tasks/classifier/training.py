"""Training a beat classifier as a run, and judging one on records it has never seen."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ecg_core.beats.balance import FILLED
from ecg_core.beats.store import load_beats
from ecg_core.beats.synthetic import SyntheticBeats
from ecg_core.errors import ModelError
from ecg_core.evaluation.changed_recordings import AS_RECORDED
from ecg_core.evaluation.class_report import ClassReport
from ecg_core.learning.fits import preparation_of
from ecg_core.learning.unseen import VALIDATION
from ecg_core.tasks.classifier.classifier import BeatClassifier
from ecg_core.tasks.classifier.kept import Progress, kept_probability
from ecg_core.tasks.classifier.model import load_classifier, save_classifier
from ecg_core.tasks.classifier.options import ClassifierOptions
from ecg_core.tasks.classifier.report import ClassifiedBeats, check_validation, classified, validated
from ecg_core.tasks.classifier.result import ClassifierResult
from ecg_core.tasks.gan.beat_gan import load_gan
from ecg_core.tasks.judged_beats import JudgedOn, judged_beats
from ecg_core.tasks.material import Recordings
from ecg_core.tasks.places import folder_of
from ecg_core.tasks.task import Job

SHIPPED_GANS = tuple(f"models/gan-{name}" for name in FILLED)
SAMPLED = 4500
"""Synthetic beats made of each class for a training to draw from."""


def check(material: Recordings, options: ClassifierOptions) -> ClassifierOptions:
    """The options with the GANs named that are used. Raises RunError for one patient only, ModelError for a GAN that
    cannot be used."""
    material.check_patients("for validation")
    if options.added != "gan":
        return options
    places = gan_places(options)
    check_gans(places, material.split.train)
    return replace(options, gans=" ".join(places))


def train(job: Job[ClassifierOptions]) -> ClassifierResult:
    """Prepare beats, train, judge on validation, save model and card."""
    recordings, options = job.recordings, job.options
    beats = recordings.beats(job.split.train, job.phase("Preparing beats"))
    synthetic = synthetic_beats(options) if options.added == "gan" else None
    classifier = BeatClassifier(options).fit(beats, synthetic, job.monitor)
    job.monitor.phase("Judging on validation", 0, 1)
    validation = validated(classifier, beats).report()
    card = job.card(
        recordings.data_used(beats),
        recordings.preparation(beats, one_lead=True),
        {VALIDATION: validation.to_json()},
        {"made_by": synthetic.made_by if synthetic else ""},
        beats.left_out,
    )
    save_classifier(job.folder, classifier, card)
    return ClassifierResult(validation)


def evaluate(folder: Path, on: JudgedOn) -> ClassReport:
    """Every figure of `predictions`."""
    return predictions(folder, on).report()


def predictions(folder: Path, on: JudgedOn, progress: Progress | None = None) -> ClassifiedBeats:
    """Classify records, which nobody checks here for having been seen, or give the model's own validation.

    The validation is of the label layer that was learned from; any other part is what `judged_beats` gives. What is
    said of records as they were recorded is kept (`kept`); `progress` is called for each record that is classified.
    Raises WorkbenchError where the model or the data cannot be used together.
    """
    classifier, card = load_classifier(folder)
    if on.part == VALIDATION:
        beats = load_beats(on.source.folder, on.records, preparation_of(card).config, layer=card.layer)
        check_validation(card, beats)
        return validated(classifier, beats)
    judged = judged_beats(card, on)
    kept = kept_probability(classifier, judged.beats, progress) if on.changes == AS_RECORDED else None
    result, rows = classified(classifier, judged.beats, kept)
    return ClassifiedBeats(classifier, judged.beats, result, rows, on.part, judged.said)


def gan_places(options: ClassifierOptions) -> tuple[str, ...]:
    """Run ids or model folders of the GANs to use."""
    return tuple(options.gans.split()) or SHIPPED_GANS


def check_gans(places: Sequence[str], train_records: Sequence[str]) -> None:
    """Raise ModelError if two GANs make one class, or one has seen a record that is not in the training part."""
    makers: dict[str, str] = {}
    for place in places:
        gan, _ = load_gan(folder_of(place), place)
        if gan.beat_class in makers:
            raise ModelError(f"{makers[gan.beat_class]} and {place} both make class {gan.beat_class}: choose one.")
        makers[gan.beat_class] = place
        foreign = sorted(set(gan.records) - set(train_records))
        if foreign:
            raise ModelError(
                f"{place} was trained on record {', '.join(foreign)}, which is not among the training records here: "
                "what it learned there would leak. Train a GAN on these records, or choose the same for both."
            )


def synthetic_beats(options: ClassifierOptions) -> SyntheticBeats:
    """Synthetic beats of every GAN the options name; each seed of the training has its own."""
    gans = [load_gan(folder_of(place), place)[0] for place in gan_places(options)]
    return SyntheticBeats.joined([gan.sample(SAMPLED, options.seed + 1) for gan in gans])
