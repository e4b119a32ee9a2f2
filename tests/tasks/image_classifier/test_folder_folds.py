"""Images of a folder are left out by patient where the folder says whose they are, and the report says which it was."""

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.beats.config import BeatConfig
from ecg_core.beats.images import png_bytes
from ecg_core.data.image_folder import scan
from ecg_core.data.patients import Patients, pseudonym
from ecg_core.errors import DataError, ModelError, RunError
from ecg_core.evaluation.class_report import ClassReport
from ecg_core.files import read_json, write_json
from ecg_core.learning.card import Preparation, SplitUsed
from ecg_core.learning.model_folder import CARD, load_card
from ecg_core.tasks.image_classifier.folder_folds import FOLDER_NOTE, folder_folds, patient_groups, trained_patients
from ecg_core.tasks.image_classifier.options import ImageClassifierOptions
from ecg_core.tasks.image_classifier.task import IMAGE_CLASSIFIER
from ecg_core.tasks.image_classifier.training import check, evaluate_images, train
from ecg_core.tasks.image_form import model_form
from ecg_core.tasks.material import ImageFolder
from ecg_core.tasks.task import Job
from tests.learning.cards import card_of
from tests.made_images import OF_TEN, near_copies

OPTIONS = ImageClassifierOptions(epochs=8, folds=4, batch_size=16, learning_rate=1e-2)


def trained(folder: Path, model: Path, options: ImageClassifierOptions = OPTIONS) -> ClassReport:
    material = ImageFolder.of(folder)
    model.mkdir()
    job: Job[Any] = Job(IMAGE_CLASSIFIER, "run", model, check(material, options), material, "")
    return train(job).validation


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return near_copies(tmp_path_factory.mktemp("images"))


@pytest.fixture(scope="module")
def by_patient(images: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ClassReport]:
    """A model trained on a folder that says whose its images are, and its validation."""
    model = tmp_path_factory.mktemp("by-patient") / "model"
    return model, trained(images, model)


def with_card(model: Path, copy: Path, **fields: Any) -> Path:
    """A copy of a model with some fields of its card changed, or gone where None."""
    shutil.copytree(model, copy)
    card = read_json(copy / CARD) | fields
    write_json(copy / CARD, {name: value for name, value in card.items() if value is not None})
    return copy


def test_where_images_of_a_patient_are_near_copies_random_folds_flatter_and_patient_folds_do_not(
    images: Path, by_patient: tuple[Path, ClassReport], tmp_path: Path
) -> None:
    honest = by_patient[1]
    unknown = trained(near_copies(tmp_path / "images", csv=False), tmp_path / "model")
    assert unknown.note == FOLDER_NOTE
    assert unknown.accuracy is not None and unknown.accuracy > 0.95
    assert honest.accuracy is not None and honest.accuracy < 0.8, "the class has nothing to do with the picture"
    assert (unknown.by, unknown.intervals) == ("groups", None)
    assert trained_patients(load_card(tmp_path / "model")) is None


def test_the_report_says_that_patients_were_left_out_and_has_intervals_over_them(
    by_patient: tuple[Path, ClassReport],
) -> None:
    model, report = by_patient
    assert report.note == (
        "Each image was classified by a network trained without its patient: 10 patients, by patients.csv."
    )
    assert report.by == "patients"
    assert report.intervals is not None and report.intervals.accuracy is not None
    assert set(report.records) == {pseudonym(name) for name in OF_TEN}
    assert ClassReport.from_json(report.to_json(), "a report") == report
    card = load_card(model)
    assert card.split.note == report.note
    assert card.about["image_patients"]["said_by"] == "csv"
    assert trained_patients(card) == {pseudonym(name) for name in OF_TEN}
    assert '"p3"' not in (model / CARD).read_text(), "names stay at home"


def test_images_of_a_patient_trained_on_are_not_judged(by_patient: tuple[Path, ClassReport], tmp_path: Path) -> None:
    other = near_copies(tmp_path, ("q1", "p3", "q2"), seed=1)
    with pytest.raises(ModelError) as caught:
        evaluate_images(by_patient[0], other)
    assert str(caught.value).startswith(
        f"10 of 30 images in {other} are of patients the model was trained on (p3, by patients.csv): figures on them "
        "would flatter. Leave them out"
    )


@pytest.mark.parametrize(
    ("csv", "note", "by"),
    [
        (True, "No patient of these images was seen in training: 2 patients here (patients.csv).", "patients"),
        (False, "The folder does not say whose its images are, so a patient may have been seen in training", "groups"),
    ],
)
def test_a_report_on_other_images_says_whether_their_patients_were_seen(
    by_patient: tuple[Path, ClassReport], tmp_path: Path, csv: bool, note: str, by: str
) -> None:
    report = evaluate_images(by_patient[0], near_copies(tmp_path, ("q1", "q2"), csv=csv, seed=1))
    assert report.note.startswith(note)
    assert (report.by, report.scored) == (by, 20)


def test_a_model_whose_patients_nobody_named_says_so_of_any_images(
    by_patient: tuple[Path, ClassReport], tmp_path: Path
) -> None:
    other = near_copies(tmp_path / "images", ("q1", "p3"), seed=1)
    report = evaluate_images(with_card(by_patient[0], tmp_path / "unnamed", image_patients=None), other)
    assert report.note == (
        "Images of 2 patients (patients.csv). Whether one of them was seen in training is unknown: whose the training "
        "images are was not said."
    )
    with pytest.raises(ModelError, match="image_patients does not say whose the images were"):
        evaluate_images(with_card(by_patient[0], tmp_path / "bad", image_patients={"pseudonyms": "p1"}), other)


