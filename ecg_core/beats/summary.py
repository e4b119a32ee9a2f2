"""How many beats of each kind a folder of recordings holds, counted from its annotation files alone.

No signal is read: the 48 annotation files of the MIT-BIH database take about a second.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ecg_core.beats.classes import BY_CODE, CLASS_NAMES, CLASSES, NON_BEAT_NAMES, SYMBOLS, group
from ecg_core.beats.splits import LEFT_OUT, Split, split_of
from ecg_core.data.header import read_header
from ecg_core.data.patients import Patients
from ecg_core.data.reader import SIMULATED_MARK, read_annotations, refuse_synthetic
from ecg_core.errors import DataError

GROUPS = ("normal", "abnormal", "non-beat")
ALL = "all"
SPLIT = "split"
NOT_A_BEAT = ""
"""Beat class of an annotation that marks no beat."""


@dataclass(frozen=True, eq=False)
class Summary:
    """Counts of annotations by record and symbol.

    `scope` in its methods is `all` (every record), `split` (both parts of the split, so without records that are left
    out) or the name of one part, such as `DS1`.
    """

    counts: pd.DataFrame
    """One row per record and symbol: record, part, symbol, beat_class (empty if not a beat), group, count."""
    hours: Mapping[str, float]
    """Length in hours of each record that could be read, in the order asked for."""
    split: Split
    problems: Mapping[str, str]
    """Record -> why its header or annotations could not be read; such records are in no count."""
    simulated: bool
    """Whether any of the records says that it is simulated."""

    @property
    def records(self) -> tuple[str, ...]:
        """Records that are counted."""
        return tuple(self.hours)

    @property
    def n_beats(self) -> int:
        """Number of beats in all counted records."""
        return int(self._beats()["count"].sum())

    @property
    def without_beats(self) -> tuple[str, ...]:
        """Records that could be read but hold no annotated beat."""
        return tuple(sorted(set(self.records) - set(self._beats()["record"])))

    def records_in(self, scope: str = ALL) -> tuple[str, ...]:
        """Counted records of `scope`."""
        return tuple(record for record in self.records if _holds(scope, self.split.part_of(record)))

    def scopes(self) -> tuple[str, ...]:
        """Scopes that hold a counted record, the widest of the split first; `all` only if it is more than the split."""
        candidates = (SPLIT, *self.split.parts) if all(map(self.records_in, self.split.parts)) else self.split.parts
        found = [scope for scope in candidates if self.records_in(scope)]
        more = len(self.records_in(SPLIT)) < len(self.records) or not found
        return (*found, ALL) if more else tuple(found)

    def hours_in(self, scope: str = ALL) -> float:
        """Length of the counted records of `scope` in hours."""
        return math.fsum(self.hours[record] for record in self.records_in(scope))

    def by_class(self, scope: str = ALL) -> pd.DataFrame:
        """One row per AAMI class, in table order: beat_class, name, count, percent, beats_per_hour, records."""
        table, hours = self.by_record(scope), self.hours_in(scope)
        count = table.sum().to_numpy()
        return pd.DataFrame(
            {
                "beat_class": list(CLASSES),
                "name": [CLASS_NAMES[c] for c in CLASSES],
                "count": count,
                "percent": _percent(count),
                "beats_per_hour": count / hours if hours else np.zeros(len(count)),
                "records": (table > 0).sum().to_numpy(),
            }
        )

    def by_symbol(self, scope: str = ALL) -> pd.DataFrame:
        """One row per beat symbol found, most frequent first: symbol, name, beat_class, group, count, percent, records.

        Symbols that mark no beat are left out; `not_beats` lists them.
        """
        table = self._per_symbol(self._beats(scope))
        return table.assign(percent=_percent(table["count"].to_numpy()))

    def not_beats(self, scope: str = ALL) -> pd.DataFrame:
        """One row per annotation symbol that marks no beat, most frequent first; columns as in `by_symbol`."""
        rows = self._in(scope)
        return self._per_symbol(rows[rows["beat_class"] == NOT_A_BEAT])

    def by_group(self, scope: str = ALL) -> pd.DataFrame:
        """The plain grouping: one row for normal, abnormal and non-beat: group, count, percent of all annotations."""
        count = self._in(scope).groupby("group")["count"].sum().reindex(list(GROUPS), fill_value=0).to_numpy()
        return pd.DataFrame({"group": list(GROUPS), "count": count, "percent": _percent(count)})

    def by_record(self, scope: str = ALL) -> pd.DataFrame:
        """Beats per record (index, as ordered in the folder) and AAMI class (columns); zeros included."""
        return self._classes_by_record.loc[list(self.records_in(scope))].copy()

    def by_part(self) -> pd.DataFrame:
        """Beats per split part (index) and AAMI class (columns); zeros included."""
        return pd.DataFrame({part: self.class_counts(part) for part in self.split.parts}).T

    def class_counts(self, scope: str = ALL) -> dict[str, int]:
        """AAMI class -> number of beats."""
        return {str(c): int(n) for c, n in self.by_record(scope).sum().items()}

    def holders(self, beat_class: str, scope: str = ALL) -> pd.DataFrame:
        """Records that hold the class, most beats first: record, part, count, percent of the class in `scope`."""
        per_record = self.by_record(scope)[beat_class]
        per_record = per_record[per_record > 0].sort_values(ascending=False, kind="stable")
        count = per_record.to_numpy()
        names = [str(record) for record in per_record.index]
        parts = [self.split.part_of(record) for record in names]
        return pd.DataFrame({"record": names, "part": parts, "count": count, "percent": _percent(count)})

    def to_json(self) -> dict[str, Any]:
        """Counts as plain numbers: records, beats, symbols, classes (each part of the split, and all), problems."""
        symbols = self.by_symbol()
        return {
            "records": len(self.records),
            "beats": self.n_beats,
            "symbols": {str(s): int(n) for s, n in zip(symbols["symbol"], symbols["count"], strict=True)},
            "classes": {scope: self.class_counts(scope) for scope in (*self.split.parts, ALL)},
            "problems": dict(self.problems),
        }

    @cached_property
    def _classes_by_record(self) -> pd.DataFrame:
        table = self._beats().pivot_table(index="record", columns="beat_class", values="count", aggfunc="sum")
        return table.reindex(index=list(self.records), columns=list(CLASSES)).fillna(0).astype(np.int64)

    def _in(self, scope: str) -> pd.DataFrame:
        shown = [part for part in (*self.split.parts, LEFT_OUT) if _holds(scope, part)]
        return self.counts[self.counts["part"].isin(shown)]

    def _beats(self, scope: str = ALL) -> pd.DataFrame:
        rows = self._in(scope)
        return rows[rows["beat_class"] != NOT_A_BEAT]

    def _per_symbol(self, rows: pd.DataFrame) -> pd.DataFrame:
        table = rows.groupby(["symbol", "beat_class", "group"], as_index=False).agg(
            count=("count", "sum"), records=("record", "nunique")
        )
        table.insert(1, "name", [_name(str(code)) for code in table["symbol"]])
        order = {symbol.code: k for k, symbol in enumerate(SYMBOLS)}
        table["order"] = [order.get(str(code), len(order)) for code in table["symbol"]]
        table = table.sort_values(["count", "order"], ascending=[False, True], ignore_index=True)
        return table.drop(columns="order")


def summarise(folder: Path, names: Sequence[str], patients: Patients) -> Summary:
    """Count the annotations of the records `names` in `folder`.

    A record whose header or annotation file is damaged or missing, or whose beats are synthetic, goes to `problems`
    with its message, the others are counted. A record without an annotation file counts as one without beats.
    """
    split = split_of(names, patients)
    rows: list[tuple[str, str, str, str, str, int]] = []
    hours: dict[str, float] = {}
    problems: dict[str, str] = {}
    simulated = False
    for name in names:
        try:
            header = read_header(folder, name)
            refuse_synthetic(name, header.comments)
            symbols = read_annotations(folder, header).symbol
        except DataError as problem:
            problems[name] = str(problem)
            continue
        hours[name] = header.n_samples / header.fs / 3600
        simulated |= any(SIMULATED_MARK in comment for comment in header.comments)
        for code, count in zip(*np.unique(symbols, return_counts=True), strict=True):
            symbol = BY_CODE.get(str(code))
            beat_class = symbol.beat_class if symbol else NOT_A_BEAT
            rows.append((name, split.part_of(name), str(code), beat_class, group(str(code)), int(count)))
    counts = pd.DataFrame(rows, columns=["record", "part", "symbol", "beat_class", "group", "count"])
    return Summary(counts.astype({"count": np.int64}), hours, split, problems, simulated)


def balance_plan(summary: Summary, ratio: float) -> pd.DataFrame:
    """What it takes for every class to hold `ratio` times as many beats as class N, in training and overall.

    One row per class but N: beat_class, train (real beats), train_lacks, synthetic_percent (of the class in the
    training part once filled), source (the training record with most of the class, empty if none), source_percent
    (its share of the class), all (real beats in every record), all_lacks. Only training records can be augmented.
    """
    train, everything = summary.class_counts(summary.split.train_name), summary.class_counts()
    train_lacks, all_lacks = lacking(train, ratio), lacking(everything, ratio)
    rows = []
    for name in CLASSES[1:]:
        after = train[name] + train_lacks[name]
        holders = summary.holders(name, summary.split.train_name)
        rows.append(
            {
                "beat_class": name,
                "train": train[name],
                "train_lacks": train_lacks[name],
                "synthetic_percent": 100.0 * train_lacks[name] / after if after else 0.0,
                "source": "" if holders.empty else str(holders["record"].iloc[0]),
                "source_percent": 0.0 if holders.empty else float(holders["percent"].iloc[0]),
                "all": everything[name],
                "all_lacks": all_lacks[name],
            }
        )
    return pd.DataFrame(rows)


def lacking(counts: Mapping[str, int], ratio: float) -> dict[str, int]:
    """How many beats each class lacks to hold `ratio` times as many as class N (1.0: as many as N).

    `counts` gives beats per class and must hold `N`; a class that has enough, and N itself, lacks 0.
    Raises ValueError if `ratio` is negative or not a number.
    """
    if not ratio >= 0:
        raise ValueError(f"{ratio=}, expected a number of 0 or more")
    wanted = math.ceil(round(ratio * counts["N"], 6))  # round: 0.07 * 100 must ask for 7, not 8
    return {name: 0 if name == "N" else max(0, wanted - count) for name, count in counts.items()}


def _holds(scope: str, part: str) -> bool:
    return scope in (ALL, part) or (scope == SPLIT and part != LEFT_OUT)


def _name(code: str) -> str:
    return BY_CODE[code].name if code in BY_CODE else NON_BEAT_NAMES.get(code, "Other annotation")


def _percent(count: "np.ndarray[Any, np.dtype[Any]]") -> "np.ndarray[Any, np.dtype[np.float64]]":
    total = count.sum()
    return 100.0 * count / total if total else np.zeros(len(count))
