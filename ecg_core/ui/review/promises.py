"""What the queue "Needs review" promises, in words."""

from ecg_core.errors import ModelError
from ecg_core.evaluation.risk_control import Promise
from ecg_core.text import percent
from ecg_core.typed_json import from_json
from ecg_core.ui.models import Model


def promise_words(model: Model | None, n_queue: int, n_beats: int) -> str:
    """How long the queue is and what it promises; empty for a model that promises nothing."""
    made = from_json(tuple[Promise, ...], model.card.about.get("promises", []), "promises", ModelError) if model else ()
    if not made:
        return ""
    each = " and ".join(f"{percent(one.most_missed)} of a patient's {one.beat_class} beats" for one in made)
    least = " and ".join(f"{percent(one.smallest)} by {one.patients} patients" for one in made)
    return (
        f"{n_queue:,} of {n_beats:,} beats need review. With them looked at, at most {each} are missed, on average "
        f"over new patients like those learned from (the least that could be promised: {least}). Nothing is promised "
        "for other recorders or hospitals."
    )
