"""What the viewers of a page are given, taken apart again, and what they tell, told without a browser."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.testing.v1 import AppTest, local_script_runner

STORES, VIEWERS = ({f"ecg_workbench{of}_{what}" for of in ("", "_review")} for what in ("store", "viewer"))
KEY = "records.viewer"
CLASSES = "NSVFQ"


@dataclass(frozen=True)
class Unpacked:
    """What `bytes.js` makes of a store's bytes."""

    header: dict[str, Any]
    blocks: dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Shown:
    """A viewer, and what was brought for it."""

    given: dict[str, Any]
    """What it is told: versions, where to be (`at`), columns of the leads, and the rest."""
    signal: Unpacked
    labels: Unpacked
    n_bytes: int
    """Of all that is sent when it is told anything."""

    @property
    def seq(self) -> int:
        return int(self.given["at"]["seq"])

    @property
    def window(self) -> tuple[float, float]:
        """Start and length in s."""
        return self.given["at"]["start"], self.given["at"]["length"]

    @property
    def beat(self) -> int | None:
        """Sample of the marked beat."""
        return None if self.given["at"]["beat"] is None else int(self.given["at"]["beat"])

    @property
    def step(self) -> str | None:
        return None if self.given["at"]["step"] is None else str(self.given["at"]["step"])

    @property
    def record(self) -> str:
        return str(self.signal.header["name"])

    @property
    def leads(self) -> list[str]:
        """From top to bottom."""
        return [str(self.signal.header["leads"][k]["name"]) for k in self.given["leads"]]

    @property
    def rhythms(self) -> list[tuple[str, set[str]]]:
        """Bars of rhythm, from top to bottom: who found them, names of their episodes (code where there is none)."""
        return [
            (rail["said"], {one["name"] or one["code"] for one in rail["episodes"]})
            for rail in self.labels.header["rhythms"]
        ]

    def samples_of(self, beat_class: str) -> list[int]:
        """Samples of the beats drawn as of one class."""
        samples, classes = self.labels.blocks["samples"], self.labels.blocks["classes"]
        return [int(n) for n in samples[classes == CLASSES.index(beat_class)]]


def unpacked(content: bytes) -> Unpacked:
    """Header and blocks of packed bytes: uint32 length, JSON, zeros to a multiple of 8, blocks at multiples of 8."""
    length = int.from_bytes(content[:4], "little")
    header = json.loads(content[4 : 4 + length])
    start = -(-(4 + length) // 8) * 8
    blocks = {
        one["name"]: np.frombuffer(content, one["dtype"], one["count"], start + one["offset"])
        for one in header["blocks"]
    }
    return Unpacked(header, blocks)


def viewers(app: AppTest) -> list[Any]:
    """The viewers that are mounted, as Streamlit sends them."""
    return [element.proto for element in app.get("bidi_component") if element.proto.component_name in VIEWERS]


def stores(app: AppTest) -> list[Any]:
    """What brings the bytes, as Streamlit sends it."""
    return [element.proto for element in app.get("bidi_component") if element.proto.component_name in STORES]


def shown(app: AppTest) -> Shown:
    """The one viewer of a page. What it names must have been brought, or it would wait forever."""
    (viewer,) = viewers(app)
    given = json.loads(viewer.json)
    brought = {content.header["version"]: content for content in map(unpacked, (one.bytes for one in stores(app)))}
    signal, labels = brought[given["signal"]], brought[given["labels"]]
    assert (signal.header["kind"], labels.header["kind"]) == ("signal", "labels")
    return Shown(given, signal, labels, viewer.ByteSize())


def tell(app: AppTest, **told: Any) -> AppTest:
    """Run again as after the viewer of the Records page has told something new, callbacks included.

    `tell(app, range=[10.0, 5.0], beat=3700)`. What it told before stays told.
    """
    (viewer,) = viewers(app)
    state = {**app.session_state[KEY], **told}
    states = app._tree.get_widget_states()  # type: ignore[union-attr]
    widget = states.widgets.add()
    widget.id, widget.json_value = viewer.id, json.dumps(state)
    app._run(states)
    assert not app.exception, app.exception
    return app


@contextmanager
def messages(patch: pytest.MonkeyPatch) -> Iterator[list[ForwardMsg]]:
    """Everything that runs within send to the browser."""
    sent: list[ForwardMsg] = []
    parse = local_script_runner.parse_tree_from_messages

    def heard(messages: list[ForwardMsg]) -> Any:
        sent.extend(messages)
        return parse(messages)

    with patch.context() as within:
        within.setattr(local_script_runner, "parse_tree_from_messages", heard)
        yield sent
