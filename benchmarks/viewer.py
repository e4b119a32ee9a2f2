"""The viewer in Chromium without a graphics card: keys, pans, first strips, and recordings of a day and of a week.

    ECG_DATA_DIR=<folder with record 208> python -m benchmarks.viewer [--json] [--against CHECKOUT] [--hours 24 168]

`first_strip` is from the choice of a record in the list to its strip, `page` from an address; cold means that the
server has not read the record before. It has not read a long recording either when its `first_paint` (from the list)
and its `address` are timed; only the levels of its samples are kept from before. Each figure is a median. With
`--against` the arrow key of the Records page of another checkout is timed in the same run, until its strip has changed.
The recordings of a day and a week are record 208 over and over, in a folder that goes again.
"""

import argparse
import json
import os
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import wfdb
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from benchmarks.served import FLAGS, PATIENCE_MS, Server, megabytes, served, wait_in_page

HERE = Path(__file__).resolve().parents[1]
RECORD = "208"
OTHERS = ("101", "106", "119", "200", "233")
FS = 360
REPEATS = 15
FIND = """
window.viewerBox = () => {
  for (const one of document.querySelectorAll('*')) {
    const box = one.shadowRoot?.querySelector('.ecg[data-range]');
    if (box) return box;
  }
};
window.asked = 0;
window.askedBeforeDrawn = 0;
for (const [of, name] of [[WebSocket.prototype, 'send'], [window, 'fetch']]) {
  const ask = of[name];
  of[name] = function (...what) { window.asked += 1; return ask.apply(this, what); };
}
window.frames_ = (n) => new Promise(done => {
  const next = () => (n-- > 0 ? requestAnimationFrame(next) : done());
  next();
});
"""
PAN = """async (seconds) => {
  const canvas = viewerBox().querySelector('canvas.main');
  const box = canvas.getBoundingClientRect();
  const y = box.top + 150, x0 = box.left + box.width / 2;
  const send = (type, x, buttons) => canvas.dispatchEvent(new PointerEvent(type,
    {clientX: x, clientY: y, pointerId: 1, button: 0, buttons, bubbles: true}));
  canvas.setPointerCapture = () => {};
  send('pointerdown', x0, 1);
  let frames = 0, x = x0;
  const start = performance.now();
  while (performance.now() - start < 1000 * seconds) {
    x = x0 + 200 * Math.sin((performance.now() - start) / 300);
    send('pointermove', x, 1);
    await frames_(1);
    frames += 1;
  }
  send('pointerup', x, 0);
  return frames / seconds;
}"""
DRAG_OVERVIEW = """async (seconds) => {
  const canvas = viewerBox().querySelector('canvas.over');
  const box = canvas.getBoundingClientRect();
  canvas.setPointerCapture = () => {};
  let frames = 0;
  const start = performance.now();
  while (performance.now() - start < 1000 * seconds) {
    const x = box.left + box.width * (0.5 + 0.4 * Math.sin((performance.now() - start) / 300));
    canvas.dispatchEvent(new PointerEvent('pointermove',
      {clientX: x, clientY: box.top + 9, buttons: 1, bubbles: true}));
    await frames_(1);
    frames += 1;
  }
  return frames / seconds;
}"""
KEY = """async (key) => {
  const box = viewerBox(), canvas = box.querySelector('canvas.main');
  const before = box.dataset.range, asked = window.asked, start = performance.now();
  canvas.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}));
  while (box.dataset.range === before || box.dataset.loading === 'true') await frames_(1);
  window.askedBeforeDrawn += window.asked - asked;
  return performance.now() - start;
}"""
FACTS = """async () => {
  const box = viewerBox(), canvas = box.querySelector('canvas.main'), area = canvas.getBoundingClientRect();
  const facts = box.querySelector('.facts');
  facts.hidden = true;
  for (let x = area.left + 60; facts.hidden && x < area.right; x += 20) {
    var start = performance.now();
    canvas.dispatchEvent(new MouseEvent('contextmenu',
      {clientX: x, clientY: area.top + 150, bubbles: true, cancelable: true}));
  }
  await frames_(1);
  return facts.hidden ? NaN : performance.now() - start;
}"""


