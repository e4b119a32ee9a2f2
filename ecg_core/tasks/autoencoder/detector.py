"""The anomaly detector built on an autoencoder: trained on normal beats, scored by how badly it draws the others.

A beat's score is a sum of named parts in one unit (`evaluation.tail`, nats): **shape**, the reconstruction error of
the QRS, and **early**, how premature the beat is for its recording. Each part is measured against normal beats of
patients the scoring network has not seen, so that the spread between patients is in it. Then each is adapted to the
recording, without a label (`adapted`): averaged with that of the beats most like it, less what a tenth of the
recording's beats lie below.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ecg_core.beats.beat_set import BeatSet, rows_by_record
from ecg_core.beats.jitter import jittered
from ecg_core.beats.likes import components, likes
from ecg_core.beats.rr import prematurity
from ecg_core.beats.sections import by_section
from ecg_core.beats.splits import folds as patient_folds
from ecg_core.beats.windows import MinMaxScaler, WindowSet
from ecg_core.errors import ModelError, RunError
from ecg_core.evaluation.tail import TailScore
from ecg_core.learning.checkpoint import Arrays
from ecg_core.learning.monitor import Monitor
from ecg_core.networks.dense_autoencoder_numpy import reconstruct
from ecg_core.parallel.spread import in_order
from ecg_core.parallel.workers import chosen_workers, were_chosen
from ecg_core.tasks.autoencoder.inputs import BeatInputs, Inputs, WindowInputs, present
from ecg_core.tasks.autoencoder.options import AutoencoderOptions

if TYPE_CHECKING:
    from ecg_core.learning.crossfit import Lesson

WEIGHT_DECAY = 1e-4
FEWEST_NORMALS = 100
ROWS_AT_ONCE = 8192  # when scoring, so that memory does not grow with the recording
SHAPE, EARLY = "shape", "early"
LIKES, COMPONENTS = 16, 20
AROUND: Mapping[str, float] = {SHAPE: 0.7, EARLY: 0.3}
"""Share of its likes in a beat's part."""
QUIET = 0.1
"""Quantile of a recording's beats that is taken off."""
PREMATURITY_REFERENCES = 3
GIVEN = "error"
"""Column of reconstruction errors that somebody brings along."""
ONE_LEAD = np.array([[True, False]])

Rows = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float64]
Items = BeatSet | WindowSet


