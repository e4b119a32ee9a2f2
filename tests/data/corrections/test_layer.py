"""The layer that corrections make: what was decided stands in place of what was there, and nothing else changes."""

from pathlib import Path

import numpy as np
import pytest
import wfdb
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.data.corrections.corrections import Corrections
from ecg_core.data.corrections.decision import ARTEFACT, CLASS_SYMBOLS, Entry
from ecg_core.data.corrections.export import annotation_bytes, decisions_table, export
from ecg_core.data.corrections.layer import corrected
from ecg_core.data.csv_text import safe_csv
from ecg_core.errors import DataError
from tests.data.corrections.made import BEATS, SYMBOLS, act, base, edit


def of(*edits: object) -> Corrections:
    return Corrections("100", "reference", "", tuple(Entry(k, one) for k, one in enumerate(edits, 1)))  # type: ignore[arg-type]


@given(st.dictionaries(st.sampled_from(BEATS), st.sampled_from([*CLASS_SYMBOLS, ARTEFACT])))
def test_exactly_the_beats_decided_about_have_what_was_decided(decided: dict[int, str]) -> None:
    was = dict(zip(BEATS, SYMBOLS, strict=True))
    edits = [edit(k, at, after, before=(was[at],)) for k, (at, after) in enumerate(decided.items(), 1)]
    made = corrected(base(), of(*edits))
    labels = made.layer.annotations
    now = dict(zip(labels.sample.tolist(), labels.symbol.tolist(), strict=True))
    assert now == {50: "+", **was, **decided}
    assert made.n_changed + made.n_agreed == len(decided)
    assert made.n_agreed == sum(was[at] == after for at, after in decided.items())
    assert labels.aux[0] == "(N"


def test_decisions_of_some_people_only() -> None:
    both = of(edit(1, 100, "V"), edit(1, 200, "S", "page2", "Ben"))
    assert corrected(base(), both, {"Ben"}).layer.annotations.symbol.tolist()[1:3] == ["N", "S"]
    assert corrected(base(), both).layer.made_by == "reference, corrected by Ada, Ben"


def test_a_decision_about_a_beat_that_is_not_there_any_more_is_left_out_and_told() -> None:
    made = corrected(base(), of(edit(1, 150, "V"), edit(2, 300, "S", before=("N",))))
    assert made.misfits == (150, 300), "at 300 stands V, which nobody saw"
    assert np.array_equal(made.layer.annotations.symbol, base().annotations.symbol)


def test_detected_beats_are_given_classes() -> None:
    made = corrected(base("detected"), of(edit(1, 100, "V", before=("?",))))
    assert made.layer.annotations.symbol[1] == "V"


def test_the_export_is_read_back_by_another_reader(tmp_path: Path) -> None:
    corrections = of(edit(1, 100, "V"), edit(2, 300, ARTEFACT, before=("V",)), edit(3, 400, "S"), act(4, "undo", of=3))
    layer = corrected(base(), corrections).layer
    files = export(tmp_path, "100", 360.0, layer, corrections)
    found = wfdb.rdann(str(tmp_path / "100"), "cor")
    assert found.sample.tolist() == layer.annotations.sample.tolist()
    assert found.symbol == layer.annotations.symbol.tolist()
    assert found.aux_note[0].rstrip("\0") == "(N"
    table = decisions_table(corrections, 360.0)
    assert table["counts"].tolist() == [True, True, False]
    assert files.csv.read_text().splitlines()[1] == "100,100,0.2777777777777778,N,V,Ada,,,,1,True"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "100-decisions.csv", "100-decisions.parquet", "100.cor",
    ]  # fmt: skip


def test_a_name_that_is_a_formula_leaves_as_text() -> None:
    table = decisions_table(of(edit(1, person="=cmd|' /C calc'!A0")), 360.0)
    assert "'=cmd|" in safe_csv(table)


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=r"cannot be written: .* the corrections themselves are kept"):
        export(tmp_path / "file", "100", 360.0, base(), of(edit(1)))


def test_nothing_is_written_of_no_labels() -> None:
    from ecg_core.data.labels import LabelLayer

    with pytest.raises(DataError, match="has no labels"):
        annotation_bytes("100", 360.0, LabelLayer("corrected", "person", ""))
