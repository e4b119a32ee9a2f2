"""Protocols of the autoencoder: refusals, figures by hand, and what is kept no worse than when it was measured."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from ecg_core.data.sources import open_folder
from ecg_core.errors import ModelError
from ecg_core.evaluation.detection import Detection
from ecg_core.protocols import on_line, zero_shot
from ecg_core.protocols.carrying_out import carry_out
from ecg_core.protocols.protocol import ProtocolRun, kept_result
from ecg_core.workspace import MODELS


def test_five_minutes_of_own_beats_ask_for_a_model_that_has_not_seen_the_patient(mitdb: Path) -> None:
    with pytest.raises(ModelError, match="Train such a model first"):
        carry_out("yamac", open_folder(mitdb), "models/autoencoder")


def test_the_34_records_are_those_of_the_published_protocol() -> None:
    assert len(zero_shot.RECORDS) == 34
    assert not set(zero_shot.RECORDS) & {"102", "104", "107", "217"}, "paced"


def test_counts_become_figures_and_nothing_is_divided_by_nothing() -> None:
    figures = zero_shot._figures(np.array([6, 2, 3, 9]))
    assert figures["F1"] == pytest.approx(12 / 17)
    assert (figures["sensitivity"], figures["ppv"]) == (pytest.approx(6 / 9), 6 / 8)
    assert (figures["accuracy"], figures["abnormal"]) == (15 / 20, 9)
    assert zero_shot._figures(np.array([0, 0, 0, 5]))["F1"] is None


def test_on_line_judges_an_autoencoder_only(mitdb: Path) -> None:
    with pytest.raises(ModelError, match="judges an autoencoder"):
        carry_out("on-line", open_folder(mitdb), "models/classifier")


def test_on_line_judges_no_model_that_has_learned_from_what_is_judged(mitdb: Path, tmp_path: Path) -> None:
    shutil.copytree(MODELS / "autoencoder", tmp_path / "seen")
    card = json.loads((tmp_path / "seen" / "card.json").read_text())
    card["split"]["train"] = [*card["split"]["train"], "100", "103"]
    (tmp_path / "seen" / "card.json").write_text(json.dumps(card))
    with pytest.raises(ModelError, match="was trained on record 100, 103, which are judged here"):
        on_line.carried_out(ProtocolRun(on_line.ON_LINE, open_folder(mitdb), tmp_path / "seen", "seen"))


def test_a_record_without_abnormal_beats_has_no_area() -> None:
    def figures_of(*classes: str) -> dict[str, float | None]:
        score = np.arange(len(classes), dtype=np.float64)
        return on_line.figures_of(Detection(score, np.array(classes), np.full(len(classes), "a"), {"a": 0.5}))

    figures = figures_of("N", "N")
    assert figures["AUC"] is None
    assert figures["average precision"] is None
    assert figures["abnormal"] == 0
    assert figures_of("N", "V")["AUC"] == 1


@pytest.mark.parametrize(("name", "key", "floor"), [("yamac", "F1", 0.89), ("on-line", "AUC", 0.96)])
def test_what_is_kept_is_no_worse_than_when_it_was_measured(name: str, key: str, floor: float) -> None:
    result = kept_result(name)
    assert result is not None
    assert (result.total[key] or 0) >= floor
    assert len(result.rows) in (34, 22)
