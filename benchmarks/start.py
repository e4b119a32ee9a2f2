"""The first page after a server's start, in Chromium, and commands that only tell what there is.

    ECG_DATA_DIR=<folder> python -m benchmarks.start

Every start is of a new server process, whose clock starts when its health check answers; beats are prepared already,
or nothing is. A page stands when its heading does, and is whole when nothing on it is at work any more.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, sync_playwright

from benchmarks.served import FLAGS, PATIENCE_MS, served

HERE = Path(__file__).parents[1]
REPEATS = 3
PAGES = {"Home": "", "Records": "Records?record=208", "Autoencoder": "Autoencoder"}


def first_page_s(browser: Browser, data: Path, home: Path, address: str) -> tuple[float, float]:
    """Seconds until the first page of a new server stands, and until it is whole."""
    with served(HERE, data, home) as server:
        page = browser.new_page()
        page.set_default_timeout(PATIENCE_MS)
        started = time.perf_counter()
        page.goto(f"{server.url}/{address}")
        page.locator("h1").first.wait_for()
        stands = time.perf_counter() - started
        page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
        whole = time.perf_counter() - started
        page.close()
    return stands, whole


def command_s(*words: str) -> float:
    """Seconds of a command in a process of its own."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "ecg_core", *words], cwd=HERE, capture_output=True, check=True)
    return time.perf_counter() - started


def main() -> None:
    from ecg_core.beats.store import load_beats
    from ecg_core.data.sources import current_source

    source = current_source()
    found: dict[str, float] = {}
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        prepared = Path(scratch) / "prepared"
        os.environ["ECG_HOME"] = str(prepared)
        load_beats(source.folder, source.records)
        for name, address in PAGES.items():
            for kind in ("prepared", "nothing"):
                rows = []
                for repeat in range(REPEATS):
                    home = prepared if kind == "prepared" else Path(scratch) / f"{name}-{repeat}"
                    if kind == "prepared":
                        shutil.rmtree(home / "cache" / "classes", ignore_errors=True)
                    rows.append(first_page_s(browser, source.folder, home, address))
                stands, whole = (median(column) for column in zip(*rows, strict=True))
                found |= {f"{name}_{kind}_stands_s": stands, f"{name}_{kind}_whole_s": whole}
        browser.close()
        for words in (("data", "status"), ("runs", "list")):
            found["_".join((*words, "s"))] = median(command_s(*words) for _ in range(REPEATS))
    print(json.dumps({name: round(value, 3) for name, value in found.items()}, indent=2))


if __name__ == "__main__":
    main()
