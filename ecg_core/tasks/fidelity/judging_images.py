"""Judging image GANs, against the beats they were trained on and against unseen patients, drawn alike; or against the
folder of images they were trained on: as a run, or at once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.classes import SCORED
from ecg_core.beats.image_forms import draw_rows
from ecg_core.beats.panel import ImageGeometry
from ecg_core.beats.store import Progress, load_beats
from ecg_core.data.image_folder import load, scan
from ecg_core.data.sources import DataSource
from ecg_core.errors import DataError, ModelError, RunError
from ecg_core.evaluation.image_embedding import ImageEmbedding
from ecg_core.evaluation.image_fidelity import image_fidelity
from ecg_core.evaluation.image_fidelity_report import ImageClassFidelity, ImageFidelityReport
from ecg_core.evaluation.image_set import RecordedImages
from ecg_core.evaluation.trace_reading import geometry_of
from ecg_core.learning.card import Card
from ecg_core.learning.fits import check_fits, preparation_of
from ecg_core.learning.model_folder import load_card
from ecg_core.tasks.fidelity.counted import counted
from ecg_core.tasks.fidelity.options import ImageFidelityOptions
from ecg_core.tasks.gan.image_gan import ImageGan
from ecg_core.tasks.gan.image_model import load_image_gan
from ecg_core.tasks.gan.kept import keep_figures, kept_figures
from ecg_core.tasks.gan.options import ImageGanOptions
from ecg_core.tasks.gan.task import FIDELITY_FILE, GAN
from ecg_core.tasks.gan.training import image_parts
from ecg_core.tasks.material import Recordings
from ecg_core.tasks.places import folder_of
from ecg_core.tasks.task import Job

JUDGED = 2000
"""Synthetic images made, at least; as many as there are recorded ones where those are more, up to the next number."""
MOST_JUDGED = 4000
MOST_OF_A_CLASS = 4000
"""Recorded images of any other class that are drawn; of the class that is judged all are."""


def check(material: Recordings, options: ImageFidelityOptions) -> ImageFidelityOptions:  # noqa: ARG001 - as all checks
    """Raise ModelError if a place holds no image GAN, one that was trained on a folder of images, or two make one
    class; RunError without any."""
    for place, (_, card) in image_gans_of({place: folder_of(place) for place in options.places}).items():
        if card.preparation is None:
            raise ModelError(
                f"{place} was trained on a folder of images ({card.data.label}), not on recordings: judge it by that "
                f"folder, python -m ecg_core fidelity --images FOLDER --keep --models {place}"
            )
    return options


def carry_out(job: Job[ImageFidelityOptions]) -> ImageFidelityReport:
    """Judge, and keep each model's figures beside it."""
    models = {place: folder_of(place) for place in job.options.places}
    recordings = job.recordings
    return judge_images(recordings.folder, recordings.records, models, job.options.seed, counted(job), keep=True)


def judge_images_at_once(
    source: DataSource,
    models: Mapping[str, Path],
    seed: int,
    progress: Progress | None,
    keep: bool,
    images: Path | None = None,
) -> ImageFidelityReport:
    """`judge_images` on the data in use, without a run."""
    return judge_images(source.folder, source.records, models, seed, progress, keep, images)


def judge_images(
    folder: Path,
    records: tuple[str, ...],
    models: Mapping[str, Path],
    seed: int = 1,
    progress: Progress | None = None,
    keep: bool = True,
    images: Path | None = None,
) -> ImageFidelityReport:
    """Every figure of `evaluation.image_fidelity` for each of some image GANs, one a class.

    Synthetic images are compared with images of the beats the GAN was trained on, drawn as its images are, and with
    those of its split's test records among `records` of `folder`; or with the images of the folder `images`, if it was
    trained on them. With `keep` each model's figures are written beside its card.

    Raises ModelError if a model is no image GAN, two are of one class, the training records or the folder are not there
    or hold something else, RunError without any model.
    """
    gans = image_gans_of(models)
    classes: dict[str, ImageClassFidelity] = {}
    numbers: dict[str, int] = {}
    simulated = False
    for number, (name, (gan, card)) in enumerate(gans.items()):
        label = gan.options.label
        if card.preparation is None:
            train, unseen, geometry = _of_folder(card, gan.options, images, name), None, None
        else:
            train, unseen, geometry = _of_records(folder, records, card, gan.options, seed, name)
            simulated |= card.data.simulated
        numbers[label] = min(MOST_JUDGED, max(JUDGED, len(train.rows_of(label))))
        made = gan.sample(numbers[label], seed)
        embedding = ImageEmbedding.fit(train, seed)
        of_all = progress and _one_of(progress, number, len(gans))
        found = image_fidelity(label, made, train, unseen, geometry, seed, of_all, embedding=embedding)
        if keep:
            keep_image_fidelity(models[name], found, seed)
        classes[label] = replace(found, model=name)
    return ImageFidelityReport(classes, simulated, seed, numbers)


