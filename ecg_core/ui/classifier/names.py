"""Options of classifiers in plain words."""

from ecg_core.tasks.study.options import USUAL

ADDED_KEY, GANS_KEY, RATIO_KEY = "classifier.added", "classifier.gans", "classifier.ratio"
"""Widgets of the Train tab that another page may set before it leads there."""
BALANCES = {
    "none": "Nothing",
    "class-weights": "Class weights in the loss",
    "balanced-batches": "Balanced batches",
    "oversampling": "Rare beats repeated",
}
ADDED = {"none": "Nothing", "smote": "SMOTE: between two beats of a class", "gan": "Beats of the GANs"}
TASKS = {
    "four classes": "N, S, V, F",
    "five classes": "N, S, V, F and Q (Q is never scored: 8 beats to learn from)",
    "normal or abnormal": "Normal or abnormal",
}
PARTS = {
    "none": "no balancing",
    "class-weights": "class weights",
    "balanced-batches": "balanced batches",
    "oversampling": "oversampling",
    "augmentation": "augmentation",
    "smote": "SMOTE",
    "gan": "GAN",
}
WAY_NAMES = {way: " + ".join(PARTS[one] for one in way.split("+")) for way in USUAL}


def way_name(way: str) -> str:
    """A way of training in plain words."""
    return " + ".join(PARTS.get(one, one) for one in way.split("+"))
