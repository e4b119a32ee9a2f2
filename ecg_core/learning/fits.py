"""Whether a model may score some beats: the same preparation, the same leads."""

from typing import Any

from ecg_core.beats.beat_set import BeatSet
from ecg_core.errors import ModelError


def check_fits(card: dict[str, Any], items: BeatSet) -> None:
    """Raise ModelError, naming the field, if beats were prepared in another way than the model was trained on."""
    trained = {**card["preprocessing"], "band_hz": tuple(card["preprocessing"]["band_hz"])}
    for name, value in vars(items.config).items():
        if trained.get(name) != value:
            raise ModelError(
                f"The model was trained on beats prepared with {name} = {trained.get(name)}, these have {value}: "
                "prepare the beats as the model's card says, or train a model on these."
            )
    if card["preprocessing_hash"] != items.config.hash:
        raise ModelError(
            f"The model was trained on beats of another preparation format (preprocessing_hash "
            f"{card['preprocessing_hash']}, these have {items.config.hash}): train it again."
        )


def check_leads(card: dict[str, Any], items: BeatSet) -> None:
    """Raise ModelError, naming records and leads, if a record's first lead is none that the model was trained on."""
    known = sorted({leads[0] for leads in card["leads"].values()})
    others = [name for name, leads in items.leads.items() if leads[0] not in known]
    if others:
        raise ModelError(
            f"The model was trained with {' or '.join(known)} as first lead (field leads), but record "
            f"{', '.join(f'{name} has {items.leads[name][0]}' for name in others[:5])}"
            f"{' and others' if len(others) > 5 else ''}: leave these out, or train a model on such leads."
        )
