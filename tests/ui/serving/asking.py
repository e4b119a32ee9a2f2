"""Asking an ASGI application as a server would, without one."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Scope


@dataclass
class Answer:
    """What came back: a status, or for a websocket the code it was closed with (None: it was let in)."""

    status: int | None = None
    closed: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def ask(
    app: ASGIApp, path: str = "/", *, kind: str = "http", method: str = "GET", scheme: str = "http", **headers: str
) -> Answer:
    """Send one request; a header is left out where it is not named. What the application raises is raised."""
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope: Scope = {
        "type": kind, "method": method, "scheme": scheme, "path": path, "raw_path": path.encode(), "headers": raw,
        "query_string": b"", "root_path": "", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8501),
        "http_version": "1.1", "asgi": {"version": "3.0"}, "subprotocols": [],
    }  # fmt: skip
    answer = Answer()

    async def receive() -> Message:
        return {"type": f"{kind}.{'request' if kind == 'http' else 'connect'}", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            names = [name.decode() for name, _ in message["headers"]]
            assert len(names) == len(set(names)), f"a header twice: {names}"
            answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        elif message["type"] == "http.response.body":
            answer.body += message.get("body", b"")
        elif message["type"] == "websocket.close":
            answer.closed = message["code"]

    # in a thread of its own: in this one a browser's loop may be running
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(app(scope, receive, send))).result()
    return answer
