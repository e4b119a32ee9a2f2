"""Classifier: training, results, mistakes, comparison and study, on models trained on simulated recordings."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from ecg_core.data.sources import VARIABLE, current_source, open_folder
from ecg_core.evaluation.bootstrap import Change
from ecg_core.evaluation.study import ClassSpread, Spread
from ecg_core.runs.control import start, stop
from ecg_core.runs.folder import ALIVE, list_runs, open_run
from ecg_core.tasks.classifier.options import ClassifierOptions
from ecg_core.tasks.classifier.task import CLASSIFIER
from ecg_core.tasks.image_classifier.options import ImageClassifierOptions
from ecg_core.tasks.image_classifier.task import IMAGE_CLASSIFIER
from ecg_core.tasks.material import Recordings
from ecg_core.tasks.study.few_result import FewBeatsReport, FewBeatsStep, FewBeatsWay
from ecg_core.tasks.study.options import StudyOptions
from ecg_core.tasks.study.result import Support
from ecg_core.tasks.study.task import AUGMENTATION_STUDY, FEW_BEATS, IMAGE_STUDY, RANDOM_SPLIT
from ecg_core.tasks.study.training import keep_result
from ecg_core.text import number, percent
from ecg_core.ui.classifier.compare import comparable
from ecg_core.ui.models import of_kind
from ecg_core.workspace import MODELS, runs_folder
from tests.app.charts import charts
from tests.app.gans import no_models
from tests.app.opening import opened as open_page
from tests.app.opening import settled
from tests.app.place_lists import place_list
from tests.app.viewers import shown
from tests.made_images import near_copies
from tests.runs.in_this_process import finished
from tests.runs.waiting import until_ended

SMALL = ClassifierOptions(epochs=1, folds=2, parts=False, most_normal=100, steps=False)


@pytest.fixture(scope="session")
def trained(simulated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of finished runs: two beat classifiers, an image classifier, a study, a lesson. Made once."""
    home = tmp_path_factory.mktemp("classifiers")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ECG_HOME", str(home))
        source = open_folder(simulated)
        small_study = StudyOptions(choices="none smote", seeds=2, epochs=1, steps_per_epoch=10)
        images = ImageClassifierOptions(epochs=1, folds=2, members=1, most_normal=60)
        finished(CLASSIFIER, Recordings.of(source), SMALL)
        finished(CLASSIFIER, Recordings.of(source), replace(SMALL, balance="none"))
        finished(IMAGE_CLASSIFIER, Recordings.of(source), images)
        finished(RANDOM_SPLIT, Recordings.of(source), replace(SMALL, members=1))
        study = start(AUGMENTATION_STUDY, Recordings.of(source), small_study)  # has processes of its own
        until_ended(study)
        assert study.state == "finished", study.error
        return runs_folder()


