"""The whole way through the app, in a browser, on the real database."""

import os
import re
import signal
import threading
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from ecg_core.data.reader import read_record
from ecg_core.runs.folder import ALIVE, list_runs
from tests.browser.conftest import Server, settled
from tests.runs.waiting import until, until_ended, until_epoch

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("ECG_SCREENSHOTS")


def shot(page: Page, name: str) -> None:
    """Keep a picture if `ECG_SCREENSHOTS` names a folder for them."""
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(SHOTS) / f"{name}.png")


def figures(page: Page) -> dict[str, str]:
    """Name and value of the six figures over the histogram, once they are there."""
    found = page.locator(".threshold [data-figure]")
    expect(found).to_have_count(6)
    return {one.get_attribute("data-figure") or "": one.inner_text() for one in found.all()}


def viewer(page: Page) -> Locator:
    """The viewer of the page, once it has drawn."""
    drawn = page.locator(".ecg[data-range]")
    drawn.wait_for()
    return drawn


def go(page: Page, name: str) -> None:
    page.get_by_test_id("stSidebar").get_by_role("link", name=name, exact=True).click()
    expect(page.locator("h1").first).to_have_text(name)
    settled(page)


def test_from_home_to_a_moved_threshold(
    mitdb: Path, serve: Callable[..., Server], page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(mitdb)
    monkeypatch.setenv("ECG_HOME", str(server.home))
    page.goto(server.url)
    settled(page)
    expect(page.get_by_text("109,494 annotated beats")).to_be_visible()
    expect(page.get_by_text("A flagged beat")).to_be_visible()
    shot(page, "1-home")

    go(page, "Records")
    page.get_by_role("combobox", name="Record").click()
    page.get_by_role("combobox", name="Record").fill("208")
    page.get_by_role("option", name=re.compile("^208 · 2,955 beats")).click()
    expect(page).to_have_url(re.compile("record=208"))
    settled(page)
    before = page.url
    place = page.locator(".ecg .where")
    expect(place).to_contain_text(re.compile(r"V [\d,]+ of 992"))
    first = viewer(page).get_attribute("data-beat") or ""
    page.get_by_role("button", name="Next beat").click()
    expect(page).not_to_have_url(before)
    expect(viewer(page)).not_to_have_attribute("data-beat", first)
    page.locator("canvas.main").press("n")
    page.locator("canvas.main").press("ArrowRight")
    settled(page)
    shot(page, "2-records")

    go(page, "Class balance")
    expect(page.get_by_text(re.compile("75 % of the S beats in DS2 are in record 232")).first).to_be_visible()
    shot(page, "3-class-balance")

    go(page, "Autoencoder")
    expect(page.get_by_text("Sensitivity", exact=True)).to_be_visible()
    page.get_by_role("tab", name="Train").click()
    page.get_by_text("Chosen records").click()
    settled(page)
    page.get_by_text("Options", exact=True).click()
    epochs = page.get_by_role("spinbutton", name="Epochs")
    epochs.fill("8")
    epochs.press("Enter")
    settled(page)
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page).to_have_url(re.compile("run=2"))
    until(lambda: bool(list_runs()), "the run")
    run = list_runs()[0]
    until_epoch(run, 3)
    page.reload()
    settled(page)
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    expect(page.get_by_text(re.compile(r"network \d of 6, epoch \d+ of 8")).first).to_be_visible()
    assert run.state == "running"
    shot(page, "4-training")

    until_ended(run)
    expect(page.get_by_text("Sensitivity", exact=True)).to_be_visible()  # the page went on by itself to the histogram
    settled(page)
    assert run.state == "finished"
    expect(page).to_have_url(re.compile("part=validation"))
    page.get_by_text(re.compile("^Test records")).click()
    expect(page).to_have_url(re.compile("part=test"))
    settled(page)
    before_move = figures(page)
    assert set(before_move) == {"Sensitivity", "Specificity", "Positive predictivity", "F1", "False alarms per hour",
                                "Flagged"}  # fmt: skip
    picture = page.locator("svg.histogram")
    box = picture.bounding_box()
    assert box
    assert box["y"] + box["height"] < 900, "in the first screen"
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 3, box["y"] + 100, steps=4)
    while_dragged = figures(page)
    assert while_dragged["Sensitivity"] != before_move["Sensitivity"], "the numbers follow before it is let go"
    assert "threshold=" not in page.url
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"threshold=\d+\.\d\d"))
    assert figures(page) == while_dragged
    slider = page.get_by_role("slider", name="Threshold")
    slider.focus()
    for _ in range(12):
        slider.press("ArrowRight")
    shown = page.locator(".threshold").get_attribute("data-threshold")
    expect(page).to_have_url(re.compile(f"threshold={shown}"))
    page.keyboard.down("ArrowRight")  # and never let go, as far as this page can tell
    moved = page.locator(".threshold").get_attribute("data-threshold")
    assert moved != shown
    expect(page).to_have_url(re.compile(f"threshold={moved}"))
    page.keyboard.up("ArrowRight")
    expect(page.get_by_text(re.compile("while looking at test records"))).to_be_visible()
    after_move = figures(page)
    assert all(before_move[name] != after_move[name] for name in ("Sensitivity", "Specificity", "Flagged"))
    expect(page).to_have_url(re.compile(r"threshold=\d+\.\d\d"))
    shot(page, "5-threshold")

    address = page.url
    page.get_by_test_id("stSidebar").get_by_role("link", name="Home", exact=True).click()
    settled(page)
    leading = page.get_by_test_id("stCaptionContainer").filter(has_text="ROC AUC")
    expect(leading).to_have_count(2)  # the shipped one and this, side by side: of the same part
    assert all(re.search(r"ROC AUC 0\.\d{3},? validation", text) for text in leading.all_inner_texts())
    page.goto("about:blank")
    page.goto(address)
    settled(page)
    assert figures(page) == after_move

    page.get_by_role("tab", name="Reconstructions").click()
    tiles = page.locator("a.tile")
    expect(tiles).to_have_count(12)
    settled(page)
    shot(page, "6-reconstructions")
    tiles.first.click(position={"x": 3, "y": 3})
    expect(page).to_have_url(re.compile(r"/Records\?.*beat=\d+"))


