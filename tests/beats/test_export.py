"""Exports say SYNTHETIC, read back as what was written, and are written whole or not at all."""

import io
import json
import zipfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ecg_core import files
from ecg_core.beats import export
from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.classes import CLASSES, USUAL_SYMBOL
from ecg_core.beats.config import BeatConfig
from ecg_core.beats.export import (
    ADC_MAX,
    GAIN,
    JOINT_S,
    SHEET_COLUMNS,
    SHEET_OF_EACH,
    csv_bytes,
    metadata,
    npz_bytes,
    one_after_the_other,
    png_zip_bytes,
    wfdb_zip_bytes,
    write_wfdb,
)
from ecg_core.beats.images import ImageConfig, draw_beats
from ecg_core.beats.rr import RR_RANGE_S
from ecg_core.beats.synthetic import RHYTHM, SYNTHETIC, AugmentedBeats, SyntheticBeats
from ecg_core.data.reader import read_record, record_names
from ecg_core.errors import DataError
from ecg_core.text import RESEARCH_USE
from tests.made_beats import synthetic_beats

CONFIG = BeatConfig()
N_POINTS, R_POINT, FS = len(CONFIG.times_s), round(CONFIG.before_s * CONFIG.fs), CONFIG.fs
LEADS = ("MLII", "V1")
ABOUT = {"seed": 7, "command": "synthesise S 100"}
NOTHING_TO_EXPORT = "There is no synthetic beat to export. Make some first."


made = partial(synthetic_beats, trained_on=("sim01", "sim03"), made_by="gan-1, seed 7")
many = st.builds(made, st.text(alphabet=list(CLASSES), min_size=1, max_size=12), seed=st.integers(0, 999))


@pytest.fixture(scope="module")
def training_set(simulated_beats: BeatSet) -> AugmentedBeats:
    return AugmentedBeats(simulated_beats.only(["sim01", "sim03"]), made("SVFQ"))


# What every export says.


def test_the_caller_adds_to_the_metadata_and_takes_nothing_back() -> None:
    beats = made()
    said = metadata(beats, {"seed": 7, "SYNTHETIC": False, "made_by": "a patient", "note": "", "trained_on": []})
    assert said == {
        "seed": 7,
        "SYNTHETIC": True,
        "n_synthetic": 3,
        "rejected": 0,
        "made_by": "gan-1, seed 7",
        "trained_on": ["sim01", "sim03"],
        "rhythm": ["rr_pre_s", "rr_post_s", "ratio_causal", "ratio_record"],
        "fs": 180.0,
        "units": "mV",
        "preprocessing_hash": CONFIG.hash,
        "note": "Research use. Not a medical device.",
    }


@pytest.mark.parametrize("what", ["npz", "csv", "wfdb"])
def test_no_beats_and_broken_beats_are_not_exported(what: str) -> None:
    def exported(beats: SyntheticBeats) -> bytes:
        if what == "wfdb":
            return wfdb_zip_bytes("a", beats, LEADS, {})
        return npz_bytes(beats, {}) if what == "npz" else csv_bytes(beats, {})

    with pytest.raises(DataError) as caught:
        exported(made(""))
    assert str(caught.value) == NOTHING_TO_EXPORT
    broken = made("SVFV")
    broken.signals[1, 0, 3], broken.signals[3, 1, :] = np.nan, np.inf
    with pytest.raises(DataError) as caught:
        exported(broken)
    assert str(caught.value) == "2 of 4 synthetic beats hold values that are not numbers: not exported."


