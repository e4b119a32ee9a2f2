"""How well stretches of atrial fibrillation were found, by their duration, as ANSI/AAMI EC57 counts it.

Sensitivity is the share of the reference fibrillation that was found, positive predictivity the share of what was found
that is fibrillation. What lies in atrial flutter is counted apart: it counts neither way.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ecg_core.beats.rhythm_summary import RhythmSummary
from ecg_core.beats.usual_beat import UsualBeat
from ecg_core.data.rhythm import Rhythm
from ecg_core.typed_json import JsonObject

FIBRILLATION, FLUTTER = "AFIB", "AFL"


@dataclass(frozen=True)
class FibrillationFigures:
    """Seconds of one record, or of several together."""

    reference_s: float = 0.0
    """Fibrillation in the reference."""
    found_s: float = 0.0
    """Called fibrillation, flutter apart."""
    both_s: float = 0.0
    """Fibrillation that was called so."""
    flutter_s: float = 0.0
    """Atrial flutter in the reference."""
    found_in_flutter_s: float = 0.0

    @property
    def sensitivity(self) -> float | None:
        """Per cent; None without fibrillation in the reference."""
        return 100 * self.both_s / self.reference_s if self.reference_s else None

    @property
    def positive_predictivity(self) -> float | None:
        """Per cent; None if nothing was found."""
        return 100 * self.both_s / self.found_s if self.found_s else None

    def to_json(self) -> JsonObject:
        """Seconds, sensitivity and positive predictivity."""
        figures = {"sensitivity": self.sensitivity, "positive_predictivity": self.positive_predictivity}
        return figures | {name: round(seconds, 2) for name, seconds in vars(self).items()}


def judge_fibrillation(reference: Sequence[Rhythm], found: Sequence[Rhythm], fs: float) -> FibrillationFigures:
    """Compare stretches found with the reference rhythm of a record; both in time order and without overlaps."""
    fibrillation = [episode for episode in reference if episode.name == FIBRILLATION]
    flutter = [episode for episode in reference if episode.name == FLUTTER]
    in_flutter = _shared(flutter, found)
    return FibrillationFigures(
        reference_s=_length(fibrillation) / fs,
        found_s=(_length(found) - in_flutter) / fs,
        both_s=_shared(fibrillation, found) / fs,
        flutter_s=_length(flutter) / fs,
        found_in_flutter_s=in_flutter / fs,
    )


def together(figures: Iterable[FibrillationFigures]) -> FibrillationFigures:
    """Gross: the seconds of all records added."""
    rows = list(figures)
    return FibrillationFigures(
        sum(row.reference_s for row in rows),
        sum(row.found_s for row in rows),
        sum(row.both_s for row in rows),
        sum(row.flutter_s for row in rows),
        sum(row.found_in_flutter_s for row in rows),
    )


@dataclass(frozen=True)
class JudgedRhythm:
    """One record's fibrillation by RR intervals, and its usual beat."""

    found: tuple[Rhythm, ...]
    fs: float
    figures: FibrillationFigures | None
    """With the reference rhythm; None where nobody annotated one."""
    usual: UsualBeat | None = None
    """The usual beat; None with too few beats."""
    summary: RhythmSummary | None = None
    """Rates, pauses, runs and burdens by the same beats."""

    def to_json(self) -> JsonObject:
        """Stretches in s, the usual beat, the summary and, with a reference, the figures."""
        stretches = [[round(one.start_sample / self.fs, 2), round(one.stop_sample / self.fs, 2)] for one in self.found]
        usual = self.usual and {
            "rate_per_minute": round(self.usual.rate_per_minute, 1),
            "qrs_ms": round(self.usual.qrs_ms, 1),
            "p_wave_mv": round(self.usual.p_wave_mv, 4),
            "may_not_be_sinus": self.usual.may_not_be_sinus,
            "reasons": self.usual.reasons,
        }
        figures = self.figures.to_json() if self.figures else {}
        summary = self.summary.to_json(self.fs) if self.summary else None
        return {"stretches_s": stretches, "usual_beat": usual, "summary": summary} | figures


@dataclass(frozen=True)
class RhythmReport:
    """Fibrillation found in several records."""

    records: Mapping[str, JudgedRhythm]
    parts: Mapping[str, tuple[str, ...]]
    """Part, such as DS2 -> its records among these."""

    @property
    def gross(self) -> FibrillationFigures | None:
        """All records with a reference rhythm together; None if none has one."""
        return self.of(self.records)

    def of(self, names: Iterable[str]) -> FibrillationFigures | None:
        """Some records together; None if none of them has a reference rhythm."""
        rows = [figures for name in names if name in self.records and (figures := self.records[name].figures)]
        return together(rows) if rows else None

    def to_json(self) -> JsonObject:
        """As `rhythm --json` prints it: gross, the parts, each record."""
        whole, parts = self.gross, {name: self.of(records) for name, records in self.parts.items()}
        return {
            "gross": whole.to_json() if whole else None,
            "parts": {name: part.to_json() for name, part in parts.items() if part},
            "records": {name: row.to_json() for name, row in self.records.items()},
        }


def _length(stretches: Iterable[Rhythm]) -> int:
    return sum(one.stop_sample - one.start_sample for one in stretches)


def _shared(first: Sequence[Rhythm], second: Sequence[Rhythm]) -> int:
    """Samples that lie in a stretch of both."""
    return sum(
        max(0, min(a.stop_sample, b.stop_sample) - max(a.start_sample, b.start_sample)) for a in first for b in second
    )
