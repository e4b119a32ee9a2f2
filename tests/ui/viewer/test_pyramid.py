"""Levels keep every extreme of a recording, whatever its length; tiles are pieces of them."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecg_core.data.record import Record
from ecg_core.errors import DataError
from ecg_core.ui.viewer import pyramid
from ecg_core.ui.viewer.packing import long_signal_of, signal_of
from ecg_core.ui.viewer.pyramid import EMPTY_HIGH, EMPTY_LOW, MISSING, pyramid_of
from tests.app.viewers import unpacked
from tests.made_records import record

pytestmark = pytest.mark.usefixtures("workspace_of_its_own")


def noise(n_samples: int, seed: int = 0, dtype: type = np.int16, missing: int = -2048) -> Record:
    rng = np.random.default_rng(seed)
    signals = rng.integers(-1_000, 1_000, (n_samples, 2)).astype(dtype)
    signals[n_samples // 3 : n_samples // 2, 1] = missing
    return record(n_samples, signals=signals, invalid=(missing, missing))


@given(n_samples=st.integers(100, 5_000), seed=st.integers(0, 9))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_level_holds_the_extremes_of_its_bins_and_nothing_of_what_is_missing(
    n_samples: int, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pyramid, "BASE_BYTES", 512)
    monkeypatch.setattr(pyramid, "BLOCK", 1_024)
    made = noise(n_samples, seed)
    levels = pyramid_of(made, f"{n_samples}-{seed}").levels
    assert list(levels) == [8 * 4**k for k in range(len(levels))]
    for bin_, level in levels.items():
        assert len(level) == -(-n_samples // bin_)
        for i in range(0, len(level), max(1, len(level) // 7)):
            for lead in (0, 1):
                seen = made.signals[i * bin_ : (i + 1) * bin_, lead]
                seen = seen[seen != -2048]
                expected = [seen.min(), seen.max()] if len(seen) else [EMPTY_LOW, EMPTY_HIGH]
                assert level[i, lead].tolist() == expected


def test_tiles_put_together_are_the_recording_and_its_levels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyramid, "BASE_BYTES", 512)
    monkeypatch.setattr(pyramid, "TILE", 700)
    made = noise(5_000)
    built = pyramid_of(made, "tiles")
    assert built.tiled == [1, 8, 32]
    parts = [np.frombuffer(built.tile(1, k), np.int16).reshape(2, -1) for k in range(8)]
    whole = np.concatenate(parts, axis=1).T
    assert np.array_equal(whole, np.where(made.signals == -2048, MISSING, made.signals))
    low_high = np.frombuffer(built.tile(8, 0), np.int16).reshape(2, 2, -1)
    assert np.array_equal(low_high[1, 0], built.levels[8][:, 1, 0])
    for wrong in (8, -1):
        with pytest.raises(IndexError):
            built.tile(1, wrong)
    with pytest.raises(KeyError):
        built.tile(128, 0)


def test_samples_of_more_bits_come_in_16_at_every_level_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyramid, "BASE_BYTES", 512)
    made = noise(5_000, dtype=np.int32, missing=-(2**31))
    wide = record(5_000, signals=np.where(made.signals == -(2**31), -(2**31), made.signals * 1_000),
                  invalid=made.invalid, gain=(1e6, 1e6))  # fmt: skip
    built = pyramid_of(wide, "wide")
    samples = np.frombuffer(built.tile(1, 0), np.int16).reshape(2, -1)
    header = unpacked(long_signal_of(built, "there").content).header
    lead = header["leads"][0]
    mv = (samples[0].astype(float) - lead["baseline"]) / lead["gain"]
    assert np.abs(mv - wide.mv()[:, 0]).max() < 2 / 65_000
    assert built.levels[8][:, 0, 1].max() == samples[0].max()


def test_a_long_recording_is_sent_as_one_coarse_level_and_the_way_to_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pyramid, "BASE_BYTES", 512)
    made = noise(50_000)
    built = pyramid_of(made, "long")
    found = unpacked(long_signal_of(built, "ecg/tiles/abc").content)
    tiles = found.header["tiles"]
    assert (tiles["path"], tiles["bins"], tiles["base"]) == ("ecg/tiles/abc", [1, 8, 32, 128, 512], 2048)
    assert np.array_equal(found.blocks["high1"], built.levels[2048][:, 1, 1])
    assert {k: v for k, v in found.header.items() if k not in ("tiles", "blocks", "version")} == {
        k: v for k, v in unpacked(signal_of(made).content).header.items() if k not in ("blocks", "version")
    }


def test_levels_are_built_once_and_what_is_damaged_is_made_anew(
    workspace_of_its_own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[Path] = []
    build = pyramid._build
    monkeypatch.setattr(pyramid, "_build", lambda record, place: (built.append(place), build(record, place)))
    made = noise(5_000)
    pyramid_of(made, "once")
    pyramid_of(made, "once")
    assert len(built) == 1
    (workspace_of_its_own / "cache" / "levels" / "once" / "8.npy").write_bytes(b"nothing")
    with pytest.raises(DataError, match="open the recording once more"):
        pyramid_of(made, "once")
    assert pyramid_of(made, "once").levels[8].any()
