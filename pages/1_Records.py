"""Records: browse a recording on ECG paper with its annotations."""

import streamlit as st

from ecg_core.data.clock import clock
from ecg_core.errors import DataError
from ecg_core.plots.overview import overview
from ecg_core.plots.paper import MAX_LENGTH_S, MIN_LENGTH_S, strip
from ecg_core.plots.theme import PLOTLY_CONFIG
from ecg_core.ui import detect, load, page, theme, width
from ecg_core.ui.records import findings, panels, predictions
from ecg_core.ui.records.controls import SCALES, Controls, choose_record, query, refusals, stepped_name
from ecg_core.ui.records.view import WINDOWS_S, can_be_stepped, lead_names

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
notes = state.read()
state["record"] = state["record"] or source.records[0]
listed = load.listed(source)

# Record, leads, window, time.
top = st.container(horizontal=True, vertical_alignment="bottom")
with top:
    st.selectbox(
        "Record",
        source.records,
        format_func=lambda name: listed[name].label if name in listed else name,
        placeholder="Choose a record",
        width=285,
        **state.widget("record", source.records) | {"on_change": choose_record, "args": (state,)},
    )
try:
    files = load.record_files(source, state["record"])
    labelled, found = load.labelled_record(files), findings.findings(files)
except DataError as error:
    state.write()
    page.fail(error)
controls = Controls(state, labelled, found.differences)
view, corrections = controls.settle()
if corrections:
    state.hold(notes := notes + corrections)
state.write()
record, leads, classifiers = labelled.record, lead_names(labelled.record), predictions.classifiers()
with top:
    st.multiselect("Leads", leads, width=200, **state.widget("leads"))
    st.segmented_control(
        "Window",
        options=sorted({*WINDOWS_S, view.window_s}),
        format_func=lambda seconds: f"{seconds:g} s",
        required=True,
        **state.mirror("window", "preset", controls.choose_window),
    )
    st.text_input("Go to (mm:ss)", width=105, **state.mirror("start", "clock", controls.go_to, clock(view.start_s)))
    with st.popover("Options"):
        st.number_input(
            "Window (s)",
            MIN_LENGTH_S,
            MAX_LENGTH_S,
            step=1.0,
            **state.mirror("window", "number", controls.choose_window),
        )
        st.radio("Amplitude", list(SCALES), format_func=SCALES.__getitem__, **state.widget("scale"))
        predictions.choose(classifiers, state)
for note in notes + refusals():
    st.warning(page.literal(note))
detect.told()
if not len(labelled.beats):
    detect.offer(source, (record.name,), "records")
predicted = predictions.layer_of(classifiers, source, record.name, state)

# The whole recording.
numbers = view.lead_numbers
columns = load.envelope(files, numbers[0])
st.plotly_chart(
    overview(labelled, columns, view.start_s, view.window_s, theme.palette(), numbers[0], found.fibrillation),
    theme=None,
    config=PLOTLY_CONFIG | {"displayModeBar": False},
    key="records.overview",
    on_select=lambda: controls.click_overview("records.overview", len(columns)),
    selection_mode="points",
    alt=f"Whole recording {record.name} with its abnormal beats; the window is at {clock(view.start_s)}",
)

# Stepping through it.
with st.container(horizontal=True, vertical_alignment="center"):
    st.button("Back", shortcut="Left", on_click=controls.page, args=(-1,), disabled=view.at_start)
    st.button("On", shortcut="Right", on_click=controls.page, args=(1,), disabled=view.at_end)
    if view.beat_class:
        st.selectbox(
            "Class to step through",
            can_be_stepped(view),
            format_func=stepped_name,
            label_visibility="collapsed",
            width=270,
            **state.widget("class"),
        )
        st.button("Previous", shortcut="P", on_click=controls.step, args=(-1,), disabled=not view.can_step(-1))
        st.button("Next", shortcut="N", on_click=controls.step, args=(1,), disabled=not view.can_step(1))
        st.markdown(view.position, width="content")
    st.space("stretch")
    if len(labelled.beats) and not labelled.layer.is_detected and found.differences is None:
        detect.beside(source, record.name, "records")
    elif labelled.layer.is_detected:
        detect.again(source, record.name, "records")
    if st.button("Keys", shortcut="H", icon=":material/keyboard:"):
        list_keys()

# The strip.
st.plotly_chart(
    strip(
        labelled,
        view.start_s,
        view.window_s,
        numbers,
        theme.palette(),
        width_px=width.main_column_px(),
        to_scale=state["scale"] == "paper",
        extents_mv=[load.extent(files, number) for number in numbers],
        marked=view.marked,
        predictions=predicted,
        found=found.fibrillation,
        found_by=findings.BY_RR,
        differences=found.differences,
    ),
    theme=None,
    config=PLOTLY_CONFIG,
    key="records.strip",
    alt=f"Record {record.name}, {view.window_s:g} s from {clock(view.start_s)} on ECG paper",
)
findings.caution(found)
drawn = predictions.caption(labelled.layer, predicted, classifiers, record.name, source.patients)
st.caption(page.literal(f"{drawn} {findings.caption(found)}".strip()))

below = st.grid(3, min_column_width=300, gap="small")
with below.cell():
    panels.facts(labelled)
with below.cell():
    panels.episodes(labelled, found.fibrillation, controls)
with below.cell():
    panels.beats_in_window(view, predicted, controls)
width.measure()
