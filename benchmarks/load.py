"""Many people at one server: contexts of a real Chromium, each at a page of its own, while one training runs and
another waits.

    ECG_DATA_DIR=<MIT-BIH> python -m benchmarks.load [--json] [--people 20] [--minutes 10] [--rest 10] [--pause 10]

A third turns pages of recordings and opens others, a third reviews beats, a third moves the detector's threshold;
each thinks for `--pause` seconds on average between clicks. `clicks` has, of each kind of click, the time until the
picture a reader waits for stands, and until nothing changes any more (`settled`), in ms. After each click, who clicked
checks that address, title and figures are its own: `mixed` counts what was not, `errors` boxes, failed requests and
messages of the console. Every decision called saved must be in the log, once, with the name of who made it. `memory`
is that of the server in MB: at the start, the most, and `--rest` minutes after all have left. `training` is how many
epochs a minute it got before, while they clicked, and after.
"""

import argparse
import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import numpy as np
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright
from playwright.async_api import Error as BrowserError

from benchmarks.clicks import WATCH
from benchmarks.served import FLAGS, PATIENCE_MS, Server, megabytes, served
from benchmarks.viewer import FIND
from ecg_core.data.corrections import log
from ecg_core.runs.folder import list_runs, open_run

HERE = Path(__file__).resolve().parents[1]
RECORDS = ("100", "103", "105", "106", "114", "116", "119", "123", "200", "202", "205", "208", "210", "213", "215",
           "219", "221", "223", "228", "233")  # fmt: skip
WINDOWS_S = (2, 5, 10, 30)
KEYS = "132 45"
NOT_OURS = ("/_stcore/health", "/_stcore/host-config")
"""Streamlit asks for them below the page first, where they are not."""

TOLD = """Math.abs(Number(new URLSearchParams(location.search).get("start") ?? 0)
  - window.viewerBox().dataset.range.split(",")[0]) < 1"""


@dataclass
class Tally:
    """What all have seen together."""

    shown: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    settled: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    mixed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    saved: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Decisions called saved, by record and person."""
    figures: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    """Every sentence that was shown for one threshold of one part of the data: there is to be one."""


@dataclass
class Person:
    """Somebody at a browser of their own."""

    number: int
    page: Page
    url: str
    tally: Tally
    rng: np.random.Generator
    pause_s: float
    ready: asyncio.Barrier
    """Where all wait until everybody's page is open."""
    minutes: float

    @property
    def name(self) -> str:
        return f"Person {self.number}"

    async def clicked(self, kind: str, act: Callable[[], Awaitable[object]], shown: str) -> None:
        """Act, and wait for what `shown`, a condition in the browser, says, and until nothing changes any more."""
        began = await self.page.evaluate("() => (window.pressed = performance.now())")
        await act()
        at = await self.until(shown)
        self.tally.shown[kind].append(at - began)
        await self.page.evaluate("() => window.settledMs()")
        last = await self.page.evaluate("() => window.lastChange")
        self.tally.settled[kind].append(max(at, last) - began)
        boxes = self.page.locator("[data-testid=stException], [data-testid=stAlertContentError]")
        if await boxes.count():
            self.tally.errors.append(f"{self.name}: {(await boxes.first.inner_text())[:200]}")

    async def until(self, condition: str, patience_s: float = PATIENCE_MS / 1000) -> float:
        """Wait until a condition holds in the browser; when it did, in ms of the page's clock."""
        looking = self.page.evaluate(
            f"() => new Promise(done => {{ const look = () => ({condition}) ? done(performance.now())"
            " : setTimeout(look, 10); look(); })"
        )
        return float(await asyncio.wait_for(looking, patience_s))

    def mine(self, what: str, seen: object, expected: object) -> None:
        """Note what is somebody else's, or what is out of date."""
        if seen != expected:
            self.tally.mixed.append(f"{self.name}: {what} is {seen!r}, expected {expected!r}")

    def address(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.page.url).query).items()}

    async def clicks(self) -> AsyncIterator[None]:
        """A turn for each click, from when everybody's page is open, for so many minutes."""
        await self.ready.wait()
        until = time.monotonic() + 60 * self.minutes
        while time.monotonic() < until:
            await asyncio.sleep(float(np.clip(self.rng.exponential(self.pause_s), 0.3, 4 * self.pause_s)))
            yield

    async def open(self, path: str) -> None:
        """A page, drawn."""
        await self.page.goto(f"{self.url}/{path}", timeout=PATIENCE_MS)
        await self.page.locator("h1").first.wait_for(timeout=PATIENCE_MS)
        await self.page.evaluate(WATCH)
        await self.page.evaluate("watchClicks()")
        await self.page.evaluate("window.pressed = performance.now()")


