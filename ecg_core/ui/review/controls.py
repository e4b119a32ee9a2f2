"""The page's address and its row of controls."""

from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st

from ecg_core.beats.classes import CLASSES
from ecg_core.review.queue import ORDERS, RULES, Asked
from ecg_core.ui.models import Model
from ecg_core.ui.query import Param, Query, number, one_of, whole
from ecg_core.ui.records import predictions, scores

WIDEST = 1e6
"""No score and no threshold is higher."""


def query() -> Query:
    """The page's address: `record`, `rule`, `order`, `class` (of the rule `class`), `low` and `high` (scores of
    `flagged`; `low` is the probability of `unsure`), `beat` (sample to begin at), and the models, `score` and
    `predict`."""
    return Query(
        "review",
        Param("record", None, str),
        Param("rule", "flagged", one_of(tuple(RULES))),
        Param("order", "score", one_of(tuple(ORDERS))),
        Param("class", "V", one_of(CLASSES)),
        Param("low", None, number(0, WIDEST)),
        Param("high", None, number(0, WIDEST)),
        Param("beat", None, whole(0, 10**9)),
        Param("score", None, str),
        Param("predict", None, str),
    )


def settle_models(state: Query, autoencoders: Mapping[str, Model], classifiers: Mapping[str, Model]) -> None:
    """Where no model is named, a shipped one says something, else the first: nobody has to choose before the first
    beat, and no trial speaks unasked."""
    for name, models in (("score", autoencoders), ("predict", classifiers)):
        if state[name] is None and models:
            state[name] = next((key for key, model in models.items() if model.shipped), next(iter(models)))


def asked(state: Query) -> Asked:
    """The queue that the address asks for."""
    return Asked(state["rule"], state["order"], state["low"], state["high"], state["class"])


def choose_queue(state: Query) -> None:
    """Rule, order, and what a rule needs besides."""
    st.selectbox("Queue", list(RULES), format_func=RULES.__getitem__, width=150, **_restarting(state, "rule", RULES))
    if state["rule"] == "class":
        st.selectbox("Class", list(CLASSES), width=80, **_restarting(state, "class", CLASSES))
    if state["rule"] in ("flagged", "promised", "unsure", "differs", "class"):
        st.selectbox(
            "Order", list(ORDERS), format_func=ORDERS.__getitem__, width=150, **state.widget("order", [*ORDERS])
        )


def choose_models(state: Query, autoencoders: Mapping[str, Model], classifiers: Mapping[str, Model]) -> None:
    """Whose scores and predictions there are, and from which score on a beat is flagged."""
    scores.choose(autoencoders, state)
    predictions.choose(classifiers, state)
    if state["rule"] in ("flagged", "unsure"):
        what = "Least score" if state["rule"] == "flagged" else "Probability below"
        st.number_input(what, min_value=0.0, max_value=WIDEST, placeholder="the model's own", **state.widget("low"))
    if state["rule"] == "flagged":
        st.number_input("Score below", min_value=0.0, max_value=WIDEST, placeholder="no limit", **state.widget("high"))


def _restarting(state: Query, name: str, options: Iterable[str]) -> dict[str, Any]:
    """A widget whose change begins the queue anew."""

    def changed() -> None:
        state.take(name)
        state["beat"] = state["low"] = state["high"] = None
        state["order"] = "unsure" if state["rule"] in ("promised", "unsure") else "score"

    return state.widget(name, list(options)) | {"on_change": changed, "args": ()}
