"""What guests see: every page, and no button that changes anything."""

from pathlib import Path

import pytest

from ecg_core.access import EDITORS, NOBODY_MAY, NOT_SIGNED_IN, READ_ONLY
from ecg_core.ui.page import PAGES
from tests.app.opening import opened, unopened
from tests.runs.made_runs import empty_run

HARMLESS = {
    "Glossary", "Open Train", "Make these beats in Synthesis", "Make the set", "Sample", "Fidelity",
    "Compare it with the shipped classifier on unseen patients", "Score these leads all the same", "Merge",
    "Split in two", "Use it for this queue", "Judge on test records", "Judge both on test records",
    "Train a classifier with these GANs",
}  # fmt: skip
"""They lead elsewhere, work out something in this session, or write to the cache alone."""
VIEWS = [
    *((Path(script).stem, {}) for script, _, _ in PAGES),
    *((page, {"tab": "Train"}) for page in ("3_Synthesis", "4_Classifier", "5_Autoencoder")),
    ("3_Synthesis", {"tab": "Fidelity"}),
    ("4_Classifier", {"tab": "Study"}),
]


@pytest.mark.parametrize(
    ("page", "address"), VIEWS, ids=lambda one: one if isinstance(one, str) else one.get("tab", "")
)
def test_a_guest_sees_every_page_and_can_press_nothing_that_changes_anything(
    page: str, address: dict[str, str], simulated_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = empty_run(simulated_home)
    if page == "7_Runs":
        address = {"run": run.id}
    monkeypatch.setenv(READ_ONLY, "1")
    app = opened(page, **address)
    assert any(NOBODY_MAY in one.value for one in app.sidebar.caption)
    allowed = {one.label for one in app.button if not one.disabled}
    assert allowed <= HARMLESS
    refused = [one for one in app.button if one.disabled]
    assert refused or page in (
        "1_Records",
        "2_Class_balance",
        "3_Synthesis",
        "4_Classifier",
        "5_Autoencoder",
        "6_Review",
        "8_Benchmarks",
    )
    assert all(one.help == NOBODY_MAY for one in refused if one.label in ("Train", "Resume", "Delete"))
    if address.get("tab") == "Train":
        assert "Train" in {one.label for one in refused}
    if page == "7_Runs":
        assert {"Resume", "Delete"} <= {one.label for one in refused}


@pytest.mark.parametrize("settings", ['{"collection": "gone"}', "{"])
def test_what_a_guest_finds_unusable_stays_as_it_is(
    settings: str, simulated_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (simulated_home / "settings.json").write_text(settings, encoding="utf-8")
    monkeypatch.setenv(READ_ONLY, "1")
    app = opened("1_Records")
    assert app.error
    assert {one.label for one in app.button if not one.disabled} <= HARMLESS
    assert [one.label for one in app.button if one.disabled and one.help == NOBODY_MAY]


def test_pressing_it_all_the_same_changes_nothing(simulated_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As somebody does who had the page open before, or writes to the server without one."""
    app = unopened("5_Autoencoder", tab="Train").run()
    monkeypatch.setenv(READ_ONLY, "1")
    app.button(key="train.start").click().run()
    assert not app.exception
    assert app.button(key="train.start").disabled
    assert not list((simulated_home / "runs").glob("2*"))


def test_where_editors_are_named_and_nobody_can_sign_in_all_are_guests(
    simulated_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(EDITORS, "ann@x.org")
    app = opened("app")
    assert any(NOT_SIGNED_IN in one.value for one in app.sidebar.caption)
    assert app.button(key="home.open").disabled
