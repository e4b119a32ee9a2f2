"""The Classifier page's second tab: beats it got wrong, in pictures, and where it looked."""

import numpy as np
import numpy.typing as npt
import streamlit as st

from ecg_core.beats.lead_places import ABSENT
from ecg_core.data.clock import clock
from ecg_core.data.sources import DataSource
from ecg_core.errors import WorkbenchError
from ecg_core.learning.unseen import VALIDATION
from ecg_core.plots.classification import saliency_figure
from ecg_core.tasks.classifier.chain.chain import Reading
from ecg_core.tasks.classifier.chain.reasons import reasons
from ecg_core.tasks.classifier.occlusion import occlusion
from ecg_core.ui import page, terms, theme
from ecg_core.ui.charts.component import chart, drawing
from ecg_core.ui.classifier.data import Predictions, predicting, predictions
from ecg_core.ui.classifier.tiles import BeatTile, beat_tiles
from ecg_core.ui.load import OF_SOURCE
from ecg_core.ui.models import OF_MODEL, Model
from ecg_core.ui.query import Query, by_widget
from ecg_core.ui.records.view import link
from ecg_core.ui.review import links

RECORDS_PAGE = "pages/1_Records.py"
TILES = 12
FAINT = 0.02
"""Below this fall of the probability a part of the beat is said not to matter."""
BY_NETWORK = " for the network, the first of the steps"
SORTS = {"sure": "Surest first", "unsure": "Least sure first", "spread": "One of each record"}
CHOSEN = "mistakes.chosen"


def mistakes_tab(model: Model, source: DataSource, part: str, values: Query) -> None:
    """Twelve beats of one cell of the confusion matrix, one of them beside them; a button opens it in Records."""
    try:
        made = predictions(model, source, part)
    except WorkbenchError as error:
        page.fail(error)
    if made is None:
        return
    names = cells(made, values["cell"])
    if not names:
        st.success("No beat of these records was classified wrong.")
        return
    if values["cell"] not in names:
        if values["cell"]:
            st.caption(page.literal(f"No beat of these records was mistaken as {values['cell'][:20]!r} says."))
        values["cell"] = next(iter(names))
    _gallery(model, source, part, names, values)


def cells(made: Predictions, wanted: str | None) -> dict[str, str]:
    """Cells of the confusion matrix that hold a beat, such as `S>N`, with what to call them: the mistakes, most
    frequent first, and the one that is wanted, though it be no mistake."""
    result = made.result
    count = {
        f"{true}>{said}": int(result.confusion[i, j])
        for i, true in enumerate(result.classes)
        for j, said in enumerate(result.classes)
    }
    names = {}
    for cell, n in sorted(count.items(), key=lambda item: -item[1]):
        true, said = cell.split(">")
        if n and (true != said or cell == wanted):
            names[cell] = f"{true} called {said} ({n:,}{', right' if true == said else ''})"
    return names


@st.fragment
def _gallery(model: Model, source: DataSource, part: str, names: dict[str, str], values: Query) -> None:
    made = predicting(model, source, part).result()
    left, right = st.columns([1, 1])
    with left:
        cell = st.selectbox("Mistake", list(names), format_func=names.__getitem__,
                            help="The class in the reference, the class it was called instead, and how many beats.\n\n"
                            + terms.meanings("N", "S", "V", "F"),
                            **values.widget("cell"))  # fmt: skip
    with right:
        sort = st.segmented_control("Order", list(SORTS), format_func=SORTS.__getitem__, default="sure", required=True,
                                    key="mistakes.sort")  # fmt: skip
    values.write()
    result = made.result
    true, said = (result.classes.index(name) for name in str(cell).split(">"))
    positions = chosen_positions(made, true, said, str(sort)).tolist()
    position = int(st.session_state.get(CHOSEN, -1))
    position = position if position in positions else positions[0]
    tiles, closer = st.columns([1, 1], gap="medium")
    with tiles:
        beat_tiles(
            [_tile(made, k) for k in positions], position, theme.palette(), "mistakes.tiles",
            f"{len(positions)} beats: {names[str(cell)]}", _choose,
        )  # fmt: skip
        st.caption(
            "Choose a beat to see it larger, with what the classifier went by. Each says its record, time and code, "
            "then the class it was called and how sure of it the classifier is. Solid: the beat. Dashed: the usual "
            "beat of that record. Shaded: where they differ. The bar at the left is 1 mV."
        )
    with closer:
        _closer(model, source, part, made, position)


def _choose(position: int) -> None:
    by_widget()
    st.session_state[CHOSEN] = position


def chosen_positions(made: Predictions, true: int, said: int, sort: str) -> npt.NDArray[np.int64]:
    """Positions of at most twelve beats of one reference class that were called another."""
    result = made.result
    rows = np.flatnonzero((result.true_column == true) & (result.predicted == said))
    sure = result.probability[rows, said]
    order = np.argsort(sure if sort == "unsure" else -sure, kind="stable")
    if sort == "spread":
        _, first = np.unique(result.record[rows[order]], return_index=True)
        others = np.setdiff1d(np.arange(len(order)), first)
        order = order[np.concatenate([np.sort(first), others])]
    return rows[order][:TILES]


