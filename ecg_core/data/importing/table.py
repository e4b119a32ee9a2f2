"""CSV, TSV and parquet tables: one line a sample, one column a lead, a time column or a stated rate."""

import csv
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ecg_core.data.importing import table_layout
from ecg_core.data.importing.channels import MV_PER, doubtful_amplitude, proposed_unit
from ecg_core.data.importing.inspected import Choice, FileKind, Inspected, Missing
from ecg_core.data.importing.limits import (
    MAX_COLUMNS,
    MAX_FILE_BYTES,
    MAX_LEAD_SAMPLES,
    MAX_TABLE_VALUES,
    MAX_VALUES,
    MIN_SAMPLES,
)
from ecg_core.data.importing.notes import marks_in
from ecg_core.data.importing.plan import Source, plan_of
from ecg_core.data.importing.quantise import MISSING, digitised, scale_for
from ecg_core.data.importing.table_head import COUNT_NAMES, DAY_NAMES, TIME_NAMES, Column, Head, columns_from
from ecg_core.data.importing.table_time import Times, evenly, rate_of, seconds_in
from ecg_core.data.importing.writing import Loaded
from ecg_core.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


_INDEX = "__index_level_0__"
"""Column in which pandas stores an index without a name."""


@dataclass(frozen=True)
class _Table:
    """A table as it was read, before anything is understood of it."""

    frame: "pd.DataFrame"
    head: Head
    decimal: str
    before: str
    """Lines before the samples, or names of columns."""
    first_line: int
    """Line of the file the first samples stand in, from 1."""


@dataclass(frozen=True)
class _Samples:
    """The leads of a table in the unit they are in."""

    inspected: Inspected
    values: tuple[npt.NDArray[np.float64], ...]
    units: tuple[str, ...]


def inspect_table(path: Path, source: str, choice: Choice) -> Inspected:
    """What a table holds. Raises DataError for one that cannot be brought in whatever is chosen."""
    return _understood(path, source, choice).inspected


def load_table(path: Path, source: str, choice: Choice) -> Loaded:
    """The leads of a table as a recording. Raises DataError also where rate or unit are said by nobody."""
    samples = _understood(path, source, choice)
    inspected = samples.inspected
    if inspected.missing or inspected.rate is None:
        raise DataError(inspected.problem)
    in_mv = [values * MV_PER[unit] for values, unit in zip(samples.values, samples.units, strict=True)]
    try:
        scales = [scale_for(mv, lead) for mv, lead in zip(in_mv, inspected.leads, strict=True)]
    except DataError as error:
        raise DataError(f"{path.name}: {error}") from None
    fmt = "24" if any(scale.fmt == "24" for scale in scales) else "16"
    dtype = np.int16 if fmt == "16" else np.int32
    adc: npt.NDArray[Any] = np.empty((len(in_mv[0]), len(in_mv)), dtype)
    notes = list(inspected.notes)
    for k, (mv, scale, lead) in enumerate(zip(in_mv, scales, inspected.leads, strict=True)):
        adc[:, k] = digitised(mv, scale, fmt)
        if scale.error_mv:
            notes.append(f"Lead {lead} is rounded to {scale.fmt} bits, by at most {scale.error_mv * 1000:.2g} uV.")
        if missing := int(np.count_nonzero(adc[:, k] == MISSING[fmt])):
            notes.append(f"Lead {lead}: {missing:,} samples are missing.")
    return Loaded(
        replace(inspected, notes=tuple(notes)),
        inspected.rate,
        inspected.leads,
        adc,
        tuple(scale.gain for scale in scales),
        tuple(scale.baseline for scale in scales),
    )