async def read(person: Person) -> None:
    """Turn pages of a recording; now and then open another."""
    window, at, page = WINDOWS_S[person.number % len(WINDOWS_S)], person.number % len(RECORDS), person.page
    await person.open(f"Records?{urlencode({'record': RECORDS[at], 'window': window})}")
    await person.until("window.viewerBox()?.dataset.loading === 'false'")
    turns = 0
    async for _ in person.clicks():
        if turns % 5 == 4:
            at = (at + 7) % len(RECORDS)
            record = RECORDS[at]

            box = page.get_by_role("combobox", name="Record", exact=True)
            await box.click()
            await box.fill(record)
            named = page.get_by_role("option", name=re.compile(f"^{record} ")).first
            await named.wait_for()
            drawn = f"window.viewerBox()?.dataset.record === '{record}' && window.viewerBox().dataset.loading==='false'"
            await person.clicked("open a record", named.click, drawn)
        else:
            start = await page.evaluate("() => window.viewerBox().dataset.range")
            await page.locator("canvas.main").focus()
            drawn = f"window.viewerBox()?.dataset.range !== '{start}' && window.viewerBox().dataset.loading === 'false'"
            await person.clicked("turn a page", lambda: page.keyboard.press("ArrowRight"), drawn)
        turns += 1
        with suppress(TimeoutError):  # the address is told a moment after the picture
            await person.until(TOLD, 30)
        address, box = person.address(), await page.evaluate("() => ({...window.viewerBox().dataset})")
        first, length = (float(value) for value in box["range"].split(","))
        person.mine("the record in the address", address.get("record"), RECORDS[at])
        person.mine("the record drawn", box["record"], RECORDS[at])
        person.mine("the window drawn", round(length), window)
        person.mine("the start in the address", abs(float(address.get("start", 0)) - first) < 1, True)
        chosen = await page.get_by_role("combobox", name="Record", exact=True).input_value()
        if chosen:
            person.mine("the record chosen", chosen.split(" ")[0], RECORDS[at])


async def review(person: Person) -> None:
    """Decide about beats, as a person of a name of their own; each at another recording."""
    page, record = person.page, RECORDS[person.number % len(RECORDS)]
    await person.open(f"Review?{urlencode({'record': record, 'rule': 'class', 'class': 'N', 'order': 'time'})}")
    await person.until("window.viewerBox()?.dataset.item !== undefined")
    await page.get_by_label("Reviewer").fill(person.name)
    await page.get_by_label("Reviewer").press("Enter")
    await page.evaluate("() => window.settledMs()")
    done = 0
    async for _ in person.clicks():
        item = await page.evaluate("() => window.viewerBox().dataset.item")
        await page.locator("canvas.main").focus()
        key = KEYS[int(person.rng.integers(len(KEYS)))]
        drawn = f"window.viewerBox()?.dataset.item !== '{item}' && window.viewerBox().dataset.loading === 'false'"
        await person.clicked("decide about a beat", partial(page.keyboard.press, key), drawn)
        done += 1
        person.mine("the record in the address", person.address().get("record"), record)
        box = await page.evaluate("() => ({...window.viewerBox().dataset})")
        person.mine("the record drawn", box["record"], record)
        person.mine("the number reviewed", int(box["reviewed"]), done)
        person.mine("the reviewer", await page.get_by_label("Reviewer").input_value(), person.name)
    await person.until("window.viewerBox().dataset.unsaved === '0'")
    person.tally.saved[record, person.name] += done


