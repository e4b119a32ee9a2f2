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
from ecg_core.tasks.fidelity.task import FIDELITY, IMAGE_FIDELITY
from ecg_core.tasks.gan.options import EPOCHS, GanOptions, ImageGanOptions
from ecg_core.tasks.gan.task import FIDELITY_FILE, GAN, IMAGE_GAN
from ecg_core.tasks.image_classifier.options import COLOUR_WORDS, GROUND_WORDS
from ecg_core.tasks.material import ImageFolder, Recordings
from ecg_core.tasks.places import RUN_ID, kind_of_id
from ecg_core.ui import jobs, load, terms, width
from ecg_core.ui.escape import literal
from ecg_core.ui.forms import ask, ask_all
from ecg_core.ui.guests import change_button
from ecg_core.ui.query import Query
from ecg_core.ui.synthesis.film import film, film_button, live_film
from ecg_core.ui.synthesis.folder import folder_form
from ecg_core.ui.synthesis.judge import start_judging

KINDS = (GAN.kind, IMAGE_GAN.kind)
BEATS, IMAGES, FOLDER = "beats", "images", "folder"
MAKE = {BEATS: "Beats", IMAGES: "ECG images of beats", FOLDER: "A folder of images"}
TAKES = {
    BEATS: "The defaults take 5 to 8 minutes a class on two cores.",
    IMAGES: "Takes about 3 minutes a class at 64 px; 128 px take longer.",
    FOLDER: "Takes about 5 minutes at 64 px; 128 px take longer.",
}
FOLDER_NOTE = "Every usable image of the class."
WATCHED, STARTED, REFUSED = "gan.watched", "gan.started", "gan.refused"
CHOSEN = "gan.chosen"
"""Session: the rarer choices of the form, by what is made."""


def classes_of(text: str) -> str:
    """A parser of classes such as `VF`, for `Param.parse`."""
    if not text or any(name not in CLASSES for name in text) or len(set(text)) < len(text):
        raise ValueError(f"{text!r} names no classes, each once, of {', '.join(CLASSES)}.")
    return text


def finished_run(wanted: str | None) -> Run | None:
    """The GAN's training that an address names, if it has finished."""
    if not wanted or not RUN_ID.fullmatch(wanted) or kind_of_id(wanted) not in KINDS:
        return None
    try:
        run = open_run(wanted)
    except WorkbenchError:
        return None
    return run if run.state == "finished" else None


USUAL_CLASS = "V"
"""Trained where nobody chose."""


def train_tab(source: DataSource, values: Query) -> None:
    """Form on the left; on the right the run that lives, broke off or has just finished."""
    wide = width.main_column_px() >= width.NARROW_PX
    form, panel = st.columns([2, 3], gap="large") if wide else (st.container(), st.container())
    run = jobs.watched_run(values["run"], KINDS) or jobs.watched_run(st.session_state.get(WATCHED), KINDS)
    run = run or finished_run(values["run"])
    with form:
        _form(source, values, run)
    with panel:
        _panel(source, run, values)
    width.measure()


def _panel(source: DataSource, run: Run | None, values: Query) -> None:
    """What the training draws, or has drawn."""
    if run is None:
        st.info(
            "Nothing is training. Choose what to make and press **Train**. The losses and what the generator makes "
            "appear here while it learns; it goes on if you leave."
        )
        return
    if run.state in ALIVE:
        live_film(run, source)
        jobs.live_curves(run)
        return
    _others(run, values)
    if run.state == "finished":
        _what_next(source, run, values)
    else:
        jobs.ended_panel(run)
    film(run, source)
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


def _what_next(source: DataSource, run: Run, values: Query) -> None:
    """Lead to what it makes, and to a judgement of it, or to the button that asks for one."""
    beats = run.kind == GAN.kind
    judged = (run.folder / FIDELITY_FILE).is_file()
    not_yet = "" if judged else " How good that is nobody has judged yet."
    st.success(literal(f"**{jobs.title_of(run)}** has finished. See what it makes under **Sample**.{not_yet}"))

    def go(tab: str) -> None:
        values["run"], values["tab"] = run.id, tab
        if beats:
            values["class"] = jobs.class_label_of(run)

    def judge() -> None:
        if start_judging(source, FIDELITY if beats else IMAGE_FIDELITY, [run.id], unseen=False):
            go("Fidelity")

    with st.container(horizontal=True):
        st.button("Sample", on_click=go, args=("Sample",), key="gan.to_sample", icon=":material/auto_awesome:")
        if judged:
            st.button("Fidelity", on_click=go, args=("Fidelity",), key="gan.to_fidelity", icon=":material/balance:")
        elif beats:
            change_button("Judge it", on_click=judge, key="gan.judge", icon=":material/balance:",
                      help="Compares what it makes with the recorded beats: a few minutes in the background. The test "
                           "records are not looked at.")  # fmt: skip
    jobs.show_refused()


