"""From a flagged beat to a corrected label, another training and compared models, in a browser, on real records."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import wfdb
from playwright.sync_api import Page, expect

from ecg_core.access import NOBODY_MAY, READ_ONLY
from ecg_core.data.corrections import log
from ecg_core.data.corrections.corrections import Corrections
from ecg_core.learning.model_folder import load_card
from ecg_core.runs.folder import list_runs
from tests.browser.conftest import Server, settled
from tests.browser.test_journey import shot
from tests.runs.waiting import until, until_ended

pytestmark = pytest.mark.browser
KEYS = ("1", "3", "2", " ", "4", "5", "0", " ", "3", "1")


def decide(page: Page, keys: tuple[str, ...]) -> None:
    """Press keys, each as soon as the item after the one before stands."""
    box = page.locator(".ecg[data-item]")
    for key in keys:
        before = box.get_attribute("data-item") or ""
        page.keyboard.press(key)
        expect(box).not_to_have_attribute("data-item", before)


def kept(mitdb: Path, record: str) -> Corrections:
    found = log.read(log.log_file(mitdb, record))
    assert found is not None
    return found


def test_the_loop_from_flagged_beats_to_compared_models(
    mitdb: Path, serve: Callable[..., Server], page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(mitdb)
    monkeypatch.setenv("ECG_HOME", str(server.home))
    page.goto(server.url + "/Autoencoder")
    settled(page)
    expect(page.get_by_role("link", name=re.compile("^Review this bar, "))).to_be_visible()
    page.get_by_role("link", name=re.compile("Review the flagged beats, record")).click()
    expect(page.locator("h1").first).to_have_text("Review")
    box = page.locator(".ecg[data-item]")
    box.wait_for()
    settled(page)
    record = re.search(r"record=(\d+)", page.url)
    assert record and "rule=flagged" in page.url
    name = record[1]
    expect(page.get_by_text(re.compile("^0 of [\\d,]+ reviewed"))).to_be_visible()

    # twenty beats by keys alone, one of them taken back; each is on the disk when the bar says so
    page.get_by_label("Reviewer").fill("Ada")
    page.get_by_label("Reviewer").press("Enter")
    settled(page)
    page.locator("canvas.main").focus()
    decide(page, KEYS * 2)
    page.keyboard.press("u")
    expect(box).to_have_attribute("data-reviewed", "19")
    expect(box).to_have_attribute("data-unsaved", "0")
    expect(page.locator(".review .state")).to_have_text("Saved")
    corrections = kept(mitdb, name)
    assert (len(corrections.standing()), corrections.people) == (19, ("Ada",))
    assert {entry.edit.queue for entry in corrections.entries} == {"Flagged beats"}
    shot(page, "30-review")

    # the server is killed, decisions go on, and are saved once when it is back
    server.kill()
    page.keyboard.press("3")
    page.keyboard.press("3")
    expect(page.locator(".review .state")).to_contain_text("unsaved")
    server.start()
    until(lambda: len(kept(mitdb, name).standing()) == 21, "the decisions made without a server")
    expect(box).to_have_attribute("data-unsaved", "0")
    written = [(entry.edit.client, entry.edit.seq) for entry in kept(mitdb, name).entries]
    assert len(written) == len(set(written)) == 23

    # to take away
    with page.expect_download() as download:
        page.get_by_role("button", name="Corrected labels (WFDB)").click()
    download.value.save_as(server.home / f"{name}.cor")
    labels = wfdb.rdann(str(server.home / name), "cor")
    by_sample = dict(zip(labels.sample.tolist(), labels.symbol, strict=True))
    standing = kept(mitdb, name).standing()
    assert all(by_sample[sample] == one.after for sample, one in standing.items())
    reference = wfdb.rdann(str(mitdb / name), "atr")
    assert len(labels.sample) == len(reference.sample)

    with page.expect_download() as download:
        page.get_by_role("button", name="Report (PDF, to scale)").click()
    download.value.save_as(server.home / "report.pdf")
    assert (server.home / "report.pdf").read_bytes().startswith(b"%PDF")

    # another training, with these labels
    page.get_by_role("link", name="Train the classifier with them").click()
    expect(page.locator("h1").first).to_have_text("Classifier")
    settled(page)
    chosen = page.get_by_role("combobox", name="Labels")
    expect(chosen).to_have_value(re.compile("^Reference with corrections of Ada"))
    page.get_by_text("Options", exact=True).click()
    small = {"Epochs": "1", "Patient groups": "2", "Final networks": "1", "At most this many N beats per record": "50"}
    for option, value in small.items():
        field = page.get_by_role("spinbutton", name=option)
        field.fill(value)
        field.press("Enter")
        settled(page)
    page.get_by_text("Then read the recording as a whole").click()
    settled(page)
    page.get_by_role("button", name="Train", exact=True).click()
    until(lambda: bool(list_runs()), "the run")
    run = list_runs()[0]
    until_ended(run)
    assert run.state == "finished", run.error
    asked = run.config().options
    assert (run.kind, asked["epochs"], asked["folds"], asked["steps"]) == ("classifier", 1, 2, False)
    card = load_card(run.folder)
    assert (card.layer, dict(card.corrections)) == ("corrected", {name: kept(mitdb, name).digest()})
    assert "--labels corrected" in card.command

    # before and after, on patients neither has seen
    page.goto(server.url + f"/Classifier?run={run.id}&part=validation&tab=Result")
    settled(page)
    expect(page.get_by_text(re.compile("trained without its patient")).first).to_be_visible()
    page.get_by_role("button", name="Compare it with the shipped classifier on unseen patients").click()
    expect(page).to_have_url(re.compile("tab=Compare"))
    settled(page)
    judge = page.get_by_role("button", name=re.compile("^Judge .* on the test records"))
    judge.click()
    expect(page.get_by_text(re.compile("^On macro-F1: "))).to_be_visible()
    settled(page)
    shot(page, "31-compared")


def test_a_guest_goes_through_the_queue_and_decides_nothing(
    mitdb: Path, serve: Callable[..., Server], page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(READ_ONLY, "1")
    server = serve(mitdb)
    page.goto(server.url + "/Review?record=100&rule=class&class=S")
    box = page.locator(".ecg[data-item]")
    box.wait_for()
    settled(page)
    expect(page.locator(".review .state")).to_have_text("Read-only")
    expect(page.locator(".review .state")).to_have_attribute("title", NOBODY_MAY)
    expect(page.locator(".review [data-do=artefact]")).to_be_disabled()
    expect(page.locator(".review [data-do=agree]")).to_contain_text("Next")
    page.locator("canvas.main").focus()
    page.keyboard.press("3")
    page.keyboard.press("u")
    expect(box).to_have_attribute("data-item", "0")
    page.keyboard.press(" ")
    expect(box).to_have_attribute("data-item", "1")
    page.locator(".review [data-do=agree]").click()
    expect(box).to_have_attribute("data-item", "2")
    expect(box).to_have_attribute("data-reviewed", "0")
    expect(box).to_have_attribute("data-unsaved", "0")
