"""The reports of the shipped models are read as typed values and written back as they are; damaged ones are refused."""

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecg_core.errors import ModelError
from ecg_core.evaluation.class_report import ClassReport
from ecg_core.evaluation.detection_report import DetectionReport
from ecg_core.evaluation.fidelity_report import ClassFidelity
from ecg_core.evaluation.fidelity_sentence import sentence
from ecg_core.evaluation.image_fidelity_report import ImageClassFidelity
from ecg_core.evaluation.study import WayFigures
from ecg_core.files import read_json
from ecg_core.typed_json import from_json, to_json
from ecg_core.workspace import PROJECT

MODELS = PROJECT / "models"
Report = type[ClassReport] | type[DetectionReport] | type[ClassFidelity] | type[ImageClassFidelity]
GANS = ("gan-F", "gan-S", "gan-V")
IMAGE_GANS = tuple(f"image-{name}" for name in GANS)
IMAGE_CLASSIFIERS = ("image-classifier", "image-classifier-beat", "image-classifier-usual")


def shipped() -> dict[str, tuple[Report, dict[str, Any]]]:
    """Name -> type and JSON of every report beside shipped weights."""
    of_model: dict[str, Report] = {
        "autoencoder": DetectionReport, "classifier": ClassReport, **dict.fromkeys(IMAGE_CLASSIFIERS, ClassReport),
    }  # fmt: skip
    reports: dict[str, tuple[Report, dict[str, Any]]] = {}
    for model, kind in of_model.items():
        for part, figures in read_json(MODELS / model / "card.json")["figures"].items():
            reports[f"{model} {part}"] = kind, figures
    for model in GANS:
        reports[model] = ClassFidelity, read_json(MODELS / model / "fidelity.json")["figures"]
    for model in IMAGE_GANS:
        reports[model] = ImageClassFidelity, read_json(MODELS / model / "fidelity.json")["figures"]
    return reports


SHIPPED = shipped()


def test_every_shipped_report_is_among_them() -> None:
    assert {name.split()[0] for name in SHIPPED} == {path.parent.name for path in MODELS.glob("*/*.json")}


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_report_is_written_back_byte_for_byte(name: str) -> None:
    kind, figures = SHIPPED[name]
    written = kind.from_json(figures, name).to_json()
    assert json.dumps(written, indent=2) == json.dumps(figures, indent=2)
    assert kind.from_json(written, name) == kind.from_json(figures, name)


def test_shipped_classifiers_were_judged_over_all_classes_that_occur() -> None:
    for name, (kind, figures) in SHIPPED.items():
        if kind is ClassReport:
            report = ClassReport.from_json(figures, name)
            f1 = [report.classes[name].f1 for name in report.macro_over]
            assert report.macro_f1 == pytest.approx(sum(f1) / len(f1))


@pytest.mark.parametrize("name", GANS)
def test_the_card_of_a_shipped_gan_holds_figures_from_before_its_use_was_measured(name: str) -> None:
    figures = read_json(MODELS / name / "card.json")["figures"]["fidelity"]
    report = ClassFidelity.from_json(figures, name)
    assert report.use is None
    written = report.to_json()
    assert {key: written[key] for key in figures} == figures
    assert all(written[key] is None for key in set(written) - set(figures) - {"dominant_record"})


@pytest.mark.parametrize(("name", "record"), [("gan-F", "208"), ("gan-S", ""), ("gan-V", "")])
def test_the_sentence_on_a_shipped_gan_speaks_of_the_record_with_nearly_all_beats(name: str, record: str) -> None:
    report = ClassFidelity.from_json(SHIPPED[name][1], name)
    assert report.dominant_record == record
    assert ("of whom one has nearly all beats of the class" in sentence(report)) == bool(record)


def test_the_lesson_of_random_splits_is_two_reports() -> None:
    lesson = read_json(MODELS / "classifier" / "random-split.json")["lesson"]
    for split, figures in lesson.items():
        written = ClassReport.from_json(figures, split).to_json()
        assert json.dumps({key: written[key] for key in figures}) == json.dumps(figures)


