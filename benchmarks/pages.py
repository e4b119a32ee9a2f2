"""Server time of what a visitor does on each page, against reading one record with wfdb, and against another commit.

    ECG_DATA_DIR=<folder> python -m benchmarks.pages [--against CHECKOUT] [--pages Records Runs] [--repeats 15]

Each page of each checkout runs in a process and a workspace of its own. The two take turns, so that whatever else the
machine does falls on both; a ratio is the median over turns. An action that one of them lacks is named, not measured.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import IO, Any

import numpy as np

HERE = Path(__file__).resolve().parents[1]
PAGES = {
    "Home": "app.py",
    "Records": "pages/1_Records.py",
    "Class balance": "pages/2_Class_balance.py",
    "Synthesis": "pages/3_Synthesis.py",
    "Classifier": "pages/4_Classifier.py",
    "Autoencoder": "pages/5_Autoencoder.py",
    "Review": "pages/6_Review.py",
    "Runs": "pages/7_Runs.py",
    "Benchmarks": "pages/8_Benchmarks.py",
    "Archive": "pages/9_Archive.py",
}
RECORDINGS = 10_000
"""Of the archive that the page shows."""
RERUN = "rerun"
TIMEOUT_S = 900
CACHED_BYTES, HASH_BYTES = 10_000, 100
"""Streamlit (`global.minCachedMessageSize`) sends a message so large once, and then its hash."""
STEPS = (4.0, 8.0)  # thresholds between which it goes to and fro


def _move_threshold(app: Any) -> None:
    """What the server does when the browser tells it where the threshold was let go."""
    there = app.query_params.get("threshold", [""])[0]
    app.query_params["threshold"] = str(STEPS[0] if there == str(STEPS[1]) else STEPS[1])
    app.run()


ACTIONS: dict[str, dict[str, Callable[[Any], None]]] = {
    "Autoencoder": {"threshold move": _move_threshold},
}


def serve(page: str) -> None:
    """In a process of its own: open `page` of the `ecg_core` that is on the path, then do what each line of stdin names
    and answer with its time in ms, the kB that a browser is sent which has the page already, and the kB of the whole
    page; or with an error."""
    answers = os.fdopen(os.dup(1), "w")  # whatever else is printed must not stand between the answers
    os.dup2(2, 1)
    from streamlit.testing.v1 import AppTest

    from ecg_core import workspace

    app = AppTest.from_file(workspace.PROJECT / "app.py", default_timeout=TIMEOUT_S)
    if PAGES[page] != "app.py":
        app.switch_page(PAGES[page])
    actions: dict[str, Callable[[Any], None]] = {RERUN: lambda app: app.run(), **ACTIONS.get(page, {})}

    known: set[bytes] = set()

    def do(action: str) -> dict[str, Any]:
        started = time.perf_counter()
        try:
            actions[action](app)
        except (StopIteration, KeyError, ValueError) as error:  # a button or slider that is not there
            return {"error": f"{type(error).__name__}: {error}"}
        elapsed = time.perf_counter() - started
        if app.exception:
            return {"error": app.exception[0].message}
        elements = list(_elements(app._tree))
        whole, sent = sum(map(len, elements)), sum(HASH_BYTES if one in known else len(one) for one in elements)
        known.update(one for one in elements if len(one) >= CACHED_BYTES)
        return {"ms": 1000 * elapsed, "kb": sent / 1000, "whole_kb": whole / 1000}

    if page == "Archive":
        _archive()
    app.run()
    for action in actions:  # whatever is only slow the first time
        do(action)
    print(json.dumps(list(actions)), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(do(line.strip())), file=answers, flush=True)


def _elements(node: Any) -> Iterator[bytes]:
    """A page's elements, as they are sent."""
    if getattr(node, "proto", None) is not None:
        yield node.proto.SerializeToString()
    for child in getattr(node, "children", {}).values():
        yield from _elements(child)


def _archive() -> None:
    """Put an archive of many recordings, none of which is there, into the workspace."""
    import random

    from ecg_core.tasks.archive.carrying_out import archives_folder
    from ecg_core.tasks.archive.folder import ArchiveFolder
    from ecg_core.tasks.archive.manifest import Manifest
    from ecg_core.tasks.archive.rows import DONE, RecordingRow

    drawn = random.Random(0)
    folder = ArchiveFolder(archives_folder() / "many")
    with folder.held(Manifest((), False)):
        folder.write_recordings([
            RecordingRow(
                f"{k:05}", f"/data/{k:05}.hea", "WFDB", DONE, duration_s=86400.0, unreadable_s=60.0, beats=100_000,
                positions="detected", mean_rate=70.0, v_beats=k, v_burden=drawn.betavariate(0.3, 9), s_burden=0.001,
                pauses=k % 7, longest_rr_s=2.0, fibrillation_s=0.0, flagged_per_hour=drawn.expovariate(0.01),
            )
            for k in range(RECORDINGS)
        ])  # fmt: skip


