"""The Synthesis page's first tab: choose what to make, start, watch it learn."""

import time
from typing import Any

import streamlit as st

from ecg_core.beats.classes import CLASS_NAMES, CLASSES
from ecg_core.beats.images import SIZES
from ecg_core.beats.splits import split_of
from ecg_core.data.image_folder import ScannedFolder
from ecg_core.data.sources import DataSource
from ecg_core.errors import WorkbenchError
from ecg_core.runs.control import DOUBLE_CLICK_S, start
from ecg_core.runs.folder import ALIVE, Run, open_run
from ecg_core.tasks.gan.options import GanOptions, ImageGanOptions
from ecg_core.tasks.gan.task import GAN, IMAGE_GAN
from ecg_core.tasks.image_classifier.options import COLOUR_WORDS, GROUND_WORDS
from ecg_core.tasks.material import ImageFolder, Recordings
from ecg_core.tasks.places import RUN_ID, kind_of_id
from ecg_core.ui import jobs, load, width
from ecg_core.ui.escape import literal
from ecg_core.ui.forms import ask, ask_all
from ecg_core.ui.query import Query
from ecg_core.ui.synthesis.film import film, film_button, live_film
from ecg_core.ui.synthesis.folder import folder_form

KINDS = (GAN.kind, IMAGE_GAN.kind)
BEATS, IMAGES, FOLDER = "beats", "images", "folder"
MAKE = {BEATS: "Beats as signals", IMAGES: "ECG images of beats", FOLDER: "ECG images from a folder"}
TAKES = {
    BEATS: "Takes 6 to 8 minutes a class on two cores.",
    IMAGES: "Takes about 3 minutes a class at 64 px; 128 px take longer.",
    FOLDER: "Takes about 5 minutes at 64 px; 128 px take longer.",
}
FOLDER_NOTE = "Every usable image of the class."
WATCHED, STARTED, REFUSED = "gan.watched", "gan.started", "gan.refused"


def finished_run(wanted: str | None) -> Run | None:
    """The GAN's training that an address names, if it has finished."""
    if not wanted or not RUN_ID.fullmatch(wanted) or kind_of_id(wanted) not in KINDS:
        return None
    try:
        run = open_run(wanted)
    except WorkbenchError:
        return None
    return run if run.state == "finished" else None


def train_tab(source: DataSource, values: Query) -> None:
    """Form on the left; on the right the run that lives, broke off or has just finished."""
    wide = width.main_column_px() >= width.NARROW_PX
    form, panel = st.columns([2, 3], gap="large") if wide else (st.container(), st.container())
    with form:
        _form(source, values)
    with panel:
        _panel(values)
    width.measure()


def _panel(values: Query) -> None:
    for refused in st.session_state.pop(REFUSED, []):
        st.error(literal(refused))
    run = jobs.watched_run(values["run"], KINDS) or jobs.watched_run(st.session_state.get(WATCHED), KINDS)
    run = run or finished_run(values["run"])
    if run is None:
        st.info(
            "Nothing is training. Choose what to make and press **Train**. The losses and what the generator makes "
            "appear here while it learns; it goes on if you leave."
        )
        return
    _others(run, values)
    if run.state in ALIVE:
        st.session_state[WATCHED] = run.id
        jobs.live_panel(run)
        live_film(run)
        return
    if run.state == "finished":
        _what_next(run, values)
    else:
        jobs.ended_panel(run)
    film(run)
    if run.kind == GAN.kind and run.frame_paths():
        film_button(run)
    jobs.curves(run)


def _others(run: Run, values: Query) -> None:
    """Buttons that show another training which works or waits."""
    others = [other for other in jobs.alive_runs(KINDS)[::-1] if other.id != run.id]
    if not others:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("Also:", width="content")
        for other in others:
            what = "waiting" if other.state in ("queued", "starting") else other.state
            st.button(literal(f"{jobs.title_of(other)} ({what})"), key=f"show.{other.id}", type="tertiary",
                      on_click=values.__setitem__, args=("run", other.id))  # fmt: skip


def _what_next(run: Run, values: Query) -> None:
    beats = run.kind == GAN.kind
    rest = ", and how close that comes to recorded beats under **Fidelity**" if beats else ""
    st.success(literal(f"**{jobs.title_of(run)}** has finished. See what it makes under **Sample**{rest}."))

    def go(tab: str) -> None:
        values["run"], values["tab"] = run.id, tab
        if beats:
            values["class"] = jobs.class_label_of(run)

    with st.container(horizontal=True):
        st.button("Sample", on_click=go, args=("Sample",), key="gan.to_sample", icon=":material/auto_awesome:")
        if beats:
            st.button("Fidelity", on_click=go, args=("Fidelity",), key="gan.to_fidelity", icon=":material/balance:")


