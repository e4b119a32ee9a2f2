"""Whether a model may score some beats: the same preparation, the same leads. One rule for every kind of model."""

from dataclasses import replace

from ecg_core.beats.beat_set import BeatSet
from ecg_core.data.leads import role_of
from ecg_core.errors import LeadsError, ModelError
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
    """Raise ModelError, naming the field, if beats were prepared in another way than the model was trained on, or
    LeadsError if a record's first lead is none that it was trained on."""
    check_preparation(card, beats)
    check_leads(preparation_of(card), beats)


def check_preparation(card: Card, beats: BeatSet) -> None:
    """Raise ModelError, naming the field, if beats were prepared in another way than the model was trained on."""
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


def fitting(card: Card, beats: BeatSet, any_leads: bool = False) -> BeatSet:
    """The records of `beats` that the model may score; the others are left out with their reason.

    With `any_leads` somebody has chosen to have leads scored that the model was not trained on: `leads_caution` says
    so. Raises ModelError if the preparation is another, LeadsError if no record is left.
    """
    check_preparation(card, beats)
    others = {} if any_leads else other_leads(preparation_of(card), beats)
    rest = [name for name in beats.records if name not in others]
    if not rest:
        check_leads(preparation_of(card), beats)
    kept = beats.only(rest) if others else beats
    reasons = {name: f"its first lead is {lead}, which the model was not trained on" for name, lead in others.items()}
    return replace(kept, left_out={**beats.left_out, **reasons})


def other_leads(preparation: Preparation, beats: BeatSet) -> dict[str, str]:
    """Record -> its first lead, for records whose first lead is none that the model was trained on, neither by its name
    nor by its role (MLII and II are one)."""
    known = {_role(leads[0]) for leads in preparation.leads.values()}
    return {name: leads[0] for name, leads in beats.leads.items() if _role(leads[0]) not in known}


def leads_caution(card: Card, beats: BeatSet) -> str:
    """What a reader of scores must know of leads the model was not trained on; empty where there are none."""
    preparation = preparation_of(card)
    others = other_leads(preparation, beats)
    if not others:
        return ""
    named = ", ".join(f"{name} ({lead})" for name, lead in list(others.items())[:MOST_NAMED])
    more = f" and {len(others) - MOST_NAMED} more" if len(others) > MOST_NAMED else ""
    return (
        f"First leads the model was not trained on: {named}{more}; it knows {_known(preparation)}. It may be further "
        "off there than its figures say."
    )


def _known(preparation: Preparation) -> str:
    return " or ".join(sorted({leads[0] for leads in preparation.leads.values()}))


def _role(lead: str) -> str:
    return role_of(lead) or lead


def check_leads(preparation: Preparation, beats: BeatSet) -> None:
    """Raise LeadsError, naming records and leads, if a record's first lead is none that the model was trained on."""
    others = other_leads(preparation, beats)
    if others:
        named = ", ".join(f"{name} has {lead}" for name, lead in list(others.items())[:MOST_NAMED])
        raise LeadsError(
            f"The model was trained with {_known(preparation)} as first lead (field leads), but record {named}"
            f"{' and others' if len(others) > MOST_NAMED else ''}: leave these out, choose to have any lead scored "
            "(--any-leads), or train a model on such leads."
        )
