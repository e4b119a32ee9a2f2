"""Finding R peaks where nobody has annotated them: offered where beats are needed, done once, kept."""

from collections.abc import Sequence

import streamlit as st

from ecg_core.beats.marked import has_reference_beats, layer_of
from ecg_core.data.labels import DETECTED
from ecg_core.data.sources import DataSource
from ecg_core.errors import DataError
from ecg_core.ui.escape import literal


def without_beats(source: DataSource, records: Sequence[str]) -> tuple[str, ...]:
    """Records of which neither the reference annotations nor R peaks found before mark a beat."""
    return tuple(
        name
        for name in records
        if not has_reference_beats(source.folder, name) and layer_of(source.folder, name) != DETECTED
    )


def offer(source: DataSource, records: Sequence[str], key: str) -> bool:
    """A button that finds the R peaks of records without any beat; whether there are such records."""
    names = without_beats(source, records)
    if not names:
        return False
    several = f"{len(names)} recordings" if len(names) > 1 else f"recording {names[0]}"
    st.info(
        literal(f"Nobody has marked the beats of {several}. Find them first: half an hour takes less than a second.")
    )
    if st.button("Detect R peaks", type="primary", icon=":material/vital_signs:", key=f"{key}.detect"):
        _detect(source, names)
        st.rerun()
    for name, reason in st.session_state.pop("detect.problems", {}).items():
        st.warning(literal(f"{name}: {reason}"))
    return True


def _detect(source: DataSource, names: Sequence[str]) -> None:
    from ecg_core.beats.detection import detect_and_keep

    problems = {}
    bar = st.progress(0.0, "Detecting R peaks")
    for done, name in enumerate(names):
        bar.progress(done / len(names), literal(f"Detecting R peaks: {name}, {done + 1} of {len(names)}"))
        try:
            detect_and_keep(source.folder, name)
        except DataError as error:
            problems[name] = str(error)
    bar.empty()
    st.session_state["detect.problems"] = problems
