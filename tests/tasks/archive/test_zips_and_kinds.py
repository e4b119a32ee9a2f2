"""Files of every kind the reader knows are scored as the recordings they are, alone or in a zip."""

import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from ecg_core.data.importing.inspected import Choice
from ecg_core.data.reader import read_record
from ecg_core.parallel.workers import Workers
from ecg_core.tasks.archive.archive import Order, score_archive
from ecg_core.tasks.archive.folder import ArchiveFolder
from ecg_core.tasks.archive.models import models_named
from ecg_core.tasks.archive.rows import RecordingRow
from tests.tasks.archive.conftest import contents


def scored(path: Path, out: Path, **more: object) -> dict[str, RecordingRow]:
    order = Order((str(path),), models_named(["classifier"]), out, Workers(1), **more)  # type: ignore[arg-type]
    score_archive(order)
    return {row.recording: row for row in ArchiveFolder(out).rows()}


def test_a_table_is_scored_as_the_record_it_holds(recordings: Path, tmp_path: Path) -> None:
    record = read_record(recordings, "100")
    mv = record.mv(0, 60 * 360)
    lines = ["time,II,V5", *(f"{k / 360:.6f},{a:.3f},{b:.3f}" for k, (a, b) in enumerate(mv.tolist()))]
    (tmp_path / "table.csv").write_text("\n".join(lines) + "\n")
    rows = scored(tmp_path / "table.csv", tmp_path / "out", any_leads=True, choice=Choice(unit="mV"))
    row = rows["table.csv"]
    assert (row.status, row.kind, row.positions) == ("done", "CSV", "detected"), row.reason
    assert row.duration_s == pytest.approx(60)
    assert 65 <= (row.beats or 0) <= 80


def test_every_recording_of_a_zip_is_scored_and_what_is_none_said(recordings: Path, tmp_path: Path) -> None:
    path = tmp_path / "wards.zip"
    with zipfile.ZipFile(path, "w") as file:
        for one in ("100.hea", "100.dat", "100.atr", "202.hea"):
            file.write(recordings / one, one)
        file.writestr("inner.zip", (b"PK\x05\x06" + bytes(18)))
    rows = scored(path, tmp_path / "out")
    assert rows["wards.zip/100"].status == "done"
    assert rows["wards.zip/202"].status == "failed", "its samples are not with it"
    shutil.copy(recordings / "100.hea", tmp_path)
    alone = scored(recordings / "100.hea", tmp_path / "alone")["100"]
    assert rows["wards.zip/100"].v_beats == alone.v_beats
    beats, _ = contents(tmp_path / "out")
    other, _ = contents(tmp_path / "alone")
    np.testing.assert_array_equal(beats["p_v"], other["p_v"])


def test_a_zip_that_is_cut_off_fails_alone(recordings: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    with zipfile.ZipFile(folder / "cut.zip", "w") as file:
        file.write(recordings / "100.dat", "100.dat")
    (folder / "cut.zip").write_bytes((folder / "cut.zip").read_bytes()[:500])
    for suffix in ("hea", "dat", "atr"):
        shutil.copy(recordings / f"100.{suffix}", folder)
    rows = scored(folder, tmp_path / "out")
    assert (rows["100"].status, rows["cut.zip"].status) == ("done", "failed")
    assert "cut off" in rows["cut.zip"].reason


def test_leads_that_a_model_does_not_know_are_said_and_the_rest_is_told_all_the_same(
    recordings: Path, mitdb: Path, tmp_path: Path
) -> None:
    rows = scored(mitdb / "102.hea", tmp_path / "out")
    row = rows["102"]
    assert row.status == "done"
    assert row.beats == 2187
    assert row.v_beats is None
    assert row.caution.startswith("Not scored by classifier, trained with II as first lead")
    assert "for another archive" in row.caution, "its rows cannot be mixed with those of any lead"
    assert scored(mitdb / "102.hea", tmp_path / "any", any_leads=True)["102"].v_beats is not None
