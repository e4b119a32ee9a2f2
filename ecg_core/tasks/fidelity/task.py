"""Judging GANs as tasks: those that make beats, and those that make ECG images."""

from ecg_core.evaluation.fidelity_report import FidelityReport
from ecg_core.evaluation.image_fidelity_report import ImageFidelityReport
from ecg_core.tasks.fidelity.options import FidelityOptions, ImageFidelityOptions
from ecg_core.tasks.gan.task import PAGE
from ecg_core.tasks.material import Recordings
from ecg_core.tasks.task import Task

FIDELITY = Task(
    kind="fidelity",
    title="Fidelity",
    command=("fidelity",),
    help="of beat GANs: their beats against recorded ones",
    options=FidelityOptions,
    material=(Recordings,),
    check="ecg_core.tasks.fidelity.judging:check",
    carry_out="ecg_core.tasks.fidelity.judging:carry_out",
    result=FidelityReport,
    page=PAGE,
    under_way="Fidelity is being judged",
    tab="Fidelity",
    icon="balance",
    unit=lambda options: f"{len(options.places)} GANs",
    by_phase=True,
)
IMAGE_FIDELITY = Task(
    kind="image-fidelity",
    title="Image fidelity",
    command=("fidelity", "--images"),
    help="of image GANs: their images against recorded beats drawn alike",
    options=ImageFidelityOptions,
    material=(Recordings,),
    check="ecg_core.tasks.fidelity.judging_images:check",
    carry_out="ecg_core.tasks.fidelity.judging_images:carry_out",
    result=ImageFidelityReport,
    page=PAGE,
    under_way="Image fidelity is being judged",
    tab="Fidelity",
    icon="balance",
    unit=lambda options: f"{len(options.places)} image GANs",
    by_phase=True,
)
