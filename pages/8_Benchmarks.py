"""Benchmarks: measured as others have, beside what they published, by record or series, wins and losses alike."""

import streamlit as st

from ecg_core.errors import DataError
from ecg_core.protocols.protocol import kept_result
from ecg_core.protocols.registry import PROTOCOLS
from ecg_core.ui import page
from ecg_core.ui.benchmarks.tables import against_peer, by_row, formats, side_by_side, standing
from ecg_core.ui.downloads import csv_button
from ecg_core.ui.query import Param, Query, one_of

FEW_ROWS = 11
page.begin_anyhow("Benchmarks", "Measured as others have, beside the figures they published.")
values = Query("benchmarks", Param("protocol", next(iter(PROTOCOLS)), one_of(tuple(PROTOCOLS))))
if problems := [*values.read(), *values.unknown()]:
    values.hold(problems)
    st.warning(page.literal("  \n".join(problems)))
titles = {one.name: one.title for one in PROTOCOLS.values()}
name = st.selectbox("Protocol", list(titles), format_func=titles.__getitem__, width=460, **values.widget("protocol"))
values.write()
protocol = PROTOCOLS[name]
st.markdown(page.literal(protocol.what))
try:
    result = kept_result(protocol.name)
except DataError as error:
    page.fail(error)
if result is None:
    st.info("Nobody has measured this yet on this machine. It takes some minutes:")
    st.code(f"{protocol.command} --keep", language="bash")
    st.stop()
st.dataframe(
    side_by_side(protocol, result),
    hide_index=True,
    placeholder="–",
    alt=f"{protocol.title}: ours and published figures",
)
cautions = [f"**{page.literal(one.work)}**: {page.literal(one.caution)}" for one in result.published if one.caution]
if cautions:
    st.caption("  \n".join(cautions))
st.caption(page.literal(result.note))
st.subheader(f"By {protocol.row_title.lower()}", anchor=False)
table = by_row(protocol, result)
if counts := against_peer(protocol, result):
    st.markdown(page.literal(standing(counts, protocol.row_peer, protocol.row_title)))
st.dataframe(
    table,
    hide_index=True,
    placeholder="–",
    height="content" if len(table) <= FEW_ROWS else 420,
    column_config=formats(protocol, table),
    alt=f"{len(table)} rows",
)
with st.container(horizontal=True, vertical_alignment="center"):
    measured = f"Measured {result.created[:10]}{f' on {result.model}' if result.model else ''}. Again:"
    st.caption(page.literal(measured), width="stretch")
    csv_button("Download CSV", table, f"benchmark_{protocol.name}", simulated=False)
st.code(protocol.command + ("" if protocol.model or not protocol.judges else " --run ID"), language="bash")
with st.expander("Sources"):
    for one in result.published:
        st.markdown(f"- {page.literal(one.work)}: {page.literal(one.source)}")
