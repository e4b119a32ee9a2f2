"""Benchmarks: every protocol opens, shows ours beside others', and says how to measure again."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ecg_core.protocols import protocol as protocols
from ecg_core.protocols.protocol import kept_result
from ecg_core.protocols.registry import PROTOCOLS
from ecg_core.ui.benchmarks.tables import OURS
from tests.app.opening import opened


def shown(**address: str) -> AppTest:
    app = opened("8_Benchmarks", **address)
    assert not app.exception
    return app


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_protocol_shows_its_figures_beside_the_published_and_its_command(name: str, simulated_home: Path) -> None:
    app, result = shown(protocol=name), kept_result(name)
    commands = [one.value for one in app.code]
    assert any(PROTOCOLS[name].command in one for one in commands)
    if result is None:
        assert any("Nobody has measured this yet" in one.value for one in app.info)
        return
    whole, rows = (one.value for one in app.dataframe)
    assert whole["Work"].tolist() == [PROTOCOLS[name].ours or OURS, *(one.work for one in result.published)]
    assert len(rows) == len(result.rows)
    assert all(one.source for one in result.published)


def test_a_protocol_that_is_none_is_told_and_the_first_is_shown(simulated_home: Path) -> None:
    app = shown(protocol="nonsense")
    assert any("nonsense" in one.value for one in app.warning)
    assert app.dataframe


def test_a_damaged_result_is_told_in_a_sentence(
    simulated_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocols, "KEPT", tmp_path)
    (tmp_path / "ds1-ds2.json").write_text("{")
    app = shown(protocol="ds1-ds2")
    assert [one.value for one in app.error if "not valid JSON" in one.value]