def test_the_server_is_killed_while_it_trains_and_the_next_one_shows_the_run(
    mitdb: Path, serve: Callable[..., Server], page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(mitdb)
    monkeypatch.setenv("ECG_HOME", str(server.home))
    page.goto(server.url + "/Autoencoder?tab=Train")
    settled(page)
    page.get_by_role("button", name="Train", exact=True).click()
    until(lambda: bool(list_runs()), "the run")
    run = list_runs()[0]
    until_epoch(run, 1)
    server.kill()
    assert run.state == "running"
    server.start()
    page.goto(server.url + f"/Runs?run={run.id}")
    settled(page)
    expect(page.get_by_text(re.compile(r"network \d of 6, epoch \d+ of 8")).filter(visible=True).first).to_be_visible()
    worker = run.worker
    assert worker is not None
    os.killpg(worker.pid, signal.SIGKILL)
    expect(page.get_by_text("This run was interrupted: its process is gone. Its checkpoint is kept.")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    until(lambda: run.state in ALIVE, "the run to go on")
    page.get_by_role("button", name="Stop").click()
    until_ended(run)
    assert run.state == "stopped"


@pytest.mark.parametrize(
    ("path", "heading", "charts"),
    [
        ("/Records?record=232&start=60&window=30", "Records", 0),
        ("/Class_balance?scope=DS2", "Class balance", 2),
        ("/Autoencoder?threshold=8.00", "Autoencoder", 0),
        ("/Runs", "Runs", 0),
    ],
)
def test_each_page_opens_directly_as_the_first_request_after_a_server_start(
    path: str, heading: str, charts: int, mitdb: Path, serve: Callable[..., Server], page: Page
) -> None:
    server = serve(mitdb)
    page.goto(server.url + path)
    settled(page)
    expect(page.locator("h1").first).to_have_text(heading)
    if charts:
        expect(page.locator("svg.picture")).to_have_count(charts)
        for ending in ("SVG", "PNG", "CSV"):
            with page.expect_download() as saved:
                page.get_by_role("button", name=f"Save this chart as {ending}").first.click()
            assert saved.value.suggested_filename.endswith(f".{ending.lower()}")
            assert saved.value.path().stat().st_size > 0
    if heading == "Records":
        expect(viewer(page)).to_have_attribute("data-range", "60,30")
    assert path.split("?")[-1].split("&")[0] in page.url
    assert page.get_by_test_id("stException").count() == 0


def test_with_nothing_installed_but_the_app_it_works_on_simulated_records(
    serve: Callable[..., Server], page: Page
) -> None:
    server = serve(None)
    page.goto(server.url)
    settled(page)
    expect(page.get_by_test_id("stSidebar").get_by_text("SIMULATED, 12 records")).to_be_visible()
    expect(page.get_by_role("button", name="Get the MIT-BIH database")).to_be_visible()
    expect(page.get_by_role("img", name="Scores of record")).to_be_visible()
    viewer(page)
    go(page, "Records")
    expect(viewer(page)).to_be_visible()
    go(page, "Autoencoder")
    expect(page.get_by_text("Sensitivity", exact=True)).to_be_visible()
    go(page, "Classifier")
    expect(page.get_by_text("Test records (12)").first).to_be_visible()
    page.get_by_role("tab", name="Mistakes").click()
    expect(page.get_by_text("What speaks for", exact=False)).to_be_visible()
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


def test_back_from_another_page_takes_one_press_and_a_choice_on_a_page_is_a_step(damaged: Server, page: Page) -> None:
    page.goto(damaged.url)
    settled(page)
    for link in ("Browse record", "See how rare beats are"):
        page.get_by_test_id("stMain").get_by_role("link", name=link).click()
        expect(page).to_have_url(re.compile(r"\?\w+="))
        settled(page)
        page.go_back()
        expect(page.get_by_role("heading", name="ECG anomaly workbench")).to_be_visible()
        settled(page)
    page.get_by_test_id("stSidebar").get_by_role("link", name="Class balance", exact=True).click()
    settled(page)
    page.get_by_role("radio", name="V", exact=True).click()
    expect(page).to_have_url(re.compile("sort=V"))
    settled(page)
    page.go_back()
    expect(page).to_have_url(re.compile("sort=S"))
    expect(page.get_by_role("radio", name="S", exact=True)).to_be_checked()


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768)])
def test_the_strip_stands_in_the_first_screen(width: int, height: int, damaged: Server, page: Page) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{damaged.url}/Records?record=105")
    viewer(page)
    settled(page)
    box = page.locator("canvas.main").bounding_box()
    assert box
    assert min(box["y"] + box["height"], height) - box["y"] >= 300, "mm of paper, not controls"


