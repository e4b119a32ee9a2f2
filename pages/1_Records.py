"""Records: browse a recording on ECG paper with its annotations."""

import streamlit as st

from ecg_core.beats.classes import CLASS_NAMES, CLASSES
from ecg_core.data.clock import clock
from ecg_core.errors import DataError
from ecg_core.plots.marks import beat_table
from ecg_core.plots.overview import overview
from ecg_core.plots.paper import MAX_LENGTH_S, MIN_LENGTH_S, strip
from ecg_core.plots.theme import PLOTLY_CONFIG
from ecg_core.ui import load, page, theme, width
from ecg_core.ui.records import predictions as record_predictions
from ecg_core.ui.records import tables as record_tables
from ecg_core.ui.records.view import SCALES, WINDOWS_S, View, lead_names, query, viewport

KEYS = """
| Key | Does |
|---|---|
| ← → | One window back, on |
| P N | Previous, next beat of the chosen class |
| H | This list |

Keys work while no text field is being edited.
"""


@st.dialog("Keys")
def list_keys() -> None:
    """The keys of this page (`?` is not a key Streamlit lets a button have)."""
    st.markdown(KEYS)


source = page.begin("Records")
state = query()
view = View(source, state)
notes = state.read()
record, problem = None, ""
try:
    notes += view.settle()
    record = view.record
except DataError as error:
    problem = str(error)
state.write()

# Record, leads, window, time.
summaries = load.listed(source.folder, source.records)
top = st.container(horizontal=True, vertical_alignment="bottom")
with top:
    st.selectbox(
        "Record",
        source.records,
        format_func=lambda name: summaries[name].label if name in summaries else name,
        placeholder="Choose a record",
        width=285,
        **state.widget("record", source.records) | {"on_change": view.choose_record, "args": ()},
    )
if record is None:
    page.fail(problem)
with top:
    leads = lead_names(record)
    st.multiselect("Leads", leads, width=200, **state.widget("leads"))
    st.segmented_control(
        "Window",
        options=sorted({*WINDOWS_S, state["window"]}),
        format_func=lambda seconds: f"{seconds:g} s",
        required=True,
        **state.mirror("window", "preset", view.choose_window),
    )
    st.text_input("Go to (mm:ss)", width=105, **state.mirror("start", "clock", view.go_to, clock(state["start"])))
    with st.popover("Options"):
        st.number_input(
            "Window (s)", MIN_LENGTH_S, MAX_LENGTH_S, step=1.0, **state.mirror("window", "number", view.choose_window)
        )
        st.radio("Amplitude", list(SCALES), format_func=SCALES.__getitem__, **state.widget("scale"))
        record_predictions.choose(state)
for note in notes + view.refused():
    st.warning(page.literal(note))

predicted = record_predictions.shown(source, record, state)

# The whole recording.
start_s, length_s = state["start"], state["window"]
shown = [leads.index(name) for name in state["leads"]]
columns = load.envelope(source.folder, record.name, shown[0])
st.plotly_chart(
    overview(record, columns, start_s, length_s, theme.palette(), shown[0]),
    theme=None,
    config=PLOTLY_CONFIG | {"displayModeBar": False},
    key="records.overview",
    on_select=lambda: view.click_overview("records.overview", len(columns)),
    selection_mode="points",
    alt=f"Whole recording {record.name} with its abnormal beats; the window is at {clock(start_s)}",
)

# Stepping through it.
beats = beat_table(record)
present = [name for name in CLASSES if len(viewport.class_samples(beats, name))]
with st.container(horizontal=True, vertical_alignment="center"):
    at_end = start_s + length_s >= record.duration_s - 0.01
    st.button("Back", shortcut="Left", on_click=view.page, args=(-1,), disabled=start_s <= 0)
    st.button("On", shortcut="Right", on_click=view.page, args=(1,), disabled=at_end)
    if present:
        st.selectbox(
            "Class to step through",
            present,
            format_func=lambda name: f"{name}, {CLASS_NAMES[name].lower()}",
            label_visibility="collapsed",
            width=270,
            **state.widget("class"),
        )
        st.button("Previous", shortcut="P", on_click=view.step, args=(-1,), disabled=not view.can_step(-1))
        st.button("Next", shortcut="N", on_click=view.step, args=(1,), disabled=not view.can_step(1))
        st.markdown(viewport.position(view.class_samples, state["beat"], state["class"]), width="content")
    st.space("stretch")
    if st.button("Keys", shortcut="H", icon=":material/keyboard:"):
        list_keys()

# The strip.
st.plotly_chart(
    strip(
        record,
        start_s,
        length_s,
        shown,
        theme.palette(),
        width_px=width.main_column_px(),
        to_scale=state["scale"] == "paper",
        extents_mv=[load.extents(source.folder, record.name, lead) for lead in shown],
        marked=state["beat"],
        predicted=predicted,
    ),
    theme=None,
    config=PLOTLY_CONFIG,
    key="records.strip",
    alt=f"Record {record.name}, {length_s:g} s from {clock(start_s)} on ECG paper",
)

below = st.grid(3, min_column_width=270, gap="medium")
with below.cell():
    record_tables.facts(record)
with below.cell():
    record_tables.episodes(record, view)
with below.cell():
    record_tables.beats_in_window(record, view, predicted)
width.measure()
