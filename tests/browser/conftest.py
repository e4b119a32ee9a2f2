"""The running app in a real Chromium."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from ecg_core import workspace

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE_MS = 240_000
POLICY = "Content Security Policy"
"""Chromium says it in each message of something that it did not load or run."""
expect.set_options(timeout=PATIENCE_MS)


@dataclass
class Server:
    """A Streamlit server of its own, with its workspace and data."""

    home: Path
    data: Path | None
    port: int
    cache: Path
    """Prepared beats, for all servers: they are the same for the same recordings, and take longest to make."""
    script: str = "app.py"
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        environment = {**os.environ, "ECG_HOME": str(self.home), "PYTHONPATH": str(workspace.PROJECT)}
        environment.pop("ECG_DATA_DIR", None)
        if self.data:
            environment["ECG_DATA_DIR"] = str(self.data)
        self.home.mkdir(parents=True, exist_ok=True)
        if not (self.home / "cache").exists():
            (self.home / "cache").symlink_to(self.cache, target_is_directory=True)
        with (self.home / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", self.script, "--server.port", str(self.port)],
                cwd=workspace.PROJECT, env=environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + 240
        while True:
            try:
                urllib.request.urlopen(self.url + "/_stcore/health", timeout=2).close()
                return
            except (urllib.error.URLError, OSError):
                assert time.monotonic() < deadline, (self.home / "server.log").read_text()
                time.sleep(0.1)

    def kill(self) -> None:
        if self.process:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prepared beats that servers share."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def serve(tmp_path: Path, cache: Path) -> Iterator[Callable[..., Server]]:
    """Start a server on some data (None: no data at all) with an empty workspace but for prepared beats."""
    yield from servers_in(tmp_path, cache)


@pytest.fixture(scope="module")
def serve_all(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Callable[..., Server]]:
    """The same for servers that all tests of a file may use, since none changes what another one sees."""
    yield from servers_in(tmp_path_factory.mktemp("servers"), cache)


def servers_in(folder: Path, cache: Path) -> Iterator[Callable[..., Server]]:
    """Servers whose workspaces lie in a folder, until they are no longer needed."""
    servers: list[Server] = []

    def start(data: Path | None, script: str = "app.py") -> Server:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        server = Server(folder / f"home{len(servers)}", data, port, cache, script)
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        server.kill()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """One for the process, which can have no other."""
    if CHROMIUM is None:
        reason = "needs a Chromium: install Debian's package chromium, or Google Chrome"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield launched
    launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh visitor at 1440 x 1000, who fails the test if a page asks for what the policy of content forbids."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE_MS)
    dialogs: list[str] = []
    forbidden: list[str] = []
    opened.on("console", lambda said: forbidden.append(said.text) if POLICY in said.text else None)
    opened.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    yield opened
    context.close()
    assert dialogs == []
    assert forbidden == []


@pytest.fixture
def browser_page(browser: Browser) -> Iterator[Page]:
    """A visitor who may ask for what the policy of content forbids."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE_MS)
    yield opened
    context.close()


QUIET = """
() => {
  const state = document.querySelector('[data-testid=stApp]')?.getAttribute('data-test-script-state');
  const stale = document.querySelector('[data-testid=stMain] [data-stale=true]');
  if (state !== 'notRunning' || stale) { window.quietSince = undefined; return false; }
  window.quietSince ??= performance.now();
  return performance.now() - window.quietSince > 500;
}
"""


def wait_until(page: Page, condition: str) -> None:
    """Wait until a JavaScript function of no argument gives true.

    Playwright's own `wait_for_function` has the page evaluate text, which the policy of content forbids.
    """
    page.evaluate(
        f"""patience => new Promise((done, fail) => {{
          const condition = {condition.strip()};
          const begun = performance.now();
          const look = () => {{
            if (condition()) done();
            else if (performance.now() - begun > patience) fail(new Error(`not in ${{patience}} ms: ${{condition}}`));
            else setTimeout(look, 50);
          }};
          look();
        }})""",
        PATIENCE_MS,
    )


def settled(page: Page) -> None:
    """Wait until no script has run behind the page, and nothing on it was out of date, for half a second."""
    page.locator("h1").first.wait_for()
    page.evaluate("window.quietSince = undefined")
    wait_until(page, QUIET)
