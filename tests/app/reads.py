"""What a page reads and computes while it runs, and selections in its charts and tables to make it run."""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

_counts: list[Counter[str]] = []


def _count(event: str, arguments: tuple[Any, ...]) -> None:
    if _counts and event == "open" and isinstance(arguments[0], str | Path):
        for counter in _counts:
            counter[Path(arguments[0]).name] += 1


sys.addaudithook(_count)  # Python tells it of every file opened, by whatever library; it cannot be taken away again


@contextmanager
def files_opened() -> Iterator[Counter[str]]:
    """Counts every file opened within, by name, whoever opens it."""
    counter: Counter[str] = Counter()
    _counts.append(counter)
    try:
        yield counter
    finally:
        _counts.remove(counter)


def count_calls(patch: pytest.MonkeyPatch, counter: Counter[str], *functions: tuple[str, str]) -> None:
    """Count calls of functions, each a module's name and its own, wherever in `ecg_core` they have been imported."""
    for module, name in functions:
        real: Callable[..., Any] = getattr(sys.modules[module], name)

        def counted(*args: Any, _real: Callable[..., Any] = real, _name: str = name, **options: Any) -> Any:
            counter[_name] += 1
            return _real(*args, **options)

        for imported, place in list(sys.modules.items()):
            if imported.startswith("ecg_core") and getattr(place, name, None) is real:
                patch.setattr(place, name, counted)


def select(app: AppTest, kind: str, position: int, selection: dict[str, Any]) -> AppTest:
    """Run again as after a selection in a chart (`plotly_chart`) or a table (`dataframe`), callbacks included.

    AppTest itself offers buttons and inputs only.
    """
    states = app._tree.get_widget_states()  # type: ignore[union-attr]
    state = states.widgets.add()
    state.id = app.get(kind)[position].proto.id
    state.string_value = json.dumps({"selection": selection})
    app._run(states)
    assert not app.exception, app.exception
    return app
