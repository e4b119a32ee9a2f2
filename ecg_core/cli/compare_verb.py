"""`compare`: annotation files against others, beat by beat."""

import argparse
import math
from collections.abc import Callable, Iterator

from ecg_core.cli.output import add_json, emit, place, tell
from ecg_core.evaluation.beat_figures import BeatFigures, BeatMean
from ecg_core.evaluation.beat_matching import MATCH_WINDOW_MS, START_S
from ecg_core.evaluation.folder_comparison import AnnotationFiles, FolderComparison, compare_folders
from ecg_core.evaluation.run_comparison import LENGTHS, Rate
from ecg_core.text import number, percent

ANNOTATOR = "atr"
MOST_WINDOW_MS = 1000.0


def add(_verb: str, parser: argparse.ArgumentParser, _common: argparse.ArgumentParser) -> None:
    """Complete the parser of the verb."""
    add_json(parser)
    parser.add_argument("--reference", type=place, required=True, metavar="DIR", help="folder of reference and headers")
    parser.add_argument("--test", type=place, required=True, metavar="DIR", help="folder of what is judged")
    parser.add_argument("--test-annotator", required=True, metavar="EXT", help="extension of its files, such as qrs")
    parser.add_argument("--reference-annotator", default=ANNOTATOR, metavar="EXT", help="default: %(default)s")
    parser.add_argument("--records", nargs="+", metavar="RECORD", help="default: every record of either folder")
    parser.add_argument(
        "--start",
        type=_between(0, math.inf),
        default=START_S,
        metavar="SECONDS",
        help="beats before are not judged (default: %(default)g, as EC57 asks)",
    )
    parser.add_argument(
        "--match-window-ms",
        type=_between(1, MOST_WINDOW_MS),
        default=MATCH_WINDOW_MS,
        metavar="MS",
        help="how far apart beats that match may be (default: %(default)g)",
    )
    parser.add_argument("--runs", action="store_true", help="also run by run: couplets, short and long runs")
    parser.add_argument("--episodes", action="store_true", help="also episode by episode: AF and ventricular flutter")
    parser.set_defaults(run=_compare)


def _between(low: float, high: float) -> Callable[[str], float]:
    def value(text: str) -> float:
        wanted = f"expected a number from {low:g}" + (f" to {high:g}" if math.isfinite(high) else "")
        try:
            given = float(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r}: {wanted}") from None
        if not (low <= given <= high and math.isfinite(given)):
            raise argparse.ArgumentTypeError(f"{text!r}: {wanted}")
        return given

    return value


def _compare(options: argparse.Namespace) -> int:
    comparison = compare_folders(
        AnnotationFiles(options.reference, options.reference_annotator),
        AnnotationFiles(options.test, options.test_annotator),
        records=options.records,
        start_s=options.start,
        match_window_ms=options.match_window_ms,
        runs=options.runs,
        episodes=options.episodes,
    )
    reasons: dict[str, list[str]] = {}
    for record, reason in comparison.left_out.items():
        reasons.setdefault(reason.rstrip("."), []).append(record)
    for reason, left_out in reasons.items():
        tell(f"Left out: {', '.join(left_out)}: {reason}.")
    if not comparison.records:
        tell("No record could be compared.")
        return 1
    emit(comparison.to_json(), options.json, "\n".join(_lines(comparison)))
    return 0


def _lines(comparison: FolderComparison) -> Iterator[str]:
    yield (
        f"{comparison.test} against {comparison.reference}, from {comparison.start_s:g} s, "
        f"within {comparison.match_window_ms:g} ms; {comparison.label_map.title}"
    )
    columns = ("QRS Se", "QRS +P", "VEB Se", "VEB +P", "SVEB Se", "SVEB +P", "RR error")
    yield "record  " + "".join(column.rjust(9) for column in columns)
    for name, record in comparison.records.items():
        kinds = (record.figures.qrs, record.figures.veb, record.figures.sveb)
        yield _line(name, kinds, record.matches.rr_error_ms)
    rates, mean = comparison.gross.rates, comparison.average
    yield _line("gross", (rates.qrs, rates.veb, rates.sveb), None)
    yield _line("average", (mean.qrs, mean.veb, mean.sveb), mean.rr_error_ms)
    yield (
        f"{len(comparison.records)} records, {rates.qrs.true_positives + rates.qrs.false_negatives:,} beats: "
        f"{rates.qrs.false_negatives:,} missed, {rates.qrs.false_positives:,} extra. Per cent; RR error in ms. "
        "Gross and average of SVEB +P leave out fusion beats called S, as sumstats does."
    )
    for kind, runs in comparison.gross_runs.items():
        for name in LENGTHS:
            se, pp = runs.sensitivity(name), runs.positive_predictivity(name)
            yield f"{kind:>4} {name.replace('_', ' '):<10} Se {_rate(se)}  +P {_rate(pp)}"
    for which, episodes in comparison.gross_episodes.items():
        se, pp = episodes.sensitivity, episodes.positive_predictivity
        yield (
            f"{which:>4} episodes   Se {_rate(se)}  +P {_rate(pp)}; duration "
            f"Se {percent(episodes.duration_sensitivity)}, +P {percent(episodes.duration_positive_predictivity)}"
        )


def _rate(rate: Rate) -> str:
    return f"{percent(rate.share):>7} ({rate.found:,} of {rate.of:,})"


def _line(name: str, kinds: tuple[BeatFigures | BeatMean, ...], rr_error_ms: float | None) -> str:
    values = [value for kind in kinds for value in (kind.sensitivity, kind.positive_predictivity)]
    return name.ljust(8) + "".join(number(value, 2).rjust(9) for value in (*values, rr_error_ms))
