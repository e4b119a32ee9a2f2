"""Reports that are shipped, or were written by earlier versions, are read and written back; damaged ones refused."""

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.errors import DataError, ModelError, WorkbenchError
from ecg_core.evaluation.class_report import ClassReport
from ecg_core.evaluation.detection_report import DetectionReport
from ecg_core.evaluation.fidelity_report import ClassFidelity, FidelityReport
from ecg_core.evaluation.fidelity_sentence import sentence
from ecg_core.evaluation.figure import Figure
from ecg_core.evaluation.study import WayFigures
from ecg_core.files import read_json
from ecg_core.typed_json import from_json, to_json

MODELS = Path(__file__).parents[2] / "models"
Report = DetectionReport | ClassReport | ClassFidelity | FidelityReport
PARTS = ("validation", "DS2")


@dataclass(frozen=True)
class Shipped:
    """One shipped report and its type."""

    name: str
    kind: type[Report]
    value: dict[str, Any]
    since: tuple[str, ...] = ()
    """Fields that were added since it was written."""


def shipped() -> Iterator[Shipped]:
    for model, kind, since in (
        ("autoencoder", DetectionReport, ()),
        ("classifier", ClassReport, ("macro_over",)),
        ("image-classifier", ClassReport, ("macro_over",)),
    ):
        card = read_json(MODELS / model / "card.json")
        for part in PARTS:
            yield Shipped(f"{model} {part}", kind, card["figures"][part], since)
    for name in "SVF":
        kept = read_json(MODELS / f"gan-{name}" / "fidelity.json")
        yield Shipped(f"gan-{name}", ClassFidelity, kept["figures"], ("dominant_record",))


SHIPPED = {one.name: one for one in shipped()}
JUDGED_TOGETHER = {
    "classes": {name[-1]: one.value for name, one in SHIPPED.items() if one.kind is ClassFidelity},
    "tstr": {
        "replaced": ["S", "V", "F"],
        "tstr_macro_f1": 0.5, "tstr_macro_f1_range": [0.4, 0.6], "tstr_f1": {"N": 0.9, "S": 0.1},
        "trtr_macro_f1": 0.6, "trtr_macro_f1_range": [0.5, 0.7], "trtr_f1": {"N": 0.9, "S": 0.3},
        "support": {"N": 900, "S": 100}, "n_replaced": {"S": 90}, "n_synthetic": {"S": 80}, "note": "A note.",
    },
    "embedding": "pca-32",
    "embedding_explained": 0.98,
    "note": "",
    "simulated": False,
    "seed": 1,
    "n_synthetic": {"S": 80},
}  # fmt: skip
REPORTS = {**SHIPPED, "several classes": Shipped("several classes", FidelityReport, JUDGED_TOGETHER)}


def written(value: object) -> str:
    return json.dumps(value, indent=2, allow_nan=False)


def without(value: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: item for name, item in value.items() if name not in names}


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_report_is_written_back_byte_for_byte(name: str) -> None:
    one = SHIPPED[name]
    value = one.kind.from_json(one.value, "The card").to_json()
    assert set(value) - set(one.value) == set(one.since)
    assert written(without(value, one.since)) == written(one.value)


@pytest.mark.parametrize("name", REPORTS)
def test_what_is_written_is_read_back_as_it_was(name: str) -> None:
    one = REPORTS[name]
    report = one.kind.from_json(one.value, "The card")
    again = one.kind.from_json(json.loads(written(report.to_json())), "The card")
    assert again == report
    assert written(again.to_json()) == written(report.to_json())


@pytest.mark.parametrize("way", ["random", "patients"])
def test_the_figures_of_the_shipped_random_split_are_written_back(way: str) -> None:
    value = read_json(MODELS / "classifier" / "random-split.json")["lesson"][way]
    found = ClassReport.from_json(value, "The figures").to_json()
    assert written({key: found[key] for key in value}) == written(value)
    assert {key: item for key, item in found.items() if key not in value} == {
        "macro_over": ["N", "S", "V", "F"], "left_out": {}, "simulated": False, "missing": [],
    }  # fmt: skip


def test_the_ways_of_the_shipped_study_keep_every_figure() -> None:
    study = read_json(MODELS / "classifier" / "study.json")["study"]
    for way, value in study.items():
        row = from_json(WayFigures, value, "The study", DataError)
        found = to_json(row)
        for name in ("macro_f1", "accuracy", "classes"):
            assert written(found[name]) == written(value[name])
        for key, changes in value.get("change", {}).items():
            for figure, change in changes.items():
                read = row.change[key][figure]
                kept = {**to_json(read), "change": read.change, "clear": read.clear}
                assert kept == change, (way, key, figure)


