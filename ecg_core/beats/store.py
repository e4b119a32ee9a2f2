"""The beats of recordings, each record prepared once and kept, so that the next time it is only opened.

One folder a record and preparation: `cache/beats/<hash of the parameters>/<fingerprint of the record's files>/`. So a
changed file prepares one record again, and one that cannot be read is left out alone.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from joblib import Parallel, cpu_count, delayed

from ecg_core import workspace
from ecg_core.beats import cache
from ecg_core.beats.beat_set import BeatSet, none_left
from ecg_core.beats.config import BeatConfig
from ecg_core.beats.marked import files_of, layer_of
from ecg_core.beats.prepare import PreparedRecord, digest_of, prepare_record
from ecg_core.beats.record_store import StoredRecord, is_stored, open_record, write_record
from ecg_core.beats.stacked import stacked
from ecg_core.beats.table import Empty, RecordRows, joined_table
from ecg_core.data.labels import REFERENCE
from ecg_core.data.patients import Patients, find_patients
from ecg_core.data.reader import ANNOTATOR, record_files
from ecg_core.errors import DataError

FORMAT = 2
"""Raise when what is kept of a record changes; the parameters' own number is `config.FORMAT`."""
THREADS = 4

Progress = Callable[[int, int], None]
"""Called with how many are done, and of how many."""

_refused: dict["_Source", str] = {}
"""Files of a record that could not be prepared -> why. They are tried again when they change, or at the next start."""


@dataclass(frozen=True)
class _Source:
    """The files of a record as they are now."""

    place: Path
    """Where its prepared beats are kept; another place for other files, another time of writing, other parameters."""
    changed_ns: int
    """Latest change to one of them, of its permissions too."""


@dataclass
class _Stop:
    asked: bool = False


def load_beats(
    folder: Path,
    names: Sequence[str],
    config: BeatConfig | None = None,
    progress: Progress | None = None,
    layer: str = REFERENCE,
) -> BeatSet:
    """The beats of the records `names` in `folder`: each opened if it was prepared before, else prepared and kept.

    `layer` names the label layer that says where the beats are and what they are called, or is `MARKED`. A record that
    cannot be prepared is left out and named in the set's `left_out`. `progress(done, of)` is called after each record
    that had to be prepared. Raises DataError if no record is left, if there is no beat at all, if what was prepared
    cannot be kept, as on a full disk, or for a `patients.csv` that cannot be read.
    """
    config = config or BeatConfig()
    patients = find_patients(folder, names)  # first: a damaged list of patients is no fault of any record
    layers = {name: layer_of(folder, name, layer) for name in names}
    sources = {name: _source_of(folder, name, config, layers[name]) for name in names}
    stored: dict[str, StoredRecord] = {}
    left_out: dict[str, str] = {}
    missing: list[str] = []
    for name, source in sources.items():
        if record := open_record(source.place):
            stored[name] = record
        elif source in _refused:
            left_out[name] = _refused[source]
        else:
            missing.append(name)
    if missing:
        cache.sweep(_root())
        tasks = [partial(_prepared, folder, name, config, layers[name], sources[name]) for name in missing]
        for done, (name, outcome) in enumerate(zip(missing, _in_threads(tasks), strict=True), start=1):
            if isinstance(outcome, StoredRecord):
                stored[name] = outcome
            else:
                left_out[name] = outcome
            if progress:
                progress(done, len(missing))
        cache.evict(_root(), keep={source.place for source in sources.values()})
    if left_out and not stored:
        raise none_left(left_out)
    if not any(len(record.rows) for record in stored.values()):
        raise DataError(f"{folder} holds no beat annotations (.{ANNOTATOR} files): there is nothing to prepare.")
    left_out = {name: left_out[name] for name in sources if name in left_out}  # in the order asked for
    used = {layers[name] for name in stored}
    return beat_set(
        [stored[name] for name in sources if name in stored],
        config,
        left_out,
        patients,
        used.pop() if len(used) == 1 else layer,
    )


def is_prepared(folder: Path, names: Sequence[str], config: BeatConfig | None = None, layer: str = REFERENCE) -> bool:
    """Whether `load_beats` would only have to open what is kept."""
    sources = (_source_of(folder, name, config or BeatConfig(), layer_of(folder, name, layer)) for name in names)
    return all(is_stored(source.place) or source in _refused for source in sources)


def _prepared(folder: Path, name: str, config: BeatConfig, layer: str, source: _Source) -> StoredRecord | str:
    """One record prepared, kept and opened, by this process or another; or why it is left out."""
    with cache.locked(source.place):
        if record := open_record(source.place):
            return record
        refused = ""

        def make(empty: Empty) -> tuple[PreparedRecord, str]:
            nonlocal refused
            try:
                return prepare_record(folder, name, config, layer, empty), digest_of(folder, name, layer)
            except DataError as error:
                refused = str(error)
                raise

        try:
            write_record(source.place, make)
        except DataError:
            if not refused:
                raise  # what was prepared cannot be kept
            _refused[source] = refused
            return refused
        record = open_record(source.place)
    assert record, f"{source.place} was written and cannot be opened"
    return record


def _in_threads(tasks: Sequence[Callable[[], StoredRecord | str]]) -> Iterator[StoredRecord | str]:
    """What each task gives, in order, several at work at a time.

    If one fails, or whoever asks has had enough, no further task begins, and those at work are waited for: a program
    that ends while a thread is in the midst of a filter is aborted.
    """
    stop = _Stop()

    def attempt(task: Callable[[], StoredRecord | str]) -> StoredRecord | str | DataError:
        if stop.asked:
            return ""
        try:
            return task()
        except DataError as error:
            stop.asked = True
            return error

    outcomes = Parallel(n_jobs=min(THREADS, cpu_count()), backend="threading", return_as="generator")(
        delayed(attempt)(task) for task in tasks
    )
    try:
        for outcome in outcomes:
            if isinstance(outcome, DataError):
                raise outcome
            yield outcome
    finally:
        stop.asked = True
        for _ in outcomes:
            pass


def beat_set(
    stored: Sequence[StoredRecord], config: BeatConfig, left_out: dict[str, str], patients: Patients, layer: str
) -> BeatSet:
    """The beats of prepared records, at least one, as one set."""
    facts = [record.facts for record in stored]
    rows = [RecordRows(record.facts.name, record.facts.fs, record.rows) for record in stored]
    return BeatSet(
        signals=stacked([record.signals for record in stored]),
        table=joined_table(rows, [patients.of(each.name) for each in facts]),
        templates={each.name: np.array(each.template, np.float32) for each in facts},
        units_mv={each.name: np.array(each.unit_mv, np.float32) for each in facts},
        leads={each.name: each.leads for each in facts},
        durations_s={each.name: each.duration_s for each in facts},
        config=config,
        digests={each.name: each.digest for each in facts},
        simulated=any(each.simulated for each in facts),
        left_out=left_out,
        patients=patients,
        layer=layer,
    )


def _root() -> Path:
    return workspace.home() / "cache" / "beats"


def _source_of(folder: Path, name: str, config: BeatConfig, layer: str) -> _Source:
    parts, changed_ns = [str(FORMAT), str(folder.resolve()), name, layer], 0
    paths = sorted(record_files(folder, name).all)
    paths += files_of(folder, name, layer)
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            continue
        parts.append(f"{path.name} {status.st_size} {status.st_mtime_ns}")
        changed_ns = max(changed_ns, status.st_ctime_ns)
    fingerprint = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]
    return _Source(_root() / config.hash / fingerprint, changed_ns)
