"""The Classifier page's last tab: choose what to train on and how to balance it, start, watch."""

from pathlib import Path
from typing import Any

import streamlit as st

from ecg_core.beats.splits import split_of
from ecg_core.data.image_folder import scan
from ecg_core.data.sources import DataSource
from ecg_core.errors import WorkbenchError
from ecg_core.runs.folder import Run
from ecg_core.tasks.classifier.options import ClassifierOptions
from ecg_core.tasks.classifier.training import start_classifier
from ecg_core.tasks.image_classifier.options import ImageClassifierOptions
from ecg_core.tasks.image_classifier.training import start_image_classifier, start_image_classifier_on_folder
from ecg_core.ui import jobs, page, width
from ecg_core.ui.classifier.names import ADDED, ADDED_KEY, BALANCES, GANS_KEY, RATIO_KEY, TASKS
from ecg_core.ui.models import CLASSIFIER, GAN, IMAGE_CLASSIFIER, IMAGE_GAN, Model, of_kind
from ecg_core.ui.query import Query

KINDS = (CLASSIFIER, IMAGE_CLASSIFIER)
WATCHED = "classifier.watched"
BEATS, IMAGES, FOLDER = "Beats", "ECG images of beats", "A folder of images"
DEFAULTS, IMAGE_DEFAULTS = ClassifierOptions(), ImageClassifierOptions()


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
    folder = ""
    if what == FOLDER:
        folder = st.text_input("Folder", key="classifier.folder", placeholder="/path/to/images",
                               help="One sub-folder of PNG or JPEG images for each class.")  # fmt: skip
    else:
        records = _records(source)
    chosen = _beat_options() if what == BEATS else _image_options(what == FOLDER)
    if st.button("Train", type="primary", icon=":material/play_arrow:", key="classifier.start"):
        try:
            run = _start(source, str(what), records, folder, chosen)
        except WorkbenchError as error:
            st.error(page.literal(str(error)))
        else:
            values["run"] = run.id
            values.write()
            st.rerun()
    if note := jobs.queue_note():
        st.caption(note)


def _start(source: DataSource, what: str, records: list[str] | None, folder: str, chosen: dict[str, Any]) -> Run:
    names = tuple(records) if records is not None else None
    if what == BEATS:
        return start_classifier(source, names, ClassifierOptions.from_json(chosen))
    options = ImageClassifierOptions.from_json(chosen)
    if what == FOLDER:
        return start_image_classifier_on_folder(scan(Path(folder.strip() or "no folder named").expanduser()), options)
    return start_image_classifier(source, names, options)


def _records(source: DataSource) -> list[str] | None:
    split = split_of(source.records)
    choices = {"split": f"{split.train_name}, {len(split.train)} records", "chosen": "Chosen records"}
    which = st.radio("Train on", list(choices), format_func=choices.__getitem__, horizontal=True,
                     key="classifier.which")  # fmt: skip
    if which == "split":
        return None
    chosen = st.multiselect("Records", source.records, list(split.train[:6]), key="classifier.records.chosen")
    st.caption("It can then be judged on the records of all other patients.")
    return chosen


def _beat_options() -> dict[str, Any]:
    chosen: dict[str, Any] = {"classes": _task("classifier.classes")}
    chosen["balance"] = st.selectbox(
        "Make up for rare classes by", list(BALANCES), format_func=BALANCES.__getitem__,
        index=list(BALANCES).index(DEFAULTS.balance), key="classifier.balance",
    )  # fmt: skip
    added = list(ADDED) if chosen["classes"] != "normal or abnormal" else ["none"]
    chosen["added"] = st.selectbox("Add synthetic beats", added, format_func=ADDED.__getitem__,
                                   key=ADDED_KEY)  # fmt: skip
    if chosen["added"] == "gan":
        chosen["gans"] = _gans(GAN, GANS_KEY)
    if chosen["added"] != "none" or chosen["balance"] == "oversampling":
        chosen["ratio"] = _ratio()
    with st.expander("Options"):
        chosen["augment"] = st.toggle("Vary amplitude and noise", DEFAULTS.augment, key="classifier.augment")
        chosen["parts"] = st.toggle(
            "Show recordings in quarters too", DEFAULTS.parts, key="classifier.parts",
            help="Each quarter has its own usual beat and rhythm: more recordings to learn from, not more patients.",
        )  # fmt: skip
        chosen["rhythm"] = st.toggle(
            "Look at the rhythm", DEFAULTS.rhythm, key="classifier.rhythm",
            help="How early a beat comes, in units of the recording's own RR spread. S beats often look normal: "
            "without it few are found. Uses the whole recording (off-line, as in a Holter report).",
        )  # fmt: skip
        escape = st.radio("Escape beats (e, j) count as", ("N", "S"), horizontal=True, key="classifier.escape",
                          help="EC57 counts them as N, some papers as S.")  # fmt: skip
        chosen |= {"escape": escape} | _common(DEFAULTS, "classifier")
    return chosen


