"""One recording scored: R peaks where nobody annotated any, classes, scores, rhythm, burdens, quality."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.beat_table import beat_table
from ecg_core.beats.classes import SCORED
from ecg_core.beats.config import BeatConfig
from ecg_core.beats.detection import detected_layer
from ecg_core.beats.labelled_record import labelled
from ecg_core.beats.lead_places import ABSENT
from ecg_core.beats.prepare import Empty, prepare
from ecg_core.beats.record_store import StoredRecord, facts_of
from ecg_core.beats.rhythm_by_rr import fibrillation_of
from ecg_core.beats.rhythm_summary import RhythmSummary, summarise_rhythm
from ecg_core.beats.runs import SHORT_RUN
from ecg_core.beats.store import beat_set
from ecg_core.data.labels import REFERENCE, UNCLASSIFIED, Annotations, LabelLayer
from ecg_core.data.patients import Patients
from ecg_core.data.record import Record
from ecg_core.errors import ModelError
from ecg_core.evaluation.risk_control import to_review
from ecg_core.learning.card import Card
from ecg_core.learning.fits import fitting, leads_caution, preparation_of
from ecg_core.learning.unseen import shared_with_training
from ecg_core.tasks.archive.models import SentModel, load
from ecg_core.tasks.archive.rows import BeatColumns, RecordingRow
from ecg_core.tasks.autoencoder.task import AUTOENCODER
from ecg_core.tasks.classifier.labels import SYMBOLS
from ecg_core.tasks.classifier.task import CLASSIFIER


@dataclass(frozen=True, eq=False)
class _Classes:
    """What a classifier says."""

    probability: npt.NDArray[np.float32]  # (n, 4) of N, S, V, F; NaN for a class that it does not know
    called: npt.NDArray[np.str_]  # (n,)
    review: npt.NDArray[np.bool_] | None


@dataclass(frozen=True, eq=False)
class _Scores:
    """What a detector says."""

    score: npt.NDArray[np.float64]
    flagged: npt.NDArray[np.bool_]


def score_record(
    record: Record, row: RecordingRow, models: Sequence[SentModel], any_leads: bool, empty: Empty = np.empty
) -> tuple[RecordingRow, BeatColumns]:
    """`row` filled in, and the beats of a recording; `empty` makes the array that beats are cut into.

    A model that does not fit the recording is left out, and the row says so. Raises DataError for what is no recording
    of a patient.
    """
    peaks = detected_layer(record)
    annotated = len(beat_table(record.annotations, record.fs)) > 0
    layer = record.layers[REFERENCE] if annotated else peaks
    record = record.with_layer(peaks)
    prepared: dict[str, BeatSet] = {}
    cautions: list[str] = list(record.notes)
    beats = _prepared(record, layer.name, BeatConfig(), empty, prepared)
    classes: _Classes | None = None
    scores: _Scores | None = None
    for sent in models if len(beats) else ():
        model, card = load(sent)
        try:
            config = preparation_of(card).config
            own = fitting(card, _prepared(record, layer.name, config, empty, prepared), any_leads)
        except ModelError as error:
            cautions.append(f"{sent.used.name} does not fit: {error}")
            continue
        cautions += filter(None, [leads_caution(card, own), _seen(sent.used.name, card, record)])
        if sent.used.kind == CLASSIFIER.kind:
            classes = _classes(model, own)
        elif sent.used.kind == AUTOENCODER.kind:
            score = model.score_samples(own)
            scores = _Scores(score, score >= model.threshold_)
    table = beats.table
    columns = BeatColumns(
        r_sample=table["r_sample"].to_numpy(np.int64),
        time_s=table["time_s"].to_numpy(np.float64),
        symbol=table["symbol"].to_numpy(str),
        confidence=None if annotated else _confidence(peaks),
        excluded=table["excluded"].to_numpy(str),
        rr_s=table["rr_pre_s"].to_numpy(np.float64),
        beat_class=classes.called if classes else None,
        probability=classes.probability if classes else None,
        to_review=classes.review if classes else None,
        score=scores.score if scores else None,
        flagged=scores.flagged if scores else None,
    )
    row = replace(
        row,
        caution=" ".join(cautions),
        simulated=record.simulated,
        fs=float(record.fs),
        leads=", ".join(lead for lead in beats.leads[record.name] if lead != ABSENT),
        positions="annotated" if annotated else "detected",
        excluded=int((~beats.used).sum()),
    )
    return _with_flags(_with_rhythm(row, record, layer, columns), columns), columns


def _prepared(record: Record, layer: str, config: BeatConfig, empty: Empty, found: dict[str, BeatSet]) -> BeatSet:
    """Prepared once for all models of one preparation."""
    if config.hash not in found:
        one = prepare(record, config, layer, empty)
        stored = StoredRecord(facts_of(one, ""), one.rows, one.signals)
        found[config.hash] = beat_set([stored], config, {}, Patients({}), layer)
    return found[config.hash]


def _classes(model: Any, beats: BeatSet) -> _Classes:
    probability = model.predict_proba(beats)
    names = list(model.classes_)
    by_class = np.full((len(probability), len(SCORED)), np.nan, np.float32)
    for k, name in enumerate(SCORED):
        if name in names:
            by_class[:, k] = probability[:, names.index(name)]
    called = np.asarray(names)[probability.argmax(axis=1)]
    review = to_review(model.promises_, probability, names) if model.promises_ else None
    return _Classes(by_class, called, review)


def _with_rhythm(row: RecordingRow, record: Record, layer: LabelLayer, columns: BeatColumns) -> RecordingRow:
    """Rates, pauses, fibrillation; with classes counts, burdens and runs."""
    classed = columns.beat_class is not None
    if columns.beat_class is not None:
        symbols = [SYMBOLS.get(name, name) for name in columns.beat_class.tolist()]
        labels = Annotations(columns.r_sample, np.array(symbols, "<U1"), ("",) * len(symbols))
        layer = LabelLayer("classes", "model", "classes", annotations=labels)
    whole = labelled(record, layer)
    summary = summarise_rhythm(whole)
    row = replace(
        row,
        duration_s=summary.duration_s,
        unreadable_s=summary.unreadable_s,
        beats=summary.n_beats,
        mean_rate=_number(summary.mean_rate),
        slowest_rate=summary.slowest.per_minute if summary.slowest else None,
        fastest_rate=summary.fastest.per_minute if summary.fastest else None,
        longest_rr_s=summary.longest_rr.seconds if summary.longest_rr else None,
        pauses=len(summary.pauses),
        fibrillation_s=sum(one.stop_sample - one.start_sample for one in fibrillation_of(whole)) / record.fs,
    )
    return _with_ectopy(row, summary) if classed else row


def _with_ectopy(row: RecordingRow, summary: RhythmSummary) -> RecordingRow:
    n, s_beats, v_beats, f = (summary.beats_by_class.get(name, 0) for name in SCORED)
    row = replace(row, n_beats=n, s_beats=s_beats, v_beats=v_beats, f_beats=f)
    for one in summary.ectopy:
        n_runs = sum(run.n_beats >= SHORT_RUN for run in summary.runs if run.kind == one.kind)
        longest = one.longest.n_beats if one.longest else 0
        burden, per_hour = _number(one.burden), _number(one.per_hour)
        if one.kind == "S":
            row = replace(row, s_burden=burden, s_per_hour=per_hour, s_runs=n_runs, s_longest_run=longest)
        else:
            row = replace(row, v_burden=burden, v_per_hour=per_hour, v_runs=n_runs, v_longest_run=longest,
                          v_couplets=one.couplets)  # fmt: skip
    return row


def _with_flags(row: RecordingRow, columns: BeatColumns) -> RecordingRow:
    if columns.to_review is not None:
        row = replace(row, to_review=int(columns.to_review.sum()))
    if columns.score is None or columns.flagged is None:
        return row
    judged = columns.score[columns.excluded == ""]
    flagged = int((columns.flagged & (columns.excluded == "")).sum())
    return replace(
        row,
        flagged=flagged,
        flagged_per_hour=flagged / (row.duration_s / 3600) if row.duration_s else None,
        median_score=float(np.median(judged)) if len(judged) else None,
        highest_score=float(judged.max()) if len(judged) else None,
    )


def _seen(model: str, card: Card, record: Record) -> str:
    """That a model was trained on this patient, where somebody knows whose the recording is."""
    if record.patient is None:
        return ""
    shared = shared_with_training(card, [record.name], Patients({record.name: record.patient}))
    trained = ", ".join(shared.get(record.name, ()))
    return f"{model} was trained on record {trained} of the same patient." if trained else ""


def _confidence(peaks: LabelLayer) -> npt.NDArray[np.float32] | None:
    if peaks.probability is None:
        return None
    sure: npt.NDArray[np.float32] = peaks.probability[peaks.annotations.symbol == UNCLASSIFIED]
    return sure


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