def sureness(probability: float) -> str:
    """A probability as it is said everywhere: `99.8 %`, and never 100 %, which none is."""
    return "over 99.9 %" if probability > 0.9995 else f"{100 * probability:.1f} %"


def rhythm_words(of_class: str, fall: float) -> str:
    """What the beat's timing does for a class, by the fall of its probability without it."""
    points = round(100 * fall)
    if not points:
        return f"The timing of the beat hardly matters for {of_class}."
    way = "falls" if points > 0 else "rises"
    return (
        f"With the timing of an average beat, the probability of {of_class} {way} by {abs(points)} percentage points."
    )


def _tile(made: Predictions, position: int) -> BeatTile:
    row = made.rows[position]
    beat = made.beats.table.iloc[row]
    said = made.result.classes[made.result.predicted[position]]
    sure = float(made.result.probability[position].max())
    return BeatTile(
        number=int(position),
        label=f"{beat['record']} · {clock(beat['time_s'], 1)} · {beat['symbol']}",
        detail=f"called {said}, {sureness(sure)}",
        beat_class=str(beat["beat_class"]),
        beat_mv=np.asarray(made.beats.signals[row])[0],
        usual_mv=made.beats.templates[str(beat["record"])][0],
    )


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs={**OF_MODEL, **OF_SOURCE})
def _read(model: Model, source: DataSource, part: str, record: str) -> Reading | None:
    """What each step of the final classifier makes of a recording; None for a network alone."""
    made = predicting(model, source, part).result()
    return made.classifier.read(made.beats.only([record])) if made.classifier.chain_ else None


@st.cache_data(max_entries=256, show_spinner=False, hash_funcs={**OF_MODEL, **OF_SOURCE})
def _where(
    model: Model, source: DataSource, part: str, position: int, of_class: str
) -> tuple[npt.NDArray[np.float64], float, npt.NDArray[np.float32]]:
    """Fall of the class where each part is hidden and without the rhythm, and what the final networks say."""
    made = predicting(model, source, part).result()
    encoded = made.encoded(position)
    fall, rhythm = occlusion(made.classifier, encoded, of_class)
    return fall, rhythm, made.classifier.proba_of(encoded)[0]


def _closer(model: Model, source: DataSource, part: str, made: Predictions, position: int) -> None:
    row, result, classes = made.rows[position], made.result, list(made.classifier.classes_)
    beat = made.beats.table.iloc[row]
    record = str(beat["record"])
    true, said = result.classes[result.true_column[position]], int(result.predicted[position])
    title = f"Record {record}, {clock(beat['time_s'], 1)}: {true} called {classes[said]}"
    st.markdown(f"**{page.literal(title)}**")
    each = " · ".join(
        f"{name} {sureness(float(p))}" for name, p in zip(classes, result.probability[position], strict=True)
    )
    st.markdown(f"The classifier says: {each}")
    reading = _read(model, source, part, record)
    own = int(row - np.flatnonzero((made.beats.table["record"] == record).to_numpy())[0])
    if reading is not None:
        st.markdown("\n".join(f"- {page.literal(said)}" for said in reasons(reading, own)))
    of = str(
        st.segmented_control("What speaks for", classes, default=classes[said], required=True,
                             key=f"mistakes.of.{record}.{beat['r_sample']}",
                             help="Hides one part of the beat after the other, and looks how far the class's "
                             "probability falls.")
    )  # fmt: skip
    fall, rhythm, final = _where(model, source, part, position, of)
    if reading is not None:
        final = reading.probabilities[own]
    leads = made.beats.leads[record]
    there = [k for k, lead in enumerate(leads) if lead != ABSENT]
    figure = saliency_figure(
        np.asarray(made.beats.signals[row])[there], made.beats.templates[record][there], fall[there],
        made.beats.config.times_s, [leads[k] for k in there], theme.palette(), "", lead_px=145,
    )  # fmt: skip
    simulated = "_SIMULATED" if made.beats.simulated else ""
    chart(
        drawing(
            figure, f"Parts of the beat that speak for {of}", f"{record}_{beat['r_sample']}_{of}{simulated}", "panels"
        ),
        "mistakes.saliency",
    )
    left_out = part == VALIDATION
    st.page_link(RECORDS_PAGE, label="Open it on the Records page", icon=":material/ecg_heart:",
                 query_params=link(beat) | ({} if left_out else {"predict": model.id}))  # fmt: skip
    links.review_mistakes(record, int(beat["r_sample"]), str(beat["beat_class"]), None if left_out else model.id)
    if made.classifier.options.rhythm:
        st.markdown(page.literal(rhythm_words(of, rhythm)))
    if np.abs(fall).max() < FAINT:
        st.markdown(f"No single part of the shape matters for {of}.")
    st.caption(
        f"Bars: by how much the probability of {of} falls{BY_NETWORK if reading else ''}, in percentage points, when "
        "that part of the beat is made to look like the usual one: high bars are what the classifier went by. Below "
        "zero: the part speaks against it. "
        "Is the reference right? Open the beat on the Records page, where it stands among its neighbours."
    )
    if left_out:
        says = ", ".join(f"{name} {sureness(float(p))}" for name, p in zip(classes, final, strict=True))
        st.caption(
            ":material/info: The figures above are of a classifier trained without this patient, which is not kept. "
            f"Reasons and bars are of the final one, which was trained with this patient too. It says: {says}."
        )