def _image_options(folder: bool) -> dict[str, Any]:
    chosen: dict[str, Any] = {} if folder else {"classes": _task("imageclassifier.classes")}
    left, right = st.columns(2)
    with left:
        chosen["size"] = st.selectbox("Pixels a side", (64, 128), key="imageclassifier.size")
    with right:
        grounds = {"plain": "Grey", "paper": "Colour"} if folder else {"plain": "Plain", "paper": "ECG paper"}
        chosen["ground"] = st.selectbox("Ground", list(grounds), format_func=grounds.__getitem__,
                                        key="imageclassifier.ground")  # fmt: skip
    chosen["balance"] = st.selectbox(
        "Make up for rare classes by", list(BALANCES), format_func=BALANCES.__getitem__,
        index=list(BALANCES).index(IMAGE_DEFAULTS.balance), key="imageclassifier.balance",
    )  # fmt: skip
    if not folder and st.toggle("Add images of image GANs", key="imageclassifier.added"):
        chosen |= {"added": "gan", "gans": _gans(IMAGE_GAN, "imageclassifier.gans"), "ratio": _ratio()}
    st.caption(
        "A folder does not say which images are of one patient: its validation flatters."
        if folder
        else "An image shows one beat without the rhythm around it, so few S beats are found in images."
    )
    with st.expander("Options"):
        chosen |= _common(IMAGE_DEFAULTS, "imageclassifier")
    return chosen


def _task(key: str) -> str:
    return str(st.selectbox("Tell apart", list(TASKS), format_func=TASKS.__getitem__, key=key))


def _ratio() -> float:
    if RATIO_KEY not in st.session_state:
        st.session_state[RATIO_KEY] = DEFAULTS.ratio
    return float(st.slider("Bring S, V and F to, for one N beat learned from", 0.05, 1.0, step=0.05, key=RATIO_KEY))


def _gans(kind: str, key: str) -> str:
    models, _ = of_kind(kind)
    by_id: dict[str, Model] = {model.id: model for model in models}
    shipped = [name for name in by_id if name.startswith("models/")]
    if key not in st.session_state:
        st.session_state[key] = shipped
    chosen = st.multiselect("GANs, one a class", list(by_id), format_func=lambda name: by_id[name].label, key=key)
    return " ".join(chosen)


def _common(defaults: ClassifierOptions | ImageClassifierOptions, key: str) -> dict[str, Any]:
    left, right = st.columns(2)
    chosen: dict[str, Any] = {}
    with left:
        chosen["epochs"] = st.number_input("Epochs", 1, 200, defaults.epochs, key=f"{key}.epochs")
        chosen["folds"] = st.number_input(
            "Patient groups", 2, 10, defaults.folds, key=f"{key}.folds",
            help="Each is classified by a network that has not seen its patients: that is the validation.",
        )  # fmt: skip
        chosen["members"] = st.number_input("Final networks", 1, 5, defaults.members, key=f"{key}.members",
                                            help="Their probabilities are averaged.")  # fmt: skip
        chosen["most_normal"] = st.number_input("Most N beats a record", 50, 100_000, defaults.most_normal,
                                                key=f"{key}.most")  # fmt: skip
    with right:
        chosen["batch_size"] = st.number_input("Batch size", 16, 1024, defaults.batch_size, key=f"{key}.batch")
        chosen["learning_rate"] = st.number_input("Learning rate", 1e-5, 1e-1, defaults.learning_rate, 1e-3,
                                                  format="%.4f", key=f"{key}.rate")  # fmt: skip
        chosen["seed"] = st.number_input("Seed", 0, 2**31 - 1, defaults.seed, key=f"{key}.seed")
    return chosen
