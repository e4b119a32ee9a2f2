"""An archive is scored whole, each recording once, to the same rows however the work is spread or broken off."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from ecg_core import workspace
from ecg_core.beats.store import load_beats
from ecg_core.data.importing.inspected import Choice
from ecg_core.data.reader import read_record
from ecg_core.errors import DataError, RunError
from ecg_core.files import write_bytes
from ecg_core.locks import Lock
from ecg_core.parallel.workers import Workers
from ecg_core.tasks.archive.archive import Order, score_archive
from ecg_core.tasks.archive.folder import ArchiveFolder
from ecg_core.tasks.archive.models import models_named
from ecg_core.tasks.classifier.model import load_classifier
from ecg_core.workspace import PROJECT
from tests.parallel.cluster import cluster
from tests.tasks.archive.conftest import Archive, contents, same


def order(folder: Path, out: Path, **more: object) -> Order:
    return Order((str(folder),), models_named([]), out, **{"workers": Workers(1), **more})  # type: ignore[arg-type]


def test_a_row_a_beat_and_a_row_a_recording_say_what_the_models_say(archive: Archive, mitdb: Path) -> None:
    beats, recordings = (table.to_pandas() for table in contents(archive.out))
    assert recordings["recording"].tolist() == ["100", "119", "202", "ward 2/208"]
    assert (recordings["status"] == "done").all()
    assert recordings["positions"].tolist() == ["annotated", "detected", "annotated", "annotated"]
    classifier, _ = load_classifier(workspace.MODELS / "classifier")
    for name in ("100", "202", "208"):
        own = beats[beats["recording"].str.endswith(name)]
        expected = load_beats(mitdb, [name])
        assert own["r_sample"].tolist() == expected.table["r_sample"].tolist()
        probability = classifier.predict_proba(expected)
        np.testing.assert_array_equal(own[["p_n", "p_s", "p_v", "p_f"]].to_numpy(np.float32), probability)
        assert own["beat_class"].tolist() == classifier.predict(expected).tolist()
    row = recordings.set_index("recording").loc["ward 2/208"]
    assert row["v_beats"] == (beats[beats["recording"] == "ward 2/208"]["beat_class"] == "V").sum() > 900
    assert row["v_burden"] == pytest.approx(row["v_beats"] / row["beats"])
    assert "trained on record 208" in row["caution"]
    detected = beats[beats["recording"] == "119"]
    assert (detected["symbol"] == "?").all()
    assert detected["confidence"].between(0, 1).all()
    assert 1_900 < len(detected) < 2_100


@pytest.mark.parametrize("workers", [2])
def test_the_rows_are_the_same_by_several_processes(archive: Archive, tmp_path: Path, workers: int) -> None:
    report = score_archive(order(archive.folder, tmp_path / "out", workers=Workers(workers)))
    assert same(archive.out, tmp_path / "out")
    assert (report.recordings, report.failed, report.complete) == (4, 0, True)


def test_the_rows_are_the_same_on_a_cluster_even_if_a_worker_is_killed(archive: Archive, tmp_path: Path) -> None:
    from distributed import Client

    with cluster(tmp_path, tmp_path / "elsewhere") as scheduler:
        killed: list[int] = []

        def kill_one(done: int, _of: int, _failed: int) -> None:
            if done == 1 and not killed:
                with Client(scheduler) as client:  # type: ignore[no-untyped-call]
                    killed.extend(client.run(os.getpid).values())
                os.kill(killed[0], signal.SIGKILL)

        there = order(archive.folder, tmp_path / "out", workers=Workers(scheduler=scheduler))
        report = score_archive(there, kill_one)
    assert killed
    assert report.failed == 0
    assert same(archive.out, tmp_path / "out")
    models = list((tmp_path / "elsewhere" / "cache" / "models").iterdir())
    assert len(models) == 2, "they came by their hash"


def test_the_command_names_what_failed_and_why(archive: Archive, tmp_path: Path) -> None:
    shutil.copy(next(archive.folder.rglob("*.hea")), tmp_path / "lost.hea")
    command = [sys.executable, "-m", "ecg_core", "score", str(tmp_path), "--out", str(tmp_path / "out")]
    done = subprocess.run([*command, "--workers", "1"], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "1 failed" in done.stdout
    assert re.search(r"^  failed: lost: lost\.hea", done.stdout, re.MULTILINE), done.stdout


def test_a_scoring_that_was_killed_goes_on_without_a_row_lost_or_twice(archive: Archive, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "ecg_core", "score", str(archive.folder), "--out", str(out), "--workers", "1"]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not list(out.glob("beats/*/[!.]*.parquet")):
        assert process.poll() is None, "it ended by itself"
        time.sleep(0.02)
    process.kill()
    process.wait()
    before = len(list(out.glob("beats/*/[!.]*.parquet")))
    told: list[tuple[int, int, int]] = []
    report = score_archive(order(archive.folder, out), lambda *counts: told.append(counts))
    assert told[0] == (before, 4, 0)
    assert report.passed_over == before
    assert same(archive.out, out)


def test_a_file_that_was_being_written_when_the_scoring_was_killed_counts_for_nothing(
    archive: Archive, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(archive.out, out)
    whole = next(out.glob("beats/*/*.parquet"))
    left = whole.with_name(f".{whole.name}.0123abcd.parquet")
    shutil.copy(whole, left)
    assert len(list(ArchiveFolder(out).rows())) == 4
    assert score_archive(order(archive.folder, out)).recordings == 4
    assert not left.exists()
    assert same(archive.out, out)


def test_a_second_scoring_does_nothing_and_a_changed_file_is_scored_again(archive: Archive, tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    shutil.copytree(archive.folder, folder)
    shutil.copytree(archive.out, out)
    assert score_archive(order(archive.folder, out)).passed_over == 4
    first = score_archive(order(folder / "100.hea", tmp_path / "other"))
    os.utime(folder / "100.dat")
    again = score_archive(order(folder / "100.hea", tmp_path / "other"))
    assert (first.passed_over, again.passed_over, again.recordings) == (0, 0, 1)


def test_a_stopped_scoring_says_so_and_goes_on(archive: Archive, tmp_path: Path) -> None:
    done: list[int] = []
    report = score_archive(
        order(archive.folder, tmp_path / "out"), lambda n, _of, _failed: done.append(n), lambda: done[-1] >= 1
    )
    assert not report.complete
    assert "the same command goes on" in report.headline()
    assert 1 <= report.recordings < 4
    assert score_archive(order(archive.folder, tmp_path / "out")).complete
    assert same(archive.out, tmp_path / "out")


def test_one_bad_recording_stops_no_other_and_is_tried_again(archive: Archive, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("100", "202"):
        for suffix in ("hea", "dat", "atr"):
            shutil.copy(archive.folder / f"{name}.{suffix}", folder)
    whole = (folder / "202.dat").read_bytes()
    (folder / "202.dat").write_bytes(whole[:1000])
    (folder / "empty.edf").touch()
    (folder / "notes.csv").write_text("a,b\nx,y\n")
    report = score_archive(order(folder, tmp_path / "out", workers=Workers(2)))
    assert (report.recordings, report.failed) == (1, 3)
    rows = {row.recording: row for row in ArchiveFolder(tmp_path / "out").rows()}
    assert "202.dat is cut off" in rows["202"].reason
    assert "0 bytes" in rows["empty.edf"].reason
    assert rows["notes.csv"].reason
    (folder / "202.dat").write_bytes(whole)
    assert score_archive(order(folder, tmp_path / "out")).failed == 2
    assert len(pq.read_table(tmp_path / "out" / "beats")) == sum(
        row.beats or 0 for row in ArchiveFolder(tmp_path / "out").rows()
    )


def test_a_recording_that_takes_too_long_is_given_up_and_said(archive: Archive, tmp_path: Path) -> None:
    report = score_archive(order(archive.folder / "100.hea", tmp_path / "out", limit_s=0.001))
    (row,) = ArchiveFolder(tmp_path / "out").rows()
    assert report.failed == 1
    assert "took longer than" in row.reason
    assert "--limit" in row.reason


def test_a_folder_in_use_of_something_else_or_of_other_models_is_refused(archive: Archive, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(archive.out, out)
    with Lock(out / ".lock"), pytest.raises(RunError, match="in use by another scoring"):
        score_archive(order(archive.folder, out))
    other = Order((str(archive.folder),), models_named(["classifier"]), out)
    with pytest.raises(RunError, match=r"scored by classifier .* and autoencoder .*, not by classifier"):
        score_archive(other)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").touch()
    with pytest.raises(RunError, match="holds other files and no archive"):
        score_archive(order(archive.folder, tmp_path / "mine"))
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]
    assert same(archive.out, out)


def test_a_full_disk_ends_it_in_words_and_what_was_scored_stays(
    archive: Archive, small_disk: Path, tmp_path: Path
) -> None:
    room = shutil.disk_usage(small_disk).free
    write_bytes(small_disk / "filler", bytes(max(0, room - 150_000)))
    with pytest.raises(RunError, match="the disk is full"):
        score_archive(order(archive.folder, small_disk / "out"))
    (small_disk / "filler").unlink()
    assert score_archive(order(archive.folder, small_disk / "out")).complete
    assert same(archive.out, small_disk / "out")


def test_whoever_may_only_look_scores_nothing(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECG_READ_ONLY", "1")
    with pytest.raises((DataError, RunError)):
        score_archive(order(archive.folder, tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_the_fault_of_a_program_over_one_recording_is_logged_and_the_others_are_scored(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ecg_core.tasks.archive import scoring as item

    real = item.score_record

    def faulty(record: object, *more: object) -> object:
        if record.name == "100":  # type: ignore[attr-defined]
            raise ZeroDivisionError
        return real(record, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(item, "score_record", faulty)
    report = score_archive(order(archive.folder, tmp_path / "out"))
    assert (report.recordings, report.failed) == (3, 1)
    reason = next(row.reason for row in ArchiveFolder(tmp_path / "out").rows() if row.reason)
    assert "ZeroDivisionError" in reason
    assert reason.split("reference ")[1][:8] in "".join(
        path.read_text() for path in (workspace.home() / "logs").glob("*.log")
    )


def test_a_rate_said_later_is_taken_for_what_had_none_and_another_one_is_refused(
    archive: Archive, tmp_path: Path
) -> None:
    folder, out = tmp_path / "tables", tmp_path / "out"
    folder.mkdir()
    mv = read_record(archive.folder, "100").mv(0, 20 * 360)
    (folder / "one.csv").write_text("\n".join(["MLII,V5", *(f"{a:.3f},{b:.3f}" for a, b in mv.tolist())]))
    assert score_archive(replace(order(folder, out), choice=Choice(unit="mV"))).failed == 1
    said = replace(order(folder, out), choice=Choice(360.0))
    report = score_archive(said)
    assert (report.failed, report.recordings) == (0, 1)
    assert score_archive(order(folder, out)).passed_over == 1, "what was said before holds"
    with pytest.raises(RunError, match="360 samples a second, not 250"):
        score_archive(replace(said, choice=Choice(250.0)))
    with pytest.raises(RunError, match="was scored without --any-leads"):
        score_archive(replace(said, any_leads=True))


def test_a_path_that_was_mistyped_is_forgotten_and_a_recording_that_went_is_not(
    archive: Archive, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(archive.folder, tmp_path / "moved")
    score_archive(Order((str(tmp_path / "nope"), str(tmp_path / "moved" / "100")), models_named([]), out, Workers(1)))
    assert {row.status for row in ArchiveFolder(out).rows()} == {"done", "failed"}
    shutil.rmtree(tmp_path / "moved")
    report = score_archive(Order((str(archive.folder / "202"),), models_named([]), out, Workers(1)))
    assert (report.recordings, report.failed) == (2, 0)


def test_the_table_says_how_many_are_still_to_be_scored(archive: Archive, tmp_path: Path) -> None:
    asked = []

    def stop_after_one() -> bool:
        asked.append(True)
        return len(asked) > 2

    score_archive(order(archive.folder, tmp_path / "out"), should_stop=stop_after_one)
    table, left = ArchiveFolder(tmp_path / "out").table()
    assert len(table) + left == 4
    assert 0 < left < 4
    score_archive(order(archive.folder, tmp_path / "out"))
    assert ArchiveFolder(tmp_path / "out").table()[1] == 0


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names of files are Unicode")
def test_a_folder_whose_name_is_no_utf_8_stops_nothing(archive: Archive, tmp_path: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/ward\xff"))
    odd.mkdir()
    for suffix in ("hea", "dat", "atr"):
        shutil.copy(archive.folder / f"100.{suffix}", odd)
    out = tmp_path / "out"
    report = score_archive(Order((str(odd), str(archive.folder / "202")), models_named([]), out, Workers(1)))
    assert (report.recordings, report.failed) == (2, 0)
    assert any("ward\N{REPLACEMENT CHARACTER}" in path for path in ArchiveFolder(out).table()[0]["path"])
    assert len(pq.read_table(out / "beats")) == report.beats
