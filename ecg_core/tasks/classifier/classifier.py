"""The beat classifier: a small residual network on each beat's difference from its recording's usual beat, and numbers
that say how early it comes.

What it sees, and why (DS1, patients left out in turn, macro-F1 over N, S, V, F; see README for the whole table): the
difference alone with five numbers on the rhythm did best; the beat itself beside it, or a hundred more numbers, only
helped the network to recognise its training patients.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ecg_core.beats.splits import assert_patient_disjoint
from ecg_core.beats.splits import folds as patient_folds
from ecg_core.beats.store import BeatSet
from ecg_core.beats.synthetic import SyntheticBeats
from ecg_core.errors import ModelError, RunError
from ecg_core.evaluation.detection import ABNORMAL
from ecg_core.learning.checkpoint import Arrays
from ecg_core.learning.monitor import Monitor
from ecg_core.networks.beat_cnn_numpy import classify_beats
from ecg_core.tasks.classifier.balancing import Labels, balanced, check_task, thinned
from ecg_core.tasks.classifier.inputs import Encoder, Inputs, NumberScaler, Rows, in_parts
from ecg_core.tasks.classifier.options import TASKS, ClassifierOptions

FEWEST_OF_A_CLASS = 2
ESCAPE = ("e", "j")
Probabilities = npt.NDArray[np.float32]


@dataclass
class BeatClassifier:
    """scikit-learn's face: `fit`, `predict_proba`, `predict`, `classes_`."""

    options: ClassifierOptions = field(default_factory=ClassifierOptions)

    # learned
    networks_: list[Arrays] = field(default_factory=list, repr=False)
    """Folded weights of each final network; their probabilities are averaged."""
    scaler_: NumberScaler | None = field(default=None, repr=False)
    validation_probability_: Probabilities = field(default_factory=lambda: np.zeros((0, 0), np.float32), repr=False)
    """(n, n_classes) of every row of the training records, by a network that has not seen its patient."""
    missing_: tuple[str, ...] = ()
    """Classes of which the training records hold no beat: never predicted."""
    trained_on_: dict[str, int] = field(default_factory=dict)
    """Class -> rows the final network was shown in an epoch, parts and additions included."""

    @property
    def classes_(self) -> tuple[str, ...]:
        return self.options.names

    def fit(
        self,
        beats: BeatSet,
        synthetic: SyntheticBeats | None = None,
        monitor: Monitor | None = None,
        validate: bool = True,
    ) -> "BeatClassifier":
        """Train on every beat of `beats` that can be judged.

        With `validate`, first one network for each group of patients left out in turn, whose probabilities of that
        group stand for unseen patients, then the final ones on all. Synthetic beats come from a generator that has
        seen all of these records, so the networks that validate do without them.

        Raises RunError if fewer than two classes can be learned, `Stopped` if the monitor says so.
        """
        from ecg_core.tasks.classifier.fit import beat_lesson
        from ecg_core.tasks.classifier.stages import StageTrainer

        monitor = monitor or Monitor()
        options, names = self.options, self.classes_
        check_task(options.classes, options)
        labels = labels_of(beats, options)
        usable = np.flatnonzero(beats.used & (labels >= 0))
        self._check(labels[usable])
        record = beats.table["record"].to_numpy(dtype=str)
        held_outs = _folds(beats, usable, labels, options) if validate else []
        stages: list[tuple[str, ...]] = [*held_outs, *[()] * options.members]
        encoder = Encoder(beats, options.rhythm)
        every = encoder.encode(usable)
        again = Encoder(in_parts(beats), options.rhythm).encode(usable) if options.parts else None
        made = None
        if options.added == "gan" and synthetic is not None:
            made = encoder.encode_synthetic(synthetic), labels_from(synthetic.beat_class, options.classes)
        place = np.full(len(beats), -1)  # row of the set -> row of `every`
        place[usable] = np.arange(len(usable))
        trainer = StageTrainer(options, (len(beats), len(names)), len(stages), monitor)
        self.networks_ = trainer.finished
        for stage, held_out in enumerate(stages):
            if stage < trainer.stage:
                continue
            final = not held_out
            # all final networks learn the same beats, so that one scaler fits them
            draw = np.random.default_rng([options.seed, len(held_outs) if final else stage])
            rng = np.random.default_rng([options.seed, stage, 1])
            held = np.isin(record, list(held_out))
            known = usable[~held[usable]]
            rows = thinned(beats, labels, known, options.most_normal, draw)
            scaler = NumberScaler.fit(every.numbers[place[rows]])
            variants = [source.at(place[rows]) for source in (every, again) if source is not None]
            train = balanced(
                scaled(Inputs.joined(variants), scaler),
                np.tile(labels[rows], len(variants)),
                names,
                options,
                (scaled(made[0], scaler), made[1]) if made and final else None,
                rng,
            )
            judged = usable[held[usable]]
            inputs = scaled(every.at(place[judged]), scaler)
            weights = trainer.run(stage, beat_lesson(options, train, inputs, labels[judged]))
            if final:
                self.networks_.append(weights)
                self.scaler_ = scaler
                shown = np.bincount(train.labels[train.shown], minlength=len(names))
                self.trained_on_ = dict(zip(names, shown.tolist(), strict=True))
            else:
                found = classify_beats(weights, inputs.signals, inputs.numbers)
                trainer.probability[judged] = without(found, names, self.missing_)
        self.validation_probability_ = trainer.probability if validate else np.zeros((0, len(names)), np.float32)
        return self

    def predict_proba(self, beats: BeatSet) -> Probabilities:
        """Probability of each class for each beat, (n, n_classes). The rows must be whole recordings: a beat is seen
        against all others of its recording."""
        if not self.networks_ or self.scaler_ is None:
            raise ModelError("This classifier is not trained yet.")
        found = np.zeros((len(beats), len(self.classes_)), np.float32)
        for rows, inputs in Encoder(beats, self.options.rhythm).blocks():
            found[rows] = self.proba_of(inputs)
        return found

    def proba_of(self, inputs: Inputs) -> Probabilities:
        """Mean probability over the final networks of encoded beats, (n, n_classes)."""
        if self.scaler_ is None:
            raise ModelError("This classifier is not trained yet.")
        fit = scaled(inputs, self.scaler_)
        each = [classify_beats(one, fit.signals, fit.numbers) for one in self.networks_]
        return without(np.mean(each, axis=0), self.classes_, self.missing_)

    def predict(self, beats: BeatSet) -> npt.NDArray[np.str_]:
        """The most probable class of each beat, (n,)."""
        names: npt.NDArray[np.str_] = np.asarray(self.classes_)[self.predict_proba(beats).argmax(axis=1)]
        return names

    def _check(self, labels: Labels) -> None:
        counts = np.bincount(labels, minlength=len(self.classes_))
        self.missing_ = tuple(name for name, n in zip(self.classes_, counts, strict=True) if n < FEWEST_OF_A_CLASS)
        if len(self.classes_) - len(self.missing_) < 2:
            there = ", ".join(f"{n:,} {name}" for name, n in zip(self.classes_, counts, strict=True))
            raise RunError(
                f"The training records hold beats of fewer than two classes ({there}): choose records with more."
            )