@pytest.mark.parametrize("part", PARTS)
def test_reports_from_before_macro_over_have_it_from_their_classes(part: str) -> None:
    one = SHIPPED[f"classifier {part}"]
    report = ClassReport.from_json(one.value, "The card")
    assert report.macro_over == ("N", "S", "V", "F")
    gone = {
        name: row if name != "F" else {**row, "support": 0, "f1": None} for name, row in one.value["classes"].items()
    }
    assert ClassReport.from_json({**one.value, "classes": gone}, "The card").macro_over == ("N", "S", "V")


@pytest.mark.parametrize(("name", "record"), [("gan-S", ""), ("gan-V", ""), ("gan-F", "208")])
def test_figures_from_before_dominant_record_have_it_from_their_note(name: str, record: str) -> None:
    """The sentence tells a reader of the one patient, today as when the note was looked into."""
    report = ClassFidelity.from_json(SHIPPED[name].value, "The figures")
    assert report.dominant_record == record
    assert ("of whom one has nearly all beats of the class" in sentence(report)) == bool(record)


def test_figures_of_several_classes_each_name_their_class() -> None:
    report = FidelityReport.from_json(JUDGED_TOGETHER, "The run")
    assert len(report.figures()) == sum(len(row.figures()) for row in report.classes.values())
    assert report.figures()[0] == Figure("MMD of S", report.classes["S"].distances.mmd)
    assert report.tstr.use_of("S").tstr_f1 == 0.1
    assert report.tstr.use_of("F").tstr_f1 is None
    assert report.headline() == "Judged: S, V, F"


@pytest.mark.parametrize(
    ("name", "path", "value", "message"),
    [
        ("classifier DS2", ("scored",), "many", "The card is damaged: Expected `int`, got `str` - at `$.scored`."),
        ("classifier DS2", ("records", "100", "wrong"), None,
         "The card is damaged: Expected `int`, got `null` - at `$.records[...].wrong`."),
        ("autoencoder DS2", ("threshold",), [],
         "The card is damaged: Expected `object`, got `array` - at `$.threshold`."),
        ("autoencoder DS2", ("intervals", "roc_auc"), [0.9],
         "The card is damaged: Expected `array` of length 2, got 1 - at `$.intervals.roc_auc`."),
        ("gan-V", ("mmd",), "far", "The card is damaged: Expected `float | null`, got `str` - at `$.distances.mmd`."),
        ("several classes", ("classes", "V", "draws"), 2.5,
         "The card, class V is damaged: Expected `int`, got `float` - at `$.draws`."),
    ],
)  # fmt: skip
def test_a_damaged_field_is_named(name: str, path: tuple[str, ...], value: object, message: str) -> None:
    one = REPORTS[name]
    with pytest.raises(ModelError) as caught:
        one.kind.from_json(replaced(one.value, path, value), "The card", ModelError)
    assert str(caught.value) == message


@pytest.mark.parametrize("kind", [DetectionReport, ClassReport, ClassFidelity, FidelityReport])
@pytest.mark.parametrize("value", [None, 1, "figures", [], {}, [{}]])
def test_what_is_no_report_at_all_is_refused(kind: type[Report], value: object) -> None:
    with pytest.raises(ModelError, match=r"^The card is damaged: "):
        kind.from_json(value, "The card", ModelError)


DROPPED = object()


def replaced(value: Any, path: tuple[Any, ...], item: object) -> Any:
    """`value` with the item at `path` replaced, or without it."""
    if not path:
        return item
    changed = copy.copy(value)
    if len(path) == 1 and item is DROPPED:
        del changed[path[0]]
    else:
        changed[path[0]] = replaced(value[path[0]], path[1:], item)
    return changed


def paths(value: object, start: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a JSON value, all levels."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*start, key)
        yield from paths(item, (*start, key))


PATHS = {name: tuple(paths(one.value)) for name, one in REPORTS.items()}
JSON_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(10**400),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
)
JSON_VALUES = st.recursive(
    JSON_LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["N", "f1", "support", "scored", "classes", "mmd", ""]), inner, max_size=3)
    ),
    max_leaves=6,
)


@pytest.mark.parametrize("name", REPORTS)
@settings(deadline=None, max_examples=150)
@given(st.data())
def test_a_report_changed_anywhere_is_refused_by_name_or_read_whole(name: str, data: st.DataObject) -> None:
    one = REPORTS[name]
    value = one.value
    path = data.draw(st.sampled_from(PATHS[name]), "path")
    depth = data.draw(st.integers(1, len(path)), "depth")  # fields near the root are few among all paths
    value = replaced(value, path[:depth], data.draw(st.just(DROPPED) | JSON_VALUES, "item"))
    try:
        report = one.kind.from_json(value, "The card", ModelError)
    except WorkbenchError as error:
        assert type(error) is ModelError
        assert str(error).startswith("The card")
        assert " is damaged: " in str(error)
        return
    assert one.kind.from_json(json.loads(json.dumps(report.to_json())), "The card") == report
    assert isinstance(report.headline(), str)
    assert all(isinstance(figure.text + figure.interval_text, str) for figure in report.figures())
