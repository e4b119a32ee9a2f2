"""Collections: their names, their records, whose they are, and that nothing else is ever removed."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ecg_core.data import sources
from ecg_core.data.importing import collection as stored
from ecg_core.data.importing.importer import import_files
from ecg_core.data.importing.place import FILE, collection_name, root
from ecg_core.data.labels import DETECTED, LabelLayer
from ecg_core.data.layers import keep_layer, kept_layer
from ecg_core.data.patients import find_patients
from ecg_core.data.reader import read_record, record_names
from ecg_core.errors import DataError
from tests.made_files import FS, channel, ecg_like, edf_bytes


@pytest.fixture
def given(tmp_path: Path) -> Path:
    folder = tmp_path / "given"
    folder.mkdir()
    for k, name in enumerate("ab"):
        leads = [channel(ecg_like(2 * FS, 10 * k + j), label=f"ch{j}") for j in range(2)]
        (folder / f"{name}.edf").write_bytes(edf_bytes(leads))
    import_files([folder], "My Holters")
    return folder


def test_there_is_no_collection_at_first() -> None:
    assert stored.collections() == ()
    with pytest.raises(DataError, match=r"There is no collection 'x'\. There is none yet\."):
        stored.collection_named("x")


def test_a_collection_is_renamed_and_its_folder_stays(given: Path) -> None:
    before = stored.collection_named("My Holters")
    sources.choose_folder(before.folder)
    assert sources.current_source().label == "My Holters, 2 records"
    after = stored.rename_collection("my holters", "Clinic 4")
    assert (after.name, after.folder, after.records) == ("Clinic 4", before.folder, before.records)
    assert sources.current_source().label == "Clinic 4, 2 records"
    with pytest.raises(DataError, match=r"There is no collection 'My Holters'\. There are: Clinic 4\."):
        stored.collection_named("My Holters")


def test_two_collections_cannot_have_one_name_and_two_slugs_never_meet(given: Path) -> None:
    import_files([given / "a.edf"], "My: Holters?")
    assert [(one.name, one.slug) for one in stored.collections()] == [
        ("My Holters", "my-holters"),
        ("My: Holters?", "my-holters-2"),
    ]
    with pytest.raises(DataError, match="There is a collection 'my holters' already"):
        stored.rename_collection("My: Holters?", "my holters")


@pytest.mark.parametrize("choose", [sources.use_collection, sources.choose_folder])
def test_a_deleted_collection_is_gone_and_no_longer_in_use(given: Path, choose: Callable[[Path], None]) -> None:
    import_files([given], "Other")
    choose(stored.collection_named("My Holters").folder)
    stored.delete_collection("My Holters")
    assert [one.name for one in stored.collections()] == ["Other"]
    assert sources.current_source().kind == "simulated"
    assert sorted(path.name for path in root().iterdir()) == [".lock", "other"]
    assert len(list(given.iterdir())) == 2


def test_nothing_outside_is_deleted_through_a_link(given: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    shutil.copytree(stored.collection_named("My Holters").folder, outside)
    (root() / "link").symlink_to(outside)
    with pytest.raises(DataError, match="is no folder of a collection: nothing was removed"):
        stored.delete_collection("link")
    assert len(record_names(outside)) == 2


@pytest.mark.parametrize("name", ["..", "../outside", "/", ".lock", ""])
def test_only_names_of_collections_delete_anything(given: Path, name: str) -> None:
    with pytest.raises(DataError, match="There is no collection"):
        stored.delete_collection(name)


def test_one_record_is_deleted_and_can_be_brought_in_again(given: Path) -> None:
    stored.set_patient("My Holters", "a", "p1")
    stored.delete_record("My Holters", "a")
    collection = stored.collection_named("My Holters")
    assert collection.records == ("b",)
    assert sorted(path.name for path in collection.folder.iterdir()) == ["b.dat", "b.hea", FILE, "patients.csv"]
    assert find_patients(collection.folder, ["a", "b"]).by_record == {}
    assert [one.record for one in import_files([given], "My Holters").imported] == ["a"]


def test_what_was_found_in_a_record_goes_with_it_unless_another_collection_has_the_same_file(given: Path) -> None:
    layer = LabelLayer(DETECTED, "detected", "a detector")
    folder = stored.collection_named("My Holters").folder
    for name in "ab":
        keep_layer(folder, name, layer)
    copied = Path(import_files([given / "b.edf"], "Copies").folder)
    stored.delete_record("My Holters", "a")
    import_files([given / "a.edf"], "My Holters")
    assert kept_layer(folder, "a", DETECTED) is None
    stored.delete_collection("My Holters")
    assert kept_layer(copied, "b", DETECTED) is not None
    stored.delete_collection("Copies")
    assert kept_layer(Path(import_files([given / "b.edf"], "New").folder), "b", DETECTED) is None


def test_a_collection_without_a_record_is_no_longer_in_use(given: Path) -> None:
    sources.use_collection(stored.collection_named("My Holters").folder)
    stored.delete_record("My Holters", "a")
    assert sources.current_source().records == ("b",)
    stored.delete_record("My Holters", "b")
    assert sources.current_source().kind == "simulated"


def test_patients_are_set_a_record_at_a_time_and_rows_of_others_stay(given: Path) -> None:
    folder = stored.collection_named("My Holters").folder
    (folder / "patients.csv").write_text("record,patient\nb,by hand\n")
    stored.set_patient("My Holters", "a", "  Müller,  17 ")
    assert find_patients(folder, ["a", "b"]).by_record == {"a": "Müller, 17", "b": "by hand"}
    assert read_record(folder, "a").patient == "Müller, 17"
    stored.set_patient("My Holters", "a", None)
    assert find_patients(folder, ["a", "b"]).by_record == {"b": "by hand"}
    with pytest.raises(DataError, match="has no record 'zz'"):
        stored.set_patient("My Holters", "zz", "p")
    with pytest.raises(DataError, match="A patient's name has 1 to 80 printable characters"):
        stored.set_patient("My Holters", "a", " ")


def test_leads_are_renamed_and_the_checksums_still_hold(given: Path) -> None:
    folder = stored.collection_named("My Holters").folder
    before = read_record(folder, "a")
    stored.rename_leads("My Holters", "a", ("MLII", "V 1"))
    after = read_record(folder, "a")
    assert after.leads == ("MLII", "V 1")
    assert after.integrity.checksums_verified
    assert (after.signals == before.signals).all()
    for leads in (("II",), ("II", "II"), ("II", ""), ("II", "ü#")):
        with pytest.raises(DataError, match=r"leads"):
            stored.rename_leads("My Holters", "a", leads)
    assert read_record(folder, "a").leads == ("MLII", "V 1")


def test_leads_of_a_header_without_names_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "g"
    folder.mkdir()
    ecg_like(1000).astype("<i2").tofile(folder / "r.dat")
    (folder / "r.hea").write_text("r 2 250 500\r\nr.dat 16 200\r\nr.dat 16\r\n# a comment\r\n", newline="")
    import_files([folder], "C")
    place = stored.collection_named("C").folder
    assert read_record(place, "r").leads == ("lead 1", "lead 2")
    before = read_record(place, "r").signals.copy()
    stored.rename_leads("C", "r", ("II", "V1"))
    record = read_record(place, "r")
    assert record.leads == ("II", "V1")
    assert (record.signals == before).all()
    assert record.comments == ("a comment",)
    assert record.integrity.checksums_verified


def test_a_damaged_collection_file_is_said_and_its_records_can_be_used(given: Path) -> None:
    folder = stored.collection_named("My Holters").folder
    (folder / FILE).write_text("{")
    collection = stored.collections()[0]
    assert collection.records == ("a", "b")
    assert "is damaged" in collection.problem
    sources.choose_folder(folder)
    assert sources.current_source().label == "my-holters, 2 records"
    with pytest.raises(DataError, match=r"collection\.json is damaged"):
        import_files([given], "my-holters")


def test_the_file_of_a_collection_says_where_every_record_came_from(given: Path) -> None:
    content = json.loads((root() / "my-holters" / FILE).read_text())
    assert content["name"] == "My Holters"
    entry = content["records"][0]
    assert (entry["record"], entry["source"], entry["kind"], entry["files"]) == (
        "a",
        "a.edf",
        "EDF",
        ["a.hea", "a.dat"],
    )
    assert len(entry["sha256"]) == 64
    assert [one["label"] for one in entry["channels"]] == ["ch0", "ch1"]
    assert not entry["arriving"]


def test_a_folder_elsewhere_is_no_collection_whatever_it_holds(given: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "x"
    shutil.copytree(root() / "my-holters", elsewhere)
    assert collection_name(elsewhere) is None
    assert collection_name(root() / "my-holters") == "My Holters"


def test_simulated_recordings_in_a_collection_are_called_simulated(simulated: Path) -> None:
    import_files([simulated], "Mine")
    sources.choose_folder(stored.collection_named("Mine").folder)
    assert sources.current_source().label == "SIMULATED (Mine), 12 records"
