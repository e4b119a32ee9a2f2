"""Two folders of annotation files compared, record by record: what `python -m ecg_core compare` prints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ecg_core.data.annotation_file import annotator_extension, read_annotation_file
from ecg_core.data.header import NAME_PATTERN, read_header
from ecg_core.errors import DataError
from ecg_core.evaluation.beat_comparison import BeatComparison, compare_records
from ecg_core.evaluation.beat_figures import Average, Gross, average, gross
from ecg_core.evaluation.beat_matching import MATCH_WINDOW_MS, START_S
from ecg_core.evaluation.label_maps import EC57_MAP, LABEL_MAPS, LabelMap
from ecg_core.typed_json import JsonObject


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

    @property
    def gross(self) -> Gross:
        """Figures of all records pooled."""
        return gross([record.matrix for record in self.records.values()])

    @property
    def average(self) -> Average:
        """Means of the figures of records."""
        rows = self.records.values()
        return average([row.matrix for row in rows], [row.matches.rr_error_ms for row in rows])

    def under(self, label_map: LabelMap) -> "FolderComparison":
        """The same matches with the classes of another map."""
        records = {name: record.under(label_map) for name, record in self.records.items()}
        return FolderComparison(
            self.reference, self.test, self.start_s, self.match_window_ms, label_map, records, self.left_out
        )

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
) -> FolderComparison:
    """Compare the files of one annotator with those of another.

    Every record that has a file on either side, or those named in `records`. Sampling rate and length come from the
    record's header beside the reference, else beside the test. A record that cannot be compared is left out with the
    reason.

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
    return FolderComparison(reference, test, start_s, match_window_ms, label_map, compared, left_out)


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
