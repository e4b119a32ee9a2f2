"""Simulated recordings: through the same reader, plausible, the same every time, made once."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ecg_core.beats.classes import CLASSES, beat_class, is_beat
from ecg_core.data import simulate
from ecg_core.data.beat_model import FS
from ecg_core.data.reader import read_record, record_names
from ecg_core.data.record import Record
from ecg_core.data.simulate import MARKER, ensure_simulated
from ecg_core.errors import DataError
from ecg_core.files import read_json, sha256, write_json

NAMES = [f"sim{number:02d}" for number in range(1, 13)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ensure_simulated(tmp_path_factory.mktemp("data") / "simulated")


@pytest.fixture(scope="module")
def records(made: Path) -> dict[str, Record]:
    return {name: read_record(made, name) for name in record_names(made)}


def sums(folder: Path) -> dict[str, str]:
    return {path.name: sha256(path) for path in folder.iterdir()}


def beats(record: Record) -> tuple[np.ndarray, np.ndarray]:
    keep = np.array([is_beat(code) for code in record.annotations.symbol])
    return record.annotations.sample[keep], record.annotations.symbol[keep]


def template(record: Record, code: str, lead: int = 0) -> np.ndarray:
    """Median beat of a symbol, -200 to 500 ms around R, mV above its level before P."""
    sample, symbol = beats(record)
    chosen = [r for r in sample[symbol == code] if 80 < r < record.n_samples - 200]
    cut = np.stack([record.mv(r - 72, r + 180)[:, lead] for r in chosen])
    median = np.median(cut - np.median(cut[:, 45:58], axis=1, keepdims=True), axis=0)
    return np.asarray(median)


def width_ms(beat: np.ndarray) -> float:
    """How long the QRS (within 120 ms of R) stays above a tenth of its largest deflection."""
    qrs = np.abs(beat[72 - 43 : 72 + 44])
    above = np.flatnonzero(qrs > 0.1 * qrs.max())
    return float((above[-1] - above[0]) / FS * 1000)


def test_every_recording_reads_says_simulated_and_has_its_checksums(records: dict[str, Record]) -> None:
    assert list(records) == NAMES
    for record in records.values():
        assert record.simulated
        assert record.integrity.checksums_verified
        assert (record.fs, record.leads, record.duration_s) == (360, ("MLII", "V1"), 600)
        assert "SIMULATED recording, no patient" in record.comments[0]
        assert np.isfinite(record.mv()).all()
        assert np.mean((record.signals <= 0) | (record.signals >= 2047)) < 1e-4


def test_all_five_classes_occur_and_abnormal_beats_are_rare_in_most(records: dict[str, Record]) -> None:
    shares = {}
    total = dict.fromkeys(CLASSES, 0)
    for name, record in records.items():
        classes = [beat_class(code) for code in beats(record)[1]]
        shares[name] = 1 - classes.count("N") / len(classes)
        for key in CLASSES:
            total[key] += classes.count(key)
    assert all(total[key] >= 40 for key in CLASSES), total
    assert total["N"] > 0.8 * sum(total.values())
    assert sum(share < 0.03 for share in shares.values()) >= 6, shares
    assert max(shares.values()) > 0.1
    codes = {code for record in records.values() for code in record.annotations.symbol}
    assert codes >= set("NLRAaJjVFQ/f+~")


def test_rhythm_changes_are_annotated_from_the_first_beat_on(records: dict[str, Record]) -> None:
    rhythms = {text for record in records.values() for text in record.annotations.aux if text}
    assert rhythms == {"(N", "(AFIB", "(B", "(T", "(SVTA", "(VT", "(P"}
    for record in records.values():
        assert record.annotations.symbol[0] == "+"
        assert [code == "+" for code in record.annotations.symbol] == [text != "" for text in record.annotations.aux]


def test_beats_keep_a_plausible_distance(records: dict[str, Record]) -> None:
    for record in records.values():
        rr = np.diff(beats(record)[0]) / FS
        assert rr.min() > 0.25
        assert rr.max() < 2.6
        assert 45 < 60 / np.median(rr) < 105


def test_a_premature_ventricular_beat_is_early_wide_and_followed_by_a_pause(records: dict[str, Record]) -> None:
    record = records["sim02"]
    sample, symbol = beats(record)
    rr = np.diff(sample)
    at = np.flatnonzero(symbol == "V")
    at = at[(at > 1) & (at < len(rr) - 1)]
    usual = np.median(rr)
    assert np.all(rr[at - 1] < 0.8 * usual)
    assert np.median(rr[at] + rr[at - 1]) == pytest.approx(2 * usual, rel=0.08)
    normal, ectopic = template(record, "N"), template(record, "V")
    assert 40 <= width_ms(normal) <= 100  # by this measure 42 to 67 ms in records 100, 101, 115, 119, 122, 202, 230
    assert width_ms(ectopic) >= 120
    late = slice(72 + 80, 72 + 140)
    assert ectopic[late].min() < -0.2 < 0.1 < normal[late].max()  # T against the QRS, and with it


def test_a_normal_beat_has_the_intervals_of_an_ecg(records: dict[str, Record]) -> None:
    beat = template(records["sim01"], "N")
    r = int(beat.argmax())
    assert beat[r] == pytest.approx(1.1, abs=0.35)
    p = int(beat[: 72 - 25].argmax())
    assert 0.12 <= (r - p) / FS <= 0.20
    assert 0.05 < beat[p] < 0.3
    t = 72 + 50 + int(beat[72 + 50 :].argmax())
    assert 0.2 <= (t - r) / FS <= 0.34
    slow, fast = template(records["sim11"], "N"), template(records["sim10"], "N")
    assert slow[72 + 50 :].argmax() > fast[72 + 50 :].argmax()  # QT is longer at a slower rate


def test_the_blocks_are_wide_and_go_the_right_way_in_v1(records: dict[str, Record]) -> None:
    left, right = template(records["sim06"], "L", 1), template(records["sim07"], "R", 1)
    assert left.min() < -0.8
    assert left[:144].max() < 0.3
    assert 72 + 10 <= right[:144].argmax() <= 72 + 26
    assert width_ms(template(records["sim06"], "L")) >= 110


def test_r_annotations_sit_on_the_peak_of_mlii(records: dict[str, Record]) -> None:
    record = records["sim01"]
    mv = record.mv(leads=[0])[:, 0]
    sample, symbol = beats(record)
    off = [int(np.argmax(mv[r - 15 : r + 16])) - 15 for r in sample[symbol == "N"]]
    assert np.max(np.abs(off)) <= 1


def test_atrial_fibrillation_is_irregular_and_has_no_p_wave(records: dict[str, Record]) -> None:
    record = records["sim05"]
    sample, _ = beats(record)
    rr = np.diff(sample) / FS
    during = (sample[:-1] > 155 * FS) & (sample[:-1] < 330 * FS)
    before = sample[:-1] < 145 * FS
    assert np.std(rr[during]) > 3 * np.std(rr[before])
    mv = record.mv(leads=[0])[:, 0]

    def p_wave(chosen: np.ndarray) -> float:
        cut = np.stack([mv[r - 90 : r - 30] for r in sample[:-1][chosen] if r > 90])
        return float(np.ptp(np.median(cut, axis=0)))

    assert p_wave(during) < 0.5 * p_wave(before)


def test_the_same_recordings_come_out_every_time(made: Path, tmp_path: Path) -> None:
    assert sums(ensure_simulated(tmp_path / "again")) == sums(made)


def test_patients_differ(records: dict[str, Record]) -> None:
    shapes = np.stack(
        [template(records[name], "N") for name in NAMES if np.sum(records[name].annotations.symbol == "N") > 50]
    )
    close = np.corrcoef(shapes) - np.eye(len(shapes))
    assert close.max() < 0.9995
    assert np.ptp(shapes.max(axis=1)) > 0.3


def test_recordings_that_are_there_are_not_made_again(made: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in made.iterdir()}
    assert ensure_simulated(made) == made
    assert {path: path.stat().st_mtime_ns for path in made.iterdir()} == before


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulate, "PATIENTS", simulate.PATIENTS[:2])
    monkeypatch.setattr(simulate, "DURATION_S", 20)


@pytest.mark.usefixtures("quick")
def test_recordings_of_another_version_or_with_a_file_missing_are_made_again(tmp_path: Path) -> None:
    folder = ensure_simulated(tmp_path / "s")
    whole = sums(folder)
    write_json(folder / MARKER, read_json(folder / MARKER) | {"version": 0})
    (folder / "sim01.dat").write_bytes(b"old")
    assert sums(ensure_simulated(folder)) == whole
    (folder / "sim02.atr").unlink()
    assert sums(ensure_simulated(folder)) == whole
    assert {path.name for path in tmp_path.iterdir()} <= {"s", ".s.lock", "workspace"}


@pytest.mark.usefixtures("quick")
def test_what_a_killed_build_left_is_cleared_away(tmp_path: Path) -> None:
    (tmp_path / ".s-dead").mkdir()
    (tmp_path / ".s-dead" / "sim01.dat").touch()
    ensure_simulated(tmp_path / "s")
    assert not (tmp_path / ".s-dead").exists()


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "mine.txt").touch()
    with pytest.raises(DataError) as caught:
        ensure_simulated(tmp_path / "s")
    assert str(caught.value) == (
        f"{tmp_path / 's'} holds files that are not simulated recordings. Move them, or set ECG_HOME."
    )
    assert [path.name for path in (tmp_path / "s").iterdir()] == ["mine.txt"]


def test_a_folder_that_cannot_be_written_is_a_data_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=r"Simulated recordings cannot be written to .*file/s: (Not a d|File exists)"):
        ensure_simulated(tmp_path / "file" / "s")


def test_two_processes_at_once_make_them_once(made: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from ecg_core.data import simulate\n"
        "build = simulate._build\n"
        "simulate._build = lambda folder: (print('built', flush=True), build(folder))\n"
        "folder = simulate.ensure_simulated(Path(sys.argv[1]))\n"
        "assert (folder / 'sim12.atr').is_file()"
    )
    folder = tmp_path / "s"
    command = [sys.executable, "-c", code, str(folder)]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    said = [child.communicate(timeout=240) for child in children]
    assert [child.returncode for child in children] == [0, 0], said
    assert sorted(out for out, _ in said) == [b"", b"built\n"]
    assert sums(folder) == sums(made)
