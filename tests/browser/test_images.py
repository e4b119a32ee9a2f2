"""ECG images in a browser, on real records: an image GAN is trained, sampled and judged, a classifier trained on both
recorded images and its own, and compared with the shipped one."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ecg_core.beats.synthetic import SYNTHETIC
from ecg_core.runs.folder import Run, list_runs
from ecg_core.tasks.fidelity.judging_images import kept_image_fidelity
from tests.browser.conftest import Server, settled
from tests.browser.test_journey import shot
from tests.runs import waiting
from tests.runs.waiting import until, until_ended

pytestmark = pytest.mark.browser
RECORDS = ("207", "208", "209", "200", "210")
"""Three of DS1 and two of DS2: one with the F beats, and others with S and V beats.

Each distance trains networks for half a minute, however few the images are: with one record of F beats there are no two
groups of patients, and 12 F beats of unseen patients are told to be too few."""


@pytest.fixture
def some_records(mitdb: Path, tmp_path: Path) -> Path:
    """A few records of the real database, so that preparing and judging is soon done."""
    folder = tmp_path / "records"
    folder.mkdir()
    for name in RECORDS:
        for file in mitdb.glob(f"{name}.*"):
            shutil.copy(file, folder)
    return folder


def fill(page: Page, **numbers: str) -> None:
    """Open the form's options and type numbers into fields, named with `_` for blanks."""
    page.get_by_text("Options", exact=True).click()
    for name, value in numbers.items():
        field = page.get_by_role("spinbutton", name=name.replace("_", " "))
        field.fill(value)
        field.press("Enter")
        settled(page)


def newest(kind: str) -> Run:
    """The run of a kind, as soon as there is one."""
    until(lambda: any(run.kind == kind for run in list_runs()), f"the run of kind {kind}")
    return next(run for run in list_runs() if run.kind == kind)


def finished(run: Run) -> None:
    until_ended(run)
    assert run.state == "finished", run.error


def test_an_image_gan_is_trained_sampled_judged_and_a_classifier_of_its_images_compared(
    some_records: Path, serve: Callable[..., Server], page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "PATIENCE_S", 900.0)
    server = serve(some_records)
    monkeypatch.setenv("ECG_HOME", str(server.home))
    page.goto(server.url + "/Synthesis?tab=Train&class=F")
    settled(page)
    page.get_by_text("ECG images of beats", exact=True).click()
    settled(page)
    fill(page, Epochs="1", Batch_size="8")
    page.get_by_role("button", name="Train", exact=True).click()
    gan = newest("image-gan")
    assert (gan.config().options["label"], gan.config().options["epochs"]) == ("F", 1)
    finished(gan)

    page.goto(server.url + f"/Synthesis?tab=Sample&class=F&run={gan.id}&n=12&seed=5")
    settled(page)
    expect(page.get_by_text("Recorded F beats, drawn")).to_be_visible()
    expect(page.get_by_text(f"{SYNTHETIC} F images, made by a generator")).to_be_visible()
    expect(page.get_by_test_id("stImage").locator("img")).to_have_count(2)
    shot(page, "30-images-sample")

    page.get_by_role("tab", name="Fidelity").click()
    settled(page)
    expect(page.get_by_text("Not judged yet.").first).to_be_visible()
    page.get_by_role("button", name="Judge F").click()
    judging = newest("image-fidelity")
    assert judging.config().options["models"] == gan.id
    expect(page.get_by_role("button", name="Judge F")).to_have_count(0)
    shot(page, "31-images-judging")
    finished(judging)
    kept = kept_image_fidelity(gan.folder)
    assert kept is not None
    assert kept.unseen is not None
    assert set(kept.unseen.records) == {"200", "210"}
    assert kept.unseen.note == "Unseen patients have 12 images of class F: too few to compare with."
    expect(page.get_by_role("button", name="Judge F again")).to_be_visible()  # the page went on by itself
    expect(page.get_by_text(re.compile("Use for training not judged|Shape")).first).to_be_visible()
    settled(page)
    shot(page, "32-images-fidelity")
    page.get_by_test_id("stSidebar").get_by_role("link", name="Runs", exact=True).click()
    expect(page.get_by_text(re.compile(r"^Two-sample AUC [\d.]+$")).first).to_be_attached()  # a table is a canvas

    page.goto(server.url + "/Classifier?tab=Train")
    settled(page)
    page.get_by_text("ECG images of beats", exact=True).click()
    settled(page)
    page.get_by_text("Add images of image GANs").click()
    settled(page)
    page.get_by_role("button", name="Clear all").click()  # the shipped ones learned from records that are not here
    settled(page)
    page.get_by_role("combobox", name=re.compile("GANs, one a class")).click()
    page.get_by_role("option", name=re.compile("^Run of .* F images")).click()
    page.keyboard.press("Escape")
    settled(page)
    fill(page, Epochs="2", Patient_groups="2", Final_networks="1", At_most_this_many_N_beats_per_record="50")
    page.get_by_role("button", name="Train", exact=True).click()
    classifier = newest("image-classifier")
    options = classifier.config().options
    assert (options["added"], options["gans"], options["members"]) == ("gan", gan.id, 1)
    finished(classifier)

    page.goto(server.url + "/Classifier?tab=Compare&part=validation")
    settled(page)
    expect(page.get_by_text(re.compile(rf"\({classifier.id[-4:]}\)")).first).to_be_attached()  # a table is a canvas
    expect(page.get_by_text("Shipped image classifier", exact=True).first).to_be_attached()
    expect(page.get_by_text(re.compile("Not judged on these records"))).to_have_count(0)
    shot(page, "33-images-compare")
    assert page.get_by_test_id("stException").count() == 0
