"""Home: what data is loaded, where to start, what models are ready, and one flagged beat.

`streamlit run app.py` imports this file once as a server, which has an address of its own for tiles of long recordings
(`ecg_core/ui/viewer/tiles.py`), and runs it as a page whenever somebody looks at Home.
"""

import streamlit as st

if __name__ != "__main__":
    from ecg_core import logs
    from ecg_core.ui import failure, last_words, memory, warm
    from ecg_core.ui.serving.layers import layers
    from ecg_core.ui.viewer.tiles import ROUTES

    logs.begin("server")
    logs.event("server.started")
    memory.begin()
    last_words.keep()
    warm.begin()
    app = st.App(__file__, routes=ROUTES, middleware=layers(), on_script_error=failure.told)
else:
    from ecg_core.ui import page, width
    from ecg_core.ui.home.data import data_card
    from ecg_core.ui.home.example import example
    from ecg_core.ui.home.models import example_model, models_card, own_runs
    from ecg_core.ui.home.start import address_notes, start_card
    from ecg_core.ui.width import NARROW_PX

    TWO_CARDS_PX = 560
    source = page.begin(
        "ECG anomaly workbench",
        "Look at ECG recordings, see which beats are rare or abnormal, and train networks that find them.",
    )
    for note in address_notes(source):
        st.warning(page.literal(note))
    px = width.main_column_px()
    wide = px >= NARROW_PX
    if wide:
        data, start, ready = st.columns([5, 4, 5], gap="small", border=True)
    elif px >= TWO_CARDS_PX:
        data, start = st.columns([5, 4], gap="small", border=True)
    else:
        data, start = st.container(border=True), st.container(border=True)
    if not wide:
        ready = st.container(border=True)
    with data:
        data_card(source)
    with start:
        start_card(source)
    with ready:
        models_card(source, 1 if wide or px < TWO_CARDS_PX else 3)
    runs_below = st.container()
    if shipped := example_model():
        example(source, shipped)
    with runs_below:
        own_runs(4 if wide else 2)
    width.measure()