def test_the_shipped_study_is_a_table_of_ways() -> None:
    for way, figures in read_json(MODELS / "classifier" / "study.json")["study"].items():
        table = from_json(WayFigures, figures, way, ModelError)
        for without in (table.change, *table.change_without.values()):
            assert without == {} or set(without) == {"N", "S", "V", "F", "all"}
        changes = figures.get("change", {})
        assert set(table.change) == set(changes)
        for name, row in changes.items():
            for key, value in row.items():
                change = table.change[name][key]
                assert (change.change, change.clear) == (value["change"], value["clear"])
                assert (change.before, change.after, change.low, change.high) == (
                    value["before"], value["after"], value["low"], value["high"]
                )  # fmt: skip
        written = to_json(table)
        for key in ("macro_f1", "accuracy", "classes"):
            assert written[key] == figures[key]


def places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Path of every field and every element within a JSON value."""
    if isinstance(value, dict):
        inside = list(value.items())
    elif isinstance(value, list):
        inside = list(enumerate(value))
    else:
        return []
    return [place for key, item in inside for place in [(*path, key), *places(item, (*path, key))]]


PLACES = {name: places(figures) for name, (_, figures) in SHIPPED.items()}
DROPPED = object()
WRONG = (
    DROPPED, None, True, 0, -1, 0.5, 1e308, 10**400, float("nan"), float("inf"), "", "text", "0.5", [], [1], [0.1, 0.2],
    [None, None], [[]], {}, {"f1": 1.0}, {"x": {}},
)  # fmt: skip


def damaged(figures: dict[str, Any], damage: list[tuple[tuple[str | int, ...], object]]) -> dict[str, Any]:
    """A copy of `figures` with each place's value replaced or dropped; places that are gone already are passed over."""
    figures = copy.deepcopy(figures)
    for path, value in damage:
        holder: Any = figures
        try:
            for key in path[:-1]:
                holder = holder[key]
            holder[path[-1]]
        except (KeyError, IndexError, TypeError):
            continue
        if isinstance(holder, str):
            continue
        if value is DROPPED:
            del holder[path[-1]]
        else:
            holder[path[-1]] = copy.deepcopy(value)
    return figures


def check_damaged(kind: Report, figures: object) -> None:
    """Either refused by name, or a value that pages can show and cards can hold."""
    try:
        report = kind.from_json(figures, "The card of x", ModelError)
    except ModelError as error:
        assert str(error).startswith("The card of x is damaged: ")
        assert len(str(error)) < 400
        return
    json.dumps(report.to_json())
    report.headline()
    assert all(figure.text and isinstance(figure.interval_text, str) for figure in report.figures())
    if isinstance(report, ClassFidelity):
        assert sentence(report).endswith(".")


@pytest.mark.parametrize("name", SHIPPED)
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_damaged_report_is_refused_by_name_or_can_be_used(name: str, data: st.DataObject) -> None:
    kind, figures = SHIPPED[name]
    fields = [place for place in PLACES[name] if len(place) == 1]
    place = st.one_of(st.sampled_from(fields), st.sampled_from(PLACES[name]))
    damage = data.draw(st.lists(st.tuples(place, st.sampled_from(WRONG)), min_size=1, max_size=3))
    check_damaged(kind, damaged(figures, damage))


@pytest.mark.parametrize("name", ["autoencoder DS2", "classifier DS2", "image-classifier validation", "gan-F"])
@pytest.mark.parametrize(
    "wrong", [DROPPED, None, "text", [], {}, float("nan")], ids=["dropped", "None", "text", "list", "dict", "NaN"]
)
def test_each_field_of_a_report_may_be_damaged(name: str, wrong: object) -> None:
    kind, figures = SHIPPED[name]
    for field in figures:
        check_damaged(kind, damaged(figures, [((field,), wrong)]))


@pytest.mark.parametrize("kind", [ClassReport, DetectionReport, ClassFidelity])
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)
    )
)
def test_any_json_at_all_is_refused_by_name(kind: Report, value: object) -> None:
    with pytest.raises(ModelError, match=r"^The card of x is damaged: "):
        kind.from_json(value, "The card of x", ModelError)


@pytest.mark.parametrize("name", ["autoencoder DS2", "classifier DS2", "gan-V"])
def test_what_a_report_cannot_do_without_is_refused_where_it_is_missing(name: str) -> None:
    """The least that must hold, so that a from_json that takes everything fails here."""
    kind, figures = SHIPPED[name]
    for field in {"split", "roc_auc", "macro_f1", "classes", "records", "n_train", "copying_share"} & set(figures):
        with pytest.raises(ModelError, match=f"^The card of x is damaged: .*`{field}`"):
            kind.from_json(damaged(figures, [((field,), DROPPED)]), "The card of x", ModelError)
