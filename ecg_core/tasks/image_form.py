"""Which form the images of a model have, and whether those of a folder fit it.

Images of beats are drawn in one of the forms of `beats.images.FORMS`, and PNGs made here say in which. An image folder
may hold anything: where its images do not say what they show, they are used as they are, and that is said.
"""

from ecg_core.beats.images import FORMS
from ecg_core.data.image_folder import ScannedFolder
from ecg_core.errors import ModelError
from ecg_core.learning.card import Card
from ecg_core.typed_json import JsonObject

ABOUT = "image_form"
"""What a card calls the form of the folder a model was trained on."""
FIRST_FORM = "beat"
"""What models from before there was another form do not say."""


def model_form(card: Card) -> str:
    """The form of the images a model makes or classifies; empty for those of a folder that did not say."""
    if card.preparation is None:
        return str(card.about.get(ABOUT, ""))
    return str(card.options.get("form", FIRST_FORM))


def about_form(scanned: ScannedFolder) -> JsonObject:
    """What the card of a model trained on a folder says of its form; nothing where the images do not say."""
    return {ABOUT: scanned.form} if scanned.form else {}


def form_words(form: str) -> str:
    """A form as pages call it, with its own name."""
    words = {str(name): text for name, text in FORMS.items()}
    return f"{form} ({words[form].lower()})" if form in words else form


def check_form(scanned: ScannedFolder, card: Card) -> str:
    """What a report on these images must say of their form; empty if it is the model's, or neither says one.

    Raises ModelError if all images say that they show something else than the model looks at.
    """
    own = model_form(card)
    if scanned.form and own and scanned.form != own:
        raise ModelError(
            f"The model looks at images of the form {form_words(own)}, those in {scanned.folder} say they are of the "
            f"form {form_words(scanned.form)}: choose a model of that form, or draw the images in the model's."
        )
    if own and not scanned.form:
        return (
            f"The images do not say in which form they are: they are used as they are. The model looks at "
            f"{form_words(own)}."
        )
    if scanned.form and not own:
        return (
            f"The images are of the form {form_words(scanned.form)}. Whether the model's are is unknown: the images it "
            "was trained on did not say."
        )
    return ""


def form_sentence(scanned: ScannedFolder) -> str:
    """What the images of a folder say of their form, for whoever is about to use them."""
    if scanned.form:
        return f"All images say they are of the form {form_words(scanned.form)}."
    return "The images do not say in which form they are: they are used as they are."
