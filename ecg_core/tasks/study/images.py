"""Ways of balancing an image classifier, compared on unseen patients. Images are drawn once, for all trainings."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.image_forms import draw_scenes
from ecg_core.beats.images import ImageConfig
from ecg_core.beats.scenes import Scenes, scenes
from ecg_core.errors import ModelError
from ecg_core.evaluation.classification import Classified
from ecg_core.files import mapped_array, replaced
from ecg_core.tasks.classifier.balancing import Labels, thinned
from ecg_core.tasks.classifier.inputs import Rows
from ecg_core.tasks.classifier.truth import labels_from
from ecg_core.tasks.image_classifier.classifier import ImageClassifier
from ecg_core.tasks.image_classifier.options import ImageClassifierOptions
from ecg_core.tasks.image_classifier.training import DRAWN_AT_ONCE, checked_gan, gan_places, synthetic_images
from ecg_core.tasks.material import Recordings
from ecg_core.tasks.study.cells import Work, check_test, study_report, tidy, trained, write_array, write_counts
from ecg_core.tasks.study.image_options import ImageStudyOptions
from ecg_core.tasks.study.options import PLAIN
from ecg_core.tasks.study.result import StudyReport
from ecg_core.tasks.task import Job

DIFFERENCE_SPREAD, NOISE = 0.1, 0.02
"""Augmentation: factor on each lead's difference from the recording's usual beat (log-normal) and white noise, in QRS
amplitudes, before the beat is drawn; as the beat classifier's training varies what it is shown."""
Images = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Drawn:
    """The images of a study, in files that all its trainings read."""

    place: Path
    labels: Labels = field(repr=False)
    """(n,) number of the class of each training image."""
    shown: tuple[Rows, ...] = field(repr=False)
    """Of each seed, which of the training images its trainings show."""
    test_labels: Labels = field(repr=False)
    test_record: npt.NDArray[np.str_] = field(repr=False)
    records: tuple[str, ...]
    """The test records, in order."""

    def images(self, name: str) -> Images:
        """One of the files: `train`, `varied`, `test`, or `made-0` and so on, one for each seed."""
        return np.asarray(np.load(self.file(name), mmap_mode="r"))

    def file(self, name: str) -> Path:
        return self.place / f"{name}.npy"

    def learned(self, varied: bool, k: int) -> tuple[Images, Labels]:
        """The recorded images that a training with the k-th seed shows, and their classes."""
        own = self.shown[k]
        images, labels = self.images("train")[own], self.labels[own]
        if not varied:
            return images, labels
        return np.concatenate([images, self.images("varied")[own]]), np.tile(labels, 2)

    def made(self, k: int) -> tuple[Images, Labels]:
        """The synthetic images that a training with the k-th seed may show, and their classes."""
        return np.array(self.images(f"made-{k}")), np.load(self.file(f"made-labels-{k}"))


def check_image_study(material: Recordings, options: ImageStudyOptions) -> ImageStudyOptions:
    """Raise RunError or ModelError for options that cannot be used with these recordings."""
    check_test(material)
    if _with_gans(options):
        makers: dict[str, str] = {}
        for place in gan_places(options.of_way(PLAIN, 0)):
            label = checked_gan(place, options.of_way(PLAIN, 0), material.split.train).options.label
            if label in makers:
                raise ModelError(f"{makers[label]} and {place} both make class {label}: choose one.")
            makers[label] = place
    return options


def run_image_study(job: Job[ImageStudyOptions]) -> StudyReport:
    """Draw every image once, train every way with every seed, each kept as it ends; then the images are removed."""
    recordings, options, split = job.recordings, job.options, job.split
    beats = recordings.beats([*split.train, *split.test], job.phase("Preparing beats"))
    drawn = drawn_images(job, beats)

    def work(way: str, k: int) -> Work:
        return partial(_train_one, drawn, options.of_way(way, k), options.varied(way), k)

    report = study_report(
        job,
        trained(job, options.ways, options.seeds, work),
        options.of_way(PLAIN, 0).names,
        drawn.records,
        options.epochs * options.steps_per_epoch,
        gan_places(options.of_way(PLAIN, 0)) if _with_gans(options) else (),
        beats.left_out,
    )
    shutil.rmtree(drawn.place)
    return report


