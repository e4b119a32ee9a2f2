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
from ecg_core.plots.reconstruction import Tile, tiles_figure
from ecg_core.plots.theme import MARKERS, PLOTLY_CONFIG
from ecg_core.tasks.classifier.occlusion import occlusion
from ecg_core.text import percent
from ecg_core.ui import page, theme, width
from ecg_core.ui.classifier.data import Predictions, predictions
from ecg_core.ui.models import Model
from ecg_core.ui.query import Query
from ecg_core.ui.records.view import link

RECORDS_PAGE = "pages/1_Records.py"
TILES = 12
FAINT = 0.02
"""Below this fall of the probability a part of the beat is said not to matter."""
SORTS = {"sure": "Surest first", "unsure": "Least sure first", "spread": "One a record"}


def mistakes_tab(model: Model, source: DataSource, part: str, values: Query) -> None:
    """Twelve beats of one cell of the confusion matrix; a click opens one below, a button opens it in Records."""
    try:
        made = predictions(model, source, part)
    except WorkbenchError as error:
        page.fail(error)
    result = made.result
    wrong = result.confusion.copy()
    np.fill_diagonal(wrong, 0)
    pairs = sorted(
        ((i, j) for i in range(len(wrong)) for j in range(len(wrong)) if wrong[i, j]), key=lambda p: -wrong[p]
    )
    if not pairs:
        st.success("No beat of these records was classified wrong.")
        return
    names = {
        f"{result.classes[i]}>{result.classes[j]}": f"{result.classes[i]} called {result.classes[j]} ({wrong[i, j]:,})"
        for i, j in pairs
    }
    if values["cell"] not in names:
        if values["cell"]:
            st.caption(page.literal(f"No beat of these records was mistaken as {values['cell'][:20]!r} says."))
        values["cell"] = next(iter(names))
    wide = width.main_column_px() >= width.NARROW_PX
    left, right = st.columns([3, 2], vertical_alignment="bottom") if wide else (st.container(), st.container())
    with left:
        st.selectbox("Mistake", list(names), format_func=names.__getitem__, **values.widget("cell"))
    with right:
        sort = st.segmented_control("Order", list(SORTS), format_func=SORTS.__getitem__, default="sure", required=True,
                                    key="mistakes.sort")  # fmt: skip
    true, said = (result.classes.index(name) for name in values["cell"].split(">"))
    positions = chosen_positions(made, true, said, str(sort))
    columns = 4 if width.main_column_px() >= width.NARROW_PX else 2
    st.caption(
        "Solid: the recording. Dashed: the patient's usual beat (median of the record). Shaded: the difference, which "
        "is what the network sees. Click a beat to look closer."
    )
    event = st.plotly_chart(
        tiles_figure([_tile(made, k) for k in positions], made.beats.config.times_s, theme.palette(), columns=columns),
        theme=None, config=PLOTLY_CONFIG, key=f"mistakes.figure.{values['cell']}.{sort}", on_select="rerun",
        selection_mode="points", alt=f"{len(positions)} beats: {names[values['cell']]}",
    )  # fmt: skip
    points = event["selection"]["points"]
    position = positions[0]
    if points:
        custom = points[0]["customdata"]
        position = int(custom[0] if isinstance(custom, list) else custom)
    _closer(model, made, position, part == VALIDATION)


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


def _tile(made: Predictions, position: int) -> Tile:
    row = made.rows[position]
    beat = made.beats.table.iloc[row]
    said = made.result.classes[made.result.predicted[position]]
    sure = made.result.probability[position].max()
    drawn = str(beat["beat_class"])
    return Tile(
        row=int(position),
        label=f"{beat['record']} · {clock(beat['time_s'], 1)} · {beat['symbol']}",
        detail=f"called {said}, {percent(float(sure))} sure",
        beat_class=drawn if drawn in MARKERS else "Q",
        original=np.asarray(made.beats.signals[row]),
        reconstruction=made.beats.templates[str(beat["record"])],
    )


def _closer(model: Model, made: Predictions, position: int, left_out: bool) -> None:
    row = made.rows[position]
    beat = made.beats.table.iloc[row]
    record = str(beat["record"])
    result = made.result
    true, said = result.classes[result.true_column[position]], int(result.predicted[position])
    st.subheader(f"Record {record}, {clock(beat['time_s'], 1)}: {true} called {result.classes[said]}", anchor=False)
    classes = list(made.classifier.classes_)
    wide = width.main_column_px() >= width.NARROW_PX
    left, right = st.columns([2, 3], gap="large") if wide else (st.container(), st.container())
    with left:
        of = st.segmented_control("What speaks for", classes, default=classes[said], required=True,
                                  key=f"mistakes.of.{record}.{beat['r_sample']}")  # fmt: skip
        encoded = made.encoder.encode(np.array([row]))
        lines = [f"- **{name}** {100 * p:.1f} %" for name, p in zip(classes, result.probability[position], strict=True)]
        st.markdown("The classifier says:\n" + "\n".join(lines))
        if left_out:
            final = made.classifier.proba_of(encoded)[0]
            each = ", ".join(f"{name} {100 * p:.0f} %" for name, p in zip(classes, final, strict=True))
            st.warning(
                f"That is the network which has not seen this patient. The final networks, which have, say {each}; the "
                "bars and the rhythm below are theirs.",
                icon=":material/info:",
            )
        fall, rhythm = occlusion(made.classifier, encoded, str(of))
        if made.encoder.with_rhythm:
            st.markdown(f"With an average rhythm, {of} would lose **{100 * rhythm:.0f}** percentage points.")
        if np.abs(fall).max() < FAINT:
            st.markdown(f"No single part of the shape matters for {of}.")
        st.caption(
            "Bars: how many percentage points the class loses when that part of the beat is made to look like the "
            "patient's usual beat. Below zero: the part speaks against it."
        )
        st.page_link(RECORDS_PAGE, label="Open it on the Records page", icon=":material/ecg_heart:",
                     query_params=link(beat) | ({} if left_out else {"predict": model.id}))  # fmt: skip
    leads = made.beats.leads[record]
    there = [k for k, lead in enumerate(leads) if lead != ABSENT]
    with right:
        st.plotly_chart(
            saliency_figure(np.asarray(made.beats.signals[row])[there], made.beats.templates[record][there],
                            fall[there], made.beats.config.times_s, [leads[k] for k in there], theme.palette(),
                            f"What speaks for {of}"),
            theme=None, config=PLOTLY_CONFIG, key="mistakes.saliency", alt=f"Parts of the beat that speak for {of}",
        )  # fmt: skip
