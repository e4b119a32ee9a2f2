"""Training a GAN as a run: one that makes beats, or one that makes ECG images."""

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.summary import summarise
from ecg_core.data.image_folder import MAX_LOADED_BYTES, load
from ecg_core.errors import RunError
from ecg_core.tasks.gan.beat_gan import save_gan
from ecg_core.tasks.gan.image_gan import ImageGan
from ecg_core.tasks.gan.image_model import save_image_gan
from ecg_core.tasks.gan.options import FEWEST_BEATS, FEWEST_IMAGES, GanOptions, ImageGanOptions
from ecg_core.tasks.gan.parts import Parts
from ecg_core.tasks.gan.result import GanResult, ImageGanResult
from ecg_core.tasks.image_form import about_form
from ecg_core.tasks.material import ImageFolder, Material, Recordings
from ecg_core.tasks.task import Job


def check(material: Recordings, options: GanOptions) -> GanOptions:
    """Raise RunError for a class that has too few beats in the training records."""
    _check_enough(material, options.beat_class, FEWEST_BEATS)
    return options


def check_images(material: Material, options: ImageGanOptions) -> ImageGanOptions:
    """Raise RunError for a class there is not, or that has too few beats or images."""
    if isinstance(material, Recordings):
        _check_enough(material, options.label, FEWEST_IMAGES)
        return options
    assert isinstance(material, ImageFolder), "it learns from beats or from an image folder"
    counts = material.scan().counts
    if options.label not in counts:
        raise RunError(f"{material.folder} has no class {options.label!r}: choose one of {', '.join(counts)}.")
    if (n := counts[options.label]) < FEWEST_IMAGES:
        raise RunError(
            f"Class {options.label}: {n} images in {material.folder}, at least {FEWEST_IMAGES} are needed to learn "
            "from. Choose another class or add images."
        )
    return options


def train(job: Job[GanOptions]) -> GanResult:
    """Prepare beats, train, save model and card. Judging takes longer than a short training: it is a task of its own
    (`tasks.fidelity`)."""
    from ecg_core.tasks.gan.beat_gan_fit import fit_beat_gan

    recordings, options = job.recordings, job.options
    beats = recordings.beats(job.split.train, job.phase("Preparing beats")).complete()
    gan = fit_beat_gan(options, beats, job.run_id, job.monitor)
    n_beats = len(beats.rows_of(options.beat_class))
    data, preparation = recordings.data_used(beats), recordings.preparation(beats)
    card = job.card(data, preparation, about={"beats": n_beats}, unreadable=beats.left_out)
    save_gan(job.folder, gan, card)
    return GanResult(n_beats)


def train_images(job: Job[ImageGanOptions]) -> ImageGanResult:
    """Draw or load images, train, save model and card."""
    from ecg_core.tasks.gan.image_gan_fit import fit_image_gan
    from ecg_core.tasks.gan.scene_gan_fit import fit_scene_gan

    options = job.options
    gan: ImageGan
    if isinstance(job.material, ImageFolder):
        scanned = job.material.scan(job.phase("Reading images"))
        images, _ = load(scanned, options.size, options.ground == "plain", options.label)
        n_images = len(images)
        card = job.card(job.material.data_used(scanned), about={"images": n_images, **about_form(scanned)})
        gan = fit_image_gan(options, images, job.run_id, job.monitor)
    else:
        recordings = job.recordings
        beats = recordings.beats(job.split.train, job.phase("Preparing beats")).complete()
        rows = image_parts(options, beats).learned
        n_images = len(rows)
        if (size := 4 * n_images * options.drawing.channels * options.size**2) > MAX_LOADED_BYTES:
            raise RunError(
                f"{n_images:,} images of class {options.label} take {size / 1e9:.1f} GB, more than "
                f"{MAX_LOADED_BYTES / 1e9:.0f}: choose fewer records, 64 pixels or plain ground."
            )
        about = {"images": n_images}
        data, preparation = recordings.data_used(beats), recordings.preparation(beats)
        card = job.card(data, preparation, about=about, unreadable=beats.left_out)
        gan = fit_scene_gan(options, beats, rows, job.run_id, job.monitor)
    save_image_gan(job.folder, gan, card)
    return ImageGanResult(n_images)


def image_parts(options: ImageGanOptions, beats: BeatSet) -> Parts:
    """Which beats of its class, in the training records `beats`, an image GAN of these options learns from."""
    return Parts.of(beats.rows_of(options.label), 0.0, options.held_out, options.seed)


def _check_enough(material: Recordings, beat_class: str, fewest: int) -> None:
    """Refuse at once, by the annotations alone, what would fail after the beats have been prepared."""
    counts = summarise(material.folder, material.split.train, material.patients).class_counts()
    if beat_class not in counts:
        raise RunError(f"{beat_class!r} is no class of beats: choose one of {', '.join(counts)}.")
    if counts[beat_class] < fewest:
        raise RunError(
            f"Class {beat_class}: {counts[beat_class]} beats in the training records, at least {fewest} are needed to "
            "learn from. Choose another class or more records."
        )
