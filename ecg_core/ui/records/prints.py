"""The window on the Records page as a PDF to scale."""

import streamlit as st

from ecg_core.data.clock import clock
from ecg_core.ui.records.view import View

LONGEST_S = 300.0
USUAL_GAIN = 10.0


def print_button(view: View, speed: float, gain: float) -> None:
    """A button that downloads the window at a speed (mm/s) and gain (mm/mV; 0 is 10); a window too long says so."""
    st.download_button(
        "Strip as PDF, to scale",
        lambda: _pdf(view, speed, gain or USUAL_GAIN),
        f"{view.record.name.replace('/', '-')} {clock(view.start_s).replace(':', '-')}.pdf",
        "application/pdf",
        on_click="ignore",
        icon=":material/picture_as_pdf:",
        type="tertiary",
        key="records.pdf",
        disabled=view.window_s > LONGEST_S,
        help="At most five minutes." if view.window_s > LONGEST_S else None,
    )


def _pdf(view: View, speed: float, gain: float) -> bytes:
    from ecg_core.plots.print_strip import PrintScale, strip_pdf  # matplotlib takes a third of a second to import

    return strip_pdf(view.labelled, view.start_s, view.window_s, view.lead_numbers, PrintScale(speed, gain))
