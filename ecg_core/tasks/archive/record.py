"""One recording scored: R peaks where nobody annotated any, classes, scores, rhythm, burdens, quality."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.classes import BY_CODE, SCORED
from ecg_core.beats.config import BeatConfig
from ecg_core.beats.detection import detected_layer
from ecg_core.beats.labelled_record import labelled
from ecg_core.beats.lead_places import ABSENT
from ecg_core.beats.prepare import prepare
from ecg_core.beats.record_store import StoredRecord, facts_of
from ecg_core.beats.rhythm_by_rr import fibrillation_of
from ecg_core.beats.rhythm_summary import RhythmSummary, summarise_rhythm
from ecg_core.beats.runs import SHORT_RUN
from ecg_core.beats.sections import MOST_BEATS, stored_sections
from ecg_core.beats.store import beat_set
from ecg_core.beats.table import Empty
from ecg_core.data.labels import REFERENCE, UNCLASSIFIED, Annotations, LabelLayer
from ecg_core.data.mapping import release
from ecg_core.data.patients import Patients
from ecg_core.data.record import Record
from ecg_core.errors import LeadsError, ModelError
from ecg_core.evaluation.risk_control import to_review
from ecg_core.learning.card import Card
from ecg_core.learning.fits import fitting, leads_caution, preparation_of, unlike
from ecg_core.learning.unseen import shared_with_training
from ecg_core.memory import give_back
from ecg_core.parallel.threads import in_threads
from ecg_core.tasks.archive.models import SentModel, load
from ecg_core.tasks.archive.rows import BeatColumns, RecordingRow
from ecg_core.tasks.classifier.labels import SYMBOLS
from ecg_core.tasks.classifier.task import CLASSIFIER

LONG_S = 3 * 3600.0
"""Of recordings that are longer, memory is given back between the parts of the work."""


@dataclass(frozen=True)
class _Fitted:
    """A model that may score the recording."""

    sent: SentModel
    model: Any = field(repr=False)
    preparation: int
    """Which of the ways the beats were prepared in is its own."""


@dataclass(frozen=True, eq=False)
class _Kept:
    """What is kept of every beat until the last section is scored, each (n,)."""

    symbol: npt.NDArray[np.uint8] | None = field(repr=False)
    """ASCII code of its class's annotation symbol."""
    to_review: npt.NDArray[np.bool_] | None = field(repr=False)
    score: npt.NDArray[np.float64] | None = field(repr=False)
    flagged: npt.NDArray[np.bool_] | None = field(repr=False)


def score_record(
    record: Record,
    row: RecordingRow,
    models: Sequence[SentModel],
    any_leads: bool,
    write: Callable[[BeatColumns], None],
    empty: Empty = np.empty,
) -> RecordingRow:
    """`row` filled in, and the beats of a recording given to `write`, section by section in order.

    `empty` makes the arrays of the beats. A model that does not fit the recording is left out, and the row
    says so. Raises DataError for what is no recording of a patient.
    """
    peaks = detected_layer(record)
    annotated = bool(np.isin(record.annotations.symbol, list(BY_CODE)).any())
    layer = record.layers[REFERENCE] if annotated else peaks
    record = record.with_layer(peaks)
    cautions: list[str] = list(record.notes)
    _between_parts(record)
    configs = [BeatConfig()]
    configs += [one for one in _configs(models) if one not in configs]
    prepared = [_prepared(record, layer.name, config, empty) for config in configs]
    rows = prepared[0].rows
    _between_parts(record)
    fitted = _fitting(record, prepared, configs, models, any_leads, cautions) if len(rows) else []
    confidence = None if annotated else _confidence(peaks)
    peaks = _marks(peaks)  # its beats are in the rows by now
    record = record.with_layer(peaks)
    if any(one.sent.used.kind == CLASSIFIER.kind for one in fitted):
        layer = peaks
    _between_parts(record)
    kept = _written(_scored(fitted, prepared, configs), confidence, write)
    _between_parts(record)
    row = replace(
        row,
        caution=" ".join(cautions),
        simulated=record.simulated,
        fs=float(record.fs),
        duration_s=record.duration_s,
        leads=", ".join(lead for lead in prepared[0].facts.leads if lead != ABSENT),
        positions="annotated" if annotated else "detected",
    )
    row = _with_flags(row, kept, _column(rows, "excluded") == 0)
    symbol = kept.symbol
    del kept, confidence
    _between_parts(record)
    r_sample = _column(rows, "r_sample")
    _release(prepared)
    row = _with_rhythm(row, record, layer, r_sample, symbol)
    del r_sample, symbol
    _between_parts(record)
    return row


