"""What makes up for rare classes: weights in the loss, which rows an epoch shows, and rows that are added."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.beats.balance import CAP_TIMES, FILLED, plan_to_ratio
from ecg_core.errors import RunError
from ecg_core.tasks.classifier.inputs import Inputs, Rows
from ecg_core.tasks.classifier.options import Added, Balance
from ecg_core.tasks.classifier.smote import smote

Labels = npt.NDArray[np.int64]
WEIGHT_POWER = 0.5
"""Class weights are this power of the inverse share: the full inverse makes every class's errors weigh alike, at the
price of many false alarms for classes of which one patient is known."""


class BalanceOptions(Protocol):
    """The options that say how to balance, whatever is classified."""

    @property
    def balance(self) -> Balance: ...
    @property
    def added(self) -> Added: ...
    @property
    def ratio(self) -> float: ...


@dataclass(frozen=True)
class TrainingRows:
    """What one network trains on."""

    inputs: Inputs
    labels: Labels
    """(n,) number of the class."""
    shown: Rows = field(repr=False)
    """Rows an epoch shows, each as often as it stands here."""
    class_weights: npt.NDArray[np.float32]
    """(n_classes,) in the loss."""
    by_class: bool
    """Draw batches with as many rows of each class, in place of every row once."""

    def chances(self) -> npt.NDArray[np.float64]:
        """How likely each of the `shown` rows is to be drawn into a batch: alike for each class."""
        own = self.labels[self.shown]
        chances: npt.NDArray[np.float64] = 1 / np.bincount(own, minlength=len(self.class_weights))[own]
        return chances

    def counts(self, names: Sequence[str]) -> dict[str, int]:
        """Class -> rows an epoch shows."""
        shown = np.bincount(self.labels[self.shown], minlength=len(names))
        return dict(zip(names, shown.tolist(), strict=True))


def thinned(
    record: npt.NDArray[np.str_], labels: Labels, rows: Rows, most_normal: int, rng: np.random.Generator
) -> Rows:
    """`rows` without normal beats (label 0) of a record beyond `most_normal`, which are drawn at random; in order."""
    wanted = np.zeros(len(labels), bool)
    wanted[rows] = True
    codes, names = pd.factorize(record)
    for k in range(len(names)):
        candidates = np.flatnonzero((codes == k) & wanted & (labels == 0))
        if len(candidates) > most_normal:
            wanted[candidates] = False
            wanted[rng.choice(candidates, most_normal, replace=False)] = True
    return np.flatnonzero(wanted)


def additions(counts: Mapping[str, int], ratio: float) -> dict[str, int]:
    """Class -> how many rows to add: S, V and F to `ratio` of N under the caps of a balancing plan; of other classes
    (image folders) each to `ratio` of the greatest, at most ten for one."""
    if {"N", *FILLED} <= set(counts):
        return {one.beat_class: one.synthetic for one in plan_to_ratio(counts, ratio).classes}
    most = max(counts.values())
    return {name: int(min(max(0, ratio * most - n), CAP_TIMES * n)) for name, n in counts.items()}


def class_weights(labels: Labels, n_classes: int) -> npt.NDArray[np.float32]:
    """Square root of the inverse share of each class, 1 for a class without a row."""
    counts = np.bincount(labels, minlength=n_classes)
    found = np.ones(n_classes, np.float32)
    there = counts > 0
    found[there] = (len(labels) / (there.sum() * counts[there])) ** WEIGHT_POWER
    return found


def balanced(
    inputs: Inputs,
    labels: Labels,
    names: Sequence[str],
    options: BalanceOptions,
    made: tuple[Inputs, Labels] | None,
    rng: np.random.Generator,
    plan: Mapping[str, int] | None = None,
) -> TrainingRows:
    """Put together what a network trains on, as the options say.

    `made` are encoded synthetic rows and their labels to draw from, if the options add a GAN's; without them such
    options add nothing. `plan` (class -> rows to add, of others none) stands in for what `additions` makes of the
    options' ratio.
    """
    counts = {name: int((labels == k).sum()) for k, name in enumerate(names)}
    way: str = options.added
    if way == "gan" and made is None:
        way = "none"
    if way == "none" and options.balance == "oversampling":
        way = "repeat"
    repeated: list[Rows] = []
    parts, added = [inputs], [labels]
    wanted = additions(counts, options.ratio) if plan is None else plan
    for name, n in wanted.items() if way != "none" else ():
        k = list(names).index(name)
        own = np.flatnonzero(labels == k)
        if n == 0:
            continue
        if way == "repeat":
            repeated.append(rng.choice(own, n))
            continue
        if way == "smote":
            parts.append(smote(inputs, own, n, rng))
        elif made is not None:
            there = np.flatnonzero(made[1] == k)
            if not len(there):
                continue
            parts.append(made[0].at(rng.choice(there, n, replace=len(there) < n)))
        added.append(np.full(n, k))
    if len(parts) > 1:
        inputs, labels = Inputs.joined(parts), np.concatenate(added)
    shown = np.concatenate([np.arange(len(labels)), *repeated])
    weigh = options.balance == "class-weights"
    weights = class_weights(labels, len(names)) if weigh else np.ones(len(names), np.float32)
    return TrainingRows(inputs, labels, shown, weights, options.balance == "balanced-batches")


def check_class_set(classes: str, options: BalanceOptions) -> None:
    """Raise RunError for rows to be added to a set of classes that has none of its own for them."""
    if classes == "normal or abnormal" and (options.added != "none" or options.balance == "oversampling"):
        raise RunError("Beats are added class by class: choose four or five classes, or nothing to add.")
