"""Zero-shot personal detection (Yamaç 2022): each patient's own first five minutes of normal beats, then the rest.

Yamaç M, Duman M, Adalıoğlu İ, Kiranyaz S, Gabbouj M. A personalized zero-shot ECG arrhythmia monitoring system: from
sparse representation based domain adaption to energy efficient abnormal beat detection for practical ECG surveillance.
arXiv:2207.07089 (2022). 34 records, patients left out in turn, the last 25 minutes judged, abnormal against normal.

Our score of a beat comes from an autoencoder that has not seen the patient. The threshold is what 99 in 100 of the
patient's normal beats of the first five minutes lie below, but not lower than what the model's share (98 in 100) of the
other patients' normal beats lie below: the highest few of 350 beats are little to go by. That rule was chosen on the
records of DS1 (F1 there 0.948; the own beats alone 0.768, the other patients alone, at 99 in 100, 0.932). The score
looks at the whole recording, without labels. As one of 43 the patient still has a part in what is common to all: the
scale of the parts (`evaluation.tail`), and the networks that score the others.
"""

import numpy as np

from ecg_core.beats.classes import ABNORMAL, SCORED
from ecg_core.beats.splits import PACED
from ecg_core.beats.store import load_beats
from ecg_core.errors import ModelError
from ecg_core.learning.fits import preparation_of
from ecg_core.learning.model_folder import load_card
from ecg_core.protocols.heartbeats import ALL, PATIENTS
from ecg_core.protocols.protocol import Column, Protocol, ProtocolResult, ProtocolRow, ProtocolRun, Published
from ecg_core.tasks.autoencoder.model import load_detector
from ecg_core.tasks.autoencoder.report import score_validation
from ecg_core.tasks.autoencoder.task import AUTOENCODER
from ecg_core.workspace import now

LEFT_OUT = ("105", "114", "201", "202", "207", "209", "213", "222", "223", "234", *PACED)
RECORDS = tuple(name for name in ALL if name not in LEFT_OUT)
OWN_S, OWN_QUANTILE = 300.0, 0.99
TRAINING = f"python -m ecg_core train autoencoder --records {' '.join(ALL)} --folds {PATIENTS} --follow"
COLUMNS = (
    Column("F1", "F1"),
    Column("sensitivity", "Sensitivity", "share"),
    Column("ppv", "Predictivity", "share"),
    Column("accuracy", "Accuracy", "share"),
    Column("abnormal", "Abnormal beats", "count", None),
)


def carried_out(run: ProtocolRun) -> ProtocolResult:
    """Judge each of the 34 records by its own threshold. Raises ModelError for a model not made for it."""
    assert run.folder is not None
    card = load_card(run.folder)
    made_for_it = set(card.split.train) == set(ALL) and card.options.get("folds") == PATIENTS
    if card.kind != AUTOENCODER.kind or not made_for_it:
        raise ModelError(
            f"{run.model} is no autoencoder that was trained with each of the {PATIENTS} patients of the 44 records "
            f"left out in turn. Train such a model first: {TRAINING} Then name it with --run."
        )
    detector, _ = load_detector(run.folder)
    beats = load_beats(run.source.folder, ALL, preparation_of(card).config)
    scored = score_validation(detector, card, beats, beats)
    detection, table = scored.detection, beats.table.iloc[scored.rows]
    at_s, patient = table["time_s"].to_numpy(), table["patient"].to_numpy(dtype=str)
    rows, counts = [], np.zeros(4, np.int64)
    for name in RECORDS:
        own = (detection.record == name) & np.isin(detection.beat_class, SCORED)
        early = own & (at_s < OWN_S) & (detection.beat_class == "N")
        others = (detection.beat_class == "N") & (patient != patient[own][0])
        threshold = max(
            np.quantile(detection.score[early], OWN_QUANTILE),
            np.quantile(detection.score[others], detector.options.quantile),
        )
        judged = own & (at_s >= OWN_S)
        abnormal, flagged = np.isin(detection.beat_class[judged], ABNORMAL), detection.score[judged] > threshold
        found = np.array(
            [(abnormal & flagged).sum(), (~abnormal & flagged).sum(), (abnormal & ~flagged).sum(),
             (~abnormal & ~flagged).sum()]
        )  # fmt: skip
        counts += found
        rows.append(ProtocolRow(name, _figures(found)))
    return ProtocolResult(
        run.protocol.name, run.model, now(), _figures(counts), tuple(rows), PUBLISHED, "", card.weights_sha256
    )


def _figures(counts: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> dict[str, float | None]:
    hit, false, missed, rejected = (int(one) for one in counts)
    return {
        "F1": 2 * hit / (2 * hit + false + missed) if hit + false + missed else None,
        "sensitivity": hit / (hit + missed) if hit + missed else None,
        "ppv": hit / (hit + false) if hit + false else None,
        "accuracy": (hit + rejected) / int(counts.sum()),
        "abnormal": hit + missed,
    }


PUBLISHED = (
    Published("Yamaç 2022", {"accuracy": 0.982, "ppv": 0.919, "sensitivity": 0.937, "F1": 0.928},
              "github MertDuman/Zero-Shot-ECG", "Beats with part of both neighbours; 56,428 normal, 7,963 abnormal."),
    Published("the same, domain adaptation alone", {"F1": 0.909}, "github MertDuman/Zero-Shot-ECG"),
)  # fmt: skip
ZERO_SHOT = Protocol(
    "yamac",
    "Five minutes of one's own normal beats",
    "34 records, each judged by an autoencoder that has not seen the patient; the normal beats of the patient's first "
    "five minutes and those of the other patients set the threshold, and the last 25 minutes are judged: abnormal (S, "
    "V, F) against normal.",
    AUTOENCODER.kind,
    ALL,
    COLUMNS,
    carried_out,
)
