"""Opening pages and carrying out commands beside something damaged, and what must hold of each opening."""

import io
import logging
import os
import re
import signal
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from typing import Any

from streamlit import config
from streamlit.testing.v1 import AppTest

from ecg_core import workspace
from ecg_core.__main__ import main

LONGEST_TEXT = 600  # characters
MOST_CPU_S = 10.0
WAIT_S = 120.0  # by the clock
SAID = ("error", "warning", "info")
PAGES = {
    "Home": "app",
    "Records": "1_Records",
    "Class balance": "2_Class_balance",
    "Synthesis": "3_Synthesis",
    "Classifier": "4_Classifier",
    "Autoencoder": "5_Autoencoder",
    "Review": "6_Review",
    "Runs": "7_Runs",
    "Benchmarks": "8_Benchmarks",
}

for _name in (
    "streamlit.runtime.scriptrunner_utils.script_run_context",  # says again and again that there is no browser
    "streamlit.runtime.caching.cache_data_api",
    "streamlit.error_util",  # what fails is told here
):
    logging.getLogger(_name).disabled = True
config.set_option("client.showErrorDetails", "full")


@dataclass(frozen=True)
class Opening:
    """A page with an address, or a command."""

    page: str = ""
    address: tuple[tuple[str, str], ...] = ()
    command: tuple[str, ...] = ()
    of_victim: bool = False
    """Whether it asks for the damaged one, which must then be named if it cannot be used."""

    @property
    def text(self) -> str:
        if self.command:
            return " ".join(self.command)
        return self.page + ("?" if self.address else "") + "&".join(f"{name}={value}" for name, value in self.address)


@dataclass
class Seen:
    """What an opening gave."""

    failures: list[tuple[str, str]] = field(default_factory=list)
    """Kind of failure, and what was seen."""
    said: str = ""
    """All errors, warnings and notes; of a command its standard error."""
    shown: str = ""
    """All texts; of a command its standard output."""
    parts: Counter[str] = field(default_factory=Counter)
    """How many elements of each type the page has, without what it says."""
    states: dict[str, str] = field(default_factory=dict)
    """Run -> state, as listed."""
    code: int = 0


class _TooLong(BaseException):
    """The time of a command is over."""


def look(opening: Opening) -> Seen:
    """Open it, and note what fails by itself."""
    before = time.process_time()
    seen = _command(opening.command) if opening.command else _page(opening)
    spent = time.process_time() - before
    if spent > MOST_CPU_S and not any(kind == "hang" for kind, _ in seen.failures):
        seen.failures.append(("hang", f"{spent:.0f} s CPU"))
    return seen


def _page(opening: Opening) -> Seen:
    seen = Seen()
    app = AppTest.from_file(workspace.PROJECT / "app.py", default_timeout=WAIT_S)
    if PAGES[opening.page] != "app":
        app.switch_page(f"pages/{PAGES[opening.page]}.py")
    for name, value in opening.address:
        app.query_params[name] = value
    try:
        app.run()
        first = [str(one.value) for kind in SAID for one in getattr(app, kind)]  # a note goes once the view has changed
        for _ in range(40):  # what is worked out beside the page
            if not any("It goes on if you leave this page" in one.value for one in (*app.caption, *app.markdown)):
                break
            app.run()
    except RuntimeError as error:
        seen.failures.append(("hang", str(error)[:100]))
        return seen
    for one in app.exception:
        seen.failures.append(("exception box", f"{one.message[:200]} @ {_last_place(one.stack_trace)}"))
    texts = list(dict.fromkeys([*first, *(str(one.value) for kind in SAID for one in getattr(app, kind))]))
    for text in texts:
        if len(text) > LONGEST_TEXT:
            seen.failures.append(("long text", text[:100]))
    seen.said = "\n".join(texts)
    seen.parts = _parts(app)
    labels = [str(link.proto.label) for link in app.get("page_link")]
    options = [str(option) for box in app.selectbox for option in box.options]
    seen.shown = "\n".join([seen.said, *(str(one.value) for one in (*app.caption, *app.markdown)), *labels, *options])
    for frame in app.dataframe:
        if {"Run", "State"} <= set(frame.value.columns):
            seen.states = dict(zip(frame.value["Run"], frame.value["State"], strict=True))
    return seen


def _parts(app: AppTest) -> Counter[str]:
    found: Counter[str] = Counter()

    def walk(block: Any) -> None:
        for child in getattr(block, "children", {}).values():
            kind = str(getattr(child, "type", ""))
            if kind not in (*SAID, "alert", "caption", "vertical", "horizontal", "page_link", "tab", "markdown"):
                found[kind] += 1
            walk(child)

    walk(app.main)
    return found


def _last_place(trace: Sequence[str]) -> str:
    places = [line for line in trace if "ecg_core" in line or "pages/" in line]
    found = re.findall(r'(\w+/\w+\.py)", line (\d+)', "\n".join(places))
    return ":".join(found[-1]) if found else ""


def _command(words: Sequence[str]) -> Seen:
    seen = Seen()

    def over(*_: object) -> None:
        raise _TooLong

    signal.signal(signal.SIGALRM, over)
    signal.signal(signal.SIGPROF, over)
    signal.setitimer(signal.ITIMER_REAL, WAIT_S)
    signal.setitimer(signal.ITIMER_PROF, MOST_CPU_S)
    out, err = io.StringIO(), io.StringIO()
    try:
        with redirect_stdout(out), redirect_stderr(err):
            seen.code = main(list(words))
    except _TooLong:
        seen.failures.append(("hang", " ".join(words)))
    except SystemExit as error:
        seen.code = int(error.code or 0)
    except BaseException as error:  # noqa: BLE001 - any is a finding
        trace, place = error.__traceback__, ""
        while trace:
            name = trace.tb_frame.f_code.co_filename
            place = f"{os.path.basename(name)}:{trace.tb_lineno}" if "ecg_core" in name else place  # noqa: PTH119
            trace = trace.tb_next
        seen.failures.append(("traceback", f"{type(error).__name__}: {str(error)[:150]} @ {place}"))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_PROF, 0)
    seen.said, seen.shown = err.getvalue(), out.getvalue()
    for line in seen.said.splitlines():
        if len(line) > LONGEST_TEXT:
            seen.failures.append(("long text", line[:100]))
    if not seen.failures and seen.code not in (0, 1, 2):
        seen.failures.append(("exit code", str(seen.code)))
    return seen