def varied_scenes(shown: Scenes, rng: np.random.Generator) -> Scenes:
    """The same with each beat's difference from the usual beat made larger or smaller, and noise."""
    n, n_leads, _ = shown.beats.shape
    factor = np.exp(DIFFERENCE_SPREAD * rng.standard_normal((n, n_leads, 1), dtype=np.float32))
    noise = NOISE * rng.standard_normal(shown.beats.shape, dtype=np.float32)
    return replace(shown, beats=shown.usual + (shown.beats - shown.usual) * factor + noise)


def _with_gans(options: ImageStudyOptions) -> bool:
    return any(options.of_way(way, 0).added == "gan" for way in options.ways)


def drawn_images(job: Job[ImageStudyOptions], beats: BeatSet) -> Drawn:
    """Draw what the trainings show and what they are judged on; what is there already is not drawn again."""
    options, split = job.options, job.split
    plain = options.of_way(PLAIN, 0)
    labels = labels_from(beats.table["beat_class"].to_numpy(dtype=str), plain.classes)
    record = beats.table["record"].to_numpy(dtype=str)
    usable = beats.used & (labels >= 0)
    train, test = (np.flatnonzero(usable & np.isin(record, names)) for names in (split.train, split.test))
    seeds = [options.of_way(PLAIN, k) for k in range(options.seeds)]
    own = [thinned(record, labels, train, one.most_normal, np.random.default_rng(one.seed)) for one in seeds]
    learned = np.unique(np.concatenate(own))
    drawn = Drawn(
        job.folder / "images",
        labels[learned],
        tuple(np.searchsorted(learned, rows) for rows in own),
        labels[test],
        record[test],
        tuple(sorted(name for name in split.test if name in beats.leads)),
    )
    drawing = plain.drawing
    tidy(drawn.place)
    _draw(job, drawn.file("train"), "Drawing images", learned, drawing, lambda rows: scenes(beats, rows, options.form))
    if any(options.varied(way) for way in options.ways):
        rng = np.random.default_rng([options.seed, 2])
        vary = lambda rows: varied_scenes(scenes(beats, rows, options.form), rng)  # noqa: E731
        _draw(job, drawn.file("varied"), "Drawing varied images", learned, drawing, vary)
    _draw(job, drawn.file("test"), "Drawing test images", test, drawing, lambda rows: scenes(beats, rows, options.form))
    if _with_gans(options):
        for k, one in enumerate(seeds):
            job.monitor.phase("Sampling images", k, len(seeds))
            if not drawn.file(f"made-{k}").exists():
                images, classes = synthetic_images(one)
                write_array(drawn.file(f"made-labels-{k}"), classes)
                write_array(drawn.file(f"made-{k}"), images)
    return drawn


def _draw(
    job: Job[ImageStudyOptions],
    target: Path,
    phase: str,
    rows: Rows,
    drawing: ImageConfig,
    shown: Callable[[Rows], Scenes],
) -> None:
    """Draw images into a file block by block: together they need not fit in memory."""
    from ecg_core.learning.loop import Stopped

    if target.exists():
        return
    shape = (len(rows), drawing.size, drawing.size)
    with replaced(target) as temporary:
        file = mapped_array(temporary, np.uint8, shape)
        for first in range(0, len(rows), DRAWN_AT_ONCE):
            job.monitor.phase(phase, first, len(rows))
            if job.monitor.should_stop():
                raise Stopped
            block = rows[first : first + DRAWN_AT_ONCE]
            file[first : first + len(block)] = draw_scenes(shown(block), drawing)
        file.flush()


def _train_one(drawn: Drawn, options: ImageClassifierOptions, varied: bool, k: int, target: Path) -> None:
    images, labels = drawn.learned(varied, k)
    made = drawn.made(k) if options.added == "gan" else None
    classifier = ImageClassifier(options, options.names)
    classifier.fit(images, labels, None, made=made)
    probability = classifier.predict_proba(drawn.images("test"))
    names = np.asarray(options.names)
    result = Classified(options.names, names[drawn.test_labels], probability, drawn.test_record)
    write_counts(target, result, drawn.records)
