"""The beat classifier: a small residual network on each beat's difference from its recording's usual beat, and numbers
that say how early it comes; then a chain of steps that reads the recording as a whole (`chain`).

What it sees, and why (DS1, patients left out in turn, macro-F1 over N, S, V, F; docs/results.md has the whole table):
the difference alone with five numbers on the rhythm did best; the beat itself beside it, or a hundred more numbers,
only helped the network to recognise its training patients.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.sections import by_section
from ecg_core.beats.synthetic import SyntheticBeats
from ecg_core.errors import ModelError
from ecg_core.evaluation.risk_control import Promise, promises
from ecg_core.learning.checkpoint import Arrays
from ecg_core.learning.monitor import Monitor
from ecg_core.networks.beat_cnn_numpy import classify_beats
from ecg_core.networks.numpy_layers import folded
from ecg_core.tasks.classifier.balancing import check_class_set
from ecg_core.tasks.classifier.chain.chain import Chain, Reading, joined_readings
from ecg_core.tasks.classifier.chain.record import RecordBeats
from ecg_core.tasks.classifier.inputs import Encoder, Inputs, NumberScaler, Rows
from ecg_core.tasks.classifier.options import ClassifierOptions
from ecg_core.tasks.classifier.training_beats import TrainingBeats
from ecg_core.tasks.classifier.truth import labels_of

if TYPE_CHECKING:
    from ecg_core.learning.crossfit import Lesson

WEIGHT_DECAY = 1e-2
Probabilities = npt.NDArray[np.float32]


@dataclass
class BeatClassifier:
    """scikit-learn's face: `fit`, `predict_proba`, `predict`, `classes_`; `read` says what each step makes of beats."""

    options: ClassifierOptions = field(default_factory=ClassifierOptions)

    # learned
    networks_: list[Arrays] = field(default_factory=list, repr=False)
    """Folded weights of each final network; their probabilities are averaged."""
    scaler_: NumberScaler | None = field(default=None, repr=False)
    chain_: Chain | None = field(default=None, repr=False)
    """The steps after the networks; None where they are left out."""
    validation_probability_: Probabilities = field(default_factory=lambda: np.zeros((0, 0), np.float32), repr=False)
    """(n, n_classes) of every row of the training records, by networks and steps that have not seen its patient."""
    promises_: tuple[Promise, ...] = ()
    """What a queue for review can be promised to miss at most, from what was said of patients left out."""
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
        plan: Mapping[str, int] | None = None,
    ) -> "BeatClassifier":
        """Train on every beat of `beats` that can be judged.

        With `validate`, first one network for each group of patients left out in turn, whose probabilities of that
        group stand for unseen patients, then the final ones on all. Synthetic beats come from a generator that has
        seen all of these records, so the networks that validate do without them. `plan`, class -> rows to add, stands
        in for what the options' ratio would ask for. The steps after the network learn from what networks say of
        patients they have not seen, so that without `validate` there are none.

        Raises RunError if fewer than two classes can be learned, `Stopped` if the monitor says so.
        """
        from ecg_core.learning.crossfit import Schedule, crossfit
        from ecg_core.tasks.classifier.lesson import beat_lesson

        options, classes = self.options, self.classes_
        check_class_set(options.classes, options)
        training = TrainingBeats.of(beats, synthetic, options, plan)
        self.missing_ = training.missing
        groups = training.held_out_groups(options) if validate else []
        scalers: dict[int, NumberScaler] = {}

        def lesson_of(stage: int, held_out: Rows | None) -> "Lesson":
            learned, scalers[stage] = training.learned(options, stage, held_out, len(groups))
            if held_out is None:
                self.scaler_ = scalers[stage]
                self.trained_on_ = learned.counts(classes)
            judged = training.positions(held_out) if held_out is not None else np.zeros(0, np.int64)
            inputs = training.inputs.at(judged).scaled(scalers[stage])
            return beat_lesson(options, options.seed * 101 + stage, learned, inputs, training.labels[judged])

        def judge(stage: int, weights: Arrays, rows: Rows) -> Probabilities:
            inputs = training.inputs.at(training.positions(rows)).scaled(scalers[stage])
            said = classify_beats(weights, inputs.signals, inputs.numbers)
            return without(said, classes, self.missing_)

        fitted = crossfit(
            groups,
            options.members,
            Schedule(options.epochs, options.batch_size, options.learning_rate, WEIGHT_DECAY, options.seed),
            lesson_of,
            judge,
            ("probability", (len(beats), len(classes))),
            folded,
            monitor or Monitor(),
        )
        self.networks_ = fitted.final
        self.validation_probability_ = fitted.held_out if validate else np.zeros((0, len(classes)), np.float32)
        self.chain_ = None
        if groups and options.reads_whole:
            self._learn_steps(beats, groups, monitor or Monitor())
        self.promises_ = self._promises(beats) if groups else ()
        return self

    def _promises(self, beats: BeatSet) -> tuple[Promise, ...]:
        labels = np.where(beats.used, labels_of(beats, self.options), -1)
        rows = np.flatnonzero(labels >= 0)
        true, patient = np.asarray(self.classes_)[labels[rows]], beats.table["patient"].to_numpy(dtype=str)[rows]
        return promises(self.validation_probability_[rows], true, self.classes_, patient)

    def _learn_steps(self, beats: BeatSet, groups: Sequence[Rows], monitor: Monitor) -> None:
        """Learn the chain, and replace what the networks say of patients left out by what it says."""
        from ecg_core.learning.loop import Stopped
        from ecg_core.tasks.classifier.chain.fitting import fit_chain

        def tell(done: int, of: int) -> None:
            monitor.phase("Reading recordings as a whole", done, of)
            if monitor.should_stop():
                raise Stopped

        record = beats.table["record"].to_numpy(dtype=str)
        names = [tuple(np.unique(record[rows]).tolist()) for rows in groups]
        labels = np.where(beats.used, labels_of(beats, self.options), -1)
        fitted = fit_chain(beats, labels, names, self.validation_probability_, self.options.seed, tell)
        self.chain_ = fitted.chain
        self.validation_probability_ = without(fitted.held_out, self.classes_, self.missing_)

    def predict_proba(self, beats: BeatSet) -> Probabilities:
        """Probability of each class for each beat, (n, n_classes). The rows must be whole recordings: a beat is seen
        against all others of its recording, or, in a long one, of its section."""
        if not self.networks_ or self.scaler_ is None:
            raise ModelError("This classifier is not trained yet.")
        probability = np.zeros((len(beats), len(self.classes_)), np.float32)
        for rows, found in by_section(beats, self._section_proba):
            probability[rows] = found
        return probability

    def _section_proba(self, section: BeatSet) -> Probabilities:
        probability = self.network_proba(section)
        if self.chain_ is None:
            return probability
        found = self.chain_.probabilities(RecordBeats.of(section, np.arange(len(section))), probability)
        return without(found, self.classes_, self.missing_)

    def network_proba(self, beats: BeatSet) -> Probabilities:
        """What the networks alone make of each beat, (n, n_classes)."""
        probability = np.zeros((len(beats), len(self.classes_)), np.float32)
        for rows, inputs in Encoder(beats, self.options.rhythm).blocks():
            probability[rows] = self.proba_of(inputs)
        return probability

    def read(self, beats: BeatSet) -> Reading | None:
        """What each step makes of the beats of one recording, all of which `beats` must hold; None without steps."""
        if self.chain_ is None:
            return None
        return joined_readings([found for _, found in by_section(beats, self._read_section)])

    def _read_section(self, section: BeatSet) -> Reading:
        assert self.chain_ is not None  # whoever asks has looked
        return self.chain_.read(RecordBeats.of(section, np.arange(len(section))), self.network_proba(section))

    def proba_of(self, inputs: Inputs) -> Probabilities:
        """Mean probability over the final networks of encoded beats, (n, n_classes)."""
        if self.scaler_ is None:
            raise ModelError("This classifier is not trained yet.")
        scaled = inputs.scaled(self.scaler_)
        each = [classify_beats(weights, scaled.signals, scaled.numbers) for weights in self.networks_]
        return without(np.mean(each, axis=0), self.classes_, self.missing_)

    def predict(self, beats: BeatSet) -> npt.NDArray[np.str_]:
        """The most probable class of each beat, (n,)."""
        names: npt.NDArray[np.str_] = np.asarray(self.classes_)[self.predict_proba(beats).argmax(axis=1)]
        return names


def without(probability: Probabilities, names: Sequence[str], missing: Sequence[str]) -> Probabilities:
    """The same with nothing given to the missing classes: nobody taught what they are."""
    if not missing:
        return probability
    known = probability * np.array([name not in missing for name in names], np.float32)
    shares: Probabilities = known / np.maximum(known.sum(axis=1, keepdims=True), np.float32(1e-9))
    return shares
