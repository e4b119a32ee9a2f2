"""Targets: what people type: addresses, times, settings of the environment, arguments of the command line."""

import argparse
import contextlib
import io
import os
import random
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
import wfdb

from benchmarks.fuzz.judging import Case, Ready, Wrong, text_problem
from benchmarks.fuzz.mutations import encoded, odd_text
from ecg_core import workspace
from ecg_core.data import beat_model, download, sources
from ecg_core.data.clock import parse_clock
from ecg_core.data.importing.collection import collections
from ecg_core.data.simulate import PATIENTS, ensure_simulated
from ecg_core.errors import RunError
from ecg_core.runs import control
from ecg_core.runs.folder import list_runs, open_run
from ecg_core.runs.queue import slots
from ecg_core.tasks.places import folder_of
from ecg_core.ui.classifier.compare import chosen_models
from ecg_core.ui.query import Param, Query, number, one_of, whole
from ecg_core.ui.records import controls as records
from ecg_core.ui.review import controls as review
from ecg_core.ui.synthesis.train import classes_of, finished_run

_TIMES = (
    "12:30",
    "1:02:03",
    "0:00",
    "99",
    "12:30.5",
    "1400:00",
    "24:00:00",
    "61:00",
    "1:60",
    "-5",
    "1e3",
    "nan",
    "12.5.5",
    ":",
    "1::2",
    "０１:００",
    "¼:00",
    "1" * 300,
    "",
)


class _Refused(RunError):
    """What an address or a time is refused with on a page."""


def address(folder: Path) -> Ready:
    """Query strings of all pages, and times as people type them."""
    os.environ["ECG_HOME"] = str(folder)
    pages: dict[str, Query] = {
        "records": records.query(), "review": review.query(),
        "synthesis": Query("synthesis", Param("run", None, str), Param("n", 24, whole(1, 10_000)), Param("seed", 1, whole(0, 2**31 - 1)),
                           Param("ratio", 0.5, number(0.05, 1.0)), Param("classes", None, classes_of)),
        "classifier": Query("classifier", Param("compare", None, chosen_models, ",".join), Param("part", None, one_of(("validation", "test")))),
        "autoencoder": Query("autoencoder", Param("threshold", None, number(0, 1000), lambda value: f"{value:.2f}")),
    }  # fmt: skip
    sound = (
        "100",
        "0.5",
        "1",
        "V",
        "DS2",
        "models/autoencoder",
        "MLII,V5",
        "20260101-000000000-gan-0000",
        "1e3",
        "12:30",
    )

    def make(rng: random.Random) -> Case:
        if rng.random() < 0.3:
            text = rng.choice(_TIMES)
            return Case(
                "time",
                encoded(
                    text
                    if rng.random() < 0.3
                    else text[: rng.randint(0, 4)] + odd_text(rng) + text[rng.randint(0, 4) :]
                ),
            )
        page = rng.choice(tuple(pages))
        names = [param.name for param in pages[page].params]
        pairs = [
            f"{rng.choice((*names, odd_text(rng)))}\x1f{rng.choice((odd_text(rng), rng.choice(sound), rng.choice(sound) + odd_text(rng)))}"
            for _ in range(rng.randint(1, 4))
        ]
        return Case(page, encoded("\x1e".join(pairs)))

    def use(case: Case) -> None:
        text = case.content.decode("utf-8", "surrogatepass")
        if case.variant == "time":
            _time(text)
            return
        page = pages[case.variant]
        given = dict(pair.split("\x1f", 1) for pair in text.split("\x1e") if pair.count("\x1f") == 1)
        problems = _opened(page, given)
        for problem in problems:
            if wrong := text_problem(problem):
                raise Wrong(wrong)
        _named(page)
        if problems:
            raise _Refused(problems[0])

    return Ready(make, use)


MOST_S = 99_999 * 3600 + 3600
"""Hours of five digits can be typed."""


def _time(text: str) -> None:
    try:
        seconds = parse_clock(text)
    except ValueError as error:
        raise _Refused(str(error)) from None
    if not 0 <= seconds <= MOST_S:
        raise Wrong(f"{text!r} is {seconds} s")