def _understood(path: Path, source: str, choice: Choice) -> _Samples:
    kind = kind_of(path)
    table = _parquet(path) if kind == "parquet" else _text(path)
    columns, frame, head = table.head.columns, table.frame, table.head
    if len(frame) < MIN_SAMPLES:
        raise DataError(f"{path.name} holds {len(frame)} line of samples: too few for a recording.")
    notes: list[str] = []
    time_at, times = _time_column(path.name, table, choice, notes)
    stated = rate_of(choice, times, head.rate, path.name, notes)
    counts = {k for k, column in enumerate(columns) if _is_count(column, table, k)}
    places = [k for k in range(len(columns)) if k != time_at]
    numbers = {k: _numbers(path.name, table, k) for k in places}
    sources = [
        Source(
            columns[k].label or f"lead {place + 1}",
            columns[k].unit or head.unit,
            stated,
            _why_no_lead(columns[k], k in counts, numbers[k] is None),
        )
        for place, k in enumerate(places)
    ]
    named = [replace(one, label=columns[k].name or one.label) for one, k in zip(sources, places, strict=True)]
    plan = plan_of(path.name, named, choice)
    notes += plan.notes
    values = tuple(v for place in plan.used if (v := numbers[places[place]]) is not None)
    if len(frame) > MAX_LEAD_SAMPLES or len(frame) * len(values) > MAX_VALUES:
        raise DataError(f"{path.name} has {len(frame):,} samples, more than {MAX_LEAD_SAMPLES:,}. Split it.")
    notes += [
        f"Lead {lead} holds no number." for v, lead in zip(values, plan.leads, strict=True) if not np.isfinite(v).any()
    ]
    missing: tuple[Missing, ...] = () if stated else ("rate",)
    problem, proposed = "", None
    doubts = [
        doubtful_amplitude(lead, v, MV_PER[unit])
        for v, lead, unit in zip(values, plan.leads, plan.units, strict=True)
        if unit
    ]
    without = [name for name, unit in zip(plan.leads, plan.units, strict=True) if not unit]
    if without:
        missing = (*missing, "unit")
        spans = [
            float(np.subtract(*np.nanpercentile(v[:: max(1, len(v) // 100_000)], (99.5, 0.5))))
            for v, unit in zip(values, plan.units, strict=True)
            if not unit and np.isfinite(v).any()
        ]
        proposed = proposed_unit(spans)
    if missing:
        problem = _asks(path.name, missing, without, proposed)
    inspected = Inspected(
        source=source,
        kind=kind,
        rate=stated,
        n_samples=len(frame),
        leads=plan.leads,
        channels=tuple(replace(channel, label=one.label) for channel, one in zip(plan.channels, sources, strict=True)),
        unit=plan.unit_text,
        proposed_unit=proposed,
        start=(times.start if times else "") or head.start,
        patient=choice.patient,
        marks=marks_in(table.before),
        notes=tuple(notes),
        doubts=tuple(filter(None, doubts)),
        missing=missing,
        problem=problem,
    )
    return _Samples(inspected, values, plan.units)


def kind_of(path: Path) -> FileKind:
    """The kind of table a file is by its name."""
    suffix = path.suffix.lower()
    return "parquet" if suffix in (".parquet", ".pq") else "TSV" if suffix == ".tsv" else "CSV"


def _asks(file: str, missing: tuple[Missing, ...], without: list[str], proposed: str | None) -> str:
    wants = []
    if "rate" in missing:
        wants.append("no time column and no sampling rate: state the rate in Hz")
    if "unit" in missing:
        likely = f" (the size of the values suggests {proposed})" if proposed else ""
        wants.append(f"no unit for {', '.join(without)}: state V, mV or uV{likely}")
    return f"{file} gives " + "; and ".join(wants) + "."


def _time_column(file: str, table: _Table, choice: Choice, notes: list[str]) -> tuple[int | None, Times | None]:
    """The column that holds the time, if one does, and its times; None for these if the rate was chosen instead, for
    this file alone."""
    days = {k for k, column in enumerate(table.head.columns) if column.name.strip().lower() in DAY_NAMES}
    several = sum(TIME_NAMES.fullmatch(column.name.strip()) is not None for column in table.head.columns) > 1
    for k, column in enumerate(table.head.columns):
        if several and k in days:  # the day in one column, the time of day in another
            continue
        name = column.name.strip() or column.label.strip()
        by_name = bool(name) and TIME_NAMES.fullmatch(name) is not None
        by_value = not table.head.named and k == 0 and len(table.head.columns) > 1 and evenly(table.frame.iloc[:, 0])
        clock = k == 0 and table_layout.is_clock(str(table.frame.iloc[0, k]).strip().strip("'\""))
        if not (by_name or by_value or clock):
            continue
        if choice.rate is not None and choice.corrects:
            notes.append(f"The column of times ({column.label or 'the first'}) is not used: the rate was chosen.")
            return k, None
        if by_value:
            notes.append("The first column has no name and rises evenly: it was taken for the time.")
        try:
            return k, seconds_in(file, table.frame.iloc[:, k], column, table.first_line, notes)
        except DataError as error:
            if choice.rate is None:
                raise
            raise DataError(f"{error} To use the chosen rate, bring this file in alone, with --rate.") from None
    return None, None


def _why_no_lead(column: Column, counts: bool, texts: bool) -> str:
    if counts:
        return "it counts the samples"
    if column.name.strip() and TIME_NAMES.fullmatch(column.name.strip()):
        return "it is another column of times"
    return "it holds no numbers" if texts else ""


def _is_count(column: Column, table: _Table, k: int) -> bool:
    """Whether a column numbers the samples: 0, 1, 2, ... under a name such as `sample #`; the first under none."""
    named = column.name.strip() or (table.head.named and k == 0)
    if not named or not COUNT_NAMES.fullmatch(column.name.strip()) or table.frame.iloc[:, k].dtype.kind not in "iuf":
        return False
    values = table.frame.iloc[:, k].to_numpy(np.float64)
    return bool(np.all(np.diff(values) == 1))


def _numbers(file: str, table: _Table, k: int) -> npt.NDArray[np.float64] | None:
    """The numbers of a column, NaN where there is none; None for a column of texts.

    Raises DataError, naming line and column, for a text among numbers and for an infinite number.
    """
    import pandas as pd

    series = table.frame.iloc[:, k]
    label = table.head.columns[k].label or f"column {k + 1}"
    if series.dtype.kind in "biuf":
        values = series.to_numpy(np.float64)
    else:
        texts = series.astype(str).str.strip(" \t'\"")
        if table.decimal == ",":
            texts = texts.str.replace(",", ".", regex=False)
        absent = series.isna() | texts.str.lower().isin(table_layout.MISSING_WORDS)
        read = pd.to_numeric(texts.where(~absent), errors="coerce")
        if read.notna().sum() * 2 < (~absent).sum() or absent.all():
            return None
        wrong = np.flatnonzero((read.isna() & ~absent).to_numpy())
        if len(wrong):
            raise DataError(
                f"{file}, line {table.first_line + wrong[0]:,}, column {label}: {texts.iloc[wrong[0]][:40]!r} is no "
                "number. Correct it, or leave the cell empty for a missing sample."
            )
        values = read.to_numpy(np.float64)
    infinite = np.flatnonzero(np.isinf(values))
    if len(infinite):
        raise DataError(f"{file}, line {table.first_line + infinite[0]:,}, column {label}: the number is infinite.")
    return values


def _text(path: Path) -> _Table:
    import pandas as pd

    if path.stat().st_size > MAX_FILE_BYTES:
        raise DataError(f"{path.name} has more than {MAX_FILE_BYTES / 1e9:.0f} GB. Split it into shorter files.")
    layout = table_layout.layout_of(path)
    width = len(layout.head.columns)
    try:
        frame = pd.read_csv(
            path,
            sep=layout.separator,
            decimal=layout.decimal,
            encoding=layout.encoding,
            encoding_errors="replace",
            header=None,
            skiprows=layout.skip_lines,
            names=list(range(width + 1)),  # one more than there are: a line that is too long is not cut off silently
            index_col=False,
            na_values=list(table_layout.MISSING_WORDS),
            quoting=csv.QUOTE_MINIMAL
            if layout.quoted
            else csv.QUOTE_NONE,  # a stray quotation mark would swallow lines; those around numbers are taken off
            skip_blank_lines=False,
            low_memory=False,
            on_bad_lines="error",
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        reason = " ".join(str(error).removeprefix("Error tokenizing data. C error:").split())[:160]
        raise DataError(f"{path.name} is no even table: {reason}. Every line needs {width} cells.") from None
    longer = np.flatnonzero(frame.iloc[:, width].notna())
    if len(longer):
        line = layout.skip_lines + 1 + int(longer[0])
        raise DataError(
            f"{path.name}, line {line:,} has more cells than the {width} of the lines above it. Correct it."
        )
    while len(frame) and frame.iloc[-1].isna().all():  # blank lines at the end
        frame = frame.iloc[:-1]
    return _Table(frame, layout.head, layout.decimal, layout.before, layout.skip_lines + 1)


def _parquet(path: Path) -> _Table:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            rows, width = file.metadata.num_rows, file.metadata.num_columns
            if width > MAX_COLUMNS:
                raise DataError(
                    f"{path.name} has {width:,} columns, at most {MAX_COLUMNS} are read: one column a lead."
                )
            if rows * width > MAX_TABLE_VALUES:
                raise DataError(f"{path.name} declares {rows:,} lines of {width} columns: too many. Split it.")
            # not as pandas wrote it: what it keeps of itself in a file is not checked by anybody
            frame = file.read(use_pandas_metadata=False).to_pandas(ignore_metadata=True)
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError) as error:
        reason = " ".join(str(error).split())[:160]
        raise DataError(f"{path.name} cannot be read as parquet: {reason}. Export or copy it again.") from None
    names = {_INDEX: "time" if frame.get(_INDEX, frame.index).dtype.kind in "Mm" else "index"}
    frame = frame.rename(columns=names)
    columns = columns_from([str(name) for name in frame.columns])
    return _Table(frame, Head(columns, named=True), ".", " ".join(column.label for column in columns), 1)
