"""Synthesis: the tabs Sample, Fidelity and Balance plan, on GANs trained on simulated recordings."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from ecg_core.beats.balance import FEWEST_REAL
from ecg_core.data.sources import VARIABLE, open_folder
from ecg_core.evaluation.fidelity_limits import KINDS
from ecg_core.runs import control
from ecg_core.runs.control import stop
from ecg_core.runs.folder import list_runs
from ecg_core.tasks.fidelity.judging_images import keep_image_fidelity
from ecg_core.tasks.fidelity.task import IMAGE_FIDELITY
from ecg_core.tasks.gan.options import GanOptions, ImageGanOptions
from ecg_core.tasks.gan.task import GAN, IMAGE_GAN
from ecg_core.tasks.material import Recordings
from ecg_core.ui.synthesis.plan import ONLY_TRAINED_ON, PLAN
from ecg_core.workspace import runs_folder
from tests.app.charts import charts
from tests.app.gans import judge_roughly, no_models
from tests.app.opening import opened as open_page
from tests.evaluation.test_image_fidelity_sentence import GOOD as IMAGES
from tests.runs.in_this_process import finished, on_its_way


@pytest.fixture(autouse=True)
def without_shipped_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is shipped may change; these tests show what they trained."""
    no_models(tmp_path, monkeypatch)


