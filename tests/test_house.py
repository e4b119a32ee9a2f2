"""Rules of the house: who may import whom, what a page may not lead to, what is forbidden, how long a file may be.

And completeness: a page, a verb of the command line or a network without its test is a failure here.
"""

import argparse
import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from ecg_core.__main__ import GROUPS, parser
from ecg_core.tasks.registry import REGISTRY
from ecg_core.workspace import PROJECT

CORE = PROJECT / "ecg_core"
TESTS = PROJECT / "tests"
MODULES = sorted(CORE.rglob("*.py"))
PAGES = [PROJECT / "app.py", *sorted((PROJECT / "pages").glob("*.py"))]
SOURCES = [*PAGES, *MODULES]

FREE = {
    "ecg_core", "access", "errors", "files", "locks", "logs", "memory", "one_thread", "parallel", "quotas", "workspace",
    "text", "typed_json",
}  # fmt: skip
"""For all; they themselves import nothing but each other."""
LAYERS: tuple[set[str], ...] = (
    {"data"},
    {"beats"},
    {"networks", "learning", "evaluation"},
    {"tasks"},
    {"protocols"},
    {"runs"},
    {"diagnosis"},
    {"review"},
    {"plots"},
    {"reports"},
    {"ui"},
)
"""Each may import those before it, and those beside it in the same set."""
NOT_FOR_THE_COMMAND_LINE = {"ui", "plots"}
MOST_UNTYPED = 60
"""Places in ecg_core where a value is a dict of anything: JSON before it is checked, and figures as Plotly has them."""
MOST_LINES = {"pages": 200, "ecg_core": 400}
FORBIDDEN = {
    r"\bpickle\b": "pickle executes what it loads",
    r"\bjoblib\.load\b|from joblib import[^\n]*\bload\b": "joblib.load executes what it loads",
    r"weights_only\s*=\s*False": "torch.load(weights_only=False) executes what it loads",
    r"allow_pickle\s*=\s*True": "np.load(allow_pickle=True) executes what it loads",
    r"\bunsafe_allow_html\b": "names from files would become HTML",
}


def name_of(path: Path) -> str:
    return str(path.relative_to(PROJECT))


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of everything a file imports, wherever in it; `from a import b` counts as a and as a.b."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name_of(path)}, line {node.lineno}: a relative import"
            yield node.lineno, str(node.module)
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def part_of(module: str) -> str:
    """The part of ecg_core a full module name belongs to, such as `beats`; `ecg_core` for the package itself."""
    pieces = module.split(".")
    known = {path.stem for path in CORE.iterdir() if path.is_dir() or path.suffix == ".py"}
    return pieces[1] if len(pieces) > 1 and pieces[1] in known else "ecg_core"


def own_part(path: Path) -> str:
    inside = path.relative_to(CORE).with_suffix("").parts
    return "ecg_core" if inside == ("__init__",) else inside[0]


def allowed_for(part: str) -> set[str]:
    """Parts that a part may import. A new part must be given its place in `LAYERS` first."""
    if part in FREE:
        return FREE
    everything = FREE.union(*LAYERS)
    if part == "cli":
        return everything - NOT_FOR_THE_COMMAND_LINE | {"cli"}
    if part == "__main__":
        return FREE | {"cli"}
    levels = [k for k, layer in enumerate(LAYERS) if part in layer]
    assert levels, f"ecg_core/{part} has no place in LAYERS: say what it may import"
    return FREE.union(*LAYERS[: levels[0] + 1])


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_only_what_lies_below_it(path: Path) -> None:
    allowed = allowed_for(own_part(path))
    wrong = [
        f"{name_of(path)}, line {line}: {own_part(path)} imports {module}"
        for line, module in imported(path)
        if module.split(".")[0] == "ecg_core" and part_of(module) not in allowed
    ]
    assert not wrong


