"""Home: bringing in recordings: what lies in the files, what nobody says yet, and into which collection they go."""

import os
import secrets
import shutil
import time
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ecg_core import workspace
from ecg_core.access import check_may_change
from ecg_core.data.importing.collection import Collection, collections
from ecg_core.data.importing.importer import import_files
from ecg_core.data.importing.inspected import UNITS, Choice, Choices, ImportReport, Inspected, Missing
from ecg_core.data.sources import VARIABLE, current_folder, use_collection
from ecg_core.errors import DataError, WorkbenchError
from ecg_core.files import why
from ecg_core.ui.escape import literal
from ecg_core.ui.guests import change_button
from ecg_core.ui.home.found import MOST_ROWS, forget, looked_at, show, some

KINDS = "EDF, EDF+, BDF, CSV, TSV, parquet, WFDB (all files of a record), or a zip of these."
DEFAULT_COLLECTION = "My recordings"
OTHER = "A new one"
MOST_NAME_CHARACTERS = 120
MOST_DOUBTS = 6
KEPT_S = 24 * 3600.0
_UPLOADS, _OPEN = "home.uploads", "home.bringing"


def open_dialog() -> None:
    """Callback of the button: `dialog` is shown from now on, until it is closed."""
    st.session_state[_OPEN] = True


def _close() -> None:
    st.session_state.pop(_OPEN, None)
    forget()
    _forget_uploads()
    st.session_state["home.round"] = _round() + 1  # an uploader with another key is empty again


def dialog() -> None:
    """The dialog, while it is open: a page that runs again by itself would close it otherwise."""
    if st.session_state.get(_OPEN):
        _bring_in()


@st.dialog("Bring in recordings", width="large", on_dismiss=_close)
def _bring_in() -> None:
    """Choose files or a folder, see what they are, say what they do not, and bring them into a collection."""
    files = st.file_uploader("Files", accept_multiple_files=True, key=f"home.files.{_round()}", help=KINDS)
    place = ""
    if os.environ.get(VARIABLE):  # whoever names the folder for others does not let them look elsewhere
        st.caption(f"Files only: with {VARIABLE} set, no path on this computer can be typed here.")
    else:
        label = "Or a file or folder on this computer"
        place = st.text_input(label, key="home.path", placeholder="/data/holter").strip()
    if not files and not place:
        st.caption(KINDS)
        return
    try:
        paths = [*([_laid_down(files)] if files else []), *([Path(place)] if place else [])]
        items = [item for path in paths for item in looked_at(path)]
        every = _choices(items)
        if every != Choices():
            items = [item for path in paths for item in looked_at(path, every)]
    except WorkbenchError as error:
        st.error(literal(str(error)))
        return
    show(items)
    ready = [item for item in items if item.ready and not item.missing]
    if not ready:
        st.info("None of these can be brought in yet: state above what is missing.")
        return
    _commit(paths, every, len(ready))


def report_of_last() -> None:
    """What came of the last import, once it is done; until something else is done."""
    report: ImportReport | None = st.session_state.get("home.imported")
    if report is None:
        return
    n = len(report.imported)
    if n:
        st.success(literal(f"{n} recording{'s' if n > 1 else ''} brought into {report.collection!r}, now in use."))
    if report.already:
        st.info(literal(f"In it before, byte for byte: {some([one.source for one in report.already])}."))
    for doubt in [f"{one.source}: {doubt}" for one in report.imported for doubt in one.doubts][:MOST_DOUBTS]:
        st.warning(literal(doubt))
    for refused in report.refused[:MOST_ROWS]:
        st.warning(
            literal(refused.reason if refused.source in refused.reason else f"{refused.source}: {refused.reason}")
        )


def choose_collection(in_use: Path) -> None:
    """The collections there are, to use one of them."""
    every = collections()
    if not every:
        return
    by_slug = {one.slug: one for one in every}
    current = next((one.slug for one in every if one.folder == in_use), None)
    st.session_state["home.collection"] = current
    st.selectbox(
        "Collection", list(by_slug), format_func=lambda slug: _label(by_slug[slug]), key="home.collection",
        index=None if current is None else list(by_slug).index(current),
        placeholder="Choose one to use it", on_change=_use, args=(by_slug,),
    )  # fmt: skip


def _use(by_slug: dict[str, Collection]) -> None:
    slug = st.session_state["home.collection"]
    st.session_state.pop("home.imported", None)
    use_collection(by_slug[slug].folder if slug else None)


def _label(collection: Collection) -> str:
    n = len(collection.records)
    return f"{collection.name} · {n} recording{'' if n == 1 else 's'}"


