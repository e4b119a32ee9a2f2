"""The shipped classifiers: complete, small, and not worse than they were, on the real database."""

from pathlib import Path

import numpy as np
import pytest

from ecg_core import workspace
from ecg_core.beats.splits import DS1, DS2
from ecg_core.data.sources import DataSource, open_folder
from ecg_core.errors import ModelError
from ecg_core.evaluation.class_report import ClassReport
from ecg_core.learning.model_folder import WEIGHTS, load_card
from ecg_core.tasks.classifier.model import load_classifier
from ecg_core.tasks.classifier.options import ClassifierOptions
from ecg_core.tasks.evaluation import evaluate_model
from ecg_core.tasks.image_classifier.model import load_image_classifier
from ecg_core.tasks.image_classifier.options import ImageClassifierOptions
from ecg_core.tasks.study.task import AUGMENTATION_STUDY, RANDOM_SPLIT
from ecg_core.tasks.study.training import kept_result
from ecg_core.tasks.versions import LIBRARIES

NAMES = ("classifier", "image-classifier")
MAX_BYTES = 5_000_000


@pytest.fixture(scope="module")
def source(mitdb: Path) -> DataSource:
    return open_folder(mitdb)


@pytest.fixture(scope="module")
def on_ds2(source: DataSource, tmp_path_factory: pytest.TempPathFactory) -> dict[str, ClassReport]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ECG_HOME", str(tmp_path_factory.mktemp("home")))
        return {name: evaluate_model(workspace.MODELS / name, source, "DS2") for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_classifier_is_small_and_its_card_says_how_to_make_it_again(name: str) -> None:
    folder = workspace.MODELS / name
    card = load_card(folder)
    assert (folder / WEIGHTS).stat().st_size <= MAX_BYTES
    assert card.split.train == DS1
    assert card.split.test == DS2
    assert card.command == f"python -m ecg_core train {name}"
    assert set(LIBRARIES) <= set(card.versions)
    assert {"validation", "DS2"} <= set(card.figures)
    for path in folder.glob("*.json"):
        assert str(workspace.PROJECT) not in path.read_text()


def test_they_were_trained_with_default_options() -> None:
    assert load_classifier(workspace.MODELS / "classifier")[0].options == ClassifierOptions()
    assert load_image_classifier(workspace.MODELS / "image-classifier")[0].options == ImageClassifierOptions()


@pytest.mark.parametrize("name", NAMES)
def test_they_classify_as_their_card_says(name: str, on_ds2: dict[str, ClassReport]) -> None:
    said, found = ClassReport.from_json(load_card(workspace.MODELS / name).figures["DS2"], name), on_ds2[name]
    assert found.scored == said.scored == 49_677
    assert found.accuracy == pytest.approx(said.accuracy, abs=0.002)
    assert found.macro_f1 == pytest.approx(said.macro_f1, abs=0.002)
    for beat_class, row in said.classes.items():
        assert found.classes[beat_class].f1 == pytest.approx(row.f1, abs=0.01)


def at_least(figure: float | None, floor: float) -> bool:
    return figure is not None and figure >= floor


def test_the_classifier_keeps_its_floors_on_unseen_patients(on_ds2: dict[str, ClassReport]) -> None:
    found = on_ds2["classifier"]
    assert at_least(found.accuracy, 0.945)
    assert at_least(found.macro_f1, 0.67)
    assert at_least(found.classes["S"].f1, 0.61)
    assert at_least(found.classes["V"].f1, 0.90)
    assert "201 (training) and 202 (here) are one patient" in found.note
    assert set(found.without) == {"202", "232", "213"}
    assert "Q" not in found.classes


def test_the_image_classifier_keeps_its_floors_on_unseen_patients(on_ds2: dict[str, ClassReport]) -> None:
    found = on_ds2["image-classifier"]
    assert at_least(found.classes["V"].f1, 0.5)
    assert at_least(found.macro_f1, 0.35)


def test_a_record_of_a_training_patient_is_refused_outside_ds2(source: DataSource) -> None:
    with pytest.raises(ModelError, match="Record 202 is of a patient the model was trained on"):
        evaluate_model(workspace.MODELS / "classifier", source, "202,200")
    with pytest.raises(ModelError, match="was trained on record 208"):
        evaluate_model(workspace.MODELS / "classifier", source, "208")
    with pytest.raises(ModelError, match="record 102 has V5"):
        evaluate_model(workspace.MODELS / "classifier", source, "102")


def test_the_shipped_study_and_lesson_are_there_with_all_they_need() -> None:
    folder = workspace.MODELS / "classifier"
    study, lesson = kept_result(AUGMENTATION_STUDY, folder), kept_result(RANDOM_SPLIT, folder)
    assert study is not None
    assert study.seeds >= 5
    assert {"none", "class-weights", "balanced-batches", "oversampling", "augmentation", "smote", "gan"} <= set(
        study.study
    )
    assert {way for way, row in study.study.items() if not row.change} == {study.plain}
    for way, row in study.study.items():
        if way != study.plain:
            for change in row.change["S"].values():
                assert change.low is not None
                assert change.high is not None
                assert np.sign(change.low) * np.sign(change.high) > 0 or change.verdict == "no clear effect"
    assert lesson is not None
    by_beats, by_patients = lesson.lesson["random"].macro_f1, lesson.lesson["patients"].macro_f1
    assert by_beats is not None
    assert by_patients is not None
    assert by_beats > by_patients
    assert lesson.beats > 100_000
