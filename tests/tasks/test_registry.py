"""The registry is the only list of kinds, and every task in it is complete."""

import re
from collections.abc import Mapping
from dataclasses import fields
from importlib import import_module
from typing import Any

import pytest

from ecg_core.errors import DataError, ModelError
from ecg_core.learning.options import Options
from ecg_core.tasks.registry import REGISTRY, task_of_model
from ecg_core.tasks.task import AnyTask, imported
from ecg_core.workspace import PROJECT

TASKS = pytest.mark.parametrize("task", REGISTRY.values(), ids=REGISTRY)


@TASKS
def test_a_task_names_functions_that_are_there(task: AnyTask) -> None:
    names = [task.carry_out, task.check]
    if task.model:
        names += [task.model.load, task.model.evaluate, task.model.evaluate_images]
    for name in filter(None, names):
        assert callable(imported(name)), name


@TASKS
def test_a_task_has_a_page_a_kind_that_run_ids_can_hold_and_options_with_help(task: AnyTask) -> None:
    assert (PROJECT / task.page).is_file()
    assert re.fullmatch(r"[a-z-]{1,32}", task.kind)
    assert issubclass(task.options, Options)
    assert task.material
    for field in task.options.declared():
        assert field.option.help, f"{task.kind}: {field.name} has no help"
        assert field.checked(field.default) == field.default
        if field.type in (int, float) and not field.choices:
            assert field.option.low is not None, f"{task.kind}: {field.name} has no range"


@TASKS
def test_a_task_says_what_its_runs_are_and_do(task: AnyTask) -> None:
    options: Mapping[str, Any] = task.options().to_json()
    assert task.title in task.title_of(options)
    assert task.doing(options)
    assert task.unit_of(options)
    assert set(task.address_of("an-id")) <= {"run", "tab"}
    assert bool(task.class_of(options)) == bool(task.class_option)


@TASKS
def test_a_result_that_is_none_is_refused_in_words(task: AnyTask) -> None:
    for nonsense in (None, [], {}, 5, "x"):
        with pytest.raises(DataError, match=r"a result(, \w+)? is damaged"):
            task.result.from_json(nonsense, "a result", DataError)


@TASKS
def test_a_result_says_nothing_under_the_names_that_its_run_says_when_it_ended(task: AnyTask) -> None:
    assert not {"finished", "seconds"} & {one.name for one in fields(task.result)}


def test_kinds_and_commands_are_told_apart() -> None:
    assert [task.kind for task in REGISTRY.values()] == list(REGISTRY)
    assert len({task.command for task in REGISTRY.values()}) == len(REGISTRY)


def test_an_unknown_kind_is_named_with_the_known_ones() -> None:
    with pytest.raises(ModelError, match="No task makes models of kind 'study': expected autoencoder"):
        task_of_model("study")


def test_listing_kinds_imports_nothing_that_carries_them_out() -> None:
    module = import_module("ecg_core.tasks.registry")
    assert not [name for name in vars(module) if name.startswith(("train", "fit"))]
