"""Ways of training in plain words, and the widgets that other pages may set."""

ADDED_KEY, GANS_KEY, RATIO_KEY = "classifier.added", "classifier.gans", "classifier.ratio"
"""Widgets of the Train tab that another page may set before it leads there."""
PARTS = {
    "none": "no balancing",
    "class-weights": "class weights",
    "balanced-batches": "balanced batches",
    "oversampling": "oversampling",
    "augmentation": "augmentation",
    "smote": "SMOTE",
    "gan": "GAN",
}


def adds_synthetic(way: str) -> bool:
    """Whether a way of training adds beats or images that nobody recorded."""
    return not {"smote", "gan"}.isdisjoint(way.split("+"))


def way_name(way: str) -> str:
    """A way of training in plain words."""
    return " + ".join(PARTS.get(part, part) for part in way.split("+"))
