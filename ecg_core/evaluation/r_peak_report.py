"""How well R peaks were found, against reference annotations, as EC57 counts it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ecg_core.data.labels import Annotations, LabelLayer
from ecg_core.evaluation.beat_comparison import BeatComparison, compare_records
from ecg_core.evaluation.beat_figures import average, gross
from ecg_core.typed_json import JsonObject


@dataclass(frozen=True)
class JudgedRecord:
    """R peaks found in one record."""

    beats: int
    unreadable_s: float
    """Seconds that cannot be read: no R peak is given there."""
    seconds: float
    """What finding them took."""
    comparison: BeatComparison | None = field(default=None, repr=False)
    """With the reference; None where nobody annotated a beat."""

    def to_json(self) -> JsonObject:
        """Beats, seconds, and with a reference its figures and the numbers of missed and extra beats."""
        value: JsonObject = {"beats": self.beats, "unreadable_s": self.unreadable_s, "seconds": self.seconds}
        if self.comparison is None:
            return value
        qrs, matches = self.comparison.figures.qrs, self.comparison.matches
        return value | {
            "sensitivity": qrs.sensitivity,
            "positive_predictivity": qrs.positive_predictivity,
            "rr_error_ms": matches.rr_error_ms,
            "missed": len(matches.missed),
            "extra": len(matches.extra),
        }


@dataclass(frozen=True)
class RPeaksReport:
    """R peaks of several records."""

    sensitivity: float | None
    """Per cent, gross; None without a reference."""
    positive_predictivity: float | None
    rr_error_ms: float | None
    """Mean over records."""
    seconds_per_record: float
    records: Mapping[str, JudgedRecord]

    def to_json(self) -> JsonObject:
        """As `peaks --json` prints it."""
        return {**vars(self), "records": {name: row.to_json() for name, row in self.records.items()}}


def judge_r_peaks(reference: Annotations, detected: LabelLayer, fs: float, n_samples: int) -> BeatComparison | None:
    """Compare detected R peaks with a reference over the whole recording, 150 ms, as `bxb` does; None without a beat in
    the reference."""
    comparison = compare_records(reference, detected.annotations, fs, start_s=0, n_samples=n_samples)
    return comparison if comparison.figures.qrs.sensitivity is not None else None


def report_of(records: Mapping[str, JudgedRecord]) -> RPeaksReport:
    """All records together: gross figures, and the mean of the RR errors."""
    comparisons = [row.comparison for row in records.values() if row.comparison is not None]
    qrs = gross([one.matrix for one in comparisons]).rates.qrs if comparisons else None
    errors = average([one.matrix for one in comparisons], [one.matches.rr_error_ms for one in comparisons])
    return RPeaksReport(
        qrs.sensitivity if qrs else None,
        qrs.positive_predictivity if qrs else None,
        errors.rr_error_ms if comparisons else None,
        sum(row.seconds for row in records.values()) / len(records),
        records,
    )