async def threshold(person: Person) -> None:
    """Move the detector's threshold, each by steps of their own, on validation or test records."""
    page, step = person.page, 1 + person.number % 5
    part = ("validation", "test")[person.number % 2]
    await person.open(f"Autoencoder?{urlencode({'part': part})}")
    slider = page.get_by_role("slider", name="Threshold", exact=True)
    await slider.wait_for(timeout=PATIENCE_MS)
    await page.evaluate("() => window.settledMs()")
    way = 1
    async for _ in person.clicks():
        before = await _shown(page)
        if float(before) > 12 or float(before) < 2:
            way = 1 if float(before) < 2 else -1

        async def move(way: int = way) -> None:
            await slider.focus()
            for _ in range(step):
                await page.keyboard.press("ArrowRight" if way > 0 else "ArrowLeft")

        goal = f"{float(before) + 0.05 * step * way:.2f}"
        await person.clicked("move the threshold", move, f"{FIGURES}.dataset.threshold === '{goal}'")
        with suppress(TimeoutError):
            await person.until(f"new URLSearchParams(location.search).get('threshold') === '{goal}'", 30)
        person.mine("the threshold shown", await _shown(page), goal)
        if await page.get_by_role("button", name="Back to the default").is_visible():  # else it is the default
            person.mine("the threshold in the address", person.address().get("threshold"), goal)
        person.mine("the part in the address", person.address().get("part"), part)
        sentence = await page.evaluate(
            f"() => [...{FIGURES}.querySelectorAll('[data-figure]')].map(e => e.textContent)"
        )
        person.tally.figures[part, goal].add(str(sentence))


FIGURES = """[...document.querySelectorAll('*')].map(e => e.shadowRoot?.querySelector('.threshold') ??
 (e.matches('.threshold') ? e : null)).find(Boolean)"""


async def _shown(page: Page) -> str:
    return str(await page.evaluate(f"() => {FIGURES}.dataset.threshold"))


DOES = (read, review, threshold)


async def everybody(url: str, people: int, minutes: float, pause_s: float) -> Tally:
    """All of them at once, from the moment that all have their page open."""
    tally = Tally()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        ready = asyncio.Barrier(people)
        await asyncio.gather(*(_one(browser, url, tally, k, minutes, pause_s, ready) for k in range(people)))
        await browser.close()
    return tally


async def _one(
    browser: Browser, url: str, tally: Tally, number: int, minutes: float, pause_s: float, ready: asyncio.Barrier
) -> None:
    await asyncio.sleep(2 * number)
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    await context.add_init_script(FIND)
    page = await context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    person = Person(number, page, url, tally, np.random.default_rng(number), pause_s, ready, minutes)
    page.on("pageerror", lambda error: tally.errors.append(f"{person.name}: {error}"))
    page.on("console", lambda said: tally.errors.append(f"{person.name}: {said.text[:200]}") if _ours(said) else None)
    page.on("dialog", lambda dialog: tally.errors.append(f"{person.name}: dialog {dialog.message}"))
    try:
        await DOES[number % len(DOES)](person)
    except (BrowserError, TimeoutError) as error:
        tally.errors.append(f"{person.name}: {type(error).__name__} {str(error)[:300]}")
        print(tally.errors[-1], file=sys.stderr, flush=True)
        if ready.n_waiting:
            await ready.abort()  # nobody waits for somebody who has left
    except asyncio.BrokenBarrierError:
        tally.errors.append(f"{person.name}: somebody's page did not open")
    await context.close()


def _ours(said: ConsoleMessage) -> bool:
    return said.type == "error" and not any(word in said.location["url"] for word in NOT_OURS)


def epochs(home: Path) -> int:
    """Epochs of all runs in the workspace."""
    os.environ["ECG_HOME"] = str(home)
    return sum(len(run.progress().epochs) for run in list_runs())


class Watch:
    """How far the training is, and what memory the server takes, looked at in between."""

    def __init__(self, server: Server, home: Path) -> None:
        self.server, self.home, self.most = server, home, 0.0

    async def look(self) -> None:
        while True:
            self.most = max(self.most, megabytes(self.server.pid))
            await asyncio.sleep(1)


def times_of(values: dict[str, list[float]]) -> dict[str, dict[str, float]]:
    every = {**values, "all": [ms for one in values.values() for ms in one]}
    return {
        kind: {
            "n": len(ms),
            "p50": round(median(ms)),
            "p95": round(float(np.percentile(ms, 95))),
            "max": round(max(ms)),
        }
        for kind, ms in every.items()
        if ms
    }


