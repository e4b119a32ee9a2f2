"""The Classifier page's last tab: choose what to train on and how to balance it, start, watch."""

from pathlib import Path
from typing import Any

import streamlit as st

from ecg_core.beats.splits import split_of
from ecg_core.data.image_patients import SaidBy
from ecg_core.data.labels import REFERENCE
from ecg_core.data.sources import DataSource
from ecg_core.errors import DataError, WorkbenchError
from ecg_core.learning.options import Options
from ecg_core.runs.control import start
from ecg_core.runs.folder import Run
from ecg_core.tasks.classifier.options import ClassifierOptions
from ecg_core.tasks.classifier.task import CLASSIFIER
from ecg_core.tasks.gan.task import GAN, IMAGE_GAN
from ecg_core.tasks.image_classifier.options import COLOUR_WORDS, ImageClassifierOptions
from ecg_core.tasks.image_classifier.task import IMAGE_CLASSIFIER
from ecg_core.tasks.material import ImageFolder, Recordings
from ecg_core.ui import jobs, page, terms, width
from ecg_core.ui.classifier.names import ADDED_KEY, GANS_KEY, RATIO_KEY
from ecg_core.ui.forms import ask, ask_all
from ecg_core.ui.guests import change_button
from ecg_core.ui.labels import ask_layer
from ecg_core.ui.models import Model, of_kind
from ecg_core.ui.query import Query
from ecg_core.ui.synthesis.folder import counted, form_line, patients_line

KINDS = (CLASSIFIER.kind, IMAGE_CLASSIFIER.kind)
WATCHED = "classifier.watched"
BEATS, IMAGES, FOLDER = "Beats", "ECG images of beats", "A folder of images"
WITHOUT_RHYTHM = ("beat", "usual")
COMMON = ("epochs", "folds", "members", "most_normal", "batch_size", "learning_rate", "seed")


def train_tab(source: DataSource, values: Query) -> None:
    """Form on the left, the run that lives or broke off on the right."""
    wide = width.main_column_px() >= width.NARROW_PX
    form, panel = st.columns([2, 3], gap="large") if wide else (st.container(), st.container())
    with form:
        _form(source, values)
    with panel:
        run = jobs.watched_run(values["run"], KINDS) or jobs.watched_run(st.session_state.get(WATCHED), KINDS)
        jobs.train_panel(
            run,
            WATCHED,
            "No classifier is training. Press **Train**: the defaults take about four minutes on two cores. The curves "
            "appear here while it trains, the result under **Result**.",
        )


def _form(source: DataSource, values: Query) -> None:
    what = st.segmented_control(
        "Classify", (BEATS, IMAGES, FOLDER), default=BEATS, required=True, key="classifier.what"
    )
    records: list[str] | None = None
    folder, layer = "", REFERENCE
    whose: dict[str, Any] = {}
    if what == FOLDER:
        folder = st.text_input("Folder", key="classifier.folder", placeholder="/path/to/images",
                               help="One sub-folder of PNG or JPEG images for each class.").strip()  # fmt: skip
        whose["patients"] = ask(ImageClassifierOptions, "patients", "imageclassifier.patients")
        _folder_said(folder, whose["patients"])
    else:
        records = _records(source)
        layer = ask_layer(
            source, records or split_of(source.records, source.patients).train, "classifier.labels", values["labels"]
        )
    asked = whose | (_beat_options() if what == BEATS else _image_options(what == FOLDER))
    if change_button("Train", type="primary", icon=":material/play_arrow:", key="classifier.start"):
        try:
            run = _start(source, str(what), records, layer, folder, asked)
        except WorkbenchError as error:
            st.error(page.literal(str(error)))
        else:
            values["run"] = run.id
            values.write()
            st.rerun()
    if note := jobs.queue_note():
        st.caption(note)


def _folder_said(folder: str, patients: SaidBy) -> None:
    if not folder:
        st.caption("A path on the computer this runs on. Where nobody says whose the images are, figures flatter.")
        return
    try:
        found = counted(Path(folder))
    except DataError as error:
        st.error(page.literal(str(error)))
    else:
        st.markdown(page.literal(f"**{found.n_images:,} images** in {len(found.classes)} classes."))
        patients_line(found, patients)
        form_line(found)


