"""Synthetic beats train and never judge: they cannot enter a BeatSet, and what judges takes nothing else."""

import dataclasses
import importlib
import inspect
import pkgutil
import types
import typing
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ecg_core.evaluation
from ecg_core.beats.beat_set import BeatSet
from ecg_core.beats.classes import BY_CODE, CLASSES, USUAL_SYMBOL
from ecg_core.beats.config import BeatConfig
from ecg_core.beats.export import write_wfdb
from ecg_core.beats.store import load_beats
from ecg_core.beats.summary import summarise
from ecg_core.beats.synthetic import RHYTHM, AugmentedBeats, SyntheticBeats
from ecg_core.beats.windows import WindowSet
from ecg_core.data.patients import Patients
from ecg_core.errors import DataError
from ecg_core.tasks.autoencoder.report import score_items
from tests.made_beats import recorded_beats, synthetic_beats

CONFIG = BeatConfig()
N_POINTS = len(CONFIG.times_s)
REFUSED = (
    "Synthetic beats in a set of recorded ones: a BeatSet may be validated and tested on. Put them in an "
    "AugmentedBeats, which can only be trained on."
)
ABOUT_SYNTHETIC_BEATS = tuple(f"ecg_core.evaluation.{name}" for name in ("fidelity", "fidelity_checks", "tstr"))
"""What asks how good synthetic beats are. They come in as `synthetic`, never as what is tested on."""


def test_a_beat_set_with_one_synthetic_row_cannot_be_made() -> None:
    beats = recorded_beats("101", "201")
    table = beats.table.assign(synthetic=np.arange(len(beats)) == 4)
    with pytest.raises(DataError) as caught:
        dataclasses.replace(beats, table=table)
    assert str(caught.value) == REFUSED


def test_a_beat_set_refuses_the_table_of_synthetic_and_of_augmented_beats() -> None:
    beats = recorded_beats("201")
    for other in (synthetic_beats("SVF"), AugmentedBeats(beats, synthetic_beats())):
        with pytest.raises(DataError) as caught:
            dataclasses.replace(beats, table=other.table, signals=other.signals)
        assert str(caught.value) == REFUSED


def test_a_table_changed_behind_the_back_of_a_beat_set_is_found_when_records_are_chosen() -> None:
    beats = recorded_beats("101", "201")
    beats.table["synthetic"] = beats.table["record"] == "201"
    with pytest.raises(DataError) as caught:
        beats.only(["101", "201"])
    assert str(caught.value) == REFUSED
    assert len(beats.only(["101"])) == 3


@settings(deadline=None, max_examples=40)
@given(n_records=st.integers(1, 3), classes=st.text(alphabet=list(CLASSES), max_size=9))
def test_every_synthetic_row_is_flagged_and_no_recorded_one(n_records: int, classes: str) -> None:
    real = recorded_beats(*("101", "106", "201")[:n_records])
    both = AugmentedBeats(real, synthetic_beats(classes, trained_on=("101",)))
    flags = both.table["synthetic"]
    assert flags.dtype == bool
    assert flags.tolist() == [False] * len(real) + [True] * len(classes)
    assert len(both) == len(both.table) == len(both.signals) == len(real) + len(classes)
    assert both.table["beat_class"].tolist() == ["N"] * len(real) + list(classes)


def test_rows_of_signals_and_table_belong_together() -> None:
    real, made = recorded_beats("201"), synthetic_beats("VS")
    both = AugmentedBeats(real, made)
    assert np.array_equal(both.signals[: len(real)], real.signals)
    assert np.array_equal(both.signals[len(real) :], made.signals)
    assert both.signals.dtype == np.float32
    assert np.allclose(both.table.loc[len(real) :, list(RHYTHM)], made.rhythm)
    assert list(both.table.columns) == list(real.table.columns) == list(made.table.columns)


def test_a_synthetic_row_names_no_record_patient_or_time() -> None:
    table = synthetic_beats("SVFQN").table
    assert set(table["record"]) == set(table["patient"]) == {"synthetic"}
    assert (table["r_sample"] == -1).all() and table["time_s"].isna().all()
    assert table["symbol"].tolist() == ["A", "V", "F", "Q", "N"]


def test_every_class_is_written_with_a_symbol_of_that_class() -> None:
    assert {name: BY_CODE[code].beat_class for name, code in USUAL_SYMBOL.items()} == {name: name for name in CLASSES}


def test_another_preparation_is_refused() -> None:
    with pytest.raises(DataError) as caught:
        AugmentedBeats(recorded_beats("201"), synthetic_beats(config=BeatConfig(fs=90.0)))
    assert str(caught.value) == (
        "The synthetic beats were prepared in another way than the recorded ones: train the GAN again."
    )


def test_a_generator_trained_outside_the_training_set_is_refused() -> None:
    with pytest.raises(DataError) as caught:
        AugmentedBeats(recorded_beats("201", "101"), synthetic_beats(trained_on=("234", "201", "100")))
    assert str(caught.value) == (
        "The generator of these synthetic beats was trained on record 100, 234, which is not in this training set: "
        "what it learned there would leak. Train a GAN on these records only."
    )


def test_a_fold_of_the_training_records_refuses_the_generator_of_all_of_them() -> None:
    """Patient-wise k-fold: the held-out record is not in the set any more, but the generator has seen it."""
    everything, made = recorded_beats("101", "106", "201"), synthetic_beats(trained_on=("101", "106", "201"))
    assert len(AugmentedBeats(everything, made)) == 12
    with pytest.raises(DataError, match="was trained on record 106, which is not in this training set"):
        AugmentedBeats(everything.only(["101", "201"]), made)


