"""The MIT-BIH Arrhythmia Database from PhysioNet: resumable, verified, and put in place a whole file at a time.

Bytes collect in `<name>.part`, are compared with the published SHA-256 and only then renamed. Whatever interrupts it
(a stop, a lost connection, a kill), the part stays and the next call asks only for the rest (`Range`, RFC 9110
section 14). Database: doi 10.13026/C2F305.
"""

import os
import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urljoin

import requests
from filelock import FileLock, Timeout
from urllib3.exceptions import HTTPError, ReadTimeoutError

from ecg_core.access import check_may_change
from ecg_core.data import catalogue
from ecg_core.errors import DataError
from ecg_core.files import sha256, why

MAX_FILE_BYTES = 5_000_000  # the largest published file has 1,950,000
SPARE_BYTES = 100_000_000  # left free on the disk when all is in place
CHUNK_BYTES = 64 * 1024
REQUEST_SECONDS = 180.0  # a request that trickles longer than this is dropped and resumed
ENOUGH_BYTES = 64 * 1024  # a request that brought this much is progress, not a failed attempt
MAX_PAUSE_S = 30.0
REPORT_SECONDS = 0.1  # between two reports within a file
LOCK_NAME = ".download.lock"
PASSING = {408, 425, 429}  # answers below 500 that may be different in a moment

_USUAL_BYTES = {".dat": 1_950_000, ".atr": 7_000, ".hea": 200}  # of one file, until its true size is known

FileState = Literal["ok", "missing", "differs"]


@dataclass(frozen=True)
class Progress:
    """How far a download is."""

    file: str
    files_done: int
    """Files in place and verified, those that were there before included."""
    files_total: int
    bytes_done: int
    """Bytes in place or in the part of the file in hand."""
    bytes_total_estimate: int
    """Bytes of all files; about, until each has been seen."""

    @property
    def fraction(self) -> float:
        return self.bytes_done / self.bytes_total_estimate if self.bytes_total_estimate else 1.0


@dataclass(frozen=True)
class VerifyReport:
    """Every published file of a folder: as published, missing, or different."""

    folder: Path
    states: dict[str, FileState]
    """File name -> state, in record order."""

    @property
    def complete(self) -> bool:
        return all(state == "ok" for state in self.states.values())

    def named(self, state: FileState) -> list[str]:
        return [name for name, found in self.states.items() if found == state]

    def to_json(self) -> dict[str, Any]:
        """The report as plain JSON values."""
        counts = {state: len(self.named(state)) for state in ("ok", "missing", "differs")}
        return {"folder": str(self.folder), "complete": self.complete, "counts": counts, "files": dict(self.states)}

    def __str__(self) -> str:
        ok, missing, differs = self.to_json()["counts"].values()
        return f"{ok} of {len(self.states)} files as published, {missing} missing, {differs} different"


class _Interrupted(Exception):
    """A request failed in a way that may pass: wait, then ask again."""


class _Stopped(Exception):
    pass


def verify(folder: Path, files: Iterable[str] | None = None) -> VerifyReport:
    """Compare the files in `folder` with PhysioNet's published sums (0.3 s for all 144)."""
    sums = catalogue.published_sums()
    return VerifyReport(folder, {name: _state(folder / name, sums[name]) for name in _chosen(files)})


def download(
    folder: Path,
    base_url: str = catalogue.URL,
    progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    *,
    files: Iterable[str] | None = None,
    attempts: int = 5,
    timeout_s: float = 30.0,
    pause_s: float = 1.0,
) -> bool:
    """Bring the published files into `folder`; those in place and verified are not asked for again.

    `should_stop` is asked at every piece and during every wait; a stop leaves the part for the next call.
    `attempts` is the number of requests in a row that may bring nothing before giving up, `timeout_s` how long the
    server may be silent, `pause_s` the wait after the first failure (doubled each time, at most 30 s).
    Returns whether every file is in place (False after a stop).

    Raises DataError when the network or server fails for good, a file differs from its published sum twice, the disk
    has no room, or another process is downloading into the same folder.
    """
    check_may_change()
    names = _chosen(files)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / LOCK_NAME, blocking=False):
            return _Download(folder, base_url, progress, should_stop, names, attempts, timeout_s, pause_s).run()
    except Timeout:
        raise DataError(f"Another download into {folder} is running. Wait for it, or stop it first.") from None
    except OSError as error:
        raise DataError(f"The download cannot be written to {folder}: {why(error)}.") from None


def _chosen(files: Iterable[str] | None) -> list[str]:
    names = list(catalogue.published_sums() if files is None else files)
    for name in names:
        if name not in catalogue.published_sums():
            raise DataError(f"{name!r} is not a file of the {catalogue.TITLE}.")
    return names


def _state(path: Path, expected: str) -> FileState:
    if not path.is_file():
        return "missing"
    return "ok" if sha256(path) == expected else "differs"


