"""Which GAN makes which class, what it makes, and the recorded beats to hold that against; kept for all sessions."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import streamlit as st

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.classes import CLASS_NAMES, CLASSES
from ecg_core.beats.config import BeatConfig
from ecg_core.beats.splits import DE_CHAZAL
from ecg_core.beats.store import load_beats
from ecg_core.beats.synthetic import SyntheticBeats
from ecg_core.data.sources import DataSource
from ecg_core.learning.card import Card
from ecg_core.learning.fits import preparation_of
from ecg_core.tasks.gan.beat_gan import BeatGan, load_gan
from ecg_core.tasks.gan.image_gan import ImageGan, Images
from ecg_core.tasks.gan.image_model import load_image_gan
from ecg_core.ui.autoencoder.scores import prepare
from ecg_core.ui.load import OF_SOURCE
from ecg_core.ui.models import OF_MODEL, Model
from ecg_core.ui.query import Query

SIGNALS, IMAGES = "Signals", "ECG images"
"""What a GAN makes."""
KIND = "synthesis.kind"
"""Session: which of the two the tabs show."""
Beats = npt.NDArray[np.float32]
MADE_FOR_REJECTED = 400
"""Beats made to find some that the sampler does not keep."""
CHOSEN = "synthesis.chosen"
"""Session: class -> id of the GAN chosen for it."""
HIGHEST_SEED = 2**31 - 1


def by_class(models: Sequence[Model]) -> dict[str, list[Model]]:
    """AAMI class -> its GANs in the order given: own ones, newest first, then shipped. Only classes that have one."""
    found = {name: [model for model in models if model.class_label == name] for name in CLASSES}
    return {name: of_it for name, of_it in found.items() if of_it}


def class_choice(values: Query, classes: Sequence[str], models: Sequence[Model]) -> str:
    """A widget for the class: the address's, else that of the GAN the address names, else the first abnormal one."""
    if values["class"] not in classes:
        named = [model.class_label for model in models if model.id == values["run"] and model.class_label in classes]
        values["class"] = [*named, *(name for name in classes if name != "N"), *classes][0]
    st.segmented_control(
        "Class", classes, required=True, help=", ".join(f"{name}: {CLASS_NAMES[name].lower()}" for name in classes),
        **values.widget("class"),
    )  # fmt: skip
    return str(values["class"])


def gan_of(values: Query, beat_class: str, candidates: Sequence[Model]) -> Model:
    """The GAN of a class that the address names, or was chosen in this session, or a shipped one, or the newest.

    A small try-out must not take the place of a shipped GAN unasked.
    """
    by_id = {model.id: model for model in candidates}
    remembered = st.session_state.get(CHOSEN, {}).get(beat_class)
    return (
        by_id.get(values["run"])
        or by_id.get(remembered)
        or next((model for model in candidates if model.shipped), candidates[0])
    )


def gan_choice(values: Query, beat_class: str, candidates: Sequence[Model], label: str = "GAN") -> Model:
    """`gan_of`, with a widget to choose where there are several."""
    model = gan_of(values, beat_class, candidates)
    if len(candidates) > 1:
        by_id = {one.id: one for one in candidates}
        key = f"synthesis.gan.{beat_class}.{model.kind}"
        st.session_state[key] = model.id
        st.selectbox(label, list(by_id), format_func=lambda one: by_id[one].label, key=key, on_change=_take_gan,
                     index=list(by_id).index(model.id), args=(values, beat_class, key))  # fmt: skip
    return model


def _take_gan(values: Query, beat_class: str, key: str) -> None:
    values["run"] = st.session_state[key]
    st.session_state[CHOSEN] = {**st.session_state.get(CHOSEN, {}), beat_class: st.session_state[key]}


def kind_choice(values: Query, models: Sequence[Model], image_models: Sequence[Model], key: str) -> str:
    """`SIGNALS` or `IMAGES`: what is there, or, where both are, the choice of a widget, which the tabs share."""
    kinds = [kind for kind, there in ((SIGNALS, models), (IMAGES, image_models)) if there]
    if len(kinds) == 1:
        return kinds[0]
    named = any(model.id == values["run"] for model in image_models)
    kept = st.session_state.get(KIND, IMAGES if named else SIGNALS)
    chosen = st.segmented_control("Made as", kinds, default=kept, required=True, key=key)
    st.session_state[KIND] = chosen or SIGNALS
    return str(st.session_state[KIND])


def no_gan(values: Query) -> None:
    """What to do when there is no GAN to show."""
    st.info(
        "No GAN is trained yet. Open **Train**, choose a class and press Train: what it makes can then be looked at, "
        "judged and exported here."
    )
    st.button("Open Train", icon=":material/model_training:", key="synthesis.open_train", on_click=open_train,
              args=(values, values["class"]))  # fmt: skip


def open_train(values: Query, beat_class: str) -> None:
    """A button's callback: the Train tab, with this class."""
    values["tab"], values["class"] = "Train", beat_class


