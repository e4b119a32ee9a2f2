"""Ways of training in plain words, and the widgets that other pages may set."""

from ecg_core.ui.models import Model

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


def short_name(model: Model) -> str:
    """What a model is called where there is little room."""
    if model.id == f"models/{model.kind}":
        return f"Shipped {model.task.model.noun}" if model.task.model else model.id
    return model.id if model.shipped else f"{model.name} ({model.id[-4:]})"


def model_name(model: Model) -> str:
    """What a model is called in a list: its label without a figure, which would be of another part than what is shown
    beside it."""
    parts = model.label.split(" · ")[1:]
    return " · ".join([short_name(model), *(part for part in parts if "F1" not in part)])


def adds_synthetic(way: str) -> bool:
    """Whether a way of training adds beats or images that nobody recorded."""
    return not {"smote", "gan"}.isdisjoint(way.split("+"))


def way_name(way: str) -> str:
    """A way of training in plain words."""
    return " + ".join(PARTS.get(part, part) for part in way.split("+"))
