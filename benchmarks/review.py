"""Reviewing in Chromium without a graphics card: how soon the next beat stands, what kills lose, what a queue finds.

    ECG_DATA_DIR=<MIT-BIH> python -m benchmarks.review [--json] [--decisions 200] [--kills 50] [--hours 24] [--curve]

`next_beat_ms` is from a key that decides about a beat to the drawn strip of the next one, with all of its samples,
median and 95th percentile, for record 208 and for a recording of so many hours. `kills`: while decisions are made
quickly, the browser or the server is killed at seeded moments and started again; `lost` counts decisions that the page
had called saved and that are not in the log, `twice` those that are in it more than once. `curve`: the shipped detector
on DS2 at its default threshold, its flagged beats in the order of their scores: how many decisions find what share of
the abnormal beats (S, V, F), beside going through all beats in time order.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlencode

import numpy as np
from playwright.sync_api import Browser, Page, Playwright, sync_playwright
from playwright.sync_api import Error as BrowserError

from benchmarks.served import FLAGS, PATIENCE_MS, served, wait_in_page
from benchmarks.viewer import FIND, long_record
from ecg_core.beats.splits import split_of
from ecg_core.data.corrections import log
from ecg_core.data.sources import DataSource, open_folder
from ecg_core.tasks.autoencoder import training
from ecg_core.tasks.judged_beats import JudgedOn
from ecg_core.workspace import MODELS

HERE = Path(__file__).resolve().parents[1]
RECORD = "208"
KEYS = "132 45"
"""In turn: two labels, agree, two others."""
DATA = """() => {
  const { item, reviewed, unsaved, keyMs, loading } = window.viewerBox().dataset;
  return { item: +item, reviewed: +reviewed, unsaved: +unsaved, keyMs: +keyMs, loading };
}"""


def opened(page: Page, url: str, **address: str) -> None:
    """The Review page with its first item drawn."""
    page.add_init_script(FIND)
    page.goto(f"{url}/Review?{urlencode(address)}", timeout=PATIENCE_MS)
    wait_in_page(page, "() => window.viewerBox()?.dataset.item !== undefined")
    wait_in_page(page, "() => window.viewerBox().dataset.loading === 'false'")


def next_beat_ms(browser: Browser, data: Path, home: Path, record: str, decisions: int) -> dict[str, float]:
    """From a key to the next beat, drawn whole, in ms."""
    times = []
    with served(HERE, data, home) as server:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        opened(page, server.url, record=record, rule="class")
        page.wait_for_timeout(1_000)
        for k in range(decisions):
            page.evaluate("() => { window.viewerBox().dataset.keyMs = '' }")
            page.keyboard.press(KEYS[k % len(KEYS)])
            times.append(
                page.evaluate("""() => new Promise((done) => {
              const look = () => {
                const { keyMs, loading } = window.viewerBox().dataset;
                if (keyMs && loading === 'false') done(waited ? performance.now() - began : Number(keyMs));
                else {
                  waited = true;
                  requestAnimationFrame(look);
                }
              };
              const began = performance.now();
              let waited = false;
              look();
            })""")
            )
            page.wait_for_timeout(40)
        page.close()
    return {"median": median(times), "p95": quantiles(times, n=20)[-1]}


def kills(playwright: Playwright, data: Path, home: Path, moments: int, seed: int = 0) -> dict[str, int]:
    """Decisions while the server (even moments) or the browser (odd ones) is killed, at moments drawn at random."""
    rng = np.random.default_rng(seed)
    os.environ["ECG_HOME"] = str(home)
    path = log.log_file(data, RECORD)
    figures = dict.fromkeys(("moments", "decisions", "called_saved", "lost", "twice"), 0)
    for moment in range(moments):
        mark = f"--review-moment={moment}-{os.getpid()}"  # tells this browser's processes from others
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=[*FLAGS, mark])
        with served(HERE, data, home) as server:
            before = _entries(path)
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            opened(page, server.url, record=RECORD, rule="class", order="time", **{"class": "N"})
            first = page.evaluate(DATA)["reviewed"]
            until, state = time.monotonic() + float(rng.uniform(0.2, 2.5)), page.evaluate(DATA)
            while time.monotonic() < until:
                page.keyboard.press(KEYS[int(rng.integers(len(KEYS)))])
                state = page.evaluate(DATA)
            if moment % 2:
                subprocess.run(["pkill", "-KILL", "-f", "--", mark], check=False)
            else:
                os.kill(server.pid, signal.SIGKILL)
            with suppress(BrowserError):
                browser.close()
        called_saved = state["reviewed"] - first - state["unsaved"]
        figures["moments"] += 1
        figures["called_saved"] += called_saved
        figures["lost"] += max(0, before + called_saved - _entries(path))
    found = log.read(path)
    pairs = [(entry.edit.client, entry.edit.seq) for entry in found.entries] if found else []
    return figures | {"decisions": len(pairs), "twice": len(pairs) - len(set(pairs))}


def _entries(path: Path) -> int:
    found = log.read(path)
    return len(found.entries) if found else 0


def curve(source: DataSource) -> dict[str, Any]:
    """Share of abnormal beats found by so many decisions, on DS2."""
    names = split_of(source.records, source.patients).test
    found = training.scored(MODELS / "autoencoder", JudgedOn(source, names, "DS2", False))
    detection = found.detection
    abnormal = np.isin(detection.beat_class, ["S", "V", "F"])
    order = np.argsort(-detection.score, kind="stable")
    flagged = int((detection.score >= found.detector.threshold_).sum())
    seen, in_time = np.cumsum(abnormal[order]), np.cumsum(abnormal)
    marks = [n for n in (500, 1_000, 2_000, 4_000, 6_000, 8_000) if n < flagged] + [flagged]
    return {
        "beats": len(order), "abnormal": int(abnormal.sum()), "flagged": flagged,
        "found": {str(n): round(float(seen[n - 1] / abnormal.sum()), 4) for n in marks},
        "in_time_order": {str(n): round(float(in_time[n - 1] / abnormal.sum()), 4) for n in marks},
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--decisions", type=int, default=200)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--hours", type=float, default=0)
    parser.add_argument("--curve", action="store_true")
    options = parser.parse_args()
    folder = Path(os.environ["ECG_DATA_DIR"]).resolve()
    figures: dict[str, Any] = {}
    if options.curve:
        figures["curve"] = curve(open_folder(folder))
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        scratch = Path(name)
        few = scratch / "records"
        few.mkdir()
        for ending in ("hea", "dat", "atr"):
            shutil.copy(folder / f"{RECORD}.{ending}", few)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        if options.decisions:
            figures["next_beat_ms"] = next_beat_ms(browser, few, scratch / "home", RECORD, options.decisions)
        if options.hours:
            long = scratch / "long"
            long.mkdir()
            record = long_record(folder, long, options.hours)
            figures[f"next_beat_{options.hours:g}h_ms"] = next_beat_ms(
                browser, long, scratch / "day", record, options.decisions
            )
        if options.kills:
            figures["kills"] = kills(playwright, few, scratch / "kills", options.kills)
        browser.close()
    print(json.dumps(figures) if options.json else json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
