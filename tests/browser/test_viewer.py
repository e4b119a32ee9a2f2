"""The viewer in a browser: every key, calipers against known intervals, the log of edits, and what may go wrong."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import wfdb
from playwright.sync_api import Locator, Page, expect

from ecg_core import workspace
from tests.browser.conftest import PATIENCE_MS, QUIET, Server, settled, wait_until

pytestmark = pytest.mark.browser
FS, SECONDS = 500, 300
RR_S = 0.8
DRAWN_AND_ASKED = """() => {
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (...sent) {
    window.askedAt ??= performance.now();
    return send.apply(this, sent);
  };
  const box = [...document.querySelectorAll('*')].map(one => one.shadowRoot?.querySelector('.ecg')).find(Boolean);
  new MutationObserver(() => { window.drawnAt ??= performance.now(); }).observe(box, {attributeFilter: ['data-range']});
}"""
AXE = workspace.PROJECT / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One record of known intervals and heights: a peak of 1.00 mV every 800 ms, every tenth beat V."""
    folder = tmp_path_factory.mktemp("made")
    n = SECONDS * FS
    peaks = np.arange(FS, n - FS, round(RR_S * FS))
    signal = np.zeros(n)
    for k in range(-10, 11):
        signal[peaks + k] = 1 - abs(k) / 10
    symbols = ["V" if i % 10 == 9 else "N" for i in range(len(peaks))]
    wfdb.wrsamp("known", FS, ["mV", "mV"], ["II", "V1"], d_signal=np.rint(signal[:, None] * [1000, 500]).astype(int),
                fmt=["16", "16"], adc_gain=[1000, 1000], baseline=[0, 0], write_dir=str(folder))  # fmt: skip
    wfdb.wrann("known", "atr", peaks, symbols, write_dir=str(folder))
    return folder


@pytest.fixture(scope="module")
def server(made: Path, serve_all: Callable[..., Server]) -> Server:
    return serve_all(made)


def opened(page: Page, address: str) -> Locator:
    """The viewer of a page, drawn and with the keys."""
    page.goto(address)
    viewer = page.locator(".ecg[data-range]")
    viewer.wait_for()
    settled(page)
    page.locator("canvas.main").focus()
    return viewer


def place(viewer: Locator) -> tuple[float, float]:
    start, length = (viewer.get_attribute("data-range") or "").split(",")
    return float(start), float(length)


def press(page: Page, viewer: Locator, key: str) -> tuple[float, float]:
    """Where the viewer is after a key, once it has drawn."""
    page.locator("canvas.main").press(key)
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return place(viewer)


def words(page: Page) -> str:
    return page.locator(".ecg .where").inner_text()


def test_every_key_of_the_list_does_what_it_says(server: Server, page: Page) -> None:
    viewer = opened(page, server.url + "/Records?record=known&start=100&window=10")
    assert press(page, viewer, "ArrowRight") == (109, 10)
    assert press(page, viewer, "ArrowLeft") == (100, 10)
    assert press(page, viewer, "Shift+ArrowRight") == (101, 10)
    assert press(page, viewer, "PageDown") == (161, 10)
    assert press(page, viewer, "PageUp") == (101, 10)
    assert press(page, viewer, "ArrowUp") == (103.5, 5)
    assert press(page, viewer, "-") == (101, 10)
    assert press(page, viewer, "End") == (SECONDS - 10, 10)
    assert press(page, viewer, "Home") == (0, 10)
    press(page, viewer, "n")
    first = int(viewer.get_attribute("data-beat") or 0)
    assert first == FS + 9 * 400, "the first V beat"
    assert "V 1 of" in words(page)
    press(page, viewer, "n")
    assert int(viewer.get_attribute("data-beat") or 0) == FS + 19 * 400
    press(page, viewer, "p")
    assert int(viewer.get_attribute("data-beat") or 0) == first
    press(page, viewer, "f")
    facts = page.locator(".ecg .facts")
    expect(facts).to_contain_text("V, class V")
    expect(facts).to_contain_text("800 ms")
    press(page, viewer, "Escape")
    expect(facts).to_be_hidden()
    for key, button in (("d", "Minutes"), ("t", "RR plots"), ("c", "Calipers")):
        pressed = page.get_by_role("button", name=button)
        press(page, viewer, key)
        expect(pressed).to_have_attribute("aria-pressed", "true")
        press(page, viewer, key)
        expect(pressed).to_have_attribute("aria-pressed", "false")
    press(page, viewer, "?")
    expect(page.locator("dialog.keys")).to_be_visible()
    page.keyboard.press("Escape")
    with page.expect_download() as saved:
        page.locator("canvas.main").press("s")
    assert saved.value.suggested_filename.endswith(".png")
    assert page.get_by_test_id("stException").count() == 0


