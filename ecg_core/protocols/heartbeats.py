"""Protocols that judge a beat classifier: DS1 to DS2 under two maps of classes, and every patient left out in turn."""

import csv
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ecg_core.beats.classes import SCORED
from ecg_core.beats.splits import DS1, DS2, SHARED_TEST_RECORD
from ecg_core.errors import ModelError
from ecg_core.evaluation.classification import overall
from ecg_core.evaluation.label_maps import DE_CHAZAL_MAP, EC57_MAP, LabelMap
from ecg_core.learning.model_folder import load_card
from ecg_core.learning.unseen import VALIDATION
from ecg_core.protocols.protocol import Column, Protocol, ProtocolResult, ProtocolRow, ProtocolRun, Published
from ecg_core.tasks.classifier.report import ClassifiedBeats
from ecg_core.tasks.classifier.task import CLASSIFIER
from ecg_core.tasks.classifier.training import predictions
from ecg_core.tasks.judged_beats import JudgedOn
from ecg_core.workspace import now

CONSTRUE = "Construe (Teijeiro 2018)"
CONSTRUE_SOURCE = "doi 10.1109/JBHI.2016.2631247; per-record table, github citiususc/construe, Beat_Classification.md"
PUBLISHED = Path(__file__).parent / "published"
ALL = tuple(sorted((*DS1, *DS2)))
KINDS = ("S", "V")

Counts = Mapping[str, Mapping[str, int]]
"""Kind (S, V) -> `all`, `found`, `false`."""

_BY_RECORD = tuple(
    column
    for kind in KINDS
    for column in (
        Column(f"{kind} all", kind, "count", None),
        Column(f"{kind} found", f"{kind} found", "count"),
        Column(f"{kind} false", f"false {kind}", "count", False),
    )
)
EJS_COLUMNS = (
    Column("S F1", "S F1"),
    Column("V F1", "V F1"),
    Column("S sensitivity", "S sensitivity", "share"),
    Column("S ppv", "S predictivity", "share"),
    Column("V sensitivity", "V sensitivity", "share"),
    Column("V ppv", "V predictivity", "share"),
    Column("S F1 without 232", "S F1 without 232"),
    Column("V F1 without 232", "V F1 without 232"),
    *(Column(f"{kind} F1 without {SHARED_TEST_RECORD}", f"{kind} F1 without {SHARED_TEST_RECORD}") for kind in KINDS),
    *(Column(f"false {kind} an hour", f"False {kind} an hour", "rate", False) for kind in KINDS),
    Column("macro F1", "Macro-F1 (e, j as N)"),
    Column("accuracy", "Accuracy (e, j as N)", "share"),
    *_BY_RECORD,
)
CHAZAL_COLUMNS = (
    Column("macro F1", "Macro-F1"),
    *(Column(f"{name} F1", f"{name} F1") for name in SCORED),
    Column("accuracy", "Accuracy", "share"),
    *(Column(f"macro F1 without {name}", f"Macro-F1 without {name}") for name in ("232", "213", "202")),
    Column("S F1 without 232", "S F1 without 232"),
    *_BY_RECORD,
)


def counted(symbols: npt.NDArray[np.str_], called: npt.NDArray[np.str_], label_map: LabelMap) -> Counts:
    """Beats of S and V among reference `symbols` (n,), and what `called` (n,), classes, makes of them.

    As bxb counts: F or Q called V is neither right nor wrong, nor is Q called S.
    """
    classes = np.array([label_map.classes.get(symbol, "") for symbol in symbols.tolist()])
    neutral = {"S": ("S", "Q", ""), "V": ("V", "F", "Q", "")}
    return {
        kind: {
            "all": int((classes == kind).sum()),
            "found": int(((classes == kind) & (called == kind)).sum()),
            "false": int((~np.isin(classes, neutral[kind]) & (called == kind)).sum()),
        }
        for kind in KINDS
    }


def f1_of(counts: Mapping[str, int]) -> float | None:
    """2 found / (all + found + false); None without a beat of the kind and none found."""
    below = counts["all"] + counts["found"] + counts["false"]
    return 2 * counts["found"] / below if below else None


