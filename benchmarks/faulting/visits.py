"""Opening a page as a browser does, by the server's websocket, and pressing a button of it."""

import contextlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from benchmarks.faulting.bench import Bench

PAGES = ("", "Records", "Class_balance", "Synthesis", "Classifier", "Autoencoder", "Review", "Runs")
READY_S, PAGE_S = 120.0, 120.0


@dataclass
class Server:
    """A running server of the copy."""

    port: int
    process: "subprocess.Popen[bytes]"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def open(self, page: str = "", query: str = "") -> "Visit":
        """Ask for a page. Raises OSError or WebSocketException if the server does not answer."""
        line = connect(
            f"ws://localhost:{self.port}/_stcore/stream",
            origin=Origin(f"http://localhost:{self.port}"),
            subprotocols=[Subprotocol("streamlit")],
            max_size=None,
            open_timeout=30,
            ping_interval=None,
        )
        visit = Visit(line, page, query)
        visit.ask()
        return visit


@dataclass
class Visit:
    """One session."""

    line: ClientConnection
    page: str
    query: str
    problems: list[str] = field(default_factory=list)
    """Texts of exception boxes."""
    errors: list[str] = field(default_factory=list)
    """Texts of red boxes."""
    texts: list[str] = field(default_factory=list)
    buttons: dict[str, str] = field(default_factory=dict)
    """Label -> id."""

    def ask(self, pressed: str = "") -> None:
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_name = self.query, self.page
        if pressed:
            widget = state.widget_states.widgets.add()
            widget.id, widget.trigger_value = self.buttons[pressed], True
        self.line.send(message.SerializeToString())

    def wait(self, patience_s: float = PAGE_S) -> bool:
        """Read until the page's script has ended; False if the server went away, or patience ended."""
        deadline = time.monotonic() + patience_s
        with contextlib.suppress(OSError, WebSocketException, TimeoutError):
            while (left := deadline - time.monotonic()) > 0:
                message = ForwardMsg()
                message.ParseFromString(self.line.recv(timeout=left))
                if message.WhichOneof("type") == "script_finished":
                    return True
                self._note(message)
        return False

    def close(self) -> None:
        with contextlib.suppress(OSError, WebSocketException):
            self.line.close()

    def _note(self, message: ForwardMsg) -> None:
        if message.WhichOneof("type") != "delta":
            return
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            self.problems.append(f"{element.exception.type}: {element.exception.message}"[:300])
        elif kind == "alert":
            self.texts.append(element.alert.body)
            if element.alert.format == element.alert.ERROR:
                self.errors.append(element.alert.body[:300])
        elif kind == "button":
            self.buttons[element.button.label] = element.button.id
        elif kind == "markdown":
            self.texts.append(element.markdown.body)


@contextmanager
def serving(bench: Bench, more: dict[str, str] | None = None) -> Iterator[Server]:
    """A server of the copy, as soon as it answers; killed in the end."""
    server = begun(bench, more)
    try:
        ready(server)
        yield server
    finally:
        server.kill()


def begun(bench: Bench, more: dict[str, str] | None = None) -> Server:
    """A server that has just been started."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["-m", "streamlit", "run", "app.py", "--server.port", str(port), "--server.headless", "true"]
    process = subprocess.Popen(
        [sys.executable, *words], cwd=bench.project, env=bench.environment(more), stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    return Server(port, process)


def ready(server: Server) -> None:
    """Wait until a server answers. Raises TimeoutError."""
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            urllib.request.urlopen(f"http://localhost:{server.port}/_stcore/health", timeout=2).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("no server that answers")


def looked_at(server: Server, page: str, query: str = "") -> Visit:
    """A page, opened and read to its end."""
    visit = server.open(page, query)
    visit.wait()
    visit.close()
    return visit