def _form(source: DataSource, values: Query, run: Run | None) -> None:
    _show("gan.make", values["make"] or BEATS)
    make = str(st.segmented_control("Make", list(MAKE), format_func=MAKE.__getitem__, required=True, key="gan.make",
                                    on_change=_take, args=(values, "make", "gan.make")))  # fmt: skip
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
    start_here = st.container()  # above the options, so that open ones do not push what happens out of sight
    folded = st.expander("Options", key="gan.options", on_change="rerun")
    with folded:
        chosen |= _options(make, values, asked=bool(folded.open))
    with start_here:
        _begin(source, values, run, make, found, records, classes, chosen)


def _begin(
    source: DataSource,
    values: Query,
    run: Run | None,
    make: str,
    found: tuple[ScannedFolder, str] | None,
    records: list[str] | None,
    classes: list[str],
    chosen: dict[str, Any],
) -> None:
    """The button, how far the run is that lives, and what was refused."""
    pressed, living = _button_and_bar(run, disabled=make == FOLDER and found is None)
    if pressed:
        runs, refused = _start(source, make, found, records, classes, chosen)
        if runs:
            values["run"] = runs[0]
            values.write()
            st.session_state[REFUSED] = refused
            st.rerun()
        for text in refused:
            st.error(literal(text))
    for text in st.session_state.pop(REFUSED, []):
        st.error(literal(text))
    if living:
        _others(living, values)
        return
    st.caption(TAKES[make])
    if note := jobs.queue_note():
        st.caption(note)


def _button_and_bar(run: Run | None, *, disabled: bool) -> tuple[bool, Run | None]:
    """The button that trains and, beside it, how far the run is that lives; whether it was pressed, and that run."""
    living = run if run is not None and run.state in ALIVE else None
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        pressed = change_button(
            "Train", type="primary", icon=":material/play_arrow:", key="gan.start", disabled=disabled
        )
        if living:
            st.session_state[WATCHED] = living.id
            with st.container():
                jobs.live_bar(living)
    return pressed, living


def _records(source: DataSource) -> list[str] | None:
    """Names of chosen records, or None for the split's training records."""
    split = split_of(source.records, source.patients)
    n = len(split.train)
    named = f"All {n} training records" if split.train_name == "train" else f"{split.train_name}, {n} records"
    choices = {"split": named, "chosen": "Chosen records"}
    which = st.segmented_control("Train on", list(choices), default="split", required=True,
                                 format_func=choices.__getitem__, key="gan.which",
                                 help=terms.meanings("DS1 and DS2", "Test"))  # fmt: skip
    if which == "split":
        return None
    return list(st.multiselect("Records", source.records, list(split.train[:6]), key="gan.records"))


def _classes(source: DataSource, records: list[str] | None, values: Query) -> list[str]:
    by_record = load.summary(source).by_record()
    names = split_of(source.records, source.patients).train if records is None else records
    counts = by_record[by_record.index.isin(names)].sum()
    _show("gan.classes", list(values["classes"] or values["class"] or USUAL_CLASS))
    chosen = st.multiselect(
        "Classes", CLASSES, key="gan.classes", on_change=_take_classes, args=(values,),
        format_func=lambda name: f"{name} · {counts[name]:,} beats",
        help="One training for each, one after the other. "
        + "; ".join(f"{name}: {text.lower()}" for name, text in CLASS_NAMES.items()) + ".",
    )  # fmt: skip
    return list(chosen)


def _show(key: str, usual: Any) -> None:
    """Set a widget to what it was set to, or to what is usual, in every run, as `Query.widget` does and why."""
    st.session_state[key] = st.session_state.get(key, usual)


def _take_classes(values: Query) -> None:
    """The classes chosen stand in the address, so that a reload does not forget them."""
    chosen = st.session_state["gan.classes"]
    values["classes"] = "".join(chosen) or None
    if len(chosen) == 1:
        values["class"] = chosen[0]


def _take(values: Query, name: str, key: str) -> None:
    values[name] = st.session_state[key]


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


def _options(make: str, values: Query, *, asked: bool) -> dict[str, Any]:
    """The rarer choices: fields for them if they are `asked` for, else what was chosen before, or is usual.

    They outlive their fields, and how many epochs stands in the address, so that a reload does not forget it.
    """
    options = GanOptions if make == BEATS else ImageGanOptions
    names = ["epochs", "batch_size", "seed", "learning_rate", "penalty"]
    names += {BEATS: ["beats_per_component", "held_out", "accepted"], IMAGES: ["beats_per_component", "held_out"]}.get(
        make, []
    )
    memory: dict[str, Any] = st.session_state.setdefault(f"{CHOSEN}.{make}", {})
    if values["epochs"]:
        memory.setdefault("epochs", values["epochs"])
    if asked:
        for name, value in memory.items():
            _show(f"gan.{make}.{name}", value)
        memory |= ask_all(options, names, f"gan.{make}")
    found = {name: memory.get(name, options.named(name).default) for name in names}
    low, high = EPOCHS.low or 1, EPOCHS.high or 1
    other = found["epochs"] != options.epochs and low <= found["epochs"] <= high
    values["epochs"] = found["epochs"] if other else None
    return found


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