def opened(browser: Browser | BrowserContext, url: str) -> Page:
    """A page with a drawn viewer."""
    page = browser.new_page()
    page.set_viewport_size({"width": 1440, "height": 900})
    page.set_default_timeout(PATIENCE_MS)
    page.goto(url)
    page.locator(".ecg[data-first]").wait_for()
    page.evaluate(FIND)
    return page


def first_strip_ms(browser: Browser | BrowserContext, url: str) -> float:
    """From the address to the first drawing, as the page's own clock has it."""
    page = opened(browser, url)
    first = float(page.locator(".ecg").get_attribute("data-first") or "nan")
    page.close()
    return first


def keys_ms(page: Page, keys: str, repeats: int = REPEATS) -> float:
    """Median from a key to the strip drawn with all its samples; keys take turns."""
    names = keys.split()
    return float(median(page.evaluate(KEY, names[k % len(names)]) for k in range(repeats)))


def opening_ms(page: Page, record: str) -> float:
    """From the choice of another record in the list to its first strip."""
    box = page.get_by_role("combobox", name="Record")
    box.click()
    box.fill(record)
    option = page.get_by_role("option", name=re.compile(f"^{record} "))
    option.wait_for()
    start = time.perf_counter()
    option.click()
    wait_in_page(page, "record => viewerBox()?.dataset.record === record", record)
    elapsed = 1000 * (time.perf_counter() - start)
    page.wait_for_timeout(1_500)
    return elapsed


