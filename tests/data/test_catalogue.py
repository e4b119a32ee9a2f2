"""The database's attribution, which its licence asks for, is where its recordings are shown and passed on."""

import json
import re
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from ecg_core.__main__ import main
from ecg_core.beats.export import csv_bytes, npz_bytes
from ecg_core.data.catalogue import ATTRIBUTION, SHORT_ATTRIBUTION, are_published, record_names
from ecg_core.data.sources import VARIABLE
from ecg_core.tasks.gan.beat_gan import load_gan
from ecg_core.workspace import MODELS
from tests.app.opening import opened


def test_the_attribution_names_paper_data_and_licence() -> None:
    for needed in ("10.1109/51.932724", "10.13026/C2F305", "Goldberger", "Open Data Commons Attribution License v1.0"):
        assert needed in ATTRIBUTION


def test_a_set_of_names_is_the_databases_if_all_are() -> None:
    assert are_published(["100"]) and are_published(record_names())
    assert not are_published([]) and not are_published(["100", "mine"])


def test_synthetic_beats_say_whose_recordings_they_were_learned_from() -> None:
    beats = load_gan(MODELS / "gan-V")[0].sample(2, seed=1)
    with np.load(BytesIO(npz_bytes(beats, {})), allow_pickle=False) as kept:
        assert json.loads(str(kept["metadata"]))["attribution"] == ATTRIBUTION
    assert "10.13026/C2F305" in csv_bytes(beats, {}).decode()


def test_pages_and_reports_of_the_database_say_whose_it_is(
    mitdb: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(mitdb))
    assert any(one.value == SHORT_ATTRIBUTION and one.help == ATTRIBUTION for one in opened("app").caption)
    assert main(["report", "100", "--to", str(tmp_path)]) == 0
    assert re.sub(r"\s+", " ", ATTRIBUTION) in (tmp_path / "100.html").read_text()


def test_other_recordings_are_not_ascribed_to_it(simulated_home: Path) -> None:
    assert not any("C2F305" in one.value for one in opened("app").caption)