class Visitor:
    """A page of one checkout, open in a process of its own."""

    def __init__(self, checkout: Path, page: str, home: Path) -> None:
        self._name = f"{checkout} {page}"
        home.mkdir(parents=True, exist_ok=True)
        self.log = home / "stderr.txt"
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).resolve()), "--serve", page],
            cwd=checkout, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log.open("w"), text=True,
            env={**os.environ, "ECG_HOME": str(home), "PYTHONPATH": str(checkout)},
        )  # fmt: skip
        self._in: IO[str] = self._process.stdin  # type: ignore[assignment]
        self._out: IO[str] = self._process.stdout  # type: ignore[assignment]

    def __enter__(self) -> "Visitor":
        self.actions: list[str] = self._answer()
        return self

    def __exit__(self, *_: object) -> None:
        self._in.close()
        self._process.wait(timeout=60)

    def do(self, action: str) -> Any:
        """Its time in ms and the kB of the page, or an error."""
        self._in.write(action + "\n")
        self._in.flush()
        return self._answer()

    def _answer(self) -> Any:
        line = self._out.readline()
        if not line:
            raise SystemExit(f"{self._name}: the page broke off.\n{self.log.read_text()[-2000:]}")
        return json.loads(line)


def compared(turns: list[list[dict[str, Any]]], wfdb_ms: list[float]) -> dict[str, Any]:
    """Figures of one action from its turns, each one answer a checkout, and wfdb's time in the same turns."""
    for turn in turns:
        for place, answer in zip(("here", "there"), turn, strict=False):
            if "error" in answer:
                return {"not measured": f"{answer['error']} ({place})"}
    here = [turn[0]["ms"] for turn in turns]
    figures = {
        "ms": round(median(here), 1),
        "p95_ms": round(float(np.percentile(here, 95)), 1),
        "over_wfdb": round(median(ms / wfdb for ms, wfdb in zip(here, wfdb_ms, strict=True)), 2),
        "kb": round(max(turn[0]["kb"] for turn in turns), 1),
        "whole_kb": round(turns[-1][0]["whole_kb"], 1),
    }
    if len(turns[0]) > 1:
        figures["against_ms"] = round(median(turn[1]["ms"] for turn in turns), 1)
        figures["ratio"] = round(median(turn[0]["ms"] / turn[1]["ms"] for turn in turns), 2)
    return figures


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--against", type=Path, help="another checkout of the project, to compare with")
    words.add_argument("--pages", nargs="*", choices=list(PAGES), default=list(PAGES))
    words.add_argument("--repeats", type=int, default=15)
    words.add_argument("--serve", help=argparse.SUPPRESS)
    options = words.parse_args()
    if options.serve:
        serve(options.serve)
        return
    sys.path.insert(0, str(HERE))
    import wfdb

    from ecg_core.data.sources import current_source

    checkouts = [HERE, *([options.against.resolve()] if options.against else [])]
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch:
        os.environ.setdefault("ECG_HOME", scratch)
        source = current_source()
        os.environ["ECG_DATA_DIR"] = str(source.folder)  # the same recordings for both

        def read_ms() -> float:
            started = time.perf_counter()
            wfdb.rdrecord(str(source.folder / source.records[0]), physical=True)
            return 1000 * (time.perf_counter() - started)

        for page in options.pages:
            with ExitStack() as stack:
                visitors = [
                    stack.enter_context(Visitor(checkout, page, Path(scratch) / f"checkout{k}"))
                    for k, checkout in enumerate(checkouts)
                ]
                figures[page] = {}
                for action in visitors[0].actions:
                    turns, wfdb_ms = [], []
                    for repeat in range(options.repeats):
                        wfdb_ms.append(read_ms())
                        order = visitors if repeat % 2 == 0 else visitors[::-1]
                        answers = [visitor.do(action) for visitor in order]
                        turns.append(answers if repeat % 2 == 0 else answers[::-1])
                    figures[page][action] = compared(turns, wfdb_ms)
            print(f"{page}: {json.dumps(figures[page])}", file=sys.stderr)
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