def _opened(page: Query, given: dict[str, str]) -> list[str]:
    """What a page does with an address at a session's first run, on plain mappings in place of Streamlit's."""
    st.session_state.clear()
    st.query_params.clear()
    for name, value in given.items():
        with contextlib.suppress(Exception):  # what the browser's side does not take reaches no page
            st.query_params[name] = value
    problems = [*page.read(), *page.unknown()]
    page.write()
    return problems


def _named(page: Query) -> None:
    """What pages look up by the names in an address."""
    for param in page.params:
        value = page[param.name]
        if isinstance(value, str):
            finished_run(value)
            for look in (open_run, folder_of):
                with contextlib.suppress(RunError):
                    look(value)
        if isinstance(value, float) and not np.isfinite(value):
            raise Wrong(f"{param.name} is {value}")


def environment(folder: Path) -> Ready:
    """`ECG_HOME`, `ECG_DATA_DIR`, `ECG_SLOTS` and `ECG_CACHE_GB`."""
    data = folder / "data"
    small_recording(data, "sim01")
    ensure_simulated(folder / "home" / "data" / "simulated")
    (folder / "file").write_bytes(b"x")
    (folder / "loop").symlink_to(folder / "loop")
    (folder / "zero").symlink_to("/dev/zero")
    os.mkfifo(folder / "pipe")
    places = [
        "",
        str(folder / "new"),
        "file",
        "loop",
        "zero",
        "pipe",
        "/dev/null",
        "/proc/x",
        "/sys/x",
        "/etc/passwd",
        "~nobodyzz/x",
        "x" * 300,
        "x/" * 3000,
        str(data),
    ]
    sound = {"ECG_HOME": str(folder / "home"), "ECG_DATA_DIR": str(data), "ECG_SLOTS": "1", "ECG_CACHE_GB": "10"}

    def make(rng: random.Random) -> Case:
        name = rng.choice(tuple(sound))
        text = odd_text(rng) if rng.random() < 0.6 else rng.choice(places)
        if rng.random() < 0.2:
            text = rng.choice(places) + "/" + text
        return Case(name, encoded(text))

    def use(case: Case) -> None:
        text = case.content.decode("utf-8", "surrogatepass")
        if "\0" in text:  # no environment can hold it
            raise _Refused("no environment holds a NUL")
        os.environ |= sound
        try:
            os.environ[case.variant] = text
        except UnicodeEncodeError:
            os.environ |= sound
            return
        _ = slots(), workspace.cache_budget_bytes(), workspace.settings(), list_runs()
        collections()
        sources.current_source()
        workspace.remember(seen=None)

    return Ready(make, use)


