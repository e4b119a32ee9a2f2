"""The film of a GAN's training: what it made of the same noise untrained and after each epoch that was kept."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.config import BeatConfig
from ecg_core.beats.image_forms import draw_rows
from ecg_core.beats.images import png_bytes, sheet
from ecg_core.data.csv_text import safe_csv
from ecg_core.data.sources import DataSource
from ecg_core.errors import WorkbenchError
from ecg_core.files import FileState
from ecg_core.learning.model_folder import load_card
from ecg_core.runs.folder import ALIVE, Run, frame_of
from ecg_core.tasks.gan.options import ImageGanOptions
from ecg_core.tasks.gan.task import GAN
from ecg_core.tasks.material import Recordings
from ecg_core.typed_json import JsonObject
from ecg_core.ui import jobs
from ecg_core.ui.live import live
from ecg_core.ui.load import OF_BEATS
from ecg_core.ui.synthesis.data import drawn_rows, recorded, training_beats

LIVE_EVERY_S = 2.0
COLUMNS = 6
"""Beats or images of a step, and recorded ones under them."""
UNITS = 100
"""Of the numbers sent, this many are 1 mV: a hundredth is finer than a line is wide."""
LOW_MV, HIGH_MV = -0.5, 1.0
"""A lane reaches at least so far."""
STEP_MV = 0.5
RECORDED_SEED = 1
SHEET_PX = 900  # about so wide is a row of images, so that it stays crisp on any screen
BEFORE_THE_FIRST = (
    "Before the first epoch ends there is nothing to show: the beats are read and prepared, and averages of them are "
    "made to start from. With the defaults and class V that took about 25 seconds on two cores; more beats or larger "
    "images take longer. Then what it makes, and its losses, appear here."
)
WHY = (
    "Why it looks good from the start: a generator here does not begin with noise. It begins with averages of recorded "
    "beats, one for about every {n} of them, and learns what is missing: the fine texture, and how beats differ. So "
    "watch the small waves, not the large ones."
)
Frames = tuple[tuple[int, FileState], ...]
"""Epoch and file of each frame."""
Array = npt.NDArray[np.floating]


@dataclass(frozen=True)
class _Beside:
    """What stands under the film."""

    beats: BeatSet
    rows: npt.NDArray[np.int64]

    @property
    def word(self) -> str:
        return "SIMULATED" if self.beats.simulated else "Recorded"


@live(LIVE_EVERY_S)
def live_film(run: Run, source: DataSource) -> None:
    """The film of a run that lives, growing as its frames come."""
    if run.state in ALIVE:
        film(run, source)


def film(run: Run, source: DataSource) -> None:
    """A player of the steps kept so far, over recorded ones as far as they are there."""
    label, beats = jobs.class_label_of(run), run.kind == GAN.kind
    kept = tuple((epoch, FileState.of(path)) for epoch, path in run.frame_paths())
    frames = _whole(kept, beats)
    if lost := len(kept) - len(frames):
        st.warning(f"{lost} of the {len(kept)} steps of this film are damaged, and left out.")
    if not frames:
        st.info(BEFORE_THE_FIRST if run.state in ALIVE else "It has made nothing yet.")
        return
    beside = _beside(run, source, label)
    last = run.progress().last
    names = [f"Epoch {epoch} of {last.of}" if epoch and last else "Untrained" for epoch, _ in frames]
    data: JsonObject = {
        "made": f"SYNTHETIC {label} {'beats' if beats else 'images'}, made from the same noise at each step",
        "beside": f"{beside.word} {label} beats, drawn at random" if beside else "",
    }
    if beats:
        times_s = _times_s(run)
        data |= _of_beats(frames, beside, float(times_s[-1] - times_s[0]))
    else:
        data |= _of_images(frames, beside, run)
    for step, name in zip(data["steps"], names, strict=True):
        step["label"] = name
    _player()(data=data, key=f"film.{run.id}")
    scale = "The pulse at the left is 1 mV and 0.2 s. " if beats else ""
    why = _why(run)
    st.caption(f"{scale}SYNTHETIC, no patient's recording. {why}")


def film_button(run: Run) -> None:
    """Downloads the film of a beat GAN as a table."""
    name = f"film_{jobs.class_label_of(run)}_SYNTHETIC.csv"
    st.download_button("Film as CSV", lambda: _csv(run), name, "text/csv", on_click="ignore",
                       icon=":material/download:", key=f"film.csv.{run.id}")  # fmt: skip


def _why(run: Run) -> str:
    """Why the first step looks good, of a GAN that starts from averages; empty for one that starts from nothing."""
    options = jobs.options_of(run)
    try:
        of_beats = run.kind == GAN.kind or isinstance(run.config().material, Recordings)
    except WorkbenchError:
        return ""
    return WHY.format(n=options.get("beats_per_component", 20)) if of_beats else ""


def _beside(run: Run, source: DataSource, label: str) -> _Beside | None:
    """Recorded beats of the class that the run learns from, if they are in the data in use."""
    try:
        beats = recorded(source, load_card(run.folder))[0] if run.has_model() else _of_living(run, source)
    except WorkbenchError:
        beats = None
    if beats is None:
        return None  # a film without recorded beats is a film all the same
    rows = drawn_rows(beats, label, COLUMNS, RECORDED_SEED)
    return _Beside(beats, rows) if len(rows) else None


def _of_living(run: Run, source: DataSource) -> BeatSet | None:
    """Training beats of a run that has no card yet, which would tell whether its recordings are those in use."""
    config = run.config()
    names = tuple(config.split.train)
    if not isinstance(config.material, Recordings) or config.source.folder != str(source.folder):
        return None
    return training_beats(source, names, BeatConfig()) if names and set(names) <= set(source.records) else None


def _of_beats(frames: Frames, beside: _Beside | None, duration_s: float) -> JsonObject:
    made = [_loaded(frame) for _, frame in frames]
    under = np.asarray(beside.beats.signals[beside.rows]) if beside else None
    every = [*made, *([under] if under is not None else [])]
    low, high = room(every)
    return {
        "steps": [{"beats": _numbers(one)} for one in made],
        "recorded": {"beats": _numbers(under)} if under is not None else None,
        "units": UNITS,
        "low": low,
        "high": high,
        "duration_s": duration_s,
    }


def _of_images(frames: Frames, beside: _Beside | None, run: Run) -> JsonObject:
    under: Mapping[str, str] | None = None
    if beside:
        options = ImageGanOptions.from_json(jobs.options_of(run))
        under = {"image": _drawn(beside.beats, tuple(beside.rows.tolist()), options)}
    return {
        "steps": [{"image": _picture(frame)} for _, frame in frames],
        "recorded": under,
        "units": UNITS,
        "low": [],
        "high": [],
        "duration_s": 1.0,
    }


def room(beats: list[Array]) -> tuple[list[float], list[float]]:
    """Lowest and highest mV that beats (n, n_leads, n_points) need, by lead, in steps, so that it seldom changes."""
    found: tuple[list[float], list[float]] = ([], [])
    for lead in range(beats[0].shape[1]):
        values = np.concatenate([one[:, lead].reshape(-1) for one in beats])
        low, high = np.percentile(values, [0.1, 99.9])
        found[0].append(float(np.floor(min(low, LOW_MV) / STEP_MV) * STEP_MV))
        found[1].append(float(np.ceil(max(high, HIGH_MV) / STEP_MV) * STEP_MV))
    return found


def _numbers(beats: Array) -> list[Any]:
    numbers: list[Any] = np.rint(beats * UNITS).astype(int).tolist()
    return numbers


def _whole(frames: Frames, beats: bool) -> Frames:
    """Frames that can be read, of beats or of images, all of one shape."""
    shapes = [_shape(frame) for _, frame in frames]
    fitting = [shape for shape in shapes if shape and (len(shape) == 3 or not beats)]
    return tuple(one for one, shape in zip(frames, shapes, strict=True) if fitting and shape == fitting[-1])


@lru_cache(maxsize=4096)
def _shape(frame: FileState) -> tuple[int, ...] | None:
    samples = frame_of(frame.path)
    return None if samples is None else samples.shape


@st.cache_data(max_entries=200, show_spinner=False)
def _loaded(frame: FileState) -> Array:
    beats: Array = np.load(frame.path, allow_pickle=False)[:COLUMNS]
    return beats


@st.cache_data(max_entries=200, show_spinner=False)
def _picture(frame: FileState) -> str:
    return _url(np.load(frame.path, allow_pickle=False)[:COLUMNS], "SYNTHETIC ECG images")


@st.cache_data(max_entries=20, show_spinner=False, hash_funcs={**OF_BEATS, ImageGanOptions: repr})
def _drawn(beats: BeatSet, rows: tuple[int, ...], options: ImageGanOptions) -> str:
    return _url(draw_rows(beats, np.array(rows), options.drawing), "ECG images of recorded beats")


def _url(images: npt.NDArray[np.uint8], about: str) -> str:
    """A row of images as one picture that a page can hold, enlarged without being blurred."""
    row = sheet(images, COLUMNS)
    scale = max(1, round(SHEET_PX / row.shape[1]))
    crisp = row.repeat(scale, axis=0).repeat(scale, axis=1)
    return "data:image/png;base64," + base64.b64encode(png_bytes(crisp, {"Description": about})).decode()


@cache
def _player() -> Any:
    place = Path(__file__).with_name("film_player")
    html, css, js = ((place / f"player.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
    return st.components.v2.component("ecg_workbench_film", html=html, css=css, js=js)


def _csv(run: Run) -> str:
    times_ms = 1000 * _times_s(run)
    tables = []
    for epoch, beats in run.frames():
        n, leads, points = beats.shape
        beat, lead, time = np.indices((n, leads, points)).reshape(3, -1)
        columns = {"epoch": epoch, "beat": beat + 1, "lead": lead + 1, "time_ms": times_ms[time].round(2)}
        tables.append(pd.DataFrame({**columns, "mv": beats.reshape(-1), "data": "SYNTHETIC"}))
    return safe_csv(pd.concat(tables))


def _times_s(run: Run) -> npt.NDArray[np.float64]:
    """Times of the points of the run's beats: its card's, or as beats are prepared now while it has none yet."""
    preparation = load_card(run.folder).preparation if run.has_model() else None
    return (preparation.config if preparation else BeatConfig()).times_s
