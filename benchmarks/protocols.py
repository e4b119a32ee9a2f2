"""Every protocol again, against what was kept: nothing may have become worse. For the night, not for each commit.

    ECG_DATA_DIR=<MIT-BIH> python -m benchmarks.protocols [NAME ...] [--json]

A figure counts as worse when it is more than `MARGIN` (rates and counts: a fiftieth) on the wrong side of the kept one.
Protocols that judge a model made for them are passed over unless its run is named: `--run patients-out=ID`. Ends with
code 1 if anything became worse.
"""

import argparse
import json
import sys
import time
from collections.abc import Mapping

from ecg_core.data.sources import current_source
from ecg_core.protocols.carrying_out import carry_out
from ecg_core.protocols.protocol import Protocol, ProtocolResult, kept_result
from ecg_core.protocols.registry import PROTOCOLS

MARGIN, SHARE = 0.005, 0.02


def worse(protocol: Protocol, kept: ProtocolResult, found: ProtocolResult) -> dict[str, tuple[float, float | None]]:
    """Key of each figure that is on the wrong side of the kept one -> the kept one, and the one found."""
    gone: dict[str, tuple[float, float | None]] = {}
    for one in protocol.columns:
        before, after = kept.total.get(one.key), found.total.get(one.key)
        if before is None or one.higher_is_better is None:
            continue
        margin = MARGIN if one.kind in ("number", "share") else SHARE * abs(before)
        fall = None if after is None else (before - after) * (1 if one.higher_is_better else -1)
        if fall is None or fall > margin:
            gone[one.key] = (before, after)
    return gone


def judged(name: str, runs: Mapping[str, str]) -> dict[str, object]:
    """Carry one out; what became worse, or why it was not carried out."""
    protocol, kept = PROTOCOLS[name], kept_result(name)
    if kept is None:
        return {"passed over": "nothing is kept"}
    if protocol.judges and not protocol.model and name not in runs:
        return {"passed over": f"it judges a {protocol.judges} made for it: name its run"}
    began = time.monotonic()
    _, found = carry_out(name, current_source(), runs.get(name, ""))
    return {"seconds": round(time.monotonic() - began), "worse": worse(protocol, kept, found)}


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("names", nargs="*", metavar="NAME", choices=[*PROTOCOLS, []], help="(default: all)")
    words.add_argument("--run", action="append", default=[], metavar="NAME=ID", help="a run made for a protocol")
    words.add_argument("--json", action="store_true")
    options = words.parse_args()
    if wrong := [one for one in options.run if "=" not in one]:
        words.error(f"{wrong[0]!r}: expected NAME=ID")
    runs = dict(one.split("=", 1) for one in options.run)
    found = {}
    for name in options.names or list(PROTOCOLS):
        found[name] = judged(name, runs)
        print(f"{name}: {found[name]}", file=sys.stderr, flush=True)
    if options.json:
        print(json.dumps(found, indent=2))
    return int(any(one.get("worse") for one in found.values()))


if __name__ == "__main__":
    sys.exit(main())
