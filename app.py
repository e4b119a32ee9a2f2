"""Home: what data is loaded, what models are ready, where to go next.

`streamlit run app.py` imports this file once as a server, which has an address of its own for tiles of long recordings
(`ecg_core/ui/viewer/tiles.py`), and runs it as a page whenever somebody looks at Home.
"""

import streamlit as st

if __name__ != "__main__":
    from ecg_core.ui.viewer.tiles import ROUTES

    app = st.App(__file__, routes=ROUTES)
else:
    from ecg_core.ui import jobs, page, width
    from ecg_core.ui.home.data import data_card
    from ecg_core.ui.home.example import example
    from ecg_core.ui.home.models import example_model, models_card
    from ecg_core.ui.width import NARROW_PX

    source = page.begin("ECG anomaly workbench")
    st.markdown(
        "Browse ECG recordings on paper, see how rare their abnormal beats are, make more of them with a GAN, train a "
        "network that names the class of a beat, another on normal beats alone, and move the threshold that tells the "
        "abnormal ones apart."
    )
    wide = width.main_column_px() >= NARROW_PX
    data, ready, onward = (
        st.columns(3, gap="medium", border=True) if wide else [st.container(border=True) for _ in range(3)]
    )
    with data:
        data_card(source)
    with ready:
        models_card()
    with onward:
        st.subheader("Go on", anchor=False)
        last = st.session_state.get("records.record") or source.records[0]
        if last not in source.records:
            last = source.records[0]
        st.page_link("pages/1_Records.py", label=f"Browse record {last}", icon=":material/ecg_heart:",
                     query_params={"record": last})  # fmt: skip
        st.page_link("pages/2_Class_balance.py", label="See how rare abnormal beats are", icon=":material/bar_chart:")
        st.page_link("pages/3_Synthesis.py", label="Make more of the rare beats", icon=":material/auto_awesome:")
        st.page_link("pages/4_Classifier.py", label="Name the class of each beat", icon=":material/category:")
        st.page_link("pages/5_Autoencoder.py", label="Move a threshold, or train", icon=":material/tune:")
        st.page_link("pages/7_Runs.py", label="All trainings", icon=":material/history:")
        if run := jobs.working_run():
            st.caption(page.literal(f"{jobs.title_of(run)}: {jobs.status_text(run)}"))
    if shipped := example_model():
        example(source, shipped)
    width.measure()