@pytest.fixture
def runs(trained: Path, simulated_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace in which those runs have finished, with nothing shipped."""
    no_models(tmp_path, monkeypatch)
    shutil.copytree(trained, simulated_home / "runs")
    return simulated_home


def opened(**address: str) -> AppTest:
    return settled(open_page("4_Classifier", **address))


def unfolded(page: AppTest, key: str) -> AppTest:
    """The page with one of its folds open."""
    page.session_state[key] = True
    return settled(page.run())


def tiles(page: AppTest) -> dict[str, Any]:
    """What the grid of beats was given."""
    (grid,) = (one.proto for one in page.get("bidi_component") if one.proto.component_name.endswith("beat_tiles"))
    return dict(json.loads(grid.json))


def matrix(page: AppTest) -> dict[str, Any]:
    """What the confusion matrix was given."""
    (shown,) = (one.proto for one in page.get("bidi_component") if one.proto.component_name == "ecg_workbench_matrix")
    return dict(json.loads(shown.json))


def newest(kind: str) -> str:
    return next(run.id for run in list_runs() if run.kind == kind)


def text(page: AppTest) -> str:
    return "\n".join(e.value for e in (*page.markdown, *page.caption, *page.info, *page.success, *page.error))


def metric(page: AppTest, label: str) -> str:
    return next(str(one.value) for one in page.metric if one.label == label)


def figures(page: AppTest) -> list[dict[str, object]]:
    return [json.loads(chart.proto.spec) for chart in page.get("plotly_chart")]


def test_without_any_classifier_the_page_opens_where_one_is_trained(
    simulated_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_models(tmp_path, monkeypatch)
    page = opened()
    assert page.query_params["tab"] == "Train"
    assert "No classifier is training" in text(page)
    assert "No classifier is trained yet" in text(opened(tab="Result"))


def test_unseen_patients_are_judged_only_when_somebody_asks(runs: Path) -> None:
    run = open_run(newest("classifier"))
    page = opened(run=run.id)
    assert page.query_params["part"] == "validation", "the test is asked for"
    page = opened(run=run.id, part="test")
    assert "Not judged on test records yet" in text(page)
    assert "Use this once, at the end, and choose by validation." in text(page)
    assert not page.metric
    assert run.evaluations() == {}
    settled(page.button(key="classifier.judge").click().run())
    assert metric(page, "Macro-F1") == number(run.evaluations()["test"].macro_f1)
    assert "Judged 2" in text(unfolded(page, "classifier.details"))
    again = opened(run=run.id, part="test")
    assert metric(again, "Macro-F1") == number(run.evaluations()["test"].macro_f1)


def test_validation_is_shown_with_confusion_classes_and_records(runs: Path) -> None:
    run = open_run(newest("classifier"))
    page = opened(run=run.id, part="validation")
    result = run.result()
    assert result is not None
    report = result.report.validation  # type: ignore[attr-defined]
    assert metric(page, "Macro-F1") == number(report.macro_f1)
    assert "classified by a network trained without its patient" in text(page)
    shown = matrix(page)
    assert [cell["count"] for cell in shown["rows"][0]] == [report.confusion["N"][name] for name in shown["names"]]
    assert shown["alt"] == f"Confusion matrix: accuracy {percent(report.accuracy)}"
    assert set(page.table[0].value["Class"]) == {"N", "S", "V", "F"}
    assert len(unfolded(page, "classifier.by_record").dataframe[0].value) == len(report.records)


def test_mistakes_are_shown_as_tiles_with_where_the_network_looked(runs: Path) -> None:
    page = opened(tab="Mistakes", run=newest("classifier"), part="validation")
    assert "Choose a beat to see it larger" in text(page)
    (speaks,) = charts(page)
    assert speaks["alt"].startswith("Parts of the beat that speak for ")
    grid = tiles(page)
    first = grid["tiles"][0]
    assert grid["chosen"] == first["id"]
    assert first["detail"].startswith("called ")
    said = first["detail"].removeprefix("called ").replace(",", "")
    assert said in text(page), "the tile and the panel give one number"
    page.session_state["mistakes.chosen"] = grid["tiles"][-1]["id"]
    page.run()
    assert tiles(page)["chosen"] == grid["tiles"][-1]["id"]
    assert grid["tiles"][-1]["label"].split(" · ")[1] in text(page), "the panel shows the beat that was chosen"
    page.segmented_control(key="mistakes.sort").set_value("spread").run()
    assert not page.exception


def test_a_cell_of_the_confusion_matrix_leads_to_its_beats_right_ones_too(runs: Path) -> None:
    run = newest("classifier")
    page = opened(run=run, part="validation")
    assert matrix(page)["clickable"]
    page = opened(tab="Mistakes", run=run, part="validation", cell="N>N")
    assert page.selectbox[1].value == "N>N"
    assert "N called N" in text(page)
    page = opened(tab="Mistakes", run=run, part="validation", cell="N>Z")
    assert "No beat of these records was mistaken as 'N>Z' says." in text(page)


def test_image_classifiers_have_results_but_no_tiles(runs: Path) -> None:
    image = newest("image-classifier")
    page = opened(run=image, part="validation")
    assert metric(page, "Macro-F1")
    assert not matrix(page)["clickable"]
    assert "Single mistakes are shown for beat classifiers only" in text(
        opened(tab="Mistakes", run=image, part="validation")
    )


def test_an_image_classifier_shows_the_same_beats_in_every_form_and_where_it_looks(runs: Path) -> None:
    page = opened(run=newest("image-classifier"), part="validation")
    assert not page.get("image"), "only when somebody asks"
    page.toggle(key="forms.shown").set_value(True).run()
    assert not page.exception and not page.error
    captions = [one.proto.imgs[0].caption for one in page.get("image")]
    assert len(captions) == 12
    beats = [caption for caption in captions if not re.search("[✓✗]", caption)]
    assert beats[0::2] == beats[1::2], "the forms of which there is no classifier"
    assert [caption.split(":")[0] for caption in captions[2::3]] == [caption.split(":")[0] for caption in beats[0::2]]
    assert all(re.fullmatch(r"sim\d+ · [\d:.]+: [✓✗] [NSVF], [\d.]+ %", one) for one in captions[2::3])
    assert [one.value for one in page.caption].count("no classifier of this form") == 2
    page.toggle(key="forms.occlusion").set_value(True).run()
    assert not page.exception and not page.error
    heat = figures(page)[-1]
    assert "What speaks for" in str(heat["layout"])
    assert [trace["type"] for trace in heat["data"]] == ["heatmap", "heatmap"]  # type: ignore[attr-defined]


def test_the_form_of_images_is_asked_for_beats_and_not_for_folders(simulated_home: Path) -> None:
    page = opened(tab="Train")
    page.segmented_control(key="classifier.what").set_value("ECG images of beats").run()
    assert page.selectbox(key="imageclassifier.form").value == "context"
    assert "does not show the rhythm" not in text(page)
    page.selectbox(key="imageclassifier.form").set_value("beat").run()
    assert "Such an image does not show the rhythm around the beat" in text(page)
    page.segmented_control(key="classifier.what").set_value("A folder of images").run()
    assert "imageclassifier.form" not in {one.key for one in page.selectbox}


def test_models_are_compared_side_by_side(runs: Path) -> None:
    page = opened(tab="Compare", part="validation")
    table = page.table[0].value
    assert table.shape[1] == 3
    assert "Macro-F1" in table.index
    assert set(table.loc["Make up for rare classes by"]) == {"Class weights in the loss", "Nothing"}
    assert "Seed" not in table.index
    assert len(page.query_params["compare"].split(",")) == 3
    settled(page.toggle(key="compare.differences").set_value(True).run())
    pairs = page.table[-1].value
    assert len(pairs) == 1, "of the two beat classifiers"
    assert re.fullmatch(r"[+-]0\.\d{3} \([+-]0\.\d{3} to [+-]0\.\d{3}\), .*", pairs["Macro-F1"][0])
    test = opened(tab="Compare", part="test", compare=newest("classifier"))
    assert test.table[0].value.loc["Judged on"].tolist() == ["not judged"]
    stale = opened(tab="Compare", compare="models/x")
    assert "No such model is ready: models/x." in [one.value for one in stale.warning]


def test_models_of_other_data_are_not_compared_in_one_table(runs: Path) -> None:
    source = current_source()
    one, two = of_kind("classifier")[0]
    assert comparable([one, two], source, "validation") == [[one, two]]
    other = replace(two, card=replace(two.card, data=replace(two.card.data, label="my Holters")))
    assert comparable([one, other], source, "validation") == [[one], [other]]
    nobody_judged = replace(two, reports={})
    assert comparable([nobody_judged, one], source, "validation") == [[nobody_judged, one]]


def test_a_study_shows_changes_with_intervals_and_says_when_there_is_no_effect(runs: Path) -> None:
    page = opened(tab="Study")
    run = open_run(newest("study"))
    result = run.result()
    assert result is not None
    change = result.report.study["smote"].change["all"]["macro_f1"]  # type: ignore[attr-defined]
    drawn = figures(page)[0]["data"][0]  # type: ignore[index]
    assert drawn["y"] == ["SMOTE"]
    assert drawn["x"][0] == pytest.approx(100 * change.change)
    said = f"a clear effect** of SMOTE ({change.verdict})" if change.clear else "no clear effect**"
    assert f"**Did the synthetic beats help?** On macro-F1: **{said}" in text(page)
    page.segmented_control(key="study.class").set_value("S").run()
    assert not page.exception
    page.segmented_control(key="study.of").set_value("A lesson: split by beats").run()
    split = open_run(newest("random-split")).result()
    assert split is not None
    assert f"Macro-F1 {number(split.report.lesson['random'].macro_f1)}" in [one.value for one in page.metric]


def few_beats_report(low: float) -> FewBeatsReport:
    """Of ten and thirty V beats; `low` is the lower end of the interval of what a GAN changes with ten."""
    f1 = Spread(0.3, 0.2, 0.4)
    plain = FewBeatsWay(ClassSpread(f1, f1, f1))
    changes = {10: Change(0.3, 0.5, low, 0.3), 30: Change(0.3, 0.3, -0.1, 0.1)}
    steps = tuple(
        FewBeatsStep(n, 128, (3, 4), {"none": plain, "gan": FewBeatsWay(plain.figures, {"f1": change})})
        for n, change in changes.items()
    )
    return FewBeatsReport({"V": steps}, "none", 2, 10, 100, 60, ("sim05",), {"V": Support(9, 1)}, "", "some data")


@pytest.mark.parametrize(("low", "said"), [
    (0.1, "Yes. Clear effect on F1: V from 10 beats with GAN (better). All others: no clear effect."),
    (-0.1, "**No clear effect** on F1, of any way and at any number: every interval holds zero."),
])  # fmt: skip
def test_curves_over_few_beats_come_with_their_sentence(
    simulated_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, low: float, said: str
) -> None:
    shipped = no_models(tmp_path, monkeypatch) / "classifier"
    shipped.mkdir()
    keep_result(FEW_BEATS, few_beats_report(low), shipped)
    page = opened(tab="Study")
    page.segmented_control(key="study.of").set_value("Few beats").run()
    assert not page.exception
    assert said in text(page)
    drawn = [one for one in figures(page)[0]["data"] if one["mode"] == "lines+markers"]  # type: ignore[attr-defined]
    assert [(one["name"], one["x"]) for one in drawn] == [
        ("no balancing", [10, 30]), ("GAN", [10, 30]), ("GAN", [10, 30]),
    ]  # fmt: skip
    assert drawn[2]["y"] == pytest.approx([20, 0])
    assert "These figures are from some data, not from the recordings in use" in text(page)
    table = unfolded(page, "few.details").dataframe[0].value
    assert table["From records"].tolist() == ["3 to 4", "3 to 4"]
    assert table["Change, GAN"].tolist()[1] == "+0.000 (-0.100 to +0.100)"
    unfolded(page, "study.own.Few beats")
    page.text_input(key="few.numbers").set_value("10 x").run()
    page.button(key="few.start").click().run()
    assert "numbers has x: choose whole numbers" in page.error[0].value
    assert not list_runs()


def test_a_study_of_images_is_asked_for_in_its_own_ways(
    simulated_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_models(tmp_path, monkeypatch)
    page = opened(tab="Study")
    page.segmented_control(key="study.of").set_value("Images").run()
    assert not page.exception
    assert "No study yet." in text(page)
    page.multiselect(key="study.images.ways").set_value(["augmentation"]).run()
    assert "10 trainings" in text(page)
    page.button(key="study.images.start").click().run()
    assert not page.exception
    (run,) = list_runs()
    try:
        assert run.kind == IMAGE_STUDY.kind
        assert run.config().options["choices"] == "none augmentation"
    finally:
        if run.state in ALIVE:
            stop(run, 1)


def test_the_form_starts_a_training_with_what_was_chosen(
    simulated_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_models(tmp_path, monkeypatch)
    page = opened(tab="Train")
    page.selectbox(key="classifier.balance").set_value("oversampling")
    page.selectbox(key="classifier.added").set_value("smote").run()
    page.button(key="classifier.start").click().run()
    assert not page.exception
    run = list_runs()[0]
    try:
        chosen = run.config().options
        assert (chosen["balance"], chosen["added"]) == ("oversampling", "smote")
        assert page.query_params["run"] == run.id
    finally:
        if run.state in ALIVE:
            stop(run, 1)


def test_a_folder_of_images_tells_its_patients_and_its_result_is_by_patient(
    simulated_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_models(tmp_path, monkeypatch)
    folder = near_copies(tmp_path / "images")
    page = opened(tab="Train")
    page.segmented_control(key="classifier.what").set_value("A folder of images").run()
    assert "Where nobody says whose the images are, figures flatter." in text(page)
    page.text_input(key="classifier.folder").set_value(str(folder)).run()
    assert "**100 images** in 2 classes." in text(page)
    assert "10 patients, by patients.csv." in text(page)
    page.selectbox(key="imageclassifier.patients").set_value("name").run()
    assert "10 patients, by file names." in text(page)
    for name, value in (("epochs", 1), ("folds", 2), ("members", 1), ("batch_size", 16)):
        page.number_input(key=f"imageclassifier.{name}").set_value(value)
    page.button(key="classifier.start").click().run()
    assert not page.exception
    (run,) = list_runs()
    until_ended(run)
    assert run.state == "finished", run.error
    page = opened(run=run.id, tab="Result", part="validation")
    assert not page.exception
    assert "Each image was classified by a network trained without its patient: 10 patients, by file names." in text(
        page
    )
    assert "95 % intervals by bootstrap over patients." in text(unfolded(page, "classifier.details"))
    assert "Patients, most mistakes first" in [one.label for one in page.expander]
    assert page.table[0].value["Patients"].tolist() == ["5", "5"]


def test_gans_of_other_records_are_refused_with_a_sentence(simulated_home: Path) -> None:
    page = opened(tab="Train")
    page.selectbox(key="classifier.added").set_value("gan").run()
    page.button(key="classifier.start").click().run()
    assert "was trained on record 101" in page.error[0].value
    assert not list_runs()


def test_what_an_address_says_wrongly_is_named(simulated_home: Path) -> None:
    page = opened(run="models/<b>", tab="Train", part="foo", model="x")
    page.run()
    said = "\n".join(one.value for one in page.warning)
    assert "'part' in the address was not used: 'foo' is none of validation, test." in said
    assert "'model' in the address was not used" in said
    assert "Unknown run or model" in said


def test_the_shipped_classifier_opens_on_the_figures_of_its_card(mitdb: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(mitdb))
    page = opened()
    assert page.query_params["part"] == "validation", "the test is asked for"
    page = opened(part="test")
    figures_of_card = json.loads((MODELS / "classifier" / "card.json").read_text())["figures"]["DS2"]
    assert metric(page, "Macro-F1") == number(figures_of_card["macro_f1"])
    classes = page.table[0].value.set_index("Class")
    assert classes["F1"]["S"] == number(figures_of_card["classes"]["S"]["f1"])
    assert "201 (training) and 202 (here) are one patient" in text(page)
    without = page.table[1].value
    assert list(without["Without record"]) == ["202", "232", "213"]


def test_records_lays_predictions_beside_the_labels(mitdb: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(mitdb))
    page = settled(open_page("1_Records", record="233", predict="models/classifier", start="60"))
    assert "Rings under the beats" in text(page)
    labels = shown(page).labels
    assert "models/classifier" in labels.header["predictions"]
    assert len(labels.blocks["predicted_samples"]) > 3000
    assert 0 < labels.blocks["predicted_differs"].sum() < 300
    assert "Model" in place_list(page, -1)["columns"]
    page = settled(open_page("1_Records", record="208", predict="models/classifier"))
    assert "It was trained on this record" in text(page)
    page = settled(open_page("1_Records", record="202", predict="models/classifier"))
    assert "It was trained on record 201 of the same patient" in text(page)
    page = settled(open_page("1_Records", record="102", predict="models/classifier"))
    assert "record 102 has V5" in page.warning[0].value
    page = open_page("1_Records", record="100", predict="models/none")
    assert "'models/none' is no beat classifier that is ready" in page.warning[0].value


def test_the_shipped_classifier_judges_other_recordings_and_shows_its_mistakes_on_them(simulated_home: Path) -> None:
    page = opened()
    assert not page.error
    assert "SIMULATED. Test records (12): 12 records that it was not trained on" in text(page)
    page = opened(tab="Mistakes")
    assert not page.error
    assert {tile["label"][:3] for tile in tiles(page)["tiles"]} == {"sim"}
    assert "These figures are from MIT-BIH, 48 records, not from the recordings in use" in text(opened(tab="Study"))
    page = opened(part="validation")
    assert "**On MIT-BIH, not the recordings in use:** **It finds" in text(page)
    unfolded(page, "classifier.by_record")
    assert "Choose a row" not in " ".join(caption.value for caption in page.caption)
    assert "figures from MIT-BIH, 48 records, not from the recordings in use" in text(
        opened(tab="Compare", part="validation")
    )
