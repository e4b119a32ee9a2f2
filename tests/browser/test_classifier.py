"""The classifier in a browser, on the real database: its figures, a mistake opened in its recording.

`test_review` trains one.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, settled
from tests.browser.test_journey import shot

pytestmark = pytest.mark.browser


def test_results_are_read_and_a_mistake_is_opened(mitdb: Path, serve: Callable[..., Server], page: Page) -> None:
    server = serve(mitdb)
    page.goto(server.url + "/Classifier")
    settled(page)
    page.get_by_text("Test records (DS2), one shared patient").click()
    expect(page.get_by_text(re.compile("201 \\(training\\) and 202")).first).to_be_visible()
    page.get_by_text("Validation", exact=True).click()
    expect(page.get_by_text("Validation: 22 training records, each left out in turn")).to_be_visible()
    settled(page)
    expect(page.get_by_text("Macro-F1", exact=True).first).to_be_in_viewport()
    shot(page, "11-classifier-result")

    # the corner of a cell of the confusion matrix
    page.get_by_role("button", name="Reference F, predicted N").click(position={"x": 3, "y": 3})
    expect(page).to_have_url(re.compile(r"tab=Mistakes.*cell=F%3EN"))
    tiles = page.get_by_role("group", name=re.compile("^12 beats: F called N")).get_by_role("button")
    expect(tiles).to_have_count(12)
    settled(page)
    tiles.nth(5).click(position={"x": 3, "y": 3})
    expect(tiles.nth(5)).to_have_attribute("aria-pressed", "true")
    named = (tiles.nth(5).locator(".label").text_content() or "").split(" · ")
    heading = page.get_by_text(f"Record {named[0]}, {named[1]}: F called N")
    expect(heading).to_be_in_viewport()
    tiles.nth(6).focus()
    page.keyboard.press("Enter")
    expect(tiles.nth(6)).to_have_attribute("aria-pressed", "true")
    expect(tiles.nth(6)).to_be_focused()
    shot(page, "12-classifier-mistakes")
    page.get_by_role("link", name="Open it on the Records page").click()
    settled(page)
    expect(page).to_have_url(re.compile("Records.*beat="))
    shot(page, "13-records-mistake")

    page.goto(server.url + "/Classifier?tab=Study")
    settled(page)
    expect(page.get_by_text("Did the synthetic beats help? On macro-F1: no clear effect.")).to_be_visible()
    shot(page, "14-classifier-study")

    assert page.get_by_test_id("stException").count() == 0