def test_the_same_beats_give_the_same_bytes() -> None:
    images = draw_beats(made().signals, CONFIG.times_s, ImageConfig())
    for first, second in (
        (npz_bytes(made(), ABOUT), npz_bytes(made(), ABOUT)),
        (csv_bytes(made(), ABOUT), csv_bytes(made(), ABOUT)),
        (wfdb_zip_bytes("a", made(), LEADS, ABOUT), wfdb_zip_bytes("a", made(), LEADS, ABOUT)),
        (png_zip_bytes(images, "SVF", ABOUT), png_zip_bytes(images, "SVF", ABOUT)),
    ):
        assert first == second
        if first.startswith(b"PK"):
            assert {one.date_time[0] for one in zipfile.ZipFile(io.BytesIO(first)).infolist()} == {1980}, "no clock"


# NPZ.


def opened(content: bytes) -> dict[str, npt.NDArray[Any]]:
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


@settings(deadline=None, max_examples=25)
@given(many)
def test_an_npz_reads_back_exactly_and_without_unpickling(beats: SyntheticBeats) -> None:
    found = opened(npz_bytes(beats, ABOUT))
    assert np.array_equal(found["signals_mv"], beats.signals) and found["signals_mv"].dtype == np.float32
    assert np.array_equal(found["rhythm"], beats.rhythm) and found["rhythm"].dtype == np.float32
    assert found["beat_class"].tolist() == beats.beat_class.tolist()
    assert found["synthetic"].dtype == bool and found["synthetic"].all()
    assert np.array_equal(found["times_s"], CONFIG.times_s)
    assert json.loads(str(found["metadata"])) == metadata(beats, ABOUT)
    assert json.loads(str(found["metadata"]))["SYNTHETIC"] is True


def test_an_npz_of_a_training_set_flags_every_beat(training_set: AugmentedBeats) -> None:
    found = opened(npz_bytes(training_set, ABOUT))
    n_real = len(training_set.real)
    assert found["synthetic"].tolist() == [False] * n_real + [True] * 4
    assert np.array_equal(found["signals_mv"], training_set.signals)
    assert set(found["record"][:n_real]) == {"sim01", "sim03"} and set(found["record"][n_real:]) == {"synthetic"}
    assert found["beat_class"].tolist() == training_set.table["beat_class"].tolist()
    assert found["excluded"].tolist() == training_set.table["excluded"].tolist()
    said = json.loads(str(found["metadata"]))
    assert (said["SYNTHETIC"], said["n_synthetic"], said["n_recorded"], said["simulated"]) == (True, 4, n_real, True)


# CSV.


@settings(deadline=None, max_examples=25)
@given(many)
def test_a_csv_reads_back_within_its_rounding(beats: SyntheticBeats) -> None:
    found = pd.read_csv(io.BytesIO(csv_bytes(beats, ABOUT, LEADS)))
    assert (found["synthetic"] == SYNTHETIC).all()
    assert found["beat"].tolist() == list(range(1, len(beats) + 1))
    assert found["beat_class"].tolist() == beats.beat_class.tolist()
    assert np.abs(found[list(RHYTHM)].to_numpy() - beats.rhythm).max() <= 0.5001e-4
    for k, lead in enumerate(LEADS):
        mv = found[[str(name) for name in found if str(name).startswith(f"{lead}_")]].to_numpy()
        assert np.abs(mv - beats.signals[:, k]).max() <= 0.5001e-4


def test_the_columns_of_a_csv_say_lead_and_time() -> None:
    names = list(pd.read_csv(io.BytesIO(csv_bytes(made(), {}))))
    assert names[:10] == ["synthetic", "beat", "record", "excluded", "beat_class", *RHYTHM, "about"]
    assert names[10:12] == ["lead1_-350.0", "lead1_-344.4"]
    assert names[10 + R_POINT] == "lead1_0.0" and names[-1] == "lead2_444.4"
    assert len(set(names)) == len(names) == 10 + 2 * N_POINTS


def test_a_lead_whose_name_holds_a_comma_is_still_one_column() -> None:
    found = pd.read_csv(io.BytesIO(csv_bytes(made(), {}, ('II, "modified"', "V1"))))
    assert found.shape == (3, 10 + 2 * N_POINTS)
    assert found.columns[10] == 'II, "modified"_-350.0'


