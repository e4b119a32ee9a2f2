"""The beats a model is judged on: those of some records as they are, or changed on purpose, as far as they fit it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.store import load_beats
from ecg_core.beats.usual_beat import usual_beat_caution
from ecg_core.data.labels import MARKED
from ecg_core.data.sources import DataSource
from ecg_core.evaluation.changed_recordings import AS_RECORDED, Changes, changed_beats
from ecg_core.learning.card import Card
from ecg_core.learning.fits import fitting, leads_caution, preparation_of
from ecg_core.learning.unseen import statement


@dataclass(frozen=True)
class JudgedOn:
    """What a model is asked to score, and what was decided about it."""

    source: DataSource
    records: Sequence[str]
    part: str
    """What the records are called: `DS2`, `validation`, ..."""
    any_leads: bool = False
    """Whether somebody has chosen to have leads scored that the model was not trained on."""
    changes: Changes = AS_RECORDED


@dataclass(frozen=True)
class JudgedBeats:
    """Beats that a model may score."""

    beats: BeatSet = field(repr=False)
    note: str
    """What a reader of figures must know of the patients and of what was changed."""
    leads: str
    """About leads the model was not trained on; empty where there are none."""
    usual_beat: str
    """About records whose usual beat may not be sinus; empty where there are none."""

    @property
    def said(self) -> str:
        """All of it."""
        return " ".join(filter(None, [self.note, self.leads, self.usual_beat]))


def judged_beats(card: Card, on: JudgedOn) -> JudgedBeats:
    """Those of the reference, or, where nobody annotated a record, of its detected R peaks.

    Raises WorkbenchError where the model and the data cannot be used together.
    """
    config, folder = preparation_of(card).config, on.source.folder
    if on.changes == AS_RECORDED:
        beats, counts = load_beats(folder, on.records, config, layer=MARKED), None
    else:
        beats, counts = changed_beats(folder, on.records, config, on.changes)
    beats = fitting(card, beats, on.any_leads)
    said = [statement(card, beats.records, beats.patients), on.changes.sentence(), counts.sentence() if counts else ""]
    return JudgedBeats(beats, " ".join(filter(None, said)), leads_caution(card, beats), usual_beat_caution(beats))
