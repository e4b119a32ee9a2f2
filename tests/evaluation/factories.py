"""Made-up and passed-off data that several tests of the evaluation share."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ecg_core.beats.store import BeatSet
from ecg_core.beats.synthetic import RHYTHM, SyntheticBeats
from ecg_core.evaluation.classification import Classified
from ecg_core.evaluation.fidelity_report import ClassFidelity


def classified_of_counts(counts: npt.NDArray[np.integer], classes: tuple[str, ...]) -> Classified:
    """Beats whose counts (n_records, n_classes, n_classes) are these; records a, b, c ... in order."""
    record, true, predicted = (np.repeat(index.ravel(), counts.ravel()) for index in np.indices(counts.shape))
    probability = np.eye(len(classes), dtype=np.float32)[predicted]
    return Classified(classes, np.array(classes)[true], probability, np.array(list("abcdefghij"))[record])


def random_classified(classes: tuple[str, ...], n: int = 300, records: str = "abcde", seed: int = 0) -> Classified:
    """Beats of several records, a third of all called wrong; every class but the first is rare."""
    rng = np.random.default_rng(seed)
    shares = np.array([0.6, *[0.4 / (len(classes) - 1)] * (len(classes) - 1)])
    true = rng.choice(len(classes), n, p=shares)
    predicted = np.where(rng.random(n) < 0.67, true, rng.integers(0, len(classes), n))
    probability = rng.dirichlet(np.ones(len(classes)), n).astype(np.float32)
    probability[np.arange(n), predicted] += 1
    return Classified(classes, np.array(classes)[true], probability / 2, rng.choice(list(records), n))


def passed_off(
    beats: BeatSet, rows: npt.NDArray[np.int64], beat_class: str = "V", noise_mv: float = 0.0
) -> SyntheticBeats:
    """Recorded beats as if a generator had made them as `beat_class`, with white noise."""
    noise = np.random.default_rng(5).normal(size=(len(rows), *beats.signals.shape[1:])) * noise_mv
    return SyntheticBeats(
        (beats.signals[rows] + noise).astype(np.float32),
        beats.table[list(RHYTHM)].to_numpy(np.float32)[rows],
        np.full(len(rows), beat_class),
        beats.config,
        "a test",
        beats.records,
    )


def excluding(beats: BeatSet, rows: npt.NDArray[np.int64], reason: str = "clipped") -> BeatSet:
    """The same beats, some of them excluded."""
    table = beats.table.copy()
    table.loc[rows, "excluded"] = reason
    return replace(beats, table=table)


def class_fidelity(**figures: object) -> ClassFidelity:
    """Good synthetic V beats; `figures` are flat names of the JSON, such as `mmd_real`, and what to put there."""
    plain = {
        "beat_class": "V", "n_synthetic": 2000, "n_train": 3785, "train_records": ["106", "119"], "n_compared": 1000,
        "draws": 5, "bandwidth_mv": 8.76, "embedding": "pca-32", "copying_share": 0.03, "mmd": 0.24, "mmd_real": 0.30,
        "frechet": 90.0, "frechet_real": 100.0, "two_sample_auc": 0.71, "two_sample_auc_real": 1.0, "note": "",
        "tstr_macro_f1": 0.6, "tstr_macro_f1_range": [0.58, 0.62], "tstr_f1": 0.864,
        "trtr_macro_f1": 0.7, "trtr_macro_f1_range": [0.69, 0.71], "trtr_f1": 0.90,
    }  # fmt: skip
    return ClassFidelity.from_json(plain | figures, "the figures")