def test_a_key_is_drawn_before_anything_is_asked_of_the_server(server: Server, page: Page) -> None:
    viewer = opened(page, server.url + "/Records?record=known&start=100&window=10")
    page.evaluate(DRAWN_AND_ASKED)
    assert press(page, viewer, "ArrowRight") == (109, 10)
    expect(page).to_have_url(re.compile("start=109"))
    drawn, asked = page.evaluate("[window.drawnAt, window.askedAt]")
    assert drawn < asked


def test_the_address_is_the_view_and_back_works(server: Server, page: Page) -> None:
    viewer = opened(page, server.url + "/Records?record=known&start=100&window=10")
    press(page, viewer, "ArrowRight")
    expect(page).to_have_url(re.compile("start=109"))
    settled(page)
    page.go_back()
    expect(viewer).to_have_attribute("data-range", "100,10")
    again = page.context.new_page()
    other = opened(again, server.url + "/Records?record=known&start=42&window=5")
    assert place(other) == (42, 5)
    again.close()


def test_calipers_measure_800_ms_and_1_mv(server: Server, page: Page) -> None:
    viewer = opened(page, server.url + "/Records?record=known&start=99&window=2&gain=10")
    canvas = page.locator("canvas.main")
    box = canvas.bounding_box()
    assert box is not None
    px_per_s = (box["width"] - 50) / 2
    left = box["x"] + 50 + (100.2 - 99) * px_per_s  # a peak stands at 1 + k * 0.8 s
    height = 0.4 * px_per_s  # 1 mV is as high as 0.4 s is wide
    page.keyboard.down("Shift")
    page.mouse.move(left, box["y"] + 80)
    page.mouse.down()
    page.mouse.move(left + RR_S * px_per_s, box["y"] + 80 + height, steps=4)
    page.mouse.up()
    page.keyboard.up("Shift")
    found = re.search(r"calipers (\d+) ms, (\d+) / min, ([\d.]+) mV", words(page))
    assert found, words(page)
    assert int(found[1]) == pytest.approx(800, abs=3)
    assert int(found[2]) == 75
    assert float(found[3]) == pytest.approx(1.00, abs=0.01)
    press(page, viewer, "Escape")
    press(page, viewer, "r")  # snap to R peaks, and measure by keys alone
    press(page, viewer, "c")
    press(page, viewer, "x")
    press(page, viewer, "ArrowLeft")
    press(page, viewer, "x")
    press(page, viewer, "ArrowLeft")
    press(page, viewer, "ArrowRight")
    found = re.search(r"calipers (\d+) ms", words(page))
    assert found and int(found[1]) % 800 == 0, words(page)
    press(page, viewer, "m")


def test_a_right_click_gives_the_facts_of_a_beat_and_a_click_marks_it(server: Server, page: Page) -> None:
    viewer = opened(page, server.url + "/Records?record=known&start=99&window=10")
    box = page.locator("canvas.main").bounding_box()
    assert box is not None
    x = 50 + (100.2 - 99) * (box["width"] - 50) / 10
    page.locator("canvas.main").click(position={"x": x, "y": 120})
    expect(viewer).to_have_attribute("data-beat", str(round(100.2 * FS)))
    expect(page).to_have_url(re.compile(f"beat={round(100.2 * FS)}"))
    page.locator("canvas.main").click(position={"x": x + 0.8 * (box["width"] - 50) / 10, "y": 120}, button="right")
    expect(page.locator(".ecg .facts")).to_contain_text("01:41.00")


