"""Where an image classifier looks: how much a class loses when part of an image is wiped out.

Occlusion after Zeiler & Fergus 2014 (doi 10.1007/978-3-319-10590-1_53), as for beats in `tasks.classifier.occlusion`.
"""

import numpy as np
import numpy.typing as npt

from ecg_core.beats.images import PAPER_RGB, WHITE
from ecg_core.tasks.gan.image_gan import Images
from ecg_core.tasks.image_classifier.classifier import ImageClassifier

PARTS = 8
"""A square is one such part of the image's side; squares overlap by half."""


def occlusion(classifier: ImageClassifier, image: Images, of_class: str) -> npt.NDArray[np.float64]:
    """How far the probability of a class falls when a square around each pixel has the colour of the ground.

    Parameters
    ----------
    image : (size, size) grey or (size, size, 3) RGB uint8, as the classifier takes it
    of_class : one of the classifier's classes

    Returns
    -------
    (size, size) fall of the probability, -1 to 1 (negative: the part spoke against the class), mean over the squares
    that hide a pixel
    """
    column, size = classifier.classes_.index(of_class), len(image)
    side = size // PARTS
    starts = range(side // 2 - side, size, side // 2)
    squares = [(slice(max(0, y), y + side), slice(max(0, x), x + side)) for y in starts for x in starts]
    hidden = np.repeat(image[None], len(squares) + 1, axis=0)  # the last: as it is
    for row, (y, x) in enumerate(squares):
        hidden[row, y, x] = WHITE if image.ndim == 2 else PAPER_RGB
    probability = classifier.predict_proba(hidden)[:, column].astype(np.float64)
    fall, count = np.zeros((size, size)), np.zeros((size, size))
    for (y, x), p in zip(squares, probability[:-1], strict=True):
        fall[y, x] += probability[-1] - p
        count[y, x] += 1
    return fall / count
