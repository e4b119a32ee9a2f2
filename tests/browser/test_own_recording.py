"""Somebody's own recording in a browser: an EDF without annotations, from the upload to flagged strips and classes."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.app.test_own_recordings import write_edf
from tests.browser.conftest import Server, settled
from tests.browser.test_journey import shot

pytestmark = pytest.mark.browser


def test_an_edf_is_uploaded_its_beats_found_scored_and_called(
    simulated: Path, tmp_path: Path, serve: Callable[..., Server], page: Page
) -> None:
    server = serve(None)
    page.goto(server.url)
    settled(page)
    page.get_by_role("button", name="Bring in recordings").click()
    upload = page.locator("input[type=file]")
    upload.set_input_files(write_edf(simulated, tmp_path / "holter.edf", "ECG1", "ECG2"))
    expect(page.get_by_role("button", name="Bring in 1 recording")).to_be_visible()
    upload.set_input_files(write_edf(simulated, tmp_path / "second.edf", "ECG1", "ECG3"))  # added to the first
    page.get_by_role("button", name="Bring in 2 recordings").click()
    expect(page.get_by_text(re.compile("2 recordings brought into"))).to_be_visible()
    expect(page.get_by_text("My recordings, 2 records").first).to_be_visible()
    assert not list((server.home / "cache" / "uploads").iterdir()), "what was uploaded is in the collection now"
    shot(page, "20-own-recording-home")

    page.goto(server.url + "/Records")
    page.get_by_role("button", name="Detect R peaks").click()
    expect(page.get_by_text(re.compile("R peaks detected here"))).to_be_visible()
    settled(page)
    shot(page, "21-own-recording-detected")

    page.goto(server.url + "/Autoencoder")
    page.get_by_role("button", name="Score these leads all the same").click()
    expect(page.get_by_text("Flagged beats, highest score first")).to_be_visible()
    expect(page.get_by_text(re.compile("Leads the model was not trained on"))).to_be_visible()
    settled(page)
    shot(page, "22-own-recording-flagged")

    page.goto(server.url + "/Classifier")
    page.get_by_role("button", name="Score these leads all the same").click()
    expect(page.get_by_text(re.compile("What it calls the"))).to_be_visible()
    settled(page)
    shot(page, "23-own-recording-called")