def test_the_overview_and_the_tables_move_the_strip(server: Server, page: Page) -> None:
    viewer = opened(page, server.url + "/Records?record=known&start=0&window=10")
    box = page.locator("canvas.over").bounding_box()
    assert box is not None
    page.locator("canvas.over").click(position={"x": 50 + (box["width"] - 50) / 2, "y": 20})
    expect(viewer).to_have_attribute("data-range", re.compile(r"^14[4-6]"))  # half of the recording, less half a window
    expect(page).to_have_url(re.compile(r"start=14\d"))
    page.get_by_role("textbox", name="Go to").fill("0:30")
    page.get_by_role("textbox", name="Go to").press("Enter")
    expect(viewer).to_have_attribute("data-range", "30,10")


def test_a_dark_theme_is_drawn_dark(server: Server, page: Page) -> None:
    opened(page, server.url + "/Records?record=known")
    corner = """() => {
        const canvas = document.querySelector('[data-testid=stMain]').querySelectorAll('*');
        for (const one of canvas) {
            const main = one.shadowRoot?.querySelector('canvas.main');
            if (main) return main.getContext('2d').getImageData(3, 3, 1, 1).data[0];
        }
    }"""
    assert page.evaluate(corner) > 200
    page.emulate_media(color_scheme="dark")
    wait_until(page, f"() => ({corner})() < 60")


def test_what_is_loaded_goes_on_without_the_server_and_a_quiet_line_says_so(
    made: Path, serve: Callable[..., Server], page: Page
) -> None:
    server = serve(made)
    viewer = opened(page, server.url + "/Records?record=known&start=100&window=10")
    server.kill()
    assert press(page, viewer, "ArrowRight") == (109, 10)
    expect(page.get_by_text("The server does not answer. What is loaded can still be read.")).to_be_visible()
    assert press(page, viewer, "ArrowRight") == (118, 10)
    server.start()
    expect(page.locator(".ecg .gone")).to_be_hidden()


def test_a_record_that_cannot_be_read_leaves_no_trace_of_the_one_before(
    made: Path, serve: Callable[..., Server], page: Page, tmp_path: Path
) -> None:
    folder = tmp_path / "two"
    folder.mkdir()
    for path in made.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
        (folder / path.name.replace("known", "cut")).write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    (folder / "cut.hea").write_text((made / "known.hea").read_text().replace("known", "cut"))
    server = serve(folder)
    opened(page, server.url + "/Records?record=known")
    page.get_by_role("combobox", name="Record").click()
    page.get_by_role("option", name=re.compile("^cut")).click()
    expect(page.get_by_test_id("stAlert")).to_contain_text("cut")
    expect(page.locator("canvas.main")).to_have_count(0)


