"""Corrections as files for other programs: labels as a WFDB annotation file, decisions as CSV and Parquet."""

import io
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from ecg_core.data.annotation_file import decode_annotations
from ecg_core.data.corrections.corrections import Corrections
from ecg_core.data.csv_text import safe_csv
from ecg_core.data.labels import LabelLayer
from ecg_core.errors import DataError
from ecg_core.files import why, write_bytes

ANNOTATOR = "cor"
"""Ending of the annotation file. Never that of a reference."""


COLUMNS = (
    "record", "sample", "time_s", "before", "after", "person", "decided", "queue", "model", "number", "counts",
)  # fmt: skip


@dataclass(frozen=True)
class Exported:
    """Files that were written."""

    annotations: Path
    csv: Path
    parquet: Path
    attribution: Path | None = None
    """Whose the recording is, where somebody is to be named."""


def export(
    to: Path, record: str, fs: float, layer: LabelLayer, corrections: Corrections, attribution: str = ""
) -> Exported:
    """Write `<record>.cor`, `<record>-decisions.csv` and `.parquet` into a folder, and `<record>-attribution.txt` where
    there is one; files of these names are replaced.

    `attribution`: whose the recording is, which goes into the Parquet file's metadata and a file of its own.

    Raises DataError if a file cannot be written, or what was written does not say the same when it is read back.
    """
    stem = record.replace("/", "_")
    decisions = decisions_table(corrections, fs, attribution)
    parquet = io.BytesIO()
    decisions.to_parquet(parquet, index=False)
    contents = {
        to / f"{stem}.{ANNOTATOR}": annotation_bytes(record, fs, layer),
        to / f"{stem}-decisions.csv": safe_csv(decisions).encode(),
        to / f"{stem}-decisions.parquet": parquet.getvalue(),
    }
    if attribution:
        contents[to / f"{stem}-attribution.txt"] = f"{attribution}\n".encode()
    for path, content in contents.items():
        try:
            write_bytes(path, content)
        except OSError as error:
            raise DataError(
                f"{path} cannot be written: {why(error)}. Choose another folder with --to, or make room; "
                "the corrections themselves are kept."
            ) from None
    return Exported(*contents)


def annotation_bytes(record: str, fs: float, layer: LabelLayer) -> bytes:
    """A layer as a WFDB annotation file (MIT format), read back and compared.

    Raises DataError if there is nothing to write, or it would not say the same.
    """
    from wfdb import wrann  # slow to import, and few pages write

    said = layer.annotations
    if not len(said):
        raise DataError(f"Record {record} has no labels, so there is no annotation file to write.")
    with TemporaryDirectory() as scratch:
        notes = list(said.aux)
        try:
            wrann("labels", ANNOTATOR, said.sample, said.symbol.tolist(), aux_note=notes, write_dir=scratch)
        except (ValueError, TypeError, IndexError) as error:
            raise DataError(f"The labels of record {record} cannot be written as a WFDB file: {error}.") from None
        content = (Path(scratch) / f"labels.{ANNOTATOR}").read_bytes()
    back = decode_annotations(content, f"{record}.{ANNOTATOR}", fs)
    same = np.array_equal(back.sample, said.sample) and np.array_equal(back.symbol, said.symbol)
    if not same or [text.rstrip("\0") for text in back.aux] != [text.rstrip("\0") for text in said.aux]:
        raise DataError(f"The labels of record {record} read back otherwise than they were written: nothing was kept.")
    return content


def decisions_table(corrections: Corrections, fs: float, attribution: str = "") -> pd.DataFrame:
    """One row a beat and decision, in the order in which they were made: record, sample, time_s, before, after, person,
    decided (ISO 8601, UTC), queue, model, number, counts (False where it was undone or another came later). `attrs` say
    the attribution, where there is one."""
    standing = corrections.standing()
    rows = [
        {
            "record": corrections.record, "sample": sample, "time_s": sample / fs, "before": before, "after": after,
            "person": entry.edit.person, "decided": entry.edit.time, "queue": entry.edit.queue,
            "model": entry.edit.model, "number": entry.number,
            "counts": sample in standing and standing[sample].entry.number == entry.number,
        }
        for entry in corrections.entries
        for sample, before, after in zip(entry.edit.samples, entry.edit.before, entry.edit.after, strict=True)
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table.attrs |= {"attribution": attribution} if attribution else {}
    return table
