"""Judging beat GANs, against the beats they were trained on and against unseen patients: as a run, or at once."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.splits import DE_CHAZAL
from ecg_core.beats.store import Progress, load_beats
from ecg_core.data.sources import DataSource
from ecg_core.errors import ModelError, RunError
from ecg_core.evaluation.fidelity import fidelity
from ecg_core.evaluation.fidelity_report import ClassFidelity, FidelityReport
from ecg_core.learning.card import Card
from ecg_core.learning.fits import check_fits
from ecg_core.learning.model_folder import load_card
from ecg_core.tasks.fidelity.counted import counted
from ecg_core.tasks.fidelity.options import FidelityOptions
from ecg_core.tasks.gan.beat_gan import BeatGan, load_gan, parts_of
from ecg_core.tasks.gan.kept import keep_figures, kept_beat_figures
from ecg_core.tasks.gan.task import IMAGE_GAN
from ecg_core.tasks.material import Recordings
from ecg_core.tasks.places import folder_of
from ecg_core.tasks.task import Job

JUDGED = 2000
"""Synthetic beats made of each class, at least; as many as there are recorded ones where those are more."""


def check(material: Recordings, options: FidelityOptions) -> FidelityOptions:  # noqa: ARG001 - as all checks
    """Raise ModelError if a place holds no beat GAN or two make one class, RunError without any."""
    gans_of({place: folder_of(place) for place in options.places})
    return options


def carry_out(job: Job[FidelityOptions]) -> FidelityReport:
    """Judge, and keep each model's figures beside it."""
    models = {place: folder_of(place) for place in job.options.places}
    recordings = job.recordings
    return judge(
        recordings.folder, recordings.records, models, job.options.seed, counted(job), keep=True,
        look_at_unseen=job.options.unseen,
    )  # fmt: skip


def judge_at_once(
    source: DataSource,
    models: Mapping[str, Path],
    seed: int,
    progress: Progress | None,
    keep: bool,
    look_at_unseen: bool = True,
) -> FidelityReport:
    """`judge` on the data in use, without a run."""
    return judge(source.folder, source.records, models, seed, progress, keep, look_at_unseen)


def judge(
    folder: Path,
    records: tuple[str, ...],
    models: Mapping[str, Path],
    seed: int = 1,
    progress: Progress | None = None,
    keep: bool = True,
    look_at_unseen: bool = True,
) -> FidelityReport:
    """Every figure of `evaluation.fidelity` for one beat GAN a class.

    Synthetic beats are compared with the beats of the records the GANs were trained on, and, unless `look_at_unseen`
    says not to, with those of the split's test records among `records` of `folder`. With `keep` each model's figures
    are written beside its card.

    Raises ModelError if a model is no beat GAN, two are of one class, their training records differ or are not in the
    data in use, hold something else there, or were prepared in another way.
    """
    gans = gans_of(models)
    first, first_card = next(iter(gans.values()))
    train_names = first_card.split.train
    if any(card.split.train != train_names for _, card in gans.values()):
        raise ModelError("These GANs were trained on different records: judge each by itself.")
    missing = [name for name in train_names if name not in records]
    if missing:
        raise ModelError(
            f"The GANs were trained on record {', '.join(missing)}, which is not in the data in use: choose the data "
            "they were trained on."
        )
    train = load_beats(folder, train_names, first.config, progress=None).complete()
    for _, card in gans.values():
        check_fits(card, train)
    if any(card.data.data_hash != train.data_hash for _, card in gans.values()):
        raise ModelError("The GANs were trained on other recordings of the same names: choose those, or train again.")
    unseen = _unseen(folder, records, first_card, first) if look_at_unseen else None
    counts = train.table["beat_class"][train.used].value_counts()
    numbers = {gan.beat_class: max(JUDGED, int(counts.get(gan.beat_class, 0))) for gan, _ in gans.values()}
    synthetic = {gan.beat_class: gan.sample(numbers[gan.beat_class], seed) for gan, _ in gans.values()}
    shared_allowed = first_card.split.name == DE_CHAZAL
    held_out = {gan.beat_class: parts_of(gan.options, train).judged for gan, _ in gans.values()}
    report = fidelity(synthetic, train, unseen, seed, progress, shared_allowed=shared_allowed, held_out=held_out)
    classes = dict(report.classes)
    for name, (gan, _) in gans.items():
        if keep:
            keep_fidelity(models[name], classes[gan.beat_class], seed)
        classes[gan.beat_class] = replace(classes[gan.beat_class], model=name)
    return replace(report, classes=classes, simulated=train.simulated, seed=seed, n_synthetic=numbers)


def keep_fidelity(folder: Path, figures: ClassFidelity, seed: int) -> None:
    """Write a model's figures beside its card."""
    keep_figures(folder, figures.to_json(), seed)


def kept_fidelity(folder: Path, card: Card) -> ClassFidelity | None:
    """A model's figures the last time it was judged; None if it never was.

    The card of a GAN of before judging was an act of its own holds figures, too: they count where there are no others.
    Figures of other weights than those in the folder do not count, nor does half a file from elsewhere.
    """
    if kept := kept_beat_figures(folder):
        return kept
    figures = card.figures.get("fidelity")
    return ClassFidelity.from_json(figures, f"{folder.name}, fidelity", ModelError) if figures else None


def gans_of(models: Mapping[str, Path]) -> dict[str, tuple[BeatGan, Card]]:
    """Beat GANs and cards by name. Raises RunError without any, ModelError if one is none or two are of one class."""
    if not models:
        raise RunError("Choose at least one beat GAN to judge.")
    for folder in models.values():
        if load_card(folder).kind == IMAGE_GAN.kind:
            raise ModelError(f"{folder} holds an image GAN, which makes no beats: judge it with --images.")
    gans = {name: load_gan(folder, name) for name, folder in models.items()}
    classes = [gan.beat_class for gan, _ in gans.values()]
    twice = sorted({name for name in classes if classes.count(name) > 1})
    if twice:
        raise ModelError(f"Two of these GANs make beats of class {', '.join(twice)}: choose one a class.")
    return gans


def _unseen(folder: Path, records: tuple[str, ...], card: Card, gan: BeatGan) -> BeatSet | None:
    names = [name for name in card.split.test if name in records]
    return load_beats(folder, names, gan.config) if names else None
