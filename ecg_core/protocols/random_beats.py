"""How much a random split of beats flatters: one method, judged with beats drawn at random and with patients left out.

Many papers on this database draw training and test beats at random, so that beats of one patient are in both, and
report accuracies of 99 %. Here a gradient boosting on the numbers that the classifier's chain has of each beat is
judged both ways, five parts each. It is no model of ours: what counts is the difference.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import KFold

from ecg_core.beats.beat_set import BeatSet, rows_by_record
from ecg_core.beats.classes import SCORED
from ecg_core.beats.config import BeatConfig
from ecg_core.beats.splits import folds
from ecg_core.beats.store import load_beats
from ecg_core.one_thread import one_thread
from ecg_core.protocols.heartbeats import ALL
from ecg_core.protocols.protocol import Column, Protocol, ProtocolResult, ProtocolRow, ProtocolRun, Published
from ecg_core.tasks.classifier.chain.chain import SHAPE, matrix
from ecg_core.tasks.classifier.chain.numbers import seen
from ecg_core.tasks.classifier.chain.record import RecordBeats
from ecg_core.workspace import now

PARTS, SEED = 5, 0
AT_RANDOM, PATIENTS_OUT = "The same, beats drawn at random (leaks)", "Patients left out"
FLATTERED = "accuracy drawn at random"

Rows = npt.NDArray[np.int64]


def carried_out(run: ProtocolRun) -> ProtocolResult:
    """Judge the same method both ways."""
    beats = load_beats(run.source.folder, ALL, BeatConfig())
    run.tell("numbers of each beat")
    numbers, judged = numbers_of(beats)
    classes = beats.table["beat_class"].to_numpy(dtype=str)
    judged &= np.isin(classes, SCORED)
    rows = np.flatnonzero(judged)
    figures, right = {}, {}
    for way, parts in ((AT_RANDOM, _at_random(rows)), (PATIENTS_OUT, _by_patient(beats, rows))):
        predicted = np.empty(len(beats), "<U1")
        for number, part in enumerate(parts, start=1):
            run.tell(f"{way}: part {number} of {PARTS}")
            learned = rows[~np.isin(rows, part)]
            predicted[part] = _fitted(numbers[learned], classes[learned]).predict(numbers[part])
        figures[way] = _figures(classes[rows], predicted[rows])
        right[way] = predicted == classes
    record = beats.table["record"].to_numpy(dtype=str)

    def share_right(name: str) -> dict[str, float | None]:
        own = judged & (record == name)
        return {"accuracy": float(right[PATIENTS_OUT][own].mean()), FLATTERED: float(right[AT_RANDOM][own].mean())}

    each = tuple(ProtocolRow(name, share_right(name)) for name in ALL)
    leaking = {key: value for key, value in figures[AT_RANDOM].items() if value is not None}
    return ProtocolResult(
        run.protocol.name, "", now(), figures[PATIENTS_OUT], each,
        (Published(AT_RANDOM, leaking, "this protocol", NOTE),), "",
    )  # fmt: skip


def numbers_of(beats: BeatSet) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """What the chain's first step sees of each beat (n, n_numbers), and which beats can be judged (n,)."""
    numbers = np.zeros((len(beats), len(SHAPE)), np.float32)
    for rows in rows_by_record(beats.table).values():
        numbers[rows] = matrix(seen(RecordBeats.of(beats, rows)).shape, SHAPE)
    return numbers, beats.used.copy()


def _at_random(rows: Rows) -> Iterator[Rows]:
    for _, held_out in KFold(PARTS, shuffle=True, random_state=SEED).split(rows):
        yield rows[held_out]


def _by_patient(beats: BeatSet, rows: Rows) -> Iterator[Rows]:
    record = beats.table["record"].to_numpy(dtype=str)[rows]
    for _, names in folds(beats.records, PARTS, SEED, beats.patients):
        yield rows[np.isin(record, list(names))]


def _fitted(numbers: npt.NDArray[np.float32], classes: npt.NDArray[np.str_]) -> HistGradientBoostingClassifier:
    with one_thread():
        return HistGradientBoostingClassifier(random_state=SEED).fit(numbers, classes)


def _figures(classes: npt.NDArray[np.str_], predicted: npt.NDArray[np.str_]) -> dict[str, float | None]:
    each = f1_score(classes, predicted, labels=list(SCORED), average=None).tolist()
    figures: dict[str, float | None] = {
        "macro F1": float(np.mean(each)),
        "accuracy": float(accuracy_score(classes, predicted)),
    }
    return figures | {f"{name} F1": value for name, value in zip(SCORED, each, strict=True)}


NOTE = "Beats of one patient are in training and test: these figures say nothing about a new patient."
RANDOM_BEATS = Protocol(
    "random-beats",
    "Beats drawn at random (leaks)",
    "44 records: a gradient boosting with five groups of patients left out in turn, and beside it the same method with "
    "five parts of beats drawn at random, as many papers do. The difference is what the random split flatters by.",
    "",
    ALL,
    (
        Column("macro F1", "Macro-F1"),
        *(Column(f"{name} F1", f"{name} F1") for name in SCORED),
        Column("accuracy", "Accuracy", "share"),
        Column(FLATTERED, "Accuracy, drawn at random", "share", None),
    ),
    carried_out,
    ours=PATIENTS_OUT,
)
