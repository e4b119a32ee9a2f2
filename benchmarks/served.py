"""The running app of a checkout, for benchmarks that drive a browser."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
PATIENCE_MS = 240_000


@dataclass
class Server:
    """A running app."""

    url: str
    pid: int


@contextmanager
def served(checkout: Path, data: Path | None, home: Path) -> Iterator[Server]:
    """The app of a checkout on some data (None: simulated records), in a workspace of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home.mkdir(parents=True, exist_ok=True)
    with (home / "server.log").open("wb") as log:
        environment = {**os.environ, "ECG_HOME": str(home), "PYTHONPATH": str(checkout)}
        environment.pop("ECG_DATA_DIR", None)
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)],
            cwd=checkout, stdout=log, stderr=log,
            env=environment | ({"ECG_DATA_DIR": str(data)} if data else {}),
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(url + "/_stcore/health", timeout=2).close()  # nosec B310: http, from above
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        yield Server(url, process.pid)
    finally:
        process.kill()
        process.wait()


def megabytes(pid: int) -> float:
    """Memory a process takes now."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


def wait_in_page(page: Page, condition: str, argument: str = "") -> None:
    """Wait, frame by frame, until a JavaScript function of one argument gives true.

    Playwright's own `wait_for_function` has the page evaluate text, which the policy of content forbids.
    """
    page.evaluate(
        f"""([argument, patience]) => new Promise((done, fail) => {{
          const condition = {condition};
          const begun = performance.now();
          const look = () => {{
            if (condition(argument)) done();
            else if (performance.now() - begun > patience) fail(new Error(`not in ${{patience}} ms: ${{condition}}`));
            else requestAnimationFrame(look);
          }};
          look();
        }})""",
        [argument, PATIENCE_MS],
    )
