"""The list of files to bring in: each with what was understood, and each sentence once."""

from dataclasses import replace
from pathlib import Path

from ecg_core.data.importing.inspected import Channel, Choice, Choices, Inspected
from ecg_core.ui.home.found import looked_at, sentences_of, some, table_of
from tests.app.reads import files_opened

UNDERSTOOD = Inspected(
    "a.hea", "WFDB", rate=250.0, n_samples=500, leads=("II", "V1"), unit="mV", annotators=("atr", "q1c"),
    channels=(Channel("II", "mV", 250),
              Channel("PLETH", "NU", 125, "in NU, not in mV"), Channel("RESP", "pm", 125, "no ECG")),
    start="2024-05-17T08:30:00", patient="p1", notes=("Something was decided.",),
)  # fmt: skip
UNKNOWN = Inspected("notes.md", "unknown", problem="notes.md is no recording.")
ASKED = Inspected(
    "b.csv", "CSV", n_samples=500, leads=("II",), missing=("rate", "unit"), problem="b.csv gives no rate."
)


def test_a_row_says_what_a_file_is_what_was_understood_and_what_is_wrong() -> None:
    table = table_of([UNDERSTOOD, UNKNOWN, ASKED])
    assert table.iloc[0].to_dict() == {
        "File": "a.hea", "What": "WFDB", "State": "ready", "Rate (Hz)": "250", "Leads": "II, V1", "Unit": "mV",
        "Lasts": "2 s", "Annotations": "atr, q1c", "Starts": "2024-05-17 08:30:00", "Patient": "p1",
        "Left out": "PLETH, RESP", "What is wrong": "–",
    }  # fmt: skip
    assert table["State"].tolist() == ["ready", "cannot be used", "needs rate and unit"]
    assert table["What is wrong"].tolist() == ["–", "notes.md is no recording.", "–"]
    assert set(table.iloc[1][["Rate (Hz)", "Leads", "Unit", "Lasts", "Annotations", "Starts"]]) == {"–"}


def test_columns_that_say_nothing_of_any_file_are_left_away() -> None:
    assert {"Starts", "Patient", "Left out"}.isdisjoint(table_of([UNKNOWN, ASKED]).columns)
    assert list(table_of([])) == []


def test_a_sentence_about_several_files_is_said_once() -> None:
    items = [replace(UNDERSTOOD, source=f"{k}.hea") for k in range(5)]
    assert sentences_of(items) == [
        "0.hea, 1.hea, 2.hea and 2 more: Something was decided.",
        "0.hea, 1.hea, 2.hea and 2 more: Left out: PLETH: in NU, not in mV.",
        "0.hea, 1.hea, 2.hea and 2 more: Left out: RESP: no ECG.",
    ]


def test_names_are_said_once_and_the_rest_counted() -> None:
    assert some(["a", "b", "a", "c"], 2) == "a, b and 1 more"


def test_files_are_looked_at_again_once_one_of_them_has_changed(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text("time (s),II (mV)\n0,1\n0.004,2\n0.008,3\n")
    with files_opened() as counter:
        assert [item.source for item in looked_at(tmp_path)] == ["in/a.csv"]
        assert counter["a.csv"]
        counter.clear()
        assert [item.source for item in looked_at(tmp_path)] == ["in/a.csv"]
        assert not counter["a.csv"]
        assert "500 Hz, is not used" in looked_at(tmp_path, Choices(Choice(rate=500)))[0].notes[0]
        (tmp_path / "in" / "b.csv").write_text("II (mV)\n1\n2\n")
        assert [item.source for item in looked_at(tmp_path)] == ["in/a.csv", "in/b.csv"]
    for place in ("~nobody-at-all/x", "a\0b", "nowhere"):
        assert looked_at(Path(place))[0].problem
