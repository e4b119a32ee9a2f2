"""How synthetic beats are judged: per class, against the training beats, against unseen patients, and by their use.

No single figure is accepted (Stenger 2024, doi 10.1186/s40537-024-00924-7), and a distance says nothing by itself. So
each comes with the same figure between recorded beats of two groups of patients (`*_real`), taken at the same number
of beats over the same number of draws, and so with the same bias.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.store import Progress
from ecg_core.beats.synthetic import SyntheticBeats
from ecg_core.evaluation.embedding import PcaEmbedding
from ecg_core.evaluation.fidelity_checks import FEWEST_REAL, check
from ecg_core.evaluation.fidelity_report import ClassFidelity, Distances, FidelityReport, Together, Unseen
from ecg_core.evaluation.halves import Halves, mostly_one_record, real_halves
from ecg_core.evaluation.neighbours import copying_share, prdc
from ecg_core.evaluation.tstr import train_on_real, tstr
from ecg_core.evaluation.two_sample import (
    FEWEST,
    auc_of_features,
    frechet,
    median_bandwidth,
    mmd_squared,
    two_sample_auc,
)

Signals = npt.NDArray[np.float32]
Pairs = Iterable[tuple[Signals, Signals]]
DRAWS = 5
AUC_DRAWS = 3
"""Of them, the first so many are judged by the two-sample classifier, which takes most of the time."""
MOST_COMPARED = 1000
"""Beats a side in one draw, at most."""


def fidelity_of_class(
    beat_class: str,
    synthetic: SyntheticBeats,
    train: BeatSet,
    unseen: BeatSet | None,
    seed: int,
    *,
    embedding: PcaEmbedding | None = None,
    shared_allowed: bool = False,
    held_out: npt.NDArray[np.int64] | None = None,
    step: Callable[[], None] = lambda: None,
) -> ClassFidelity:
    """Every figure of one class's synthetic beats but their use (see `fidelity`).

    The classifier behind `two_sample_auc` sees whole beats down to their noise, where a difference of 5 microvolts, the
    step of the database's recorder, is enough to tell them apart; that of `two_sample_auc_shape` the embedding only.
    Each distance is a mean over five draws (the AUC: three) of `n_compared` beats a side: synthetic against training
    beats, the training beats of two groups of patients, and (all but the AUC, which is 0.5 there) two halves of the
    training beats at random, the best that can be reached; then the same against unseen patients. Excluded beats take
    no part. MMD is taken on the beats in mV, Fréchet distance and neighbourhoods in `embedding`.

    Parameters
    ----------
    beat_class : AAMI class
    synthetic : beats of that class
    train : recordings the generator was trained on, or more
    unseen : recordings of other patients, or None
    seed : of every draw
    embedding : fitted on `train`; made here if None
    shared_allowed : whether a patient may be in both `train` and `unseen` (DS1/DS2: 201 and 202); then a note says so
    held_out : rows of `train` that the generator has not seen: synthetic beats are compared with these, if there are 20
        or more, and not with those they were learned from. Copies are looked for among all.
    step : called after each draw of a distance, `steps_of_class` times

    Raises
    ------
    DataError : fewer than 20 recorded or 10 synthetic beats, beats of another class or preparation, beats that are not
        numbers, a generator that has seen other recordings, a patient on both sides
    """
    note = check(beat_class, synthetic, train, unseen, shared_allowed)
    embedding = embedding or PcaEmbedding.fit(train, seed)
    rows = train.rows_of(beat_class)
    real, made = train.signals[rows], synthetic.signals
    records, patients = (train.table[name].to_numpy(dtype=str)[rows] for name in ("record", "patient"))

    def rng(purpose: int) -> np.random.Generator:  # one each, so that the reference rows do not hang on the generator's
        return np.random.default_rng([seed, ord(beat_class[0]), purpose])

    bandwidth = median_bandwidth(real, rng(0))
    dealing = rng(1)
    splits = [real_halves(records, patients, dealing) for _ in range(DRAWS)]
    smaller = min(split.smaller for split in splits)
    comparable = smaller >= FEWEST
    rows_held = rows if held_out is None or len(held_out) < FEWEST_REAL else held_out
    new = train.signals[rows_held]
    n = min(smaller if comparable else len(real) // 2, len(made), len(new), MOST_COMPARED)

    def distances(pairs: Pairs, auc: bool = True) -> Distances:
        return _means(pairs, bandwidth, embedding, seed, auc, step)

    if not comparable:
        _skip(DRAWS, step)
    return ClassFidelity(
        beat_class=beat_class,
        n_synthetic=len(made),
        n_train=len(real),
        train_records=tuple(sorted(set(records.tolist()))),
        n_compared=n,
        draws=DRAWS,
        bandwidth_mv=bandwidth,
        embedding=embedding.name,
        copying_share=copying_share(real, made),
        distances=distances(_drawn(new, made, n, rng(2))),
        between_patients=distances(_dealt(real, splits, n, rng(3))) if comparable else Distances(),
        floor=distances(_parted(real, n, rng(4)), auc=False),
        note=" ".join(filter(None, [splits[0].note, _too_few(smaller), note])),
        dominant_record=splits[0].dominant_record,
        unseen=None
        if unseen is None
        else _against_unseen(beat_class, real, made, unseen, (rng(5), rng(6)), distances, step),
        n_held_out=0 if rows_held is rows else len(rows_held),
    )


def fidelity(
    synthetic: Mapping[str, SyntheticBeats],
    train: BeatSet,
    unseen: BeatSet | None,
    seed: int,
    progress: Progress | None = None,
    *,
    shared_allowed: bool = False,
    held_out: Mapping[str, npt.NDArray[np.int64]] | None = None,
) -> FidelityReport:
    """`fidelity_of_class` of every class, and what a classifier trained on the synthetic beats is worth (`tstr`).

    Parameters
    ----------
    synthetic : AAMI class -> its synthetic beats
    train, unseen, seed, shared_allowed : as in `fidelity_of_class`; without `unseen` there is no classifier
    progress : called as `progress(done, of)` before the first step and after each
    held_out : AAMI class -> rows of `train` that its generator has not seen, as in `fidelity_of_class`

    Returns
    -------
    FidelityReport: of each class `use` where that class alone was replaced; `tstr` where all were

    Raises
    ------
    DataError : as `fidelity_of_class`, before any work is done
    """
    notes = {check(name, beats, train, unseen, shared_allowed) for name, beats in synthetic.items()}
    steps = len(synthetic) * steps_of_class(unseen is not None)
    steps += 2 + len(synthetic) if unseen is not None and synthetic else 0
    done = -1

    def step() -> None:
        nonlocal done
        done += 1
        if progress:
            progress(done, steps)

    step()  # none of them done

    embedding = PcaEmbedding.fit(train, seed)
    classes: dict[str, ClassFidelity] = {}
    for name, beats in synthetic.items():
        classes[name] = fidelity_of_class(
            name, beats, train, unseen, seed, embedding=embedding, shared_allowed=shared_allowed,
            held_out=(held_out or {}).get(name), step=step,
        )  # fmt: skip
    together: Together | None = None
    if unseen is not None and synthetic:
        ceiling = train_on_real(train, unseen, seed, embedding)
        step()
        for name, beats in synthetic.items():
            use = tstr(train, beats, unseen, (name,), seed, ceiling).use_of(name)
            classes[name] = replace(classes[name], use=use)
            step()
        joined = SyntheticBeats.joined(list(synthetic.values()))
        together = tstr(train, joined, unseen, tuple(synthetic), seed, ceiling)
        step()
    note = " ".join(sorted(filter(None, notes)))
    return FidelityReport(classes, together, embedding.name, embedding.explained, note)


def steps_of_class(unseen: bool) -> int:
    """Draws of distances that `fidelity_of_class` makes: between two groups three times `DRAWS`, and twice more with
    unseen patients."""
    return DRAWS * (5 if unseen else 3)


def _skip(n: int, step: Callable[[], None]) -> None:
    for _ in range(n):
        step()


def _against_unseen(
    beat_class: str,
    real: Signals,
    made: Signals,
    unseen: BeatSet,
    rngs: tuple[np.random.Generator, np.random.Generator],
    distances: Callable[[Pairs], Distances],
    step: Callable[[], None],
) -> Unseen:
    """Synthetic beats against unseen patients', and, as the reference, training beats against those."""
    rows = unseen.rows_of(beat_class)
    other = unseen.signals[rows]
    records = unseen.table["record"].to_numpy(dtype=str)[rows]
    n = min(len(other), len(real), len(made), MOST_COMPARED)
    names = tuple(sorted(set(records.tolist())))
    if len(rows) < FEWEST_REAL:
        _skip(2 * DRAWS, step)
        note = f"Unseen patients have {len(rows)} beats of class {beat_class}: too few to compare with."
        return Unseen(len(rows), names, n, Distances(), Distances(), note)
    most = mostly_one_record(records)
    return Unseen(
        len(rows),
        names,
        n,
        distances(_drawn(other, made, n, rngs[0])),
        distances(_drawn(other, real, n, rngs[1])),
        f"{most}." if most else "",
    )


