"""Home's lower half: one flagged beat, live: its strip, the reconstruction over it, its place in the histogram."""

import numpy as np
import streamlit as st

from ecg_core.beats.classes import ABNORMAL
from ecg_core.data.clock import clock
from ecg_core.data.sources import DataSource
from ecg_core.errors import DataError, LeadsError, WorkbenchError
from ecg_core.learning.unseen import patients_known, unseen_records
from ecg_core.plots.detection import histogram_figure
from ecg_core.plots.theme import PALETTES, Theme
from ecg_core.text import adding_up
from ecg_core.typed_json import JsonObject
from ecg_core.ui import detect, load, theme, width
from ecg_core.ui.autoencoder.reconstructions import RECORDS_PAGE, open_in_records, records_link, tiles_data
from ecg_core.ui.autoencoder.scores import Scored, scored_records
from ecg_core.ui.autoencoder.views.component import component as scores_view
from ecg_core.ui.autoencoder.views.component import nothing
from ecg_core.ui.charts.component import chart, drawing
from ecg_core.ui.escape import literal
from ecg_core.ui.models import OF_MODEL, Model
from ecg_core.ui.terms import meanings
from ecg_core.ui.viewer import component
from ecg_core.ui.viewer.component import Place
from ecg_core.ui.viewer.packing import Marks, labels_of

PREFERRED = ("233", "200", "213")  # DS2 records with ectopic beats of one clear kind among normal ones
MOST_TRIED = 4
STRIP_S = 6.0
BESIDE_PX = 640
TILE_NOTE = "Solid: recorded. Dashed: drawn by the network."


def example(source: DataSource, model: Model) -> None:
    """Show what the model flags in one record it has never seen. Says so and shows nothing if it cannot be scored, and
    nothing at all where no beat is marked yet: the offer to find them says so."""
    unmarked = detect.without_beats(source, source.records)
    if len(unmarked) == len(source.records):
        return
    try:
        unseen = unseen_records(model.card, source.records, source.patients)
        unseen = tuple(name for name in unseen if name not in unmarked) or unseen
        record, found = _first_scored(model, source, unseen)
        position = _typical(found)
        files = load.record_files(source, record)
        recording = load.labelled_record(files)
    except LeadsError:
        st.info("The shipped autoencoder knows other leads than these recordings have. Its page asks what to do.")
        return
    except WorkbenchError as error:
        st.warning(literal(f"No example: {error}"))
        return
    beat = found.items.table.iloc[found.rows[position]]
    score, threshold = float(found.detection.score[position]), found.detector.threshold_
    st.subheader("A flagged beat", anchor=False)
    words = {"shape": "for a shape the network draws badly", "early": "for coming early"}
    shares = adding_up({part: float(values[position]) for part, values in found.parts.items()})
    parts = ", ".join(f"{value:.1f} {words[part]}" for part, value in shares.items())
    whose = f"Record {record}" if not found.items.simulated else f"SIMULATED record {record}"
    unseen_patient = patients_known(model.card, (record,), source.patients) and not found.items.simulated
    known = ", a patient the network was not trained on" if unseen_patient else ""
    st.markdown(
        f"{whose} at {clock(beat['time_s'], 1)}{known}. The beat scores **{score:.1f}** "
        f"({parts}); beats from **{threshold:.1f}** are flagged. "
        + (f"Reference label: **{beat['symbol']}**." if found.report else "Nobody has labelled it."),
        help=meanings("Abnormality score", "Threshold", "Reference"),
    )
    start = min(max(0.0, float(beat["time_s"]) - STRIP_S / 2), max(0.0, recording.record.duration_s - STRIP_S))
    signal, labels = load.signal(files), labels_of(Marks(recording))
    place = Place(int(beat["r_sample"]), start, STRIP_S, int(beat["r_sample"]), None)
    shown, brought = st.container(), st.container()
    with shown:
        component.viewer(f"home.viewer.{record}", signal, labels, place, [0], compact=True)
    with brought:
        component.bring(signal, "home.signal")
        component.bring(labels, "home.labels")
    wide = width.main_column_px() >= BESIDE_PX
    left, right = st.columns([2, 5], gap="medium") if wide else (st.container(), st.container())
    with left:
        asked = scores_view()(data=_drawn(model, source, record), key="home.tile", on_open_change=nothing)
    with right:
        chart(_histogram(model, source, record, theme.current()), "home.histogram")
    if asked.open == position:
        open_in_records(found, position)
    with st.container(horizontal=True):
        st.page_link(RECORDS_PAGE, label="Open this beat in its recording", icon=":material/ecg_heart:",
                     query_params=records_link(found, position))  # fmt: skip
        st.page_link("pages/5_Autoencoder.py", label="Move the threshold", icon=":material/tune:")


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs={**OF_MODEL, **load.OF_SOURCE})
def _drawn(model: Model, source: DataSource, record: str) -> JsonObject:
    """The beat over its reconstruction; the network draws it once."""
    found = scored_records(model, source, (record,))
    whose = f"{'SIMULATED record' if found.items.simulated else 'Record'} {record}."
    return tiles_data(found, np.array([_typical(found)]), 0, whose, "home") | {"note": TILE_NOTE}


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs={**OF_MODEL, **load.OF_SOURCE})
def _histogram(model: Model, source: DataSource, record: str, colours: Theme) -> bytes:
    """The beat's place among the scores of its record; drawn once for each theme."""
    palette = PALETTES[colours]
    found = scored_records(model, source, (record,))
    score = float(found.detection.score[_typical(found)])
    made_up = found.items.simulated
    figure = histogram_figure(found.histogram, found.detector.threshold_, palette,
                              title=f"Scores of {'SIMULATED ' if made_up else ''}record {record}, classes of 20 beats "
                              "or more",
                              classes_known=found.report is not None)  # fmt: skip
    figure.update_layout(height=300)
    figure.add_annotation(x=min(score, float(found.histogram.edges[-1])), y=0, text="this beat", showarrow=True,
                          arrowhead=2, ax=0, ay=-60, arrowcolor=palette.text,
                          bgcolor=palette.background)  # fmt: skip
    return drawing(
        figure,
        f"Scores of record {record}; this beat's score is {score:.1f}",
        f"scores_{record}{'_SIMULATED' if made_up else ''}",
    )


def _first_scored(model: Model, source: DataSource, records: tuple[str, ...]) -> tuple[str, Scored]:
    """The best record for an example; where it cannot be scored, the next best. Raises as the best does if none can."""
    summaries = load.listed(source)
    preferred = [name for name in PREFERRED if name in records]
    others = [name for name in records if name not in preferred]
    others.sort(key=lambda name: -summaries[name].counts["V"] - summaries[name].counts["S"])
    problem: DataError | None = None
    for record in [*preferred, *others][:MOST_TRIED]:
        try:
            found = scored_records(model, source, (record,))
        except DataError as error:
            problem = problem or error
            continue
        if len(found.rows):
            return record, found
        problem = problem or DataError(f"no beat of record {record} can be read well enough to be scored.")
    raise problem or DataError("there is no record.")


def _typical(found: Scored) -> int:
    """Position of an abnormal beat in the middle of those flagged, away from the ends of the recording."""
    detection = found.detection
    flagged = np.flatnonzero((detection.score >= found.detector.threshold_) & np.isin(detection.beat_class, ABNORMAL))
    if not len(flagged):
        return int(np.argmax(detection.score))
    order = flagged[np.argsort(detection.score[flagged])]
    return int(order[len(order) // 2])
