"""Synthesis: which tab opens, and the first of them, Train. The other tabs: test_synthesis_tabs.py."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from ecg_core.data.sources import VARIABLE, open_folder
from ecg_core.learning.progress import EpochRow
from ecg_core.runs import control
from ecg_core.runs.control import start, stop
from ecg_core.runs.folder import ALIVE, Run, list_runs
from ecg_core.runs.worker import FolderMonitor
from ecg_core.tasks.fidelity.task import FIDELITY
from ecg_core.tasks.gan.options import GanOptions
from ecg_core.tasks.gan.task import GAN
from ecg_core.tasks.material import Recordings
from ecg_core.ui.escape import placeless
from ecg_core.workspace import runs_folder
from tests.app.gans import adopted, no_models, trained_gan
from tests.app.opening import opened as open_page
from tests.runs.in_this_process import on_its_way
from tests.runs.made_runs import empty_run
from tests.runs.waiting import until_ended, until_epoch

TAB = "synthesis.tab"


@pytest.fixture
def empty(simulated_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Simulated data, and neither run nor model."""
    return no_models(tmp_path, monkeypatch)


@pytest.fixture(scope="session")
def trained(simulated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained_gan(simulated, tmp_path_factory.mktemp("gan"))


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """120 images of one class, 10 of another, and a file that is none."""
    for name, n in (("normal", 120), ("ventricular", 10)):
        (tmp_path / "images" / name).mkdir(parents=True)
        for k in range(n):
            pixels = np.full((20, 24), k, np.uint8)
            Image.fromarray(pixels).save(tmp_path / "images" / name / f"{k}.png")
    (tmp_path / "images" / "normal" / "notes.png").write_bytes(b"no image")
    return tmp_path / "images"


def opened(**address: str) -> AppTest:
    return open_page("3_Synthesis", **address)


def tab_of(page: AppTest) -> str:
    return str(page.session_state[TAB])


def with_options(**address: str) -> AppTest:
    """The Train tab with its options unfolded."""
    page = opened(tab="Train", **address)
    page.session_state["gan.options"] = True
    page.run()
    assert not page.exception
    return page


def test_folded_options_are_as_they_were_chosen(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "_spawn", lambda *_: None)
    page = with_options()
    page.number_input(key="gan.beats.batch_size").set_value(16).run()
    page.session_state["gan.options"] = False
    page.run()
    assert not page.number_input
    page.button(key="gan.start").click().run()
    (run,) = list_runs()
    assert run.config().options == GanOptions(batch_size=16).to_json()


def films(page: AppTest) -> list[dict[str, Any]]:
    """What each film on the page plays."""
    found = [json.loads(one.proto.json) for one in page.get("bidi_component") if one.proto.json]
    return [data for data in found if "steps" in data]


def texts(elements: object) -> str:
    return "\n".join(str(one.value) for one in elements)  # type: ignore[attr-defined]


def asked_for_folder(path: str) -> AppTest:
    page = opened(tab="Train")
    page.segmented_control(key="gan.make").set_value("folder").run()
    page.text_input(key="gan.folder").set_value(path).run()
    assert not page.exception
    return page


def test_without_a_gan_the_page_opens_on_train_and_says_what_to_do(empty: Path) -> None:
    page = opened()
    assert tab_of(page) == "Train"
    assert "Nothing is training. Choose what to make and press **Train**" in texts(page.info)
    assert page.query_params["tab"] == "Train"


def test_with_a_shipped_gan_it_opens_on_sample(empty: Path, trained: Path) -> None:
    shutil.copytree(trained, empty / "gan-V")
    assert tab_of(opened()) == "Sample"


def test_class_balance_leads_to_the_plan_with_its_ratio(empty: Path, trained: Path) -> None:
    shutil.copytree(trained, empty / "gan-V")
    page = opened(ratio="0.25")
    assert tab_of(page) == "Balance plan"
    assert page.session_state["synthesis.ratio"] == 0.25


def test_an_address_that_names_tab_and_ratio_opens_that_tab(empty: Path) -> None:
    assert tab_of(opened(tab="Train", ratio="0.25")) == "Train"


@pytest.mark.parametrize("tab", ["Train", "Sample", "Fidelity", "Balance plan"])
def test_every_tab_opens_without_a_model(empty: Path, tab: str) -> None:
    assert tab_of(opened(tab=tab)) == tab


@pytest.mark.parametrize(
    "name, value",
    [
        ("tab", "Trains"),
        ("class", "X"),
        ("n", "0"),
        ("n", "1e3"),
        ("seed", "-1"),
        ("ratio", "0.01"),
        ("ratio", "nan"),
        ("classes", "VX"),
        ("classes", "VV"),
        ("epochs", "0"),
        ("make", "gold"),
    ],
)
def test_a_value_that_is_none_is_refused_with_a_sentence(empty: Path, name: str, value: str) -> None:
    page = opened(**{name: value})
    assert f"'{name}' in the address was not used" in texts(page.warning)


@pytest.mark.parametrize(
    "run", ["../../etc/passwd", "20261122-072215530-gan-26a1", "20261122-072215530-autoencoder-26a1", "models/gan-X"]
)
def test_an_unknown_run_is_named(empty: Path, run: str) -> None:
    assert f"Unknown run or model '{run}'" in texts(opened(run=run).error)


def test_a_run_of_another_kind_is_none_of_this_page(empty: Path) -> None:
    run = empty_run(runs_folder().parent)
    assert f"Unknown run or model '{run.id}'" in texts(opened(run=run.id).error)


def test_classes_are_offered_with_their_beats_in_the_training_records(empty: Path) -> None:
    page = opened(tab="Train")
    classes = page.multiselect(key="gan.classes")
    assert classes.options == ["N · 4,369 beats", "S · 19 beats", "V · 128 beats", "F · 5 beats", "Q · 8 beats"]
    assert classes.value == ["V"]
    page.segmented_control(key="gan.which").set_value("chosen").run()
    page.multiselect(key="gan.records").set_value(["sim08"]).run()
    assert page.multiselect(key="gan.classes").options[-1] == "Q · 619 beats"


def test_the_class_in_the_address_is_the_one_chosen(empty: Path) -> None:
    assert opened(tab="Train", **{"class": "F"}).multiselect(key="gan.classes").value == ["F"]


@pytest.mark.parametrize("make", ["beats", "images"])
def test_too_few_beats_are_refused_with_their_number(empty: Path, make: str) -> None:
    page = opened(tab="Train")
    page.segmented_control(key="gan.make").set_value(make).run()
    page.multiselect(key="gan.classes").set_value(["Q"]).run()
    page.button(key="gan.start").click().run()
    assert texts(page.error) == (
        "Class Q: 8 beats in the training records, at least 100 are needed to learn from. Choose another class or more "
        "records."
    )
    assert list_runs() == []


def test_q_has_eight_beats_in_ds1_and_is_refused(
    mitdb: Path, workspace_of_its_own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(mitdb))
    page = opened(tab="Train", **{"class": "Q"})
    assert page.multiselect(key="gan.classes").options[-1] == "Q · 8 beats"
    page.button(key="gan.start").click().run()
    assert "Class Q: 8 beats in the training records" in texts(page.error)


def test_at_least_one_class_and_one_record_must_be_chosen(empty: Path) -> None:
    page = opened(tab="Train")
    page.multiselect(key="gan.classes").set_value([]).run()
    page.button(key="gan.start").click().run()
    assert texts(page.error) == "Choose at least one class."
    page.multiselect(key="gan.classes").set_value(["V"]).run()
    page.segmented_control(key="gan.which").set_value("chosen").run()
    page.multiselect(key="gan.records").set_value([]).run()
    page.button(key="gan.start").click().run()
    assert texts(page.error) == "Choose at least one record to train on."
    assert list_runs() == []


def test_the_form_asks_for_what_each_kind_of_gan_has(empty: Path) -> None:
    page = with_options()
    asked = {one.key for one in (*page.number_input, *page.selectbox)}
    assert {"gan.beats.held_out", "gan.beats.accepted"} <= asked
    page.segmented_control(key="gan.make").set_value("images").run()
    asked = {one.key for one in (*page.number_input, *page.selectbox)}
    assert {"gan.images.held_out", "gan.form", "gan.leads"} <= asked
    page.segmented_control(key="gan.make").set_value("folder").run()
    asked = {one.key for one in (*page.number_input, *page.selectbox)}
    assert not {"gan.form", "gan.leads", "gan.folder.held_out"} & asked, "an image folder is as it is"


def test_each_class_is_a_training_of_its_own_and_a_refused_one_is_named_beside_the_others(empty: Path) -> None:
    page = with_options()
    page.multiselect(key="gan.classes").set_value(["V", "Q", "N"]).run()
    page.number_input(key="gan.beats.epochs").set_value(900).run()
    page.button(key="gan.start").click().run()
    assert not page.exception
    newest, first = list_runs()
    assert [run.config().options["beat_class"] for run in (first, newest)] == ["V", "N"]
    assert "Class Q: 8 beats" in texts(page.error)
    assert page.query_params["run"] == first.id
    page.button(key=f"show.{newest.id}").click().run()
    assert page.query_params["run"] == newest.id
    assert f"stop.{newest.id}" in {button.key for button in page.button}
    for run in list_runs():
        stop(run)


def test_a_gan_started_here_shows_its_losses_and_film_and_is_stopped_in_another_session(empty: Path) -> None:
    page = with_options()
    page.number_input(key="gan.beats.epochs").set_value(900).run()
    page.number_input(key="gan.beats.batch_size").set_value(16).run()
    page.button(key="gan.start").click().run()
    (run,) = list_runs()
    assert run.config().options | {"beat_class": "V", "epochs": 900, "batch_size": 16} == run.config().options
    until_epoch(run, 1)
    second = opened()
    assert tab_of(second) == "Train", "something is running"
    assert [len(film["steps"]) >= 2 for film in films(second)] == [True]
    specs = [chart.proto.spec for chart in second.get("plotly_chart")]
    assert any("Discriminator" in spec for spec in specs)
    assert "Beat GAN, class V is training" in [link.proto.label for link in second.get("page_link")]
    second.button(key=f"stop.{run.id}").click().run()
    until_ended(run)
    assert run.state == "stopped"
    second.run()
    assert not second.exception
    assert "This run was stopped" in texts(second.warning)
    assert f"resume.{run.id}" in {button.key for button in second.button}


def test_a_finished_gan_is_announced_and_leads_to_sample(empty: Path, trained: Path) -> None:
    run = adopted(trained)
    page = opened(tab="Train", run=run.id)
    assert "**Beat GAN, class V** has finished. See what it makes under **Sample**" in texts(page.success)
    assert "How good that is nobody has judged yet." in texts(page.success)
    page.button(key="gan.to_sample").click().run()
    assert not page.exception
    assert tab_of(page) == "Sample"
    assert page.query_params["run"] == run.id


def test_judging_a_finished_gan_is_a_run_of_its_own_that_looks_at_no_test_record(
    empty: Path, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "_spawn", on_its_way)
    gan = adopted(trained)
    page = opened(tab="Train", run=gan.id)
    page.button(key="gan.judge").click().run()
    assert not page.exception
    (run,) = [run for run in list_runs() if run.kind == FIDELITY.kind]
    assert run.config().options | {"models": gan.id, "unseen": False} == run.config().options
    assert tab_of(page) == "Fidelity"
    assert f"stop.{run.id}" in {button.key for button in page.button}
    assert "Not judged yet." in texts(page.markdown)


def test_the_film_plays_from_an_untrained_step_on_over_recorded_beats(empty: Path, trained: Path) -> None:
    page = opened(tab="Train", run=adopted(trained).id)
    (film,) = films(page)
    assert [step["label"] for step in film["steps"]] == ["Untrained", "Epoch 1 of 1"]
    assert all(np.array(step["beats"]).shape == (6, 2, 144) for step in film["steps"])
    assert film["made"] == "SYNTHETIC V beats, made from the same noise at each step"
    assert film["beside"] == "SIMULATED V beats, drawn at random"
    assert np.array(film["recorded"]["beats"]).shape == (6, 2, 144)
    assert "It begins with averages of recorded beats, one for about every 20 of them" in texts(page.caption)
    assert "SYNTHETIC, no patient's recording" in texts(page.caption)


def test_the_progress_stands_under_the_button_and_says_what_the_sidebar_says(
    empty: Path, simulated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "_spawn", on_its_way)
    run = start(GAN, Recordings.of(open_folder(simulated)), GanOptions(beat_class="V", epochs=9))
    monkeypatch.setattr(Run, "state", "running")
    row = EpochRow(3, 9, 3, 9, {"generator_loss": 0.7, "critic_loss": 0.7}, 1.0, 1.0, 6.0)
    FolderMonitor(run).epoch(row)
    page = opened(tab="Train")
    (bar,) = page.get("progress")
    assert bar.proto.text == "**Beat GAN, class V**: epoch 3 of 9, 6 s left"
    assert bar.proto.value == 33
    assert "Epoch 3 of 9, 6 s left" in texts(page.sidebar.caption)
    assert "epoch 3" not in texts(page.main.caption).lower(), "no text that stands still while the training goes on"


def test_a_form_that_was_changed_stands_in_the_address(empty: Path) -> None:
    page = with_options()
    page.multiselect(key="gan.classes").set_value(["V", "N"]).run()
    page.number_input(key="gan.beats.epochs").set_value(20).run()
    for name, value in (("classes", "VN"), ("epochs", "20")):
        assert page.query_params[name] in (value, [value])
    again = with_options(classes="VN", epochs="20")
    assert again.multiselect(key="gan.classes").value == ["V", "N"]
    assert again.number_input(key="gan.beats.epochs").value == 20


def test_an_address_of_nonsense_opens_no_plan(empty: Path, trained: Path) -> None:
    shutil.copytree(trained, empty / "gan-V")
    assert tab_of(opened(tab="Nope", ratio="zz")) == "Sample"
    assert tab_of(opened(ratio="zz")) == "Sample"


def test_a_session_that_watched_a_training_shows_its_end(empty: Path, simulated: Path) -> None:
    options = GanOptions(beat_class="V", epochs=1, batch_size=16, accepted=1.0)
    run = start(GAN, Recordings.of(open_folder(simulated)), options)
    page = opened()
    assert run.state in ALIVE
    until_ended(run)
    page.run()
    assert not page.exception
    assert run.state == "finished", run.error
    assert tab_of(page) == "Train"
    assert "has finished" in texts(page.success)
    assert [toast.value for toast in page.toast] == ["Training finished."]
    page.run()
    assert not page.toast


def test_the_autoencoder_page_watches_no_gan(empty: Path, simulated: Path) -> None:
    run = start(GAN, Recordings.of(open_folder(simulated)), GanOptions(beat_class="V", epochs=900))
    page = open_page("5_Autoencoder", tab="Train")
    assert f"stop.{run.id}" not in {button.key for button in page.button}
    stop(run)


def test_a_folder_is_counted_by_class_and_its_bad_files_are_named(empty: Path, images: Path) -> None:
    page = asked_for_folder(str(images))
    assert "**130 images** of 24 x 20 px. normal has 12 times as many images as ventricular." in texts(page.markdown)
    counts, left_out = (table.value for table in page.dataframe)
    assert counts.to_numpy().tolist() == [["normal", 120], ["ventricular", 10]]
    assert left_out.to_numpy().tolist() == [["normal/notes.png", "its content is neither PNG nor JPEG"]]
    assert page.selectbox(key="gan.label").value == "normal", "the rarest class that can be learned from"


def test_a_folder_tells_how_many_patients_it_holds_or_how_it_could(empty: Path, images: Path) -> None:
    page = asked_for_folder(str(images))
    assert "Nothing says which images are of one patient, so figures flatter. A patients.csv" in texts(page.caption)
    whose = images / "patients.csv"
    names = [f"{path.parent.name}/{path.name}" for path in images.glob("*/*.png")]
    whose.write_text("\n".join(["image,patient", *(f"{name},p{k % 7}" for k, name in enumerate(names))]))
    page.run()
    assert "7 patients, by patients.csv." in texts(page.caption)
    assert "patients.csv" not in page.dataframe[1].value["File"].tolist()
    whose.write_text("image;patient\n")
    page.run()
    assert "patients.csv, line 1: expected the columns image,patient" in texts(page.warning)
    assert not page.button(key="gan.start").disabled, "a GAN needs no patients"


def test_a_folder_that_has_changed_is_counted_again(empty: Path, images: Path) -> None:
    page = asked_for_folder(str(images))
    shutil.copy(images / "normal" / "1.png", images / "ventricular" / "new.png")
    page.run()
    assert page.dataframe[0].value.to_numpy().tolist() == [["normal", 120], ["ventricular", 11]]


def test_a_class_of_too_few_images_is_refused_with_its_number(empty: Path, images: Path) -> None:
    page = asked_for_folder(str(images))
    page.selectbox(key="gan.label").set_value("ventricular").run()
    page.button(key="gan.start").click().run()
    assert "Class ventricular: 10 images in" in texts(page.error)
    assert list_runs() == []


def test_a_gan_learns_from_a_folder(empty: Path, images: Path) -> None:
    page = asked_for_folder(str(images))
    page.session_state["gan.options"] = True
    page.run()
    page.number_input(key="gan.folder.epochs").set_value(1).run()
    page.number_input(key="gan.folder.batch_size").set_value(8).run()
    page.button(key="gan.start").click().run()
    assert not page.exception
    (run,) = list_runs()
    assert run.kind == "image-gan"
    until_ended(run)
    assert run.state == "finished", run.error
    page.run()
    assert not page.exception
    assert "**Image GAN, class normal** has finished" in texts(page.success)
    (film,) = films(page)
    assert all(step["image"].startswith("data:image/png;base64,") for step in film["steps"])
    assert film["recorded"] is None, "a folder's images are not looked for again"
    assert "averages of recorded beats" not in texts(page.caption), "pixels begin with noise"


@pytest.mark.parametrize("there", [True, False])
def test_an_empty_or_missing_folder_is_an_error_and_nothing_can_be_started(
    empty: Path, tmp_path: Path, there: bool
) -> None:
    folder = tmp_path / "nothing"
    if there:
        folder.mkdir()
    page = asked_for_folder(str(folder))
    assert f"{placeless(str(folder))} {'is empty' if there else 'does not exist'}." in texts(page.error)
    assert page.button(key="gan.start").disabled