def test_the_database_is_downloaded_from_home_with_progress_and_is_in_use_afterwards(
    mitdb: Path, serve: Callable[..., Server], page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = threading.Event()

    class Slow(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.wait(0.1)  # long enough that a person sees the bar
            super().do_GET()

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Slow, directory=str(mitdb))) as mirror:
        threading.Thread(target=mirror.serve_forever, daemon=True).start()
        monkeypatch.setenv("ECG_MITDB_URL", f"http://127.0.0.1:{mirror.server_port}/")
        server = serve(None)
        page.goto(server.url)
        settled(page)
        page.get_by_role("button", name="Get the MIT-BIH database").click()
        expect(page.get_by_text(re.compile(r"\d+ of 144 files, [\d.]+ MB"))).to_be_visible()
        page.reload()
        expect(page.get_by_text(re.compile(r"\d+ of 144 files, [\d.]+ MB"))).to_be_visible()
        seen.set()
        expect(page.get_by_text("Downloaded from PhysioNet; every file's SHA-256 verified.")).to_be_visible()
        mirror.shutdown()
    settled(page)
    expect(page.get_by_test_id("stSidebar").get_by_text("MIT-BIH, 48 records")).to_be_visible()
    expect(page.get_by_text("109,494 annotated beats")).to_be_visible()
    expect(page.get_by_text("SIMULATED")).to_have_count(0)


def test_a_download_that_finds_nobody_says_so_and_the_app_goes_on(
    serve: Callable[..., Server], page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECG_MITDB_URL", "http://127.0.0.1:9/")
    server = serve(None)
    page.goto(server.url)
    settled(page)
    page.get_by_role("button", name="Get the MIT-BIH database").click()
    expect(page.get_by_text(re.compile("cannot be reached"))).to_be_visible()
    expect(page.get_by_role("button", name="Get the MIT-BIH database")).to_be_visible()
    expect(page.get_by_role("img", name="Scores of record")).to_be_visible()
    viewer(page)


@pytest.fixture(scope="module")
def damaged(mitdb: Path, tmp_path_factory: pytest.TempPathFactory, serve_all: Callable[..., Server]) -> Server:
    """A server on one whole record and three that are damaged, each in another way."""
    folder = tmp_path_factory.mktemp("records")
    for path in sorted(mitdb.glob("10[0135].*")):
        (folder / path.name).write_bytes(path.read_bytes())
    header = folder / "100.hea"
    header.write_text(header.read_text().replace("100 2 360", "100 2 -360"))
    (folder / "101.dat").write_bytes((folder / "101.dat").read_bytes()[:-9000])
    header, sums = (
        folder / "103.hea",
        read_record(mitdb, "103").signals[:300_000].sum(axis=0, dtype=np.int64) % 2**16,
    )
    lines = header.read_text().replace("650000", "300000").splitlines()
    for number, total in enumerate(sums, start=1):
        fields = lines[number].split()
        lines[number] = " ".join([*fields[:6], str(total), *fields[7:]])
    header.write_text("\n".join(lines) + "\n")
    return serve_all(folder)


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ("100", "100.hea, line 1: sampling frequency in Hz is '-360'"),
        ("101", "101.dat is cut off"),
        ("103", "lie outside the signal"),
        ("999", "Unknown record '999'"),
        ("../../etc/passwd", "Unknown record '../../etc/passwd'"),
    ],
)
def test_a_damaged_or_unknown_record_gives_a_message_and_no_trace(
    record: str, message: str, damaged: Server, page: Page
) -> None:
    page.goto(f"{damaged.url}/Records?record={record}")
    settled(page)
    expect(page.get_by_text(message).first).to_be_visible()
    expect(page.locator("canvas.main")).to_have_count(0)
