"""Protocols of classifiers: beats counted as bxb counts, Construe's table added up, and clear refusals."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core import workspace
from ecg_core.beats.splits import DS2
from ecg_core.data.sources import open_folder
from ecg_core.errors import ModelError, RunError
from ecg_core.evaluation.label_maps import DE_CHAZAL_MAP, EC57_MAP
from ecg_core.learning.model_folder import load_card
from ecg_core.protocols.carrying_out import carry_out, keep, protocol_of
from ecg_core.protocols.heartbeats import added, construe, counted, f1_of
from ecg_core.protocols.protocol import KEPT, ProtocolResult, kept_result
from ecg_core.protocols.registry import PROTOCOLS


def test_escape_beats_are_s_in_one_map_and_n_in_the_other() -> None:
    symbols, called = np.array(["j", "e", "N", "A"]), np.array(["S", "N", "S", "S"])
    assert counted(symbols, called, EC57_MAP)["S"] == {"all": 3, "found": 2, "false": 1}
    assert counted(symbols, called, DE_CHAZAL_MAP)["S"] == {"all": 1, "found": 1, "false": 2}


def test_a_fusion_beat_called_v_is_neither_right_nor_wrong_and_called_s_it_is_wrong() -> None:
    symbols, called = np.array(["F", "F", "V"]), np.array(["V", "S", "V"])
    found = counted(symbols, called, EC57_MAP)
    assert found["V"] == {"all": 1, "found": 1, "false": 0}
    assert found["S"] == {"all": 0, "found": 0, "false": 1}


@given(st.lists(st.tuples(st.sampled_from("NLRAaJSejVEF/Q"), st.sampled_from("NSVF")), min_size=1))
def test_nothing_is_found_that_is_not_there_and_records_add_up(beats: list[tuple[str, str]]) -> None:
    symbols, called = (np.array(one) for one in zip(*beats, strict=True))
    whole = counted(symbols, called, EC57_MAP)
    half = len(beats) // 2
    parts = [counted(symbols[some], called[some], EC57_MAP) for some in (slice(None, half), slice(half, None))]
    assert added(parts) == whole
    for counts in whole.values():
        assert 0 <= counts["found"] <= counts["all"]
        f1 = f1_of(counts)
        assert f1 is None or 0 <= f1 <= 1


def test_construe_on_ds2_comes_to_the_figures_printed_of_it() -> None:
    whole = added([construe()[name] for name in DS2])
    assert f1_of(whole["S"]) == pytest.approx(0.854, abs=5e-4)
    assert f1_of(whole["V"]) == pytest.approx(0.957, abs=5e-4)
    assert len(construe()) == 48


@pytest.mark.parametrize("name", [name for name in PROTOCOLS if (KEPT / f"{name}.json").is_file()])
def test_a_kept_result_is_of_the_model_that_is_shipped(name: str) -> None:
    result = kept_result(name)
    assert result is not None
    assert result == ProtocolResult.from_json(result.to_json(), name)
    assert {row.name for row in result.rows}
    if PROTOCOLS[name].model:
        assert result.of_model(load_card(workspace.PROJECT / PROTOCOLS[name].model))


def test_records_that_are_not_there_are_named(simulated: Path) -> None:
    with pytest.raises(RunError, match=r"needs record 100, 103, .* and 14 more, which the data in use"):
        carry_out("ds1-ds2", open_folder(simulated))


def test_a_protocol_that_is_none_is_refused_with_all_that_are() -> None:
    with pytest.raises(RunError, match="choose ds1-ds2, ds1-ds2-ejs, patients-out"):
        protocol_of("ds1")


def test_a_model_that_was_not_made_for_it_is_refused(mitdb: Path) -> None:
    source = open_folder(mitdb)
    with pytest.raises(RunError, match="made for it: name one"):
        carry_out("patients-out", source)
    with pytest.raises(ModelError, match="was not trained with each of the 43 patients"):
        carry_out("patients-out", source, "models/classifier")
    with pytest.raises(ModelError, match="judges a beat classifier"):
        carry_out("ds1-ds2", source, "models/autoencoder")


def test_what_is_kept_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = kept_result("ds1-ds2")
    assert result is not None
    monkeypatch.setattr("ecg_core.protocols.carrying_out.KEPT", tmp_path)
    monkeypatch.setattr("ecg_core.protocols.protocol.KEPT", tmp_path)
    keep(result)
    assert kept_result("ds1-ds2") == result
