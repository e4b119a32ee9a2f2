"""The detector learns from normal beats alone, judges no patient with a network that has seen them, and repeats itself.

On the twelve simulated recordings; few epochs, since what is asked here does not depend on how good the network is.
"""

import dataclasses
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from ecg_core.beats.beat_set import BeatSet, rows_by_record
from ecg_core.beats.context import TEMPLATE_BEATS
from ecg_core.beats.splits import folds, split_of
from ecg_core.beats.windows import MinMaxScaler, WindowSet, make_windows
from ecg_core.errors import ModelError, RunError
from ecg_core.evaluation.detection import Detection
from ecg_core.learning.checkpoint import Arrays
from ecg_core.learning.loop import Stopped
from ecg_core.learning.monitor import Monitor
from ecg_core.tasks.autoencoder.detector import (
    EARLY,
    FEWEST_NORMALS,
    SHAPE,
    AutoencoderDetector,
    adapted,
    lead_numbers,
    normal_rows,
)
from ecg_core.tasks.autoencoder.inputs import WindowInputs
from ecg_core.tasks.autoencoder.options import AutoencoderOptions
from ecg_core.tasks.autoencoder.report import score_items
from tests.learning.listening import Listener

OPTIONS = AutoencoderOptions(epochs=1, folds=2, batch_size=512)


@pytest.fixture(scope="module")
def train(simulated_beats: BeatSet) -> BeatSet:
    return simulated_beats.only(split_of(simulated_beats.records, simulated_beats.patients).train)


@pytest.fixture(scope="module")
def test(simulated_beats: BeatSet) -> BeatSet:
    return simulated_beats.only(split_of(simulated_beats.records, simulated_beats.patients).test)


def fitted(items: BeatSet | WindowSet, options: AutoencoderOptions = OPTIONS, monitor: Monitor | None = None):
    return AutoencoderDetector(options).fit(items, monitor)


@pytest.fixture(scope="module")
def listener() -> Listener:
    return Listener()


@pytest.fixture(scope="module")
def detector(train: BeatSet, listener: Listener) -> AutoencoderDetector:
    return fitted(train, monitor=listener)


def same_arrays(a: Arrays, b: Arrays) -> bool:
    return set(a) == set(b) and all(np.array_equal(a[name], b[name]) for name in a)


def same(a: AutoencoderDetector, b: AutoencoderDetector) -> bool:
    """Whether two detectors learned exactly the same."""
    a_tails, b_tails = ([tail for part in one.parts for tail in one.tails_[part]] for one in (a, b))
    return (
        same_arrays(a.weights_, b.weights_)
        and np.array_equal(a.validation_error_, b.validation_error_)
        and a.threshold_ == b.threshold_
        and all(np.array_equal(one.reference, other.reference) for one, other in zip(a_tails, b_tails, strict=True))
    )


def with_signals(items: BeatSet, rows: npt.NDArray[np.bool_], factor: float) -> BeatSet:
    """The same set with some beats' samples multiplied; median beats and units stay."""
    signals = np.array(items.signals)
    signals[rows] *= factor
    return dataclasses.replace(items, signals=signals)


def of_class(items: BeatSet, names: str) -> npt.NDArray[np.bool_]:
    return items.table["beat_class"].isin(list(names)).to_numpy()


def test_a_seed_reproduces_everything_and_another_seed_does_not(train: BeatSet, detector: AutoencoderDetector) -> None:
    assert same(fitted(train), detector)
    assert not same(fitted(train, dataclasses.replace(OPTIONS, seed=1)), detector)