def test_images_that_all_say_another_form_are_refused_and_those_that_say_none_are_used_and_told(
    by_patient: tuple[Path, ClassReport], tmp_path: Path
) -> None:
    model = with_card(by_patient[0], tmp_path / "usual", image_form="usual")
    known, unknown = (
        near_copies(tmp_path / name, ("q1", "q2"), seed=1, form=form) for name, form in (("a", "context"), ("b", ""))
    )
    with pytest.raises(ModelError) as caught:
        evaluate_images(model, known)
    assert str(caught.value) == (
        "The model looks at images of the form usual (over the usual beat), those in "
        f"{known} say they are of the form context (with usual beat and rhythm): choose a model of that form, or draw "
        "the images in the model's."
    )
    told = "The images do not say in which form they are: they are used as they are. The model looks at usual"
    assert told in evaluate_images(model, unknown).note
    assert "Whether the model's are is unknown" in evaluate_images(by_patient[0], known).note


def test_a_model_keeps_the_form_of_the_folder_it_was_trained_on(tmp_path: Path) -> None:
    quick = ImageClassifierOptions(epochs=1, folds=2, members=1, batch_size=16)
    trained(near_copies(tmp_path / "images", OF_TEN[:4], form="context"), tmp_path / "model", quick)
    assert model_form(load_card(tmp_path / "model")) == "context"


def test_a_model_that_knew_patients_by_file_names_looks_for_them_there(
    by_patient: tuple[Path, ClassReport], tmp_path: Path
) -> None:
    options = load_card(by_patient[0]).options | {"patients": "name"}
    model = with_card(by_patient[0], tmp_path / "model", options=options)
    with pytest.raises(ModelError, match=r"\(p3, by file names\)"):
        evaluate_images(model, near_copies(tmp_path / "one", ("q1", "p3"), csv=False, seed=1))
    of_classes = near_copies(tmp_path / "other", ("N", "V"), csv=False, seed=1)
    assert "does not say whose its images are" in evaluate_images(model, of_classes).note


def test_patients_of_recordings_trained_on_count_for_images_too() -> None:
    card = card_of("image-classifier", OPTIONS)
    card = dataclasses.replace(
        card, split=SplitUsed("x", ("a", "b"), ()), patients=Patients({"a": "p1", "b": "p1"}),
        preparation=Preparation(BeatConfig(), "0", {}),
    )  # fmt: skip
    assert trained_patients(card) == {pseudonym("p1")}
    assert trained_patients(dataclasses.replace(card, patients=Patients({"a": "p1"}))) is None


def test_file_names_give_the_same_folds_as_a_file_that_says_the_same(images: Path, tmp_path: Path) -> None:
    by_name = dataclasses.replace(OPTIONS, patients="name")
    named, listed = (folder_folds(scan(images), ("N", "V"), options) for options in (by_name, OPTIONS))
    assert np.array_equal(named.group, listed.group)
    assert "10 patients, by file names." in named.note
    assert named.about["image_patients"]["said_by"] == "name"


def test_a_folder_of_too_few_patients_or_with_a_bad_file_is_refused_at_once(tmp_path: Path) -> None:
    def refused(folder: Path) -> str:
        with pytest.raises((RunError, DataError)) as caught:
            check(ImageFolder.of(folder), OPTIONS)
        return str(caught.value)

    folder = near_copies(tmp_path, ("p1", "p2", "p3", "p4"))
    images = [line.partition(",")[0] for line in (folder / "patients.csv").read_text().splitlines()[1:]]

    def listed(*lines: str) -> Path:
        (folder / "patients.csv").write_text("\n".join(lines))
        return folder

    assert "line 1: expected the columns image,patient" in refused(listed("image", *images))
    of_one = [f"{image},p1" for image in images]
    assert refused(listed("image,patient", *of_one)).startswith(
        "All images are of one patient, p1: at least 2 are needed, so that each can be left out in turn."
    )
    one_a_class = [f"{image},p{image[0]}" for image in images]
    text = refused(listed("image,patient", *one_a_class))
    assert text.startswith(
        ("With patient pN left out, images of class V", "With patient pV left out, images of class N")
    )
    assert text.endswith(" are left to learn from: add images of other patients for each class.")


def test_a_class_of_one_patient_is_told(tmp_path: Path) -> None:
    place = near_copies(tmp_path)
    (place / "F").mkdir()
    lines = []
    for k in range(20):
        (place / "F" / f"{k}.png").write_bytes(png_bytes(np.full((64, 64), k, np.uint8), {}))
        lines.append(f"F/{k}.png,p0\n")
    with (place / "patients.csv").open("a") as file:
        file.writelines(lines)
    note = folder_folds(scan(place), ("F", "N", "V"), OPTIONS).note
    assert note.endswith("Class F is of one patient only: with that one left out, none could be learned.")


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), min_size=40, max_size=120),
    st.integers(2, 10),
    st.integers(0, 2**31 - 1),
)
def test_no_patient_is_in_two_groups_and_no_group_is_empty(rows: list[tuple[int, int]], folds: int, seed: int) -> None:
    labels = np.array([label for label, _ in rows])
    patient: npt.NDArray[np.str_] = np.array([f"p{k}" for _, k in rows])
    if len(set(patient)) < 2:
        return
    group = patient_groups(labels, patient, folds, seed)
    assert np.array_equal(group, patient_groups(labels, patient, folds, seed))
    assert all(len(set(group[patient == one])) == 1 for one in set(patient))
    assert set(group) == set(range(min(folds, len(set(patient)))))
