"""Few recorded beats of a class: what oversampling and synthetic beats have to give where little is known.

Of one class only some beats of the training records are kept, drawn at random; the others are left out as if they had
not been recorded. Every way of training gets the same beats, and a GAN learns from these and from nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.store import load_beats
from ecg_core.beats.summary import summarise
from ecg_core.beats.synthetic import SyntheticBeats
from ecg_core.errors import RunError
from ecg_core.evaluation.study import study_table
from ecg_core.files import replaced
from ecg_core.tasks.classifier.classifier import BeatClassifier
from ecg_core.tasks.classifier.inputs import Rows
from ecg_core.tasks.classifier.options import ClassifierOptions
from ecg_core.tasks.classifier.report import classified
from ecg_core.tasks.gan.options import BeatClassName, GanOptions
from ecg_core.tasks.material import Recordings
from ecg_core.tasks.study.cells import NOTE, Counts, Work, carry_out, check_test, support_of, trained, write_counts
from ecg_core.tasks.study.few_options import FEWEST, FewBeatsOptions
from ecg_core.tasks.study.few_result import FewBeatsReport, FewBeatsStep, FewBeatsWay
from ecg_core.tasks.study.options import PLAIN
from ecg_core.tasks.task import Job

LEFT_OUT = "left out of the study"


@dataclass(frozen=True)
class Few:
    """A choice of few beats: so many of a class, drawn with a seed."""

    beat_class: BeatClassName
    n: int
    seed: int

    def __str__(self) -> str:
        return f"{self.beat_class}-{self.n}-{self.seed}"

    def rows(self, beats: BeatSet) -> Rows:
        """Rows of the beats that are kept, in order; of one seed, fewer are always among more.

        Raises RunError if there are too few."""
        every = beats.rows_of(self.beat_class)
        _check_enough(self.beat_class, len(every), self.n)
        order = np.random.default_rng([self.seed, ord(self.beat_class)]).permutation(every)
        return np.sort(order[: self.n])

    def kept(self, beats: BeatSet) -> BeatSet:
        """Training beats with all others of the class left out; whole recordings otherwise."""
        out = np.setdiff1d(beats.rows_of(self.beat_class), self.rows(beats))
        reasons = beats.table["excluded"].copy()
        reasons.iloc[out] = LEFT_OUT
        return replace(beats, table=beats.table.assign(excluded=reasons))

    def alone(self, beats: BeatSet) -> BeatSet:
        """Those beats and nothing else."""
        rows = self.rows(beats)
        return replace(
            beats,
            signals=np.asarray(beats.signals[rows], np.float32),
            table=beats.table.iloc[rows].reset_index(drop=True),
        )


@dataclass(frozen=True)
class Group:
    """Trainings that differ in their seed only."""

    beat_class: BeatClassName
    n: int
    way: str

    def __str__(self) -> str:
        return f"{self.beat_class}-{self.n}-{self.way}"

    def few(self, options: FewBeatsOptions, k: int) -> Few:
        """What its k-th training has of the class; the same for all ways."""
        return Few(self.beat_class, self.n, options.seed + k)


def check_few_beats(material: Recordings, options: FewBeatsOptions) -> FewBeatsOptions:
    """Raise RunError if there is nobody to judge on, or a class has fewer beats than are asked for."""
    check_test(material)
    counts = summarise(material.folder, material.split.train, material.patients).class_counts()
    for name in options.class_names:
        _check_enough(name, counts[name], max(options.counts))
    return options


def run_few_beats(job: Job[FewBeatsOptions]) -> FewBeatsReport:
    """Train a GAN on every choice of few beats, then every way on each; each is kept as it ends."""
    recordings, options, split = job.recordings, job.options, job.split
    beats = recordings.beats([*split.train, *split.test], job.phase("Preparing beats"))
    known = beats.only(split.train).complete()  # a GAN makes both leads
    train, test = known.records, tuple(name for name in split.test if name in beats.leads)
    groups = [Group(name, n, way) for name in options.class_names for n in options.counts for way in options.ways]
    for group in groups:
        _check_enough(group.beat_class, len(known.rows_of(group.beat_class)), group.n)

    def made(group: Group, k: int) -> Path:
        return job.folder / "made" / f"{group.few(options, k)}.npz"

    def gan(group: Group, k: int) -> Work:
        chosen = options.of_gan(group.beat_class, k)
        return partial(_make, recordings.folder, train, group.few(options, k), chosen, options.filled - group.n)

    def work(group: Group, k: int) -> Work:
        one, chosen = group.few(options, k), options.of_way(group.way, k)
        plan: dict[str, int] = {group.beat_class: options.filled - group.n}
        source = made(group, k) if _has_gan(chosen) else None
        return partial(_train_one, recordings.folder, train, test, one, chosen, plan, source)

    with_gan = [group for group in groups if _has_gan(options.of_way(group.way, 0))]
    if with_gan:
        carry_out(job, "GANs", {made(group, k): gan(group, k) for group in with_gan for k in range(options.seeds)})
    matrices = trained(job, groups, options.seeds, work)
    names = ClassifierOptions().names

    def step(name: BeatClassName, n: int) -> FewBeatsStep:
        rows = [Few(name, n, options.seed + k).rows(known) for k in range(options.seeds)]
        return FewBeatsStep(
            n,
            len(known.rows_of(name)),
            tuple(known.table["record"].iloc[some].nunique() for some in rows),
            _figures({way: matrices[Group(name, n, way)] for way in options.ways}, name, names, sorted(test)),
        )

    return FewBeatsReport(
        few={name: tuple(step(name, n) for n in options.counts) for name in options.class_names},
        plain=PLAIN,
        seeds=options.seeds,
        steps=options.epochs * options.steps_per_epoch,
        gan_steps=options.gan_steps if with_gan else 0,
        filled=options.filled,
        records=tuple(sorted(test)),
        support=support_of(matrices[groups[0]][0], names),
        note=f"{NOTE} {split.note}",
        data=recordings.label,
        unreadable={**beats.left_out, **known.left_out},
    )


def synthetic_of(one: Few, beats: BeatSet, options: GanOptions, n: int) -> SyntheticBeats:
    """`n` beats of a GAN that learned from a choice of few beats of the training beats and from nothing else."""
    from ecg_core.tasks.gan.beat_gan_fit import fit_beat_gan

    gan = fit_beat_gan(options, one.alone(beats), f"GAN on {one}", fewest=FEWEST)
    return gan.sample(n, options.seed + 1)


def _figures(
    matrices: Mapping[str, Counts], name: str, classes: Sequence[str], records: Sequence[str]
) -> dict[str, FewBeatsWay]:
    table = study_table(matrices, PLAIN, classes, [name], records)
    return {way: FewBeatsWay(row.classes[name], row.change.get(name, {})) for way, row in table.items()}


def _has_gan(options: ClassifierOptions) -> bool:
    return options.added == "gan"


def _check_enough(name: str, n: int, asked: int) -> None:
    if n < asked:
        raise RunError(
            f"Class {name}: {n} beats in the training records, {asked} are asked for. Choose smaller numbers, another "
            "class or other data."
        )


@lru_cache(maxsize=2)
def _opened(folder: Path, records: tuple[str, ...]) -> BeatSet:
    """Beats of records, opened once a process: it takes a quarter as long as a training."""
    return load_beats(folder, records)


def _make(folder: Path, train: tuple[str, ...], one: Few, options: GanOptions, n: int, target: Path) -> None:
    made = synthetic_of(one, _opened(folder, train), options, n)
    with replaced(target, make_folder=False) as temporary, temporary.open("wb") as file:
        np.savez(file, signals=made.signals, rhythm=made.rhythm)


def _train_one(
    folder: Path,
    train: tuple[str, ...],
    test: tuple[str, ...],
    one: Few,
    options: ClassifierOptions,
    plan: Mapping[str, int],
    made: Path | None,
    target: Path,
) -> None:
    beats = one.kept(_opened(folder, train))
    synthetic = None
    if made:
        with np.load(made) as kept:
            signals, rhythm = kept["signals"], kept["rhythm"]
        whose = tuple(sorted(set(beats.table["record"].iloc[beats.rows_of(one.beat_class)])))
        synthetic = SyntheticBeats(
            signals, rhythm, np.full(len(signals), one.beat_class), beats.config, f"GAN on {one}", whose
        )
    classifier = BeatClassifier(options).fit(beats, synthetic, validate=False, plan=plan)
    write_counts(target, classified(classifier, _opened(folder, test))[0], test)