def test_every_row_of_a_csv_says_in_words_where_it_comes_from() -> None:
    found = pd.read_csv(io.BytesIO(csv_bytes(made(), {"command": "a\nb", "SYNTHETIC": 0, "made_by": "x"})))
    expected = (
        "SYNTHETIC beats, not recorded from any patient. Research use. Not a medical device. made_by: gan-1, seed 7 "
        "trained_on: sim01 sim03 command: a b"
    )
    assert found["about"].tolist() == [expected] * 3


def test_a_csv_of_a_training_set_says_synthetic_only_where_it_is(training_set: AugmentedBeats) -> None:
    found = pd.read_csv(io.BytesIO(csv_bytes(training_set, ABOUT)), keep_default_na=False)
    n_real = len(training_set.real)
    assert found["synthetic"].tolist() == [""] * n_real + [SYNTHETIC] * 4
    assert set(found["about"][:n_real]) == {f"SIMULATED beat. {RESEARCH_USE}"}
    assert found["about"][n_real:].str.startswith("SYNTHETIC beats, not recorded from any patient.").all()
    assert found["excluded"].tolist() == training_set.table["excluded"].tolist()
    assert found["rr_pre_s"][0] == "", "the first beat of a recording has no RR interval before it"


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("MLII",), "'MLII'"),
        (("V1", "V1"), "'V1', 'V1'"),
        (("MLII", "=1+1"), "'MLII', '=1+1'"),
        (("MLII", "V1\n# 3"), "'MLII', 'V1\\n# 3'"),
        (("MLII", " V1"), "'MLII', ' V1'"),
        (("", "V1"), "'', 'V1'"),
    ],
)
def test_names_that_would_break_a_table_or_a_header_are_no_leads(names: tuple[str, ...], said: str) -> None:
    expected = f"{said} cannot be the names of 2 leads: each needs one of its own that begins with a letter or a digit."
    with pytest.raises(DataError) as caught:
        csv_bytes(made(), {}, names)
    assert str(caught.value) == expected
    with pytest.raises(DataError) as caught:
        wfdb_zip_bytes("a", made(), names, {})
    assert str(caught.value) == expected


# WFDB.


@settings(deadline=None, max_examples=25)
@given(beats=many)
def test_a_wfdb_record_reads_back_with_its_beats_and_annotations(
    tmp_path_factory: pytest.TempPathFactory, beats: SyntheticBeats
) -> None:
    folder = tmp_path_factory.mktemp("wfdb")
    paths = write_wfdb(folder, "made-1", beats, LEADS, ABOUT)
    assert [path.name for path in paths] == ["made-1.dat", "made-1.atr", "made-1.hea"]
    assert sorted(paths) == sorted(folder.iterdir())
    record = read_record(folder, "made-1")
    assert (record.leads, record.fs, record.gain, record.baseline) == (LEADS, FS, (200.0, 200.0), (0, 0))
    assert record.integrity.checksums_verified
    assert record.annotations.symbol.tolist() == ['"', *(USUAL_SYMBOL[str(c)] for c in beats.beat_class)]
    assert record.annotations.aux[0] == "SYNTHETIC beats, not recorded from any patient. " + RESEARCH_USE
    mv = record.mv()
    for k, r_sample in enumerate(record.annotations.sample[1:]):
        found = mv[r_sample - R_POINT : r_sample - R_POINT + N_POINTS].T  # (n_leads, n_points)
        assert np.abs(found - beats.signals[k]).max() <= 0.5 / GAIN + 1e-6


def test_the_header_says_synthetic_and_is_not_taken_for_the_simulated_recordings(tmp_path: Path) -> None:
    write_wfdb(tmp_path, "made", made(), LEADS, {**ABOUT, "made_by": "a patient", "cap": {"S": 10}})
    record = read_record(tmp_path, "made")
    assert not record.simulated
    assert record.comments == (
        "SYNTHETIC beats, not recorded from any patient. Research use. Not a medical device.",
        "made_by: gan-1, seed 7",
        "trained_on: sim01 sim03",
        'cap: {"S": 10}',
        "command: synthesise S 100",
        "seed: 7",
    )