def _between_parts(record: Record) -> None:
    if record.duration_s > LONG_S:
        give_back()


def _configs(models: Sequence[SentModel]) -> Iterator[BeatConfig]:
    for sent in models:
        with suppress(ModelError):  # a model of images has none: it is said where it does not fit
            yield preparation_of(load(sent)[1]).config


def _prepared(record: Record, layer: str, config: BeatConfig, empty: Empty) -> StoredRecord:
    one = prepare(record, config, layer, empty)
    return StoredRecord(facts_of(one, ""), one.rows, one.signals)


def _fitting(
    record: Record, prepared: Sequence[StoredRecord], configs: Sequence[BeatConfig], models: Sequence[SentModel],
    any_leads: bool, cautions: list[str],
) -> list[_Fitted]:  # fmt: skip
    """The models that may score the recording; what is to be said of them goes to `cautions`."""
    found, refused = [], dict[str, list[str]]()
    for sent in models:
        model, card = load(sent)
        try:
            at = configs.index(preparation_of(card).config)
            some = _beats(
                StoredRecord(prepared[at].facts, prepared[at].rows[:1], prepared[at].signals[:1]), configs[at]
            )
            beats = fitting(card, some, any_leads)
        except LeadsError:
            refused.setdefault(unlike(card, some), []).append(sent.used.name)
            continue
        except ModelError as error:
            cautions.append(f"{sent.used.name} does not fit: {error}")
            continue
        cautions += filter(None, [leads_caution(card, beats), _seen(sent.used.name, card, record)])
        found.append(_Fitted(sent, model, at))
    for why, names in refused.items():
        cautions.append(f"Not scored by {' and '.join(names)}, {why}. To have any lead scored, choose so (Any leads, "
                        "--any-leads) for another archive.")  # fmt: skip
    return found


def _beats(stored: StoredRecord, config: BeatConfig) -> BeatSet:
    return beat_set([stored], config, {}, Patients({}), "")


def _scored(
    fitted: Sequence[_Fitted], prepared: Sequence[StoredRecord], configs: Sequence[BeatConfig]
) -> Iterator[BeatColumns]:
    """The beats section by section, two sections at a time where there are several."""

    def scored(parts: tuple[StoredRecord, ...]) -> BeatColumns:
        beats = [_beats(part, config) for part, config in zip(parts, configs, strict=True)]
        columns = _section(fitted, beats)
        if several:
            _release(prepared)
        return columns

    several = len(prepared[0].rows) > MOST_BEATS
    every = zip(*map(stored_sections, prepared, configs), strict=True)
    yield from in_threads(scored, every, several)


def _written(
    scored: Iterator[BeatColumns], confidence: npt.NDArray[np.float32] | None, write: Callable[[BeatColumns], None]
) -> _Kept:
    kept: list[_Kept] = []
    first = 0
    for columns in scored:
        n = len(columns.r_sample)
        write(replace(columns, confidence=None if confidence is None else confidence[first : first + n]))
        kept.append(_Kept(_symbols(columns.beat_class), columns.to_review, columns.score, columns.flagged))
        first += n
    return _Kept(*(_joined([getattr(one, each.name) for one in kept]) for each in fields(_Kept)))


def _release(prepared: Sequence[StoredRecord]) -> None:
    for one in prepared:
        release(one.signals)
        release(one.rows)


def _section(fitted: Sequence[_Fitted], beats: Sequence[BeatSet]) -> BeatColumns:
    table = beats[0].table
    columns = BeatColumns(
        r_sample=table["r_sample"].to_numpy(np.int64),
        time_s=table["time_s"].to_numpy(np.float64),
        symbol=table["symbol"].to_numpy(str),
        excluded=table["excluded"].to_numpy(str),
        rr_s=table["rr_pre_s"].to_numpy(np.float64),
    )
    for one in fitted if len(table) else ():
        own = beats[one.preparation]
        if one.sent.used.kind == CLASSIFIER.kind:
            columns = _with_classes(columns, one.model, own)
        else:
            score = one.model.score_samples(own)
            columns = replace(columns, score=score, flagged=score >= one.model.threshold_)
    return columns


