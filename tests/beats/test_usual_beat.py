"""The usual beat of a recording may not be sinus: a rule on rate, QRS width and P wave that names its reasons."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.config import BeatConfig
from ecg_core.beats.labelled_record import labelled, reference_layer
from ecg_core.beats.store import load_beats
from ecg_core.beats.usual_beat import UsualBeat, measured, p_wave_mv, qrs_limits, usual_beat_caution, usual_beat_of
from ecg_core.beats.usual_beat import usual_beats as measured_of
from ecg_core.data.beat_model import Patient
from ecg_core.data.labels import Annotations
from ecg_core.data.reader import read_record
from ecg_core.data.simulate import write_patient

CONFIG = BeatConfig()
TIMES = CONFIG.times_s


def wave(at_s: float, sd_s: float, mv: float) -> "np.ndarray":
    return mv * np.exp(-(((TIMES - at_s) / sd_s) ** 2) / 2)


def beat(qrs_sd_s: float = 0.012, p_mv: float = 0.1, p_at_s: float = -0.17) -> "np.ndarray":
    """(1, n_points) mV: a P wave, a QRS complex and a T wave."""
    total = wave(p_at_s, 0.02, p_mv) + wave(0, qrs_sd_s, 1.2) + wave(0.27, 0.05, 0.3)
    return np.asarray(total[None], np.float32)


def limits_ms(median: "np.ndarray") -> float:
    onset, end = qrs_limits(median, np.ones(len(median), np.float32), TIMES, CONFIG.fs)
    assert onset < 0 < end
    return 1000 * (end - onset)


def test_a_wider_complex_is_measured_wider_and_another_unit_changes_nothing() -> None:
    widths = [limits_ms(beat(sd)) for sd in (0.010, 0.015, 0.020, 0.030)]
    assert widths == sorted(widths)
    assert 50 < widths[0] < 90 and widths[-1] > 120
    onset, end = qrs_limits(beat() * 1000, np.full(1, 1000, np.float32), TIMES, CONFIG.fs)
    assert 1000 * (end - onset) == pytest.approx(limits_ms(beat()))


def test_a_lead_without_signal_changes_nothing() -> None:
    one = beat()
    two = np.concatenate([one, np.zeros_like(one)])
    assert limits_ms(two) == pytest.approx(limits_ms(one))
    assert p_wave_mv(two, TIMES, CONFIG.fs, -0.05) == p_wave_mv(one, TIMES, CONFIG.fs, -0.05)


@pytest.mark.parametrize("p_mv", [-0.15, 0.08, 0.2])
def test_a_p_wave_of_either_sign_stands_out_and_a_slope_does_not(p_mv: float) -> None:
    assert p_wave_mv(beat(p_mv=p_mv), TIMES, CONFIG.fs, -0.05) == pytest.approx(0.85 * abs(p_mv), rel=0.15)
    slope = np.asarray(beat(p_mv=0) + 0.4 * TIMES[None], np.float32)
    assert p_wave_mv(slope, TIMES, CONFIG.fs, -0.05) < 0.005


@pytest.mark.parametrize(
    ("rate", "width", "p_mv", "flagged"),
    [
        (70, 90, 0.1, False), (70, 150, 0.1, False), (130, 90, 0.1, False), (35, 90, 0.1, False),
        (70, 90, 0.0, True), (70, 150, 0.0, True), (150, 150, 0.1, True), (35, 150, 0.1, True),
    ],
)  # fmt: skip
def test_the_rule(rate: float, width: float, p_mv: float, flagged: bool) -> None:
    usual = UsualBeat("a", rate, width, p_mv)
    assert usual.may_not_be_sinus is flagged
    assert bool(usual.sentence) is flagged
    if flagged:
        assert f"{width:.0f} ms" in usual.sentence and f"{rate:.0f} a minute" in usual.sentence


@pytest.mark.parametrize(("base", "flagged"), [("N", False), ("L", False), ("R", False), ("V", True), ("/", True)])
def test_a_long_ventricular_or_paced_rhythm_is_flagged_and_bundle_branch_block_is_not(
    base: str, flagged: bool, tmp_path: Path
) -> None:
    write_patient(tmp_path, "one", Patient("made", 42 if base == "V" else 70, base), np.random.default_rng(3))
    record = read_record(tmp_path, "one")
    usual = usual_beat_of(labelled(record, reference_layer(record)))
    assert usual is not None  # V beats are drawn early: 42 / 0.6 a minute
    assert usual.rate_per_minute == pytest.approx(70, abs=3)
    assert usual.is_wide is (base != "N")
    assert usual.may_not_be_sinus is flagged


def test_a_set_of_beats_gives_one_sentence_that_names_the_records(simulated_beats: BeatSet) -> None:
    flagged = {name for name, usual in measured_of(simulated_beats).items() if usual.may_not_be_sinus}
    assert "sim08" in flagged, "ventricular pacemaker"
    assert not flagged & {"sim01", "sim02", "sim03", "sim06", "sim07"}
    caution = usual_beat_caution(simulated_beats)
    assert "sim08 (no P wave, wide QRS)" in caution and "sim01" not in caution
    assert usual_beat_caution(simulated_beats.only(["sim01", "sim02"])) == ""
    assert usual_beat_caution(simulated_beats.only(["sim08"])).startswith("The usual beat here may not be sinus: QRS")


def test_too_few_beats_and_a_flat_recording_are_not_measured(simulated: Path) -> None:
    rr_s = np.full(30, 0.8)
    unit = np.ones(1, np.float32)
    assert measured("a", beat(), unit, rr_s, CONFIG) is not None
    assert measured("a", beat(), unit, rr_s[:5], CONFIG) is None
    assert measured("a", np.zeros_like(beat()), unit, rr_s, CONFIG) is None
    record = read_record(simulated, "sim01")
    nothing = replace(reference_layer(record), annotations=Annotations.none())
    assert usual_beat_of(labelled(record, nothing)) is None


@pytest.mark.parametrize("centre", ["label", "usual QRS"])
def test_real_paced_records_are_flagged_and_bundle_branch_blocks_are_not(mitdb: Path, centre: str) -> None:
    names = ["102", "104", "107", "217", "109", "118", "124", "100", "101"]
    beats = load_beats(mitdb, names, BeatConfig(centre=centre))  # type: ignore[arg-type]
    usual = measured_of(beats)
    assert {name for name in usual if usual[name].may_not_be_sinus} == {"102", "104", "107", "217"}
    assert {name for name in usual if not usual[name].is_wide} == {"100", "101"}