def beyond_the_usual_beat(items: BeatSet) -> npt.NDArray[np.bool_]:
    """Rows that a recording's usual beat is not made of: it is the median of at most 400 of its beats, evenly spread,
    whatever they are called."""
    beyond = np.ones(len(items), bool)
    for rows in rows_by_record(items.table).values():
        used = rows[items.used[rows]]
        beyond[used[:: max(1, -(-len(used) // TEMPLATE_BEATS))]] = False
    return beyond


def test_abnormal_beats_of_the_training_records_change_nothing_learned(
    train: BeatSet, detector: AutoencoderDetector
) -> None:
    abnormal = of_class(train, "SVFQ") & beyond_the_usual_beat(train)
    assert abnormal.sum() > 50
    other = fitted(with_signals(train, abnormal, -3.0))
    assert same_arrays(other.weights_, detector.weights_)
    likes_took_part = abs(other.threshold_ - detector.threshold_)  # without their labels
    assert likes_took_part < 0.02
    normal = normal_rows(train)
    assert np.array_equal(other.validation_error_[normal], detector.validation_error_[normal])
    assert not np.array_equal(other.validation_error_[abnormal], detector.validation_error_[abnormal])


def test_excluded_beats_change_nothing_learned(train: BeatSet) -> None:
    table = train.table.copy()
    table.loc[::50, "excluded"] = "clipped"
    some = dataclasses.replace(train, table=table)
    excluded = (table["excluded"] != "").to_numpy()
    one, other = fitted(some), fitted(with_signals(some, excluded, -3.0))
    assert same_arrays(one.weights_, other.weights_)
    assert one.threshold_ == other.threshold_


def test_normal_beats_do_change_it(train: BeatSet, detector: AutoencoderDetector) -> None:
    rows = np.zeros(len(train), bool)
    rows[normal_rows(train)[:200]] = True
    assert not same_arrays(fitted(with_signals(train, rows, -3.0)).weights_, detector.weights_)


def test_which_abnormal_class_a_training_beat_has_does_not_matter(
    train: BeatSet, detector: AutoencoderDetector
) -> None:
    table = train.table.copy()
    table.loc[of_class(train, "SVFQ"), "beat_class"] = "F"
    assert same(fitted(dataclasses.replace(train, table=table)), detector)


def test_labels_of_test_records_change_neither_threshold_nor_scores(
    test: BeatSet, detector: AutoencoderDetector
) -> None:
    before, threshold = detector.score_samples(test), detector.threshold_
    table = test.table.copy()
    order = np.random.default_rng(0).permutation(len(table))
    for column in ("beat_class", "symbol"):
        table[column] = table[column].to_numpy()[order]
    permuted = dataclasses.replace(test, table=table)
    assert np.array_equal(detector.score_samples(permuted), before)
    assert np.array_equal(detector.predict(permuted), before >= threshold)
    assert detector.threshold_ == threshold


def test_held_out_beats_do_not_reach_the_network_that_scores_them(train: BeatSet, listener: Listener) -> None:
    held_outs = [held for _, held in folds(train.records, OPTIONS.folds, OPTIONS.seed, train.patients)]
    assert sorted(sum(held_outs, ())) == sorted(train.records)
    changed = with_signals(train, train.table["record"].isin(list(held_outs[0])).to_numpy(), -3.0)
    other = Listener()
    detector = fitted(changed, monitor=other)
    assert same_arrays(other.network(0), listener.network(0)), "stage 1 leaves these records out"
    assert not same_arrays(other.network(1), listener.network(1)), "stage 2 trains on them"
    assert not same_arrays(other.network(2), listener.network(2)), "and so does the final network"
    assert same_arrays(other.network(2), {f"network.{name}": array for name, array in detector.weights_.items()})


def test_validation_errors_are_those_of_each_stages_network_not_of_the_final_one(
    train: BeatSet, detector: AutoencoderDetector, listener: Listener
) -> None:
    final = detector.errors(train)
    for stage, (_, held_out) in enumerate(folds(train.records, OPTIONS.folds, OPTIONS.seed, train.patients)):
        rows = train.table["record"].isin(list(held_out)).to_numpy()
        weights = {name.removeprefix("network."): array for name, array in listener.network(stage).items()}
        alone = dataclasses.replace(detector, weights_=weights)
        assert np.allclose(detector.validation_error_[rows], alone.errors(train)[rows], rtol=1e-4)
        assert not np.allclose(detector.validation_error_[rows], final[rows], rtol=0.01)


def test_the_threshold_leaves_its_share_of_validation_normals_below(
    train: BeatSet, detector: AutoencoderDetector
) -> None:
    total = sum(detector.score_parts(train, detector.validation_error_).values())
    below = (total[normal_rows(train)] < detector.threshold_).mean()
    assert below == pytest.approx(OPTIONS.quantile, abs=0.002)
    looser = fitted(train, dataclasses.replace(OPTIONS, quantile=0.9))
    assert same_arrays(looser.weights_, detector.weights_)
    assert looser.threshold_ < detector.threshold_


def test_the_score_is_the_sum_of_its_parts_which_are_never_negative(
    test: BeatSet, detector: AutoencoderDetector
) -> None:
    parts = detector.score_parts(test)
    assert tuple(parts) == detector.parts == (SHAPE, EARLY)
    assert all((part >= 0).all() for part in parts.values())
    assert np.array_equal(detector.score_samples(test), parts[SHAPE] + parts[EARLY])
    assert np.isfinite(detector.score_samples(test)).all()


def test_ventricular_beats_stand_out_in_shape_and_premature_ones_in_time(
    test: BeatSet, detector: AutoencoderDetector
) -> None:
    scored = score_items(detector, test, "test")
    parts = {
        part: Detection(score, scored.detection.beat_class, scored.detection.record, scored.detection.hours)
        for part, score in scored.parts.items()
    }
    assert parts[SHAPE].by_class(0)["V"].roc_auc > 0.8
    assert parts[EARLY].by_class(0)["S"].roc_auc > 0.9


def test_a_record_alone_scores_as_it_does_among_others(test: BeatSet, detector: AutoencoderDetector) -> None:
    name = test.records[1]
    among = detector.score_samples(test)[(test.table["record"] == name).to_numpy()]
    assert np.allclose(detector.score_samples(test.only([name])), among, atol=1e-4)


def test_without_the_early_part_only_shape_is_left(train: BeatSet, detector: AutoencoderDetector) -> None:
    shape = fitted(train, dataclasses.replace(OPTIONS, early=False))
    assert shape.parts == (SHAPE,)
    assert list(shape.tails_) == [SHAPE]
    assert same_arrays(shape.weights_, detector.weights_)
    assert np.array_equal(shape.score_samples(train), detector.score_parts(train)[SHAPE])


def test_rows_of_progress_count_epochs_over_every_network(listener: Listener, detector: AutoencoderDetector) -> None:
    assert detector.weights_
    assert [(row.stage, row.stages, row.epoch, row.done, row.of) for row in listener.rows] == [
        (1, 3, 1, 1, 3), (2, 3, 1, 2, 3), (3, 3, 1, 3, 3)
    ]  # fmt: skip
    assert ["validation_loss" in row.figures for row in listener.rows] == [True, True, False]
    assert listener.rows[-1].eta_s == 0
    assert [one.values["done"] for one in listener.kept] == [1, 2, 3]


@pytest.mark.parametrize("stop_after", [1, 2, 3, 5])
def test_a_stopped_training_goes_on_to_exactly_what_an_unbroken_one_learns(
    train: BeatSet, whole: tuple[AutoencoderDetector, Listener], stop_after: int
) -> None:
    options = dataclasses.replace(OPTIONS, epochs=2)
    stopped = Listener(stop_after)
    with pytest.raises(Stopped):
        fitted(train, options, stopped)
    assert len(stopped.rows) == stop_after
    resumed = Listener(resume=stopped.kept[-1])
    assert same(fitted(train, options, resumed), whole[0])
    assert stopped.losses + resumed.losses == whole[1].losses


@pytest.fixture(scope="module")
def whole(train: BeatSet) -> tuple[AutoencoderDetector, Listener]:
    listener = Listener()
    return fitted(train, dataclasses.replace(OPTIONS, epochs=2), listener), listener


def test_reconstructions_are_in_mv_and_usual_beats_are_drawn_close(
    test: BeatSet, detector: AutoencoderDetector
) -> None:
    rows = np.flatnonzero(of_class(test, "N"))[:50]
    drawn = detector.reconstruct_mv(test, rows)
    assert (drawn.shape, drawn.dtype) == ((50, 2, 144), np.float32)
    assert np.sqrt(np.mean((drawn - test.signals[rows]) ** 2)) < 0.3


@pytest.mark.parametrize(("leads", "numbers"), [("both", (0, 1)), ("first", (0,)), ("second", (1,))])
def test_leads_are_chosen_by_name(leads: str, numbers: tuple[int, ...]) -> None:
    assert lead_numbers(leads, 2) == numbers


def test_a_lead_that_is_not_there_is_refused() -> None:
    with pytest.raises(RunError) as caught:
        lead_numbers("both", 1)
    assert str(caught.value) == "Leads: both chosen, but the recordings have 1. Choose the first lead."


def test_one_lead_trains_a_network_of_half_the_width(train: BeatSet, test: BeatSet) -> None:
    second = fitted(train, dataclasses.replace(OPTIONS, leads="second"))
    assert second.weights_["encoder.0.weight"].shape == (128, 144)
    assert second.inputs_ is not None
    assert second.inputs_.encode(test, np.arange(5)).shape == (5, 1, 144)
    assert second.one_lead_tail_ is None
    assert np.isfinite(second.score_samples(test)).all()


def test_without_its_second_lead_a_recording_is_scored_by_the_first_against_normal_beats_seen_so(
    detector: AutoencoderDetector, test: BeatSet
) -> None:
    first_only = np.array([[1.0], [0.0]], np.float32)
    alone = dataclasses.replace(
        test,
        signals=np.asarray(test.signals) * first_only,
        templates={name: template * first_only for name, template in test.templates.items()},
        leads={name: (leads[0], "") for name, leads in test.leads.items()},
    )
    both, one = detector.errors(test), detector.errors(alone)
    assert not np.array_equal(both, one)
    noisy = dataclasses.replace(alone, signals=np.asarray(test.signals))
    assert np.allclose(detector.errors(noisy), one, rtol=0.5), "what lies in the place of a lead that is not there"
    assert detector.one_lead_tail_ is not None
    shape = dataclasses.replace(detector, around_=False).score_parts(alone)[SHAPE]
    assert np.allclose(shape, detector.one_lead_tail_.transform(one.astype(np.float64)))
    flagged = detector.predict(alone)[normal_rows(alone)].mean()
    assert flagged < 0.2, "normal beats of one lead are not abnormal for that"


def test_too_few_normal_beats_are_refused(train: BeatSet) -> None:
    table = train.table.copy()
    table.loc[normal_rows(train)[FEWEST_NORMALS - 1 :], "beat_class"] = "V"
    with pytest.raises(RunError) as caught:
        fitted(dataclasses.replace(train, table=table))
    assert str(caught.value) == "99 normal beats to train on, at least 100 are needed: choose more records."


def test_a_network_without_normal_beats_to_train_on_is_refused_not_left_untrained(train: BeatSet) -> None:
    two = train.only(train.records[:2])
    table = two.table.copy()
    table.loc[table["record"] == two.records[1], "beat_class"] = "Q"
    with pytest.raises(RunError) as caught:
        fitted(dataclasses.replace(two, table=table))
    assert str(caught.value) == (
        f"Without record {two.records[0]}, left out for validation, 0 normal beats remain to train on, at least 100 "
        "are needed: choose more records."
    )


def test_one_patient_alone_cannot_be_validated(train: BeatSet) -> None:
    with pytest.raises(RunError, match="one patient only, at least 2 are needed"):
        fitted(train.only(train.records[:1]))


def test_an_untrained_detector_scores_nothing(test: BeatSet) -> None:
    with pytest.raises(ModelError) as caught:
        AutoencoderDetector().score_samples(test)
    assert str(caught.value) == "This autoencoder is not trained yet."


def test_windows_are_scaled_by_the_training_windows_alone_and_scored_by_shape(
    simulated: Path, train: BeatSet, test: BeatSet
) -> None:
    windows, others = make_windows(simulated, train, 1.0), make_windows(simulated, test, 1.0)
    detector = fitted(windows, dataclasses.replace(OPTIONS, unit="windows", half_width_s=1.0))
    assert detector.parts == (SHAPE,)
    assert isinstance(detector.inputs_, WindowInputs)
    expected = MinMaxScaler.fit(windows.signals[normal_rows(windows)])
    scores = detector.score_samples(others)
    louder = dataclasses.replace(others, signals=np.concatenate([others.signals[:-5], 50 * others.signals[-5:]]))
    assert np.allclose(detector.score_samples(louder)[:-5], scores[:-5], atol=1e-4)
    for name in ("low", "high"):
        assert np.array_equal(getattr(detector.inputs_.scaler, name), getattr(expected, name))
    assert detector.reconstruct_mv(others, np.array([0, 7])).shape == (2, 2, 180)


def test_a_part_is_averaged_with_that_of_its_likes_and_taken_from_the_quietest_tenth() -> None:
    values, near = np.array([1.0, 2.0, 3.0, 10.0]), np.array([[1], [0], [3], [2]])
    around = np.array([1.3, 1.7, 5.1, 7.9])
    assert np.allclose(adapted(values, near, 0.3), np.maximum(around - np.quantile(around, 0.1), 0))


def test_one_loud_recording_does_not_flag_its_usual_beats(detector: AutoencoderDetector, test: BeatSet) -> None:
    """Each part begins at the recording's own level: at least a tenth of its beats have none of it."""
    parts = detector.score_parts(test)
    for rows in rows_by_record(test.table).values():
        own = rows[test.used[rows]]
        for values in parts.values():
            assert (values[own] == 0).mean() >= 0.1 - 1 / len(own)
            assert (values[own] >= 0).all()


def test_scores_by_several_workers_are_the_same(
    test: BeatSet, detector: AutoencoderDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = detector.score_parts(test)
    monkeypatch.setenv("ECG_WORKERS", "2")
    spread = detector.score_parts(test)
    assert alone.keys() == spread.keys()
    assert all(np.array_equal(alone[name], spread[name]) for name in alone)
