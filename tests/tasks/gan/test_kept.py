"""What a GAN was judged by is kept beside its weights, and counts for these only."""

from dataclasses import replace
from pathlib import Path

from ecg_core.learning.model_folder import WEIGHTS
from ecg_core.tasks.gan.kept import keep_figures, with_image_judgement
from ecg_core.tasks.gan.result import ImageGanResult
from tests.evaluation.test_image_fidelity_sentence import GOOD as IMAGES


def test_an_image_gan_is_known_by_what_its_images_were_judged_by(tmp_path: Path) -> None:
    (tmp_path / WEIGHTS).write_bytes(b"weights")
    trained = ImageGanResult(1234)
    assert with_image_judgement(tmp_path, trained) == trained
    assert trained.headline() == "Trained on 1,234 images"
    keep_figures(tmp_path, IMAGES.to_json(), 1)
    judged = with_image_judgement(tmp_path, trained)
    assert judged == replace(trained, fidelity=IMAGES)
    assert judged.headline() == IMAGES.headline()
    assert judged.figures()[0].name == "Two-sample AUC"
    assert ImageGanResult.from_json(judged.to_json(), "result") == trained, "the result stays that of the training"
    (tmp_path / WEIGHTS).write_bytes(b"other weights")
    assert with_image_judgement(tmp_path, trained) == trained