def _start(
    source: DataSource, what: str, records: list[str] | None, layer: str, folder: str, asked: dict[str, Any]
) -> Run:
    if what == BEATS:
        return start(CLASSIFIER, Recordings.of(source, records, layer), ClassifierOptions.from_json(asked))
    options = ImageClassifierOptions.from_json(asked)
    if what == FOLDER:
        place = Path(folder or "no folder named")
        return start(IMAGE_CLASSIFIER, ImageFolder.of(place), options)
    return start(IMAGE_CLASSIFIER, Recordings.of(source, records, layer), options)


def _records(source: DataSource) -> list[str] | None:
    split = split_of(source.records, source.patients)
    n = len(split.train)
    named = f"All {n} training records" if split.train_name == "train" else f"{split.train_name}, {n} records"
    choices = {"split": named, "chosen": "Chosen records"}
    which = st.segmented_control("Train on", list(choices), default="split", required=True,
                                 format_func=choices.__getitem__, key="classifier.which",
                                 help=terms.meanings("DS1 and DS2", "Test"))  # fmt: skip
    if which == "split":
        return None
    chosen = st.multiselect("Records", source.records, list(split.train[:6]), key="classifier.records.chosen")
    st.caption("It can then be judged on the records of all other patients.")
    return chosen


def _beat_options() -> dict[str, Any]:
    kind = ClassifierOptions
    asked: dict[str, Any] = {"balance": ask(kind, "balance", "classifier.balance")}
    apart = st.session_state.get("classifier.classes", kind.named("classes").default)
    none_to_add = ["none"] if apart == "normal or abnormal" else None
    asked["added"] = ask(kind, "added", ADDED_KEY, choices=none_to_add)
    if asked["added"] == "gan":
        asked["gans"] = _gans(GAN.kind, GANS_KEY)
    if asked["added"] != "none" or asked["balance"] == "oversampling":
        asked["ratio"] = _ratio(kind)
    with st.expander("Options"):
        for name in ("classes", "escape", "rhythm", "steps", "parts", "augment"):
            if name != "steps" or asked["classes"] == "four classes":  # the steps know no other
                asked[name] = ask(kind, name, f"classifier.{name}")
        asked |= ask_all(kind, COMMON, "classifier")
    return asked


def _image_options(folder: bool) -> dict[str, Any]:
    kind = ImageClassifierOptions
    asked: dict[str, Any] = {} if folder else {"classes": ask(kind, "classes", "imageclassifier.classes")}
    left, right = st.columns(2)
    with left:
        asked["size"] = ask(kind, "size", "imageclassifier.size")
    with right:
        words = COLOUR_WORDS if folder else None
        asked["ground"] = ask(kind, "ground", "imageclassifier.ground", words=words)
    if not folder:
        asked |= {name: ask(kind, name, f"imageclassifier.{name}") for name in ("form", "leads")}
    asked["balance"] = ask(kind, "balance", "imageclassifier.balance")
    if not folder and st.toggle("Add images of image GANs", key="imageclassifier.added"):
        gans = _gans(IMAGE_GAN.kind, "imageclassifier.gans")
        asked |= {"added": "gan", "gans": gans, "ratio": _ratio(kind)}
    if asked.get("form") in WITHOUT_RHYTHM:
        st.caption("Such an image does not show the rhythm around the beat, so few S beats are found in it.")
    with st.expander("Options"):
        asked |= ask_all(kind, COMMON, "imageclassifier")
    return asked


def _ratio(kind: type[Options]) -> float:
    field = kind.named("ratio")
    if RATIO_KEY not in st.session_state:
        st.session_state[RATIO_KEY] = field.default
    return float(st.slider(field.label, field.option.low, field.option.high, step=field.option.step, key=RATIO_KEY))


def _gans(kind: str, key: str) -> str:
    models, _ = of_kind(kind)
    by_id: dict[str, Model] = {model.id: model for model in models}
    if key not in st.session_state:
        st.session_state[key] = [model.id for model in models if model.shipped]
    chosen = st.multiselect("GANs, one a class", list(by_id), format_func=lambda name: by_id[name].label, key=key)
    return " ".join(chosen)
