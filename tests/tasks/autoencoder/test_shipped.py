"""The shipped model keeps its floor on records it has never seen, and its card says what can be checked.

Changes should not lead to worse results: the floors lie just under what the model reached when it was shipped.
"""

from pathlib import Path
from typing import Any

import pytest

from ecg_core import workspace
from ecg_core.beats.splits import DS1, DS2
from ecg_core.beats.store import load_beats
from ecg_core.data.catalogue import record_names
from ecg_core.data.sources import DataSource, open_folder
from ecg_core.errors import ModelError
from ecg_core.evaluation.detection_report import DetectionReport
from ecg_core.learning.card import Card
from ecg_core.learning.fits import preparation_of
from ecg_core.learning.model_folder import load_card
from ecg_core.tasks.autoencoder.model import load_detector
from ecg_core.tasks.autoencoder.options import AutoencoderOptions
from ecg_core.tasks.autoencoder.task import AUTOENCODER
from ecg_core.tasks.evaluation import evaluate_model
from ecg_core.tasks.versions import LIBRARIES

FOLDER = workspace.MODELS / "autoencoder"
MAX_BYTES = 5_000_000


@pytest.fixture(scope="module")
def card() -> Card:
    return load_card(FOLDER)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def source(mitdb: Path) -> DataSource:
    return open_folder(mitdb)


def evaluated(home: Path, source: DataSource, part: str) -> DetectionReport:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ECG_HOME", str(home))
        report = evaluate_model(FOLDER, source, part)
    assert isinstance(report, DetectionReport)
    return report


@pytest.fixture(scope="module")
def ds2(home: Path, source: DataSource) -> DetectionReport:
    return evaluated(home, source, "DS2")


def test_on_ds2_it_is_no_worse_than_when_it_was_shipped(ds2: DetectionReport) -> None:
    assert at_least(ds2.roc_auc, 0.97)
    assert at_least(ds2.average_precision, 0.87)
    assert at_least(ds2.classes["V"].roc_auc, 0.99)
    assert at_least(ds2.classes["S"].roc_auc, 0.97)
    assert at_least(ds2.without["232"].roc_auc, 0.96), "not on the strength of one record"


def at_least(figure: float | None, floor: float) -> bool:
    return figure is not None and figure >= floor


def test_it_judges_every_beat_of_ds2(ds2: DetectionReport) -> None:
    assert ds2.scored + sum(ds2.left_out.values()) == 49_712
    assert set(ds2.records) == set(DS2)
    assert (ds2.simulated, ds2.unit, ds2.split, ds2.layer) == (False, "beats", "DS2", "")
    assert ds2.roc_auc is not None
    assert ds2.intervals.roc_auc is not None
    low, high = ds2.intervals.roc_auc
    assert low < ds2.roc_auc < high
    assert "201 (training) and 202 (here) are one patient" in ds2.note


def figures(report: dict[str, Any]) -> dict[str, float]:
    """Every area and every ratio at the threshold, flat."""
    found = {name: report[name] for name in ("roc_auc", "average_precision")}
    for group in ("classes", "records", "parts", "without"):
        for key, row in report[group].items():
            found |= {f"{group} {key} {name}": value for name, value in row.items() if isinstance(value, float)}
    found |= {f"threshold {name}": value for name, value in report["threshold"].items() if isinstance(value, float)}
    for name, bounds in report["intervals"].items():
        found |= {f"{name} low": bounds[0], f"{name} high": bounds[1]}
    return {name: value for name, value in found.items() if "per_hour" not in name}


def test_the_cards_figures_are_those_of_a_fresh_evaluation(card: Card, ds2: DetectionReport) -> None:
    assert figures(card.figures["DS2"]) == pytest.approx(figures(ds2.to_json()), abs=1e-3)
    assert card.figures["DS2"]["left_out"] == ds2.left_out


def test_the_cards_validation_is_that_of_a_fresh_evaluation(card: Card, home: Path, source: DataSource) -> None:
    fresh = evaluated(home, source, "validation")
    assert figures(card.figures["validation"]) == pytest.approx(figures(fresh.to_json()), abs=1e-3)


def test_its_threshold_leaves_98_percent_of_validation_normals_below(card: Card) -> None:
    point = DetectionReport.from_json(card.figures["validation"], "validation").threshold
    assert point.threshold == card.about["threshold"]
    assert point.specificity == pytest.approx(card.options["quantile"], abs=1e-3)


def test_it_will_not_be_judged_on_records_it_was_trained_on(home: Path, source: DataSource) -> None:
    with pytest.raises(ModelError, match="The model was trained on record 101: figures on it would flatter"):
        evaluated(home, source, "100,101")


def test_the_card_names_data_split_options_seed_versions_and_command(card: Card) -> None:
    assert (card.kind, card.data.simulated) == ("autoencoder", False)
    assert set(card.data.data_hash) <= set("0123456789abcdef")
    assert len(card.data.data_hash) == 64
    assert (card.split.name, card.split.train, card.split.test) == ("DS1/DS2", DS1, DS2)
    assert not set(card.split.train) & set(card.split.test)
    assert AutoencoderOptions.from_json(card.options) == AutoencoderOptions()
    assert card.seed == card.options["seed"] == 0
    assert set(card.versions) == {"ecg_core", "python", *LIBRARIES}
    assert card.command == "python -m ecg_core train autoencoder"
    assert set(preparation_of(card).leads) == set(DS1)
    assert card.created[:2] == "20"


def test_its_figures_are_read_by_its_task(card: Card) -> None:
    reports = AUTOENCODER.reports_of(card, "the card", ModelError)
    assert {"validation", "DS2"} <= set(reports)
    assert all(isinstance(report, DetectionReport) for report in reports.values())


def test_the_card_s_hashes_are_those_of_the_data_and_of_the_preparation(
    card: Card, home: Path, mitdb: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECG_HOME", str(home))
    beats = load_beats(mitdb, record_names()).only(card.split.train)
    preparation = preparation_of(card)
    assert beats.data_hash == card.data.data_hash
    assert preparation.config.hash == preparation.hash == beats.config.hash
    detector, _ = load_detector(FOLDER)
    assert len(detector.validation_error_) == len(beats)


def test_it_is_small_enough_for_a_repository() -> None:
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < MAX_BYTES
