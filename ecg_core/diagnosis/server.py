"""Whether a server of the workbench answers where it is configured to, over HTTP and over a websocket."""

import base64
import http.client
import os
import secrets
import socket
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from ecg_core.diagnosis.check import Check
from ecg_core.diagnosis.installation import PROJECT

PORT = 8501  # Streamlit's own
TIMEOUT_S = 0.7
HEALTH, STREAM = "/_stcore/health", "/_stcore/stream"
START = "`streamlit run app.py` starts one."


def browser(environment: Mapping[str, str] = os.environ, config: Path | None = None) -> Iterator[Check]:
    """Health over HTTP, then a websocket handshake as a browser makes it. No server is no problem."""
    host, port = address(environment, config or PROJECT / ".streamlit" / "config.toml")
    place = f"{host}:{port}"
    try:
        status = _health(host, port)
    except ConnectionRefusedError:
        yield Check("server", "ok", f"none runs on {place}. {START}")
        return
    except (OSError, http.client.HTTPException) as error:
        yield Check("server", "problem", f"{place} does not answer ({error}).", "Restart it, or free the port.")
        return
    if status != 200:
        yield Check("server", "problem", f"{place} answers {status}.", "Another program may have the port.")
        return
    yield Check("server", "ok", f"answers on {place}")
    try:
        line = _handshake(host, port)
    except OSError as error:
        line = str(error)
    if " 101 " in f"{line} ":
        yield Check("websocket", "ok", "is taken up, as browsers need it")
    else:
        do = "Look at allowedHosts in .streamlit/config.toml, and whether a proxy passes websockets on."
        yield Check("websocket", "problem", f"is refused ({line[:80] or 'no answer'}).", do)


def address(environment: Mapping[str, str], config: Path) -> tuple[str, int]:
    """Host and port the server is to listen on: of the environment, else of the configuration."""
    try:
        server = tomllib.loads(config.read_text(encoding="utf-8")).get("server", {})
    except (OSError, ValueError):
        server = {}
    host = environment.get("STREAMLIT_SERVER_ADDRESS") or str(server.get("address", "localhost"))
    port = environment.get("STREAMLIT_SERVER_PORT") or str(server.get("port", PORT))
    usable = port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536
    return "127.0.0.1" if host in ("", "0.0.0.0", "::") else host, int(port) if usable else PORT


def _health(host: str, port: int) -> int:
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", HEALTH)
        return connection.getresponse().status
    finally:
        connection.close()


def _handshake(host: str, port: int) -> str:
    """The first line of the answer to a request for a websocket."""
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    lines = (
        f"GET {STREAM} HTTP/1.1", f"Host: {host}:{port}", "Upgrade: websocket", "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", f"Origin: http://{host}:{port}", "", "",
    )  # fmt: skip
    with socket.create_connection((host, port), timeout=TIMEOUT_S) as connection:
        connection.sendall("\r\n".join(lines).encode())
        return connection.recv(200).split(b"\r\n")[0].decode("latin-1")