def whole_input(values: Query, name: str, label: str, low: int, high: int, usual: int, about: str) -> int:
    """A field for a whole number of the address. One out of range is put within it, and that is said in view: a field
    with limits of its own would turn red, keep its reason to itself and leave what is shown as it was."""
    asked = int(usual if values[name] is None else values[name])
    values[name] = min(max(asked, low), high)
    with st.container(width="content", gap=None):
        st.number_input(label, step=1, width=150, help=f"{about} From {low:,} to {high:,}.", **values.widget(name))
        if asked != values[name]:
            st.markdown(f":red[{asked:,} is out of range: from {low:,} to {high:,}.]")
    return int(values[name])


def seed_input(values: Query) -> int:
    """The seed of everything drawn at random on the tab."""
    return whole_input(values, "seed", "Seed", 0, HIGHEST_SEED, 0, "The same number and seed make the same beats.")


def sampled(model: Model, n: int, seed: int) -> SyntheticBeats:
    """Beats a GAN makes. Raises ModelError if its files are damaged, RunError for a number out of range."""
    return _sampled(model, n, seed)


def sampled_images(model: Model, n: int, seed: int) -> Images:
    """Images a GAN makes; fewer of them are the first of more. Raises as `sampled`."""
    return _sampled_images(model, n, seed)


def source_part(card: Card) -> str:
    """What the test records of a model are called."""
    return "the test records (DS2)" if card.split.name == DE_CHAZAL else f"the {len(card.split.test)} test records"


def why_no_recorded(source: DataSource, card: Card) -> str:
    """Why recorded beats cannot stand beside a model's; empty if they can."""
    if card.preparation is None:
        return "This GAN was trained on a folder of images: there are no recorded beats to show beside its own."
    if set(card.split.train) <= set(source.records):
        return ""
    return (
        f"This GAN was trained on other data ({card.data.label}) than are in use now ({source.label}): its beats "
        "are shown without recorded ones. Choose those data on Home to compare."
    )


def recorded(source: DataSource, card: Card) -> tuple[BeatSet | None, str]:
    """The beats a model was trained on, or None and the reason.

    Raises DataError if a record cannot be read.
    """
    if reason := why_no_recorded(source, card):
        return None, reason
    beats = training_beats(source, card.split.train, preparation_of(card).config)
    if beats.data_hash != card.data.data_hash:
        return None, (
            "The records this GAN was trained on have changed since: its beats are shown without recorded ones. "
            "Train it again to compare."
        )
    return beats, ""


def training_beats(source: DataSource, records: tuple[str, ...], config: BeatConfig) -> BeatSet:
    """Prepared beats of some records in the data in use. Raises DataError."""
    prepare(source, records, config)
    return _training_beats(source, records, config)


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs={**OF_SOURCE, BeatConfig: lambda config: config.hash})
def _training_beats(source: DataSource, records: tuple[str, ...], config: BeatConfig) -> BeatSet:
    return load_beats(source.folder, records, config)


def drawn_rows(beats: BeatSet, beat_class: str, n: int, seed: int) -> npt.NDArray[np.int64]:
    """At most `n` usable rows of a class at random, in order of record and time."""
    rows = beats.rows_of(beat_class)
    return np.sort(np.random.default_rng(seed).choice(rows, min(n, len(rows)), replace=False))


def has_sampler(model: Model) -> bool:
    """Whether a beat GAN keeps only some of the beats it makes. Raises as `sampled`."""
    return _gan(model).selection is not None


def rejected_beats(model: Model, seed: int) -> Beats:
    """Some beats that a GAN makes and its sampler does not keep, (n, n_leads, n_points) mV. Raises as `sampled`."""
    return _rejected_beats(model, seed)


def image_gan(model: Model) -> ImageGan:
    """The image GAN of a model. Raises ModelError if its files are damaged."""
    return _image_gan(model)


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=OF_MODEL)
def _gan(model: Model) -> BeatGan:
    return load_gan(model.folder, model.id)[0]


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=OF_MODEL)
def _image_gan(model: Model) -> ImageGan:
    return load_image_gan(model.folder, model.id)[0]


@st.cache_resource(max_entries=12, show_spinner="Making synthetic beats", hash_funcs=OF_MODEL)
def _sampled(model: Model, n: int, seed: int) -> SyntheticBeats:
    return _gan(model).sample(n, seed)


@st.cache_resource(max_entries=4, show_spinner="Making synthetic beats", hash_funcs=OF_MODEL)
def _rejected_beats(model: Model, seed: int) -> Beats:
    made = _gan(model).candidates(MADE_FOR_REJECTED, np.random.default_rng(seed))
    return made.signals[~made.kept]


@st.cache_resource(max_entries=4, show_spinner="Making synthetic images", hash_funcs=OF_MODEL)
def _sampled_images(model: Model, n: int, seed: int) -> Images:
    return _image_gan(model).sample(n, seed)