def without(probability: Probabilities, names: Sequence[str], missing: Sequence[str]) -> Probabilities:
    """The same with nothing given to the missing classes: nobody taught what they are."""
    if not missing:
        return probability
    left = probability * np.array([name not in missing for name in names], np.float32)
    found: Probabilities = left / np.maximum(left.sum(axis=1, keepdims=True), np.float32(1e-9))
    return found


def scaled(inputs: Inputs, scaler: NumberScaler) -> Inputs:
    """The same with the numbers as the network sees them."""
    return Inputs(inputs.signals, scaler.transform(inputs.numbers))


def labels_of(beats: BeatSet, options: ClassifierOptions) -> Labels:
    """Number of each beat's class, (n,); -1 for a beat the task has no class for (Q, unless it is one of five)."""
    return labels_from(truth_of(beats, options.escape), options.classes)


def truth_of(beats: BeatSet, escape: str = "N") -> npt.NDArray[np.str_]:
    """AAMI class of each beat, (n,), with escape beats `e` and `j` counted as `escape` says."""
    found = beats.table["beat_class"].to_numpy(dtype=str)
    if escape != "N":
        found = found.copy()
        found[beats.table["symbol"].isin(ESCAPE).to_numpy()] = escape
    return found


def labels_from(classes: npt.NDArray[np.str_], task: str) -> Labels:
    """Number of each AAMI class in a task, -1 where it has none."""
    if task == "normal or abnormal":
        return np.select([classes == "N", np.isin(classes, ABNORMAL)], [0, 1], -1)
    found = np.full(len(classes), -1)
    for k, name in enumerate(TASKS[task]):
        found[classes == name] = k
    return found


def _folds(beats: BeatSet, usable: Rows, labels: Labels, options: ClassifierOptions) -> list[tuple[str, ...]]:
    """Groups of records left out in turn. Raises RunError for one patient, or a group that holds all but one class."""
    patients = len(set(beats.table["patient"]))
    if patients < 2:
        raise RunError(
            f"Record {', '.join(beats.records)}: one patient only, at least 2 are needed, so that each can be left "
            "out in turn for validation. Choose more records."
        )
    held_outs = [held for _, held in patient_folds(beats.records, min(options.folds, patients), options.seed)]
    record = beats.table["record"].to_numpy(dtype=str)[usable]
    for held_out in held_outs:
        assert_patient_disjoint([name for name in beats.records if name not in held_out], held_out)
        if len(np.unique(labels[usable][~np.isin(record, list(held_out))])) < 2:
            raise RunError(
                f"Without record {', '.join(held_out)}, left out for validation, one class of beats remains to train "
                "on: choose more records."
            )
    return held_outs
