"""The sentence for clinicians, in full, for good beats and for bad ones."""

from dataclasses import replace

from ecg_core.evaluation.fidelity_report import ClassFidelity, Distances, Use
from ecg_core.evaluation.fidelity_sentence import COPYING, TOLD_APART, sentence

GOOD = ClassFidelity(
    beat_class="V",
    n_synthetic=200,
    n_train=300,
    train_records=("a", "b"),
    n_compared=100,
    draws=5,
    bandwidth_mv=8.0,
    embedding="pca-32",
    copying_share=0.03,
    distances=Distances(mmd=0.24, frechet=90.0, two_sample_auc=0.71),
    between_patients=Distances(mmd=0.30, frechet=100.0),
    floor=Distances(),
    note="",
    use=Use(
        tstr_macro_f1=0.6,
        tstr_macro_f1_range=(0.5, 0.7),
        trtr_macro_f1=0.7,
        trtr_macro_f1_range=(0.6, 0.8),
        tstr_f1=0.864,
        trtr_f1=0.90,
    ),
)


def changed(
    distances: dict[str, float] | None = None, use: dict[str, float | None] | None = None, **fields: object
) -> ClassFidelity:
    """`GOOD` with other distances, another use, or other fields of its own."""
    return replace(
        GOOD,
        **{"distances": replace(GOOD.distances, **distances or {}), "use": replace(GOOD.use, **use or {}), **fields},
    )


def test_good_beats() -> None:
    assert sentence(GOOD) == (
        "Synthetic V beats are about as close to the recorded ones as two groups of patients are to each other "
        "(MMD 0.8 times, Fréchet distance 0.9 times); a trained classifier tells them apart in 71 % of pairs (chance: "
        "50 %); 3 % lie closer to a training beat than recorded beats do to each other (about 5 % is expected without "
        "copying); a classifier trained on them in place of recorded ones keeps 96 % of its F1 for V in unseen "
        "patients (0.86 of 0.90)."
    )


def test_bad_beats() -> None:
    bad = changed({"mmd": 0.66, "frechet": 100.0, "two_sample_auc": 0.998}, {"tstr_f1": 0.4}, copying_share=0.43)
    assert sentence(bad) == (
        "Synthetic V beats are farther from the recorded ones than two groups of patients are from each other "
        "(MMD 2.2 times, Fréchet distance 1 times); but a trained classifier tells them apart in 100 % of pairs, where "
        "chance is 50 %; 43 % lie closer to a training beat than recorded beats do to each other, where about 5 % is "
        "expected: copies or blends of training beats; a classifier trained on them in place of recorded ones "
        "keeps only 44 % of its F1 for V in unseen patients (0.40 of 0.90)."
    )


def test_the_worse_of_the_two_distances_decides() -> None:
    assert "are closer to" in sentence(changed({"mmd": 0.03, "frechet": 3.0}))
    assert "about as close to" in sentence(changed({"mmd": 0.03, "frechet": 120.0}))
    assert "are farther from" in sentence(changed({"mmd": 0.03, "frechet": 151.0}))


def test_without_two_groups_of_patients_no_comparison_is_made_up() -> None:
    told = sentence(changed(between_patients=Distances()))
    assert told.startswith("Synthetic V beats have no two groups of patients to be compared with (MMD 0.24); a trained")


def test_without_unseen_patients_nothing_is_said_of_use() -> None:
    told = sentence(replace(GOOD, use=None))
    assert told.endswith("(about 5 % is expected without copying).")
    assert sentence(changed(use={"tstr_f1": None, "trtr_f1": None})) == told


def test_a_class_that_no_classifier_finds_has_no_use_to_measure() -> None:
    assert sentence(changed(use={"tstr_f1": 0.0, "trtr_f1": 0.0})).endswith(
        "a classifier trained on recorded ones finds no V in unseen patients: their use is unknown."
    )


def test_a_class_that_a_classifier_hardly_finds_has_a_use_that_cannot_be_told() -> None:
    assert sentence(changed(use={"tstr_f1": 0.05, "trtr_f1": 0.1})).endswith(
        "a classifier trained on recorded ones hardly finds V in unseen patients (F1 0.10), so what these are worth "
        "(0.05) cannot be told."
    )


def test_beats_as_good_as_recorded_ones_keep_all() -> None:
    assert sentence(changed(use={"tstr_f1": 0.92})).endswith(
        "finds V in unseen patients as well (F1 0.92, recorded 0.90)."
    )


def test_one_patient_with_nearly_all_beats_is_told_wherever_patients_are_compared() -> None:
    of_whom = "Fréchet distance 0.9 times), of whom one has nearly all beats of the class,; a trained"
    assert of_whom in sentence(changed(dominant_record="208"))
    assert "of whom" not in sentence(GOOD)
    assert "of whom" not in sentence(changed(dominant_record="208", between_patients=Distances()))


def test_a_classifier_that_tells_them_apart_counts_above_its_limit_only() -> None:
    assert "; but a trained" not in sentence(changed({"two_sample_auc": TOLD_APART}))
    assert "; but a trained" in sentence(changed({"two_sample_auc": TOLD_APART + 1e-6}))


def test_copies_count_above_their_limit_only() -> None:
    assert "copies or blends" not in sentence(changed(copying_share=COPYING))
    assert "copies or blends" in sentence(changed(copying_share=COPYING + 1e-6))
