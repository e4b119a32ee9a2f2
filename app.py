"""Home: what data is loaded, what models are ready, where to go next."""

import streamlit as st

from ecg_core.text import number
from ecg_core.ui import jobs, page, width
from ecg_core.ui.home.data import data_card
from ecg_core.ui.home.example import example
from ecg_core.ui.models import CLASSIFIER, GAN, Model, autoencoders, choose, of_kind
from ecg_core.ui.width import NARROW_PX

source = page.begin("ECG anomaly workbench")
st.markdown(
    "Browse ECG recordings on paper, see how rare their abnormal beats are, make more of them with a GAN, train a "
    "network that names the class of a beat, another on normal beats alone, and move the threshold that tells the "
    "abnormal ones apart."
)


def headline(model: Model) -> str:
    figures = model.card["figures"]
    part = "DS2" if "DS2" in figures else "validation"
    bounds = figures[part]["intervals"]["roc_auc"]
    interval = f" ({bounds[0]:.3f} to {bounds[1]:.3f})" if bounds else ""
    where = "unseen patients (DS2)" if part == "DS2" else "validation patients"
    return f"ROC AUC **{number(figures[part]['roc_auc'])}**{interval} on {where}"


def class_headline(model: Model) -> str:
    figures = model.card["figures"]
    part = next((name for name in figures if name != "validation"), "validation")
    bounds = figures[part]["intervals"]["macro_f1"]
    interval = f" ({bounds[0]:.2f} to {bounds[1]:.2f})" if bounds else ""
    where = "validation patients" if part == "validation" else f"unseen patients ({part})"
    return f"Macro-F1 **{number(figures[part]['macro_f1'])}**{interval} on {where}"


models, problems = autoencoders()
gans, more_problems = of_kind(GAN)
classifiers, still_more = of_kind(CLASSIFIER)
problems += [*more_problems, *still_more]
shipped = choose(models, None)
wide = width.main_column_px() >= NARROW_PX
data, ready, onward = (
    st.columns(3, gap="medium", border=True) if wide else [st.container(border=True) for _ in range(3)]
)
with data:
    data_card(source)
with ready:
    st.subheader("Models", anchor=False)
    for problem in dict.fromkeys(problems):
        st.warning(problem)
    if not models:
        st.markdown("No model is trained yet.")
    for model in models[:3] + ([shipped] if shipped and shipped not in models[:3] else []):
        name = (
            f"{model.folder.name.capitalize()}, in models/"
            if model.shipped
            else f"Autoencoder, run of {model.card['created'][:16].replace('T', ' ')}"
        )
        st.page_link("pages/5_Autoencoder.py", label=name, icon=":material/model_training:",
                     query_params={"run": model.id})  # fmt: skip
        st.caption(headline(model))
    if classifier := choose(classifiers, None):
        st.page_link("pages/4_Classifier.py", label=f"Classifier, {classifier.id}", icon=":material/category:",
                     query_params={"run": classifier.id})  # fmt: skip
        st.caption(class_headline(classifier))
    if classes := ", ".join(sorted({gan.makes for gan in gans})):
        st.page_link("pages/3_Synthesis.py", label=f"Beat GANs: {classes}", icon=":material/auto_awesome:",
                     query_params={"tab": "Fidelity"})  # fmt: skip
        st.caption("Synthetic beats of rare classes, and how far they can be trusted")
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
        st.caption(f"{jobs.NAMES.get(run.kind, run.kind)}: {jobs.status_text(run)}")
if shipped:
    example(source, shipped)
width.measure()
