"""How pages and commands stand beside damaged models, runs and stores.

    python -m benchmarks.damaged [--count 2000] [--seed 1] [--json FILE]

Opens each page in this process, as Streamlit's own tests do, and carries out commands in this process. Prints openings
and failures by kind, then each failure once. Exit code 1 if anything failed.
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from benchmarks.damaged.cases import Case, carry_out, cases
from benchmarks.damaged.openings import Opening, look
from benchmarks.damaged.world import built, inside

MEMORY_BYTES = 8 << 30


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.damaged", description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--only", default="", help="cases whose text holds this")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    found: list[dict[str, str]] = []
    kinds: Counter[str] = Counter()
    per: Counter[str] = Counter()
    began = time.process_time()
    with tempfile.TemporaryDirectory() as place, inside(built(Path(place))) as made:
        chosen = [case for case in cases(made, options.count, options.seed) if options.only in case.text]
        good: dict[Opening, Counter[str]] = {}
        failed_well = []
        for opening in {case.opening: None for case in chosen}:
            if not opening.of_victim and not opening.command:
                look(opening)  # whatever is only worked out the first time
                seen = look(opening)
                good[opening] = seen.parts
                failed_well += [f"{opening.text}: {kind}: {text}" for kind, text in seen.failures]
        for line in failed_well:
            print(f"with nothing damaged: {line}")
        for number, case in enumerate(chosen):
            per[_row(case)] += 1
            for kind, text in carry_out(made, case, good):
                kinds[kind] += 1
                found.append({"case": case.text, "row": _row(case), "kind": kind, "text": text.replace(place, "")})
                print(f"{number:5} {kind}: {case.text.replace(place, '')}\n      {text.replace(place, '')}", flush=True)
    table(per, found)
    failed = len({one["case"] for one in found})
    print(f"{len(chosen)} openings, {failed} failed, {time.process_time() - began:.0f} s CPU")
    print(", ".join(f"{kind} {count}" for kind, count in kinds.most_common()))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))
    return 1 if found else 0


def _row(case: Case) -> str:
    return f"{case.what}, {'commands' if case.opening.command else 'pages'}"


def table(per: Counter[str], found: list[dict[str, str]]) -> None:
    names = sorted({one["kind"] for one in found})
    print("\n| damaged, opened | openings | " + " | ".join(names) + " |")
    print("|---|---" + "|---" * len(names) + "|")
    for row, count in sorted(per.items()):
        kinds = Counter(one["kind"] for one in found if one["row"] == row)
        print(f"| {row} | {count} | " + " | ".join(str(kinds[name]) for name in names) + " |")


if __name__ == "__main__":
    sys.exit(main())