def test_texts_that_would_break_a_header_are_made_plain(tmp_path: Path) -> None:
    write_wfdb(tmp_path, "made", made(), LEADS, {"why": "two\nlines\tand \u2028 a \x00 zero, µV – fine"})
    assert read_record(tmp_path, "made").comments[-1] == "why: two lines and   a   zero, µV – fine"


@settings(deadline=None)
@given(many, st.floats(0.0, 10.0))
def test_beats_come_at_their_own_rr_unless_they_would_overlap(beats: SyntheticBeats, rr_s: float) -> None:
    beats.rhythm[:, 0] = rr_s
    _, r_sample = one_after_the_other(beats)
    closest = N_POINTS + round(JOINT_S * FS)
    assert set(np.diff(r_sample)) <= {max(round(float(np.float32(min(rr_s, RR_RANGE_S[1]))) * FS), closest)}


def test_a_missing_rr_is_no_gap_and_a_longest_one_is_written_too(tmp_path: Path) -> None:
    beats = made("SSS")
    beats.rhythm[1:, 0] = np.nan, 1e9
    _, r_sample = one_after_the_other(beats)
    assert np.diff(r_sample).tolist() == [N_POINTS + round(JOINT_S * FS), round(RR_RANGE_S[1] * FS)]
    write_wfdb(tmp_path, "made", beats, LEADS, {})
    assert read_record(tmp_path, "made").annotations.sample[1:].tolist() == r_sample.tolist()


@settings(deadline=None)
@given(many)
def test_no_step_lies_between_two_beats(beats: SyntheticBeats) -> None:
    """Every sample outside the beats lies on a straight line from the end of one to the beginning of the next."""
    mv, r_sample = one_after_the_other(beats)
    first = r_sample - R_POINT
    for k in range(len(beats) - 1):
        between = mv[first[k] + N_POINTS - 1 : first[k + 1] + 1]  # the last point, the joint, the first point
        steps = np.diff(between, axis=0)
        assert len(steps) > round(JOINT_S * FS)
        assert np.abs(steps - steps[0]).max() < 1e-6
    assert mv[0].tolist() == mv[-1].tolist() == [0, 0]
    for margin in (mv[: first[0] + 1], mv[first[-1] + N_POINTS - 1 :]):
        assert np.abs(np.diff(margin, n=2, axis=0)).max() < 1e-6


@pytest.mark.parametrize("config", [BeatConfig(fs=90.0, n_leads=1), BeatConfig(fs=128.0, before_s=0.3, after_s=0.5)])
def test_another_preparation_keeps_its_sampling_frequency(tmp_path: Path, config: BeatConfig) -> None:
    beats = made("SV", config=config)
    write_wfdb(tmp_path, "made", beats, LEADS[: config.n_leads], {})
    record = read_record(tmp_path, "made")
    assert record.fs == config.fs
    start = record.annotations.sample[2] - round(config.before_s * config.fs)
    found = record.mv()[start : start + len(config.times_s)].T
    assert np.abs(found - beats.signals[1]).max() <= 0.5 / GAIN + 1e-6


def test_what_would_saturate_is_refused_and_the_greatest_value_is_not(tmp_path: Path) -> None:
    beats = made("SV")
    beats.signals[1, 1, 5] = -ADC_MAX / GAIN
    write_wfdb(tmp_path, "made", beats, LEADS, {})
    assert np.isfinite(read_record(tmp_path, "made").mv()).all()
    beats.signals[1, 1, 5] = 170
    with pytest.raises(DataError) as caught:
        write_wfdb(tmp_path, "more", beats, LEADS, {})
    assert str(caught.value) == "A synthetic beat reaches 170 mV, a record holds at most 163 mV."
    assert record_names(tmp_path) == ["made"]


