"""Carrying a protocol out, and keeping what it ends with."""

from collections.abc import Callable
from pathlib import Path

from ecg_core.data.sources import DataSource
from ecg_core.errors import RunError
from ecg_core.files import write_json
from ecg_core.protocols.protocol import KEPT, Protocol, ProtocolResult, ProtocolRun
from ecg_core.protocols.registry import PROTOCOLS
from ecg_core.tasks.places import folder_of


def protocol_of(name: str) -> Protocol:
    """Raises RunError, naming all, if there is none of that name."""
    if name not in PROTOCOLS:
        raise RunError(f"Unknown protocol {name[:40]!r}: choose {', '.join(PROTOCOLS)}.")
    return PROTOCOLS[name]


def carry_out(
    name: str, source: DataSource, place: str = "", tell: Callable[[str], None] = lambda _: None
) -> tuple[Protocol, ProtocolResult]:
    """Measure a model, by default the shipped one, as the protocol does.

    `place` is a run's id or a model folder. Raises WorkbenchError for records that are not there, or a model that does
    not fit.
    """
    protocol = protocol_of(name)
    protocol.check(source)
    place = place or protocol.model
    if protocol.judges and not place:
        raise RunError(f"Protocol {name} judges a {protocol.judges} made for it: name one with --run or --model.")
    folder = folder_of(place) if protocol.judges else None
    return protocol, protocol.carry_out(ProtocolRun(protocol, source, folder, place if protocol.judges else "", tell))


def keep(result: ProtocolResult) -> Path:
    """Keep a result among those that come with the workbench. Returns the file."""
    path = KEPT / f"{result.protocol}.json"
    write_json(path, result.to_json())
    return path