def added(each: Sequence[Counts]) -> Counts:
    """Counts of several records together."""
    return {kind: {key: sum(one[kind][key] for one in each) for key in ("all", "found", "false")} for kind in KINDS}


@lru_cache
def construe() -> Mapping[str, Counts]:
    """Record -> what Construe found."""
    with (PUBLISHED / "construe.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["record"]: _of_construe({key: int(value) for key, value in row.items()}) for row in rows}


def _of_construe(row: Mapping[str, int]) -> Counts:
    return {
        "S": {"all": row["S_total"], "found": row["Ss"], "false": row["Ns"] + row["Vs"] + row["Fs"] + row["Os"]},
        "V": {"all": row["V_total"], "found": row["Vv"], "false": row["Nv"] + row["Sv"] + row["Ov"]},
    }


def ejs(run: ProtocolRun) -> ProtocolResult:
    """DS2 under bxb's map."""
    made, card = _classified(run, DS2, "DS2")
    return _under_ejs(run, made, card)


def patients_out(run: ProtocolRun) -> ProtocolResult:
    """The validation of a model that was trained on all 44 records, a patient left out at a time."""
    made, card = _classified(run, ALL, VALIDATION)
    return _under_ejs(run, made, card)


def chazal(run: ProtocolRun) -> ProtocolResult:
    """DS2 under de Chazal's map."""
    made, sha = _classified(run, DS2, "DS2")
    report = made.report()
    total = {"macro F1": report.macro_f1, "accuracy": report.accuracy}
    total |= {f"{name} F1": report.classes[name].f1 for name in SCORED}
    total |= {f"macro F1 without {name}": report.without[name].macro_f1 for name in ("232", "213", SHARED_TEST_RECORD)}
    total["S F1 without 232"] = report.without["232"].f1["S"]
    return _result(run, sha, total, _rows(made, DE_CHAZAL_MAP, peers=False), CHAZAL_PEERS, report.note)


def _under_ejs(run: ProtocolRun, made: ClassifiedBeats, sha: str) -> ProtocolResult:
    by_record = _by_record(made, EC57_MAP)
    hours = {name: made.beats.durations_s[name] / 3600 for name in by_record}
    total = _figures(by_record, hours)
    whole = overall(made.result, SCORED)
    total |= {"macro F1": whole.macro_f1, "accuracy": whole.accuracy}
    peer = {name: construe()[name] for name in by_record}
    theirs = {key: value for key, value in _figures(peer, hours).items() if value is not None}
    published = (
        Published(
            CONSTRUE,
            theirs,
            CONSTRUE_SOURCE,
            "Rules by people who knew these records; nothing is trained. It names no F.",
        ),
    )
    return _result(run, sha, total, _rows(made, EC57_MAP, peers=True), published, made.note)


def _figures(by_record: Mapping[str, Counts], hours: Mapping[str, float]) -> dict[str, float | None]:
    whole = added(list(by_record.values()))
    rest, alone = (
        added([counts for name, counts in by_record.items() if name != left_out])
        for left_out in ("232", SHARED_TEST_RECORD)
    )
    n_hours = sum(hours.values())
    figures: dict[str, float | None] = {}
    for kind in KINDS:
        counts = whole[kind]
        figures |= {
            f"{kind} F1": f1_of(counts),
            f"{kind} sensitivity": counts["found"] / counts["all"] if counts["all"] else None,
            f"{kind} ppv": counts["found"] / max(1, counts["found"] + counts["false"]),
            f"{kind} F1 without 232": f1_of(rest[kind]),
            f"{kind} F1 without {SHARED_TEST_RECORD}": f1_of(alone[kind]),
            f"false {kind} an hour": counts["false"] / n_hours,
        } | {f"{kind} {key}": counts[key] for key in ("all", "found", "false")}
    return figures


def _by_record(made: ClassifiedBeats, label_map: LabelMap) -> dict[str, Counts]:
    symbols = made.beats.table["symbol"].to_numpy(dtype=str)[made.rows]
    called = np.asarray(made.result.classes)[made.result.predicted]
    record = made.result.record
    return {name: counted(symbols[record == name], called[record == name], label_map) for name in made.result.records}


def _rows(made: ClassifiedBeats, label_map: LabelMap, peers: bool) -> tuple[ProtocolRow, ...]:
    def flat(counts: Counts) -> dict[str, float | None]:
        return {f"{kind} {key}": counts[kind][key] for kind in KINDS for key in ("all", "found", "false")}

    return tuple(
        ProtocolRow(name, flat(counts), flat(construe()[name]) if peers else {})
        for name, counts in _by_record(made, label_map).items()
    )


def _classified(run: ProtocolRun, records: tuple[str, ...], part: str) -> tuple[ClassifiedBeats, str]:
    assert run.folder is not None
    card = load_card(run.folder)
    if card.kind != CLASSIFIER.kind:
        raise ModelError(
            f"{run.model} holds a model of kind {card.kind!r}: protocol {run.protocol.name} judges a beat classifier."
        )
    if part == VALIDATION and (set(card.split.train) != set(records) or card.options.get("folds") != PATIENTS):
        raise ModelError(
            f"{run.model} was not trained with each of the {PATIENTS} patients of the 44 records left out in turn. "
            f"Train such a model first: {PATIENTS_OUT_TRAINING} Then name it with --run."
        )
    return predictions(run.folder, JudgedOn(run.source, records, part)), card.weights_sha256


def _result(
    run: ProtocolRun,
    sha: str,
    total: Mapping[str, float | None],
    rows: tuple[ProtocolRow, ...],
    published: tuple[Published, ...],
    note: str,
) -> ProtocolResult:
    return ProtocolResult(run.protocol.name, run.model, now(), total, rows, published, note, sha)


PATIENTS = 43
"""Of the 44 records: 201 and 202 are one patient."""
PATIENTS_OUT_TRAINING = (
    f"python -m ecg_core train classifier --records {' '.join(ALL)} --folds {PATIENTS} --members 1 --follow"
)
CHAZAL_PEERS = (
    Published(
        "de Chazal 2004",
        {"accuracy": 0.859, "S F1": 0.511, "V F1": 0.797},
        "doi 10.1109/TBME.2004.827359, table VII: S 75.9/38.5, V 77.7/81.9",
    ),
    Published(
        "MACN, no adaptation (code 2019)",
        {"S F1": 0.65, "V F1": 0.88, "macro F1": 0.66},
        "github chenmingTHU/ECG_UDA, README",
    ),
    Published(
        "the same, adapted to DS2 (DAEAC 2021)",
        {"S F1": 0.83, "V F1": 0.95, "macro F1": 0.725},
        "github chenmingTHU/ECG_UDA, README",
        "Has seen DS2, unlabelled; many settings were compared on it.",
    ),
)
_EJS = "beats at their annotations, all 30 minutes, the whole recording known"
DS1_DS2 = Protocol(
    "ds1-ds2",
    "DS1 to DS2, de Chazal's classes",
    "Trained on the 22 records of DS1, judged on the 22 of DS2 (de Chazal 2004), e and j as N; " + _EJS + ". Most of "
    "S is record 232 and most of F record 213, so figures are given without each of them too.",
    CLASSIFIER.kind,
    DS2,
    CHAZAL_COLUMNS,
    chazal,
    model="models/classifier",
)
DS1_DS2_EJS = Protocol(
    "ds1-ds2-ejs",
    "DS1 to DS2, classes as WFDB's bxb has them",
    "The same model and records, but e, j and n count as S, and F called V is neither right nor wrong, as bxb counts "
    "for ANSI/AAMI EC57; " + _EJS + ".",
    CLASSIFIER.kind,
    DS2,
    EJS_COLUMNS,
    ejs,
    row_peer=CONSTRUE,
    model="models/classifier",
)
PATIENTS_OUT = Protocol(
    "patients-out",
    "Every patient left out in turn",
    "All 44 records without paced beats: each patient is judged by a classifier that was trained on all others (201 "
    "and 202 are one patient). e, j and n count as S. What to expect of a patient from the next room.",
    CLASSIFIER.kind,
    ALL,
    EJS_COLUMNS,
    patients_out,
    row_peer=CONSTRUE,
)
