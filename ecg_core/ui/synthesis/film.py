"""The film of a GAN's training: what it made of the same noise after each epoch that was kept."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from ecg_core.beats.config import BeatConfig
from ecg_core.beats.images import png_bytes, sheet
from ecg_core.files import FileState
from ecg_core.learning.model_folder import load_card
from ecg_core.plots.film import COLUMNS, film_figure
from ecg_core.plots.theme import PALETTES, PLOTLY_CONFIG, Theme
from ecg_core.runs.folder import ALIVE, Run
from ecg_core.tasks.gan.task import GAN
from ecg_core.ui import jobs, theme
from ecg_core.ui.downloads import safe_csv

LIVE_EVERY_S = 2.0
EPOCH_PX = 72
SHEET_PX = 900  # about so wide is a row of images, so that it stays crisp on any screen
Frames = tuple[tuple[int, FileState], ...]
"""Epoch and file of each frame."""


@st.fragment(run_every=LIVE_EVERY_S)
def live_film(run: Run) -> None:
    """The film of a run that lives, growing as its frames come."""
    if run.state in ALIVE:
        film(run)


def film(run: Run) -> None:
    """One row of samples for each epoch kept so far."""
    frames = tuple((epoch, FileState.of(path)) for epoch, path in run.frame_paths())
    if not frames:
        st.caption("What it makes is shown here from the first epoch on.")
        return
    label = jobs.class_label_of(run)
    if run.kind == GAN.kind:
        epochs = ", ".join(str(epoch) for epoch, _ in frames)
        st.plotly_chart(
            _beats(frames, label, tuple(_times_s(run).tolist()), theme.current()),
            theme=None,
            config=PLOTLY_CONFIG,
            key=f"film.{run.id}",
            alt=f"Six synthetic {label} beats after epoch {epochs}, one row an epoch",
        )
    else:
        st.markdown(f"**SYNTHETIC {label} images by epoch**".replace("[", "\\["))
        for epoch, frame in frames:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.caption(f"epoch {epoch:,}", width=EPOCH_PX)
                st.image(_png(epoch, frame), width="stretch")
    scale = " The pulse at the left is 1 mV and 0.2 s." if run.kind == GAN.kind else ""
    st.caption(f"SYNTHETIC, no patient's recording: made from the same noise after each epoch.{scale}")


def film_button(run: Run) -> None:
    """Downloads the film of a beat GAN as a table."""
    name = f"film_{jobs.class_label_of(run)}_SYNTHETIC.csv"
    st.download_button("Film as CSV", lambda: _csv(run), name, "text/csv", on_click="ignore",
                       icon=":material/download:", key=f"film.csv.{run.id}")  # fmt: skip


def _csv(run: Run) -> str:
    times_ms = 1000 * _times_s(run)
    tables = []
    for epoch, beats in run.frames():
        n, leads, points = beats.shape
        beat, lead, time = np.indices((n, leads, points)).reshape(3, -1)
        columns = {"epoch": epoch, "beat": beat + 1, "lead": lead + 1, "time_ms": times_ms[time].round(2)}
        tables.append(pd.DataFrame({**columns, "mv": beats.reshape(-1), "data": "SYNTHETIC"}))
    return safe_csv(pd.concat(tables))


@st.cache_resource(max_entries=8, show_spinner=False)
def _beats(frames: Frames, beat_class: str, times_s: tuple[float, ...], shown: Theme) -> go.Figure:
    beats = [(epoch, np.load(frame.path, allow_pickle=False)) for epoch, frame in frames]
    return film_figure(beats, np.array(times_s), beat_class, PALETTES[shown])


def _times_s(run: Run) -> npt.NDArray[np.float64]:
    """Times of the points of the run's beats: its card's, or as beats are prepared now while it has none yet."""
    preparation = load_card(run.folder).preparation if run.has_model() else None
    return (preparation.config if preparation else BeatConfig()).times_s


@st.cache_data(max_entries=200, show_spinner=False)
def _png(epoch: int, frame: FileState) -> bytes:
    images: npt.NDArray[np.uint8] = np.load(frame.path, allow_pickle=False)[:COLUMNS]
    row = sheet(images, COLUMNS)
    scale = max(1, round(SHEET_PX / row.shape[1]))
    crisp = row.repeat(scale, axis=0).repeat(scale, axis=1)
    return png_bytes(crisp, {"Description": f"SYNTHETIC ECG images, epoch {epoch} of their training"})
