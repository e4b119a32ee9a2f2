"""The beats a classifier trains on: encoded once, then dealt out network by network."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.jitter import jittered
from ecg_core.beats.splits import assert_patient_disjoint
from ecg_core.beats.splits import folds as patient_folds
from ecg_core.beats.synthetic import SyntheticBeats
from ecg_core.errors import RunError
from ecg_core.tasks.classifier.balancing import Labels, TrainingRows, balanced, thinned
from ecg_core.tasks.classifier.inputs import Encoder, Inputs, NumberScaler, Rows, in_parts
from ecg_core.tasks.classifier.options import ClassifierOptions
from ecg_core.tasks.classifier.truth import labels_from, labels_of

FEWEST_OF_A_CLASS = 2


@dataclass(frozen=True)
class TrainingBeats:
    """Every beat of the training records that can be judged; all arrays follow `rows`."""

    beats: BeatSet = field(repr=False)
    rows: Rows = field(repr=False)
    """(n,) rows of `beats`."""
    labels: Labels = field(repr=False)
    record: npt.NDArray[np.str_] = field(repr=False)
    inputs: Inputs = field(repr=False)
    in_quarters: Inputs | None = field(repr=False)
    """The same beats in the context of their quarter of the recording, their positions jittered; None if they are not
    shown so."""
    synthetic: tuple[Inputs, Labels] | None = field(repr=False)
    missing: tuple[str, ...]
    """Classes of which there are too few beats to learn from."""
    plan: Mapping[str, int] | None = None
    """As `balanced` has it."""

    @classmethod
    def of(
        cls,
        beats: BeatSet,
        synthetic: SyntheticBeats | None,
        options: ClassifierOptions,
        plan: Mapping[str, int] | None = None,
    ) -> "TrainingBeats":
        """Encode the usable beats of a set. Raises RunError if fewer than two classes can be learned."""
        every_label = labels_of(beats, options)
        rows = np.flatnonzero(beats.used & (every_label >= 0))
        labels = every_label[rows]
        missing = _missing(labels, options.names)
        encoder = Encoder(beats, options.rhythm)
        made = None
        if options.added == "gan" and synthetic is not None:
            made = encoder.encode_synthetic(synthetic), labels_from(synthetic.beat_class, options.classes)
        return cls(
            beats,
            rows,
            labels,
            beats.table["record"].to_numpy(dtype=str)[rows],
            encoder.encode(rows),
            _in_quarters(beats, rows, options) if options.parts else None,
            made,
            missing,
            plan,
        )

    def held_out_groups(self, options: ClassifierOptions) -> list[Rows]:
        """Rows of `beats` of each group of patients left out in turn.

        Raises RunError for one patient, or a group that holds all but one class.
        """
        beats = self.beats
        patients = len(set(beats.table["patient"]))
        if patients < 2:
            raise RunError(
                f"Record {', '.join(beats.records)}: one patient only, at least 2 are needed, so that each can be left "
                "out in turn for validation. Choose more records."
            )
        groups = []
        for _, names in patient_folds(beats.records, min(options.folds, patients), options.seed, beats.patients):
            assert_patient_disjoint([name for name in beats.records if name not in names], names, beats.patients)
            held_out = np.isin(self.record, list(names))
            if len(np.unique(self.labels[~held_out])) < 2:
                raise RunError(
                    f"Without record {', '.join(names)}, left out for validation, one class of beats remains to train "
                    "on: choose more records."
                )
            groups.append(self.rows[held_out])
        return groups

    def positions(self, rows: Rows) -> Rows:
        """Where rows of `beats` stand in the arrays here."""
        return np.searchsorted(self.rows, rows)

    def learned(
        self, options: ClassifierOptions, stage: int, held_out: Rows | None, n_groups: int
    ) -> tuple[TrainingRows, NumberScaler]:
        """What the network of a stage learns, and the scaler fitted on it; without rows `held_out` of `beats`."""
        final = held_out is None
        # all final networks learn the same beats, so that one scaler fits them
        draw = np.random.default_rng([options.seed, n_groups if final else stage])
        rng = np.random.default_rng([options.seed, stage, 1])
        known = np.ones(len(self.rows), bool)
        if held_out is not None:
            known[self.positions(held_out)] = False
        chosen = thinned(self.record, self.labels, np.flatnonzero(known), options.most_normal, draw)
        scaler = NumberScaler.fit(self.inputs.numbers[chosen])
        variants = [source.at(chosen) for source in (self.inputs, self.in_quarters) if source is not None]
        synthetic = None
        if self.synthetic and final:
            synthetic = self.synthetic[0].scaled(scaler), self.synthetic[1]
        rows = balanced(
            Inputs.joined(variants).scaled(scaler),
            np.tile(self.labels[chosen], len(variants)),
            options.names,
            options,
            synthetic,
            rng,
            self.plan,
        )
        return rows, scaler


def _in_quarters(beats: BeatSet, rows: Rows, options: ClassifierOptions) -> Inputs:
    return Encoder(in_parts(jittered(beats, options.seed)), options.rhythm).encode(rows)


def _missing(labels: Labels, names: tuple[str, ...]) -> tuple[str, ...]:
    counts = np.bincount(labels, minlength=len(names))
    missing = tuple(name for name, n in zip(names, counts, strict=True) if n < FEWEST_OF_A_CLASS)
    if len(names) - len(missing) < 2:
        there = ", ".join(f"{n:,} {name}" for name, n in zip(names, counts, strict=True))
        raise RunError(
            f"The training records hold beats of fewer than two classes ({there}): choose records with more."
        )
    return missing
