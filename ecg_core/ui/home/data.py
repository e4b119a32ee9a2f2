"""Home's first card: which recordings are in use, and how to get others."""

import threading
import time
from pathlib import Path

import streamlit as st

from ecg_core.data import catalogue
from ecg_core.data.download import Progress, download
from ecg_core.data.importing.collection import collections
from ecg_core.data.sources import (
    VARIABLE,
    DataSource,
    choose_folder,
    download_complete,
    download_folder,
    use_collection_before,
)
from ecg_core.errors import DataError
from ecg_core.ui import detect, load
from ecg_core.ui.home.bring import choose_collection, dialog, open_dialog, report_of_last
from ecg_core.ui.home.collection import edit_button

POLL_S = 0.7


class Download:
    """A download that goes on while pages come and go; one for the whole server."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self.now: Progress | None = None
        self.error = ""

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self, folder: Path) -> None:
        """Start, or do nothing if it runs already: a double click starts one."""
        with self._lock:
            if self.running:
                return
            self.error, self.now = "", None
            self._stop.clear()
            self._thread = threading.Thread(target=self._work, args=(folder,), daemon=True)
            self._thread.start()

    def stop(self) -> None:
        self._stop.set()

    def _work(self, folder: Path) -> None:
        try:
            download(folder, catalogue.url(), self._tell, self._stop.is_set)
        except DataError as error:
            self.error = str(error)

    def _tell(self, now: Progress) -> None:
        self.now = now


@st.cache_resource
def the_download() -> Download:
    """The server's download."""
    return Download()


def data_card(source: DataSource) -> None:
    """Source, records, beats, integrity; then what can be done about it."""
    st.subheader("Data", anchor=False)
    summaries = load.listed(source)
    beats = sum(sum(one.counts.values()) for one in summaries.values())
    damaged = [one for one in summaries.values() if one.problem]
    detected = detect.detected_beats(source)
    st.markdown(
        f"**{source.label}**, {beats:,} annotated beats" + (f", {detected:,} detected beats" if detected else "")
    )
    st.caption(_where_from(source))
    if damaged:
        st.warning(f"{len(damaged)} cannot be read. {damaged[0].problem}")
    the_panel = the_download()
    if the_panel.running:
        _progress()
    else:
        if the_panel.error:
            st.error(f"{the_panel.error} Meanwhile everything works on the data in use.")
        if source.simulated and not download_complete():
            st.button("Get the MIT-BIH database", type="primary", icon=":material/download:",
                      on_click=the_panel.start, args=(download_folder(),),
                      help="94 MB from PhysioNet, every file verified. Stops and goes on where it was.")  # fmt: skip
    detect.offer(source, source.records, "home")
    choose_collection(source.folder)
    report_of_last()
    st.button("Bring in recordings", icon=":material/upload_file:", key="home.open", on_click=open_dialog)
    dialog()
    if source.kind == "collection":
        edit_button(source)
        st.button("Back to the data from before", on_click=_back, key="home.back")
    elif source.kind != "environment":
        with st.expander("Use a folder where it is"):
            _choose(source)


def _where_from(source: DataSource) -> str:
    if source.kind == "collection":
        return "A collection of recordings brought in here."
    if source.kind == "environment":
        return f"{source.folder}, named by {VARIABLE}."
    if source.kind == "chosen":
        return f"{source.folder}, chosen here."
    if source.kind == "downloaded":
        return "Downloaded from PhysioNet; every file's SHA-256 verified."
    why = "none of the collections is in use" if collections() else "no recordings are here yet"
    return f"Made by a beat model, because {why}. Everything works on them, nothing is real."


def _back() -> None:
    st.session_state.pop("home.imported", None)
    use_collection_before()


@st.fragment(run_every=POLL_S)
def _progress() -> None:
    panel = the_download()
    if not panel.running:
        time.sleep(0.05)
        st.rerun()
    now = panel.now
    share = now.bytes_done / max(now.bytes_total_estimate, 1) if now else 0.0
    text = f"{now.files_done} of {now.files_total} files, {now.bytes_done / 1e6:.1f} MB" if now else "Asking PhysioNet"
    st.progress(min(share, 1.0), text)
    st.button("Stop", on_click=panel.stop, icon=":material/stop:", help="What has arrived is kept.")


def _choose(source: DataSource) -> None:
    with st.form("home.choose", border=False):
        text = st.text_input("Folder of WFDB records (.hea, .dat, .atr)", placeholder="/data/holter", key="home.folder")
        sent = st.form_submit_button("Use this folder")
    if sent:
        try:
            if not text.strip():
                raise DataError("Type the path of a folder first.")
            choose_folder(Path(text.strip()))
            the_download().error = ""
        except DataError as error:
            st.error(str(error))
        else:
            st.rerun()
    if source.kind == "chosen" and st.button("Back to the workbench's own data"):
        choose_folder(None)
        st.rerun()