def test_pages_import_nothing_of_each_other() -> None:
    for path in PAGES:
        assert not [module for _, module in imported(path) if module.split(".")[0] in ("pages", "app")], name_of(path)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_the_ui_imports_streamlit(path: Path) -> None:
    found = [line for line, module in imported(path) if module.split(".")[0] == "streamlit"]
    assert not found or own_part(path) == "ui", f"{name_of(path)} imports streamlit in line {found}"


def test_nothing_a_page_imports_leads_to_torch() -> None:
    """In a process of its own: torch takes seconds to import, and a page is run again at every click."""
    packages = [path for part in ("ui", "plots") for path in sorted((CORE / part).rglob("*.py"))]
    modules = {".".join(path.relative_to(PROJECT).with_suffix("").parts) for path in packages}
    modules |= {"ecg_core.tasks.registry", "ecg_core.__main__"}
    for page in PAGES:
        modules |= {module for _, module in imported(page) if (PROJECT / f"{module.replace('.', '/')}.py").is_file()}
    program = (
        "import importlib, json, sys\nfirst = {}\n"
        f"for name in {sorted(modules)}:\n"
        "    importlib.import_module(name)\n"
        "    if 'torch' in sys.modules: first.setdefault('torch', name)\n"
        "print(json.dumps(first))"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {}


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_nothing_forbidden_is_in_the_sources(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = [
        f"{name_of(path)}, line {text[: hit.start()].count(chr(10)) + 1}: {hit[0]} ({why})"
        for pattern, why in FORBIDDEN.items()
        for hit in re.finditer(pattern, text)
    ]
    assert not found


def re_raises(handler: ast.ExceptHandler) -> bool:
    """Whether the last thing a handler does is to raise what it caught."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_no_error_is_caught_that_nobody_named(path: Path) -> None:
    """`except Exception` hides bugs behind whatever comes next. Tidying up and raising again is fine."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ExceptHandler) and not re_raises(node):
            kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            names = {None if kind is None else ast.unparse(kind) for kind in kinds}
            assert not names & {None, "Exception", "BaseException"}, f"{name_of(path)}, line {node.lineno}"


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_no_file_is_longer_than_can_be_read_in_one_sitting(path: Path) -> None:
    most = MOST_LINES["ecg_core" if CORE in path.parents else "pages"]
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= most, f"{name_of(path)} has {lines} lines, at most {most}"


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_every_file_says_in_its_first_line_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), name_of(path)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_page_is_opened_by_a_test_file_of_its_own(page: Path) -> None:
    slug = "home" if page.name == "app.py" else re.sub(r"^\d+_", "", page.stem).lower()
    path = TESTS / "app" / f"test_{slug}_page.py"
    assert path.is_file(), f"{name_of(page)} has no {name_of(path)}"
    text = path.read_text(encoding="utf-8")
    assert "AppTest" in text or "opened(" in text, f"{name_of(path)} opens no page"
    assert page.stem in text or page.name in text, f"{name_of(path)} does not open {page.name}"


def verbs_of(whole: argparse.ArgumentParser) -> list[tuple[str, ...]]:
    """Every verb of the command line, such as `("data", "verify")`."""
    kinds = [action for action in whole._actions if isinstance(action, argparse._SubParsersAction)]
    if not kinds:
        return [()]
    return [(name, *rest) for action in kinds for name, child in action.choices.items() for rest in verbs_of(child)]


VERBS = verbs_of(parser())
OF_TASKS = {tuple(word for word in task.command if not word.startswith("--")) for task in REGISTRY.values()}


def test_the_command_line_has_the_verbs_it_had() -> None:
    wanted = {("data", "status"), ("data", "download"), ("train", "autoencoder"), ("runs", "list"), ("evaluate",)}
    assert wanted <= set(VERBS)


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_every_verb_of_the_command_line_is_documented(verb: tuple[str, ...]) -> None:
    text = (PROJECT / "docs" / "command-line.md").read_text(encoding="utf-8")
    command = r"\s+".join(map(re.escape, ("ecg_core", *verb)))
    assert re.search(rf"{command}(?![\w-])", text), f"docs/command-line.md lacks: {' '.join(verb)}"


def test_every_task_of_the_registry_is_a_verb() -> None:
    assert set(VERBS) >= OF_TASKS


@pytest.mark.parametrize("only", [*GROUPS, None])
def test_a_verb_asked_for_alone_is_parsed_as_in_the_whole_command_line(only: str | None) -> None:
    assert [verb for verb in verbs_of(parser(only)) if only in (None, verb[0])] == [
        verb for verb in VERBS if only in (None, verb[0])
    ]


@pytest.mark.parametrize("verb", sorted(set(VERBS) - OF_TASKS), ids=" ".join)
def test_every_verb_that_is_no_tasks_is_in_a_test(verb: tuple[str, ...]) -> None:
    """As arguments, `"data", "verify"`, or as a command. tests/tasks/test_matrix.py carries out those of tasks."""
    words = r"\s*,\s*".join(rf"[\"']{re.escape(word)}[\"']" for word in verb)
    arguments = rf"(?:[\[(]|[\"']ecg_core[\"']\s*,)\s*{words}\s*" + (r"[,)\]]" if len(verb) > 1 else ",")
    command = r"\s+".join(map(re.escape, ("ecg_core", *verb)))
    others = [path for path in TESTS.rglob("*.py") if path != Path(__file__)]
    pattern = re.compile(rf"{arguments}|{command}(?![\w-])")
    assert any(pattern.search(path.read_text(encoding="utf-8")) for path in others), f"no test of: {' '.join(verb)}"


NO_KIND = {
    "ecg_core/__main__.py": {"study", "fidelity"},  # first words of commands
    "ecg_core/ui/classifier/names.py": {"gan"},  # a way of training
    "ecg_core/ui/classifier/study.py": {"classifier", "study"},  # the shipped model; a file's name
    "ecg_core/ui/classifier/train.py": {"gan", "classifier"},  # an option's value; a key of the session
    "ecg_core/ui/synthesis/plan.py": {"gan"},  # an option's value
    "pages/4_Classifier.py": {"classifier"},  # keys of the session
    "pages/5_Autoencoder.py": {"autoencoder"},
}
"""Words that are spelled as a kind and are none."""


@pytest.mark.parametrize("path", [path for path in SOURCES if CORE / "tasks" not in path.parents], ids=name_of)
def test_no_kind_is_named_outside_the_tasks(path: Path) -> None:
    """Whoever asks "which kind is this?" asks the registry."""
    constants = [
        node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Constant)
    ]
    kinds = {node.value for node in constants if isinstance(node.value, str) and node.value in REGISTRY}
    assert kinds <= NO_KIND.get(name_of(path), set())


GUESSES = re.compile(r"""["'] in (?:result|options|card|report)\b|["']preprocessing["'] in""")


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_nothing_is_told_apart_by_the_keys_of_a_dict(path: Path) -> None:
    assert not GUESSES.search(path.read_text(encoding="utf-8"))


def test_values_between_modules_are_typed() -> None:
    untyped = {name_of(path): path.read_text(encoding="utf-8").count("dict[str, Any]") for path in MODULES}
    assert sum(untyped.values()) <= MOST_UNTYPED, {name: n for name, n in untyped.items() if n}


def test_no_module_imports_one_that_imports_it() -> None:
    """At the top of the file; what is imported within a function waits until it is called."""
    names = {".".join(path.relative_to(PROJECT).with_suffix("").parts): path for path in MODULES}
    edges = {name: set(top_imports(path)) & set(names) for name, path in names.items()}
    try:
        list(TopologicalSorter(edges).static_order())
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' -> '.join(error.args[1])}")


def top_imports(path: Path) -> Iterator[str]:
    """Full names a file imports when it is imported; not those for type checking only."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
