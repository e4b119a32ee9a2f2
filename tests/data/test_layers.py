"""Layers made here are kept apart from the recording, found again by its samples, and never half-written."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.data.labels import REFERENCE, Annotations, LabelLayer
from ecg_core.data.layers import keep_layer, kept_layer, kept_layers, layer_file, remove_layer
from ecg_core.errors import DataError
from tests.made_beats import write_recording

N_SAMPLES = 3600


def layer(name: str = "detected", *sample: int, **fields: object) -> LabelLayer:
    labels = Annotations(np.array(sample, np.int64), np.full(len(sample), "N"), ("",) * len(sample))
    return LabelLayer(name, "detected", "a detector", annotations=labels, **fields)  # type: ignore[arg-type]


def same(one: LabelLayer | None, other: LabelLayer) -> bool:
    assert one is not None
    assert (one.name, one.kind, one.made_by, one.made_from, one.created) == (
        other.name, other.kind, other.made_by, other.made_from, other.created,
    )  # fmt: skip
    assert one.annotations.aux == other.annotations.aux
    assert (one.probability is None) == (other.probability is None)
    if one.probability is not None and other.probability is not None:
        assert np.array_equal(one.probability, other.probability)
    return np.array_equal(one.annotations.sample, other.annotations.sample) and np.array_equal(
        one.annotations.symbol, other.annotations.symbol
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_recording(tmp_path / "data", "r1")
    write_recording(tmp_path / "data", "r2", seed=2)
    return tmp_path / "data"


def test_a_kept_layer_comes_back_and_the_recordings_folder_is_untouched(folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    probability = np.array([0.5, 1], np.float32)
    detected = layer("detected", 10, 20, made_from="abc", created="2026-01-01", probability=probability)
    keep_layer(folder, "r1", detected)
    assert same(kept_layer(folder, "r1", "detected"), detected)
    assert kept_layer(folder, "r1", "corrected") is None
    assert kept_layer(folder, "r2", "detected") is None
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_another_of_that_name_takes_its_place_and_a_removed_one_is_gone(folder: Path) -> None:
    keep_layer(folder, "r1", layer("detected", 10))
    keep_layer(folder, "r1", layer("detected", 11))
    keep_layer(folder, "r1", layer("models/a b/é", 12))
    assert [one.name for one in kept_layers(folder, "r1")] == ["detected", "models/a b/é"]
    assert same(kept_layers(folder, "r1")[0], layer("detected", 11))
    remove_layer(folder, "r1", "detected")
    remove_layer(folder, "r1", "detected")
    assert [one.name for one in kept_layers(folder, "r1")] == ["models/a b/é"]


def test_it_stays_with_the_recording_wherever_that_is_moved(folder: Path, tmp_path: Path) -> None:
    keep_layer(folder, "r1", layer("detected", 10))
    shutil.copytree(folder, tmp_path / "elsewhere")
    assert same(kept_layer(tmp_path / "elsewhere", "r1", "detected"), layer("detected", 10))


def test_other_samples_under_the_same_name_are_another_recording(folder: Path) -> None:
    keep_layer(folder, "r1", layer("detected", 10))
    write_recording(folder, "r1", seed=7)
    assert kept_layer(folder, "r1", "detected") is None


@pytest.mark.parametrize(("old", "new"), [(" 360 ", " 500 "), (" 200", " 2000")])
def test_the_same_samples_at_another_rate_or_gain_are_another_recording_and_under_other_leads_the_same(
    folder: Path, old: str, new: str
) -> None:
    keep_layer(folder, "r1", layer("detected", 10))
    header = folder / "r1.hea"
    text = header.read_text()
    header.write_text(text.replace("MLII", "V9"))
    assert same(kept_layer(folder, "r1", "detected"), layer("detected", 10))
    assert old in text
    header.write_text(text.replace(old, new))
    assert kept_layer(folder, "r1", "detected") is None
    assert not layer_file(folder, "r1", "detected").exists()


def test_the_reference_is_never_replaced(folder: Path) -> None:
    with pytest.raises(DataError, match="is never replaced"):
        keep_layer(folder, "r1", LabelLayer(REFERENCE, "person", "somebody"))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no zip", b"\x93NUMPY\x01\x00"])
def test_a_damaged_file_is_an_error_that_names_it(folder: Path, content: bytes) -> None:
    keep_layer(folder, "r1", layer("detected", 10))
    path = layer_file(folder, "r1", "detected")
    path.write_bytes(content)
    with pytest.raises(DataError, match="delete that file") as caught:
        kept_layer(folder, "r1", "detected")
    assert path.name in str(caught.value)


def test_positions_out_of_order_are_an_error(folder: Path) -> None:
    keep_layer(folder, "r1", layer("detected", 20, 10))
    with pytest.raises(DataError, match="are damaged"):
        kept_layer(folder, "r1", "detected")


@given(st.lists(st.tuples(st.integers(0, 10**9), st.sampled_from("NVSFQ+~"), st.text(max_size=5)), max_size=30))
def test_every_layer_survives(labels: list[tuple[int, str, str]]) -> None:
    labels = sorted(labels)
    annotations = Annotations(
        np.array([at for at, _, _ in labels], np.int64),
        np.array([symbol for _, symbol, _ in labels], "<U1"),
        tuple(text.rstrip("\x00") for _, _, text in labels),
    )
    kept = LabelLayer("a person's", "person", "A. Reader", annotations=annotations)
    keep_layer(Path("nowhere"), "r1", kept)
    assert same(kept_layer(Path("nowhere"), "r1", "a person's"), kept)