def _means(
    pairs: Pairs, bandwidth: float, embedding: PcaEmbedding, seed: int, auc: bool, step: Callable[[], None]
) -> Distances:
    """Every distance, mean over pairs of equally many beats; of MMD the root of the mean square."""
    found: dict[str, list[float]] = {}
    for k, (real, fake) in enumerate(pairs):
        a, b = embedding.transform(real), embedding.transform(fake)
        one = {"mmd": mmd_squared(real, fake, bandwidth), "frechet": frechet(a, b), **prdc(a, b)}
        if auc and k < AUC_DRAWS:
            one["two_sample_auc"] = two_sample_auc(real, fake, seed + k, embedding)
            one["two_sample_auc_shape"] = auc_of_features(a, b, seed + k)
        for name, value in one.items():
            found.setdefault(name, []).append(value)
        step()
    means = {name: float(np.mean(values)) for name, values in found.items()}
    return Distances(**{**means, "mmd": float(np.sqrt(max(0.0, means["mmd"])))})


def _drawn(real: Signals, fake: Signals, n: int, rng: np.random.Generator) -> Pairs:
    """Five times n beats of either side."""
    return ((_draw(real, n, rng), _draw(fake, n, rng)) for _ in range(DRAWS))


def _dealt(signals: Signals, splits: Iterable[Halves], n: int, rng: np.random.Generator) -> Pairs:
    """n beats of each of two groups of patients."""
    for split in splits:
        assert split.first is not None
        yield _draw(signals[split.first], n, rng), _draw(signals[~split.first], n, rng)


def _parted(signals: Signals, n: int, rng: np.random.Generator) -> Pairs:
    """Five times n beats and n others, whoever's they are."""
    for _ in range(DRAWS):
        rows = rng.permutation(len(signals))
        yield signals[rows[:n]], signals[rows[n : 2 * n]]


def _draw(signals: Signals, n: int, rng: np.random.Generator) -> Signals:
    return signals[rng.choice(len(signals), n, replace=False)]


def _too_few(smaller: int) -> str:
    if not 0 < smaller < FEWEST:
        return ""
    return f"The smaller group of patients has {smaller} beats: too few for a figure between groups of patients."
