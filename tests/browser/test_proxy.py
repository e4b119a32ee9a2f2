"""The shipped configuration of nginx, with TLS, before a running server, in a real browser."""

import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect

from ecg_core.workspace import PROJECT
from tests.browser.conftest import CHROMIUM, FLAGS, PATIENCE_MS, POLICY, Server, settled

pytestmark = pytest.mark.browser
SHIPPED = PROJECT / "docs" / "serving" / "nginx.conf"
NAME = "ecg.example.org"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@dataclass
class Proxy:
    """nginx before a server."""

    port: int
    plain_port: int

    def ask(self, host: str, port: int | None = None, *, tls: bool = True, sni: str = NAME) -> str:
        """The first line and the headers of what comes back; empty where nothing does."""
        with socket.create_connection(("127.0.0.1", port or self.port), timeout=240) as plain:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            stream = context.wrap_socket(plain, server_hostname=sni) if tls else plain
            stream.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            answer = b""
            while piece := stream.recv(65536):
                answer += piece
            return answer.partition(b"\r\n\r\n")[0].decode()


@pytest.fixture(scope="module")
def proxy(simulated: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    if NGINX is None:
        pytest.skip("needs nginx: install Debian's package nginx")
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl, for a certificate: install Debian's package openssl")
    folder = tmp_path_factory.mktemp("nginx")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={NAME}",
         "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")], check=True, capture_output=True,
    )  # fmt: skip
    made = Proxy(free_port(), free_port())
    server = Server(folder / "home", simulated, free_port(), cache)
    text = SHIPPED.read_text(encoding="utf-8")
    for shipped, here, times in (
        (r"listen 443 ssl", f"listen 127.0.0.1:{made.port} ssl", 2),
        (r"listen 80\b", f"listen 127.0.0.1:{made.plain_port}", 2),
        (r"127\.0\.0\.1:8501;", f"127.0.0.1:{server.port};", 1),
        (r"/etc/ssl/ecg/fullchain\.pem", str(folder / "cert.pem"), 1),
        (r"/etc/ssl/ecg/privkey\.pem", str(folder / "key.pem"), 1),
    ):
        text, n = re.subn(shipped, here, text)
        assert n == times, f"{shipped}: the documentation says that this is to be changed"
    (folder / "site.conf").write_text(text)
    temporary = "".join(
        f"{one}_temp_path {folder}/{one};" for one in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ access_log off; {temporary} include {folder}/site.conf; }}\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STREAMLIT_SERVER_ALLOWED_HOSTS", f"localhost 127.0.0.1 {NAME}")
        server.start()
    process = subprocess.Popen([NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf")], stderr=subprocess.PIPE)
    try:
        for _ in range(200):
            assert process.poll() is None, process.stderr and process.stderr.read()
            with socket.socket() as tried:
                if not tried.connect_ex(("127.0.0.1", made.port)):
                    break
            time.sleep(0.05)
        yield made
    finally:
        process.terminate()
        process.wait()
        server.kill()


def test_a_page_opens_over_tls_and_pages_a_record(proxy: Proxy, playwright: Playwright) -> None:
    said: list[str] = []
    browser = playwright.chromium.launch(
        executable_path=CHROMIUM, args=[*FLAGS, f"--host-resolver-rules=MAP {NAME} 127.0.0.1"]
    )
    page: Page = browser.new_context(ignore_https_errors=True, viewport={"width": 1440, "height": 1000}).new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.on("console", lambda one: said.append(one.text))
    page.goto(f"https://{NAME}:{proxy.port}/Records?record=sim01")
    viewer = page.locator(".ecg[data-range]")
    viewer.wait_for()
    settled(page)
    before = viewer.get_attribute("data-range") or ""
    page.locator("canvas.main").focus()
    page.keyboard.press("PageDown")
    expect(viewer).not_to_have_attribute("data-range", before)
    settled(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Strip as PDF").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")
    browser.close()
    assert [text for text in said if POLICY in text or "WebSocket" in text] == []


def test_it_speaks_tls_under_its_own_name_alone(proxy: Proxy) -> None:
    own = f"{NAME}:{proxy.port}"
    answer = proxy.ask(own)
    assert answer.startswith("HTTP/1.1 200")
    assert "strict-transport-security: max-age" in answer.lower()
    assert "content-security-policy: default-src 'self'" in answer.lower()
    assert "server: nginx\r\n" in answer.lower() + "\r\n"  # without a version
    moved = proxy.ask(NAME, proxy.plain_port, tls=False)
    assert moved.startswith("HTTP/1.1 301") and f"Location: https://{NAME}/" in moved
    assert proxy.ask("evil.example.com", proxy.plain_port, tls=False) == ""
    assert "200" not in proxy.ask("evil.example.com").partition("\r\n")[0]
    with pytest.raises(ssl.SSLError):
        proxy.ask(own, sni="evil.example.com")
    with pytest.raises((ssl.SSLError, OSError)):
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode, old.maximum_version = False, ssl.CERT_NONE, ssl.TLSVersion.TLSv1_1
        with socket.create_connection(("127.0.0.1", proxy.port), timeout=240) as plain:
            old.wrap_socket(plain, server_hostname=NAME)
