"""`data status | download | verify | summary | images`."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ecg_core.cli.output import emit, place, tell_over
from ecg_core.data import catalogue, sources
from ecg_core.data.reader import record_names
from ecg_core.errors import DataError
from ecg_core.workspace import folder_named

if TYPE_CHECKING:
    from ecg_core.data.verify import VerifiedRecord


def add(_verb: str, parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Complete the parser of the verb."""
    kinds = parser.add_subparsers(dest="data", required=True)
    status = kinds.add_parser("status", parents=[common], help="which recordings are in use, and why")
    status.set_defaults(run=_status)
    get = kinds.add_parser("download", parents=[common], help=f"get the {catalogue.TITLE} (94 MB), verified, resumable")
    get.add_argument("--to", type=place, help="folder to put it in (default: the workspace)")
    get.add_argument("--url", default=catalogue.url(), help="where to get it from (default: %(default)s)")
    get.set_defaults(run=_download)
    check = kinds.add_parser("verify", parents=[common], help="compare records with their headers' checksums")
    check.add_argument("--folder", type=place, help="folder to verify (default: the one in use)")
    check.add_argument("--headers", action="store_true", help="of MIT-BIH too, instead of the published sums")
    check.set_defaults(run=_verify)
    count = kinds.add_parser("summary", parents=[common], help="count records, beats, symbols and classes")
    count.set_defaults(run=_summary)
    images = kinds.add_parser("images", parents=[common], help="count a folder of ECG images, one sub-folder a class")
    images.add_argument("folder", type=place)
    images.set_defaults(run=_images)


def _status(options: argparse.Namespace) -> int:
    source = sources.current_source()
    found = {
        "kind": source.kind,
        "label": source.label,
        "folder": str(source.folder),
        "records": len(source.records),
        "simulated": source.simulated,
        "download_complete": sources.download_complete(),
    }
    why = {
        "collection": "a collection that was chosen: `python -m ecg_core collections`",
        "environment": f"named by {sources.VARIABLE}",
        "chosen": "chosen in the app",
        "downloaded": "downloaded from PhysioNet",
        "simulated": "no recordings found: `python -m ecg_core data download` gets real ones",
    }[source.kind]
    emit(found, options.json, f"{source.label}\n{source.folder}\n({why})")
    return 0


def _download(options: argparse.Namespace) -> int:
    from ecg_core.data.download import Progress, download  # requests, which `data status` does without

    def progress(now: Progress) -> None:
        tell_over(f"{now.file}  {now.files_done} of {now.files_total} files, {now.bytes_done / 1e6:.1f} MB")

    folder = folder_named(options.to or sources.download_folder())
    download(folder, options.url, progress)
    tell_over("")
    found = {"folder": str(folder), "files": len(catalogue.published_sums()), "verified": True}
    emit(found, options.json, f"{catalogue.TITLE}: every file verified, in {folder}")
    return 0


def _verify(options: argparse.Namespace) -> int:
    """Compare the records of any folder with their headers, and those called as MIT-BIH's with the published sums."""
    from ecg_core.data.download import verify
    from ecg_core.data.verify import verify_records

    folder = folder_named(options.folder or sources.current_source().folder)
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder.")
    names = record_names(folder)
    published = set(names) <= set(catalogue.record_names())
    if not published or options.headers:
        return _verify_headers(options, folder, verify_records(folder, names, _reading))
    report = verify(folder)
    found = report.to_json()
    wrong = [f"{name}: {state}" for name, state in found["files"].items() if state != "ok"]
    summary = f"{len(found['files']) - len(wrong)} of {len(found['files'])} files of the {catalogue.TITLE} verified"
    emit(found, options.json, "\n".join([*wrong[:20], summary]))
    return 0 if not wrong else 1


def _reading(done: int, of: int) -> None:
    tell_over(f"Reading records: {done} of {of}")


def _verify_headers(options: argparse.Namespace, folder: Path, records: "Sequence[VerifiedRecord]") -> int:
    tell_over("")
    states = {record.name: record.state for record in records}
    problems = {record.name: record.problem for record in records if record.problem}
    counts = {state: list(states.values()).count(state) for state in ("ok", "no checksums", "unreadable")}
    found = {"folder": str(folder), "complete": not problems, "counts": counts, "records": states, "problems": problems}
    lines = [f"{name}: {problem}" for name, problem in problems.items()]
    lines.append(f"{counts['ok']} of {len(records)} records verified by the checksums in their headers")
    if counts["no checksums"]:
        lines.append(f"{counts['no checksums']} can be read, their headers have no checksums to compare")
    if problems:
        lines.append(f"{len(problems)} cannot be read")
    emit(found, options.json, "\n".join(lines))
    return 1 if problems else 0


def _summary(options: argparse.Namespace) -> int:
    from ecg_core.beats.summary import ALL, summarise  # pandas, which `data status` does without
    from ecg_core.data.verify import unreadable

    source = sources.current_source()
    summary = summarise(source.folder, source.records, source.patients)
    lines = [f"{source.label}: {summary.n_beats:,} beats"]
    symbols = summary.by_symbol()
    lines += [f"  {symbol}  {n:>7,}" for symbol, n in zip(symbols["symbol"], symbols["count"], strict=True)]
    for part in (*summary.split.parts, ALL):
        counts = summary.class_counts(part)
        lines.append(f"{part}: " + "  ".join(f"{name} {n:,}" for name, n in counts.items()))
    problems = {**unreadable(source.folder, source.records), **summary.problems}
    lines += [f"{'not counted' if n in summary.problems else 'samples'}: {n}: {why}" for n, why in problems.items()]
    if problems:
        lines.append(f"{len(problems)} of {len(source.records)} records have files that cannot be read")
    emit({**summary.to_json(), "unreadable": problems}, options.json, "\n".join(lines))
    return 1 if problems or not summary.records else 0


def _images(options: argparse.Namespace) -> int:
    from ecg_core.data.image_folder import scan
    from ecg_core.data.image_patients import image_patients, patients_sentence
    from ecg_core.tasks.image_form import form_sentence

    found = scan(options.folder, lambda done, of: tell_over(f"Reading images: {done} of {of}"))
    tell_over("")
    wide, high = found.size
    lines = [f"{found.n_images:,} images of {wide} x {high} pixels; largest class {found.imbalance:.1f} x the smallest"]
    lines += [f"  {name}: {count:,}" for name, count in found.counts.items()]
    lines += [f"left out: {one.path}: {one.reason}" for one in found.rejected]
    if found.form:
        lines.append(form_sentence(found))
    whose = image_patients(found)
    lines.append(patients_sentence(whose))
    n_patients = whose.n_patients if whose else None
    emit({**found.to_json(), "n_patients": n_patients}, options.json, "\n".join(lines))
    return 0
