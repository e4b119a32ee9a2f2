"""The sentence for clinicians, in full, for good beats and for bad ones."""

from dataclasses import replace

import pytest

from ecg_core.evaluation.fidelity_sentence import COPYING, TOLD_APART, sentence
from tests.evaluation.factories import class_fidelity


def test_good_beats() -> None:
    assert sentence(class_fidelity()) == (
        "Synthetic V beats are about as close to the recorded ones as two groups of patients are to each other "
        "(MMD 0.8 times, Fréchet distance 0.9 times); a trained classifier tells them apart in 71 % of pairs (chance: "
        "50 %); 3 % lie closer to a training beat than recorded beats do to each other (about 5 % is expected without "
        "copying); a classifier trained on them in place of recorded ones keeps 96 % of its F1 for V in unseen "
        "patients (0.86 of 0.90)."
    )


def test_bad_beats() -> None:
    bad = class_fidelity(mmd=0.66, frechet=100.0, two_sample_auc=0.998, copying_share=0.43, tstr_f1=0.4)
    assert sentence(bad) == (
        "Synthetic V beats are farther from the recorded ones than two groups of patients are from each other "
        "(MMD 2.2 times, Fréchet distance 1 times); but a trained classifier tells them apart in 100 % of pairs, where "
        "chance is 50 %; 43 % lie closer to a training beat than recorded beats do to each other, where about 5 % is "
        "expected: copies or blends of training beats; a classifier trained on them in place of recorded ones "
        "keeps only 44 % of its F1 for V in unseen patients (0.40 of 0.90)."
    )


def test_the_worse_of_the_two_distances_decides() -> None:
    assert "are closer to" in sentence(class_fidelity(mmd=0.03, frechet=3.0))
    assert "about as close to" in sentence(class_fidelity(mmd=0.03, frechet=120.0))
    assert "are farther from" in sentence(class_fidelity(mmd=0.03, frechet=151.0))


def test_without_two_groups_of_patients_no_comparison_is_made_up() -> None:
    told = sentence(class_fidelity(mmd_real=None, frechet_real=None))
    assert told.startswith("Synthetic V beats have no two groups of patients to be compared with (MMD 0.24); a trained")


def test_without_unseen_patients_nothing_is_said_of_use() -> None:
    told = sentence(replace(class_fidelity(), use=None))
    assert told.endswith("(about 5 % is expected without copying).")
    assert sentence(class_fidelity(tstr_f1=None, trtr_f1=None)) == told


def test_a_class_that_no_classifier_finds_has_no_use_to_measure() -> None:
    assert sentence(class_fidelity(tstr_f1=0.0, trtr_f1=0.0)).endswith(
        "a classifier trained on recorded ones finds no V in unseen patients: their use is unknown."
    )


@pytest.mark.parametrize(("name", "limit", "word"), [
    ("two_sample_auc", TOLD_APART, "; but a trained"),
    ("copying_share", COPYING, "copies or blends"),
])  # fmt: skip
def test_at_a_limit_it_still_counts_as_good_and_just_above_not(name: str, limit: float, word: str) -> None:
    assert word not in sentence(class_fidelity(**{name: limit}))
    assert word in sentence(class_fidelity(**{name: limit + 1e-6}))


def test_a_record_that_has_nearly_all_beats_is_spoken_of() -> None:
    assert sentence(class_fidelity(dominant_record="208")).startswith(
        "Synthetic V beats are about as close to the recorded ones as two groups of patients are to each other "
        "(MMD 0.8 times, Fréchet distance 0.9 times), of whom one has nearly all beats of the class; a trained"
    )


@pytest.mark.parametrize(
    ("synthetic", "recorded", "end"),
    [
        (0.1, 0.149, "hardly finds V in unseen patients (F1 0.15), so what these are worth (0.10) cannot be told."),
        (0.9, 0.9, "finds V in unseen patients as well (F1 0.90, recorded 0.90)."),
        (0.81, 0.9, "keeps 90 % of its F1 for V in unseen patients (0.81 of 0.90)."),
        (0.8, 0.9, "keeps only 89 % of its F1 for V in unseen patients (0.80 of 0.90)."),
    ],
)
def test_what_a_classifier_keeps_of_its_f1(synthetic: float, recorded: float, end: str) -> None:
    assert sentence(class_fidelity(tstr_f1=synthetic, trtr_f1=recorded)).endswith(end)
