"""Recordings from elsewhere: brought in, their beats found, scored and called, with a word of caution about leads."""

import os
import re
import shutil
from pathlib import Path

import edfio
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ecg_core.data.importing.collection import collections, delete_collection
from ecg_core.data.importing.importer import import_files
from ecg_core.data.labels import DETECTED
from ecg_core.data.layers import kept_layer
from ecg_core.data.reader import read_record
from ecg_core.data.sources import VARIABLE, current_source, use_collection
from ecg_core.errors import RunError
from ecg_core.evaluation.changed_recordings import Changes, changed
from ecg_core.tasks.material import Recordings
from tests.app import score_views
from tests.app.opening import opened, settled
from tests.app.place_lists import place_list
from tests.app.viewers import shown
from tests.data.foreign_records import wrsamp


def text(page: AppTest) -> str:
    parts = [*page.markdown, *page.caption, *page.warning, *page.error, *page.info, *page.success]
    return "\n".join(str(element.value) for element in parts)


def pressed(page: AppTest, label: str) -> AppTest:
    page = next(button for button in page.button if button.label == label).click().run()
    assert not page.exception, page.exception
    return page


def when_done(page: AppTest) -> AppTest:
    """The page once the work that it shows a bar for has ended."""
    while "It goes on if you leave this page" in text(page):
        page.run()
    assert not page.exception, page.exception
    return page


