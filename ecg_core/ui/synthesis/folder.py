"""An image folder as something to train on: counted by class, its rejected files named."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import streamlit as st

from ecg_core.data.image_folder import MAX_FILES, ScannedFolder, scan
from ecg_core.data.image_patients import SaidBy, image_patients, patients_sentence
from ecg_core.errors import DataError
from ecg_core.tasks.gan.options import FEWEST_IMAGES
from ecg_core.tasks.image_form import form_sentence
from ecg_core.ui.downloads import csv_button
from ecg_core.ui.escape import literal

SHOWN = 20


class FolderState(NamedTuple):
    """An image folder as it is now: another state, another count."""

    folder: str
    n_files: int
    size: int
    """Bytes of all files."""
    changed_ns: int


@dataclass
class Count:
    """The answer of `scan` for a state, once it has one."""

    state: FolderState
    scanned: ScannedFolder | None = None
    problem: str = ""


def folder_form() -> tuple[ScannedFolder, str] | None:
    """Ask for a folder, say what is in it, and ask for a class. None until there is one."""
    text = st.text_input(
        "Folder of images", key="gan.folder", placeholder="/data/ecg-images",
        help="Holds one sub-folder of PNG or JPEG images for each class. It is read where it is; nothing is copied.",
    ).strip()  # fmt: skip
    if not text:
        st.caption("A path on the computer this runs on. Each sub-folder is a class.")
        return None
    try:
        found = counted(Path(text))
    except DataError as error:
        st.error(literal(str(error)))
        return None
    return found, _count(found)


def counted(folder: Path) -> ScannedFolder:
    """What `scan` finds, from memory if no file has changed. Raises DataError as `scan`."""
    count = _count_of(_state(folder))
    if not count.scanned and not count.problem:
        bar = st.progress(0.0, "Looking through the images")

        def show(done: int, of: int) -> None:
            bar.progress(done / of, f"Looking through the images: {done:,} of {of:,}")

        try:
            count.scanned = scan(folder, show)
        except DataError as error:
            count.problem = str(error)
        bar.empty()
    if count.scanned is None:
        raise DataError(count.problem)
    return count.scanned


def patients_line(found: ScannedFolder, said_by: SaidBy = "csv") -> None:
    """Say how many patients a folder holds, or how it can be said, or why it cannot be read."""
    try:
        st.caption(literal(patients_sentence(image_patients(found, said_by))))
    except DataError as error:
        st.warning(literal(str(error)))


def form_line(found: ScannedFolder) -> None:
    """Say in which form the images of a folder are, as far as they say it."""
    st.caption(literal(form_sentence(found)))


def imbalance_sentence(counts: dict[str, int]) -> str:
    """Such as `normal has 12 times as many images as ventricular.`"""
    if len(counts) == 1:
        return "There is one class, so nothing to balance."
    most, least = max(counts, key=counts.__getitem__), min(counts, key=counts.__getitem__)
    times = counts[most] / counts[least]
    if times == 1:
        return "All classes have equally many images."
    return f"{most} has {times:,.2g} times as many images as {least}." if times < 10 else (
        f"{most} has {times:,.0f} times as many images as {least}."
    )  # fmt: skip


def _count(found: ScannedFolder) -> str:
    width, height = found.size
    st.markdown(literal(f"**{found.n_images:,} images** of {width} x {height} px. {imbalance_sentence(found.counts)}"))
    patients_line(found)
    form_line(found)
    table = pd.DataFrame({"Class": list(found.counts), "Images": list(found.counts.values())})
    table = table.sort_values("Images", ascending=False, ignore_index=True)
    bar = st.column_config.ProgressColumn(format="localized", min_value=0, max_value=int(table["Images"].max()))
    st.dataframe(table, hide_index=True, column_config={"Images": bar}, alt="Images of each class",
                 height="content" if len(table) <= 8 else 320)  # fmt: skip
    if found.rejected:
        n = len(found.rejected)
        with st.expander(f"{n:,} {'file is' if n == 1 else 'files are'} left out", icon=":material/block:"):
            left_out = pd.DataFrame([(one.path, one.reason) for one in found.rejected], columns=["File", "Why"])
            st.dataframe(left_out.head(SHOWN), hide_index=True, alt="Files left out, and why",
                         height="content" if n <= 6 else 250)  # fmt: skip
            if n > SHOWN:
                st.caption(f"The first {SHOWN} of {n:,}.")
            csv_button("All of them as CSV", left_out, "files_left_out", simulated=False)
    names = list(table["Class"])
    enough = [k for k, name in enumerate(names) if found.counts[name] >= FEWEST_IMAGES]
    rarest = enough[-1] if enough else len(names) - 1
    return str(st.selectbox("Class", names, rarest, format_func=lambda name: f"{name} · {found.counts[name]:,} images",
                            key="gan.label"))  # fmt: skip


@st.cache_resource(max_entries=4, show_spinner=False)
def _count_of(state: FolderState) -> Count:
    """Filled once by `counted`: a progress bar cannot be shown from within what is cached."""
    return Count(state)


def _state(folder: Path) -> FolderState:
    n = size = latest = 0
    try:
        places = [folder.expanduser()]
        with os.scandir(places[0]) as entries:
            places += [Path(entry.path) for entry in entries if entry.is_dir()]
        for place in places:
            with os.scandir(place) as entries:
                for entry in entries:
                    status = entry.stat(follow_symlinks=False)
                    latest = max(latest, status.st_mtime_ns)
                    n, size = n + 1, size + (status.st_size if stat.S_ISREG(status.st_mode) else 0)
                    if n > MAX_FILES:
                        return FolderState(str(folder), n, size, latest)
    except (OSError, RuntimeError, ValueError):
        pass  # what cannot be looked into is for `scan` to say
    return FolderState(str(folder), n, size, latest)
