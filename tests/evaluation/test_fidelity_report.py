"""Figures of synthetic beats survive their flat JSON, and say what they are short of."""

import json
from dataclasses import replace

import pytest

from ecg_core.errors import DataError, ModelError
from ecg_core.evaluation.fidelity_report import ClassFidelity, Distances, FidelityReport, Together, Unseen, Use
from ecg_core.evaluation.figure import Figure
from tests.evaluation.factories import class_fidelity

UNSEEN = Unseen(388, ("213", "219"), 388, Distances(0.2, 1.0, two_sample_auc=0.8), Distances(0.1, 2.0), "Few.")
TOGETHER = Together(
    ("V", "F"), 0.5, (0.45, 0.55), {"N": 0.9, "V": 0.6}, 0.6, (0.55, 0.65), {"N": 0.9, "V": 0.7}, {"N": 90, "V": 10},
    {"V": 30, "F": 5}, {"V": 40, "F": 5}, "N stays.",
)  # fmt: skip
COMPLETE = replace(class_fidelity(), unseen=UNSEEN, dominant_record="208", model="gan-V", floor=Distances(0.05, 3.0))


@pytest.mark.parametrize(
    "fidelity",
    [
        COMPLETE,
        replace(COMPLETE, use=None, unseen=None, dominant_record="", model=""),
        replace(COMPLETE, between_patients=Distances(), floor=Distances()),
        replace(COMPLETE, use=replace(COMPLETE.use, tstr_f1=None, trtr_f1=None)),
    ],
)
def test_figures_of_a_class_survive_flat_json(fidelity: ClassFidelity) -> None:
    value = json.loads(json.dumps(fidelity.to_json(), allow_nan=False))
    assert ClassFidelity.from_json(value, "figures") == fidelity
    assert ("model" in value, "tstr_f1" in value) == (bool(fidelity.model), fidelity.use is not None)


def test_the_json_is_flat_with_an_ending_for_what_recorded_beats_reach() -> None:
    value = COMPLETE.to_json()
    assert (value["mmd"], value["mmd_real"], value["mmd_floor"]) == (0.24, 0.30, 0.05)
    assert (value["unseen"]["frechet"], value["unseen"]["frechet_real"]) == (1.0, 2.0)
    assert "two_sample_auc_floor" not in value
    assert not [name for name in value if isinstance(value[name], dict) and name != "unseen"]


@pytest.mark.parametrize("part", ["tstr_macro_f1_range", "trtr_macro_f1", "trtr_f1", "trtr_macro_f1_range"])
def test_half_of_its_use_is_refused(part: str) -> None:
    value = COMPLETE.to_json()
    del value[part]
    with pytest.raises(ModelError, match=f"^The figures of x is damaged: .*`{part}`"):
        ClassFidelity.from_json(value, "The figures of x", ModelError)


@pytest.mark.parametrize(
    ("note", "record"),
    [
        ("372 of 414 beats come from record 208: two groups of patients are that record against the rest, and so on.",
         "208"),
        ("30 of 40 beats come from record p 1: day: two groups of patients are that record against the rest.",
         "p 1: day"),
        ("Patient 201 has records on both sides: not every patient is unseen.", ""),
        ("All 69 beats come from one patient (record sim10): there are no two groups to compare.", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_in_files_from_before_the_field_the_note_names_the_dominant_record(note: str, record: str) -> None:
    value = class_fidelity(note=note).to_json()
    del value["dominant_record"]
    assert ClassFidelity.from_json(value, "figures").dominant_record == record
    named = value | {"dominant_record": "100"}
    assert ClassFidelity.from_json(named, "figures").dominant_record == "100"


@pytest.mark.parametrize(("synthetic", "between", "ratio"), [(0.3, 0.2, 1.5), (None, 0.2, None), (0.3, None, None),
                                                             (0.3, 0.0, None)])  # fmt: skip
def test_the_ratio_of_distances_is_none_where_one_is_missing(
    synthetic: float | None, between: float | None, ratio: float | None
) -> None:
    fidelity = class_fidelity(mmd=synthetic, mmd_real=between)
    assert fidelity.mmd_ratio == (None if ratio is None else pytest.approx(ratio))


def test_the_headline_and_the_figures_of_a_class() -> None:
    assert COMPLETE.headline() == "Two-sample AUC 0.710, copying 3.0 %, MMD 0.240 (between patients 0.300)"
    assert COMPLETE.figures() == (
        Figure("Two-sample AUC", 0.71),
        Figure("Copying", 0.03, kind="share"),
        Figure("MMD", 0.24),
        Figure("MMD ratio", pytest.approx(0.8)),
        Figure("Fréchet distance", 90.0),
    )


REPORT = FidelityReport(
    {"V": COMPLETE, "F": class_fidelity(beat_class="F")}, TOGETHER, "pca-32", 0.98, "Shared.", True, 3, {"V": 40}
)


@pytest.mark.parametrize("report", [REPORT, replace(REPORT, tstr=None), FidelityReport({}, None, "pca-32", 0.9, "")])
def test_a_report_of_several_classes_survives_json(report: FidelityReport) -> None:
    value = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert FidelityReport.from_json(value, "figures") == report


def test_a_report_names_each_figure_with_its_class() -> None:
    assert REPORT.headline() == "Judged: V, F"
    assert [figure.name for figure in REPORT.figures()][:6:5] == ["Two-sample AUC of V", "Two-sample AUC of F"]
    assert REPORT.figures()[1] == Figure("Copying of V", 0.03, kind="share")
    assert len(REPORT.figures()) == 10


def test_damage_in_a_class_is_named_with_the_class() -> None:
    value = REPORT.to_json()
    value["classes"]["F"]["copying_share"] = None
    with pytest.raises(DataError, match=r"^The report, class F is damaged: .*copying_share"):
        FidelityReport.from_json(value, "The report")
    del value["classes"]
    with pytest.raises(DataError, match=r"^The report is damaged: expected figures of classes\.$"):
        FidelityReport.from_json(value, "The report")


def test_the_use_of_a_class_is_its_part_of_all_together() -> None:
    assert TOGETHER.use_of("V") == Use(0.5, (0.45, 0.55), 0.6, (0.55, 0.65), 0.6, 0.7)
    assert TOGETHER.use_of("F") == Use(0.5, (0.45, 0.55), 0.6, (0.55, 0.65), None, None), "no such beat to test on"
