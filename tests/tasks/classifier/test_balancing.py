"""Each way of making up for rare classes changes what it says, and nothing else."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.beats.balance import plan_to_ratio
from ecg_core.beats.beat_set import BeatSet
from ecg_core.errors import RunError
from ecg_core.tasks.classifier.balancing import (
    TrainingRows,
    additions,
    balanced,
    check_class_set,
    class_weights,
    thinned,
)
from ecg_core.tasks.classifier.inputs import Inputs
from ecg_core.tasks.classifier.options import ClassifierOptions
from ecg_core.tasks.classifier.truth import labels_of
from ecg_core.tasks.image_classifier.options import ImageClassifierOptions

NAMES = ("N", "S", "V", "F")
COUNTS = {"N": 800, "S": 110, "V": 300, "F": 120}
ADDED = {"S": 130, "V": 0, "F": 120}
"""To 240, which is 0.3 of N."""
LABELS = np.repeat(np.arange(4), list(COUNTS.values()))


def inputs_of(labels: npt.NDArray[np.int64], seed: int = 0, first: float = 0.0) -> Inputs:
    """Rows that say their class in the signal, and which row they are in the number."""
    noise = np.random.default_rng(seed).uniform(-0.1, 0.1, (len(labels), 1, 3)).astype(np.float32)
    return Inputs(
        labels[:, None, None].astype(np.float32) + noise, (first + np.arange(len(labels), dtype=np.float32))[:, None]
    )


INPUTS = inputs_of(LABELS)


def made_rows(per_class: dict[int, int]) -> tuple[Inputs, npt.NDArray[np.int64]]:
    """Synthetic rows, numbered from a million."""
    labels = np.repeat(list(per_class), list(per_class.values())).astype(np.int64)
    return inputs_of(labels, 9, first=1e6), labels


def put_together(
    made: tuple[Inputs, npt.NDArray[np.int64]] | None = None, seed: int = 0, **options: object
) -> TrainingRows:
    chosen = ClassifierOptions(**{"balance": "none", "ratio": 0.3, **options})
    return balanced(INPUTS, LABELS, NAMES, chosen, made, np.random.default_rng(seed))


def shown_of(rows: TrainingRows) -> dict[str, int]:
    return dict(zip(NAMES, np.bincount(rows.labels[rows.shown], minlength=4).tolist(), strict=True))


def untouched(rows: TrainingRows) -> bool:
    """Whether the recorded rows stand first, as they were."""
    n = len(LABELS)
    return (
        np.array_equal(rows.inputs.signals[:n], INPUTS.signals)
        and np.array_equal(rows.inputs.numbers[:n], INPUTS.numbers)
        and np.array_equal(rows.labels[:n], LABELS)
        and np.array_equal(rows.shown[:n], np.arange(n))
    )


def classes_fit(rows: TrainingRows) -> bool:
    """Whether every row looks like the class it is said to be."""
    return bool(np.array_equal(np.round(rows.inputs.signals.mean(axis=(1, 2))), rows.labels))


def test_nothing_chosen_changes_nothing() -> None:
    rows = put_together()
    assert untouched(rows)
    assert len(rows.labels) == len(rows.shown) == len(LABELS)
    assert rows.class_weights.tolist() == [1, 1, 1, 1]
    assert not rows.by_class


def test_class_weights_change_the_weights_alone() -> None:
    rows = put_together(balance="class-weights")
    assert untouched(rows)
    assert len(rows.shown) == len(LABELS)
    assert np.array_equal(rows.class_weights, class_weights(LABELS, 4))
    assert not rows.by_class


def test_balanced_batches_draw_each_class_as_often() -> None:
    rows = put_together(balance="balanced-batches")
    assert untouched(rows)
    assert rows.by_class
    assert rows.class_weights.tolist() == [1, 1, 1, 1]
    own = rows.labels[rows.shown]
    assert [rows.chances()[own == k].sum() for k in range(4)] == pytest.approx([1, 1, 1, 1])
    assert [np.ptp(rows.chances()[own == k]) for k in range(4)] == [0, 0, 0, 0]


def test_oversampling_repeats_rare_rows_and_adds_none() -> None:
    rows = put_together(balance="oversampling")
    assert untouched(rows)
    assert len(rows.labels) == len(LABELS)
    assert shown_of(rows) == {name: COUNTS[name] + ADDED.get(name, 0) for name in NAMES}
    assert rows.class_weights.tolist() == [1, 1, 1, 1]
    assert not rows.by_class


@pytest.mark.parametrize("way", ["smote", "gan"])
def test_added_rows_come_after_the_recorded_and_are_of_their_class(way: str) -> None:
    made = made_rows({1: 500, 2: 500, 3: 500}) if way == "gan" else None
    rows = put_together(made, added=way)
    assert untouched(rows)
    assert classes_fit(rows)
    assert np.bincount(rows.labels).tolist() == [COUNTS[name] + ADDED.get(name, 0) for name in NAMES]
    assert np.array_equal(rows.shown, np.arange(len(rows.labels)))
    new = rows.inputs.numbers[len(LABELS) :, 0]
    assert (new >= 1e6).all() if way == "gan" else (new < len(LABELS)).all()


def test_a_gans_rows_are_drawn_without_repetition_while_there_are_enough() -> None:
    rows = put_together(made_rows({1: 130, 3: 20}), added="gan")
    new = rows.inputs.numbers[len(LABELS) :, 0]
    own = rows.labels[len(LABELS) :]
    assert len(np.unique(new[own == 1])) == 130
    assert (own == 3).sum() == 120
    assert len(np.unique(new[own == 3])) <= 20


def test_a_class_the_gans_do_not_make_is_passed_over() -> None:
    rows = put_together(made_rows({3: 200}), added="gan")
    assert shown_of(rows) == COUNTS | {"F": 240}


def test_networks_that_validate_do_without_a_gans_rows() -> None:
    rows = put_together(None, added="gan")
    assert untouched(rows)
    assert len(rows.shown) == len(rows.labels) == len(LABELS)


def test_where_a_gan_may_not_add_oversampling_repeats_in_its_place() -> None:
    assert shown_of(put_together(None, added="gan", balance="oversampling"))["S"] == 240
    with_gan = put_together(made_rows({1: 300, 3: 300}), added="gan", balance="oversampling")
    assert shown_of(with_gan)["S"] == 240, "and does not come on top of it"
    assert np.array_equal(with_gan.shown, np.arange(len(with_gan.labels)))


def test_weights_and_chances_count_the_rows_that_were_added() -> None:
    weighed = put_together(added="smote", balance="class-weights")
    assert np.array_equal(weighed.class_weights, class_weights(weighed.labels, 4))
    assert weighed.class_weights[1] < class_weights(LABELS, 4)[1]
    drawn = put_together(added="smote", balance="balanced-batches")
    own = drawn.labels[drawn.shown]
    assert [drawn.chances()[own == k].sum() for k in range(4)] == pytest.approx([1, 1, 1, 1])


def test_chances_count_rows_that_are_repeated_each_time() -> None:
    shown = np.array([0, 1, 1, 1, 2])
    rows = TrainingRows(inputs_of(np.zeros(3, int)), np.array([0, 1, 0]), shown, np.ones(2, np.float32), True)
    assert rows.chances().tolist() == pytest.approx([1 / 2, 1 / 3, 1 / 3, 1 / 3, 1 / 2])


def test_the_ratio_decides_how_many_are_added() -> None:
    assert shown_of(put_together(added="smote", ratio=0.5))["S"] == 400
    assert shown_of(put_together(added="smote", ratio=0.05)) == COUNTS


@pytest.mark.parametrize("options", [{"balance": "oversampling"}, {"added": "smote"}, {"added": "gan"}])
def test_a_seed_draws_the_same(options: dict[str, object]) -> None:
    one, same, other = (put_together(made_rows({1: 200, 3: 200}), seed, **options) for seed in (1, 1, 2))
    assert np.array_equal(one.shown, same.shown)
    assert np.array_equal(one.inputs.numbers, same.inputs.numbers)
    drawn = [(rows.inputs.numbers[rows.shown]) for rows in (one, other)]
    assert not np.array_equal(*drawn)


def test_additions_to_beats_are_those_of_a_balancing_plan() -> None:
    counts = {"N": 10_000, "S": 200, "V": 99, "F": 2900, "Q": 8}
    assert additions(counts, 0.3) == {"S": 2000, "V": 0, "F": 100}, "ten for one; too few to learn from; to the ratio"
    for ratio in (0.05, 0.3, 1.0):
        plan = plan_to_ratio(counts, ratio)
        assert additions(counts, ratio) == {one.beat_class: one.synthetic for one in plan.classes}


def test_additions_to_an_image_folder_bring_each_class_to_a_ratio_of_the_greatest_ten_for_one_at_most() -> None:
    counts = {"angina": 100, "healthy": 1000, "rare": 3, "none": 0}
    assert additions(counts, 0.3) == {"angina": 200, "healthy": 0, "rare": 30, "none": 0}


@given(st.lists(st.integers(0, 2000), min_size=2, max_size=6), st.floats(0.05, 1.0))
def test_additions_never_exceed_the_ratio_or_ten_for_one(numbers: list[int], ratio: float) -> None:
    counts = {f"class {k}": n for k, n in enumerate(numbers)}
    for name, n in additions(counts, ratio).items():
        assert 0 <= n <= 10 * counts[name]
        assert n == 0 or counts[name] + n <= ratio * max(numbers)


def test_class_weights_are_the_root_of_the_inverse_share() -> None:
    labels = np.repeat([0, 1, 3], [80, 15, 5])
    found = class_weights(labels, 4)
    assert found.dtype == np.float32
    assert found.tolist() == pytest.approx([np.sqrt(100 / 240), np.sqrt(100 / 45), 1, np.sqrt(100 / 15)])


@given(st.integers(1, 500), st.integers(1, 5))
def test_classes_alike_weigh_one(each: int, n_classes: int) -> None:
    assert class_weights(np.repeat(np.arange(n_classes), each), n_classes) == pytest.approx(np.ones(n_classes))


def names_of(beats: BeatSet) -> npt.NDArray[np.str_]:
    return beats.table["record"].to_numpy(dtype=str)


def of_four(beats: BeatSet) -> npt.NDArray[np.int64]:
    return labels_of(beats, ClassifierOptions())


def test_only_normal_beats_of_a_record_beyond_the_most_are_thinned(simulated_beats: BeatSet) -> None:
    rows, labels = np.flatnonzero(np.arange(len(simulated_beats)) % 2 == 0), of_four(simulated_beats)
    found = thinned(names_of(simulated_beats), labels, rows, 100, np.random.default_rng(0))
    table = simulated_beats.table
    assert np.array_equal(found, np.unique(found)), "in order, each once"
    assert np.isin(found, rows).all()
    normal = (table["beat_class"] == "N").to_numpy()
    assert np.array_equal(found[~normal[found]], rows[~normal[rows]]), "every abnormal beat stays"
    before = table.loc[rows[normal[rows]], "record"].value_counts()
    after = table.loc[found[normal[found]], "record"].value_counts()
    assert before["sim08"] < 100 < before.drop("sim08").min()
    assert after.to_dict() == before.clip(upper=100).to_dict()


def test_thinning_draws_at_random_by_its_seed(simulated_beats: BeatSet) -> None:
    rows, labels = np.arange(len(simulated_beats)), of_four(simulated_beats)
    drawn = [thinned(names_of(simulated_beats), labels, rows, 50, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])
    assert np.array_equal(
        thinned(names_of(simulated_beats), labels, rows, 10**6, np.random.default_rng(0)),
        rows,
    )


@pytest.mark.parametrize(
    "options", [{"added": "smote"}, {"added": "gan"}, {"balance": "oversampling", "added": "none"}]
)
def test_normal_and_abnormal_have_no_classes_to_add_to(options: dict[str, str]) -> None:
    with pytest.raises(RunError) as caught:
        check_class_set("normal or abnormal", ClassifierOptions(**options))
    assert str(caught.value) == "Beats are added class by class: choose four or five classes, or nothing to add."
    check_class_set("four classes", ClassifierOptions(**options))
    check_class_set("five classes", ClassifierOptions(**options))


@pytest.mark.parametrize("balance", ["none", "class-weights", "balanced-batches"])
def test_what_adds_nothing_suits_every_set_of_classes(balance: str) -> None:
    check_class_set("normal or abnormal", ClassifierOptions(balance=balance))
    check_class_set("normal or abnormal", ImageClassifierOptions(balance=balance))


@pytest.mark.parametrize(("way", "shown"), [({"balance": "oversampling"}, 7), ({"added": "gan"}, 7), ({}, 3)])
def test_a_plan_adds_what_it_says_of_its_class_alone_however_few_there_are(way: dict[str, str], shown: int) -> None:
    labels = np.repeat(np.arange(4), [800, 110, 3, 120])
    options = ClassifierOptions(**{"balance": "none", **way})  # type: ignore[arg-type]
    rng = np.random.default_rng(0)
    rows = balanced(inputs_of(labels), labels, NAMES, options, made_rows({1: 9, 2: 9, 3: 9}), rng, {"V": 4})
    assert shown_of(rows) == {"N": 800, "S": 110, "V": shown, "F": 120}