def lost_of(tally: Tally, data: Path) -> dict[str, int]:
    """Decisions called saved that are not in the log, those in it twice, and those of a name that made none there."""
    figures = Counter(saved=sum(tally.saved.values()), lost=0, twice=0, of_others=0)
    for record in {record for record, _ in tally.saved}:
        found = log.read(log.log_file(data, record))
        entries = found.entries if found else ()
        by_name = Counter(entry.edit.person for entry in entries)
        asked = Counter({name: n for (of, name), n in tally.saved.items() if of == record})
        figures["lost"] += (asked - by_name).total()
        figures["of_others"] += (by_name - asked).total()
        pairs = [(entry.edit.client, entry.edit.seq) for entry in entries]
        figures["twice"] += len(pairs) - len(set(pairs))
    return dict(figures)


def train(home: Path, data: Path, seed: int) -> str:
    """Start a training that takes longer than all of this; its id."""
    said = subprocess.run(
        [sys.executable, "-m", "ecg_core", "train", "gan", "--epochs", "1000", "--seed", str(seed), "--json"],
        cwd=HERE, env={**os.environ, "ECG_HOME": str(home), "ECG_DATA_DIR": str(data)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return re.search(r"\d{8}-\d{9}-[a-z-]+-[0-9a-f]{4}", said.stdout + said.stderr)[0]  # type: ignore[index]


async def measured(server: Server, home: Path, data: Path, options: argparse.Namespace) -> dict[str, Any]:
    first = train(home, data, 0)
    os.environ["ECG_HOME"] = str(home)
    while epochs(home) < 1:
        await asyncio.sleep(1)
    train(home, data, 1)
    memory = {"start": round(megabytes(server.pid))}

    async def pace(seconds: float) -> float:
        before, began = epochs(home), time.monotonic()
        await asyncio.sleep(seconds)
        return round(60 * (epochs(home) - before) / (time.monotonic() - began), 1)

    training = {"before": await pace(options.alone)}
    watch = Watch(server, home)
    looking = asyncio.create_task(watch.look())
    before, began = epochs(home), time.monotonic()
    tally = await everybody(server.url, options.people, options.minutes, options.pause)
    training["during"] = round(60 * (epochs(home) - before) / (time.monotonic() - began), 1)
    training["after"] = await pace(options.alone)
    training["state"] = open_run(first).state  # type: ignore[assignment]
    subprocess.run([sys.executable, "-m", "ecg_core", "runs", "stop", first], cwd=HERE, check=False,
                   env={**os.environ, "ECG_HOME": str(home)}, capture_output=True)  # fmt: skip
    looking.cancel()
    memory |= {"most": round(watch.most), "closed": round(megabytes(server.pid))}
    await asyncio.sleep(60 * options.rest)
    memory["after"] = round(megabytes(server.pid))
    differing = [f"{key}: {sorted(said)}" for key, said in tally.figures.items() if len(said) > 1]
    log_text = (home / "server.log").read_text()
    return {
        "people": options.people, "minutes": options.minutes, "pause_s": options.pause,
        "clicks": {"shown": times_of(tally.shown), "settled": times_of(tally.settled)},
        "errors": len(tally.errors), "mixed": len(tally.mixed) + len(differing),
        "thresholds": len(tally.figures),
        "decisions": lost_of(tally, data), "memory": memory, "training": training,
        "told": [*tally.errors[:20], *tally.mixed[:20], *differing[:5]],
        "log_traces": log_text.count("Traceback"),
    }  # fmt: skip


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--json", action="store_true")
    words.add_argument("--people", type=int, default=20)
    words.add_argument("--minutes", type=float, default=10)
    words.add_argument("--rest", type=float, default=10, help="minutes after all have left until memory is looked at")
    words.add_argument("--pause", type=float, default=10, help="seconds between clicks, on average")
    words.add_argument("--alone", type=float, default=60, help="seconds the training is watched before and after")
    words.add_argument("--cache", type=Path, help="a workspace whose prepared beats are copied first")
    options = words.parse_args()
    data = Path(os.environ["ECG_DATA_DIR"])
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch) / "home"
        home.mkdir()
        if options.cache:
            shutil.copytree(options.cache / "cache", home / "cache")
        with served(HERE, data, home) as server:
            time.sleep(25)  # what the server imports after it answers
            found = asyncio.run(measured(server, home, data, options))
        if found["log_traces"]:
            print((home / "server.log").read_text()[-4000:], file=sys.stderr)
        subprocess.run(["pkill", "-KILL", "-f", str(home)], check=False)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
