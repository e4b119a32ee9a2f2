"""What a classifier makes of beats, once for all sessions: reports, and predictions for the gallery of mistakes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import streamlit as st

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.config import BeatConfig
from ecg_core.beats.splits import split_of
from ecg_core.beats.store import load_beats
from ecg_core.data.labels import MARKED
from ecg_core.data.sources import DataSource
from ecg_core.errors import ModelError, WorkbenchError
from ecg_core.evaluation.class_report import ClassReport
from ecg_core.evaluation.classification import Classified
from ecg_core.learning.fits import preparation_of
from ecg_core.learning.unseen import VALIDATION, shared_with_training, trained_here, unseen_records
from ecg_core.runs.evaluation import evaluate_run
from ecg_core.runs.folder import open_run
from ecg_core.tasks.classifier import training
from ecg_core.tasks.classifier.classifier import BeatClassifier
from ecg_core.tasks.classifier.inputs import Encoder, Inputs
from ecg_core.tasks.classifier.task import CLASSIFIER
from ecg_core.tasks.evaluation import evaluate_model, records_of
from ecg_core.tasks.judged_beats import JudgedOn
from ecg_core.ui.load import OF_SOURCE
from ecg_core.ui.models import OF_MODEL, TEST, Model
from ecg_core.ui.work import Told, Work, shown

CLASSIFYING = "Classifying beats"
UNSEEN = "unseen"
"""Part of records that no split names: those of other patients, where the training records were chosen."""


@dataclass(frozen=True)
class Predictions:
    """Every judged beat of a part with what the classifier says of it."""

    classifier: BeatClassifier = field(repr=False)
    beats: BeatSet = field(repr=False)
    result: Classified = field(repr=False)
    rows: npt.NDArray[np.int64] = field(repr=False)
    """Rows of `beats` that `result` holds, in its order."""

    def encoded(self, position: int) -> Inputs:
        """The beat at a position of `result` as the network sees it."""
        row = int(self.rows[position])
        record = str(self.beats.table["record"].iat[row])
        own = self.beats.only([record])
        first = int(np.flatnonzero((self.beats.table["record"] == record).to_numpy())[0])
        return Encoder(own, self.classifier.options.rhythm).encode(np.array([row - first]))


def test_part(model: Model, source: DataSource) -> str:
    """What the records a model may be judged on are called: `DS2`, `test`, or `unseen` for chosen ones."""
    split = split_of(source.records, source.patients)
    return split.test_name if set(model.card.split.test) == set(split.test) else UNSEEN


def part_words(model: Model, source: DataSource) -> Mapping[str, str]:
    """Part in the address -> what the page calls it, with whom it is of."""
    part, records = test_part(model, source), unjudged_records(model, source)
    shared = shared_with_training(model.card, records, source.patients)
    test = test_words(part, len(records))
    if shared:
        n = len({patient for names in shared.values() for patient in names})
        test += f", {'one shared patient' if n == 1 else f'{n} shared patients'}"
    here = trained_here(model.card, source.records)
    return {VALIDATION: "Validation" if here else f"Validation on {data_name(model)}", TEST: test}


def test_words(part: str, n: int) -> str:
    """What records outside a model's training are called everywhere, with the name of their part if it has one of its
    own, else with how many they are: `Test records (DS2)`."""
    return f"Test records ({part if part not in (TEST, UNSEEN) else n})"


def data_name(model: Model) -> str:
    """The data a model was trained on, such as `MIT-BIH`."""
    return model.card.data.label.partition(",")[0]


def can_judge(model: Model, source: DataSource) -> bool:
    """Whether the model classifies beats and there are records in use that it may be judged on."""
    return model.card.preparation is not None and bool(unjudged_records(model, source))


def unjudged_records(model: Model, source: DataSource) -> tuple[str, ...]:
    """Records in use that the model may be judged on; none if it was trained on all of them."""
    try:
        return unseen_records(model.card, source.records, source.patients)
    except ModelError:
        return ()


def kept_report(model: Model, part: str) -> ClassReport | None:
    """The report of a part that was judged before: of validation always, of others once somebody asked for it.

    Raises RunError if a run's report is damaged.
    """
    report = model.report(part)
    if report is None and not model.shipped:
        report = open_run(model.id).evaluations().get(part)
    return report if isinstance(report, ClassReport) else None


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs={**OF_MODEL, **OF_SOURCE})
def judging(model: Model, source: DataSource, part: str) -> Work[ClassReport]:
    """Judge a model on records it has not seen, because somebody asked. A run keeps the report, with its time.

    The work raises WorkbenchError where model and data cannot be used together.
    """

    def do(tell: Told) -> ClassReport:
        if model.card.preparation:
            prepare(source, records_of(part, source, model.card), model.card.preparation.config, tell)
        if model.kind == CLASSIFIER.kind:
            _classify(model, source, part, tell)  # kept, so that judging only has to count
        tell("Judging every beat", 1, 1)
        report = evaluate_model(model.folder, source, part) if model.shipped else evaluate_run(
            open_run(model.id), source, part
        )  # fmt: skip
        assert isinstance(report, ClassReport)
        return report

    return Work(do, "Judging every beat")


@st.cache_resource(max_entries=6, show_spinner=False, hash_funcs={**OF_MODEL, **OF_SOURCE})
def predicting(model: Model, source: DataSource, part: str) -> Work[Predictions]:
    """Predictions for a beat classifier's validation or test records. The work raises WorkbenchError as `judging`."""

    def do(tell: Told) -> Predictions:
        prepare(source, records_of(part, source, model.card), preparation_of(model.card).config, tell)
        return _classify(model, source, part, tell)

    return Work(do, CLASSIFYING)


def prepare(source: DataSource, records: tuple[str, ...], config: BeatConfig, tell: Told) -> None:
    """Prepare the beats of some records if nobody has yet."""

    def show(done: int, of: int) -> None:
        tell(f"Preparing beats: record {done} of {of}", done, of)

    load_beats(source.folder, records, config, show, MARKED)


def _classify(model: Model, source: DataSource, part: str, tell: Told) -> Predictions:
    on = JudgedOn(source, records_of(part, source, model.card), part)
    made = training.predictions(
        model.folder, on, lambda done, of: tell(f"{CLASSIFYING}: record {done} of {of}", done, of)
    )
    return Predictions(made.classifier, made.beats, made.result, made.rows)


def predictions(model: Model, source: DataSource, part: str) -> Predictions | None:
    """Every judged beat; while they are being classified, None, with a bar on the page. Raises WorkbenchError."""
    try:
        return shown(predicting(model, source, part))
    except WorkbenchError:
        predicting.clear(model, source, part)  # to be tried again when somebody asks again
        raise


def judge(model: Model, source: DataSource, part: str) -> ClassReport | None:
    """Every figure; while they are being worked out, None, with a bar on the page. Raises WorkbenchError."""
    try:
        return shown(judging(model, source, part))
    except WorkbenchError:
        judging.clear(model, source, part)
        raise