@dataclass
class AutoencoderDetector:
    """scikit-learn's face: `fit`, `score_samples` (higher = more abnormal), `threshold_`, `predict`."""

    options: AutoencoderOptions = field(default_factory=AutoencoderOptions)

    # learned
    weights_: Arrays = field(default_factory=dict, repr=False)
    inputs_: Inputs | None = field(default=None, repr=False)
    tails_: dict[str, list[TailScore]] = field(default_factory=dict, repr=False)
    """Part -> tail scores whose mean is the part."""
    one_lead_tail_: TailScore | None = field(default=None, repr=False)
    """That of the shape of recordings without a second lead; None for a network of one lead."""
    threshold_: float = float("nan")
    around_: bool = False
    """Whether parts are adapted to the recording; models from before this was done do not."""
    validation_error_: npt.NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32), repr=False)
    """Reconstruction error of every row of the training records by a network that has not seen its patient."""

    @property
    def parts(self) -> tuple[str, ...]:
        return (SHAPE, EARLY) if self.options.unit == "beats" and self.options.early else (SHAPE,)

    def fit(self, items: Items, monitor: Monitor | None = None) -> "AutoencoderDetector":
        """Train on the normal rows of `items`, all of which must be of training records.

        First one network for each group of patients left out in turn, whose scores of that group stand for unseen
        patients, then the final one on all. Labels enter only as "normal".

        Raises RunError if there are too few normal rows, and `Stopped` if the monitor says so.
        """
        from ecg_core.learning.crossfit import Schedule, crossfit
        from ecg_core.tasks.autoencoder.lesson import reconstruction_lesson

        options = self.options
        normal = np.zeros(len(items), bool)
        normal[normal_rows(items)] = True
        groups = self._held_out_groups(items, normal)
        inputs = self._make_inputs(items, np.flatnonzero(normal))
        encoded = inputs.encode(items, np.arange(len(items)))  # (n, n_leads, n_points)
        variants = [encoded]
        if isinstance(items, BeatSet):
            variants.append(inputs.encode(jittered(items, options.seed), np.arange(len(items))))
        has = present(inputs, items, np.arange(len(items)))
        scored_points = inputs.scored(items)

        def lesson_of(_stage: int, held_out: Rows | None) -> "Lesson":
            if held_out is None:
                return reconstruction_lesson(options, variants, np.flatnonzero(normal), None)
            learned = normal.copy()
            learned[held_out] = False
            return reconstruction_lesson(options, variants, np.flatnonzero(learned), held_out[normal[held_out]])

        fitted = crossfit(
            groups,
            1,
            Schedule(options.epochs, options.batch_size, options.learning_rate, WEIGHT_DECAY, options.seed),
            lesson_of,
            lambda _stage, weights, rows: np.stack(
                [reconstruction_error(weights, encoded[rows], scored_points, leads) for leads in (has[rows], ONE_LEAD)],
                axis=1,
            ),
            ("error", (len(items), 2)),
            lambda weights: weights,
            monitor or Monitor(),
        )
        self.inputs_, self.weights_ = inputs, fitted.final[0]
        self.around_ = options.around and isinstance(items, BeatSet)
        self.validation_error_ = np.ascontiguousarray(fitted.held_out[:, 0])
        self._calibrate(items, np.flatnonzero(normal), fitted.held_out[:, 1])
        return self

    def _held_out_groups(self, items: Items, normal: npt.NDArray[np.bool_]) -> list[Rows]:
        """Rows of each group of patients that is left out in turn. Raises RunError where too few would be left."""
        unit, n_normal = self.options.unit, int(np.count_nonzero(normal))
        if n_normal < FEWEST_NORMALS:
            raise RunError(
                f"{n_normal} normal {unit} to train on, at least {FEWEST_NORMALS} are needed: choose more records."
            )
        record = items.table["record"].to_numpy()
        patients = len(set(items.table["patient"]))
        if patients < 2:
            raise RunError(
                f"Record {', '.join(items.records)}: one patient only, at least 2 are needed, so that each can be left "
                "out in turn to set the threshold. Choose more records."
            )
        groups = []
        for _, names in patient_folds(
            items.records, min(self.options.folds, patients), self.options.seed, items.patients
        ):
            held_out = np.isin(record, list(names))
            remaining = int(np.count_nonzero(normal & ~held_out))
            if remaining < FEWEST_NORMALS:
                raise RunError(
                    f"Without record {', '.join(names)}, left out for validation, {remaining} normal {unit} remain to "
                    f"train on, at least {FEWEST_NORMALS} are needed: choose more records."
                )
            groups.append(np.flatnonzero(held_out))
        return groups

    def score_parts(self, items: Items, error: npt.NDArray[np.float32] | None = None) -> dict[str, Scores]:
        """Every part of every row's score, (n,) each, in nats.

        `error` are reconstruction errors to use in place of the final network's, such as `validation_error_`.
        The rows of a BeatSet must be whole recordings: prematurity looks at all of a recording's RR intervals.
        """
        if isinstance(items, BeatSet):
            return self._by_section(items, error)
        return self._parts(items, self.errors(items) if error is None else error)

    def _by_section(self, beats: BeatSet, error: npt.NDArray[np.float32] | None) -> dict[str, Scores]:
        """Recording by recording, long ones in sections: a beat is compared with those of the hours around."""
        found = {name: np.zeros(len(beats)) for name in self.parts}
        if were_chosen() and error is None:
            items = [(beats.only([name]),) for name in beats.records]
            each = in_order(self.score_parts, items, chosen_workers())
            for rows, parts in zip(rows_by_record(beats.table).values(), each, strict=True):
                for name, values in parts.items():
                    found[name][rows] = values
            return found
        given = error is not None
        places = beats if not given else replace(beats, table=beats.table.assign(**{GIVEN: error}))

        def scored(section: BeatSet) -> dict[str, Scores]:
            own = section.table[GIVEN].to_numpy(np.float32) if given else self.errors(section)
            return self._parts(section, own)

        for rows, parts in by_section(places, scored):
            for name, values in parts.items():
                found[name][rows] = values
        return found

    def _parts(self, items: Items, error: npt.NDArray[np.float32]) -> dict[str, Scores]:
        alone = np.asarray(~present(self._fitted_inputs(), items, np.arange(len(items))).all(axis=1))
        parts = self.unadapted(error, alone, early_values(items) if EARLY in self.parts else None)
        return self._adapted(items, parts) if self.around_ else parts

    def unadapted(
        self, error: npt.NDArray[np.float32], alone: npt.NDArray[np.bool_], early: npt.NDArray[np.float64] | None
    ) -> dict[str, Scores]:
        """The parts (n,) before they are adapted to the recording, nats: of reconstruction errors (n,), whether a lead
        is missing (n,), and prematurity (n, 3), None where it has no part."""
        parts = {SHAPE: self.tails_[SHAPE][0].transform(error.astype(np.float64))}
        if self.one_lead_tail_ is not None:
            parts[SHAPE][alone] = self.one_lead_tail_.transform(error[alone].astype(np.float64))
        if early is not None:
            parts[EARLY] = np.mean([tail.transform(early[:, k]) for k, tail in enumerate(self.tails_[EARLY])], axis=0)
        return parts

    def _adapted(self, items: Items, parts: dict[str, Scores]) -> dict[str, Scores]:
        """Only beats that can be judged take part: in noise no beat has a like."""
        assert isinstance(items, BeatSet)
        inputs = self._fitted_inputs()
        for every in rows_by_record(items.table).values():
            rows = every[items.used[every]]
            if not len(rows):
                continue
            places = components(inputs.encode(items, rows).reshape(len(rows), -1), COMPONENTS)
            near = likes(places, LIKES).rows
            for name, values in parts.items():
                values[rows] = adapted(values[rows], near, AROUND[name])
        return parts

    def score_samples(self, items: Items) -> Scores:
        """Sum of the parts, (n,), nats; higher = more abnormal."""
        total: Scores = np.sum(list(self.score_parts(items).values()), axis=0)
        return total

    def predict(self, items: Items) -> npt.NDArray[np.bool_]:
        """Whether each row's score is at or above the threshold."""
        return self.score_samples(items) >= self.threshold_

    def errors(self, items: Items) -> npt.NDArray[np.float32]:
        """Mean squared reconstruction error of every row, (n,), in the network's own unit."""
        inputs = self._fitted_inputs()
        scored = inputs.scored(items)
        found = np.empty(len(items), np.float32)
        for first in range(0, len(items), ROWS_AT_ONCE):
            rows = np.arange(first, min(first + ROWS_AT_ONCE, len(items)))
            has = present(inputs, items, rows)
            found[rows] = reconstruction_error(self.weights_, inputs.encode(items, rows), scored, has)
        return found

    def reconstruct_mv(self, items: Items, rows: Rows) -> npt.NDArray[np.float32]:
        """What the autoencoder draws in place of some rows, (n_rows, n_leads of the model, n_points) mV."""
        inputs = self._fitted_inputs()
        encoded = inputs.encode(items, rows)
        drawn = reconstruct(self.weights_, encoded.reshape(len(encoded), -1)).reshape(encoded.shape)
        return inputs.decode(drawn, items, rows)

    def _fitted_inputs(self) -> Inputs:
        if self.inputs_ is None:
            raise ModelError("This autoencoder is not trained yet.")
        return self.inputs_

    def _make_inputs(self, items: Items, normal: Rows) -> Inputs:
        leads = lead_numbers(self.options.leads, items.signals.shape[1])
        if isinstance(items, WindowSet):
            return WindowInputs(leads, MinMaxScaler.fit(items.signals[normal][:, list(leads)]))
        return BeatInputs(leads, self.options.input == "difference")

    def _calibrate(self, items: Items, normal: Rows, one_lead_error: npt.NDArray[np.float32]) -> None:
        self.tails_ = {SHAPE: [TailScore.fit(self.validation_error_[normal])]}
        if len(self._fitted_inputs().leads) > 1:
            self.one_lead_tail_ = TailScore.fit(one_lead_error[normal])
        if EARLY in self.parts:
            values = early_values(items)[normal]
            self.tails_[EARLY] = [TailScore.fit(values[:, k]) for k in range(PREMATURITY_REFERENCES)]
        total = np.sum(list(self.score_parts(items, self.validation_error_).values()), axis=0)
        self.threshold_ = float(np.quantile(total[normal], self.options.quantile))