def test_parts_are_joined_in_order_and_remember_where_they_come_from() -> None:
    parts = [
        synthetic_beats("SS", ("106", "101")),
        synthetic_beats("V", ("101",), made_by="gan-2"),
        synthetic_beats("F", ("106",)),
    ]
    whole = SyntheticBeats.joined(parts)
    assert whole.beat_class.tolist() == ["S", "S", "V", "F"]
    assert np.array_equal(whole.signals, np.concatenate([part.signals for part in parts]))
    assert np.array_equal(whole.rhythm, np.concatenate([part.rhythm for part in parts]))
    assert (whole.made_by, whole.trained_on, whole.config) == ("gan-1; gan-2", ("101", "106"), CONFIG)


def test_no_parts_and_parts_of_different_preparations_cannot_be_joined() -> None:
    with pytest.raises(DataError) as caught:
        SyntheticBeats.joined([])
    assert str(caught.value) == "No synthetic beats to join."
    with pytest.raises(DataError) as caught:
        SyntheticBeats.joined([synthetic_beats(), synthetic_beats(config=BeatConfig(band_hz=(0.4, 40.0)))])
    assert str(caught.value) == (
        "These synthetic beats come from models of different preparations: they cannot be joined."
    )


@pytest.mark.parametrize(("rhythm", "n_classes"), [((3, 3), 3), ((2, 4), 3), ((3, 4), 2), ((12,), 3)])
def test_arrays_that_do_not_belong_together_are_refused(rhythm: tuple[int, ...], n_classes: int) -> None:
    signals = np.zeros((3, 2, N_POINTS), np.float32)
    with pytest.raises(DataError) as caught:
        SyntheticBeats(signals, np.ones(rhythm, np.float32), np.full(n_classes, "V"), CONFIG, "gan", ("201",))
    assert str(caught.value) == (
        f"3 synthetic beats with rhythm of shape {rhythm} and {n_classes} classes: they do not belong together."
    )


def test_classes_that_are_not_one_a_beat_are_refused() -> None:
    signals, rhythm = np.zeros((3, 2, N_POINTS), np.float32), np.ones((3, 4), np.float32)
    with pytest.raises(DataError, match="do not belong together"):
        SyntheticBeats(signals, rhythm, np.full((3, 2), "V"), CONFIG, "gan", ("201",))


def judging_modules() -> list[types.ModuleType]:
    """What validates and tests: everything in evaluation, and the reports."""
    names = [one.name for one in pkgutil.walk_packages(ecg_core.evaluation.__path__, "ecg_core.evaluation.")]
    reports = ["ecg_core.tasks.autoencoder.report", "ecg_core.tasks.autoencoder.model"]
    return [importlib.import_module(name) for name in (*names, *reports)]


def functions_of(module: types.ModuleType) -> Iterator[tuple[str, types.FunctionType]]:
    """Every public function of a module and every method of its public classes."""
    for name, value in vars(module).items():
        if name.startswith("_") or getattr(value, "__module__", None) != module.__name__:
            continue
        if isinstance(value, types.FunctionType):
            yield name, value
        elif inspect.isclass(value):
            yield from ((f"{name}.{k}", v) for k, v in vars(value).items() if isinstance(v, types.FunctionType))


def within(hint: object) -> Iterator[object]:
    """A type and every type it is made of."""
    yield hint
    for part in typing.get_args(hint):
        yield from within(part)


@pytest.mark.parametrize("module", judging_modules(), ids=lambda module: module.__name__)
def test_nothing_is_judged_on_synthetic_beats(module: types.ModuleType) -> None:
    for name, function in functions_of(module):
        for parameter, hint in typing.get_type_hints(function).items():
            where = f"{module.__name__}.{name}, {parameter}"
            named = list(within(hint))
            assert AugmentedBeats not in named, where
            if SyntheticBeats in named:
                assert module.__name__ in ABOUT_SYNTHETIC_BEATS and parameter in ("synthetic", "return"), where


def test_the_reports_take_a_beat_set_by_name() -> None:
    """So that the test above speaks of functions that are there; a type checker refuses an AugmentedBeats in them."""
    module = importlib.import_module("ecg_core.tasks.autoencoder.report")
    takers = {
        name
        for name, function in functions_of(module)
        if BeatSet in within(typing.get_type_hints(function).get("items"))
    }
    assert {"score_items", "score_validation"} <= takers
    for kind in (AugmentedBeats, SyntheticBeats):
        assert not issubclass(kind, BeatSet | WindowSet)


def test_a_caller_that_no_type_checker_sees_fails_too() -> None:
    both = AugmentedBeats(recorded_beats("201"), synthetic_beats())
    for beats in (both, both.synthetic):
        anything: typing.Any = beats
        nothing: typing.Any = None
        with pytest.raises(AttributeError, match="used"):
            score_items(nothing, anything, "test")


def test_an_exported_record_of_synthetic_beats_is_never_prepared_or_counted_as_a_recording(
    tmp_path: Path,
) -> None:
    some = SyntheticBeats(
        np.zeros((3, 2, 144), np.float32), np.ones((3, 4), np.float32), np.array(["V"] * 3), BeatConfig(), "x", ()
    )
    write_wfdb(tmp_path, "made", some, ("MLII", "V1"), {})
    message = "Record made holds SYNTHETIC beats, as its header says: they are no recording"
    with pytest.raises(DataError, match=message):
        load_beats(tmp_path, ["made"])
    summary = summarise(tmp_path, ["made"], Patients({}))
    assert summary.n_beats == 0
    assert message in summary.problems["made"]
