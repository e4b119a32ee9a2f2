"""Home: the collection in use is renamed, its recordings are described, and what is removed is removed after a word."""

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from wfdb import wrann

from ecg_core.data.importing.collection import collection_named, collections
from ecg_core.data.importing.importer import import_files
from ecg_core.data.reader import read_record
from ecg_core.data.sources import current_source, use_collection
from tests.app.opening import opened
from tests.data.foreign_records import ramp, wrsamp


@pytest.fixture
def in_use(simulated_home: Path, tmp_path: Path) -> Path:
    """A collection of two recordings with two annotators each, in use."""
    for k, name in enumerate("ab"):
        wrsamp(tmp_path / "given", name, ramp(4000) + k)
        for at, annotator in enumerate(("atr", "ecg"), start=1):
            wrann(name, annotator, np.arange(1, 10) * 360 + at, ["N"] * 9, write_dir=str(tmp_path / "given"))
    folder = Path(import_files([tmp_path / "given"], "My Holters").folder)
    use_collection(folder)
    return folder


def field(page: AppTest, kind: str, label: str) -> object:
    return next(widget for widget in page.get(kind) if getattr(widget, "label", "") == label)


def fill(page: AppTest, label: str, value: str) -> AppTest:
    page = field(page, "text_input", label).set_value(value).run()  # type: ignore[attr-defined]
    assert not page.exception
    return page


def choose(page: AppTest, label: str, value: str) -> AppTest:
    page = field(page, "selectbox", label).set_value(value).run()  # type: ignore[attr-defined]
    assert not page.exception
    return page


def press(page: AppTest, label: str) -> AppTest:
    page = next(button for button in page.button if button.label == label).click().run()
    assert not page.exception, page.exception
    return page


def test_a_collection_is_renamed(in_use: Path) -> None:
    page = fill(press(opened("app"), "Edit this collection"), "Name", "Clinic 4")
    assert field(page, "text_input", "Patient")
    assert field(page, "selectbox", "Recording")
    page = press(page, "Rename")
    assert [one.name for one in collections()] == ["Clinic 4"]
    assert any("Clinic 4, 2 records" in one.value for one in page.markdown)


def test_patient_leads_and_annotations_of_a_recording_are_said(in_use: Path) -> None:
    page = choose(press(opened("app"), "Edit this collection"), "Recording", "b")
    assert field(page, "text_input", "Leads").value == "II, L1"  # type: ignore[attr-defined]
    page = fill(fill(page, "Patient", "p7"), "Leads", "V1, V5")
    page = press(choose(page, "Annotations that count", "ecg"), "Save")
    record = read_record(in_use, "b")
    assert (record.patient, record.leads, int(record.annotations.sample[0])) == ("p7", ("V1", "V5"), 362)
    assert read_record(in_use, "a").patient is None
    assert field(page, "text_input", "Patient").value == "p7"  # type: ignore[attr-defined]
    press(fill(page, "Patient", ""), "Save")
    assert read_record(in_use, "b").patient is None


def test_annotations_are_chosen_for_all_recordings_that_have_them(in_use: Path) -> None:
    page = choose(press(opened("app"), "Edit this collection"), "Annotations that count", "ecg")
    page = next(one for one in page.checkbox if one.label == "For all recordings that have them").check().run()
    press(page, "Save")
    assert [int(read_record(in_use, name).annotations.sample[0]) for name in "ab"] == [362, 362]


def test_what_cannot_be_is_said_and_nothing_is_changed(in_use: Path) -> None:
    page = press(opened("app"), "Edit this collection")
    page = press(fill(page, "Leads", "II"), "Save")
    assert any("a.hea has 2 leads, and 1 names were given" in error.value for error in page.error)
    assert read_record(in_use, "a").leads == ("II", "L1")


def test_a_recording_and_then_the_collection_are_removed_after_a_second_step(in_use: Path, tmp_path: Path) -> None:
    page = press(opened("app"), "Edit this collection")
    assert not any("for good" in button.label for button in page.button)
    removed = field(page, "selectbox", "Recording")
    page = press(choose(page, "Remove", "a"), "Remove a for good")
    assert collection_named("My Holters").records == ("b",)
    shown = field(page, "selectbox", "Recording")
    assert shown.key != removed.key, "a field of its own: the browser shows no name of before"  # type: ignore[attr-defined]
    assert shown.value == "b"  # type: ignore[attr-defined]
    press(choose(page, "Remove", "The collection, 1 recording"), "Remove all of My Holters for good")
    assert collections() == ()
    assert current_source().kind == "simulated"
    assert len(list((tmp_path / "given").iterdir())) == 8


def test_a_collection_whose_list_is_damaged_says_so_and_can_still_be_removed(in_use: Path) -> None:
    (in_use / "collection.json").write_text("{")
    page = press(opened("app"), "Edit this collection")
    assert any("collection.json is damaged" in one.value for one in page.warning)
    page = press(fill(page, "Patient", "p1"), "Save")
    assert not page.error
    assert read_record(in_use, "a").patient == "p1"
    press(choose(page, "Remove", "The collection, 2 recordings"), "Remove all of my-holters for good")
    assert collections() == ()


def test_data_that_is_no_collection_has_nothing_to_edit(simulated_home: Path) -> None:
    assert not any(button.label == "Edit this collection" for button in opened("app").button)


def test_a_collection_that_cannot_be_opened_can_be_left(in_use: Path) -> None:
    (in_use / "patients.csv").write_text("who\n")
    page = opened("app")
    assert "patients.csv, line 1" in page.error[0].value
    page = press(page, "Stop using this collection")
    assert not page.error
    assert current_source().kind == "simulated"