def small_recording(folder: Path, name: str, seconds: int = 20) -> None:
    """A short simulated recording with its annotations."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(3)
    patient = PATIENTS[1]
    beats, _ = beat_model.rhythm(patient, seconds, rng)
    mv, peaks = beat_model.draw(beats, beat_model.shapes_of(patient, rng), seconds * beat_model.FS, rng)
    wfdb.wrsamp(
        name,
        beat_model.FS,
        ["mV", "mV"],
        list(beat_model.LEADS),
        np.ascontiguousarray(mv.T),
        fmt=["212", "212"],
        write_dir=str(folder),
        comments=["SIMULATED"],
    )
    inside = [int(peak) for peak in peaks if 0 < peak < seconds * beat_model.FS]
    wfdb.wrann(name, "atr", np.array(inside), ["N"] * len(inside), write_dir=str(folder))


def arguments(folder: Path) -> Ready:
    """Arguments of every verb. No worker is started: what it would work on is looked at instead."""
    import ecg_core.__main__ as command

    data = folder / "data"
    for name in ("sim01", "sim02"):
        small_recording(data, name)
    os.environ |= {"ECG_HOME": str(folder / "home"), "ECG_DATA_DIR": str(data)}
    setattr(control, "_spawn", lambda *_: None)  # noqa: B010 - a stand-in for what is typed
    download.MAX_PAUSE_S = 0.0  # a server that does not answer is not waited for
    (folder / "file").write_bytes(b"x")
    (folder / "loop").symlink_to(folder / "loop")
    os.mkfifo(folder / "pipe")
    models = workspace.MODELS
    sound = (
        "sim01",
        str(data),
        str(models / "gan-F"),
        str(models / "autoencoder"),
        "out",
        "1",
        "3",
        "DS2",
        "all",
        "atr",
        "V",
        "mV",
        "250",
        "My recordings",
    )
    odd_places = (
        "file",
        "loop",
        "pipe",
        "/proc/x",
        "/dev/null/x",
        "/etc/passwd/x",
        "/dev/zero/x",
        "~nobodyzz/x",
        "x" * 300,
        "x/" * 2000,
        "",
    )
    words = _words_of(command)

    def word(rng: random.Random) -> str:
        pick = rng.random()
        return rng.choice(sound) if pick < 0.4 else rng.choice(odd_places) if pick < 0.6 else odd_text(rng)

    def make(rng: random.Random) -> Case:
        verb = rng.choice(tuple(words))
        line = list(verb)
        positionals, flags = words[verb]
        line += [word(rng) for _ in range(max(0, positionals + rng.choice((0, 0, 0, 0, -1, 1))))]
        for _ in range(rng.choice((0, 0, 1, 1, 2, 3))):
            flag, n_values = rng.choice((*flags, (odd_text(rng), 1)))
            line += [flag, *(word(rng) for _ in range(n_values))]
        if verb[:2] == ("data", "download"):
            line += [
                "--to",
                "out",
                "--url",
                rng.choice(
                    (
                        "http://[::1",
                        "http://127.0.0.1:9/",
                        "ftp://x",
                        "file:///etc/passwd",
                        "",
                        "http://",
                        "x" * 3000,
                        "http://127.0.0.1:9/\u202e",
                    )
                ),
            ]
        if rng.random() < 0.01:
            line = [odd_text(rng) for _ in range(rng.randint(0, 3))]
        return Case(" ".join(verb), encoded("\x1e".join(one for one in line)))

    def use(case: Case) -> None:
        line = list(case.content.decode("utf-8", "surrogatepass").split("\x1e"))
        _carried_out(command, [one for one in line if "\0" not in one])

    return Ready(make, use, most_cpu_s=8.0)


def _carried_out(command: Any, line: list[str]) -> None:
    """Run a command line; what it says and how it ends must be in order."""
    out, told = io.StringIO(), io.StringIO()
    code: object = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(told):
        try:
            code = command.main(line)
        except SystemExit as end:
            code = end.code
    last = told.getvalue().strip().splitlines()[-1:] or [""]
    if code not in (0, 1, 2):
        raise Wrong(f"exit code {code!r}")
    if code and not told.getvalue().strip() and not out.getvalue().strip():
        raise Wrong(f"exit code {code} without a word")
    if "Traceback" in told.getvalue():
        raise Wrong("a traceback on standard error")
    if wrong := text_problem(last[0]):
        raise Wrong(f"standard error: {wrong}")
    if code:
        raise _Refused(last[0][:500])


def _words_of(command: Any) -> dict[tuple[str, ...], tuple[int, tuple[tuple[str, int], ...]]]:
    """Every verb -> how many words it takes and its flags, as its own parser says."""
    found: dict[tuple[str, ...], tuple[int, tuple[tuple[str, int], ...]]] = {}

    def walk(parser: argparse.ArgumentParser, path: tuple[str, ...]) -> None:
        positionals, flags, below = 0, [("--json", 0)], False
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                below = True
                for name, child in action.choices.items():
                    walk(child, (*path, name))
            elif set(action.option_strings) & {"--help", "--follow", "--keep"}:
                continue  # these wait for a worker, and none is started
            elif action.option_strings:
                takes = 0 if action.nargs == 0 else 1
                flags.append((action.option_strings[-1], takes))
            else:
                positionals += 1
        if not below:
            found[path] = (positionals, tuple(flags))

    walk(command.parser(), ())
    return found
