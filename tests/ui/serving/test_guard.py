"""Who is let in, and what every answer says."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from streamlit import config

from ecg_core.ui.serving.guard import FOREIGN_HOST, FOREIGN_ORIGIN, POLICY_VIOLATION, Guard
from ecg_core.ui.serving.headers import content_policy
from tests.ui.serving.asking import Answer, ask

ALLOWED = ["localhost", "127.0.0.1", "::1", "ECG.example.org"]
HERE = "ecg.example.org"


async def reached(_: Request) -> Response:
    return PlainTextResponse("reached", headers={"X-Frame-Options": "ALLOWALL"})


async def taken(socket: WebSocket) -> None:
    await socket.accept()


async def broken(scope: Scope, receive: Receive, send: Send) -> None:
    raise RuntimeError("/a/path of this machine")


INNER = Starlette(
    routes=[
        WebSocketRoute("/_stcore/stream", taken),
        Route("/{path:path}", reached, methods=["GET", "PUT"]),
    ]
)
GUARDED = Guard(INNER)


@pytest.fixture(autouse=True, scope="module")
def hosts() -> object:
    before = {name: config.get_option(name) for name in ("server.allowedHosts", "server.corsAllowedOrigins")}
    config.set_option("server.allowedHosts", ALLOWED)
    config.set_option("server.corsAllowedOrigins", ["https://portal.example.org"])
    yield
    for name, value in before.items():
        config.set_option(name, value)


def socket(**headers: str) -> Answer:
    return ask(GUARDED, "/_stcore/stream", kind="websocket", scheme="ws", **headers)


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8501", "LOCALHOST", "localhost.", "127.0.0.1:8501", "[::1]", "[::1]:8501", HERE.upper()],
)
def test_a_host_that_is_allowed_is_let_in_with_any_port_and_case(host: str) -> None:
    assert ask(GUARDED, host=host).body == b"reached"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example.com", "localhost.evil.example.com", "xlocalhost", "evil@localhost", "localhost@evil.example.com",
        "localhost:port", "localhost:99999", "localhost/evil", "127.0.0.2", "[::2]", "", " ", "[::1", "\x00",
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/", "/_stcore/health", "/_stcore/host-config", "/ecg/tiles/a/1/1", "/media/a"])
def test_a_foreign_host_is_refused_on_every_address(host: str, path: str) -> None:
    answer = ask(GUARDED, path, host=host)
    assert (answer.status, answer.body.decode()) == (403, FOREIGN_HOST)


def test_a_request_without_a_host_is_refused() -> None:
    assert ask(GUARDED).status == 403
    assert socket().closed == POLICY_VIOLATION


def test_a_health_check_on_this_machine_is_answered_even_where_only_another_name_is_allowed() -> None:
    config.set_option("server.allowedHosts", [HERE])
    try:
        assert ask(GUARDED, "/_stcore/health", host="127.0.0.1:8501").status == 200
        assert ask(GUARDED, "/_stcore/health", host="evil.example.com").status == 403
        assert ask(GUARDED, "/", host="127.0.0.1:8501").status == 403
    finally:
        config.set_option("server.allowedHosts", ALLOWED)


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:8501", "http://localhost:8501"),
        (HERE, f"https://{HERE}"),
        (f"{HERE}:443", f"https://{HERE}"),
        (f"{HERE}:8443", f"https://{HERE.upper()}:8443"),
        ("[::1]:8501", "http://[::1]:8501"),
        (HERE, "https://portal.example.org"),
    ],
)
def test_a_websocket_of_the_pages_own_address_is_let_in(host: str, origin: str) -> None:
    assert socket(host=host, origin=origin).closed is None


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost:9999", "http://127.0.0.1:8501", "https://evil.example.com", "null", "", "http://localhost",
        "http://evil.example.com@localhost:8501", "http://localhost:8501/x", "file://", "http://portal.example.org",
        "https://portal.example.org:8443", "http://[", "localhost:8501",
    ],
)  # fmt: skip
def test_another_origin_is_refused_be_it_another_port_of_this_machine(origin: str) -> None:
    assert socket(host="localhost:8501", origin=origin).closed == POLICY_VIOLATION
    answer = ask(GUARDED, "/_stcore/upload_file/a/b", method="PUT", host="localhost:8501", origin=origin)
    assert (answer.status, answer.body.decode()) == (403, FOREIGN_ORIGIN)


def test_a_websocket_without_an_origin_is_refused() -> None:
    assert socket(host="localhost:8501").closed == POLICY_VIOLATION


@given(host=st.text(), origin=st.text())
def test_no_host_or_origin_raises(host: str, origin: str) -> None:
    sendable = {"host": host.encode("latin-1", "replace").decode("latin-1")}
    assert ask(GUARDED, **sendable).status in (200, 403)
    assert socket(host="localhost", origin=origin.encode("latin-1", "replace").decode("latin-1")).closed


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/agent/interact", "/_stcore/agent/openapi.json"])
def test_figures_of_the_server_and_its_other_interface_are_not_served(path: str) -> None:
    assert ask(GUARDED, path, host="localhost").status == 404
    config.set_option("server.baseUrlPath", "heart")
    try:
        assert ask(GUARDED, "/heart" + path, host="localhost").status == 404
    finally:
        config.set_option("server.baseUrlPath", "")


@pytest.mark.parametrize(("host", "path"), [("localhost", "/"), ("localhost", "/_stcore/metrics"), ("evil", "/")])
def test_every_answer_has_the_headers_and_refusals_too(host: str, path: str) -> None:
    headers = ask(GUARDED, path, host=host).headers
    assert headers["content-security-policy"] == content_policy()
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]


def test_an_answer_to_a_fault_has_the_headers_and_tells_nothing_of_it() -> None:
    told: list[Message] = []

    async def heard(scope: Scope, receive: Receive, _: Send) -> None:
        async def keep(message: Message) -> None:
            told.append(message)

        await Guard(broken)(scope, receive, keep)

    with pytest.raises(RuntimeError):
        ask(heard, host="localhost")
    begun, said = told
    assert begun["status"] == 500
    assert b"content-security-policy" in dict(begun["headers"])
    assert b"path" not in said["body"]


def test_an_opener_policy_is_said_where_browsers_keep_it() -> None:
    name = "cross-origin-opener-policy"
    assert name in ask(GUARDED, host="localhost").headers
    assert name in ask(GUARDED, host=HERE, scheme="https").headers
    assert name not in ask(GUARDED, host=HERE).headers


def test_the_policy_lets_nothing_be_fetched_from_elsewhere() -> None:
    rules = dict(rule.split(" ", 1) for rule in content_policy().split("; "))
    assert set(rules["img-src"].split()) == set(rules["connect-src"].split()) == {"'self'", "data:", "blob:"}
    assert rules["frame-ancestors"] == rules["object-src"] == "'none'"
    assert not re.search(r"https?:|\*|'unsafe-eval'", content_policy())
    assert "'unsafe-inline'" not in rules["script-src"]
    assert rules["script-src"].count("'sha256-") >= 1
