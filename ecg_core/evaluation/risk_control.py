"""What can be promised of a review queue: how few beats of a class are missed on average over new patients.

Conformal risk control (Angelopoulos, Bates, Fisch, Lei & Schuster 2022, arXiv:2208.02814) with the patient as what is
exchanged: a beat of class c that is called something else is missed unless it is in the queue, and it is in the queue
where its probability of c is at least a threshold. The threshold is the highest for which

    (n R + 1) / (n + 1) <= promised,

where R is the mean over the n patients that have such beats of the share of them missed. Then the share expected of a
new patient of the same kind is at most what was promised. The probabilities must be of models that have not seen the
patient; where those models differ from the one that is used in the end, as with patients left out in turn, the promise
is a little weaker (Barber et al. 2021, doi 10.1214/20-AOS1965). Nothing is promised for other recorders or hospitals.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

PROMISED: Mapping[str, float] = {"S": 0.10, "V": 0.06}
"""Class -> share of its beats, per patient, that may be missed."""

Probabilities = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Promise:
    """What is promised of one class."""

    beat_class: str
    most_missed: float
    """Share of a new patient's beats of the class that is missed, at most, on average."""
    threshold: float
    """Beats called otherwise whose probability of the class is at least this are in the queue; 0: all of them."""
    patients: int
    """Patients with such beats, left out in turn, that it rests on."""

    @property
    def smallest(self) -> float:
        """The smallest share that so many patients allow to promise."""
        return 1 / (self.patients + 1)


@dataclass(frozen=True)
class PromiseKept:
    """What became of a promise on records that are judged."""

    promised: float
    missed: float
    """Mean over patients of the share of beats of the class that was neither called so nor in the queue."""
    missed_uncalled: float
    """The same if nobody reviewed: not called so."""
    patients: int


def promise(
    beat_class: str, most_missed: float, probability: npt.NDArray[np.floating], missed: Mask, of_class: Mask,
    patient: npt.NDArray[np.str_],
) -> Promise | None:  # fmt: skip
    """The highest threshold that keeps a promise.

    Parameters
    ----------
    probability : (n,) of the class, of each beat, by a model that has not seen its patient
    missed : (n,) whether a beat is called otherwise
    of_class : (n,) whether it is of the class
    patient : (n,) whose it is

    Returns
    -------
    None where too few patients have such beats for any promise as small
    """
    shares = _shares(probability, missed, of_class, patient)
    n = len(shares)
    if most_missed < 1 / (n + 1):
        return None
    levels = np.unique(np.concatenate([[0.0], probability[missed & of_class].astype(np.float64)]))
    for level in levels[::-1]:
        if (n * _risk(shares, level) + 1) / (n + 1) <= most_missed + 1e-12:
            return Promise(beat_class, most_missed, float(level), n)
    return Promise(beat_class, most_missed, 0.0, n)


def promises(
    probability: Probabilities, true: npt.NDArray[np.str_], names: Sequence[str], patient: npt.NDArray[np.str_]
) -> tuple[Promise, ...]:
    """Every promise of `PROMISED` that the patients of beats (n,) allow; `probability` is (n, n_classes)."""
    called = np.asarray(names)[probability.argmax(axis=1)]
    found = (
        promise(name, share, probability[:, list(names).index(name)], called != name, true == name, patient)
        for name, share in PROMISED.items()
        if name in names
    )
    return tuple(one for one in found if one is not None)


def to_review(made: Sequence[Promise], probability: Probabilities, names: Sequence[str]) -> Mask:
    """(n,) which beats are in the queue that keeps the promises."""
    called = probability.argmax(axis=1)
    queue = np.zeros(len(probability), np.bool_)
    for one in made:
        column = list(names).index(one.beat_class)
        queue |= (called != column) & (probability[:, column] >= one.threshold)
    return queue


def kept(
    made: Sequence[Promise], probability: Probabilities, true: npt.NDArray[np.str_], names: Sequence[str],
    patient: npt.NDArray[np.str_],
) -> dict[str, PromiseKept]:  # fmt: skip
    """Class -> what became of its promise."""
    called = np.asarray(names)[probability.argmax(axis=1)]
    found = {}
    for one in made:
        column = probability[:, list(names).index(one.beat_class)]
        shares = _shares(column, called != one.beat_class, true == one.beat_class, patient)
        if shares:
            found[one.beat_class] = PromiseKept(
                one.most_missed, _risk(shares, one.threshold), _risk(shares, np.inf), len(shares)
            )
    return found


_Patient = tuple[int, npt.NDArray[np.floating]]
"""How many beats of the class one has, and the probabilities of those called otherwise."""


def _shares(
    probability: npt.NDArray[np.floating], missed: Mask, of_class: Mask, patient: npt.NDArray[np.str_]
) -> list[_Patient]:
    return [
        (int((of_class & own).sum()), probability[of_class & own & missed])
        for own in (patient == name for name in np.unique(patient[of_class]))
    ]


def _risk(shares: Sequence[_Patient], threshold: float) -> float:
    """Mean over patients of the share below the threshold."""
    return float(np.mean([(values < threshold).sum() / n for n, values in shares])) if shares else 0.0
