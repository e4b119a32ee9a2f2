"""The detector on DS2 from each beat's past alone, beside what it reaches when it knows the whole recording.

A patient who is being watched has no rest of the recording yet: `tasks.autoencoder.causal` says what is used instead,
and what of the recording as a whole still enters in how beats are prepared.
"""

import numpy as np
import numpy.typing as npt

from ecg_core.beats.classes import ABNORMAL
from ecg_core.beats.splits import DS2
from ecg_core.beats.store import load_beats
from ecg_core.errors import ModelError
from ecg_core.evaluation.detection import Detection
from ecg_core.learning.fits import preparation_of
from ecg_core.learning.model_folder import load_card
from ecg_core.protocols.protocol import (
    MOST_NAMED,
    Column,
    Protocol,
    ProtocolResult,
    ProtocolRow,
    ProtocolRun,
    Published,
)
from ecg_core.tasks.autoencoder.causal import causal_scores
from ecg_core.tasks.autoencoder.model import load_detector
from ecg_core.tasks.autoencoder.task import AUTOENCODER
from ecg_core.workspace import now

KNOWN = "Whole recording known"
COLUMNS = (
    Column("AUC", "AUC"),
    Column("average precision", "Average precision"),
    *(Column(f"{name} AUC", f"AUC of {name}") for name in ABNORMAL),
    Column("abnormal", "Abnormal beats", "count", None),
)


def carried_out(run: ProtocolRun) -> ProtocolResult:
    """Score DS2 both ways. Raises ModelError for a model that is no autoencoder of beats."""
    assert run.folder is not None
    card = load_card(run.folder)
    if card.kind != AUTOENCODER.kind:
        raise ModelError(f"{run.model} holds a model of kind {card.kind!r}: protocol on-line judges an autoencoder.")
    if learned := sorted(set(card.split.train) & set(DS2)):
        raise ModelError(f"{run.model} was trained on record {', '.join(learned[:MOST_NAMED])}, which are judged here.")
    detector, _ = load_detector(run.folder)
    beats = load_beats(run.source.folder, DS2, preparation_of(card).config)
    run.tell("from the past of each beat")
    past, whole = causal_scores(detector, beats), detector.score_samples(beats)
    classes, record = (beats.table[name].to_numpy(dtype=str) for name in ("beat_class", "record"))
    hours = {name: seconds / 3600 for name, seconds in beats.durations_s.items()}

    def figures(score: npt.NDArray[np.float64], *names: str) -> dict[str, float | None]:
        own = beats.used & np.isin(record, names)
        return figures_of(Detection(score[own], classes[own], record[own], hours))

    rows = tuple(ProtocolRow(name, figures(past, name), figures(whole, name)) for name in DS2)
    known = {key: value for key, value in figures(whole, *DS2).items() if value is not None}
    return ProtocolResult(
        run.protocol.name, run.model, now(), figures(past, *DS2), rows,
        (Published(KNOWN, known, "the same model, this protocol"),), NOTE, card.weights_sha256,
    )  # fmt: skip


def figures_of(detection: Detection) -> dict[str, float | None]:
    """Both areas, those of each abnormal class against N, and how many abnormal beats there are."""
    areas = detection.areas()
    each = {f"{name} AUC": detection.roc_auc((name,)) for name in ABNORMAL}
    return {"AUC": areas.roc_auc, "average precision": areas.average_precision} | each | {
        "abnormal": len(detection.sorted_scores["abnormal"])
    }  # fmt: skip


NOTE = "201 (DS1, training) and 202 (here) are one patient; its row stands with the others."
ON_LINE = Protocol(
    "on-line",
    "Detector while a recording goes on",
    "DS2 scored from what came before each beat: the last 300 beats, the RR intervals so far, its likes among earlier "
    "beats. Only the first 20 beats are compared with each other, and a beat's own window ends half a second after it. "
    "Beats are filtered and cut as for a whole recording.",
    AUTOENCODER.kind,
    DS2,
    COLUMNS,
    carried_out,
    row_peer=KNOWN,
    model="models/autoencoder",
)
