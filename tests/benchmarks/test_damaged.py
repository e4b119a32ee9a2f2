"""Nothing damaged takes a page or a verb down: a few openings of the campaign, and each that once failed.

The whole of it is `python -m benchmarks.damaged`.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.damaged.cases import Case, carry_out, cases
from benchmarks.damaged.harm import FILES, FOLDERS, Damage, of_file
from benchmarks.damaged.openings import Opening, look
from benchmarks.damaged.world import MODELS, World, built, inside, run_id

COUNT, SEED = 30, 20261129


@pytest.fixture(scope="module")
def made(simulated: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    return built(tmp_path_factory.mktemp("damaged"), simulated=simulated)


@pytest.fixture
def world(made: World, workspace_of_its_own: Path) -> Iterator[World]:
    with inside(made):
        yield made


def way(world: World, kind: str, file: str, name: str, model: bool = False) -> Damage:
    """A damage by its name."""
    whole = world.models / MODELS[kind] if model else world.good_run(kind).folder
    ways = of_file(whole / file) if file else FOLDERS
    return next(one for one in ways if one.name == name)


def opening(page: str, of_victim: bool = True, **address: str) -> Opening:
    return Opening(page, tuple(address.items()), of_victim=of_victim)


def test_a_few_damages_of_the_campaign_fail_no_page_and_no_verb(world: World) -> None:
    failed = {case.text: found for case in cases(world, COUNT, SEED) if (found := carry_out(world, case, {}))}
    assert not failed


SECOND = "20260101-000000002"
OF_RUNS = [
    ("gan", "", "a link to /", opening("Runs", run=run_id("gan", 2))),
    ("gan", "", "a link to /", Opening(command=("runs", "show", run_id("gan", 2)), of_victim=True)),
    ("gan", "frames/000002.npy", "torn", opening("Synthesis", tab="Train", run=run_id("gan", 2))),
    ("study", "config.json", "[]", opening("Runs", run=f"{run_id('study', 2)},{run_id('study', 1)}")),
    ("classifier", "config.json", "options.augment markup",
     Opening(command=("runs", "report", run_id("classifier", 2)), of_victim=True)),
    ("autoencoder", "result.json", "not UTF-8", opening("Home", of_victim=False)),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "file", "name", "opening"), OF_RUNS, ids=lambda one: str(getattr(one, "text", one)))
def test_a_run_damaged_in_a_way_that_once_failed_is_named(
    world: World, kind: str, file: str, name: str, opening: Opening
) -> None:
    assert carry_out(world, Case("run", kind, file, way(world, kind, file, name), opening), {}) == []


@pytest.mark.parametrize("name", ["zeros", "a FIFO"])
def test_a_model_with_damaged_weights_is_not_what_a_page_opens_with(world: World, name: str) -> None:
    plain = opening("Synthesis", of_victim=False)
    good = {plain: look(plain).parts}
    damage = way(world, "gan", "model.safetensors", name, model=True)
    assert carry_out(world, Case("model", "gan", "model.safetensors", damage, plain), good) == []


def test_a_classifier_whose_array_is_missing_is_named_where_its_card_would_do(world: World) -> None:
    damage = way(world, "image-classifier", "model.safetensors", "network.1.last.bias missing", model=True)
    asked = opening("Classifier", run="models/damaged")
    assert carry_out(world, Case("model", "image-classifier", "model.safetensors", damage, asked), {}) == []


@pytest.mark.parametrize("name", ["torn", "[]", "a folder", "a FIFO", "a link to itself"])
@pytest.mark.parametrize("opened", [opening("Home"), Opening(command=("data", "status"))], ids=lambda one: one.text)
def test_damaged_settings_are_named_and_never_passed_over(world: World, name: str, opened: Opening) -> None:
    damage = next(one for one in FILES if one.name == name)
    file = world.home / "settings.json"
    kept = file.read_bytes()
    damage.do(file)
    seen = look(opened)
    file.rmdir() if file.is_dir() else file.unlink()
    file.write_bytes(kept)
    assert not seen.failures and "settings.json is damaged" in seen.said


def test_damaged_corrections_are_said_on_the_page_that_only_mentions_them(world: World) -> None:
    (log,) = world.home.glob("labels/*/corrections.jsonl")
    kept = log.read_bytes()
    log.write_bytes(kept + b'{"number": 3}\n')
    seen = look(opening("Records", record="sim01"))
    log.write_bytes(kept)
    assert not seen.failures and "corrections.jsonl are damaged in line" in seen.said


READ = (
    *(Opening(page) for page in ("Home", "Records", "Class balance", "Autoencoder", "Review", "Runs")),
    *(Opening(command=tuple(words.split())) for words in (
        "runs list", f"runs show {run_id('gan', 1)}", "collections use Mine", "train autoencoder --records sim01 sim02",
    )),
)  # fmt: skip


def test_a_store_that_may_only_be_read_is_browsed(world: World) -> None:
    for one in READ[:6]:  # what is prepared while it may still be written
        assert not look(one).failures
    place = str(world.folder)
    if subprocess.run(["mount", "--bind", place, place], capture_output=True, check=False).returncode:
        pytest.skip("needs to mount a folder read-only: run as root")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", place], check=True)
        seen = {one.text: look(one) for one in READ}
    finally:
        subprocess.run(["umount", "-l", place], check=True)
    assert not [(text, one.failures) for text, one in seen.items() if one.failures]
    assert {text for text, one in seen.items() if one.code} == {READ[-2].text, READ[-1].text}
    assert "cannot be remembered" in seen["collections use Mine"].said
