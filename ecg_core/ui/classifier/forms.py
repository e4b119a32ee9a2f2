"""The Classifier page, for image classifiers: the same beats in every form of image, what a classifier of each form
makes of them, and where the one chosen looks."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import streamlit as st

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.classes import CLASS_NAMES, CLASSES
from ecg_core.beats.image_forms import LEGEND
from ecg_core.beats.images import FORMS, SIZES, Form, Pixels
from ecg_core.data.clock import clock
from ecg_core.data.sources import DataSource
from ecg_core.errors import WorkbenchError
from ecg_core.learning.fits import preparation_of
from ecg_core.learning.unseen import shared_with_training
from ecg_core.plots.image_occlusion import occlusion_figure
from ecg_core.tasks.image_classifier.classifier import ImageClassifier
from ecg_core.tasks.image_classifier.model import load_image_classifier
from ecg_core.tasks.image_classifier.occlusion import occlusion
from ecg_core.tasks.image_classifier.side_by_side import InForm, in_form, some_of
from ecg_core.tasks.image_form import model_form
from ecg_core.tasks.judged_beats import JudgedOn, judged_beats
from ecg_core.text import percent
from ecg_core.ui import page, theme, width
from ecg_core.ui.autoencoder.scores import prepare
from ecg_core.ui.chart import chart
from ecg_core.ui.classifier.data import unjudged_records
from ecg_core.ui.load import OF_BEATS, OF_SOURCE
from ecg_core.ui.models import OF_MODEL, Model

BEATS, BEATS_NARROW = 4, 3
SHOWN_PX, SHOWN_NARROW_PX = 192, 160
HIGHEST_SEED = 9_999
FAINT = 0.02
"""Below this fall of the probability a part of the image is said not to matter."""


def forms_panel(model: Model, models: Sequence[Model], source: DataSource) -> None:
    """Some beats of unseen patients in every form, on request."""
    if model.card.preparation is None:
        return
    st.subheader("The same beats as each form shows them", anchor=False)
    records = unjudged_records(model, source)
    if not records:
        st.caption("The model was trained on every record in use: there is none left to show beats of.")
        return
    if not st.toggle("Show some beats in every form", key="forms.shown"):
        return
    try:
        prepare(source, records, preparation_of(model.card).config)
        beats = _beats(model, source, records)
        _panel(model, models, source, beats)
    except WorkbenchError as error:
        st.error(page.literal(str(error)), icon=":material/error:")


def of_forms(model: Model, models: Sequence[Model], source: DataSource, records: Sequence[str]) -> dict[Form, Model]:
    """The image classifier of each form that there is one of: `model` for its own, else a shipped one, else the newest;
    none that was prepared otherwise or has seen a patient of these records."""
    found: dict[Form, Model] = {}
    for form in FORMS:
        fitting = [
            one
            for one in models
            if one.kind == model.kind
            and one.card.preparation is not None
            and model_form(one.card) == form
            and one.card.preparation.hash == preparation_of(model.card).hash
            and not set(records) & set(one.card.split.train)
            and (one.id == model.id or set(one.card.split.train) == set(model.card.split.train)
                 or not shared_with_training(one.card, records, source.patients))
        ]  # fmt: skip
        own = [one for one in fitting if one.id == model.id]
        shipped = [one for one in fitting if one.shipped]
        if chosen := [*own, *shipped, *fitting]:
            found[form] = chosen[0]
    return found


def _panel(model: Model, models: Sequence[Model], source: DataSource, beats: BeatSet) -> None:
    there = [name for name in CLASSES if len(beats.rows_of(name))]
    if not there:
        st.info("Nobody has labelled a beat of these records: choose recordings with annotations.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        beat_class = st.segmented_control(
            "Beats of class", there, default="V" if "V" in there else there[0], required=True, key="forms.class",
            help=", ".join(f"{name}: {CLASS_NAMES[name].lower()}" for name in there),
        )  # fmt: skip
        seed = st.number_input(
            "Seed", 0, HIGHEST_SEED, 0, width=130, key="forms.seed", help="Another seed shows others."
        )
    wide = width.main_column_px() >= width.NARROW_PX
    rows = some_of(beats, str(beat_class), BEATS, int(seed))[: BEATS if wide else BEATS_NARROW]
    table = beats.table.iloc[rows]
    named = [f"{record} · {clock(time_s, 1)}" for record, time_s in zip(table["record"], table["time_s"], strict=True)]
    by_form = of_forms(model, models, source, tuple(dict.fromkeys(table["record"])))
    shown = {form: _in_form(beats, rows, form, by_form.get(form)) for form in FORMS}
    st.caption(f"{LEGEND} The form with the beat alone has one scale for all, without a mark.")
    for column, (form, words) in zip(st.columns(len(FORMS)), FORMS.items(), strict=True):
        of = by_form.get(form)
        with column:
            st.markdown(f"**{words}**")
            st.caption(page.literal(of.name) if of else "no classifier of this form")
    for k, name in enumerate(named):
        for column, (form, one) in zip(st.columns(len(FORMS)), shown.items(), strict=True):
            with column:
                st.image(_enlarged(one.images[k]), _said(one, k, name, str(beat_class)),
                         width=SHOWN_PX if wide else SHOWN_NARROW_PX,
                         alt=f"Beat {name} of class {beat_class}, {FORMS[form].lower()}")  # fmt: skip
    st.caption(f"✓ right, ✗ wrong; the number is the probability of the class said. Reference: {beat_class}.")
    _where_it_looks(model, shown[_form_of(model)], named, str(beat_class))


def _said(shown: InForm, k: int, name: str, beat_class: str) -> str:
    if not shown.classes:
        return name
    said, probability = shown.said(k)
    mark = "" if beat_class not in shown.classes else "✓ " if said == beat_class else "✗ "
    return f"{name}: {mark}{said}, {percent(probability)}"


def _where_it_looks(model: Model, shown: InForm, named: Sequence[str], beat_class: str) -> None:
    if not st.toggle("Show where the classifier looks", key="forms.occlusion"):
        return
    wide = width.main_column_px() >= width.NARROW_PX
    left, right = st.columns([2, 3], gap="large") if wide else (st.container(), st.container())
    with left:
        k = int(st.selectbox("Beat", range(len(named)), format_func=named.__getitem__, key=f"forms.beat.{beat_class}"))
        of = str(
            st.segmented_control("What speaks for", shown.classes, default=shown.said(k)[0], required=True,
                                 key=f"forms.of.{named[k]}")
        )  # fmt: skip
        lines = [
            f"- **{name}** {percent(float(p))}" for name, p in zip(shown.classes, shown.probability[k], strict=True)
        ]
        st.markdown(f"{page.literal(model.name)} says:\n" + "\n".join(lines))
        fall = _fall(model, shown.images[k], of)
        if np.abs(fall).max() < FAINT:
            st.markdown(f"No single part of the image matters for {of}.")
        st.caption(
            "Orange: the class loses so many percentage points when that part of the image is wiped out. Blue: the "
            "part speaks against it. Point at a place for its number."
        )
    with right:
        chart(occlusion_figure(shown.images[k], fall, theme.palette(), f"What speaks for {of}: {named[k]}"),
              key="forms.heat", alt=f"Parts of the image that speak for {of}")  # fmt: skip


def _form_of(model: Model) -> Form:
    return next(form for form in FORMS if form == model_form(model.card))


def _enlarged(image: Pixels) -> Pixels:
    times = 3 * SIZES[0] // image.shape[0] or 1
    return image.repeat(times, axis=0).repeat(times, axis=1)


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs={**OF_MODEL, **OF_SOURCE})
def _beats(model: Model, source: DataSource, records: tuple[str, ...]) -> BeatSet:
    return judged_beats(model.card, JudgedOn(source, records, "unseen")).beats


@st.cache_resource(max_entries=6, show_spinner=False, hash_funcs=OF_MODEL)
def _classifier(model: Model) -> ImageClassifier:
    return load_image_classifier(model.folder)[0]


@st.cache_data(max_entries=32, show_spinner="Drawing the beats", hash_funcs={**OF_MODEL, **OF_BEATS})
def _in_form(beats: BeatSet, rows: npt.NDArray[np.int64], form: Form, model: Model | None) -> InForm:
    return in_form(beats, rows, form, _classifier(model) if model else None)


@st.cache_data(max_entries=32, show_spinner="Hiding one part after the other", hash_funcs=OF_MODEL)
def _fall(model: Model, image: Pixels, of_class: str) -> npt.NDArray[np.float64]:
    return occlusion(_classifier(model), image, of_class)
