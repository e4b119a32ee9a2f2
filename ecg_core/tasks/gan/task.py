"""GANs as tasks: one that makes beats, one that makes ECG images."""

from ecg_core.learning.card import Card, count_of
from ecg_core.tasks.gan.options import GanOptions, ImageGanOptions
from ecg_core.tasks.gan.result import GanResult, ImageGanResult
from ecg_core.tasks.image_classifier.options import COLOUR_WORDS, GROUND_WORDS
from ecg_core.tasks.material import ImageFolder, Recordings
from ecg_core.tasks.task import ModelFormat, Task

PAGE = "pages/3_Synthesis.py"
FIDELITY_FILE = "fidelity.json"
"""Beside a beat GAN's card, once it was judged."""


def _said(card: Card) -> tuple[str, ...]:
    return f"{card.options.get('beat_class')} beats", card.data.label, f"{count_of(card, 'beats')} beats"


def _said_of_images(card: Card) -> tuple[str, ...]:
    options = card.options
    words = GROUND_WORDS if card.preparation else COLOUR_WORDS
    ground = words.get(str(options.get("ground")), "?")
    ground = ground if ground.startswith("ECG") else ground.lower()
    return (
        f"{options.get('label')} images",
        f"{options.get('size')} x {options.get('size')} px, {ground}",
        card.data.label,
        f"{count_of(card, 'images')} images",
    )


GAN = Task(
    kind="gan",
    title="Beat GAN",
    command=("train", "gan"),
    help="that makes beats of one rare class",
    options=GanOptions,
    material=(Recordings,),
    check="ecg_core.tasks.gan.training:check",
    carry_out="ecg_core.tasks.gan.training:train",
    result=GanResult,
    page=PAGE,
    result_tab="Sample",
    icon="auto_awesome",
    judged="ecg_core.tasks.gan.kept:with_judgement",
    model=ModelFormat(noun="beat GAN", load="ecg_core.tasks.gan.beat_gan:load_gan", files=(FIDELITY_FILE,), said=_said),
    class_option="beat_class",
    unit=lambda options: f"{options.beat_class} beats",
)
IMAGE_GAN = Task(
    kind="image-gan",
    title="Image GAN",
    command=("train", "image-gan"),
    help="that makes ECG images of one class",
    options=ImageGanOptions,
    material=(Recordings, ImageFolder),
    check="ecg_core.tasks.gan.training:check_images",
    carry_out="ecg_core.tasks.gan.training:train_images",
    result=ImageGanResult,
    page=PAGE,
    result_tab="Sample",
    icon="auto_awesome",
    judged="ecg_core.tasks.gan.kept:with_image_judgement",
    model=ModelFormat(
        noun="image GAN",
        load="ecg_core.tasks.gan.image_model:load_image_gan",
        files=(FIDELITY_FILE,),
        said=_said_of_images,
    ),
    class_option="label",
    unit=lambda options: f"{options.label} images, {options.size} px",
)
