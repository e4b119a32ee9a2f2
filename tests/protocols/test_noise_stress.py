"""Noise is mixed at the ratio asked for, from five minutes on, two minutes of every four, and nowhere else."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ecg_core.data.reader import read_record
from ecg_core.data.record import Record
from ecg_core.errors import RunError
from ecg_core.protocols.noise_stress import NOISES, mixed, noise_folder, noisy_samples
from ecg_core.protocols.protocol import kept_result


@pytest.fixture(scope="module")
def noise(mitdb: Path) -> Record:
    folder = mitdb.parent / "nstdb"
    if not folder.is_dir():
        pytest.skip("needs the MIT-BIH Noise Stress Test Database beside the recordings")
    return read_record(folder, "em")


def test_there_is_noise_for_two_minutes_of_every_four_from_five_minutes_on() -> None:
    noisy = noisy_samples(20 * 60, 1.0)
    edges = np.flatnonzero(np.diff(noisy.astype(int))) + 1
    assert edges.tolist() == [300, 420, 540, 660, 780, 900, 1020, 1140]


def test_what_is_added_grows_by_a_factor_of_ten_in_power_for_ten_decibels(mitdb: Path, noise: Record) -> None:
    record = read_record(mitdb, "100")
    there = noisy_samples(record.n_samples, record.fs)
    powers = []
    for ratio_db in (12.0, 2.0):
        added = mixed(record, noise, ratio_db).signals.astype(np.float64) - record.signals
        assert not added[~there].any()
        powers.append((added[there] ** 2).mean())
    assert powers[1] / powers[0] == pytest.approx(10, rel=0.02)


def test_noise_of_another_rate_is_refused(mitdb: Path, simulated: Path) -> None:
    record = read_record(simulated, "sim01")
    with pytest.raises(ValueError, match="Hz and noise of"):
        mixed(record, replace(record, fs=2 * record.fs), 6.0)


def test_where_the_noise_is_not_there_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ECG_NOISE_DIR", raising=False)
    with pytest.raises(RunError, match="Noise record bw, em, ma is not there"):
        noise_folder(tmp_path / "mitdb")


def test_the_kept_result_has_every_noise_and_falls_with_it() -> None:
    result = kept_result("noise")
    assert result is not None
    by_name = {row.name: row.figures["macro F1"] or 0.0 for row in result.rows}
    assert len(by_name) == 1 + 6 * len(NOISES)
    for title in NOISES.values():
        assert by_name[f"{title}, 24 dB"] > 0.8
        assert by_name[f"{title}, 24 dB"] > by_name[f"{title}, -6 dB"]
