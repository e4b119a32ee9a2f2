"""Synthesis in a browser, on the real database: a small GAN is trained, watched across a reload, sampled, exported."""

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from ecg_core.beats.synthetic import SYNTHETIC
from ecg_core.data.reader import read_record
from ecg_core.runs.folder import list_runs
from tests.browser.conftest import Server, settled
from tests.browser.test_journey import shot
from tests.runs.waiting import until, until_ended, until_epoch

pytestmark = pytest.mark.browser


def download(page: Page, button: str, folder: Path) -> Path:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button, exact=False).last.click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def test_a_gan_is_trained_reloaded_sampled_and_exported(
    mitdb: Path, serve: Callable[..., Server], page: Page, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server = serve(mitdb)
    monkeypatch.setenv("ECG_HOME", str(server.home))
    page.goto(server.url + "/Synthesis?tab=Train&class=F")
    settled(page)
    page.get_by_text("Options", exact=True).click()
    for name, value in (
        ("Epochs", "4"),
        ("Beats kept", "1"),
    ):  # the sampler's trees would take longer than the training
        field = page.get_by_role("spinbutton", name=name)
        field.fill(value)
        field.press("Enter")
        settled(page)
    page.get_by_role("button", name="Train", exact=True).click()
    until(lambda: bool(list_runs()), "the run")
    run = list_runs()[0]
    assert (run.kind, run.config().options["beat_class"], run.config().options["epochs"]) == ("gan", "F", 4)
    until_epoch(run, 2)
    page.reload()
    settled(page)
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    expect(page.get_by_text(re.compile(r"epoch \d of 4")).first).to_be_visible()
    expect(page.get_by_text(re.compile(SYNTHETIC)).first).to_be_visible()  # the film, and what it is of
    shot(page, "7-synthesis-training")
    until_ended(run)
    assert run.state == "finished"

    page.goto(server.url + f"/Synthesis?tab=Train&run={run.id}")
    settled(page)
    expect(page.get_by_text(re.compile("How good that is nobody has judged yet"))).to_be_visible()
    step = page.get_by_role("slider", name="Step of the training")
    expect(step).to_have_attribute("aria-valuetext", "Epoch 4 of 4")
    step.fill("0")
    expect(step).to_have_attribute("aria-valuetext", "Untrained")
    page.get_by_role("button", name="Play").click()  # the browser plays alone
    expect(step).to_have_attribute("aria-valuetext", "Epoch 4 of 4")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    shot(page, "7-synthesis-film")

    page.goto(server.url + f"/Synthesis?tab=Sample&class=F&run={run.id}&n=30&seed=5")
    settled(page)
    expect(page.get_by_text(re.compile("12 synthetic F beats beside 12 recorded ones")).first).to_be_visible()
    shot(page, "8-synthesis-sample")
    npz = download(page, "NPZ", tmp_path)
    assert SYNTHETIC in npz.name
    with np.load(npz, allow_pickle=False) as arrays:
        assert arrays["signals_mv"].shape == (30, 2, 144)
        metadata = json.loads(str(arrays["metadata"]))
        assert metadata[SYNTHETIC] is True
        assert run.id in metadata["made_by"]
    with zipfile.ZipFile(download(page, "WFDB (zip)", tmp_path)) as files:
        files.extractall(tmp_path / "wfdb")
    (header,) = (tmp_path / "wfdb").rglob("*.hea")
    record = read_record(header.parent, header.stem)
    assert (record.annotations.symbol == "F").sum() == 30
    with zipfile.ZipFile(download(page, "PNG (zip)", tmp_path)) as images:
        assert len([name for name in images.namelist() if name.startswith(f"F/F_{SYNTHETIC}_")]) == 30

    page.get_by_role("tab", name="Fidelity").click()
    settled(page)
    expect(page.get_by_text("Not judged yet.").first).to_be_visible()
    expect(page.get_by_role("button", name="Judge F", exact=False)).to_be_visible()
    shot(page, "9-synthesis-fidelity")
    page.get_by_role("tab", name="Balance plan").click()
    settled(page)
    shot(page, "10-synthesis-plan")
    assert page.get_by_test_id("stException").count() == 0
