"""Which images of a folder are left out together: those of a patient where the folder says whose they are, else some
drawn at random, which flatters."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ecg_core.data.image_folder import ScannedFolder
from ecg_core.data.image_patients import ImagePatients, image_patients
from ecg_core.data.patients import FILE, pseudonym
from ecg_core.errors import DataError, ModelError, RunError
from ecg_core.evaluation.class_report import GROUPS, PATIENTS
from ecg_core.learning.card import Card
from ecg_core.tasks.classifier.balancing import Labels
from ecg_core.tasks.image_classifier.classifier import stratified_groups
from ecg_core.tasks.image_classifier.options import ImageClassifierOptions
from ecg_core.typed_json import JsonObject

FOLDER_NOTE = (
    "Images of a folder, left out at random: the folder does not say which images are of one patient, so these figures "
    "flatter."
)
ABOUT = "image_patients"
"""What a card calls the patients of the images."""


@dataclass(frozen=True)
class FolderFolds:
    """Groups of a folder's images, each left out in turn, in the order of `image_folder.load`."""

    group: npt.NDArray[np.int64] = field(repr=False)
    """(n,) from 0."""
    unit: npt.NDArray[np.str_] = field(repr=False)
    """(n,) pseudonym of each image's patient, or its group where patients are unknown."""
    by: str
    """What `unit` holds: `PATIENTS` or `GROUPS`."""
    note: str
    about: JsonObject
    """What the model's card says of the patients; empty where they are unknown."""


def folder_folds(scanned: ScannedFolder, names: Sequence[str], options: ImageClassifierOptions) -> FolderFolds:
    """Groups of the images of some classes.

    Raises DataError where patients are named but cannot be read, RunError where they are too few to leave any out.
    """
    labels = np.repeat(np.arange(len(names)), [scanned.counts[name] for name in names])
    patients = image_patients(scanned, options.patients)
    if patients is None:
        group = stratified_groups(labels, options.folds, options.seed)
        return FolderFolds(group, group.astype(np.str_), GROUPS, FOLDER_NOTE, {})
    whose = patients.of(names)
    group = patient_groups(labels, whose, options.folds, options.seed)
    _check_classes(labels, group, whose, names)
    several = np.array([pseudonym(name) for name in np.unique(whose)])
    unit = several[np.unique(whose, return_inverse=True)[1]]
    about = {ABOUT: {"said_by": patients.said_by, "pseudonyms": several.tolist()}}
    return FolderFolds(group, unit, PATIENTS, _note(labels, whose, patients, names), about)


def patient_groups(labels: Labels, patient: npt.NDArray[np.str_], folds: int, seed: int) -> npt.NDArray[np.int64]:
    """(n,) group of each image: no patient is in two groups, and each has about its share of every class.

    There are as many groups as `folds`, or as patients where they are fewer. Raises RunError under two patients.
    """
    from sklearn.model_selection import StratifiedGroupKFold  # 1 s, which pages need not wait for

    n_patients = len(np.unique(patient))
    if n_patients < 2:
        raise RunError(
            f"All images are of one patient, {patient[0]}: at least 2 are needed, so that each can be left out in "
            f"turn. Add images of others; without {FILE} images are left out at random, and the figures flatter."
        )
    splitter = StratifiedGroupKFold(min(folds, n_patients), shuffle=True, random_state=seed)
    group = np.empty(len(labels), np.int64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of a class with fewer images than groups
        for k, (_, rows) in enumerate(splitter.split(np.zeros(len(labels)), labels, patient)):
            group[rows] = k
    return group


def trained_patients(card: Card) -> frozenset[str] | None:
    """Pseudonyms of the patients a model was trained on; None where nobody has named them.

    Raises ModelError if the card is damaged.
    """
    if card.preparation is not None:
        known = card.patients is not None and card.patients.known(card.split.train)
        return frozenset(pseudonym(card.patient_of(name)) for name in card.split.train) if known else None
    about = card.about.get(ABOUT)
    if about is None:
        return None
    several = about.get("pseudonyms") if isinstance(about, dict) else None
    if not isinstance(several, list) or not several or not all(isinstance(one, str) for one in several):
        raise ModelError(f"The model's card is damaged: {ABOUT} does not say whose the images were.")
    return frozenset(several)


@dataclass(frozen=True)
class JudgedFolder:
    """What is known of the patients of images to be judged."""

    unit: npt.NDArray[np.str_] = field(repr=False)
    """(n,) pseudonym of each image's patient, or one word for all where patients are unknown."""
    by: str
    note: str


def judged_folder(scanned: ScannedFolder, card: Card, options: ImageClassifierOptions) -> JudgedFolder:
    """Patients of images to be judged: of `patients.csv`, else of the file names if the model's own were known by them.

    Raises ModelError if one of them was trained on, DataError if a `patients.csv` cannot be read.
    """
    trained, here = trained_patients(card), _patients_here(scanned, options)
    if here is None:
        training = "" if trained is None else " The model's training images do."
        return JudgedFolder(
            np.full(scanned.n_images, "images"),
            GROUPS,
            "The folder does not say whose its images are, so a patient may have been seen in training, and these "
            f"figures may flatter.{training}",
        )
    whose = here.of(scanned.classes)
    each = {name: pseudonym(name) for name in np.unique(whose).tolist()}
    many = f"{len(each):,} patients" if len(each) > 1 else "one patient"
    if trained is None:
        note = (
            f"Images of {many} ({here.source}). Whether one of them was seen in training is unknown: whose the "
            "training images are was not said."
        )
    elif shared := [name for name, own in each.items() if own in trained]:
        n = int(np.isin(whose, shared).sum())
        raise ModelError(
            f"{n:,} of {len(whose):,} images in {scanned.folder} are of patients the model was trained on "
            f"({_some(shared)}, by {here.source}): figures on them would flatter. Leave them out, or, if they are "
            f"other patients of the same name, name them otherwise in {FILE}."
        )
    else:
        note = f"No patient of these images was seen in training: {many} here ({here.source})."
    return JudgedFolder(np.array([each[name] for name in whose.tolist()]), PATIENTS, note)


def _patients_here(scanned: ScannedFolder, options: ImageClassifierOptions) -> ImagePatients | None:
    found = image_patients(scanned)
    if found is None and options.patients == "name":
        try:
            return image_patients(scanned, "name")
        except DataError:  # these files are named in another manner
            return None
    return found


def _check_classes(
    labels: Labels, group: npt.NDArray[np.int64], patient: npt.NDArray[np.str_], names: Sequence[str]
) -> None:
    """Raise RunError if fewer than two classes would be left to learn from with a group left out."""
    for k in range(int(group.max()) + 1):
        left = np.unique(labels[group != k])
        if len(left) < 2:
            out = np.unique(patient[group == k]).tolist()
            raise RunError(
                f"With patient {_some(out)} left out, images of class {names[left[0]]} only are left to learn from: "
                "add images of other patients for each class."
            )


def _note(labels: Labels, patient: npt.NDArray[np.str_], patients: ImagePatients, names: Sequence[str]) -> str:
    of_one = [name for k, name in enumerate(names) if len(np.unique(patient[labels == k])) == 1]
    note = (
        "Each image was classified by a network trained without its patient: "
        f"{len(np.unique(patient)):,} patients, by {patients.source}."
    )
    if of_one:
        note += f" Class {', '.join(of_one)} is of one patient only: with that one left out, none could be learned."
    return note


def _some(names: Sequence[str], most: int = 5) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")