def _with_classes(columns: BeatColumns, model: Any, beats: BeatSet) -> BeatColumns:
    probability = model.predict_proba(beats)
    names = list(model.classes_)
    by_class = np.full((len(probability), len(SCORED)), np.nan, np.float32)
    for k, name in enumerate(SCORED):
        if name in names:
            by_class[:, k] = probability[:, names.index(name)]
    called = np.asarray(names)[probability.argmax(axis=1)]
    review = to_review(model.promises_, probability, names) if model.promises_ else None
    return replace(columns, probability=by_class, beat_class=called, to_review=review)


def _column(rows: npt.NDArray[np.void], name: str) -> npt.NDArray[Any]:
    """One of the columns of rows in a file, through which only some are in memory at a time."""
    column = np.empty(len(rows), rows.dtype[name])
    for first in range(0, len(rows), MOST_BEATS):
        column[first : first + MOST_BEATS] = rows[name][first : first + MOST_BEATS]
        release(rows)
    return column


def _marks(layer: LabelLayer) -> LabelLayer:
    """A layer's annotations that are no beats."""
    rows = np.flatnonzero(layer.annotations.symbol != UNCLASSIFIED)
    every = layer.annotations
    some = Annotations(every.sample[rows], every.symbol[rows], tuple(every.aux[row] for row in rows.tolist()))
    return replace(layer, annotations=some, probability=None)


def _symbols(beat_class: npt.NDArray[np.str_] | None) -> npt.NDArray[np.uint8] | None:
    if beat_class is None:
        return None
    names, number = np.unique(beat_class, return_inverse=True)
    return np.array([ord(SYMBOLS.get(name, name)) for name in names.tolist()], np.uint8)[number]


def _joined(parts: Sequence[npt.NDArray[Any] | None]) -> npt.NDArray[Any] | None:
    there = [part for part in parts if part is not None]
    return np.concatenate(there) if there else None


def _with_rhythm(
    row: RecordingRow, record: Record, layer: LabelLayer, r_sample: npt.NDArray[np.int64],
    symbol: npt.NDArray[np.uint8] | None,
) -> RecordingRow:  # fmt: skip
    """Rates, pauses, fibrillation; with classes counts, burdens and runs."""
    classed = symbol is not None
    if symbol is not None:
        labels = Annotations(r_sample, symbol.astype(np.uint32).view("<U1"), ("",) * len(symbol))
        layer = LabelLayer("classes", "model", "classes", annotations=labels)
    whole = labelled(record, layer)
    summary = summarise_rhythm(whole)
    _between_parts(record)
    fibrillating = sum(one.stop_sample - one.start_sample for one in fibrillation_of(whole))
    row = replace(
        row,
        unreadable_s=summary.unreadable_s,
        flutter_s=summary.flutter_s,
        beats=summary.n_beats,
        mean_rate=_number(summary.mean_rate),
        slowest_rate=summary.slowest.per_minute if summary.slowest else None,
        fastest_rate=summary.fastest.per_minute if summary.fastest else None,
        longest_rr_s=summary.longest_rr.seconds if summary.longest_rr else None,
        pauses=len(summary.pauses),
        fibrillation_s=fibrillating / record.fs,
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


def _with_flags(row: RecordingRow, kept: _Kept, used: npt.NDArray[np.bool_]) -> RecordingRow:
    if kept.to_review is not None:
        row = replace(row, to_review=int(kept.to_review.sum()))
    row = replace(row, excluded=int((~used).sum()))
    if kept.score is None or kept.flagged is None:
        return row
    judged = kept.score[used]
    highest = float(judged.max()) if len(judged) else None
    flagged = int((kept.flagged & used).sum())
    return replace(
        row,
        flagged=flagged,
        flagged_per_hour=flagged / (row.duration_s / 3600) if row.duration_s else None,
        median_score=float(np.median(judged, overwrite_input=True)) if len(judged) else None,
        highest_score=highest,
    )


def _seen(model: str, card: Card, record: Record) -> str:
    """That a model was trained on this patient, where somebody knows whose the recording is."""
    if record.patient is None:
        return ""
    shared = shared_with_training(card, [record.name], Patients({record.name: record.patient}))
    trained = ", ".join(shared.get(record.name, ()))
    return f"The model {model} was trained on record {trained} of the same patient." if trained else ""


def _confidence(peaks: LabelLayer) -> npt.NDArray[np.float32] | None:
    if peaks.probability is None:
        return None
    sure: npt.NDArray[np.float32] = peaks.probability[peaks.annotations.symbol == UNCLASSIFIED]
    return sure


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
