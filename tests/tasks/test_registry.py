"""Which records a model may be judged on."""

from pathlib import Path

import pytest

from ecg_core.data.sources import DataSource
from ecg_core.errors import ModelError, RunError
from ecg_core.tasks.autoencoder.options import AutoencoderOptions
from ecg_core.tasks.autoencoder.report import check_unseen
from ecg_core.tasks.registry import records_of, start_autoencoder, unseen_records

SOURCE = DataSource("environment", Path("nowhere"), ("100", "201", "202", "203"))


def card(train: list[str], test: list[str]) -> dict[str, object]:
    return {"split": {"train": train, "test": test}}


def test_the_split_of_the_card_decides_where_its_records_are_there() -> None:
    assert unseen_records(SOURCE, card(["201", "203"], ["100", "202"])) == ("100", "202")


def test_among_other_records_nobody_of_a_patient_seen_in_training_is_taken() -> None:
    assert unseen_records(SOURCE, card(["201"], [])) == ("100", "203")
    assert unseen_records(SOURCE, card(["202"], ["999"])) == ("100", "203")


def test_a_model_trained_on_everybody_cannot_be_judged() -> None:
    with pytest.raises(RunError, match="none is left to judge it on"):
        unseen_records(SOURCE, card(["100", "201", "203"], []))


def test_a_training_record_is_refused_by_name() -> None:
    with pytest.raises(ModelError, match="trained on record 201: figures on it would flatter"):
        check_unseen(card(["201"], []), ("100", "201"))


def test_parts_and_lists_of_records_are_understood_and_anything_else_is_named() -> None:
    assert records_of("DS2", SOURCE, card([], [])) == ("100", "202")
    assert records_of("all", SOURCE, card([], [])) == SOURCE.records
    assert records_of("validation", SOURCE, card(["201"], [])) == ("201",)
    assert records_of("202,100", SOURCE, card([], [])) == ("202", "100")
    with pytest.raises(RunError, match=r"Unknown split or record x: choose DS1, DS2, unseen, all, validation"):
        records_of("100,x", SOURCE, card([], []))


def test_training_on_nothing_or_on_a_record_that_is_not_there_is_refused(workspace_of_its_own: Path) -> None:
    with pytest.raises(RunError, match="Choose at least one record to train on"):
        start_autoencoder(SOURCE, (), AutoencoderOptions())
    with pytest.raises(RunError, match="Unknown record 999"):
        start_autoencoder(SOURCE, ("100", "999"), AutoencoderOptions())
    assert not (workspace_of_its_own / "runs").exists()
