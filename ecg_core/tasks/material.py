"""What a task works on: recordings with a split, or a folder of images. A value that a run's config can hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.config import BeatConfig
from ecg_core.beats.marked import has_corrections, has_reference_beats
from ecg_core.beats.splits import DE_CHAZAL, assert_patient_disjoint, split_of
from ecg_core.beats.store import Progress, load_beats
from ecg_core.data import image_folder
from ecg_core.data.corrections import log
from ecg_core.data.image_folder import ScannedFolder
from ecg_core.data.labels import CORRECTED, REFERENCE
from ecg_core.data.patients import UNKNOWN_NOTE, Patients, find_patients
from ecg_core.data.reader import record_files
from ecg_core.data.sources import DataSource
from ecg_core.errors import RunError
from ecg_core.learning.card import DataUsed, Preparation, SplitUsed
from ecg_core.typed_json import JsonObject, to_json

CHOSEN = "chosen records"
CHOSEN_NOTE = "Trained on chosen records, judged on the records of all other patients."
IMAGE_FOLDER = "image folder"
ARCHIVE = "archive"
FEWEST_PATIENTS = 2
MOST_NAMED = 5


@dataclass(frozen=True)
class SourceUsed:
    """Where material lies, as a config has it."""

    folder: str
    label: str
    records: tuple[str, ...] = ()
    images: bool = False
    paths: tuple[str, ...] = ()
    """Of an archive: whatever its recordings are found at."""


@dataclass(frozen=True)
class Recordings:
    """Records of a folder, which of them train and which test."""

    folder: Path
    label: str
    """What pages call the data, such as `MIT-BIH, 48 records`."""
    records: tuple[str, ...]
    """Every record of the folder."""
    split: SplitUsed
    patients: Patients
    layer: str = REFERENCE
    """The label layer that is learned from."""

    @classmethod
    def of(cls, source: DataSource, chosen: Sequence[str] | None = None, layer: str = REFERENCE) -> "Recordings":
        """The split of the data in use; or some records by name to train on, against those of all other patients.

        `layer` is the reference, or `CORRECTED`: the same with people's corrections.

        Raises RunError for a record that is not there or none at all, DataError if a patient were on both sides.
        """
        patients = source.patients
        split = split_of(source.records, patients)
        if chosen is None:
            used = SplitUsed(split.name, split.train, split.test, split.note)
            if split.name != DE_CHAZAL:  # the one named exception: 201 and 202 are one patient
                assert_patient_disjoint(used.train, used.test, patients)
            return cls(source.folder, source.label, source.records, used, patients, layer)
        if not chosen:
            raise RunError("Choose at least one record to train on.")
        unknown = [name for name in chosen if name not in source.records]
        if unknown:
            raise RunError(f"Unknown record {', '.join(unknown)}: the data in use ({source.label}) has no such record.")
        train = tuple(name for name in source.records if name in chosen)  # in one order, and each once
        trained = {patients.of(name) for name in train}
        test = tuple(name for name in source.records if patients.of(name) not in trained)
        note = CHOSEN_NOTE if patients.known(source.records) else f"{CHOSEN_NOTE} {UNKNOWN_NOTE}"
        return cls(source.folder, source.label, source.records, SplitUsed(CHOSEN, train, test, note), patients, layer)

    @property
    def what(self) -> str:
        """The material in a sentence."""
        return self.label

    def check_patients(self, purpose: str) -> None:
        """Raise RunError unless there are two patients to train on, so that each can be left out in turn, and somebody
        has labelled a beat of theirs."""
        if len({self.patients.of(name) for name in self.split.train}) < FEWEST_PATIENTS:
            raise RunError(
                f"Record {', '.join(self.split.train)}: one patient only, at least {FEWEST_PATIENTS} are needed, so "
                f"that each can be left out in turn {purpose}. Choose more records."
            )
        if self.layer in (REFERENCE, CORRECTED) and all(self._unlabelled(name) for name in self.split.train):
            first, more = self.split.train[:MOST_NAMED], len(self.split.train) - MOST_NAMED
            raise RunError(
                f"Nobody has labelled the beats of record {', '.join(first)}{f' and {more} more' if more > 0 else ''}: "
                "training needs labels. Choose recordings with annotations."
            )

    def _unlabelled(self, name: str) -> bool:
        """Whether a record is there and no annotation of it marks a beat."""
        if not record_files(self.folder, name).header.exists() or has_reference_beats(self.folder, name):
            return False
        return self.layer == REFERENCE or not has_corrections(self.folder, name)

    def beats(
        self, names: Sequence[str], progress: Progress | None = None, config: BeatConfig | None = None
    ) -> BeatSet:
        """Prepared beats of some of the records. Raises DataError if none of them can be read."""
        return load_beats(self.folder, names, config, progress, self.layer)

    def words(self) -> list[str]:
        """What the command line is to be told of it."""
        chosen = ["--records", *self.split.train] if self.split.name == CHOSEN else []
        return chosen if self.layer == REFERENCE else [*chosen, "--labels", self.layer]

    def to_config(self) -> JsonObject:
        """The fields of a run's config that say what it works on."""
        return {
            "source": {"folder": str(self.folder), "label": self.label, "records": list(self.records)},
            "split": to_json(self.split),
            "patients": dict(self.patients.by_record),
            **({} if self.layer == REFERENCE else {"layer": self.layer}),
        }

    def data_used(self, beats: BeatSet) -> DataUsed:
        """What a card says of the data."""
        return DataUsed(self.label, beats.data_hash, beats.simulated)

    def corrections(self) -> dict[str, str]:
        """Training record -> SHA-256 over the decisions of people that were learned from, where there are any."""
        if self.layer != CORRECTED:
            return {}
        logs = ((name, log.read(log.log_file(self.folder, name))) for name in self.split.train)
        digests = {name: found.digest() for name, found in logs if found is not None}
        return {name: digest for name, digest in digests.items() if digest}

    @staticmethod
    def preparation(beats: BeatSet, one_lead: bool = False) -> Preparation:
        """What a card says of how the beats were prepared; `one_lead`: whether the first lead will do."""
        return Preparation(beats.config, beats.config.hash, dict(beats.leads), one_lead)


