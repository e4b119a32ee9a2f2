"""Every click of the pages in Chromium without a graphics card: from the click until nothing changes any more.

    ECG_DATA_DIR=<MIT-BIH> python -m benchmarks.clicks [--json] [--against CHECKOUT] [--repeats 9] [--first] [--axe]

`settled_ms` has the median of each click, warm: each is made once before it is timed, and ends with the last change of
the page while no script runs. `--against` times the same clicks of another checkout in turn in the same run; a click it
does not have is left out. `--only` times those clicks whose names hold a word. `--first` adds the first flagged beat
after installation, on simulated records and on MIT-BIH, and the first mistakes of DS2. `--axe` adds `axe_serious` and
`dom_nodes` over all pages and tabs in both themes (needs `npm ci`).
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as BrowserError

from benchmarks.served import FLAGS, PATIENCE_MS, served

HERE = Path(__file__).resolve().parents[1]
AXE = HERE / "node_modules" / "axe-core" / "axe.min.js"
NO_SUCH_CLICK_MS = 8_000
QUIET_MS = 350
"""Nothing changed and no script ran for as long: the click is over."""
WATCH = """() => {
window.watchClicks = () => {
  window.lastChange = performance.now();
  const seen = new MutationObserver(records => {
    if (records.some(one => !one.target.closest?.('[data-testid=stStatusWidget], [data-testid=stToolbar]')))
      window.lastChange = performance.now();
  });
  seen.observe(document.querySelector('[data-testid=stMain]').parentElement,
    {childList: true, subtree: true, attributes: true, characterData: true});
  window.addEventListener('pointerdown', () => { window.pressed = performance.now(); }, true);
  window.addEventListener('change', () => { window.pressed ??= performance.now(); }, true);
};
window.settledMs = () => new Promise(done => {
  const look = () => {
    const idle = document.querySelector('[data-testid=stApp]').getAttribute('data-test-script-state') === 'notRunning';
    if (!idle) window.lastChange = Math.max(window.lastChange, performance.now());
    const quiet = performance.now() - Math.max(window.lastChange, window.pressed);
    if (idle && quiet > QUIET) done(window.lastChange - window.pressed);
    else setTimeout(look, 20);
  };
  look();
});
}
""".replace("QUIET", str(QUIET_MS))
PAGES = ("Home", "Records", "Class balance", "Synthesis", "Classifier", "Autoencoder", "Review", "Runs")
TABS = {
    "Synthesis": ("Sample", "Fidelity", "Balance plan", "Train"),
    "Classifier": ("Mistakes", "Compare", "Study", "Train", "Result"),
    "Autoencoder": ("Reconstructions", "Per record", "Train", "Threshold"),
}


@dataclass(frozen=True)
class Click:
    """One thing that a reader does."""

    name: str
    address: str
    """Page it is made on."""
    do: Callable[[Page, int], None]
    """Given how often it was made before: a choice goes forth and back."""


def _address(name: str) -> str:
    return "" if name == "Home" else name.replace(" ", "_")


def _to_page(name: str) -> Callable[[Page, int], None]:
    return lambda page, _: page.get_by_test_id("stSidebar").get_by_role("link", name=name, exact=True).click()


def _to_tab(name: str) -> Callable[[Page, int], None]:
    return lambda page, _: page.get_by_role("tab", name=name, exact=True).click()


def _choose(*names: str) -> Callable[[Page, int], None]:
    """One of several choices of a radio group, segmented control or pills after the other."""

    def do(page: Page, k: int) -> None:
        main = page.get_by_test_id("stMain")
        for role in ("radio", "button"):
            found = main.get_by_role(role, name=names[k % len(names)])
            if found.count():
                found.first.click(force=True)
                return
        main.get_by_text(names[k % len(names)]).first.click()

    return do


def _select(label: str) -> Callable[[Page, int], None]:
    """The next of a select box."""

    def do(page: Page, k: int) -> None:
        page.get_by_role("combobox", name=label).click()
        options = page.get_by_role("option")
        options.first.wait_for()
        if options.count() < 2:
            raise BrowserError("there is nothing else to choose")
        options.nth((k + 1) % 2).click()

    return do


CLICKS = (
    *(Click(f"page {name}", "Home" if name != "Home" else "Runs", _to_page(name)) for name in PAGES),
    *(Click(f"tab {page} {tab}", page, _to_tab(tab)) for page, tabs in TABS.items() for tab in tabs),
    Click("model Classifier", "Classifier", _select("Model")),
    Click("part Classifier", "Classifier", _choose("Validation", "Test")),
    Click("model Autoencoder", "Autoencoder", _select("Model")),
    Click("part Autoencoder", "Autoencoder", _choose("Validation", "Test")),
    Click("option Class balance", "Class balance", _choose("All", "DS1")),
    Click("record", "Records", _select("Record")),
)


def opened(browser: Browser, url: str, name: str) -> Page:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{url}/{_address(name)}")
    page.locator("h1, h2").first.wait_for()
    page.evaluate(WATCH)
    page.evaluate("watchClicks()")
    page.evaluate("window.pressed = performance.now()")
    page.evaluate("settledMs()")
    page.set_default_timeout(NO_SUCH_CLICK_MS)
    return page


def timed(page: Page, click: Click, k: int) -> float:
    """Makes the click; ms until the page has settled."""
    page.evaluate("window.pressed = undefined")
    click.do(page, k)
    return float(page.evaluate("settledMs()"))


def back(page: Page, click: Click) -> None:
    """To where the click is made from."""
    if click.name.startswith("page "):
        _to_page(click.address)(page, 0)
    elif click.name.startswith("tab "):
        other = next(tab for tab in TABS[click.address] if not click.name.endswith(f" {tab}"))
        _to_tab(other)(page, 0)
    else:
        return
    page.evaluate("window.pressed = performance.now()")
    page.evaluate("settledMs()")


def settled_ms(browser: Browser, urls: Mapping[str, str], repeats: int, only: str) -> dict[str, dict[str, float]]:
    """Checkout -> click -> median in ms; checkouts take turns click by click."""
    found: dict[str, dict[str, float]] = {which: {} for which in urls}
    for click in (one for one in CLICKS if only in one.name):
        for which, url in urls.items():
            page = opened(browser, url, click.address)
            try:
                times = []
                for k in range(repeats + 1):
                    back(page, click)
                    times.append(timed(page, click, k))
                found[which][click.name] = round(median(times[1:]), 1)
            except BrowserError as error:
                print(f"{which}: {click.name}: {str(error).splitlines()[0]}", file=sys.stderr)
            page.close()
    return found


def first_flagged_ms(browser: Browser, checkout: Path, data: Path | None, home: Path) -> float:
    """From the first address of all, nothing prepared, to the flagged beat on Home."""
    with served(checkout, data, home) as server:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(PATIENCE_MS)
        start = time.perf_counter()
        page.goto(server.url)
        page.locator(".st-key-home_histogram .picture, .ecg[data-first]").first.wait_for()
        elapsed = 1000 * (time.perf_counter() - start)
        page.close()
    return elapsed


def first_mistakes_ms(browser: Browser, checkout: Path, data: Path, home: Path) -> tuple[float, float]:
    """From the address of the mistakes on the test records, nothing prepared or classified before: to a page that
    says what it does, and to the first mistakes."""
    with served(checkout, data, home) as server:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(PATIENCE_MS)
        page.goto(server.url)
        page.locator("h1, h2").first.wait_for()
        page.wait_for_timeout(3_000)
        start = time.perf_counter()
        page.goto(f"{server.url}/Classifier?tab=Mistakes&part=test")
        page.get_by_text("Judged on").first.wait_for()
        stands = 1000 * (time.perf_counter() - start)
        page.get_by_text("What speaks for").first.wait_for()
        elapsed = 1000 * (time.perf_counter() - start)
        page.close()
    return stands, elapsed


def accessibility(browser: Browser, url: str) -> dict[str, float]:
    """Serious findings of axe-core and most nodes of the page, over pages and tabs in both themes."""
    places = [_address(name) for name in PAGES]
    places += [f"{_address(page)}?tab={quote(tab)}" for page, tabs in TABS.items() for tab in tabs]
    serious, nodes = 0, 0
    for theme in ("light", "dark"):
        context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme=theme)
        for place in places:
            page = context.new_page()
            page.set_default_timeout(PATIENCE_MS)
            page.goto(f"{url}/{place}")
            page.locator("h1").first.wait_for()
            page.evaluate(WATCH)
            page.evaluate("watchClicks(); window.pressed = performance.now()")
            page.evaluate("settledMs()")
            page.evaluate(AXE.read_text(encoding="utf-8"))
            found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
            bad = [one for one in found["violations"] if one["impact"] in ("serious", "critical")]
            serious += sum(len(one["nodes"]) for one in bad)
            for one in bad:
                print(f"{theme} {place}: {one['id']}: {one['nodes'][0]['html'][:120]}", file=sys.stderr)
            nodes = max(nodes, page.evaluate("document.querySelectorAll('*').length"))
            page.close()
        context.close()
    return {"axe_serious": serious, "dom_nodes": nodes}


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--json", action="store_true", help="one line of JSON")
    words.add_argument("--against", type=Path, help="another checkout, timed in the same run")
    words.add_argument("--repeats", type=int, default=9)
    words.add_argument("--only", default="", metavar="WORD")
    words.add_argument("--first", action="store_true", help="also what takes its time once")
    words.add_argument("--axe", action="store_true", help="also accessibility and size of the pages")
    given = words.parse_args()
    data = Path(os.environ.get("ECG_DATA_DIR") or sys.exit("Set ECG_DATA_DIR to the folder of MIT-BIH."))
    checkouts = {"now": HERE} | ({"before": given.against.resolve()} if given.against else {})
    figures: dict[str, Any] = {}
    scratch = Path(tempfile.mkdtemp())
    try:
        with sync_playwright() as playwright, ExitStack() as stack:
            chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            if given.first:
                for which, checkout in checkouts.items():
                    for name, folder in (("simulated", None), ("real", data)):
                        home = scratch / f"first_{which}_{name}"
                        figures[f"first_flagged_{name}_ms_{which}"] = first_flagged_ms(browser, checkout, folder, home)
                stands, done = first_mistakes_ms(browser, HERE, data, scratch / "mistakes")
                figures |= {"first_mistakes_page_ms": stands, "first_mistakes_ms": done}
            servers = {
                which: stack.enter_context(served(checkout, data, scratch / which))
                for which, checkout in checkouts.items()
            }
            found = settled_ms(
                browser, {which: server.url for which, server in servers.items()}, given.repeats, given.only
            )
            figures["settled_ms"] = found["now"]
            if "before" in found:
                figures["settled_ms_before"] = found["before"]
            if given.axe:
                figures |= accessibility(browser, servers["now"].url)
            browser.close()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if given.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        if not isinstance(value, dict):
            print(f"{name:36} {value:9.1f}")
    for name, ms in figures["settled_ms"].items():
        before = figures.get("settled_ms_before", {}).get(name)
        print(f"{name:36} {ms:7.0f} ms" + (f"   before {before:7.0f} ms   {ms / before:.2f}" if before else ""))


if __name__ == "__main__":
    main()
