"""Whose the images of a folder are: images of one patient must never be on both sides of a split.

Patients come from a `patients.csv` in the folder, or, only where somebody says so, from the names of the files: a name
is never taken for a patient's unasked, because most begin with a class or a number.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

import numpy as np
import numpy.typing as npt

from ecg_core.data.image_folder import ScannedFolder
from ecg_core.data.patients import FILE, NOBODY
from ecg_core.data.record_table import record_table
from ecg_core.errors import DataError

SaidBy = Literal["csv", "name"]
SOURCES: dict[SaidBy, str] = {"csv": FILE, "name": "file names"}
HOW_TO_SAY = f"A {FILE} in the folder can: image,patient, then a line such as V/beat7.png,p01 for each."
MOST_BYTES = 50_000_000  # 200,000 images, 250 bytes each
SIGN = "_"


@dataclass(frozen=True)
class ImagePatients:
    """The patient of every usable image of a folder."""

    by_class: Mapping[str, tuple[str, ...]] = field(repr=False)
    """Class -> patient of each of its images, in the order of `ScannedFolder.files`."""
    said_by: SaidBy

    @property
    def source(self) -> str:
        """Where they come from, in words."""
        return SOURCES[self.said_by]

    @property
    def n_patients(self) -> int:
        return len({patient for patients in self.by_class.values() for patient in patients})

    def of(self, classes: Sequence[str]) -> npt.NDArray[np.str_]:
        """(n,) patient of each image of some classes, in the order of `image_folder.load`."""
        return np.array([patient for name in classes for patient in self.by_class[name]], dtype=np.str_)


def image_patients(scanned: ScannedFolder, said_by: SaidBy = "csv") -> ImagePatients | None:
    """Patients of a folder's images. None where nobody names them: `csv` is chosen and there is no `patients.csv`.

    `csv`: `patients.csv` in the folder, with the columns `image,patient`, an image being `class/file`. It has to name
    the patient of every usable image; lines about other files count for nothing. `name`: what stands before the first
    `_` of a file's name, `p01` for `V/p01_beat7.png`.

    Raises DataError, naming file and line, for a `patients.csv` that cannot be read or leaves an image out; and for
    names that cannot be patients': without `_`, beginning with the class, or different in every image.
    """
    if said_by == "name":
        return ImagePatients(_by_name(scanned), said_by)
    path = scanned.folder / FILE
    if path.is_symlink() and not path.resolve().is_relative_to(scanned.folder):
        raise DataError(f"{FILE} is a link out of {scanned.folder}: not followed. Put the file itself there.")
    if not path.exists():
        return None
    return ImagePatients(_by_file(scanned, path), said_by)


def patients_sentence(patients: ImagePatients | None) -> str:
    """How many patients there are and who says so, or that nobody does and how it can be said."""
    if patients is None:
        return f"Nothing says which images are of one patient, so figures flatter. {HOW_TO_SAY}"
    return f"{patients.n_patients:,} patient{'s' * (patients.n_patients != 1)}, by {patients.source}."


def _by_file(scanned: ScannedFolder, path: Path) -> dict[str, tuple[str, ...]]:
    named: dict[str, str] = {}
    for text, patient in record_table(path, "patient", "image", MOST_BYTES).items():
        image = PurePosixPath(text.replace("\\", "/")).as_posix()
        if named.setdefault(image, patient) != patient:
            raise DataError(
                f"{FILE}: image {image} is of patient {named[image]} and of {patient}. Leave one of the lines."
            )
    images = _names(scanned)
    unnamed = [f"{name}/{file}" for name, files in images.items() for file in files if f"{name}/{file}" not in named]
    if unnamed:
        instead = f" It names {next(iter(named))!r}, for example." if named and len(unnamed) == scanned.n_images else ""
        raise DataError(
            f"{FILE} in {scanned.folder} names no patient for {len(unnamed):,} of {scanned.n_images:,} images, the "
            f"first is {unnamed[0]}.{instead} Add a line such as {unnamed[0]},p01 for each."
        )
    found = {name: tuple(named[f"{name}/{file}"] for file in files) for name, files in images.items()}
    for name, patients in found.items():
        for file, patient in zip(images[name], patients, strict=True):
            if patient.lower() in NOBODY:
                raise DataError(
                    f"{FILE}: {patient!r} is nobody's name, at image {name}/{file}. Name its patient, or take the "
                    "image out of the folder."
                )
    return found


def _by_name(scanned: ScannedFolder) -> dict[str, tuple[str, ...]]:
    rule = f"begin every file's name with its patient and {SIGN!r}, as in p01{SIGN}7.png, or write a {FILE}."
    images = _names(scanned)
    found: dict[str, tuple[str, ...]] = {}
    for name, files in images.items():
        parts = [file.partition(SIGN) for file in files]
        for file, (patient, sign, _) in zip(files, parts, strict=True):
            if not sign or not patient.strip():
                raise DataError(f"{name}/{file} in {scanned.folder} does not say whose it is: {rule}")
            if patient.strip().casefold() == name.casefold():
                raise DataError(
                    f"{name}/{file} in {scanned.folder} begins with its class, {patient.strip()}, not with a "
                    f"patient: {rule}"
                )
        found[name] = tuple(patient.strip() for patient, _, _ in parts)
    counts = Counter(patient for patients in found.values() for patient in patients)
    if max(counts.values()) == 1:
        first = next(iter(images))
        raise DataError(
            f"Every image in {scanned.folder} begins with a name of its own, such as {first}/{images[first][0]}: that "
            f"is a number of the image, not a patient. If each is of another patient, say so in a {FILE}."
        )
    return found


def _names(scanned: ScannedFolder) -> dict[str, tuple[str, ...]]:
    return {name: tuple(path.name for path in paths) for name, paths in scanned.files.items()}
