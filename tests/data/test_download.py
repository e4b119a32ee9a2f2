"""The download against a real server on this machine that misbehaves in every way a network can."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest
from filelock import FileLock

from ecg_core.data import catalogue
from ecg_core.data.download import LOCK_NAME, MAX_FILE_BYTES, Progress, download, verify
from ecg_core.errors import DataError
from ecg_core.files import sha256
from tests.runs.waiting import until

DAT, HEA, ATR = "100.dat", "100.hea", "100.atr"
FILES = [HEA, DAT, ATR]
SIZE = 1_950_000
CUT = 700_000


class Server(ThreadingHTTPServer):
    """Serves the database. `script` says how the next answers go wrong, first to last; then all is well."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = folder
        self.script: list[str] = []
        self.asked: list[tuple[str, str | None]] = []
        self.released = Event()
        self.url = f"http://127.0.0.1:{self.server_port}/mitdb/"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of the tests."""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        name = self.path.removeprefix("/mitdb/")
        self.server.asked.append((name, wanted))
        trouble = self.server.script.pop(0) if self.server.script else ""
        if trouble.isdecimal():
            self.send_error(int(trouble))
            return
        content = (self.server.folder / name).read_bytes()
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and trouble != "ignore range" else 0
        if start >= len(content):
            self.send_error(416)
            return
        body = bytearray(content[start:])
        if trouble == "corrupt":
            body[len(body) // 2] ^= 1
        if trouble == "huge":
            body = bytearray(MAX_FILE_BYTES + 1)
        shift = 7 if trouble == "other range" else 0
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start + shift}-{len(content) - 1}/{len(content)}")
        if trouble != "endless":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if trouble == "cut":
            self.wfile.write(body[:CUT])
        elif trouble == "stall":
            self.wfile.write(body[:CUT])
            self.wfile.flush()
            self.server.released.wait(20)
        elif trouble == "silent":
            self.wfile.flush()
            self.server.released.wait(20)
        elif trouble == "slow":
            for at in range(0, len(body), 20_000):
                self.wfile.write(body[at : at + 20_000])
                time.sleep(0.02)
        elif trouble == "endless":
            while True:
                self.wfile.write(bytes(100_000))
        else:
            self.wfile.write(body)


@pytest.fixture
def server(mitdb: Path) -> Iterator[Server]:
    with Server(mitdb) as running:
        Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield running
        running.released.set()
        running.shutdown()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mitdb"


def fetch(folder: Path, server: Server, files: list[str] | None = None, **options: float) -> bool:
    settings = {"attempts": 3, "timeout_s": 0.5, "pause_s": 0.01} | options
    return download(folder, server.url, files=files or [DAT], **settings)  # type: ignore[arg-type]


def whole(folder: Path, *names: str) -> bool:
    return all(sha256(folder / name) == catalogue.published_sums()[name] for name in names)


def parts(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("*.part")]


def test_files_arrive_verified_and_progress_counts_them(folder: Path, server: Server) -> None:
    seen: list[Progress] = []
    assert download(folder, server.url, seen.append, files=FILES)
    assert whole(folder, *FILES)
    assert parts(folder) == []
    assert seen[-1].files_done == seen[-1].files_total == 3
    assert seen[-1].bytes_done == seen[-1].bytes_total_estimate == sum((folder / n).stat().st_size for n in FILES)
    assert seen[-1].fraction == 1
    assert [s.bytes_done for s in seen] == sorted(s.bytes_done for s in seen)
    assert all(s.bytes_done <= s.bytes_total_estimate for s in seen)


def test_files_in_place_are_not_asked_for_again(folder: Path, server: Server) -> None:
    fetch(folder, server, FILES)
    server.asked.clear()
    assert fetch(folder, server, FILES)
    assert server.asked == []


def test_a_file_in_place_that_differs_is_replaced(folder: Path, server: Server) -> None:
    fetch(folder, server, FILES)
    (folder / HEA).write_text("other", encoding="ascii")
    server.asked.clear()
    assert fetch(folder, server, FILES)
    assert server.asked == [(HEA, None)]
    assert whole(folder, HEA)


@pytest.mark.parametrize("trouble", ["cut", "stall"])
def test_a_broken_or_stalled_connection_is_resumed_at_the_byte_it_stopped(
    folder: Path, server: Server, trouble: str
) -> None:
    server.script = [trouble]
    assert fetch(folder, server)
    assert server.asked == [(DAT, None), (DAT, f"bytes={CUT}-")]
    assert whole(folder, DAT)


def test_requests_that_bring_something_do_not_use_up_the_attempts(folder: Path, server: Server) -> None:
    server.script = ["cut", "cut"]
    assert fetch(folder, server, attempts=1)
    assert [asked for _, asked in server.asked] == [None, f"bytes={CUT}-", f"bytes={2 * CUT}-"]


def test_a_server_that_ignores_range_sends_the_file_from_its_beginning(folder: Path, server: Server) -> None:
    server.script = ["cut", "ignore range"]
    assert fetch(folder, server)
    assert whole(folder, DAT)
    assert len(server.asked) == 2


def test_a_server_that_sends_another_range_is_not_believed(folder: Path, server: Server) -> None:
    server.script = ["cut", "other range"]
    assert fetch(folder, server)
    assert server.asked == [(DAT, None), (DAT, f"bytes={CUT}-"), (DAT, None)]
    assert whole(folder, DAT)


def test_a_part_longer_than_the_file_is_discarded(folder: Path, server: Server) -> None:
    folder.mkdir()
    (folder / f"{DAT}.part").write_bytes(bytes(SIZE + 5))
    assert fetch(folder, server)
    assert server.asked == [(DAT, f"bytes={SIZE + 5}-"), (DAT, None)]
    assert whole(folder, DAT)


def test_a_whole_part_is_put_in_place_without_asking(folder: Path, server: Server, mitdb: Path) -> None:
    folder.mkdir()
    shutil.copyfile(mitdb / DAT, folder / f"{DAT}.part")
    assert fetch(folder, server)
    assert server.asked == []
    assert whole(folder, DAT)
    assert parts(folder) == []


def test_a_part_of_other_bytes_is_found_out_and_fetched_from_zero(folder: Path, server: Server) -> None:
    folder.mkdir()
    (folder / f"{DAT}.part").write_bytes(b"x" * 1000)
    assert fetch(folder, server)
    assert server.asked == [(DAT, "bytes=1000-"), (DAT, None)]
    assert whole(folder, DAT)


def test_a_file_damaged_on_the_way_is_fetched_once_more(folder: Path, server: Server) -> None:
    server.script = ["corrupt"]
    assert fetch(folder, server)
    assert server.asked == [(DAT, None), (DAT, None)]
    assert whole(folder, DAT)


def test_a_file_damaged_twice_is_an_error_that_gives_both_sums(folder: Path, server: Server, mitdb: Path) -> None:
    server.script = ["corrupt"] * 2
    damaged = bytearray((mitdb / HEA).read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (folder.parent / "damaged").write_bytes(damaged)
    with pytest.raises(DataError) as caught:
        fetch(folder, server, [HEA])
    assert str(caught.value) == (
        f"100.hea arrives damaged from {server.url}: its SHA-256 should be {catalogue.published_sums()[HEA]}, "
        f"found {sha256(folder.parent / 'damaged')} (twice). The file was discarded. Try again later or from another "
        "network."
    )
    assert not (folder / HEA).exists()
    assert parts(folder) == []


def test_a_server_in_trouble_is_asked_again(folder: Path, server: Server) -> None:
    server.script = ["503", "429"]
    assert fetch(folder, server)
    assert whole(folder, DAT)


def test_a_server_that_stays_in_trouble_is_given_up(folder: Path, server: Server) -> None:
    server.script = ["503"] * 3
    with pytest.raises(DataError) as caught:
        fetch(folder, server)
    assert str(caught.value) == (
        f"PhysioNet cannot be reached at {server.url} (100.dat: the server answers 503 Service Unavailable). What has "
        "arrived is kept: run again to continue, or name a folder of recordings with ECG_DATA_DIR."
    )
    assert len(server.asked) == 3


def test_a_missing_file_is_an_error_at_once(folder: Path, server: Server) -> None:
    server.script = ["404"]
    with pytest.raises(DataError, match=r"100\.dat cannot be downloaded: http\S+/100\.dat answers 404 Not Found\."):
        fetch(folder, server)
    assert len(server.asked) == 1


def test_a_server_that_stays_silent_is_noticed(folder: Path, server: Server) -> None:
    server.script = ["stall", "silent", "silent", "silent"]
    with pytest.raises(DataError, match=r"\(100\.dat: no answer within 0\.2 s\)\. What has arrived is kept"):
        fetch(folder, server, timeout_s=0.2, attempts=2)
    assert [asked for _, asked in server.asked] == [None] + [f"bytes={CUT}-"] * 2
    assert (folder / f"{DAT}.part").stat().st_size == CUT


def test_without_network_one_message_says_what_to_do(folder: Path) -> None:
    with pytest.raises(DataError) as caught:
        download(folder, "http://127.0.0.1:9/mitdb/", files=[HEA], attempts=2, pause_s=0.01)
    assert str(caught.value) == (
        "PhysioNet cannot be reached at http://127.0.0.1:9/mitdb/ (100.hea: connection lost or refused). What has "
        "arrived is kept: run again to continue, or name a folder of recordings with ECG_DATA_DIR."
    )


@pytest.mark.parametrize("address", ["http://[::1", "nonsense", "file:///etc/", "ftp://x/", "http://"])
def test_what_is_no_web_address_is_an_error_at_once(folder: Path, address: str) -> None:
    with pytest.raises(DataError, match="is not an address files can be downloaded from"):
        download(folder, address, files=[HEA], pause_s=60)


@pytest.mark.parametrize("trouble", ["huge", "endless"])
def test_a_file_larger_than_any_published_one_is_refused(folder: Path, server: Server, trouble: str) -> None:
    server.script = [trouble]
    with pytest.raises(DataError, match=r"100\.hea is larger than 5,000,000 bytes at http\S+: not the published file"):
        fetch(folder, server, [HEA])
    assert parts(folder) == []


def test_a_name_that_is_not_published_is_refused(folder: Path, server: Server) -> None:
    with pytest.raises(DataError, match=r"^'\.\./x\.dat' is not a file of the MIT-BIH Arrhythmia Database 1\.0\.0\.$"):
        fetch(folder, server, ["../x.dat"])
    assert not folder.exists()


def test_a_stop_ends_cleanly_and_the_next_call_continues(folder: Path, server: Server) -> None:
    server.script = ["slow"]
    part = folder / f"{DAT}.part"

    def enough() -> bool:
        return part.is_file() and part.stat().st_size > 100_000

    assert not download(folder, server.url, should_stop=enough, files=[HEA, DAT])
    assert whole(folder, HEA)
    have = part.stat().st_size
    assert 100_000 < have < SIZE
    assert fetch(folder, server)
    assert server.asked[-1] == (DAT, f"bytes={have}-")
    assert whole(folder, DAT)


def test_a_stop_is_heard_while_waiting_for_the_next_attempt(folder: Path, server: Server) -> None:
    server.script = ["503"]
    asked, ended = Event(), list[bool]()

    def work() -> None:
        ended.append(download(folder, server.url, should_stop=asked.is_set, files=[DAT], pause_s=3_600))

    working = Thread(target=work, daemon=True)
    working.start()
    until(lambda: bool(server.asked), "the first attempt")
    asked.set()
    until(lambda: not working.is_alive(), "the download to hear the stop")
    assert ended == [False]


def test_a_download_that_was_killed_is_resumed(folder: Path, server: Server) -> None:
    server.script = ["slow"]
    code = (
        "import sys; from pathlib import Path; from ecg_core.data.download import download\n"
        "download(Path(sys.argv[1]), sys.argv[2], files=['100.dat'])"
    )
    part = folder / f"{DAT}.part"
    with subprocess.Popen([sys.executable, "-c", code, str(folder), server.url]) as child:
        until(lambda: part.is_file() and part.stat().st_size > 300_000, "300 kB")
        os.kill(child.pid, signal.SIGKILL)
    have = part.stat().st_size
    assert 300_000 < have < SIZE
    assert not (folder / DAT).exists()
    assert fetch(folder, server)
    assert server.asked == [(DAT, None), (DAT, f"bytes={have}-")]
    assert whole(folder, DAT)


def test_a_second_download_into_the_same_folder_is_refused(folder: Path, server: Server) -> None:
    folder.mkdir()
    with FileLock(folder / LOCK_NAME), pytest.raises(DataError) as caught:
        fetch(folder, server)
    assert str(caught.value) == f"Another download into {folder} is running. Wait for it, or stop it first."
    assert server.asked == []


def test_a_folder_that_cannot_be_made_is_a_data_error(tmp_path: Path, server: Server) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=r"The download cannot be written to .*file/x: Not a directory\."):
        fetch(tmp_path / "file" / "x", server)


def test_a_disk_without_room_is_noticed_before_anything_is_asked(
    folder: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(folder.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=101_000_000))  # no small disk at hand
    with pytest.raises(DataError, match=r"Not enough room .*: 101 MB are free, 102 MB are needed\. .* set ECG_HOME"):
        fetch(folder, server)
    assert server.asked == []
    assert fetch(folder, server, [HEA])


def test_verify_tells_missing_and_different_files_apart(folder: Path, server: Server) -> None:
    fetch(folder, server, FILES)
    assert verify(folder, FILES).complete
    (folder / ATR).write_bytes(b"x")
    (folder / DAT).unlink()
    report = verify(folder, FILES)
    assert report.states == {HEA: "ok", DAT: "missing", ATR: "differs"}
    assert not report.complete
    assert str(report) == "1 of 3 files as published, 1 missing, 1 different"
    assert json.loads(json.dumps(report.to_json())) == {
        "folder": str(folder),
        "complete": False,
        "counts": {"ok": 1, "missing": 1, "differs": 1},
        "files": {HEA: "ok", DAT: "missing", ATR: "differs"},
    }


def test_the_real_database_verifies(mitdb: Path) -> None:
    report = verify(mitdb)
    assert len(report.states) == 144
    assert report.complete
