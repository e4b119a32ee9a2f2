"""What stands under the viewer: how far one is, the decisions, what becomes of them."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st

from ecg_core.beats.classes import BY_CODE, CLASSES
from ecg_core.beats.labelled_record import LabelledRecord
from ecg_core.data.catalogue import ATTRIBUTION
from ecg_core.data.clock import clock
from ecg_core.data.corrections.corrections import Corrections
from ecg_core.data.corrections.decision import ARTEFACT, Entry
from ecg_core.data.corrections.export import ANNOTATOR, annotation_bytes, decisions_table
from ecg_core.data.corrections.layer import corrected
from ecg_core.data.csv_text import safe_csv
from ecg_core.data.labels import UNCLASSIFIED
from ecg_core.errors import DataError
from ecg_core.reports.report_words import is_published
from ecg_core.ui.escape import literal
from ecg_core.ui.guests import change_button
from ecg_core.ui.place_list.component import place_list
from ecg_core.ui.review.desk import Desk

MOST_LISTED = 300
_CHOSEN = "review.chosen"
NO_BEAT_ROW, NOT_CLASSIFIED = "artefact", "not classified"


def conflicts(desk: Desk) -> None:
    """What somebody else decided meanwhile, for the reader to decide."""
    for k, conflict in enumerate(list(desk.conflicts)):
        fs_time = clock(conflict.mine.samples[0] / desk.fs, 1)
        mine = ", ".join(sorted(set(conflict.mine.after)))
        with st.container(border=True):
            st.markdown(f":material/group: Beat at {fs_time}: {literal(str(conflict))} You said {literal(mine)}.")
            with st.container(horizontal=True):
                change_button("Keep theirs", key=f"review.theirs.{k}", on_click=desk.give_way, args=(conflict,))
                change_button("Keep mine", key=f"review.mine.{k}", on_click=desk.insist, args=(conflict,))


def decisions(corrections: Corrections, fs: float, go: Callable[[int], None], desk: Desk, person: str) -> None:
    """The decisions that were made, the last first; any of them can be taken back."""
    made = [entry for entry in reversed(corrections.entries) if entry.edit.act == "decide"]
    if not made:
        st.caption("No decision yet. Each is on the disk as soon as the bar says Saved, and can be taken back here.")
        return
    listed = made[:MOST_LISTED]
    rows = [_row(entry, corrections, fs) for entry in listed]
    samples = [entry.edit.samples[0] for entry in listed]
    place_list(("Time", "Was", "Is", "Beats", "Who", "When", "State"), rows, samples, "review.decisions", go,
               f"{len(rows)} decisions", f"{corrections.record}-decisions")  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        numbers = {entry.number: _named(entry, corrections, fs) for entry in listed}
        before = st.session_state.get(_CHOSEN)
        at = list(numbers).index(before) if before in numbers else 0  # its words change when it is taken back
        chosen = st.selectbox("Take back or give again", list(numbers), at, format_func=numbers.__getitem__, width=330,
                              key="review.entry")  # fmt: skip
        st.session_state[_CHOSEN] = chosen
        undone = chosen in corrections.undone
        change_button("Redo" if undone else "Undo", on_click=_do, key="review.undo",
                  args=(desk, "redo" if undone else "undo", person, chosen))  # fmt: skip
    if len(made) > MOST_LISTED:
        st.caption(f"The last {MOST_LISTED} of {len(made):,}; the file of decisions has all.")


def counts(labelled: LabelledRecord, seen: LabelledRecord, corrections: Corrections) -> None:
    """Beats of each class before and after, as far as people have decided."""
    after = corrected(seen.layer, corrections)
    before_n, after_n = _by_class(seen.layer.annotations.symbol), _by_class(after.layer.annotations.symbol)
    whose = "Predicted" if labelled.layer.is_detected else "Reference"
    names = [name for name in (*CLASSES, NO_BEAT_ROW, NOT_CLASSIFIED) if before_n.get(name) or after_n.get(name)]
    rows = [f"| {name} | {before_n.get(name, 0):,} | {after_n.get(name, 0):,} |" for name in names]
    st.markdown("\n".join([f"| Class | {whose} | Corrected |", "|:--|--:|--:|", *rows]))
    if after.misfits:
        st.warning(
            f"{len(after.misfits)} decisions are about beats that the labels do not have any more: they changed since. "
            "These decisions are kept and do not count."
        )


def finish(desk: Desk, corrections: Corrections, person: str, reviewed: int, items: int) -> None:
    """The third state: a review that somebody has declared finished; says how much of the queue was looked at."""
    if (done := corrections.finished) is not None:
        st.markdown(f":material/task_alt: Finished by {literal(done.edit.person or 'somebody')}, {_when(done)} UTC.")
        change_button("Go on reviewing", key="review.reopen", on_click=_do, args=(desk, "reopen", person, 0))
    else:
        how_far = f"Finish, {reviewed:,} of {items:,} reviewed"
        change_button(how_far, key="review.finish", icon=":material/task_alt:", on_click=_do,
                  args=(desk, "finish", person, 0), disabled=not corrections.entries,
                  help="Says that you are through. The next decision opens it again.")  # fmt: skip


def exports(labelled: LabelledRecord, corrections: Corrections, seen: LabelledRecord) -> None:
    """Files to take away."""
    record = labelled.record
    stem = record.name.replace("/", "_")
    layer = corrected(seen.layer, corrections).layer
    fs = record.fs
    credit = ATTRIBUTION if is_published(record) else ""
    st.download_button("Corrected labels (WFDB)", lambda: annotation_bytes(record.name, fs, layer),
                       f"{stem}.{ANNOTATOR}", on_click="ignore", icon=":material/download:", key="review.wfdb",
                       help=f"An annotation file, {stem}.{ANNOTATOR}, to put beside the recording. It is read back and "
                       "compared before you get it.")  # fmt: skip
    st.download_button("Decisions (CSV)", lambda: safe_csv(decisions_table(corrections, fs)),
                       f"{stem}-decisions.csv", "text/csv", on_click="ignore", icon=":material/download:",
                       key="review.csv")  # fmt: skip
    st.download_button("Decisions (Parquet)", lambda: _parquet(corrections, fs, credit), f"{stem}-decisions.parquet",
                       on_click="ignore", icon=":material/download:", key="review.parquet")  # fmt: skip


def _parquet(corrections: Corrections, fs: float, credit: str) -> bytes:
    with TemporaryDirectory() as scratch:
        path = Path(scratch) / "decisions.parquet"
        decisions_table(corrections, fs, credit).to_parquet(path, index=False)
        return path.read_bytes()


def _do(desk: Desk, act: str, person: str, of: int) -> None:
    try:
        desk.do(act, person, of)  # type: ignore[arg-type]
        desk.problem = ""
    except DataError as error:
        desk.problem = str(error)


def _row(entry: Entry, corrections: Corrections, fs: float) -> list[str | float | None]:
    edit = entry.edit
    standing = corrections.standing()
    state = "counts"
    if entry.number in corrections.undone:
        state = "undone"
    elif not any(s in standing and standing[s].entry.number == entry.number for s in edit.samples):
        state = "replaced"
    return [clock(edit.samples[0] / fs, 1), _symbols(edit.before), _symbols(edit.after), len(edit.samples),
            edit.person, _when(entry), state]  # fmt: skip


def _named(entry: Entry, corrections: Corrections, fs: float) -> str:
    edit = entry.edit
    undone = ", undone" if entry.number in corrections.undone else ""
    said = f"{_symbols(edit.before)} to {_symbols(edit.after)}" if entry.changes else f"{_symbols(edit.after)} kept"
    return f"{clock(edit.samples[0] / fs, 1)}: {said}{undone}"


def _when(entry: Entry) -> str:
    return entry.edit.time[:16].replace("T", " ")


def _symbols(symbols: tuple[str, ...]) -> str:
    words = {"": "looked at", ARTEFACT: "artefact"}
    return ", ".join(words.get(symbol, symbol) for symbol in dict.fromkeys(symbols))


def _by_class(symbols: object) -> dict[str, int]:
    found: dict[str, int] = {}
    for symbol in symbols.tolist():  # type: ignore[attr-defined]
        name = {ARTEFACT: NO_BEAT_ROW, UNCLASSIFIED: NOT_CLASSIFIED}.get(symbol)
        if name is None and symbol in BY_CODE:
            name = BY_CODE[symbol].beat_class
        if name:
            found[name] = found.get(name, 0) + 1
    return found
