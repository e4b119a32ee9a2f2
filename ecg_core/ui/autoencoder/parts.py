"""Which of a model's records the Autoencoder page shows: validation, or the test records as an act."""

from ecg_core.data.patients import pseudonym
from ecg_core.data.sources import DataSource
from ecg_core.learning.unseen import VALIDATION, patients_known, shared_with_training, trained_here, unseen_records
from ecg_core.ui.models import TEST, Model

PARTS_HELP = (
    "**Validation**: the training records, each judged by a network that was trained without its patient. Choose a "
    "threshold here.\n\n**Test**: Use this once, at the end: it looks at the test records."
)
_DE_CHAZAL = "DS1/DS2"


def parts_of(model: Model, source: DataSource) -> list[str]:
    """The parts that the data in use allow."""
    return [VALIDATION, TEST] if trained_here(model.card, source.records) else [TEST]


def first_part(parts: list[str]) -> str:
    """What a model opens on: validation, where the data in use have the records it was trained on."""
    return VALIDATION if VALIDATION in parts else TEST


def part_words(model: Model, source: DataSource) -> dict[str, str]:
    """Part -> what the page calls it."""
    card = model.card
    if not any(name in source.records for name in card.split.test):
        return {VALIDATION: "Validation", TEST: "Records it was not trained on"}
    test = "Test records (DS2)" if card.split.name == _DE_CHAZAL else "Test records"
    records = unseen_records(card, source.records, source.patients)
    shared = shared_with_training(card, records, source.patients)
    n = len({pseudonym(source.patients.of(name)) for name in shared})
    if n:
        test += f", {'one shared patient' if n == 1 else f'{n} shared patients'}"
    elif patients_known(card, source.records, source.patients):
        test += ", other patients"
    return {VALIDATION: "Validation", TEST: test}


def not_there(part: str) -> str:
    """A sentence on a part that the data in use do not allow."""
    return (
        f"'part' in the address was not used: '{part}' needs the records that the model was trained on, which are not "
        "all in the data in use."
    )