def write_edf(simulated: Path, path: Path, *labels: str) -> Path:
    """A simulated recording as an EDF without annotations, its leads under other names."""
    record = read_record(simulated, "sim03")
    mv = record.mv()
    n = int(record.n_samples // record.fs * record.fs)
    signals = [
        edfio.EdfSignal(np.asarray(mv[:n, k], float), record.fs, label=label, physical_dimension="mV",
                        physical_range=(-10, 10))
        for k, label in enumerate(labels)
    ]  # fmt: skip
    edfio.Edf(signals).write(path)
    return path


@pytest.fixture
def brought_in(simulated_home: Path, simulated: Path, tmp_path: Path) -> Path:
    """A collection of one recording without annotations, in use."""
    report = import_files([write_edf(simulated, tmp_path / "day.edf", "ECG1", "ECG2")], "My Holters")
    use_collection(Path(report.folder))
    return Path(report.folder)


def test_a_file_is_looked_at_brought_in_and_used(simulated_home: Path, simulated: Path, tmp_path: Path) -> None:
    folder = tmp_path / "from the clinic"
    folder.mkdir()
    edf = write_edf(simulated, folder / "day.edf", "MLII", "V1")
    (folder / "notes.txt").write_text("no recording")
    page = pressed(opened("app"), "Bring in recordings")
    page.text_input(key="home.path").set_value(str(folder)).run()
    table = page.dataframe[0].value
    assert list(table["File"]) == [edf.name, "notes.txt"]
    assert table["State"][0] == "ready"
    assert table["Leads"][0] == "MLII, V1"
    assert "notes.txt is no recording" in text(page)
    page.text_input(key="home.name").set_value("My Holters").run()
    page = pressed(page, "Bring in 1 recording")
    assert [one.name for one in collections()] == ["My Holters"]
    assert current_source().kind == "collection"
    page = opened("app")
    assert "My Holters, 1 record" in text(page)
    page = pressed(page, "Back to the data from before")
    assert current_source().kind == "simulated"
    page.selectbox(key="home.collection").set_value(collections()[0].slug).run()
    assert current_source().folder == collections()[0].folder


def test_the_collection_in_use_is_where_recordings_go_unless_another_is_chosen(
    simulated_home: Path, simulated: Path, tmp_path: Path
) -> None:
    first = write_edf(simulated, tmp_path / "day.edf", "MLII", "V1")
    import_files([first], "A first")
    use_collection(Path(import_files([first], "Z in use").folder))
    page = pressed(opened("app"), "Bring in recordings")
    page.text_input(key="home.path").set_value(str(first)).run()
    assert page.selectbox(key="home.into").value == "Z in use"


def test_the_way_back_leads_to_the_collection_used_before_and_then_to_none(
    simulated_home: Path, simulated: Path, tmp_path: Path
) -> None:
    first = write_edf(simulated, tmp_path / "day.edf", "MLII", "V1")
    folders = [Path(import_files([first], name).folder) for name in ("A", "B", "C")]
    for folder in folders:
        use_collection(folder)
    delete_collection("B")
    page = pressed(opened("app"), "Back to the data from before")
    assert current_source().folder == folders[0]
    page = pressed(page, "Back to the data from before")
    assert current_source().kind == "simulated"
    assert "because none of the collections is in use" in text(page)


def test_a_dialog_without_a_field_for_a_path_says_why(
    simulated_home: Path, simulated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECG_DATA_DIR", str(simulated))
    page = pressed(opened("app"), "Bring in recordings")
    assert not any(field.key == "home.path" for field in page.text_input)
    assert "with ECG_DATA_DIR set, no path on this computer can be typed here" in text(page)


def test_what_a_file_does_not_say_is_asked_for(simulated_home: Path, tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(0, 0.2, (2000, 2))
    (tmp_path / "plain.csv").write_text("a,b\n" + "\n".join(f"{x:.4f},{y:.4f}" for x, y in rows))
    page = pressed(opened("app"), "Bring in recordings")
    page.text_input(key="home.path").set_value(str(tmp_path / "plain.csv")).run()
    assert "needs" in page.dataframe[0].value["State"][0]
    assert "None of these can be brought in yet: state above what is missing." in text(page)
    page.number_input(key="home.rate").set_value(250.0).run()
    page.selectbox(key="home.unit").set_value("mV").run()
    assert page.dataframe[0].value["State"][0] == "ready"
    page = pressed(page, "Bring in 1 recording")
    source = current_source()
    assert read_record(source.folder, source.records[0]).fs == 250


def test_an_answer_leaves_what_another_file_states_and_says_whom_it_is_about(
    simulated_home: Path, tmp_path: Path
) -> None:
    values = np.sin(np.linspace(0, 40, 1000))
    given = tmp_path / "given"
    given.mkdir()
    (given / "plain.csv").write_text("a\n" + "".join(f"{value:.4f}\n" for value in values))
    (given / "timed.csv").write_text(
        "time (s),II (mV)\n" + "".join(f"{k / 360:.6f},{value:.4f}\n" for k, value in enumerate(values))
    )
    page = pressed(opened("app"), "Bring in recordings")
    page.text_input(key="home.path").set_value(str(given)).run()
    assert page.number_input(key="home.rate").label == "Samples a second (Hz), which plain.csv does not say"
    page.number_input(key="home.rate").set_value(500.0).run()
    page.selectbox(key="home.unit").set_value("uV").run()
    table = page.dataframe[0].value.set_index("File")
    assert list(table.loc["timed.csv", ["Rate (Hz)", "Unit"]]) == ["360", "mV"]
    assert list(table.loc["plain.csv", ["Rate (Hz)", "Unit"]]) == ["500", "uV"]
    assert "amplitudes of 1 µV: is the unit right?" in table.loc["plain.csv", "What is wrong"]
    page = pressed(page, "Bring in 2 recordings")
    assert any("plain.csv: Lead a: amplitudes of 1 µV" in str(one.value) for one in page.warning)


@pytest.mark.parametrize("place", ["/nowhere/at/all", "\x00", "~nobody/x"])
def test_a_place_that_is_none_is_named(simulated_home: Path, place: str) -> None:
    page = pressed(opened("app"), "Bring in recordings")
    page.text_input(key="home.path").set_value(place).run()
    assert not page.exception
    assert page.warning or page.error


def test_records_offers_to_detect_and_then_draws_what_was_found(brought_in: Path) -> None:
    page = opened("1_Records")
    assert "Nobody has marked the beats of recording day" in text(page)
    page = pressed(page, "Detect R peaks")
    assert kept_layer(brought_in, "day", DETECTED) is not None
    assert "R peaks detected here" in text(page)
    assert place_list(page, -1)["columns"] == ["Time", "RR (ms)"]
    viewer = shown(page)
    assert (viewer.labels.header["detected"], viewer.step) == (True, None), "there is no class to step through"
    layer = kept_layer(brought_in, "day", DETECTED)
    assert layer is not None
    assert len(viewer.labels.blocks["samples"]) == int((layer.annotations.symbol == "?").sum()) > 0
    page = opened("1_Records")
    assert "Nobody has marked" not in text(page)
    before = kept_layer(brought_in, "day", DETECTED)
    pressed(page, "Detect again")
    found = kept_layer(brought_in, "day", DETECTED)
    assert before is not None
    assert found is not None
    assert found.created > before.created


@pytest.mark.parametrize("name", ["app", "1_Records", "4_Classifier", "5_Autoencoder"])
def test_what_was_found_is_said_once_wherever_it_was_asked_for(brought_in: Path, name: str) -> None:
    page = pressed(opened(name), "Detect R peaks")
    layer = kept_layer(brought_in, "day", DETECTED)
    assert layer is not None
    n = int((layer.annotations.symbol == "?").sum())
    assert [toast.value for toast in page.toast] == [f"{n:,} R peaks found in 1 recording"]
    assert not page.run().toast


def test_home_offers_to_find_beats_without_a_warning_and_then_counts_them(brought_in: Path) -> None:
    page = opened("app")
    assert "Nobody has marked the beats of recording day" in text(page)
    assert not page.warning
    assert "No example" not in text(page)
    page = pressed(page, "Detect R peaks")
    assert re.search(r"0 annotated beats, [1-9]\d* detected beats", text(page))


def test_the_autoencoder_asks_about_leads_and_then_lists_what_it_flags(brought_in: Path) -> None:
    page = pressed(opened("5_Autoencoder"), "Detect R peaks")
    assert "record day has ECG1" in text(page)
    assert not page.get("plotly_chart")
    page = pressed(page, "Score these leads all the same")
    assert "Leads the model was not trained on: record day has ECG1 as first lead" in text(page)
    assert "Nobody has labelled these beats" in text(page)
    flagged = page.dataframe[0].value
    assert list(flagged.columns) == ["Record", "Time", "Score", "of it shape", "of it early"]
    assert flagged["Score"].is_monotonic_decreasing
    before = score_views.flagged(page, "all")
    assert before == len(flagged)
    score_views.move(page, 1.0)
    assert score_views.flagged(page, "all") > before
    assert len(page.dataframe[0].value) > before
    for tab in ("Reconstructions", "Per record"):
        other = opened("5_Autoencoder", tab=tab)
        assert not other.exception


def test_the_classifier_says_what_it_calls_the_beats_and_gives_no_figures_from_elsewhere(brought_in: Path) -> None:
    page = pressed(opened("4_Classifier"), "Detect R peaks")
    page = pressed(page, "Score these leads all the same")
    page = when_done(page)
    assert "What it calls the" in text(page)
    assert [metric.label for metric in page.metric] == ["N", "S", "V", "F"]
    counted = sum(int(metric.value.replace(",", "")) for metric in page.metric)
    assert page.dataframe[0].value["Beats"][0] == counted
    assert "Macro-F1" not in text(page)


def test_other_pages_say_that_there_are_no_classes(brought_in: Path) -> None:
    page = opened("2_Class_balance")
    assert not page.error
    assert "no classes to count" in text(page)
    for other in ("app", "3_Synthesis", "7_Runs"):
        assert not opened(other).error, other


def test_a_recording_of_which_no_beat_can_be_scored_costs_home_its_example_only(
    simulated_home: Path, simulated: Path, tmp_path: Path
) -> None:
    record = read_record(simulated, "sim03")
    mv = record.mv(0, 20_000)[:, 0]
    holes = [f"{value:.4f}" if k % 100 else "" for k, value in enumerate(mv)]  # in every beat one
    lines = "".join(f"{k / record.fs:.6f},{value},{value}\n" for k, value in enumerate(holes))
    (tmp_path / "day.csv").write_text("time (s),II (mV),V1 (mV)\n" + lines)
    report = import_files([tmp_path / "day.csv"], "Holes")
    use_collection(Path(report.folder))
    assert "No example: no beat of record day can be read well enough" in text(pressed(opened("app"), "Detect R peaks"))


def test_home_takes_another_record_for_its_example_where_the_first_cannot_be_read(
    simulated_home: Path, simulated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "ward"
    folder.mkdir()
    for path in (path for name in ("sim01", "sim03", "sim05") for path in simulated.glob(f"{name}.*")):
        shutil.copy(path, folder)
    for name in ("sim01", "sim03"):
        (folder / f"{name}.dat").write_bytes((folder / f"{name}.dat").read_bytes()[:1000])
    monkeypatch.setenv(VARIABLE, str(folder))
    page = opened("app")
    assert "No example" not in text(page)
    assert "SIMULATED record sim05 at" in text(page)


def test_leads_of_the_same_role_are_scored_without_a_question(
    simulated_home: Path, simulated: Path, tmp_path: Path
) -> None:
    report = import_files([write_edf(simulated, tmp_path / "day.edf", "ECG II", "V1")], "My Holters")
    use_collection(Path(report.folder))
    page = pressed(opened("5_Autoencoder"), "Detect R peaks")
    assert "Nobody has labelled these beats" in text(page)
    assert "not trained on" not in text(page)


def test_a_collection_goes_before_the_environment(
    brought_in: Path, simulated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECG_DATA_DIR", str(simulated))
    assert current_source().folder == brought_in
    use_collection(None)
    assert current_source().folder == Path(os.path.realpath(simulated))


def test_a_recording_of_one_lead_is_shown_scored_and_called(
    simulated_home: Path, simulated: Path, tmp_path: Path
) -> None:
    report = import_files([write_edf(simulated, tmp_path / "patch.edf", "ECG II")], "Patches")
    use_collection(Path(report.folder))
    page = pressed(opened("1_Records", record="patch"), "Detect R peaks")
    assert not page.error
    assert shown(page).leads == ["II"]
    page = opened("5_Autoencoder")
    assert "Nobody has labelled these beats" in text(page)
    assert "not trained on" not in text(page)
    assert not opened("5_Autoencoder", tab="Reconstructions").exception
    assert "What it calls the" in text(when_done(opened("4_Classifier")))
    for other in ("app", "2_Class_balance", "3_Synthesis", "7_Runs"):
        page = opened(other)
        assert not page.exception, other
        assert not page.error, other


def test_an_annotated_recording_from_elsewhere_is_judged_by_its_own_labels(
    simulated_home: Path, simulated: Path, tmp_path: Path
) -> None:
    """Two patients at 250 Hz, leads in the other order, annotations 30 ms early and called `ecg`."""
    from wfdb import wrann

    folder = tmp_path / "elsewhere"
    folder.mkdir()

    for name in ("sim03", "sim04"):
        record = changed(read_record(simulated, name), Changes(shift_ms=-30, resample_hz=250, leads="swapped"))
        wrsamp(folder, name, record.signals, "16", fs=250, sig_name=["V1", "Lead II"], adc_gain=list(record.gain),
               baseline=list(record.baseline))  # fmt: skip
        labels = record.annotations
        wrann(name, "ecg", labels.sample, labels.symbol.tolist(), aux_note=list(labels.aux), write_dir=str(folder))
    report = import_files([folder], "Elsewhere")
    use_collection(Path(report.folder))
    assert current_source().records == ("sim03", "sim04")
    page = opened("5_Autoencoder")
    assert "Detect R peaks" not in [button.label for button in page.button]
    assert score_views.point(page).abnormal > 0
    for other in ("app", "1_Records", "2_Class_balance", "4_Classifier", "7_Runs"):
        page = opened(other)
        assert not page.exception, other
        assert not page.error, other


@pytest.fixture
def mixed(simulated_home: Path, simulated: Path, tmp_path: Path) -> None:
    """A collection in use: one annotated record and one without annotations, its R peaks detected."""
    folder = tmp_path / "ward"
    folder.mkdir()
    for suffix in (".hea", ".dat", ".atr"):
        shutil.copy(simulated / f"sim08{suffix}", folder)
    write_edf(simulated, folder / "day.edf", "ECG II", "V1")
    report = import_files([folder], "Ward A")
    use_collection(Path(report.folder))
    pressed(opened("1_Records", record="day"), "Detect R peaks")


@pytest.mark.usefixtures("mixed")
def test_beside_annotated_records_those_nobody_labelled_keep_their_findings() -> None:
    page = opened("5_Autoencoder")
    found = text(page)
    assert "Flagged in record day that nobody labelled" in "\n".join(one.value for one in page.subheader)
    assert "1 test record" in score_views.given(page, "threshold")["heading"], found
    table = score_views.given(opened("5_Autoencoder", tab="Per record"), "records")
    headings = [one["name"] for one in table["columns"]]
    rows = {row["values"][0]: dict(zip(headings, row["values"], strict=True)) for row in table["rows"]}
    assert rows["day"]["Flagged"] > 0
    assert rows["day"]["Abnormal"] is rows["day"]["False alarms per hour"] is None
    assert rows["sim08"]["Abnormal"] > 0
    page = settled(opened("4_Classifier"))
    assert "Records that nobody labelled" in [one.value for one in page.subheader]
    assert "What it calls the" in text(page)


@pytest.mark.usefixtures("mixed")
def test_false_alarms_an_hour_are_of_the_hours_somebody_labelled() -> None:
    page = opened("5_Autoencoder")
    shown = score_views.point(page)
    assert shown.false_alarms_per_hour is not None
    assert shown.hours == pytest.approx(1 / 6), "ten minutes of the annotated record, not both"


@pytest.mark.usefixtures("brought_in")
def test_nobody_is_told_that_patients_were_never_seen_where_nobody_knows_them() -> None:
    for name in ("5_Autoencoder", "4_Classifier"):
        page = opened(name)
        options = [option for one in (*page.radio, *page.button_group) for option in one.options]
        assert options, name
        assert not any("patients it has never" in option or "other patients" in option for option in options), name


def test_training_on_recordings_nobody_labelled_is_refused_at_once(brought_in: Path) -> None:
    for name in ("a", "b"):
        for path in brought_in.glob("day.*"):
            shutil.copy(path, brought_in / path.name.replace("day", name))
            if path.suffix == ".hea":
                head = (brought_in / f"{name}.hea").read_text()
                (brought_in / f"{name}.hea").write_text(head.replace("day", name))
    material = Recordings.of(current_source(), ["a", "b"])
    with pytest.raises(RunError, match="Nobody has labelled the beats of record a, b: training needs labels"):
        material.check_patients("for validation")
