"""Queues: which beats a rule finds, in which order, and which of them are reviewed."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ecg_core.beats.labelled_record import LabelledRecord, labelled, reference_layer
from ecg_core.data.corrections.corrections import Corrections
from ecg_core.data.corrections.decision import Entry
from ecg_core.data.labels import Annotations, LabelLayer
from ecg_core.data.reader import read_record
from ecg_core.errors import DataError
from ecg_core.review.beat_scores import BeatScores
from ecg_core.review.queue import RULES, Asked, BeatGroup, Given, queue_of, seen_labels
from tests.data.corrections.made import edit


@pytest.fixture(scope="module")
def record(simulated: Path) -> LabelledRecord:
    found = read_record(simulated, "sim01")
    return labelled(found, reference_layer(found))


@pytest.fixture(scope="module")
def given(record: LabelledRecord) -> Given:
    """Scores that rise with time, and predictions that say V and grow less sure."""
    beats = record.beats
    n = len(beats)
    scores = BeatScores("a", beats.r_sample, np.linspace(0, 10, n), {}, 9.0)
    said = Annotations(beats.r_sample, np.full(n, "V"), ("",) * n)
    sure = np.linspace(1, 0.5, n).astype(np.float32)
    layer = LabelLayer("models/c", "model", "models/c", annotations=said, probability=sure)
    return Given(record, scores, layer)


def test_flagged_beats_are_those_from_the_threshold_on_the_highest_score_first(given: Given) -> None:
    assert given.scores is not None
    queue = queue_of(Asked("flagged"), given)
    expected = given.scores.sample[given.scores.score >= 9.0][::-1]
    assert queue.anchor.tolist() == expected.tolist()


def test_a_bar_of_the_histogram_is_a_queue(given: Given) -> None:
    assert given.scores is not None
    queue = queue_of(Asked("flagged", "time", low=2.0, high=3.0), given)
    assert queue.anchor.tolist() == given.scores.sample[(given.scores.score >= 2) & (given.scores.score < 3)].tolist()


def test_unsure_predictions_come_with_the_least_sure_first(given: Given) -> None:
    queue = queue_of(Asked("unsure", "unsure", low=0.6), given)
    assert given.predictions is not None and given.predictions.probability is not None
    assert len(queue) == int((given.predictions.probability < 0.6).sum()) > 0
    assert queue.anchor[0] == given.labelled.beats.r_sample[-1]


def test_predicted_otherwise_are_beats_whose_reference_says_something_else(given: Given) -> None:
    queue = queue_of(Asked("differs", "time"), given)
    beats = given.labelled.beats
    assert queue.anchor.tolist() == beats.r_sample[beats.beat_class != "V"].tolist()


def test_one_class(given: Given) -> None:
    queue = queue_of(Asked("class", "time", beat_class="V"), given)
    assert queue.anchor.tolist() == given.labelled.beats.samples_of("V").tolist()
    assert len(queue_of(Asked("class", "time", beat_class="Q"), given)) == 0
    with pytest.raises(DataError, match="'X' is none of N, S, V, F, Q"):
        queue_of(Asked("class", beat_class="X"), given)


def test_a_run_is_one_item_with_all_its_beats_the_longest_first(mitdb: Path) -> None:
    found = read_record(mitdb, "207")
    given = Given(labelled(found, reference_layer(found)))
    queue = queue_of(Asked("runs"), given)
    sizes = np.diff(queue.offsets)
    assert sizes[0] >= 6 and (np.diff(sizes) <= 0).all()
    first = queue.members_of(0)
    assert (first[0], first[-1]) == (queue.first[0], queue.last[0])
    assert queue.names[0].startswith(f"Run of {sizes[0]} V, ")
    by_time = queue_of(Asked("runs", "time"), given)
    assert (np.diff(by_time.first) >= 0).all() and len(by_time) == len(queue)


def test_a_family_is_one_item(record: LabelledRecord) -> None:
    beats = record.beats.r_sample
    groups = [
        BeatGroup("3 beats", beats[[1, 5, 9]], int(beats[5]), 2.0),
        BeatGroup("2 beats", beats[:2], int(beats[0]), 1.0),
    ]
    queue = queue_of(Asked("families"), Given(record, groups=groups))
    assert queue.anchor.tolist() == [beats[5], beats[0]]
    assert queue.members_of(0).tolist() == beats[[1, 5, 9]].tolist()
    assert queue.names == ("3 beats", "2 beats")


def test_what_cannot_be_read_is_looked_at_the_longest_stretch_first(record: LabelledRecord) -> None:
    marks = Annotations(np.array([100, 200, 1_000, 2_000]), np.array(["~"] * 4), ("unreadable: flat", "readable") * 2)
    detected = LabelLayer("detected", "detected", "here", annotations=marks)
    noisy = labelled(record.record.with_layer(detected), record.layer)
    queue = queue_of(Asked("unreadable"), Given(noisy))
    assert (queue.first.tolist(), queue.last.tolist()) == ([1_000, 100], [2_000, 200])
    assert len(queue.members_of(0)) == 0
    looked = Corrections("r", "reference", "", (Entry(1, edit(1, 1_000, "", before=("",))),))
    assert queue.reviewed(looked).tolist() == [True, False]


@pytest.mark.parametrize("rule", ["flagged", "promised", "unsure", "differs"])
def test_a_rule_that_lacks_its_model_says_so(rule: str, record: LabelledRecord) -> None:
    with pytest.raises(DataError, match="needs a"):
        queue_of(Asked(rule), Given(record))  # type: ignore[arg-type]


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_makes_a_queue(rule: str, given: Given) -> None:
    assert given.predictions is not None
    promising = replace(given.predictions, needs_review=np.ones(len(given.predictions), bool))
    queue = queue_of(Asked(rule), replace(given, predictions=promising))  # type: ignore[arg-type]
    assert len(queue.first) == len(queue.last) == len(queue.names) == len(queue) == len(queue.offsets) - 1
    assert not queue.reviewed(None).any()


def test_an_item_is_reviewed_when_all_its_beats_are(record: LabelledRecord) -> None:
    beats = record.beats.r_sample
    groups = [BeatGroup("", beats[[1, 5]], int(beats[5]), 2.0)]
    queue = queue_of(Asked("families"), Given(record, groups=groups))
    one = Entry(1, edit(1, int(beats[1])))
    both = (one, Entry(2, edit(2, int(beats[5]))))
    assert queue.reviewed(Corrections("r", "reference", "", (one,))).tolist() == [False]
    assert queue.reviewed(Corrections("r", "reference", "", both)).tolist() == [True]


def test_beats_without_a_class_are_seen_as_a_model_predicts_them(record: LabelledRecord) -> None:
    at = record.beats.r_sample
    n = len(at)
    places = LabelLayer("detected", "detected", "here", annotations=Annotations(at, np.full(n, "?"), ("",) * n))
    said = Annotations(at[:5], np.array(list("NNVSN")), ("",) * 5)
    seen = seen_labels(labelled(record.record, places), LabelLayer("m", "model", "m", annotations=said))
    assert seen.layer.annotations.symbol[:6].tolist() == list("NNVSN?")
    queue = queue_of(Asked("class", "time"), Given(seen))
    assert queue.anchor.tolist() == [at[2]]
    with pytest.raises(DataError, match="Nobody has labelled this recording"):
        queue_of(Asked("differs"), Given(seen, predictions=LabelLayer("m", "model", "m", annotations=said)))


def test_what_needs_review_is_what_the_maker_of_the_predictions_says(given: Given) -> None:
    assert given.predictions is not None
    wanted = np.arange(len(given.predictions)) % 7 == 0
    queue = queue_of(
        Asked("promised", "time"), replace(given, predictions=replace(given.predictions, needs_review=wanted))
    )
    assert queue.anchor.tolist() == given.labelled.beats.r_sample[wanted].tolist()
    with pytest.raises(DataError, match="promises nothing"):
        queue_of(Asked("promised"), given)
