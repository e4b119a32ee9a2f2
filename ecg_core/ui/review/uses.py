"""What becomes of a review: files to take away, the report, a training that learns from it."""

import streamlit as st

from ecg_core.beats.labelled_record import LabelledRecord
from ecg_core.data.corrections.corrections import Corrections
from ecg_core.review.adapted_threshold import adapted_threshold
from ecg_core.ui.query import Query
from ecg_core.ui.review import below
from ecg_core.ui.review.opening import Review


def adaptation(review: Review, corrections: Corrections, state: Query) -> None:
    """A threshold of this recording's own, from what was decided, with its effect."""
    scores, asked = review.scores, review.queue.asked
    if scores is None or asked.rule != "flagged" or asked.high is not None:
        return
    found = adapted_threshold(scores, corrections, scores.threshold if asked.low is None else asked.low)
    if found is None or found.offered == found.now:
        return
    now, offered = found.now, found.offered
    st.markdown(
        f"**A threshold of its own?** By your {found.decided} decisions {offered.threshold:.2f} fits this recording "
        f"better than {now.threshold:.2f}: {offered.flagged:,} beats flagged instead of {now.flagged:,}; of those "
        f"decided, {offered.false_alarms} false alarms instead of {now.false_alarms}, {offered.missed} abnormal missed "
        f"instead of {now.missed}. It says nothing of beats nobody has looked at."
    )

    def use() -> None:
        state["low"], state["beat"] = round(offered.threshold, 2), None

    if st.button("Use it for this queue", key="review.adapt", on_click=use):
        st.rerun()


def offer(labelled: LabelledRecord, seen: LabelledRecord, corrections: Corrections) -> None:
    """Exports, report and retraining, once there is something to use."""
    if not corrections.standing():
        return
    below.exports(labelled, corrections, seen)
