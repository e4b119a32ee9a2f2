"""How synthetic ECG images of a class are judged: against training images, against unseen patients, and by their use.

As for signals (`evaluation.fidelity`), each figure comes with the same between recorded images of two groups of
patients and, where chance is not known, of two random halves, at the same number of images and of draws.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from ecg_core.beats.panel import ImageGeometry
from ecg_core.errors import DataError
from ecg_core.evaluation.fidelity_checks import FEWEST_REAL
from ecg_core.evaluation.halves import Halves, mostly_one_record, real_halves
from ecg_core.evaluation.image_embedding import ImageEmbedding, half_side
from ecg_core.evaluation.image_fidelity_report import (
    ImageClassFidelity,
    ImageDistances,
    ImageUnseen,
    ImageUse,
    TraceQuantity,
)
from ecg_core.evaluation.image_set import RecordedImages
from ecg_core.evaluation.image_sides import Pairs, Rows, Side, Sides, dealt, drawn, parted
from ecg_core.evaluation.image_tstr import Scored, image_tstr
from ecg_core.evaluation.morphology import distribution_gap
from ecg_core.evaluation.neighbours import copying_share, prdc
from ecg_core.evaluation.sharpness import sharpness
from ecg_core.evaluation.two_sample import (
    FEWEST,
    auc_of_features,
    frechet,
    median_bandwidth,
    mmd_squared,
)

Pixels = npt.NDArray[np.uint8]
Progress = Callable[[int, int], None]
DRAWS = 5
TRACE_DRAWS = 3
"""Of them, the first so many are judged by the trace read back."""
NETWORK_DRAWS = 1
"""And so many by the network that is trained on the images, half a minute to two minutes each."""
MOST_COMPARED = 1000
"""Images a side in one draw, at most."""
FEWEST_UNSEEN = 50
"""Training images the generator has not seen from which on distances are measured to those alone."""


def image_fidelity(
    label: str,
    synthetic: Pixels,
    train: RecordedImages,
    unseen: RecordedImages | None,
    geometry: ImageGeometry | None,
    seed: int,
    progress: Progress | None = None,
    *,
    embedding: ImageEmbedding | None = None,
) -> ImageClassFidelity:
    """Every figure of one class's synthetic images.

    Each distance is a mean over five draws (AUC by the trace: three; by the network: one) of `n_compared` images a
    side: synthetic against training images, the training images of two groups of patients, and (all but the AUC, 0.5
    there) two halves of the training images at random. MMD and copying are taken on ink at half the images' side,
    Fréchet distance and neighbourhoods in `embedding`. Where at least 50 images of the class are marked as not seen by
    the generator, distances are to those alone; copying is always of the seen ones. R amplitude and QRS width are
    those of the first panel's trace.

    Parameters
    ----------
    label : class
    synthetic : (n, size, size[, 3]) uint8, images of that class
    train : recorded images of every class that the generator's training records hold
    unseen : recorded images of other patients, or None
    geometry : of all these images; None where nobody knows it: then no trace is read
    seed : of every draw
    progress : called as `progress(done, of)` after each step
    embedding : fitted on `train`; made here if None

    Raises
    ------
    DataError : fewer than 20 recorded or 10 synthetic images, or images of another shape
    """
    _check(label, synthetic, train, unseen)
    steps = 4 if unseen is None else 7
    done = iter(range(1, steps + 1))

    def step() -> None:
        if progress:
            progress(next(done), steps)

    embedding = embedding or ImageEmbedding.fit(train, seed)
    sides = Sides(train, geometry, embedding, seed)
    rows = train.rows_of(label)
    real, made = sides.of(train.images[rows]), sides.of(synthetic)
    records, patients = train.record[rows], train.patient[rows]
    learned = np.ones(len(rows), bool) if train.seen is None else train.seen[rows]
    held_out = np.flatnonzero(~learned)
    enough = len(held_out) >= FEWEST_UNSEEN
    reference = held_out if enough else np.arange(len(rows))
    step()

    def rng(purpose: int) -> np.random.Generator:  # one each, so that the reference rows do not hang on the generator's
        return np.random.default_rng([seed, *label.encode(), purpose])

    dealing = rng(1)
    splits = [real_halves(records, patients, dealing) for _ in range(DRAWS)]
    smaller = min(split.smaller for split in splits) if train.patients_known else 0
    comparable = smaller >= FEWEST
    n = min(smaller if comparable else len(rows) // 2, len(reference), len(made), MOST_COMPARED)
    bandwidth = median_bandwidth(real.small, rng(0))

    def distances(pairs: Pairs, auc: bool = True) -> ImageDistances:
        found = _means(pairs, bandwidth, seed, auc)
        step()
        return found

    copied_from = real.small[learned] if learned.sum() > 1 else real.small
    found = distances(drawn(real, reference, made, n, DRAWS, rng(2)))
    between = distances(dealt(real, splits, n, rng(3)) if comparable else ())
    floor = distances(parted(real, n, DRAWS, rng(4)), auc=False)
    against: ImageUnseen | None = None
    use: ImageUse | None = None
    if unseen is not None:
        against = _against_unseen(label, real, made, unseen, sides, (rng(5), rng(6)), distances)
        use = _use(label, made, train, unseen, embedding, seed)
        step()
    return ImageClassFidelity(
        beat_class=label,
        n_synthetic=len(made),
        n_train=len(rows),
        train_records=tuple(sorted({name for name in records.tolist() if name})),
        n_reference=len(reference),
        n_compared=n,
        draws=DRAWS,
        bandwidth=bandwidth,
        embedding=embedding.name,
        embedding_explained=embedding.explained,
        copying_share=copying_share(copied_from, made.small),
        distances=found,
        between_patients=between,
        floor=floor,
        sharpness=sharpness(synthetic, geometry),
        sharpness_recorded=sharpness(train.images[rows[reference]], geometry),
        trace=_quantities(real, reference, made, splits[0] if comparable else None),
        note=_note(train, splits[0], smaller, len(held_out), enough),
        dominant_record=splits[0].dominant_record if train.patients_known else "",
        unseen=against,
        use=use,
    )


def _check(label: str, synthetic: Pixels, train: RecordedImages, unseen: RecordedImages | None) -> None:
    n = len(train.rows_of(label))
    if n < FEWEST_REAL:
        raise DataError(
            f"Class {label} has {n} recorded images in the training records, at least {FEWEST_REAL} are needed to "
            "judge synthetic ones."
        )
    if len(synthetic) < FEWEST:
        raise DataError(f"{len(synthetic)} synthetic images of class {label}, at least {FEWEST} are needed.")
    for part in (train, *([] if unseen is None else [unseen])):
        if part.images.shape[1:] != synthetic.shape[1:]:
            raise DataError(
                f"Synthetic images of shape {synthetic.shape[1:]} cannot be judged by recorded ones of "
                f"{part.images.shape[1:]}: draw the recorded beats as the generator's images are."
            )


def _against_unseen(
    label: str,
    real: Side,
    made: Side,
    unseen: RecordedImages,
    sides: Sides,
    rngs: tuple[np.random.Generator, np.random.Generator],
    distances: Callable[[Pairs], ImageDistances],
) -> ImageUnseen:
    """Synthetic images against unseen patients', and, as the reference, training images against those."""
    rows = unseen.rows_of(label)
    records = unseen.record[rows]
    names = tuple(sorted(set(records.tolist())))
    n = min(len(rows), len(real), len(made), MOST_COMPARED)
    if len(rows) < FEWEST_REAL:
        note = f"Unseen patients have {len(rows)} images of class {label}: too few to compare with."
        return ImageUnseen(len(rows), names, n, distances(()), distances(()), note)
    other = sides.of(unseen.images[rows])
    everyone = np.arange(len(other))
    most = mostly_one_record(records)
    return ImageUnseen(
        len(rows),
        names,
        n,
        distances(drawn(other, everyone, made, n, DRAWS, rngs[0])),
        distances(drawn(other, everyone, real, n, DRAWS, rngs[1])),
        f"{most}." if most else "",
    )


