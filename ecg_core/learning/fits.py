"""Whether a model may score some beats: the same preparation, the same leads. One rule for every kind of model."""

from dataclasses import replace

from ecg_core.beats.beat_set import BeatSet
from ecg_core.errors import ModelError
from ecg_core.learning.card import Card, Preparation

MOST_NAMED = 5


def preparation_of(card: Card) -> Preparation:
    """How a model's beats were prepared. Raises ModelError for a model of an image folder, which has none."""
    if card.preparation is None:
        raise ModelError(
            "The model's card does not say how beats were prepared (field preprocessing): it was trained on a folder "
            "of images. Name such a folder to judge it on (--images)."
        )
    return card.preparation


def check_fits(card: Card, beats: BeatSet) -> None:
    """Raise ModelError, naming the field, if beats were prepared in another way than the model was trained on, or a
    record's first lead is none that it was trained on."""
    preparation = preparation_of(card)
    for name, value in vars(beats.config).items():
        trained = getattr(preparation.config, name)
        if trained != value:
            raise ModelError(
                f"The model was trained on beats prepared with {name} = {trained}, these have {value}: "
                "prepare the beats as the model's card says, or train a model on these."
            )
    if preparation.hash != beats.config.hash:
        raise ModelError(
            f"The model was trained on beats of another preparation format (preprocessing_hash "
            f"{preparation.hash}, these have {beats.config.hash}): train it again."
        )
    check_leads(preparation, beats)


def fitting(card: Card, beats: BeatSet) -> BeatSet:
    """The records of `beats` that the model may score; the others are left out with their reason.

    Raises ModelError if the preparation is another, or no record is left.
    """
    others = other_leads(preparation_of(card), beats)
    rest = [name for name in beats.records if name not in others]
    if not rest:
        check_fits(card, beats)
    kept = beats.only(rest) if others else beats
    check_fits(card, kept)
    reasons = {name: f"its first lead is {lead}, which the model was not trained on" for name, lead in others.items()}
    return replace(kept, left_out={**beats.left_out, **reasons})


def other_leads(preparation: Preparation, beats: BeatSet) -> dict[str, str]:
    """Record -> its first lead, for records whose first lead is none that the model was trained on."""
    known = {leads[0] for leads in preparation.leads.values()}
    return {name: leads[0] for name, leads in beats.leads.items() if leads[0] not in known}


def check_leads(preparation: Preparation, beats: BeatSet) -> None:
    """Raise ModelError, naming records and leads, if a record's first lead is none that the model was trained on."""
    others = other_leads(preparation, beats)
    if others:
        known = sorted({leads[0] for leads in preparation.leads.values()})
        named = ", ".join(f"{name} has {lead}" for name, lead in list(others.items())[:MOST_NAMED])
        raise ModelError(
            f"The model was trained with {' or '.join(known)} as first lead (field leads), but record {named}"
            f"{' and others' if len(others) > MOST_NAMED else ''}: leave these out, or train a model on such leads."
        )
