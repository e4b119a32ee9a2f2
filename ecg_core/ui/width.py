"""How wide the page's main column is, so that ECG paper can fill it at true proportions.

Streamlit does not tell a script the width of the browser. A component without any visible part measures its column
and sends the width back, after the first run and whenever the window or the sidebar changes it.
"""

import math

import streamlit as st

from ecg_core.plots.paper import DESIGN_WIDTH_PX
from ecg_core.ui import query

LEAST_PX, MOST_PX = 320, 3_840
NARROW_PX = 760  # below it, what stands side by side stands one under the other
_COMPONENT, _MEASURED = "page.width.component", "page.width"

_MEASURE = """
const widths = new WeakMap();
export default function({ parentElement, setStateValue }) {
  const column = parentElement.host?.parentElement ?? parentElement;
  const main = document.querySelector('[data-testid="stMainBlockContainer"] [data-testid="stVerticalBlock"]') ?? column;
  let timer = 0;
  const send = () => {
    const px = Math.floor(main.getBoundingClientRect().width);
    if (window.oneStep?.leaving) return;  // it would ask for the page that is left
    if (px > 0 && widths.get(main) !== px) { widths.set(main, px); setStateValue("px", px); }
  };
  const observer = new ResizeObserver(() => { clearTimeout(timer); timer = setTimeout(send, 150); });
  observer.observe(main);
  send();
  return () => { observer.disconnect(); clearTimeout(timer); };
}
"""


def main_column_px() -> int:
    """Width of the main column in px; that of a 1440 px wide window until it is known."""
    measured = st.session_state.get(_MEASURED)
    return measured if isinstance(measured, int) else DESIGN_WIDTH_PX


def measure() -> None:
    """Mount the measuring component, once a page and at its end. Its width arrives in the next run."""
    renderer = st.components.v2.component("ecg_workbench_width", js=_MEASURE)
    renderer(key=_COMPONENT, on_px_change=_take)


def _take() -> None:
    query.by_widget()
    px = st.session_state[_COMPONENT].get("px")
    if isinstance(px, int | float) and math.isfinite(px):
        st.session_state[_MEASURED] = int(min(max(px, LEAST_PX), MOST_PX))
