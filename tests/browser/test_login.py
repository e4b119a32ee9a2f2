"""A sign-in by OpenID Connect, with a provider of this machine, in a real browser."""

import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from ecg_core.access import EDITORS
from ecg_core.data.corrections import log
from tests.browser.conftest import PATIENCE_MS, Server, settled
from tests.browser.test_serving import answer
from tests.runs.waiting import until

pytestmark = pytest.mark.browser
REASON = "needs a provider to sign in with: pip install -r requirements-login.txt oidc-provider-mock"
EDITOR, GUEST = "ann@example.org", "eve@example.org"


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The address of a provider that signs in whoever says a name."""
    pytest.importorskip("authlib", reason=REASON)
    mock = pytest.importorskip("oidc_provider_mock", reason=REASON)
    people = [mock.User(sub=name, claims={"email": name, "email_verified": True}) for name in (EDITOR, GUEST)]
    people.append(mock.User(sub="mallory", claims={"email": EDITOR, "email_verified": False}))
    with mock.run_server_in_thread(user_claims=people) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def server(
    provider: str, simulated: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Server]:
    """A server with a sign-in, on which one person may change things."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    secrets = tmp_path / "secrets.toml"
    secrets.write_text(
        f"""[auth]
redirect_uri = "http://127.0.0.1:{port}/oauth2callback"
cookie_secret = "0123456789abcdef0123456789abcdef"
client_id = "workbench"
client_secret = "secret"
server_metadata_url = "{provider}/.well-known/openid-configuration"
"""
    )
    monkeypatch.setenv("STREAMLIT_SECRETS_FILES", str(secrets))
    monkeypatch.setenv(EDITORS, EDITOR)
    one = Server(tmp_path / "home", simulated, port, cache)
    one.start()
    yield one
    one.kill()


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Callable[[], Page]]:
    """A fresh visitor each time."""
    contexts = []

    def come() -> Page:
        context = browser.new_context(viewport={"width": 1440, "height": 1000})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        return page

    yield come
    for context in contexts:
        context.close()


def sign_in(page: Page, name: str) -> None:
    page.get_by_role("button", name="Sign in").click()
    page.get_by_placeholder("sub").fill(name)
    page.get_by_role("button", name="Authorize").click()
    expect(page.get_by_role("link", name="Records").first).to_be_visible()
    settled(page)


def test_nothing_is_seen_before_a_sign_in_and_then_what_the_name_allows(
    server: Server, simulated: Path, visitor: Callable[[], Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECG_HOME", str(server.home))
    page = visitor()
    for address in ("", "Records?record=sim01", "Review", "Runs"):
        page.goto(f"{server.url}/{address}")
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()
        settled(page)
        assert "sim0" not in page.content()
        assert page.locator("[data-testid=stSidebar], canvas").count() == 0
    for path in ("/ecg/tiles/0/1/1", "/media/0.csv"):
        assert answer(server, path).status == 401
        assert answer(server, path, Cookie='_streamlit_user="eyJpc19sb2dnZWRfaW4iOnRydWV9.a.b"').status == 401

    # an editor: the name of the sign-in goes with what is decided
    sign_in(page, EDITOR)
    cookies = "; ".join(f"{one['name']}={one['value']}" for one in page.context.cookies())
    assert answer(server, "/ecg/tiles/0/1/1", Cookie=cookies).status == 404
    page.goto(server.url + "/Review?record=sim05&rule=flagged")
    box = page.locator(".ecg[data-item]")
    box.wait_for()
    settled(page)
    reviewer = page.get_by_role("textbox", name="Reviewer")
    expect(reviewer).to_be_disabled()
    expect(reviewer).to_have_value(EDITOR)
    page.locator("canvas.main").focus()
    page.keyboard.press("3")
    expect(box).to_have_attribute("data-unsaved", "0")
    until(lambda: (made := log.read(log.log_file(simulated, "sim05"))) and made.people == (EDITOR,), "a decision")

    # a guest: looks, and changes nothing
    guest = visitor()
    guest.goto(server.url + "/Autoencoder?tab=Train")
    sign_in(guest, GUEST)
    guest.goto(server.url + "/Autoencoder?tab=Train")
    expect(guest.get_by_text(f"{GUEST} can look at everything and change nothing here.").first).to_be_visible()
    expect(guest.get_by_role("button", name="Train", exact=True)).to_be_disabled()
    guest.goto(server.url + "/Review?record=sim05&rule=flagged")
    guest.locator(".ecg[data-item]").wait_for()
    settled(guest)
    guest.locator("canvas.main").focus()
    guest.keyboard.press("1")
    expect(guest.get_by_text(re.compile("change nothing here")).first).to_be_visible()
    guest.wait_for_timeout(1000)
    made = log.read(log.log_file(simulated, "sim05"))
    assert made is not None and made.people == (EDITOR,)

    # an address of mail that the provider has not verified is nobody's
    other = visitor()
    other.goto(server.url + "/Runs")
    sign_in(other, "mallory")
    expect(other.get_by_text("mallory can look at everything and change nothing here.").first).to_be_visible()

    # and out again
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="End session").click()  # the provider's
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