def _choices(items: Sequence[Inspected]) -> Choices:
    """Asks for what files need and do not say; the same for all that do not."""
    missing = {what for item in items for what in item.missing}
    rate = unit = None
    leads: tuple[str, ...] = ()
    if "rate" in missing:
        label = f"Samples a second (Hz), which {_silent(items, 'rate')} not say"
        rate = st.number_input(literal(label), value=None, key="home.rate")
    if "unit" in missing:
        proposed = sorted({item.proposed_unit for item in items if item.proposed_unit})
        probably = f"; probably {proposed[0]}" if len(proposed) == 1 else ""
        label = f"Unit of the values, which {_silent(items, 'unit')} not say"
        unit = st.selectbox(literal(label), UNITS, None, key="home.unit", placeholder=f"Choose{probably}")
    unnamed = [
        lead for item in items for lead in item.leads if lead.lower().startswith(("ecg", "lead", "channel", "ch"))
    ]
    if unnamed:
        text = st.text_input(
            "Names of the leads, if you know them",
            key="home.leads",
            placeholder="II, V1",
            help=f"In the order of the file, with commas. The files call them {some(unnamed)}.",
        )
        leads = tuple(name.strip() for name in text.split(",") if name.strip())
    patient = st.text_input(
        "Patient, if all are of one", key="home.patient", help="A number or code, never sent anywhere."
    )
    return Choices(Choice(rate or None, unit, leads, patient.strip() or None))


def _silent(items: Sequence[Inspected], what: Missing) -> str:
    """The files that do not say it, as the subject of a sentence."""
    silent = [item.source for item in items if what in item.missing]
    if len(silent) == len(items) and len(items) > 1:
        return "the files do"
    return f"{some(silent, 2)} {'do' if len(silent) > 1 else 'does'}"


def _commit(paths: Sequence[Path], choices: Choices, n_ready: int) -> None:
    every = collections()
    names = [one.name for one in every]
    used, kind = current_folder()
    at = next((k for k, one in enumerate(every) if kind == "collection" and one.folder == used), 0)
    chosen = st.selectbox("Into the collection", [*names, OTHER], at, key="home.into") if names else OTHER
    if chosen == OTHER:
        chosen = st.text_input(
            "Name of the collection", DEFAULT_COLLECTION if not names else "", key="home.name"
        ).strip()
    label = f"Bring in {n_ready} recording{'s' if n_ready > 1 else ''}"
    if not change_button(label, type="primary", icon=":material/download_2:", disabled=not chosen, key="home.bring"):
        return
    bar = st.progress(0.0, "Bringing in")

    def progress(name: str, done: int, of: int) -> None:
        bar.progress(done / of, literal(f"{name}, {done + 1} of {of}"))

    try:
        report = import_files(paths, chosen, choices, progress)
        if report.folder and (report.imported or report.already):
            use_collection(Path(report.folder))
    except WorkbenchError as error:
        bar.empty()
        st.error(literal(str(error)))
        return
    st.session_state["home.imported"] = report
    _close()
    st.rerun()


def _laid_down(files: Sequence[UploadedFile]) -> Path:
    """The uploaded files in a folder of their own, under plain names. Raises DataError if there is no room."""
    check_may_change()
    key = " ".join(sorted(file.file_id for file in files))
    kept: tuple[str, Path] | None = st.session_state.get(_UPLOADS)
    if kept and kept[0] == key and kept[1].is_dir():
        return kept[1]
    _forget_uploads()
    folder = workspace.home() / "cache" / "uploads" / secrets.token_hex(8)
    try:
        folder.mkdir(parents=True)
        _sweep(folder.parent)
        for number, file in enumerate(files):
            plain = "".join(letter for letter in file.name.replace("\\", "/") if letter.isprintable())
            name = PurePosixPath(plain).name.lstrip(".")[-MOST_NAME_CHARACTERS:] or f"file{number}"
            target = folder / name
            if target.exists():
                target = folder / f"{target.stem}-{number}{target.suffix}"
            target.write_bytes(file.getbuffer())
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise DataError(f"The uploaded files cannot be kept in the workspace ({why(error)}).") from None
    st.session_state[_UPLOADS] = (key, folder)
    return folder


def _sweep(folder: Path) -> None:
    """Remove uploads of sessions that ended without closing the dialog."""
    for left in folder.iterdir():
        if time.time() - left.stat().st_mtime > KEPT_S:
            shutil.rmtree(left, ignore_errors=True)


def _forget_uploads() -> None:
    kept: tuple[str, Path] | None = st.session_state.pop(_UPLOADS, None)
    if kept:
        shutil.rmtree(kept[1], ignore_errors=True)


def _round() -> int:
    """Counts how often the dialog was closed."""
    return int(st.session_state.get("home.round", 0))
