"""Whether synthetic beats or images can be trusted: three lines a class, verdict first."""

from collections.abc import Mapping

import streamlit as st

from ecg_core.beats.classes import CLASS_NAMES
from ecg_core.evaluation.fidelity_verdicts import Judged, Verdict, few_patients, verdicts
from ecg_core.ui import width
from ecg_core.ui.escape import literal
from ecg_core.ui.models import Model

ICONS = {True: ":green[:material/check_circle:]", False: ":red[:material/cancel:]", None: ":material/help:"}
NOT_YET = "Not judged yet."


def verdict_cards(rows: Mapping[str, tuple[Judged | None, Model]]) -> None:
    """A card a class, beside each other where there is room: class -> figures, None while nobody has judged, and the
    model that makes it."""
    wide = width.main_column_px() >= width.NARROW_PX and len(rows) > 1
    places = st.columns(max(len(rows), 2)) if wide else [st.container() for _ in rows]
    for place, (name, (judged, model)) in zip(places, rows.items(), strict=False):
        with place, st.container(border=True, height="stretch"):
            _card(name, judged, model)


def _card(name: str, judged: Judged | None, model: Model) -> None:
    known = CLASS_NAMES.get(name, "")
    simulated = " :orange-badge[SIMULATED]" if model.card.data.simulated else ""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown(f"**{literal(name)}**{f' · {known.lower()}' if known else ''}{simulated}", width="content")
        st.caption(literal(model.name.removesuffix(f", class {name}")), width="content")
    if judged is None:
        st.markdown(f":material/help: {NOT_YET}")
    else:
        st.markdown("  \n".join(_line(one) for one in verdicts(judged)),
                    help="\n\n".join(f"**{one.question}** {one.meaning}" for one in verdicts(judged)))  # fmt: skip
        if few := few_patients(judged):
            note = judged.note.split(": two groups")[0].split(", and figures")[0].rstrip(".")
            st.caption(literal(f"{few} {note}."))


def _line(one: Verdict) -> str:
    verdict = f"{one.verdict[:1].upper()}{one.verdict[1:]}"
    about = ", ".join(filter(None, [one.figure, one.support]))
    return f"{ICONS[one.good]} **{verdict}**: {literal(about)}"
