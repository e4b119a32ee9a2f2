"""Home: the download of the MIT-BIH database: one button, how far it is, and what went wrong, soon."""

import threading
import time
from pathlib import Path

import streamlit as st

from ecg_core.data import catalogue
from ecg_core.data.download import Progress, download
from ecg_core.data.sources import DataSource, download_complete, download_folder
from ecg_core.errors import DataError
from ecg_core.ui.escape import literal
from ecg_core.ui.guests import change_button
from ecg_core.ui.live import live

POLL_S = 0.7
SOON_S = 1.5
"""After so long without an answer, somebody wants to know."""
ANOTHER_WAY = (
    "Try again when there is a connection; what has arrived is kept. If you have the recordings, name their folder in "
    "the box **Use a folder where it is** below."
)


class Download:
    """A download that goes on while pages come and go; one for the whole server."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._begun = 0.0
        self.now: Progress | None = None
        self.answered = False
        """Whether the server has sent a file since the start."""
        self.error = ""

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    @property
    def unanswered_s(self) -> float:
        """Seconds since the start in which nothing came."""
        return 0.0 if self.answered else time.monotonic() - self._begun

    def start(self, folder: Path) -> None:
        """Start, or do nothing if it runs already: a double click starts one."""
        with self._lock:
            if self.running:
                return
            self.error, self.now, self.answered, self._begun = "", None, False, time.monotonic()
            self._stop.clear()
            self._thread = threading.Thread(target=self._work, args=(folder,), daemon=True)
            self._thread.start()

    def stop(self) -> None:
        self._stop.set()

    def _work(self, folder: Path) -> None:
        """A small file first: without a connection that is told at once, where a file half way is asked for again."""
        stop = self._stop.is_set
        missing = [name for name in catalogue.published_sums() if not (folder / name).is_file()]
        try:
            first = min(missing, key=lambda name: not name.endswith(".hea"), default=None)
            if first:
                download(folder, catalogue.url(), None, stop, files=[first], attempts=2, pause_s=0.2)
            self.answered = True
            download(folder, catalogue.url(), self._tell, stop)
        except DataError as error:
            self.error = str(error)

    def _tell(self, now: Progress) -> None:
        self.now = now


@st.cache_resource
def the_download() -> Download:
    """The server's download."""
    return Download()


def download_part(source: DataSource) -> None:
    """The button while records are simulated; how far it is; what went wrong, until other data are in use."""
    panel = the_download()
    if panel.running:
        _progress()
    elif source.kind == "simulated" and not download_complete():
        if panel.error:
            st.error(literal(f"{panel.error.partition(' What has arrived')[0]} {ANOTHER_WAY}"))
        change_button("Get the MIT-BIH database", type="primary", icon=":material/download:",
                  on_click=panel.start, args=(download_folder(),), key="home.get",
                  help="94 MB from PhysioNet, every file verified. Stops and goes on where it was.")  # fmt: skip


@live(POLL_S)
def _progress() -> None:
    panel = the_download()
    if not panel.running:
        time.sleep(0.05)
        st.rerun()
    now = panel.now
    share = now.bytes_done / max(now.bytes_total_estimate, 1) if now else 0.0
    text = f"{now.files_done} of {now.files_total} files, {now.bytes_done / 1e6:.1f} MB" if now else "Asking PhysioNet"
    st.progress(min(share, 1.0), text)
    if panel.unanswered_s > SOON_S:
        st.warning(f"PhysioNet has not answered yet: perhaps there is no connection. {ANOTHER_WAY}")
    change_button(
        "Stop", on_click=panel.stop, icon=":material/stop:", help="What has arrived is kept.", key="home.stop"
    )
