"""Scores from the past of each beat: no later beat moves them, and the shipped model finds ectopy that way."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.store import load_beats
from ecg_core.beats.windows import MinMaxScaler
from ecg_core.errors import ModelError
from ecg_core.tasks.autoencoder.causal import RENEWED, causal_parts, causal_scores, likes_before
from ecg_core.tasks.autoencoder.detector import EARLY, LIKES, SHAPE, AutoencoderDetector
from ecg_core.tasks.autoencoder.inputs import WindowInputs
from ecg_core.tasks.autoencoder.model import load_detector
from ecg_core.workspace import MODELS


@pytest.fixture(scope="module")
def shipped() -> AutoencoderDetector:
    return load_detector(MODELS / "autoencoder")[0]


def until(beats: BeatSet, n: int) -> BeatSet:
    """The first `n` beats of a set of one recording."""
    return replace(beats, signals=beats.signals[np.arange(n)], table=beats.table.iloc[:n])


@pytest.mark.parametrize("n", [RENEWED, RENEWED + 1, 333, 1000])
def test_what_comes_later_moves_no_score(n: int, shipped: AutoencoderDetector, mitdb: Path) -> None:
    beats = load_beats(mitdb, ["106"])
    whole, begun = causal_parts(shipped, beats), causal_parts(shipped, until(beats, n))
    assert set(whole) == {SHAPE, EARLY}
    for name, values in begun.items():
        assert np.allclose(values, whole[name][:n], atol=1e-4), name


def test_ectopic_beats_stand_out_from_what_came_before(shipped: AutoencoderDetector, mitdb: Path) -> None:
    beats = load_beats(mitdb, ["106", "209", "233"])
    score, classes = causal_scores(shipped, beats), beats.table["beat_class"].to_numpy()
    judged = beats.used & np.isin(classes, list("NSV"))
    assert np.isfinite(score).all()
    assert roc_auc_score(classes[judged] != "N", score[judged]) > 0.95


def test_likes_are_earlier_beats_and_a_beat_itself_where_there_are_too_few() -> None:
    rng = np.random.default_rng(0)
    near = likes_before(rng.normal(size=(100, 30)).astype(np.float32), np.ones(100, bool))
    assert near.shape == (100, LIKES)
    assert (near[:RENEWED] == np.arange(RENEWED)[:, None]).all()
    assert (near[RENEWED:] < np.arange(RENEWED, 100)[:, None]).all()


def test_a_model_of_windows_is_refused(shipped: AutoencoderDetector, mitdb: Path) -> None:
    windows = replace(shipped, inputs_=WindowInputs((0,), MinMaxScaler(np.zeros(1), np.ones(1))))
    with pytest.raises(ModelError, match="cannot score from the past alone"):
        causal_scores(windows, load_beats(mitdb, ["106"]))
