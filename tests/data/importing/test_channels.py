"""Which channels are ECG leads, their units, and their names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.data.importing.channels import lead_names, proposed_unit, unit_of, why_no_ecg


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("mV", "mV"),
        ("uV", "uV"),
        ("µV", "uV"),
        ("μV", "uV"),
        ("UV", "uV"),
        ("V", "V"),
        (" mv ", "mV"),
        ("nV", "nV"),
        ("ÂµV", "uV"),
        ("mVolt", "mV"),
    ],
)
def test_spellings_of_units_of_voltage(text: str, unit: str) -> None:
    assert unit_of(text) == unit


@pytest.mark.parametrize("text", ["MV", "mmHg", "%", "", "degC", "bpm", "mV/s"])
def test_other_units_and_one_that_may_be_a_million_times_another_are_none(text: str) -> None:
    assert unit_of(text) is None


@pytest.mark.parametrize(
    "label",
    ["ECG", "EKG II", "ECG1", "I", "II", "III", "aVR", "AVF", "V1", "v6", "MLII", "ML2", "mlII", "Lead II", "CC5",
     "ch1", "C1", "C6", "X", "Y", "Z", "DI", "CM5", "MCL1", "V4R", "D3", "A", "Holter 1"],
)  # fmt: skip
def test_leads_of_an_ecg_are_leads(label: str) -> None:
    assert why_no_ecg(label, "mV") == ""


@pytest.mark.parametrize(
    "label",
    ["EEG Fpz-Cz", "C3-A2", "C4-M1", "O2-A1", "Fp1-Ref", "EOG(L)", "EMG chin", "Chin1", "Resp", "RESP chest", "SaO2",
     "SpO2", "Pleth", "ABP", "ART", "Thor", "THORACIC", "Abdo", "Flow", "Snore", "HR", "Marker", "Status", "Event 1",
     "Temp rectal", "CO2", "Position", "Light", "Accel x", "LOC", "PPG"],
)  # fmt: skip
def test_other_signals_are_none_even_in_millivolts(label: str) -> None:
    assert why_no_ecg(label, "uV") == "its label names another signal than an ECG"


def test_a_unit_of_another_kind_is_no_ecg_whatever_the_label_says() -> None:
    assert why_no_ecg("ECG", "mmHg") == "its unit is 'mmHg', not V, mV or uV"


def test_a_unit_that_may_be_a_million_times_another_is_asked_for() -> None:
    assert why_no_ecg("ECG", "MV") == ""


def test_lead_names_are_those_of_the_file_but_for_the_word_ecg() -> None:
    given_labels = ("ECG II", "ECG1", "ECG", "mlII", "V1", "V1", "", "Ableitung Ä#1", "ECG Holter")
    assert lead_names(given_labels) == (
        "II", "ECG1", "ECG", "mlII", "V1", "V1 (2)", "lead 7", "Ableitung A 1", "ECG Holter",
    )  # fmt: skip


@given(st.lists(st.text(max_size=60), max_size=12))
def test_any_labels_give_names_that_a_header_can_hold(labels: list[str]) -> None:
    names = lead_names(labels)
    assert len(names) == len(labels)
    assert len({name.lower() for name in names}) == len(names)
    for name in names:
        assert name == " ".join(name.split())
        assert name.isascii()
        assert name.isprintable()
        assert "#" not in name
        assert 0 < len(name) <= 50


@pytest.mark.parametrize(
    ("spans", "unit"), [([1.5, 2.0], "mV"), ([1500.0], "uV"), ([0.002], "V"), ([1e6], None), ([], None), ([0.0], None)]
)
def test_a_unit_is_proposed_by_the_size_of_the_values(spans: list[float], unit: str | None) -> None:
    assert proposed_unit(spans) == unit
