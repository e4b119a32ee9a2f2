"""Two folders of annotation files compared, record by record: what `python -m ecg_core compare` prints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import add
from pathlib import Path
from typing import TypeVar

from ecg_core.data.annotation_file import annotator_extension, read_annotation_file
from ecg_core.data.header import NAME_PATTERN, read_header
from ecg_core.errors import DataError
from ecg_core.evaluation.beat_comparison import BeatComparison, compare_records
from ecg_core.evaluation.beat_figures import Average, Gross, average, gross
from ecg_core.evaluation.beat_matching import MATCH_WINDOW_MS, START_S
from ecg_core.evaluation.episode_comparison import (
    EPISODE_KINDS,
    EpisodeComparison,
    EpisodeKind,
    compare_episodes,
)
from ecg_core.evaluation.label_maps import EC57_MAP, LABEL_MAPS, LabelMap
from ecg_core.evaluation.run_comparison import RUN_KINDS, RunComparison, RunKind, compare_runs
from ecg_core.typed_json import JsonObject

K = TypeVar("K", bound=str)


@dataclass(frozen=True)
class AnnotationFiles:
    """The files of one annotator in one folder."""

    folder: Path
    annotator: str
    """Extension of the files, such as `atr`."""

    def __str__(self) -> str:
        return f"{self.folder}/*.{self.annotator}"

    def path(self, record: str) -> Path:
        """Where the annotations of a record are."""
        return self.folder / f"{record}.{self.annotator}"

    def records(self) -> set[str]:
        """Names of the records that have a file."""
        paths = self.folder.glob(f"*.{self.annotator}")
        return {path.stem for path in paths if NAME_PATTERN.fullmatch(path.stem)}

    def checked(self) -> "AnnotationFiles":
        """These files. Raises DataError if the folder is none or the annotator can be no extension."""
        if not self.folder.is_dir():
            raise DataError(f"{self.folder} is not a folder.")
        return AnnotationFiles(self.folder, annotator_extension(self.annotator))


@dataclass(frozen=True)
class FolderComparison:
    """All records that could be compared, under one label map, and why others could not."""

    reference: AnnotationFiles
    test: AnnotationFiles
    start_s: float
    match_window_ms: float
    label_map: LabelMap
    records: Mapping[str, BeatComparison] = field(repr=False)
    left_out: Mapping[str, str] = field(repr=False)
    """Record -> why it was not compared."""
    runs: Mapping[str, Mapping[RunKind, RunComparison]] = field(default_factory=dict, repr=False)
    """Record -> kind of run -> comparison; empty unless it was asked for."""
    episodes: Mapping[str, Mapping[EpisodeKind, EpisodeComparison]] = field(default_factory=dict, repr=False)
    """Record -> kind of episode -> comparison; empty unless it was asked for."""

    @property
    def gross(self) -> Gross:
        """Figures of all records pooled."""
        return gross([record.matrix for record in self.records.values()])

    @property
    def gross_runs(self) -> Mapping[RunKind, RunComparison]:
        """Runs of all records added up, by kind."""
        return {kind: reduce(add, [row[kind] for row in self.runs.values()]) for kind in RUN_KINDS if self.runs}

    @property
    def gross_episodes(self) -> Mapping[EpisodeKind, EpisodeComparison]:
        """Episodes of all records added up, by kind."""
        rows = self.episodes.values()
        return {kind: reduce(add, [row[kind] for row in rows]) for kind in EPISODE_KINDS if rows}

    @property
    def average(self) -> Average:
        """Means of the figures of records."""
        rows = self.records.values()
        return average([row.matrix for row in rows], [row.matches.rr_error_ms for row in rows])

    def under(self, label_map: LabelMap) -> "FolderComparison":
        """The same matches with the classes of another map."""
        records = {name: record.under(label_map) for name, record in self.records.items()}
        return replace(self, label_map=label_map, records=records)

    def to_json(self) -> JsonObject:
        """Records, gross and average under this map at the top, and the same under every map in `maps`."""
        return {
            "reference": str(self.reference),
            "test": str(self.test),
            "start_s": self.start_s,
            "match_window_ms": self.match_window_ms,
            "label_map": self.label_map.name,
            **self._figures(),
            "maps": {name: self.under(label_map)._figures() for name, label_map in LABEL_MAPS.items()},
            **_by_kind("runs", self.runs, self.gross_runs),
            **_by_kind("episodes", self.episodes, self.gross_episodes),
            "left_out": dict(self.left_out),
        }

    def _figures(self) -> JsonObject:
        return {
            "records": {name: record.to_json() for name, record in self.records.items()},
            "gross": self.gross.to_json(self.label_map.has_sveb),
            "average": self.average.to_json(self.label_map.has_sveb),
        }


def compare_folders(
    reference: AnnotationFiles,
    test: AnnotationFiles,
    *,
    records: Sequence[str] | None = None,
    start_s: float = START_S,
    match_window_ms: float = MATCH_WINDOW_MS,
    label_map: LabelMap = EC57_MAP,
    runs: bool = False,
    episodes: bool = False,
) -> FolderComparison:
    """Compare the files of one annotator with those of another.

    Every record that has a file on either side, or those named in `records`. Sampling rate and length come from the
    record's header beside the reference, else beside the test. A record that cannot be compared is left out with the
    reason. Run by run, with `runs`, and episode by episode, with `episodes`, within 150 ms whatever the match window.

    Raises DataError if a folder is missing, an annotator is no extension of a file, both sides are the same files, or
    there are none on either side.
    """
    reference, test = reference.checked(), test.checked()
    if reference.annotator == test.annotator and reference.folder.resolve() == test.folder.resolve():
        raise DataError(f"Reference and test are the same files, {reference}: name another folder or annotator.")
    names = set(records) if records is not None else reference.records() | test.records()
    if not names:
        raise DataError(f"There is no {reference} and no {test}: nothing to compare.")
    compared: dict[str, BeatComparison] = {}
    left_out: dict[str, str] = {}
    by_run: dict[str, Mapping[RunKind, RunComparison]] = {}
    by_episode: dict[str, Mapping[EpisodeKind, EpisodeComparison]] = {}
    for name in sorted(names):
        try:
            fs, n_samples = _rate_and_length(name, reference, test)
            if n_samples is not None and start_s * fs >= n_samples:
                raise DataError(f"no longer than the {start_s:g} s that are not judged: start earlier")
            reference_beats = read_annotation_file(reference.path(name), fs, n_samples)
            test_beats = read_annotation_file(test.path(name), fs, n_samples)
        except DataError as error:
            left_out[name] = str(error)
            continue
        compared[name] = compare_records(
            reference_beats,
            test_beats,
            fs,
            start_s,
            n_samples=n_samples,
            match_window_ms=match_window_ms,
            label_map=label_map,
        )
        if runs:
            by_run[name] = compare_runs(reference_beats, test_beats, fs, start_s)
        if episodes:
            end = n_samples or int(max([0, *reference_beats.sample[-1:], *test_beats.sample[-1:]]))
            by_episode[name] = compare_episodes(reference_beats, test_beats, fs, end, start_s)
    return FolderComparison(
        reference, test, start_s, match_window_ms, label_map, compared, left_out, by_run, by_episode
    )


def _by_kind(
    what: str,
    records: Mapping[str, Mapping[K, RunComparison | EpisodeComparison]],
    gross: Mapping[K, RunComparison | EpisodeComparison],
) -> JsonObject:
    """Nothing where it was not asked for."""
    if not records:
        return {}
    return {
        what: {
            "records": {name: {kind: one.to_json() for kind, one in row.items()} for name, row in records.items()},
            "gross": {kind: one.to_json() for kind, one in gross.items()},
        }
    }


def _rate_and_length(name: str, reference: AnnotationFiles, test: AnnotationFiles) -> tuple[float, int | None]:
    """Hz and samples of a record, from its header. Raises DataError if a file of it is missing or the rate unknown."""
    if not NAME_PATTERN.fullmatch(name):
        raise DataError("not a record's name, which has only letters, digits, '_' and '-'")
    for side in (reference, test):
        if not side.path(name).exists():
            raise DataError(f"no .{side.annotator} file in {side.folder}")
    for side in (reference, test):
        if (side.folder / f"{name}.hea").exists():
            header = read_header(side.folder, name)
            return header.fs, header.n_samples or None
    folders = " or ".join(dict.fromkeys((str(reference.folder), str(test.folder))))
    raise DataError(f"sampling rate unknown, because there is no .hea file in {folders}: copy it there")