def _one_of(progress: Progress, number: int, n: int) -> Progress:
    """Progress of one GAN of `n`, as steps of all."""
    return lambda done, of: progress(number * of + done, n * of)


def image_gans_of(models: Mapping[str, Path]) -> dict[str, tuple[ImageGan, Card]]:
    """Image GANs and cards by name.

    Raises RunError without any, ModelError if one is none or two are of one class.
    """
    if not models:
        raise RunError("Choose at least one image GAN to judge.")
    for folder in models.values():
        if load_card(folder).kind == GAN.kind:
            raise ModelError(f"{folder} holds a beat GAN, which makes no images: judge it without --images.")
    gans = {name: load_image_gan(folder, name) for name, folder in models.items()}
    labels = [gan.options.label for gan, _ in gans.values()]
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if twice:
        raise ModelError(f"Two of these image GANs make images of class {', '.join(twice)}: choose one a class.")
    return gans


def recorded_images(
    beats: BeatSet, label: str, options: ImageGanOptions, seed: int, learned: npt.NDArray[np.int64] | None = None
) -> RecordedImages:
    """Images of recorded beats, drawn as an image GAN's options say: every one of the class `label`, and of each other
    class at most 4,000, drawn with `seed`. Excluded beats and class Q are left out. `learned` are the rows that the GAN
    has seen.

    Raises DataError if the beats lack a lead that is to be drawn.
    """
    rng = np.random.default_rng([seed, 3])
    drawn = []
    for name in dict.fromkeys((*SCORED, label)):
        rows = beats.rows_of(name)
        drawn.append(rows if name == label else np.sort(rng.permutation(rows)[:MOST_OF_A_CLASS]))
    rows = np.concatenate(drawn)
    images = draw_rows(beats, rows, options.drawing)
    classes, records, patients = (
        beats.table[column].to_numpy(dtype=str)[rows] for column in ("beat_class", "record", "patient")
    )
    seen = None if learned is None else np.isin(rows, learned) | (classes != label)
    return RecordedImages(images, classes, records, patients, seen)


def keep_image_fidelity(folder: Path, figures: ImageClassFidelity, seed: int) -> None:
    """Write a model's figures beside its card."""
    keep_figures(folder, figures.to_json(), seed)


def kept_image_fidelity(folder: Path) -> ImageClassFidelity | None:
    """An image GAN's figures the last time it was judged; None if it never was, or the weights have changed since."""
    figures = kept_figures(folder)
    try:
        return ImageClassFidelity.from_json(figures, FIDELITY_FILE) if figures is not None else None
    except DataError:
        return None  # half a file from elsewhere


def _of_records(
    folder: Path, records: tuple[str, ...], card: Card, options: ImageGanOptions, seed: int, name: str
) -> tuple[RecordedImages, RecordedImages | None, ImageGeometry]:
    """Images of the training records and of the test records in use, and how they are drawn."""
    missing = [record for record in card.split.train if record not in records]
    if missing:
        raise ModelError(
            f"{name} was trained on record {', '.join(missing)}, which is not in the data in use: choose the data it "
            "was trained on."
        )
    config = preparation_of(card).config
    train = _beats(folder, card.split.train, card)
    check_fits(card, train)
    if card.data.data_hash != train.data_hash:
        raise ModelError(f"{name} was trained on other recordings of the same names: choose those, or train it again.")
    test = [record for record in card.split.test if record in records]
    unseen = recorded_images(_beats(folder, test, card), options.label, options, seed) if test else None
    learned = image_parts(options, train).learned
    recorded = recorded_images(train, options.label, options, seed, learned)
    return recorded, unseen, geometry_of(options.drawing, config.times_s)


def _beats(folder: Path, records: Sequence[str], card: Card) -> BeatSet:
    """As a training prepares them (`tasks.gan.training`)."""
    return load_beats(folder, records, preparation_of(card).config).complete()


def _of_folder(card: Card, options: ImageGanOptions, folder: Path | None, name: str) -> RecordedImages:
    """The images of the folder a GAN was trained on; nobody says whose they are."""
    if folder is None:
        raise ModelError(
            f"{name} was trained on a folder of images ({card.data.label}): name that folder, --images FOLDER, to "
            "judge it by."
        )
    scanned = scan(folder)
    if scanned.data_hash != card.data.data_hash:
        raise ModelError(f"{name} was trained on other images than {folder} holds: name the folder it was trained on.")
    images, labels = load(scanned, options.size, options.ground == "plain")
    nobody = np.full(len(images), "", dtype=np.str_)
    return RecordedImages(images, labels, nobody, nobody)
