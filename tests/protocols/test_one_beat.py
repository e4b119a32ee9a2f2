"""BeatGAN's windows and folds, and scores that tell a strange beat from its neighbours."""

from pathlib import Path

import numpy as np
import pytest

from ecg_core.data.reader import read_record
from ecg_core.networks.dense_autoencoder_numpy import encode, reconstruct
from ecg_core.protocols import one_beat
from ecg_core.protocols.one_beat import AFTER, BEFORE, FOLDS, Windows, filtered, folds_of, windows_of
from ecg_core.protocols.protocol import kept_result


@pytest.fixture(scope="module")
def windows(simulated: Path) -> Windows:
    return windows_of([read_record(simulated, name) for name in ("sim01", "sim03")])


def test_windows_are_scaled_each_by_itself_and_lie_in_the_recording(windows: Windows) -> None:
    assert windows.signal.shape == (len(windows), BEFORE + AFTER)
    assert np.allclose(windows.signal.min(axis=1), -1)
    assert np.allclose(windows.signal.max(axis=1), 1)
    assert set(windows.label) <= set("NSVFQ")
    assert np.isfinite(windows.rhythm).all()
    assert set(windows.record) == {0, 1}


def test_the_filter_keeps_10_hz_and_takes_baseline_and_mains_away() -> None:
    fs, t = 360.0, np.arange(3600) / 360

    def left(hz: float) -> float:
        wave = np.sin(2 * np.pi * hz * t).astype(np.float32)
        return float(np.abs(filtered(wave, fs)[720:-720]).max())

    assert left(10) > 0.95
    assert left(0.3) < 0.3
    assert left(60) < 0.05


def test_every_normal_beat_is_tested_once_and_none_is_learned_and_tested(windows: Windows) -> None:
    folds = folds_of(windows.label)
    normal = np.flatnonzero(windows.label == "N")
    tested = [fold.tested[windows.label[fold.tested] == "N"] for fold in folds]
    assert len(folds) == FOLDS
    assert np.array_equal(np.sort(np.concatenate(tested)), normal)
    abnormal = {tuple(np.sort(fold.tested[windows.label[fold.tested] != "N"])) for fold in folds}
    assert len(abnormal) == 1, "the same in every fold"
    for fold in folds:
        assert (windows.label[np.concatenate([fold.learned, fold.validated])] == "N").all()
        assert not set(fold.learned) & (set(fold.tested) | set(fold.validated))


def test_v_beats_are_far_from_normal_ones_either_way(windows: Windows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_beat, "EPOCHS", 2)
    fold = folds_of(windows.label)[0]
    weights = one_beat.trained(windows.signal[fold.learned])
    code = encode(weights, windows.signal)
    assert code.shape == (len(windows), one_beat.CODE)
    assert reconstruct(weights, windows.signal[:3]).shape == (3, BEFORE + AFTER)
    label = windows.label[fold.tested]
    for score in (one_beat.one_beat_scores(code, fold), one_beat.scores_in_context(code, windows, fold)):
        assert np.isfinite(score).all()
        assert np.median(score[label == "V"]) > np.median(score[label == "N"])


def test_what_is_kept_is_no_worse_than_when_it_was_measured() -> None:
    result = kept_result("beatgan")
    assert result is not None
    assert (result.total["AUC"] or 0) > 0.94
    assert (result.total["AUC with context"] or 0) > 0.98
