"""Which lead a name means: only what is sure has a role."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.data.leads import ROLES, is_other_signal, role_of


@pytest.mark.parametrize(
    ("role", "names"),
    [
        ("I", ["I", "i", "MLI", "ML1", "D1", "DI", "Lead I", "ECG I"]),
        (
            "II",
            ["II", "MLII", "mlII", "ML2", "ML II", "D2", "DII", "Lead II", "ECG lead II", "EKG_II", "ecg-ii", "II."],
        ),
        ("III", ["III", "MLIII", "ML3", "D3"]),
        ("aVR", ["aVR", "AVR", "avr", "Lead aVR", "ECG aVR"]),
        ("aVF", ["aVF", "AVF"]),
        ("V1", ["V1", "v1", "MV1", "ECG V1", "Lead V1", "lead_v1"]),
        ("V5", ["V5", "MV5"]),
    ],
)
def test_the_names_of_a_role_are_one(role: str, names: list[str]) -> None:
    assert {name: role_of(name) for name in names} == dict.fromkeys(names, role)


@pytest.mark.parametrize(
    "name",
    [
        *["", " ", "ECG", "ECG1", "ECG 2", "ECG lead", "lead 1", "lead 2", "1", "2", "V1-V2", "I-II", "V7", "V12"],
        *["-aVR", "CM5", "CC5", "MCL1", "A-S", "E-S", "ABP", "chan 1", "MLIIII", "IIII", "aV", "X", "V", "II V1"],
    ],
)
def test_a_name_that_does_not_say_has_no_role(name: str) -> None:
    assert role_of(name) is None


@given(st.text(max_size=20))
def test_any_text_has_a_known_role_or_none(name: str) -> None:
    assert role_of(name) in (None, *ROLES)


@given(st.sampled_from(ROLES), st.sampled_from(["", "Lead ", "ECG ", "ecg lead ", " "]), st.sampled_from(["", " "]))
def test_words_around_a_role_change_nothing(role: str, before: str, after: str) -> None:
    assert role_of(before + role + after) == role


def test_channels_named_as_something_else_are_told_from_leads() -> None:
    others = [
        "RESP",
        "Resp A",
        "ABP",
        "ART",
        "PLETH",
        "CVP",
        "SpO2",
        "EEG (C4-A1)",
        "EMG",
        "EOG (right)",
        "Respiration",
    ]
    assert [name for name in others if not is_other_signal(name)] == []
    leads = [*ROLES, "MLII", "ECG", "ECG1", "ECG chest", "ECG_resp", "lead 1", "CM5", "A-S", "avf", "artefact", "X"]
    assert [name for name in leads if is_other_signal(name)] == []
