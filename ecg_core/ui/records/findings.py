"""What the workbench itself finds in a record, beside its labels: rhythm, differences of R peaks, a caution."""

from dataclasses import dataclass

import streamlit as st

from ecg_core.beats.atrial_fibrillation import METHOD
from ecg_core.beats.rhythm_by_rr import fibrillation_of
from ecg_core.beats.usual_beat import UsualBeat, usual_beat_of
from ecg_core.data.labels import DETECTED
from ecg_core.data.mapping import release
from ecg_core.data.rhythm import Rhythm
from ecg_core.evaluation.peak_differences import PeakDifferences, peak_differences
from ecg_core.ui import load
from ecg_core.ui.escape import literal

BY_RR = f"by RR, {METHOD}"


@dataclass(frozen=True)
class Findings:
    """Made by `findings`."""

    fibrillation: tuple[Rhythm, ...]
    """Stretches of atrial fibrillation by RR intervals alone."""
    differences: PeakDifferences | None
    """Of detected R peaks from the reference; None where there are not both."""
    usual: UsualBeat | None


@st.cache_resource(max_entries=8, show_spinner="Looking at the rhythm", hash_funcs=load.OF_FILES)
def findings(files: load.Files) -> Findings:
    """Look through one record (from `record_files`). Raises DataError as `labelled_record`."""
    labelled = load.labelled_record(files)
    record = labelled.record
    detected = record.layers.get(DETECTED)
    differences = None
    if detected is not None and not labelled.layer.is_detected:
        differences = peak_differences(labelled.layer.annotations, detected, record.fs, record.n_samples)
    found = Findings(fibrillation_of(labelled), differences, usual_beat_of(labelled))
    release(record.signals)
    return found


def caution(found: Findings) -> None:
    """One line where the usual beat may not be sinus."""
    if found.usual is not None and found.usual.may_not_be_sinus:
        st.caption(f":material/warning: {literal(found.usual.sentence)} Scores and predictions are relative to it.")


def caption(found: Findings) -> str:
    """What the bar of fibrillation is, and how detected R peaks differ from the reference; empty where neither is."""
    sentences = []
    if found.fibrillation:
        sentences.append(
            f"Bar “{BY_RR}”: atrial fibrillation by the irregularity of RR intervals alone; flutter, "
            "frequent ectopic beats and other irregular rhythms can look the same."
        )
    if found.differences is not None:
        sentences.append(found.differences.sentence)
    return " ".join(sentences)