@pytest.fixture(scope="session")
def trained(simulated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of three finished runs: beat GANs of V and N, judged without test records, and an image GAN of V, an
    epoch each. Made once.

    That of N keeps all it makes, so that one set of the sampler's trees is trained and not two."""
    home = tmp_path_factory.mktemp("gans")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ECG_HOME", str(home))
        source = open_folder(simulated)
        small = {"epochs": 1, "batch_size": 16, "beats_per_component": 100}
        for name, accepted in (("V", GanOptions.accepted), ("N", 1.0)):
            options = GanOptions.from_json({"beat_class": name, "accepted": accepted, **small})
            judge_roughly(finished(GAN, Recordings.of(source), options))
        finished(IMAGE_GAN, Recordings.of(source), ImageGanOptions(label="V", epochs=1, batch_size=8))
        return runs_folder()


@pytest.fixture
def gans(trained: Path, simulated_home: Path) -> Path:
    """A workspace in which those runs have finished."""
    shutil.copytree(trained, simulated_home / "runs")
    return simulated_home


def opened(tab: str, **address: str) -> AppTest:
    return open_page("3_Synthesis", tab=tab, **address)


def text(page: AppTest) -> str:
    return "\n".join(e.value for e in (*page.markdown, *page.caption, *page.info, *page.success, *page.error))


def figures(page: AppTest) -> list[dict[str, object]]:
    return [json.loads(chart.proto.spec) for chart in page.get("plotly_chart")]


def sheet(page: AppTest) -> dict[str, Any]:
    """The sheet of beats: its figure, and what it is told by."""
    (shown,) = charts(page)
    assert shown["kind"] == "paper" and shown["alt"]
    return shown


def spec(page: AppTest) -> str:
    return json.dumps(sheet(page)["figure"], ensure_ascii=False)


def downloads(page: AppTest) -> list[str]:
    return [button.proto.label for button in page.get("download_button")]


def address(page: AppTest, name: str) -> str:
    """A value of the address, which AppTest gives as text or as a list of texts."""
    value = page.query_params[name]
    return value if isinstance(value, str) else str(value[-1])


def only(page: AppTest, kind: str, label: str) -> object:
    (found,) = [one for one in page.get(kind) if one.label == label]
    return found


def leave_only(classes: str) -> None:
    """Delete the runs of other classes."""
    for run in list_runs():
        if run.config().options.get("beat_class", "images") not in classes:
            shutil.rmtree(run.folder)


@pytest.mark.parametrize("tab", ["Sample", "Fidelity", "Balance plan"])
def test_without_a_gan_a_tab_says_so_and_leads_to_train(tab: str, simulated_home: Path) -> None:
    page = opened(tab)
    assert "No GAN is trained yet." in page.info[0].value
    page.button(key="synthesis.open_train").click().run()
    assert not page.exception
    assert address(page, "tab") == "Train"


def test_synthetic_beats_stand_beside_recorded_ones_named_by_record_and_time(gans: Path) -> None:
    page = opened("Sample", n="40", seed="3")
    assert "SIMULATED. 12 synthetic V beats beside 12 recorded ones, drawn at random" in spec(page)
    assert spec(page).count("SYNTHETIC") >= 12
    assert "sim" in spec(page) and "25 mm/s" in spec(page)
    assert sheet(page)["file"] == "SYNTHETIC_SIMULATED_V_sheet_seed3"
    assert "The first 12 of 40 synthetic beats are shown; the export holds the other 28 too." in text(page)
    page.session_state["sample.means.open"] = True
    page.run()
    assert "Means of synthetic and recorded V beats differ by at most" in json.dumps(figures(page)[0])
    assert downloads(page) == ["NPZ", "CSV", "WFDB (zip)", "PNG (zip)"]
    assert all(chart.proto.alt for chart in page.get("plotly_chart"))


def test_the_same_seed_shows_the_same_and_another_seed_others(gans: Path) -> None:
    first, again, other = (spec(opened("Sample", seed=seed)) for seed in ("3", "3", "4"))
    assert first == again
    assert first != other


def test_another_class_is_shown_and_kept_in_the_address(gans: Path) -> None:
    page = opened("Sample")
    only(page, "button_group", "Class").set_value("N").run()  # type: ignore[attr-defined]
    assert not page.exception
    assert "synthetic N beats" in spec(page)
    assert address(page, "class") == "N"


def test_a_class_no_gan_makes_is_replaced_by_one_that_is_there(gans: Path) -> None:
    page = opened("Sample", **{"class": "F"})
    assert "synthetic V beats" in spec(page)


def test_images_stand_beside_drawn_beats_and_the_export_says_synthetic(gans: Path) -> None:
    page = opened("Sample")
    only(page, "button_group", "Made as").set_value("ECG images").run()  # type: ignore[attr-defined]
    assert not page.exception
    assert len(page.get("image")) == 2
    assert "**SYNTHETIC** V images, made by a generator" in text(page)
    assert "From left to right, row by row: sim" in text(page)
    assert downloads(page) == ["PNG (zip)"]


def test_kept_and_made_are_told_and_rejected_beats_are_shown_on_request(gans: Path) -> None:
    page = opened("Sample", n="40", seed="3")
    told = re.search(r"40 kept of (\d+) made: the sampler keeps those a discriminator takes for recorded\.", text(page))
    assert told and int(told[1]) > 40
    kept = spec(page)
    page.segmented_control(key="sample.view").set_value("Rejected").run()
    assert not page.exception
    assert "12 rejected synthetic V beats beside 12 recorded ones" in spec(page)
    assert "No export holds them." in text(page)
    assert spec(page) != kept


def test_each_synthetic_beat_is_shown_over_the_recorded_one_it_is_nearest_to(gans: Path) -> None:
    page = opened("Sample", n="12")
    page.toggle(key="sample.pairs").set_value(True).run()
    assert not page.exception
    assert "12 synthetic V beats, each over the recorded one nearest to it" in spec(page)
    labels = [label for trace in sheet(page)["figure"]["data"] for label in trace.get("text") or []]
    named = [label for label in labels if re.fullmatch(r"sim\d+ · [\d:]+<br>\d\.\d{3} mV", label)]
    assert len(named) == 12
    assert "Yardstick: 5 % of the recorded ones are within" in text(page)


def test_each_synthetic_image_is_shown_over_the_recorded_one_it_is_nearest_to(gans: Path) -> None:
    page = opened("Sample")
    only(page, "button_group", "Made as").set_value("ECG images").run()  # type: ignore[attr-defined]
    page.toggle(key="sample.image_pairs").set_value(True).run()
    assert not page.exception
    captions = [one.proto.imgs[0].caption for one in page.get("image")]
    assert len(captions) == 12
    assert all(re.fullmatch(r"sim\d+ · [\d:]+, \d+\.\d", one) for one in captions)
    assert "in shades of grey of 255" in text(page)


def test_gans_of_other_data_are_shown_alone_and_the_reason_is_said(
    gans: Path, mitdb: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(mitdb))
    page = opened("Sample")
    assert "This GAN was trained on other data (SIMULATED, 12 records) than are in use now (MIT-BIH" in text(page)
    assert "12 synthetic V beats" in spec(page) and "recorded ones" not in spec(page)
    page = opened("Fidelity")
    assert page.button(key="fidelity.judge").disabled
    page = opened("Balance plan")
    assert "No GAN trained on these records makes class **V** yet" in text(page), "what it learned would leak"
    assert page.button(key="plan.make").disabled


def test_a_gan_whose_weights_are_damaged_is_named_and_nothing_is_drawn(gans: Path) -> None:
    leave_only("V")
    (list_runs()[0].folder / "model.safetensors").write_bytes(b"\x00" * 100)
    page = opened("Sample")
    assert "incomplete or damaged" in page.warning[0].value
    assert not page.get("plotly_chart") and not charts(page)


def unfolded(key: str) -> AppTest:
    """The Fidelity tab with one of its folds open."""
    page = open_page("3_Synthesis", tab="Fidelity")
    page.session_state[key] = True
    page.run()
    assert not page.exception
    return page


def test_fidelity_is_three_lines_a_class_verdict_first_and_figures_are_folded(gans: Path) -> None:
    page = opened("Fidelity")
    for name in ("N · normal and bundle branch block", "V · ventricular ectopic"):
        assert f"**{name.split()[0]}**{name[1:]} :orange-badge[SIMULATED]" in text(page)
    answers = [one.value for one in page.markdown if "AUC" in one.value]
    assert len(answers) == 2
    for answer in answers:
        shape, copying, use = answer.split("  \n")
        assert re.search(r"\*\*Shape (plausible|told from recorded ones)\*\*: AUC [01]\.\d\d, \d+ beats a side$", shape)
        assert re.search(
            r"\*\*(No copying|Copies or blends)\*\*: [\d.]+ % unusually near a .*, 5 % expected, of [\d,]+", copying
        )
        assert use.endswith("**Use for training not judged**: needs the test records")
    assert not page.dataframe and not page.get("plotly_chart")


def test_fidelity_shows_each_figure_beside_that_of_recorded_beats_and_marks_limits(gans: Path) -> None:
    page = unfolded("fidelity.figures")
    table = page.dataframe[0].value
    assert list(table["Class"]) == ["N", "V"]
    assert list(table.columns[2:]) == [kind.name for kind in KINDS.values()]
    for name in ("MMD", "Precision", "Coverage", "AUC"):
        assert table[name].str.match(r"^([✓✗] )?[\d.]+ \(([\d.]+|–)\)$").all(), (name, list(table[name]))
    assert table["Copying"].str.startswith(("✓", "✗")).all()
    assert (table["F1 of class"] == "–").all(), "never judged in unseen patients"
    assert table["Limits kept"].str.match(r"^\d of \d$").all()
    assert downloads(page) == ["Download table (CSV)"]


def test_fidelity_compares_features_of_the_chosen_lead_and_maps_both_groups(gans: Path) -> None:
    page = unfolded("fidelity.seen")
    assert "Crosses far from circles: synthetic beats unlike any patient's." in text(page)
    for name in ("R amplitude", "QRS width", "T amplitude", "RR after / RR before"):
        assert name in json.dumps(figures(page)[0])
    assert {trace["marker"]["symbol"] for trace in figures(page)[1]["data"]} == {"circle-open", "x-thin"}  # type: ignore
    before = figures(page)[0]
    only(page, "button_group", "Lead").set_value(1).run()  # type: ignore[attr-defined]
    assert not page.exception
    assert figures(page)[0] != before


def test_against_unseen_patients_nothing_is_shown_before_somebody_judges(gans: Path) -> None:
    page = unfolded("fidelity.figures")
    only(page, "button_group", "Compared").set_value("Against test records").run()  # type: ignore[attr-defined]
    assert not page.exception
    assert set(page.dataframe[0].value["MMD"]) == {"–"}
    assert "Not judged on test records yet: class N, V." in text(page)
    assert not [run for run in list_runs() if run.kind == "fidelity"]


def images_judged() -> AppTest:
    page = opened("Fidelity")
    only(page, "button_group", "Made as").set_value("ECG images").run()  # type: ignore[attr-defined]
    assert not page.exception
    return page


def image_gan_folder() -> Path:
    (folder,) = [run.folder for run in list_runs() if run.kind == IMAGE_GAN.kind]
    return folder


def test_an_image_gan_that_was_never_judged_is_by_a_button_that_starts_a_run(
    gans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "_spawn", on_its_way)
    page = images_judged()
    assert "Not judged yet." in text(page)
    assert page.button(key="fidelity.images.judge").label == "Judge V"
    assert len(page.get("image")) == 2, "recorded beside synthetic"
    page.button(key="fidelity.images.judge").click().run()
    assert not page.exception
    (run,) = [run for run in list_runs() if run.kind == IMAGE_FIDELITY.kind]
    assert run.config().options["models"] == image_gan_folder().name
    assert not [button for button in page.button if button.key == "fidelity.images.judge"], "a second run beside it"
    assert page.button(key=f"stop.{run.id}").label == "Stop"
    anew = opened("Fidelity")
    assert anew.button(key=f"stop.{run.id}").label == "Stop", "the tab opens on images while they are judged"


def test_kept_figures_of_images_are_a_sentence_and_a_table(gans: Path) -> None:
    keep_image_fidelity(image_gan_folder(), IMAGES, 1)
    page = images_judged()
    assert "**Shape plausible**: AUC 0.62" in text(page) and "**Usable for training**: F1 0.60, recorded 0.62" in text(
        page
    )
    page.session_state["fidelity.images.figures"] = True
    page.run()
    assert "Synthetic V images are about as close to the recorded ones" in text(page)
    table = page.dataframe[-1].value
    assert table.iloc[0].to_dict() == {
        "Class": "V", "AUC": "0.62 (0.99)", "By trace": "0.58 (0.97)", "MMD": "0.10 (0.10)", "Fréchet": "2.00 (2.00)",
        "Coverage": "0.90 (0.90)", "Grey pixels": "6.1 % (6.0 %)", "Interrupted": "0.0 % (0.0 %)", "Copying": "3.0 %",
        "F1 of class": "0.60 (0.62)",
    }  # fmt: skip
    assert "Download table of images (CSV)" in downloads(page)
    assert "Not judged" not in text(page)


def test_judging_is_a_run_and_with_test_records_says_what_training_on_them_is_worth(gans: Path) -> None:
    leave_only("V")
    page = opened("Fidelity")
    assert page.button(key="fidelity.judge").label == "Judge V again"
    page.toggle(key="fidelity.unseen").set_value(True).run()
    page.button(key="fidelity.judge").click().run()
    assert not page.exception
    (run,) = [run for run in list_runs() if run.kind == "fidelity"]
    assert not [button for button in page.button if button.key == "fidelity.judge"], "a second run beside the first"
    assert run.config().options["unseen"] is True
    stop(run)
    (gan,) = [run for run in list_runs() if run.kind == GAN.kind]
    judge_roughly(gan, unseen=True)  # what the run would have done, with fewer draws
    page = unfolded("fidelity.figures")
    assert re.search(r"\*\*: F1 0\.\d\d, recorded 0\.\d\d, in \d+ test beats", text(page))
    only(page, "button_group", "Compared").set_value("Against test records").run()  # type: ignore[attr-defined]
    row = page.dataframe[0].value.iloc[0]
    assert row["MMD"] != "–" and row["Macro-F1"] != "–"


def test_a_number_out_of_range_says_its_range_and_is_put_within_it(gans: Path) -> None:
    page = opened("Sample")
    page.number_input(key="synthesis.n.widget").set_value(20_000).run()
    assert not page.exception
    assert ":red[20,000 is out of range: from 1 to 10,000.]" in text(page)
    assert "The first 12 of 10,000 synthetic beats are shown" in text(page)
    assert address(page, "n") == "10000"
    page.number_input(key="synthesis.n.widget").set_value(24).run()
    assert "out of range" not in text(page)


def test_the_plan_says_what_is_made_what_is_capped_and_that_it_may_only_be_trained_on(gans: Path) -> None:
    page = opened("Balance plan", ratio="0.5")
    assert ONLY_TRAINED_ON in text(page)
    table = page.table[0].value
    assert list(table.index) == ["S", "V", "F"]
    assert list(table.loc["V"]) == ["128", "2,185", "1,280", "1,408", "at most 10 times its 128 recorded beats"]
    assert list(table.loc["S"][["Synthetic to make", "After"]]) == ["0", "19"]
    assert f"at least {FEWEST_REAL} are needed" in table.loc["S", "Why not more"]
    assert "128 + 1,280 synthetic" in json.dumps(charts(page)[0]["figure"])


def test_the_cap_and_a_number_in_place_of_a_ratio_change_the_plan(gans: Path) -> None:
    page = opened("Balance plan")
    only(page, "button_group", "Bring S, V and F").set_value("To a number of beats").run()  # type: ignore[attr-defined]
    page.number_input(key="plan.target.widget").set_value(600).run()
    assert list(page.table[0].value["Synthetic to make"]) == ["0", "472", "0"]
    page.number_input(key="plan.cap.widget").set_value(2.0).run()
    assert not page.exception
    assert list(page.table[0].value["Synthetic to make"]) == ["0", "256", "0"]


def test_a_class_without_a_gan_stays_as_it_is_and_leads_to_train(gans: Path) -> None:
    leave_only("N")
    page = opened("Balance plan")
    assert "No GAN trained on these records makes class **V** yet: it stays as it is." in text(page)
    assert page.button(key="plan.make").disabled
    page.button(key="plan.train.V").click().run()
    assert not page.exception
    assert (address(page, "tab"), address(page, "class")) == ("Train", "V")


def test_a_set_that_was_made_is_counted_offered_and_shown_in_class_balance(gans: Path) -> None:
    page = opened("Balance plan", ratio="0.1")
    assert not downloads(page)
    page.button(key="plan.make").click().run()
    assert not page.exception
    assert "4,838 beats: 4,529 recorded and 309 synthetic (V 309)" in page.success[0].value
    assert downloads(page) == ["NPZ", "CSV"]
    assert page.session_state[PLAN]["made"] == {"V": 309}
    page.number_input(key="synthesis.ratio.widget").set_value(0.2).run()
    assert not downloads(page), "these would be the files of another plan"
    assert "planned otherwise" in text(page)
    page.switch_page("pages/2_Class_balance.py").run()
    assert not page.exception
    assert any("128 + 309 synthetic" in json.dumps(shown["figure"]) for shown in charts(page))
    assert "SIMULATED. The set made in Synthesis: 309 synthetic beats added to training records" in str(charts(page))
