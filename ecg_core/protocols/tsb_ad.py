"""TSB-AD-U's MIT-BIH series: as TSB-UAD, with pieces of records and the volume under the precision-recall surface.

Liu Q, Paparrizos J. The elephant in the room: towards a reliable time-series anomaly detection benchmark. NeurIPS 2024
Datasets and Benchmarks. Which lead a series holds is not told, so both are scored; record 102 is there twice, and
counts once a lead, and 220 as a whole and in part. The score is that of `tsb_uad`.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from ecg_core.data.reader import read_record
from ecg_core.data.record import Record
from ecg_core.evaluation.surface import volumes, window_of
from ecg_core.protocols.heartbeats import PUBLISHED
from ecg_core.protocols.protocol import Column, Protocol, ProtocolResult, ProtocolRow, ProtocolRun, Published
from ecg_core.protocols.tsb_labels import series_labels
from ecg_core.protocols.tsb_uad import sample_scores, with_lead
from ecg_core.workspace import now

SOURCE = "TheDatumOrg/TSB-AD, benchmark_eval_results/uni_mergedTable_VUS-PR.csv"
VUS, OTHER = "VUS-PR", "VUS-PR, other lead"
ROW_PEER = "KShapeAD"


@dataclass(frozen=True)
class Series:
    """A piece of a record."""

    number: str
    record: str
    lead: int = 0
    """Column of the lead that counts."""
    end: int | None = None
    """Samples from the record's beginning; None for all."""

    @property
    def name(self) -> str:
        until = f" until {self.end:,}" if self.end else ""
        return f"{self.number}: record {self.record}{until}, lead {self.lead + 1}"


SERIES = (
    Series("170", "220", end=500_000),
    Series("171", "205"),
    Series("172", "102"),
    Series("173", "219"),
    Series("175", "102", lead=1),
    Series("176", "215"),
    Series("177", "220"),
)


@lru_cache
def published() -> Mapping[str, Mapping[str, float]]:
    """Method -> number of the series -> VUS-PR."""
    found: dict[str, dict[str, float]] = {}
    with (PUBLISHED / "tsb-ad.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["method"], {})[row["series"]] = float(row["value"])
    return found


def carried_out(run: ProtocolRun) -> ProtocolResult:
    """Score every series, both leads."""
    rows = []
    for number, series in enumerate(SERIES, start=1):
        run.tell(f"series {number} of {len(SERIES)}")
        record = read_record(run.source.folder, series.record)
        figures: dict[str, float | None] = {
            VUS: vus_pr(record, series.lead, series.end), OTHER: vus_pr(record, 1 - series.lead, series.end)
        }  # fmt: skip
        rows.append(ProtocolRow(series.name, figures, {VUS: published()[ROW_PEER][series.number]}))
    numbers = [series.number for series in SERIES]
    total: dict[str, float | None] = {
        key: sum(row.figures[key] or 0.0 for row in rows) / len(rows) for key in (VUS, OTHER)
    }
    others = [
        Published(method, {VUS: sum(values[number] for number in numbers) / len(numbers)}, SOURCE)
        for method, values in published().items()
    ]
    best_first = tuple(sorted(others, key=lambda one: -one.figures[VUS]))
    return ProtocolResult(run.protocol.name, "", now(), total, tuple(rows), best_first, NOTE)


def vus_pr(record: Record, lead: int, end: int | None) -> float:
    """VUS-PR of the score of one lead of a record's first `end` samples."""
    label = series_labels(record.annotations, record.n_samples).label[:end]
    alone = with_lead(record, lead)
    piece = replace(alone, signals=alone.signals[:end])
    return volumes(label, sample_scores(piece), window_of(piece.signals[:, 0])).pr


NOTE = (
    "The published methods know nothing of ECG; ours finds heartbeats. The score is that of protocol tsb-uad, chosen "
    "there with labels that 215 and 219, two of these series, are among; nothing more was chosen here."
)
TSB_AD = Protocol(
    "tsb-ad",
    "TSB-AD-U, 7 MIT-BIH series",
    "One lead at a time, nothing trained, every sample scored; area under the precision-recall curve, averaged over "
    "how far beside a labelled window a score may lie. Mean of the 7 series of 5 records that the published table has.",
    "",
    tuple(sorted({series.record for series in SERIES})),
    (Column(VUS, VUS), Column(OTHER, OTHER)),
    carried_out,
    "Series",
    ROW_PEER,
)