@dataclass
class _Download:
    """One call of `download`: the session, the counts, and the steps for one file."""

    folder: Path
    base_url: str
    progress: Callable[[Progress], None] | None
    should_stop: Callable[[], bool]
    names: list[str]
    attempts: int
    timeout_s: float
    pause_s: float
    sizes: dict[str, int] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)
    session: requests.Session = field(default_factory=requests.Session)
    reported: float = 0.0

    def run(self) -> bool:
        sums = catalogue.published_sums()
        self.sizes = {name: _USUAL_BYTES[Path(name).suffix] for name in self.names}
        present = [name for name in self.names if _state(self.folder / name, sums[name]) == "ok"]
        for name in present:
            self._finished(name)
        wanted = [name for name in self.names if name not in self.done]
        self._check_room(sum(self.sizes[name] for name in wanted))
        with self.session:
            for name in wanted:
                try:
                    self._fetch(name, sums[name])
                except _Stopped:
                    return False
        return True

    def _check_room(self, needed: int) -> None:
        free = shutil.disk_usage(self.folder).free
        if needed and free < needed + SPARE_BYTES:
            raise DataError(
                f"Not enough room for the database in {self.folder}: {free / 1e6:,.0f} MB are free, "
                f"{(needed + SPARE_BYTES) / 1e6:,.0f} MB are needed. Free some, or set ECG_HOME to another disk."
            )

    def _fetch(self, name: str, expected: str) -> None:
        """Bring one file into place, or raise DataError or _Stopped."""
        part = self.folder / f"{name}.part"
        discarded = 0
        while True:
            if not (part.is_file() and sha256(part) == expected):  # whole if killed just before the rename
                self._collect(name, part)
            found = sha256(part)
            if found == expected:
                break
            part.unlink()
            discarded += 1
            if discarded > 1:
                raise DataError(
                    f"{name} arrives damaged from {self.base_url}: its SHA-256 should be {expected}, "
                    f"found {found} (twice). The file was discarded. Try again later or from another network."
                )
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(self.folder / name)
        self._finished(name)

    def _collect(self, name: str, part: Path) -> None:
        """Ask until the part is as long as the server says the file is."""
        failures = 0
        while True:
            before = part.stat().st_size if part.is_file() else 0
            try:
                self._request(name, part)
                return
            except (
                requests.exceptions.InvalidURL,
                requests.exceptions.InvalidSchema,
                requests.exceptions.MissingSchema,
            ):
                raise DataError(f"{self.base_url!r} is not an address files can be downloaded from.") from None
            except (_Interrupted, requests.RequestException, HTTPError) as error:
                gained = (part.stat().st_size if part.is_file() else 0) - before
                failures = 0 if gained >= ENOUGH_BYTES else failures + 1
                if failures >= self.attempts:
                    raise self._unreachable(name, error) from None
            self._wait(min(MAX_PAUSE_S, self.pause_s * 2 ** max(0, failures - 1)))

    def _request(self, name: str, part: Path) -> None:
        """One request for what is missing; urllib3 raises if fewer bytes arrive than were announced."""
        have = part.stat().st_size if part.is_file() else 0
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
        try:
            url = urljoin(self.base_url.rstrip("/") + "/", name)
        except ValueError as error:  # such as `http://[::1`
            raise requests.exceptions.InvalidURL(str(error)) from None
        deadline = time.monotonic() + REQUEST_SECONDS
        self._check_stop()
        with self.session.get(url, headers=headers, stream=True, timeout=self.timeout_s) as answer:
            status = answer.status_code
            if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and have:
                part.unlink()
                raise _Interrupted("the server has no such range; starting again")
            if status >= 500 or status in PASSING:
                raise _Interrupted(f"the server answers {status} {answer.reason}")
            resumed = status == HTTPStatus.PARTIAL_CONTENT
            if resumed and not answer.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
                part.unlink(missing_ok=True)
                raise _Interrupted("the server sent another range than was asked for; starting again")
            if not resumed and status != HTTPStatus.OK:
                raise DataError(f"{name} cannot be downloaded: {url} answers {status} {answer.reason}.")
            start = have if resumed else 0  # a server that ignores Range sends the file from its beginning
            total = start + int(length) if (length := answer.headers.get("Content-Length", "")).isdecimal() else None
            self._check_size(name, part, total or start)
            self.sizes[name] = total or self.sizes[name]
            with part.open("ab" if resumed else "wb") as file:
                while piece := answer.raw.read1(CHUNK_BYTES):
                    file.write(piece)
                    self._check_size(name, part, file.tell())
                    self._report(name, file.tell())
                    self._check_stop()
                    if time.monotonic() > deadline:
                        raise _Interrupted(f"the server takes longer than {REQUEST_SECONDS:.0f} s")

    def _check_size(self, name: str, part: Path, size: int) -> None:
        if size > MAX_FILE_BYTES:
            part.unlink(missing_ok=True)
            raise DataError(
                f"{name} is larger than {MAX_FILE_BYTES:,} bytes at {self.base_url}: not the published file, refused."
            )

    def _unreachable(self, name: str, error: Exception) -> DataError:
        silent = isinstance(error, requests.Timeout | ReadTimeoutError)
        reason = f"no answer within {self.timeout_s:g} s" if silent else "connection lost or refused"
        reason = str(error) if isinstance(error, _Interrupted) else reason
        return DataError(
            f"PhysioNet cannot be reached at {self.base_url} ({name}: {reason}). What has arrived is kept: run again "
            "to continue, or name a folder of recordings with ECG_DATA_DIR."
        )

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._check_stop()
            time.sleep(min(seconds, 0.05))

    def _check_stop(self) -> None:
        if self.should_stop():
            raise _Stopped

    def _finished(self, name: str) -> None:
        self.sizes[name] = self.done[name] = (self.folder / name).stat().st_size
        self._report(name, 0)

    def _report(self, name: str, in_part: int) -> None:
        if self.progress and (in_part == 0 or time.monotonic() - self.reported > REPORT_SECONDS):
            self.reported = time.monotonic()
            done = sum(self.done.values()) + in_part
            total = sum(self.sizes.values())
            self.progress(Progress(name, len(self.done), len(self.names), done, max(done, total)))