@pytest.mark.parametrize("name", ["", "../a", "a/b", "a.hea", "a b", "a\n", "ä", "/etc/a", "a" * 65, "a\x00"])
def test_a_name_that_could_lead_anywhere_is_no_record(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "in" / "side"
    with pytest.raises(DataError) as caught:
        write_wfdb(folder, name, made(), LEADS, {})
    assert str(caught.value) == (
        f"{name!r} cannot be a record's name: use letters, digits, '_' and '-' only, at most 64 of them."
    )
    with pytest.raises(DataError, match="cannot be a record's name"):
        wfdb_zip_bytes(name, made(), LEADS, {})
    assert not list(tmp_path.rglob("*.*"))


@pytest.mark.parametrize("suffix", ["hea", "dat", "atr"])
def test_a_record_that_is_there_is_never_overwritten(tmp_path: Path, suffix: str) -> None:
    there = tmp_path / f"100.{suffix}"
    there.write_bytes(b"a patient's")
    with pytest.raises(DataError) as caught:
        write_wfdb(tmp_path, "100", made(), LEADS, {})
    assert str(caught.value) == (f"100.{suffix} exists in {tmp_path}: choose another record name, nothing was written.")
    assert list(tmp_path.iterdir()) == [there]
    assert there.read_bytes() == b"a patient's"


@pytest.mark.parametrize("fails_at", ["made.dat", "made.atr", "made.hea"])
def test_a_disk_that_fills_up_midway_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: str
) -> None:
    write = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if path.name.startswith(f".{fails_at}."):
            write(path, content[: len(content) // 2])
            raise OSError(28, "No space left on device")
        return write(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(DataError) as caught:
            write_wfdb(tmp_path, "made", made(), LEADS, {})
    assert (
        str(caught.value) == f"Record made cannot be written to {tmp_path}: the disk is full, make room and try again."
    )
    assert not list(tmp_path.iterdir())
    assert len(write_wfdb(tmp_path, "made", made(), LEADS, {})) == 3


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=f"^Record made cannot be written to {tmp_path / 'file'}: .+"):
        write_wfdb(tmp_path / "file", "made", made(), LEADS, {})


def test_a_stop_midway_leaves_nothing_and_is_not_swallowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = files.write_bytes

    def stopped(path: Path, content: bytes) -> None:
        if path.suffix == ".hea":
            raise KeyboardInterrupt
        write(path, content)

    monkeypatch.setattr(export, "write_bytes", stopped)
    with pytest.raises(KeyboardInterrupt):
        write_wfdb(tmp_path, "made", made(), LEADS, {})
    assert not list(tmp_path.iterdir())


def test_the_zip_of_a_record_holds_what_the_folder_does(tmp_path: Path) -> None:
    paths = write_wfdb(tmp_path, "made", made(), LEADS, ABOUT)
    with zipfile.ZipFile(io.BytesIO(wfdb_zip_bytes("made", made(), LEADS, ABOUT))) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            path.name: path.read_bytes() for path in paths
        }


# Images.


def pictures(content: bytes) -> dict[str, Image.Image]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        found: dict[str, Image.Image] = {
            name: Image.open(io.BytesIO(archive.read(name))) for name in archive.namelist()
        }
    for image in found.values():
        image.load()
    return found


@pytest.mark.parametrize("config", [ImageConfig(), ImageConfig(128, "paper", "first")])
def test_every_picture_is_in_the_folder_of_its_class_and_says_synthetic_below_it(config: ImageConfig) -> None:
    images = draw_beats(made("SVSF").signals, CONFIG.times_s, config)
    found = pictures(png_zip_bytes(images, "SVSF", ABOUT))
    names = ["S/S_SYNTHETIC_00001.png", "V/V_SYNTHETIC_00001.png", "S/S_SYNTHETIC_00002.png", "F/F_SYNTHETIC_00001.png"]
    assert list(found) == [*names, "SYNTHETIC_contact_sheet.png"]
    strips = []
    for name, image in zip(names, images, strict=True):
        pixels = np.asarray(found[name])
        assert np.array_equal(pixels[: config.size], image), "the trace itself is left alone"
        strips.append(pixels[config.size :])
        assert pixels.shape[0] > config.size and pixels.shape[1:] == image.shape[1:]
    for strip in strips:
        assert np.array_equal(strip, strips[0])
        assert 0.05 < (strip == 255).mean() < 0.6, "white letters on black"
        assert set(np.unique(strip)) == {0, 255}


def test_the_metadata_of_every_picture_say_synthetic() -> None:
    images = draw_beats(made("SV").signals, CONFIG.times_s, ImageConfig())
    for name, picture in pictures(png_zip_bytes(images, "SV", {**ABOUT, "by": "µ – é"})).items():
        text = picture.text  # type: ignore[attr-defined]
        assert text["SYNTHETIC"] == "Made by a generator, not recorded from any patient."
        assert text["note"] == RESEARCH_USE
        assert json.loads(text["about"]) == {**ABOUT, "by": "µ – é"}
        assert text.get("beat_class") == (None if "sheet" in name else name[0])
        assert "form" not in text
    of_form = pictures(png_zip_bytes(images, "SV", ABOUT, "context"))
    assert {picture.text["form"] for picture in of_form.values()} == {"context"}  # type: ignore[attr-defined]


def test_what_was_made_and_not_kept_is_told() -> None:
    beats = replace(made("SV"), rejected=6)
    assert metadata(beats, {})["rejected"] == 6
    assert "rejected: 6 made and not kept" in csv_bytes(beats, {}).decode()


def test_the_contact_sheet_shows_the_first_of_each_class_in_the_order_of_the_table() -> None:
    labels = "V" * (SHEET_OF_EACH + 4) + "S" * 3
    images = np.zeros((len(labels), 64, 64), np.uint8)
    images += np.arange(len(labels), dtype=np.uint8)[:, None, None]
    content = png_zip_bytes(images, labels, {})
    found = pictures(content)
    assert len(found) == len(labels) + 1
    pixels = np.asarray(found["SYNTHETIC_contact_sheet.png"])
    height, width = np.asarray(found["S/S_SYNTHETIC_00001.png"]).shape
    shown = [
        int(pixels[row * (height + 2) + 5, column * (width + 2) + 5])
        for row in range(3)
        for column in range(SHEET_COLUMNS)
    ][: SHEET_OF_EACH + 3]
    first_s = labels.index("S")
    assert shown == [first_s, first_s + 1, first_s + 2, *range(SHEET_OF_EACH)]
    assert len(pixels) > 3 * (height + 2), "a strip below the whole sheet too"


def test_images_without_a_class_are_refused() -> None:
    images = np.zeros((2, 64, 64), np.uint8)
    with pytest.raises(DataError) as caught:
        png_zip_bytes(images, ["S", "../V"], {})
    assert str(caught.value) == "'../V' cannot be the name of a folder of images: rename the class."
    with pytest.raises(DataError) as caught:
        png_zip_bytes(images[:0], [], {})
    assert str(caught.value) == "There is no synthetic image to export. Make some first."
    with pytest.raises(ValueError, match="2 images and 1 labels do not belong together"):
        png_zip_bytes(images, ["S"], {})


def test_a_csv_has_one_line_a_beat_and_its_heading() -> None:
    made = SyntheticBeats(
        np.zeros((3, 2, 144), np.float32), np.ones((3, 4), np.float32), np.array(["V"] * 3), BeatConfig(), "x", ()
    )
    lines = csv_bytes(made, {}).decode().split("\n")
    assert [bool(line) for line in lines] == [True, True, True, True, False]
