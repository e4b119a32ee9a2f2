"""What a clinician reads of synthetic images, good news or bad."""

from dataclasses import replace

from ecg_core.evaluation.image_fidelity_report import (
    ImageClassFidelity,
    ImageDistances,
    ImageFidelityReport,
    ImageUse,
    TraceQuantity,
)
from ecg_core.evaluation.image_fidelity_sentence import image_sentence
from ecg_core.evaluation.sharpness import Sharpness

GOOD = ImageClassFidelity(
    "V", 2000, 3785, ("106", "119"), 1900, 1000, 5, 7.9, "image-pca-32", 0.8, 0.03,
    ImageDistances(0.1, 2.0, 0.8, 0.8, 0.9, 0.9, 0.62, 0.58),
    ImageDistances(0.1, 2.0, 0.8, 0.8, 0.9, 0.9, 0.99, 0.97),
    ImageDistances(0.01, 0.2, 0.8, 0.8, 0.9, 0.9),
    Sharpness(0.061, 0.0),
    Sharpness(0.06, 0.0),
    (TraceQuantity("r_mv", 1.42, (1.0, 2.0), 1.38, (1.0, 2.0), 0.04, 0.3),
     TraceQuantity("qrs_ms", 161.0, (140.0, 180.0), 158.0, (139.0, 182.0), 0.05, 0.4)),
    use=ImageUse(0.5, (0.49, 0.51), 0.52, (0.5, 0.53), 0.6, 0.62),
)  # fmt: skip


def test_good_images() -> None:
    assert image_sentence(GOOD) == (
        "Synthetic V images are about as close to the recorded ones as two groups of patients are to each other (MMD 1 "
        "times, Fréchet distance 1 times); a trained network tells them apart in 62 % of pairs, a classifier of the "
        "trace read back in 58 % (chance: 50 %); 6.1 % of their pixels are grey (recorded: 6.0 %), and strokes are "
        "whole (columns: 0.0 %, recorded 0.0 %); R amplitude 1.38 mV (recorded 1.42); QRS width 158 ms (recorded 161); "
        "3 % lie closer to a training image than recorded images do to each other (about 5 % is expected without "
        "copying); a classifier trained on them in place of recorded ones keeps 97 % of its F1 for V in unseen "
        "patients (0.60 of 0.62)."
    )


def test_haze_and_gaps_are_named() -> None:
    said = image_sentence(
        replace(GOOD, sharpness=Sharpness(0.12, 0.11), distances=replace(GOOD.distances, two_sample_auc=1.0))
    )
    assert "but a trained network tells them apart in 100 % of pairs" in said
    assert "a haze lies over them: 12.0 % of their pixels are grey (recorded: 6.0 %)" in said
    assert "strokes are interrupted (columns: 11.0 %, recorded 0.0 %)" in said


def test_images_of_a_folder_have_neither_patients_nor_a_trace() -> None:
    bare = replace(
        GOOD, between_patients=ImageDistances(), trace=(), use=None, sharpness=Sharpness(0.061, None),
        distances=replace(GOOD.distances, two_sample_auc_trace=None),
    )  # fmt: skip
    assert image_sentence(bare) == (
        "Synthetic V images have no two groups of patients to be compared with (MMD 0.10); a trained network tells "
        "them apart in 62 % of pairs (chance: 50 %); 6.1 % of their pixels are grey (recorded: 6.0 %); 3 % lie closer "
        "to a training image than recorded images do to each other (about 5 % is expected without copying)."
    )


def test_a_report_comes_back_from_its_json() -> None:
    report = ImageFidelityReport({"V": GOOD}, True, 3, {"V": 2000})
    assert ImageFidelityReport.from_json(report.to_json(), "figures") == report
    assert {figure.name for figure in report.figures()} >= {"Two-sample AUC of V", "Interrupted columns of V"}
