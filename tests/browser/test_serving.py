"""The server as the outside sees it, and what its pages may do in a real browser."""

import base64
import http.client
import os
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ecg_core.ui.page import PAGES
from tests.browser.conftest import POLICY, Server, settled

ADDRESSES = [Path(script).stem.split("_", 1)[-1].replace("app", "") for script, _, _ in PAGES]


@pytest.fixture(scope="module")
def server(serve_all: Callable[..., Server]) -> Server:
    """A server on simulated recordings."""
    return serve_all(None)


class Elsewhere(ThreadingHTTPServer):
    """Another site, which keeps what it was asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Asked)
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Asked(BaseHTTPRequestHandler):
    server: Elsewhere

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    with Elsewhere() as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        yield site
        site.shutdown()


def answer(server: Server, path: str, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=240)
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


def handshake(server: Server, **headers: str) -> int:
    """The status that a websocket is answered with: 101 where it is let in."""
    key = base64.b64encode(os.urandom(16)).decode()
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec_WebSocket_Version": "13", "Sec_WebSocket_Key": key}
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=240)
    both = {**upgrade, **headers}
    connection.request(
        "GET", "/_stcore/stream", headers={name.replace("_", "-"): value for name, value in both.items()}
    )
    with connection.getresponse() as response:
        return response.status


def test_the_running_server_refuses_foreign_names_and_says_nothing_of_itself(server: Server) -> None:
    own = f"http://127.0.0.1:{server.port}"
    assert [answer(server, path, Host="evil.example.com").status for path in ("/", "/_stcore/health")] == [403, 403]
    assert answer(server, "/_stcore/health").status == 200
    assert answer(server, "/_stcore/metrics").status == 404
    assert handshake(server, Origin=own) == 101
    foreign = ("http://localhost:9999", "http://127.0.0.1", "https://evil.example.com", "null")
    assert [handshake(server, Origin=one) for one in foreign] == [403] * len(foreign)
    assert handshake(server) == 403
    for path in ("/", "/Records", "/static/none.js", "/ecg/tiles/0/1/1"):
        headers = answer(server, path).headers
        assert headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Server"] is None


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="needs /proc: asks the kernel who listens")
def test_the_server_listens_on_this_machines_own_address_alone(server: Server) -> None:
    tables = [Path("/proc/net/tcp"), Path("/proc/net/tcp6")]
    lines = [line.split() for table in tables if table.exists() for line in table.read_text().splitlines()[1:]]
    listening = [fields[1] for fields in lines if fields[3] == "0A" and fields[1].endswith(f":{server.port:04X}")]
    assert [one.split(":")[0] for one in listening] == [
        f"{int.from_bytes(socket.inet_aton('127.0.0.1'), 'little'):08X}"
    ]


def test_no_page_asks_anybody_else_for_anything(server: Server, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for address in ADDRESSES:
        page.goto(f"{server.url}/{address}")
        settled(page)
        expect(page.locator("[data-testid=stException]")).to_have_count(0)
    own = (server.url, server.url.replace("http", "ws"), "data:", "blob:")
    assert len(asked) > len(ADDRESSES)
    assert [url for url in asked if not url.startswith(own)] == []


def test_a_picture_of_elsewhere_is_not_fetched_however_it_came_into_a_page(
    server: Server, elsewhere: Elsewhere, browser_page: Page
) -> None:
    page, said = browser_page, []
    page.on("console", lambda one: said.append(one.text))
    page.goto(server.url + "/Runs")
    settled(page)
    page.evaluate(
        """async url => {
          const main = document.querySelector('[data-testid=stMain]');
          const [image, frame, script] = ['img', 'iframe', 'script'].map(tag => document.createElement(tag));
          for (const one of [image, frame, script]) { one.src = url + '/' + one.tagName; main.append(one); }
          await fetch(url + '/fetch', { mode: 'no-cors' }).catch(() => {});
          new WebSocket(url.replace('http', 'ws')).onerror = () => {};
          await new Promise(done => setTimeout(done, 1000));
        }""",
        elsewhere.url,
    )
    assert elsewhere.asked == []
    assert sum(POLICY in text for text in said) >= 5


def test_no_other_site_can_put_a_page_into_a_frame(server: Server, elsewhere: Elsewhere, browser_page: Page) -> None:
    page = browser_page
    page.goto(elsewhere.url)
    page.set_content(f"<iframe src='{server.url}/Runs'></iframe>")
    page.wait_for_timeout(3000)
    assert page.frames[1].url.startswith("chrome-error:") or page.frames[1].locator("h1").count() == 0


@pytest.mark.parametrize(
    ("address", "name"),
    [("Runs", "run"), ("Class_balance", "sort"), ("Synthesis", "class"), ("Autoencoder", "threshold")],
)
def test_an_address_plants_neither_picture_nor_link(
    address: str, name: str, server: Server, elsewhere: Elsewhere, page: Page
) -> None:
    planted = f"{elsewhere.url}/bare ![p]({elsewhere.url}/z) \\[x]({elsewhere.url}/y) www.x.org"
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{server.url}/{address}")
    page.evaluate("""([name, text]) => { location.search = new URLSearchParams({ [name]: text }); }""", [name, planted])
    page.wait_for_load_state()
    settled(page)
    expect(page.get_by_text("/bare").first).to_be_visible()
    links = page.locator("[data-testid=stMain] a").evaluate_all("all => all.map(one => one.href)")
    assert [link for link in links if link.startswith(elsewhere.url) or "www" in link] == []
    assert page.locator("[data-testid=stMain] img").count() == 0
    assert [url for url in asked if url.startswith(elsewhere.url)] == []