def plotly_key_ms(browser: Browser, server: Server) -> float:
    """The arrow key on a Records page that draws with Plotly, until the strip's title has changed."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{server.url}/Records?record={RECORD}&start=60")
    title = page.locator(".gtitle").nth(1)
    title.wait_for()
    page.wait_for_timeout(3_000)
    times = []
    for _ in range(REPEATS):
        before = title.text_content()
        start = time.perf_counter()
        page.keyboard.press("ArrowRight")
        page.wait_for_function(
            "before => document.querySelectorAll('.gtitle')[1]?.textContent !== before",
            arg=before, polling="raf",
        )  # fmt: skip
        times.append(1000 * (time.perf_counter() - start))
        page.wait_for_timeout(300)
    page.close()
    return median(times)


def long_record(source: Path, folder: Path, hours: float) -> str:
    """Record 208 over and over for so many hours, of format 16; gives its name."""
    name = f"h{hours:g}".replace(".", "_")
    record = wfdb.rdrecord(str(source / RECORD), physical=False)
    labels = wfdb.rdann(str(source / RECORD), "atr")
    samples = record.d_signal.astype("<i2")
    total, each = int(hours * 3600 * FS), len(samples)
    repeats = -(-total // each)
    with (folder / f"{name}.dat").open("wb") as file:
        for k in range(repeats):
            file.write(samples[: min(each, total - k * each)].tobytes())
    lines = [f"{name} 2 {FS} {total}"] + [
        f"{name}.dat 16 {record.adc_gain[k]:g}({record.baseline[k]})/mV 11 0 0 0 0 {record.sig_name[k]}" for k in (0, 1)
    ]
    (folder / f"{name}.hea").write_text("\n".join(lines) + "\n", encoding="ascii")
    sample = np.concatenate([labels.sample + k * each for k in range(repeats)])
    keep = sample < total
    symbol, aux = np.tile(np.array(labels.symbol), repeats)[keep], np.tile(np.array(labels.aux_note), repeats)[keep]
    wfdb.wrann(name, "atr", sample[keep], symbol, aux_note=aux.tolist(), write_dir=str(folder))
    return name


def of_half_an_hour(browser: Browser, data: Path, home: Path) -> dict[str, float]:
    """Figures of record 208."""
    figures: dict[str, float] = {}
    with served(HERE, data, home) as server:
        url = f"{server.url}/Records?record={RECORD}&start=60"
        figures["page_cold_ms"] = first_strip_ms(browser, url)
        context = browser.new_context()  # which has the app's own files by then, as a reader's browser does
        figures["page_warm_ms"] = median(first_strip_ms(context, url) for _ in range(6))
        page = opened(browser, url)
        page.wait_for_timeout(1_000)
        others = [record for record in OTHERS if (data / f"{record}.hea").is_file()]
        figures["first_strip_cold_ms"] = median(opening_ms(page, record) for record in others)
        figures["first_strip_warm_ms"] = median(opening_ms(page, record) for record in [*others[-3:], RECORD])
        figures["key_to_strip_ms"] = keys_ms(page, "ArrowRight ArrowLeft")
        figures["requests_before_drawn"] = page.evaluate("askedBeforeDrawn")
        figures["click_to_facts_ms"] = median(page.evaluate(FACTS) for _ in range(REPEATS))
        page.close()
        for name, length in (("10s", "10"), ("300s", "300"), ("all", "1800")):
            page = opened(browser, f"{url}&window={length}")
            page.wait_for_timeout(500)
            figures[f"pan_fps_{name}"] = page.evaluate(PAN, 3)
            figures[f"paint_ms_{name}"] = float(page.locator(".ecg").get_attribute("data-paint-ms") or "nan")
            page.close()
    return figures


def of_many_hours(browser: Browser, source: Path, scratch: Path, hours: float, name: str) -> dict[str, float]:
    """Figures of a long recording; everything of it was prepared by a first opening."""
    folder = scratch / f"data{hours:g}"
    folder.mkdir()
    for path in source.glob("100.*"):
        shutil.copy(path, folder)
    record = long_record(source, folder, hours)
    figures: dict[str, float] = {}
    home = scratch / f"home{hours:g}"
    with served(HERE, folder, home) as server:
        opened(browser, f"{server.url}/Records?record=100").close()
        url = f"{server.url}/Records?record={record}&start={hours * 1800:.0f}"
        figures[f"{name}_prepare_ms"] = first_strip_ms(browser, url)
    with served(HERE, folder, home) as server:
        context = browser.new_context()
        page = opened(context, f"{server.url}/Records?record=100")
        page.wait_for_timeout(1_000)
        idle = megabytes(server.pid)
        figures[f"{name}_first_paint_ms"] = opening_ms(page, record)
        page.close()
        url = url.replace(url.split("/Records")[0], server.url)
        figures[f"{name}_address_ms"] = median(first_strip_ms(context, url) for _ in range(3))
        page = opened(context, url)
        page.wait_for_timeout(1_000)
        figures[f"{name}_page_ms"] = keys_ms(page, "PageDown PageDown Home PageDown PageDown End PageUp PageUp")
        figures[f"{name}_overview_fps"] = page.evaluate(DRAG_OVERVIEW, 3)
        figures[f"{name}_server_mb"] = megabytes(server.pid) - idle
        page.close()
    return figures


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--against", type=Path, help="another checkout, whose Records page draws with Plotly")
    words.add_argument("--hours", type=float, nargs="*", default=[24.0, 168.0])
    words.add_argument("--json", action="store_true", help="nothing but the figures, as JSON")
    options = words.parse_args()
    sys.path.insert(0, str(HERE))
    from ecg_core.data.sources import current_source

    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        scratch = Path(place)
        os.environ.setdefault("ECG_HOME", str(scratch / "home"))
        data = current_source().folder
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        figures |= of_half_an_hour(browser, data, scratch / "here")
        if options.against:
            with served(options.against.resolve(), data, scratch / "there") as server:
                figures["against_key_to_strip_ms"] = plotly_key_ms(browser, server)
            figures["key_ratio"] = figures["key_to_strip_ms"] / figures["against_key_to_strip_ms"]
        for hours in options.hours:
            name = {24.0: "day", 168.0: "week"}.get(hours, f"hours{hours:g}")
            figures |= of_many_hours(browser, data, scratch, hours, name)
        browser.close()
    rounded = {name: round(value, 3 if value < 1 else 1) for name, value in figures.items()}
    print(json.dumps(rounded, indent=None if options.json else 2))


if __name__ == "__main__":
    main()
