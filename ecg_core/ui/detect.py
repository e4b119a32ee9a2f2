"""What recordings from elsewhere need before a model can score them: R peaks where nobody annotated any, found once and
kept; and a decision where their leads are none that the model was trained on."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

import streamlit as st

from ecg_core.beats.marked import has_reference_beats, layer_of
from ecg_core.data.labels import DETECTED, UNCLASSIFIED, LabelLayer
from ecg_core.data.layers import kept_layer
from ecg_core.data.sources import DataSource
from ecg_core.errors import DataError, LeadsError
from ecg_core.ui.escape import literal
from ecg_core.ui.guests import change_button
from ecg_core.ui.load import OF_SOURCE

MOST_NAMED = 5


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=OF_SOURCE)
def without_beats(source: DataSource, records: tuple[str, ...]) -> tuple[str, ...]:
    """Records of which neither the reference annotations nor R peaks found before mark a beat."""
    return tuple(
        name
        for name in records
        if not has_reference_beats(source.folder, name) and layer_of(source.folder, name) != DETECTED
    )


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=OF_SOURCE)
def detected_beats(source: DataSource) -> int:
    """Beats found here in the records of which no reference marks any."""
    total = 0
    for name in source.records:
        with suppress(DataError):  # a damaged layer is named where its record is shown
            if layer_of(source.folder, name) == DETECTED and (layer := kept_layer(source.folder, name, DETECTED)):
                total += _n_peaks(layer)
    return total


def _n_peaks(layer: LabelLayer) -> int:
    return int((layer.annotations.symbol == UNCLASSIFIED).sum())


def offer(source: DataSource, records: tuple[str, ...], key: str) -> tuple[str, ...]:
    """A button that finds the R peaks of records without any beat; and the names of these."""
    told()
    names = without_beats(source, records)
    if not names:
        return ()
    several = f"{len(names)} recordings" if len(names) > 1 else f"recording {names[0]}"
    st.info(
        literal(f"Nobody has marked the beats of {several}. Find them first: half an hour takes less than a second.")
    )
    if change_button("Detect R peaks", type="primary", icon=":material/vital_signs:", key=f"{key}.detect"):
        _detect(source, names)
        st.rerun()
    return names


def beside(source: DataSource, record: str, key: str) -> None:
    """A small button that finds the R peaks of a record whose beats the reference marks already."""
    _small_button(
        "Detect R peaks",
        "Finds them without the reference, and shows which of its beats are missed and which R peaks are extra.",
        f"{key}.beside",
        source,
        record,
    )


def again(source: DataSource, record: str, key: str) -> None:
    """A small button that finds the R peaks of a record anew, in place of those found before."""
    told = "Finds the R peaks anew, in place of those found before."
    _small_button("Detect again", told, f"{key}.again", source, record)


def _small_button(label: str, told: str, key: str, source: DataSource, record: str) -> None:
    if change_button(label, type="tertiary", icon=":material/vital_signs:", key=key, help=told):
        _detect(source, (record,))
        st.rerun()


def told() -> None:
    """What the last detection found, and why it did not work, once."""
    if found := st.session_state.pop("detect.found", ""):
        st.toast(found, icon=":material/check:")
    for name, reason in st.session_state.pop("detect.problems", {}).items():
        st.warning(literal(f"{name}: {reason}"))


def _detect(source: DataSource, names: Sequence[str]) -> None:
    from ecg_core.beats.detection import detect_and_keep

    problems = {}
    n_peaks = 0
    bar = st.progress(0.0, "Detecting R peaks")
    for done, name in enumerate(names):
        bar.progress(done / len(names), literal(f"Detecting R peaks: {name}, {done + 1} of {len(names)}"))
        try:
            layer = detect_and_keep(source.folder, name)
        except DataError as error:
            problems[name] = str(error)
        else:
            n_peaks += _n_peaks(layer)
    bar.empty()
    if n := len(names) - len(problems):
        st.session_state["detect.found"] = f"{n_peaks:,} R peaks found in {n} recording{'' if n == 1 else 's'}"
    st.session_state["detect.problems"] = problems


def any_leads() -> bool:
    """Whether somebody has chosen in this session to have any lead scored."""
    return bool(st.session_state.get("detect.any_leads"))


def ask_for_leads(error: LeadsError) -> None:
    """Says why the leads do not fit, and offers to score them all the same."""
    st.warning(literal(str(error)))
    st.button("Score these leads all the same", icon=":material/warning:", on_click=_allow, key="detect.allow",
              help="Every score then carries the caution that the model was not trained on them.")  # fmt: skip


def leads_note(leads: str, left_out: Mapping[str, str], usual_beat: str = "") -> None:
    """The cautions that scores carry, of such leads and of a usual beat that may not be sinus; and records left out."""
    if leads:
        st.warning(literal(leads))
    if usual_beat:
        st.caption(f":material/warning: {literal(usual_beat)}")
    for name, reason in list(left_out.items())[:MOST_NAMED]:
        st.caption(literal(f"Record {name} is left out: {reason}."))


def judged_by(leads: Mapping[str, Sequence[str]], left_out: Mapping[str, int]) -> str:
    """Which leads of the recordings the network sees, and how many beats it cannot judge, in a sentence or two."""
    seen = sorted({" and ".join(lead for lead in names if lead) for names in leads.values()})
    said = [f"It sees {'lead' if len(seen) == 1 else 'leads'} {', or '.join(seen[:3])}." if len(seen) <= 3 else ""]
    said += [
        f"Beats it cannot judge: {', '.join(f'{n:,} {reason}' for reason, n in left_out.items())}." if left_out else ""
    ]
    return literal(" ".join(filter(None, said)))


def _allow() -> None:
    st.session_state["detect.any_leads"] = True