def test_a_recording_of_seven_hours_opens_pages_and_zooms_like_a_short_one(
    serve: Callable[..., Server], page: Page, tmp_path: Path
) -> None:
    folder = tmp_path / "long"
    folder.mkdir()
    n = 7 * 3600 * FS
    beat = np.zeros(round(RR_S * FS), "<i2")
    beat[100:110] = 1_000
    np.tile(np.repeat(beat, 2), n // len(beat)).tofile(folder / "long.dat")
    lines = ["long 2 500 12600000", *("long.dat 16 1000(0)/mV 16 0 0 0 0 " + lead for lead in ("II", "V1"))]
    (folder / "long.hea").write_text("\n".join(lines) + "\n")
    viewer = opened(page, serve(folder).url + "/Records?record=long&start=20000&window=10")
    tiles: list[int] = []
    page.on("response", lambda answer: tiles.append(answer.status) if "/ecg/tiles/" in answer.url else None)
    assert press(page, viewer, "PageDown") == (20060, 10)
    for _ in range(6):
        press(page, viewer, "ArrowDown")
    assert place(viewer)[1] == 640
    assert press(page, viewer, "Home") == (0, 640)
    assert press(page, viewer, "End") == (25200 - 640, 640)
    settled(page)
    assert tiles and set(tiles) == {200}
    expect(page.locator(".ecg .where")).to_contain_text("7:00:00")


@pytest.fixture(scope="module")
def script(serve_all: Callable[..., Server]) -> str:
    """Address of a page of the tests' own: a viewer that edits, in a tab that is hidden at first."""
    return serve_all(None, "tests/browser/scripts/editing.py").url


class TestEditing:
    """What keys do to labels, on `scripts/editing.py`."""

    def test_a_key_of_the_viewer_does_not_press_a_button_of_the_page(self, script: str, page: Page) -> None:
        page.goto(script)
        page.get_by_role("tab", name="Editing").click()
        viewer = page.locator(".ecg[data-range]")
        viewer.wait_for()
        assert press(page, viewer, "ArrowRight") == (9, 10)
        wait_until(page, QUIET)  # it has told where it is
        before = page.get_by_text(re.compile(r"^run \d+")).inner_text()
        page.get_by_role("button", name="Run again").click()
        expect(page.get_by_text(re.compile(r"^run \d+, 0 keys leaked"))).not_to_have_text(before)
        wait_until(page, QUIET)
        page.get_by_text("Something else").wait_for(state="attached")
        page.locator("body").press("ArrowRight")
        expect(page.get_by_text(re.compile(", 1 keys leaked"))).to_be_visible()

    def test_bytes_of_another_version_are_said_and_nothing_is_drawn(self, script: str, page: Page) -> None:
        page.goto(script + "/?other=1")
        page.get_by_role("tab", name="Editing").click()
        expect(page.get_by_role("alert").filter(has_text="format 9, this page reads format 1")).to_be_visible()
        expect(page.locator("canvas.main")).to_be_hidden()

    def test_a_lead_named_with_markup_stays_text(self, script: str, page: Page) -> None:
        page.goto(script)  # its lead is called <img src=x onerror=alert(1)>; a dialog fails the test
        page.get_by_role("tab", name="Editing").click()
        page.locator(".ecg[data-range]").wait_for()
        assert page.locator("img[src=x]").count() == 0

    def test_fifty_quick_edits_across_reruns_and_hidden_tabs_are_all_applied_once_and_in_order(
        self, script: str, page: Page
    ) -> None:
        page.goto(script)
        page.get_by_role("tab", name="Editing").click()
        canvas = page.locator("canvas.main")
        canvas.wait_for()
        canvas.focus()
        keys = "".join("12345"[k % 5] for k in range(50))
        for k, key in enumerate(keys):
            page.keyboard.press(key)
            if k == 20:
                page.get_by_role("button", name="Run again").click()
                canvas.focus()
            if k == 35:
                page.get_by_role("tab", name="Other").click()
                page.get_by_role("tab", name="Editing").click()
                canvas.focus()
        expected = "".join("NSVFQ"[int(key) - 1] for key in keys)
        expect(page.get_by_text(re.compile("^50 edits"))).to_have_text(f"50 edits: {expected}", timeout=PATIENCE_MS)
        expect(page.get_by_text(re.compile("in order True"))).to_be_visible()


@pytest.mark.skipif(not AXE.exists() and not os.environ.get("CI"), reason="needs axe-core: npm ci")
@pytest.mark.parametrize(
    "address", ["", "Records", "Class_balance", "Synthesis", "Classifier", "Autoencoder", "Review", "Runs"]
)
def test_axe_finds_nothing_serious_in_either_theme(server: Server, page: Page, address: str) -> None:
    page.goto(f"{server.url}/{address}")
    serious = []
    for theme, ground in (("light", "rgb(255, 255, 255)"), ("dark", "rgb(18, 18, 18)")):
        page.emulate_media(color_scheme=theme)
        expect(page.get_by_test_id("stApp")).to_have_css("background-color", ground)
        settled(page)
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        serious += [
            (theme, one["id"], [node["target"] for node in one["nodes"]][:5])
            for one in found["violations"]
            if one["impact"] in ("serious", "critical")
        ]
    assert serious == []


def test_a_page_opened_while_another_one_loads_shows_what_it_draws(server: Server, page: Page) -> None:
    for _ in range(2):
        page.goto(server.url)
        page.locator("h1").wait_for()
        page.get_by_test_id("stSidebar").get_by_role("link", name="Records", exact=True).click()
        expect(page.locator("h1").first).to_have_text("Records")
        page.locator(".ecg[data-range]").wait_for()
        settled(page)
        expect(page.get_by_role("group", name="Selected values").locator("[data-tag]")).to_have_count(2)