def _form(source: DataSource, values: Query) -> None:
    make = str(st.radio("Make", list(MAKE), format_func=MAKE.__getitem__, key="gan.make"))
    found: tuple[ScannedFolder, str] | None = None
    records: list[str] | None = None
    classes: list[str] = []
    if make == FOLDER:
        found = folder_form()
        classes = [found[1]] if found else []
    else:
        records = _records(source)
        classes = _classes(source, records, values)
    chosen: dict[str, Any] = {}
    if make != BEATS:
        chosen = _pictures(make)
    with st.expander("Options"):
        chosen |= _options(make)
    if st.button("Train", type="primary", icon=":material/play_arrow:", key="gan.start",
                 disabled=make == FOLDER and found is None):  # fmt: skip
        runs, refused = _start(source, make, found, records, classes, chosen)
        if runs:
            values["run"] = runs[0]
            values.write()
            st.session_state[REFUSED] = refused
            st.rerun()
        for text in refused:
            st.error(literal(text))
    st.caption(f"{TAKES[make]} {jobs.queue_note()}")


def _records(source: DataSource) -> list[str] | None:
    """Names of chosen records, or None for the split's training records."""
    split = split_of(source.records, source.patients)
    choices = {"split": f"{split.train_name}, {len(split.train)} records", "chosen": "Chosen records"}
    which = st.radio("Learn from", list(choices), format_func=choices.__getitem__, horizontal=True, key="gan.which")
    if which == "split":
        return None
    return list(st.multiselect("Records", source.records, list(split.train[:6]), key="gan.records"))


def _classes(source: DataSource, records: list[str] | None, values: Query) -> list[str]:
    by_record = load.summary(source).by_record()
    names = split_of(source.records, source.patients).train if records is None else records
    counts = by_record[by_record.index.isin(names)].sum()
    chosen = st.multiselect(
        "Classes", CLASSES, [values["class"]], key="gan.classes",
        format_func=lambda name: f"{name} · {counts[name]:,} beats",
        help="One training for each, one after the other. "
        + "; ".join(f"{name}: {text.lower()}" for name, text in CLASS_NAMES.items()) + ".",
    )  # fmt: skip
    return list(chosen)


def _pictures(make: str) -> dict[str, Any]:
    label, grounds = ("Colours", COLOUR_WORDS) if make == FOLDER else ("Ground", GROUND_WORDS)
    with st.container(horizontal=True, gap="medium"):  # side by side where there is room
        size = st.segmented_control("Size", SIZES, default=SIZES[0], required=True, key="gan.size",
                                    format_func=lambda px: f"{px} px")  # fmt: skip
        ground = st.segmented_control(label, list(grounds), default="plain", required=True, key=f"gan.ground.{make}",
                                      format_func=grounds.__getitem__)  # fmt: skip
    chosen: dict[str, Any] = {"size": size, "ground": ground}
    if make == IMAGES:
        chosen |= {name: ask(ImageGanOptions, name, f"gan.{name}") for name in ("form", "leads")}
    return chosen


def _options(make: str) -> dict[str, Any]:
    names = ("epochs", "batch_size", "seed", "learning_rate", "penalty")
    if make == BEATS:
        return ask_all(GanOptions, (*names, "beats_per_component", "held_out", "accepted"), f"gan.{make}")
    of_beats = ("beats_per_component", "held_out") if make == IMAGES else ()
    return ask_all(ImageGanOptions, (*names, *of_beats), f"gan.{make}")


def _start(
    source: DataSource,
    make: str,
    found: tuple[ScannedFolder, str] | None,
    records: list[str] | None,
    classes: list[str],
    chosen: dict[str, Any],
) -> tuple[list[str], list[str]]:
    """Start one training a class. Gives their ids, and what could not be started and why.

    The same again within two seconds is a double click: it gives what the first click started.
    """
    if not classes:
        return [], ["Choose at least one class."]
    asked = repr((source, make, found and found[0].folder, records, classes, chosen))
    memory: dict[str, tuple[float, list[str]]] = st.session_state.setdefault(STARTED, {})
    at, ids = memory.get(asked, (-DOUBLE_CLICK_S, []))
    if ids and time.monotonic() - at < DOUBLE_CLICK_S:
        return ids, []
    ids, refused = [], []
    for name in classes:
        try:
            if make == BEATS:
                options = GanOptions.from_json({"beat_class": name, **chosen})
                run = start(GAN, Recordings.of(source, records), options)
            else:
                material = ImageFolder.of(found[0].folder, FOLDER_NOTE) if found else Recordings.of(source, records)
                run = start(IMAGE_GAN, material, ImageGanOptions.from_json({"label": name, **chosen}))
        except WorkbenchError as error:
            refused.append(str(error))
        else:
            ids.append(run.id)
    memory.clear()
    memory[asked] = (time.monotonic(), ids)
    return ids, refused
