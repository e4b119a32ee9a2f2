"""The autoencoder as a task."""

from ecg_core.evaluation.detection_report import DetectionReport
from ecg_core.learning.card import Card
from ecg_core.tasks.autoencoder.options import AutoencoderOptions
from ecg_core.tasks.autoencoder.result import AutoencoderResult
from ecg_core.tasks.material import Recordings
from ecg_core.tasks.task import ModelFormat, Task
from ecg_core.text import number


def _said(card: Card) -> tuple[str, ...]:
    part = "DS2" if "DS2" in card.figures else "validation"
    report = card.figures.get(part)
    auc = DetectionReport.from_json(report, part).roc_auc if report else None
    return str(card.options.get("unit", "beats")), card.data.label, f"ROC AUC {number(auc)} ({part})"


AUTOENCODER = Task(
    kind="autoencoder",
    title="Autoencoder",
    command=("train", "autoencoder"),
    help="on the normal beats of the training records",
    options=AutoencoderOptions,
    material=(Recordings,),
    check="ecg_core.tasks.autoencoder.training:check",
    carry_out="ecg_core.tasks.autoencoder.training:train",
    result=AutoencoderResult,
    page="pages/5_Autoencoder.py",
    model=ModelFormat(
        noun="autoencoder",
        load="ecg_core.tasks.autoencoder.model:load_detector",
        report=DetectionReport,
        evaluate="ecg_core.tasks.autoencoder.training:evaluate",
        said=_said,
    ),
    unit=lambda options: options.unit,
)