def adapted(values: Scores, near: Rows, share: float) -> Scores:
    """A part (n,) of the score of a recording's beats, `share` of it that of each beat's likes `near` (n, k), less what
    a tenth of the beats lie below; not below 0."""
    around = (1 - share) * values + share * values[near].mean(axis=1)
    own: Scores = np.maximum(around - np.quantile(around, QUIET), 0)
    return own


def normal_rows(items: Items) -> Rows:
    """Rows of class N that are not excluded (windows: that hold no abnormal beat)."""
    fine = ((items.table["beat_class"] == "N") & (items.table["excluded"] == "")).to_numpy()
    return np.flatnonzero(fine)


def lead_numbers(leads: str, available: int) -> tuple[int, ...]:
    """Columns of the leads an option names. Raises RunError if the recordings do not have them."""
    wanted = {"both": (0, 1), "first": (0,), "second": (1,)}[leads]
    if wanted[-1] >= available:
        raise RunError(f"Leads: {leads} chosen, but the recordings have {available}. Choose the first lead.")
    return wanted


def early_values(items: Items) -> npt.NDArray[np.float64]:
    """Prematurity of every beat against its recording's three references, (n, 3); see `beats.rr.prematurity`."""
    values = np.zeros((len(items), PREMATURITY_REFERENCES))
    pre_s = items.table["rr_pre_s"].to_numpy()
    for rows in rows_by_record(items.table).values():
        values[rows] = prematurity(pre_s[rows])
    return values


def reconstruction_error(
    weights: Arrays,
    encoded: npt.NDArray[np.float32],
    scored: npt.NDArray[np.bool_],
    leads: npt.NDArray[np.bool_],
) -> npt.NDArray[np.float32]:
    """Mean squared error over the points in `scored`, (n,), of (n, n_leads, n_points) inputs.

    `leads`, (n, n_leads) or (1, n_leads): those that count; the others are hidden from the network.
    """
    leads = np.broadcast_to(leads[:, : encoded.shape[1]], encoded.shape[:2])
    shown = encoded if leads.all() else encoded * leads[:, :, None]
    drawn = reconstruct(weights, shown.reshape(len(shown), -1)).reshape(shown.shape)
    by_lead = ((drawn - shown)[:, :, scored] ** 2).mean(axis=2)  # (n, n_leads)
    error: npt.NDArray[np.float32] = (by_lead * leads).sum(axis=1) / np.maximum(leads.sum(axis=1), 1)
    return error.astype(np.float32)
