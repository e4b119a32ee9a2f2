"""A model folder: what is written is read, and what is missing, damaged or of another kind is named in full."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ecg_core.beats.config import BeatConfig
from ecg_core.errors import ModelError
from ecg_core.files import sha256
from ecg_core.learning.card import Card, DataUsed, Preparation, SplitUsed
from ecg_core.learning.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from ecg_core.learning.fits import preparation_of
from ecg_core.learning.model_folder import CARD, WEIGHTS, load_card, read_model, under, write_model
from tests.learning.cards import put_weights

ARRAYS = {"network.w": np.arange(6.0).reshape(2, 3), "scaler.low": np.ones(2, np.float32)}
GAN = Card(
    "gan", "2026-11-22T07:22:15.530+00:00", SplitUsed("DS1/DS2", ("101",), ("100",)), {"beat_class": "V"}, 3,
    DataUsed("MIT-BIH", "ab" * 32), {"python": "3.11"}, "python -m ecg_core train gan", about={"beats": 414},
)  # fmt: skip


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "deep" / "model"
    write_model(folder, GAN, ARRAYS, {"leads": [0, 1]})
    return folder


def refused(folder: Path, kind: str = "gan") -> str:
    with pytest.raises(ModelError) as caught:
        read_model(folder, kind)
    return str(caught.value)


def test_weights_under_another_models_card_are_refused(model: Path, tmp_path: Path) -> None:
    write_model(tmp_path / "other", GAN, {**ARRAYS, "network.w": np.ones((2, 3))})
    (model / WEIGHTS).write_bytes((tmp_path / "other" / WEIGHTS).read_bytes())
    assert refused(model) == (
        f"The weights in {model} are not those that its card is of: {WEIGHTS} has changed, or comes from another "
        "model. Copy both files of one model, or train again."
    )


def test_a_card_from_before_weights_were_vouched_for_is_read(model: Path) -> None:
    card = json.loads((model / CARD).read_text())
    assert card.pop("weights_sha256") == sha256(model / WEIGHTS)
    (model / CARD).write_text(json.dumps(card))
    assert read_model(model, "gan")[0].weights_sha256 == ""


def test_weights_far_beyond_any_trained_ones_are_damaged(model: Path) -> None:
    stored = read_checkpoint(model / WEIGHTS)
    put_weights(model, Checkpoint({**stored.arrays, "network.w": np.full(3, -1e30)}, stored.values))
    assert refused(model) == f"The model in {model} is damaged: network.w holds numbers beyond 1,000,000."


def test_a_card_of_megabytes_is_not_decoded(model: Path) -> None:
    (model / CARD).write_text("[" + "0," * 2**20 + "0]")
    with pytest.raises(ModelError, match=r"2,097,155 bytes, more than 2,097,152"):
        load_card(model)


def test_card_arrays_and_values_are_read_as_they_were_written(model: Path) -> None:
    card, stored = read_model(model, "gan")
    assert card == load_card(model) == GAN
    assert stored.values == {"kind": "gan", "leads": [0, 1]}
    assert set(stored.arrays) == set(ARRAYS)
    assert all(np.array_equal(stored.arrays[name], array) for name, array in ARRAYS.items())
    assert sorted(path.name for path in model.iterdir()) == [CARD, WEIGHTS]


def test_a_folder_that_is_not_there_or_has_no_card_holds_no_model(tmp_path: Path, model: Path) -> None:
    assert refused(tmp_path / "none") == f"{tmp_path / 'none'} holds no model: there is no card.json in it."
    (model / CARD).unlink()
    assert refused(model) == f"{model} holds no model: there is no card.json in it."


@pytest.mark.parametrize("content", [b"", b"{", b'{"kind": "gan"', b"\xff\xfe\x00"])
def test_a_card_that_is_not_json_is_damaged(model: Path, content: bytes) -> None:
    (model / CARD).write_bytes(content)
    message = refused(model)
    assert message.startswith(f"{model / CARD} is not valid JSON (")
    assert message.endswith("): the model is damaged.")


@pytest.mark.parametrize("content", ["[]", "3", "null", '"kind"', "{}", '["kind"]'])
def test_a_card_that_names_no_kind_is_damaged(model: Path, content: str) -> None:
    (model / CARD).write_text(content)
    assert refused(model) == f"{model / CARD} does not say what kind of model it is: the model is damaged."


def test_a_model_of_another_kind_is_refused_before_its_weights_are_read(model: Path) -> None:
    (model / WEIGHTS).unlink()
    assert refused(model, "image-gan") == f"{model} holds a model of kind 'gan', expected 'image-gan'."


def test_missing_weights_are_named(model: Path) -> None:
    (model / WEIGHTS).unlink()
    message = refused(model)
    assert message.startswith(f"The model in {model} is incomplete or damaged (")
    assert WEIGHTS in message


@pytest.mark.parametrize("kept", [0, 7, 50, -1])
def test_weights_cut_off_are_damaged(model: Path, kept: int) -> None:
    (model / WEIGHTS).write_bytes((model / WEIGHTS).read_bytes()[:kept])
    message = refused(model)
    assert message.startswith(f"The model in {model} is incomplete or damaged ({WEIGHTS} is damaged (")
    assert message.endswith("): train again from the start.).")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_numbers_are_damaged_and_named(model: Path, value: float) -> None:
    stored = read_checkpoint(model / WEIGHTS)
    write_checkpoint(model / WEIGHTS, Checkpoint({**stored.arrays, "network.w": np.full(3, value)}, stored.values))
    assert refused(model) == f"The model in {model} is damaged: network.w holds values that are not numbers."


def test_the_card_is_written_last_so_that_a_folder_with_a_card_is_complete(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_model(tmp_path, replace(GAN, figures={"figure": float("nan")}), ARRAYS)
    assert [path.name for path in tmp_path.iterdir()] == [WEIGHTS]


def test_the_preparation_of_a_card_is_that_of_the_beats(tmp_path: Path) -> None:
    config = BeatConfig(band_hz=(1.0, 30.0), before_s=0.3)
    write_model(tmp_path, replace(GAN, preparation=Preparation(config, config.hash, {"101": ("MLII", "V1")})), {})
    preparation = preparation_of(load_card(tmp_path))
    assert preparation.config == config  # JSON has made a list of the pair of edges
    assert (preparation.hash, preparation.leads) == (config.hash, {"101": ("MLII", "V1")})


def test_arrays_under_a_prefix_lose_it() -> None:
    arrays: dict[str, Any] = {"a.x": np.ones(1), "a.b.x": np.ones(2), "ab.x": np.ones(3)}
    assert {name: len(array) for name, array in under(arrays, "a.").items()} == {"x": 1, "b.x": 2}
    assert under(arrays, "c.") == {}