def _use(
    label: str, made: Side, train: RecordedImages, unseen: RecordedImages, embedding: ImageEmbedding, seed: int
) -> ImageUse | None:
    """`image_tstr`; None where a side holds one class only."""
    if min(len(np.unique(part.beat_class)) for part in (train, unseen)) < 2:
        return None
    known, asked = (
        Scored(embedding.transform(half_side(part.images)), part.beat_class.astype(np.str_)) for part in (train, unseen)
    )
    return image_tstr(label, made.scores, known, asked, seed)


def _quantities(real: Side, reference: Rows, made: Side, split: Halves | None) -> tuple[TraceQuantity, ...]:
    if real.measured is None or made.measured is None:
        return ()
    gaps = distribution_gap(real.measured.iloc[reference], made.measured)
    gaps = gaps[np.isfinite(gaps["ks"])]
    between: dict[str, float] = {}
    if split is not None and split.first is not None:
        patients = distribution_gap(real.measured[split.first], real.measured[~split.first])
        between = dict(zip(patients["feature"], patients["ks"].astype(float), strict=True))
    return tuple(
        TraceQuantity(
            str(row.feature),
            float(row.real_median),
            (float(row.real_low), float(row.real_high)),
            float(row.synthetic_median),
            (float(row.synthetic_low), float(row.synthetic_high)),
            float(row.ks),
            between.get(str(row.feature)),
        )
        for row in gaps.itertuples()
    )


def _means(pairs: Pairs, bandwidth: float, seed: int, auc: bool) -> ImageDistances:
    """Every distance, mean over pairs of equally many images; of MMD the root of the mean square."""
    found: dict[str, list[float]] = {}
    for k, (one, a, other, b) in enumerate(pairs):
        values = {
            "mmd": mmd_squared(one.small[a], other.small[b], bandwidth),
            "frechet": frechet(one.scores[a], other.scores[b]),
            **prdc(one.scores[a], other.scores[b]),
        }
        if auc and k < TRACE_DRAWS and one.telling is not None and other.telling is not None:
            values["two_sample_auc_trace"] = auc_of_features(one.telling[a], other.telling[b], seed + k)
        if auc and k < NETWORK_DRAWS:
            from ecg_core.evaluation.image_judge import images_auc  # torch

            values["two_sample_auc"] = images_auc(one.images[a], other.images[b], seed + k)
        for name, value in values.items():
            found.setdefault(name, []).append(value)
    means = {name: float(np.mean(values)) for name, values in found.items()}
    if "mmd" in means:
        means["mmd"] = float(np.sqrt(max(0.0, means["mmd"])))
    return ImageDistances(**means)


def _note(train: RecordedImages, split: Halves, smaller: int, n_held_out: int, enough: bool) -> str:
    sentences = []
    if not train.patients_known:
        sentences.append("Nobody says whose these images are: there are no two groups of patients to compare.")
    else:
        sentences.append(split.note)
        if 0 < smaller < FEWEST:
            sentences.append(
                f"The smaller group of patients has {smaller} images: too few for a figure between groups of patients."
            )
    if enough:
        sentences.append(f"Distances are to the {n_held_out:,} training images the generator has not learned from.")
    else:
        held_out = f"all but {n_held_out} of" if n_held_out else "all"
        sentences.append(f"The generator has learned from {held_out} the images that distances are to.")
    return " ".join(filter(None, sentences))
