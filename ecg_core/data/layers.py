"""Label layers made here (detected R peaks, a model's predictions, a person's corrections), kept in the workspace.

Nothing is written beside a recording, whose folder may be shared or read-only. A layer is found again by the bytes of
the recording's signal files and by the rate, length and gains that its headers state, so it stays with the recording
when its folder is moved, copied or renamed, and is not taken for one of the same bytes read in another way.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from ecg_core import workspace
from ecg_core.access import check_may_change
from ecg_core.data.header import header_lines, scale_in
from ecg_core.data.labels import REFERENCE, Annotations, Kind, LabelLayer
from ecg_core.data.reader import record_files
from ecg_core.errors import DataError
from ecg_core.files import FileState, sha256, why, write_bytes
from ecg_core.typed_json import from_json

SUFFIX = ".npz"


@dataclass(frozen=True)
class _Origin:
    """What a kept layer says of itself beside its labels."""

    name: str
    kind: Kind
    made_by: str
    made_from: str
    created: str


def keep_layer(folder: Path, record: str, layer: LabelLayer) -> None:
    """Keep a layer of a record, in place of one of that name. Raises DataError for a reference layer, which belongs to
    the recording's own files, or if it cannot be written."""
    check_may_change()
    if layer.kind == "reference" or layer.name == REFERENCE:
        raise DataError(f"Record {record}: a layer called {layer.name!r} of kind {layer.kind} is never replaced.")
    origin = _Origin(layer.name, layer.kind, layer.made_by, layer.made_from, layer.created)
    annotations = layer.annotations
    arrays = {
        "origin": np.array(json.dumps(asdict(origin))),
        "sample": annotations.sample.astype(np.int64),
        "symbol": annotations.symbol.astype("<U1"),
        "aux": np.array(annotations.aux or np.zeros(0), dtype=str),
    }
    if layer.probability is not None:
        arrays["probability"] = layer.probability.astype(np.float32)
    content = io.BytesIO()
    np.savez_compressed(content, allow_pickle=False, **arrays)
    try:
        write_bytes(layer_file(folder, record, layer.name), content.getvalue())
        changes_file().touch()
    except OSError as error:
        raise DataError(
            f"The layer {layer.name} of record {record} cannot be kept in the workspace ({why(error)}): make room "
            "or make it writable."
        ) from None


def kept_layer(folder: Path, record: str, name: str) -> LabelLayer | None:
    """A kept layer of a record; None if there is none of that name. Raises DataError if its file is damaged."""
    path = layer_file(folder, record, name)
    return _read(FileState.of(path)) if path.is_file() else None


def kept_layers(folder: Path, record: str) -> tuple[LabelLayer, ...]:
    """Every kept layer of a record, by name. Raises DataError if a file is damaged."""
    files = sorted(layers_folder(folder, record).glob(f"*{SUFFIX}"))
    layers = (_read(FileState.of(path)) for path in files if not path.name.startswith("."))
    return tuple(sorted(layers, key=lambda layer: layer.name))


def remove_layer(folder: Path, record: str, name: str) -> None:
    """Forget a kept layer, if there is one."""
    check_may_change()
    path = layer_file(folder, record, name)
    if path.exists():
        path.unlink()
        changes_file().touch()


def remove_layers(place: Path) -> None:
    """Forget every layer that is kept in a place (`layers_folder`), if there is any; people's corrections stay, which
    nobody could make again."""
    for path in place.glob(f"*{SUFFIX}"):
        path.unlink(missing_ok=True)
        changes_file().touch()
    with suppress(OSError):  # corrections are in it
        place.rmdir()


def layers_folder(folder: Path, record: str) -> Path:
    """Where all layers of a record are kept: the same place for another of the same samples, rate and gains."""
    files = record_files(folder, record)
    states = [FileState.of(path) for path in files.signals]
    scale = tuple(text for path in (files.header, *files.segments) for text in scale_in(header_lines(path)))
    name = _digest(tuple(state for state in states if state.size >= 0), record, scale)
    return workspace.home() / "labels" / name


def layer_file(folder: Path, record: str, name: str) -> Path:
    """Where a layer of that name is kept, whether it is there or not."""
    return layers_folder(folder, record) / f"{hashlib.sha256(name.encode()).hexdigest()[:24]}{SUFFIX}"


def changes_file() -> Path:
    """A file that is touched whenever any layer changes: what was made of layers is told from later by its time."""
    return workspace.home() / "labels" / "changed"


@lru_cache(maxsize=512)
def _digest(files: Sequence[FileState], record: str, scale: Sequence[str]) -> str:
    """The same for the same samples under the same name: records without any samples are told apart by their names."""
    parts = [sha256(state.path) for state in files] or [record]
    return hashlib.sha256("\n".join((*parts, *scale)).encode()).hexdigest()[:32]


@lru_cache(maxsize=64)
def _read(state: FileState) -> LabelLayer:
    what = f"The kept labels {state.path}"
    try:
        with np.load(state.path, allow_pickle=False) as arrays:
            origin = from_json(_Origin, json.loads(str(arrays["origin"])), what, DataError)
            sample, symbol, aux = arrays["sample"], arrays["symbol"], arrays["aux"]
            probability = arrays.get("probability")
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"{what} cannot be read ({error}): delete that file and make them again.") from None
    n = len(sample)
    ordered = sample.dtype == np.int64 and sample.shape == (n,) and bool((np.diff(sample) >= 0).all())
    lengths = {len(symbol), len(aux), n if probability is None else len(probability)}
    if not ordered or lengths - {n} or (n and sample[0] < 0) or symbol.dtype != np.dtype("<U1"):
        raise DataError(f"{what} are damaged: positions, symbols and texts do not fit. Delete that file.")
    annotations = Annotations(sample, symbol, tuple(map(str, aux)))
    return LabelLayer(annotations=annotations, probability=probability, **asdict(origin))