@dataclass(frozen=True)
class ImageFolder:
    """A folder of ECG images, one sub-folder a class."""

    folder: Path
    split: SplitUsed

    @classmethod
    def of(cls, folder: Path, note: str = "") -> "ImageFolder":
        """The folder of that path, not looked into yet."""
        return cls(folder.expanduser().resolve(), SplitUsed(IMAGE_FOLDER, (), (), note))

    @property
    def label(self) -> str:
        """What pages call the data."""
        return f"Images in {self.folder.name}"

    @property
    def what(self) -> str:
        """The material in a sentence."""
        return str(self.folder)

    def scan(self, progress: Progress | None = None) -> ScannedFolder:
        """Look through the images. Raises DataError if there are none."""
        return image_folder.scan(self.folder, progress)

    def words(self) -> list[str]:
        """What the command line is to be told of it."""
        return ["--images", str(self.folder)]

    def to_config(self) -> JsonObject:
        """The fields of a run's config that say what it works on."""
        return {
            "source": {"folder": str(self.folder), "label": self.label, "images": True},
            "split": to_json(self.split),
        }

    def data_used(self, scanned: ScannedFolder) -> DataUsed:
        """What a card says of the data."""
        return DataUsed(self.label, scanned.data_hash)


@dataclass(frozen=True)
class Archive:
    """Recordings by paths, folders, globs, lists and zips, which nobody has looked into yet."""

    paths: tuple[str, ...]

    @property
    def split(self) -> SplitUsed:
        """None: nothing is learned."""
        return SplitUsed(ARCHIVE, (), (), "")

    @property
    def label(self) -> str:
        """What pages call the data."""
        first = Path(self.paths[0]).name or self.paths[0]
        return first if len(self.paths) == 1 else f"{first} and {len(self.paths) - 1} more"

    @property
    def what(self) -> str:
        """The material in a sentence."""
        return f"recordings at {self.label}"

    def words(self) -> list[str]:
        """What the command line is to be told of it."""
        return list(self.paths)

    def to_config(self) -> JsonObject:
        """The fields of a run's config that say what it works on."""
        return {
            "source": {"folder": self.paths[0], "label": self.label, "paths": list(self.paths)},
            "split": to_json(self.split),
        }


Material = Recordings | ImageFolder | Archive


def material_of(source: SourceUsed, split: SplitUsed, patients: Patients | None, layer: str = REFERENCE) -> Material:
    """The material of a run's config; patients that it does not name are looked up."""
    folder = Path(source.folder)
    if source.paths:
        return Archive(source.paths)
    if source.images:
        return ImageFolder(folder, split)
    if patients is None:
        patients = find_patients(folder, source.records)
    return Recordings(folder, source.label, source.records, split, patients, layer)
