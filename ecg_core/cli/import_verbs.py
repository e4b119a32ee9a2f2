"""`import PATH...` and `collections [list | use | rename | delete | patient | leads | annotator]`."""

import argparse
import os
from pathlib import Path

from ecg_core import workspace
from ecg_core.cli.output import add_json, emit, place, tell_over
from ecg_core.data import sources
from ecg_core.data.importing import collection as stored
from ecg_core.data.importing.inspected import LEAVE_OUT, UNITS, Choice, Choices, Inspected
from ecg_core.text import seconds
from ecg_core.typed_json import JsonObject, to_json

DEFAULT_NAME = "My recordings"


def add(verb: str, parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Complete the parser of the verb."""
    if verb == "import":
        _add_import(parser)
    else:
        _add_collections(parser, common)


def _add_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", type=place, metavar="PATH", help="a file, a folder, or a zip")
    parser.add_argument("--collection", default=DEFAULT_NAME, metavar="NAME", help="where to (default: %(default)s)")
    parser.add_argument(
        "--rate",
        type=float,
        metavar="HZ",
        help="samples a second, where the file does not say; for one CSV, over its times",
    )
    parser.add_argument("--unit", choices=UNITS, help="unit of the values, where the file does not say")
    parser.add_argument("--leads", help=f"names of the leads in the order of the file; {LEAVE_OUT} leaves one out")
    parser.add_argument("--patient", metavar="ID", help="whose recordings they are")
    parser.add_argument(
        "--dry-run", action="store_true", help="look only: what is there, what is missing, what is wrong"
    )
    add_json(parser)
    parser.set_defaults(run=_import)


def _add_collections(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    add_json(parser)
    parser.set_defaults(run=_list)
    kinds = parser.add_subparsers(dest="collections")
    every = kinds.add_parser("list", parents=[common], help="all collections (also without a word)")
    every.set_defaults(run=_list)
    use = kinds.add_parser("use", parents=[common], help="make one the data in use")
    use.add_argument("name")
    use.set_defaults(run=_use)
    rename = kinds.add_parser("rename", parents=[common], help="give one another name")
    rename.add_argument("name")
    rename.add_argument("new")
    rename.set_defaults(run=_rename)
    delete = kinds.add_parser("delete", parents=[common], help="remove one, or a record of it, for good")
    delete.add_argument("name")
    delete.add_argument("--record", help="remove this record only")
    delete.set_defaults(run=_delete)
    patient = kinds.add_parser("patient", parents=[common], help="say whose a record is")
    patient.add_argument("name")
    patient.add_argument("record")
    patient.add_argument("patient", nargs="?", help="without it: nobody knows")
    patient.set_defaults(run=_patient)
    leads = kinds.add_parser("leads", parents=[common], help="name the leads of a record")
    leads.add_argument("name")
    leads.add_argument("record")
    leads.add_argument("leads", help="such as II,V1")
    leads.set_defaults(run=_leads)
    annotator = kinds.add_parser("annotator", parents=[common], help="say which annotations count")
    annotator.add_argument("name")
    annotator.add_argument("annotator", nargs="?", metavar="EXT", help="such as q1c; without it: the reference's")
    annotator.add_argument("--record", help="of this record only")
    annotator.set_defaults(run=_annotator)


def _choices(options: argparse.Namespace) -> Choices:
    leads = tuple(lead.strip() for lead in options.leads.split(",")) if options.leads else ()
    choice = Choice(options.rate, options.unit, leads, options.patient)
    match options.paths:
        case [path] if path.is_file():  # of a zip, which may hold several, this names none
            return Choices(choice, {path.name: choice})
    return Choices(choice)


def _import(options: argparse.Namespace) -> int:
    if options.dry_run:
        return _look(options)
    from ecg_core.data.importing.importer import import_files

    report = import_files(
        options.paths,
        options.collection,
        _choices(options),
        lambda source, done, of: tell_over(f"{source}  {done} of {of} files"),
    )
    tell_over("")
    lines = [f"{one.source} -> {one.record}" + _after((*one.doubts, *one.notes)) for one in report.imported]
    lines += [f"{one.source} was there already, as {one.record}" for one in report.already]
    lines += [f"not brought in: {one.source}: {one.reason}" for one in report.refused]
    if report.ignored:
        lines.append(f"{len(report.ignored)} other files are no recordings: {', '.join(report.ignored[:5])}")
    count = len(report.imported)
    lines.append(f"{count} recording{'' if count == 1 else 's'} brought into {report.collection}")
    if report.folder:
        lines.append(f'To work on them: python -m ecg_core collections use "{report.collection}"')
    emit(to_json(report), options.json, "\n".join(lines))
    return 1 if report.refused or not (report.imported or report.already) else 0


def _look(options: argparse.Namespace) -> int:
    from ecg_core.data.importing.inspect import inspect, without_parts

    choices = _choices(options)
    items = [item for path in without_parts(options.paths) for item in inspect(path, choices)]
    value: list[JsonObject] = [{**to_json(item), "ready": item.ready, "duration_s": item.duration_s} for item in items]
    emit({"files": value}, options.json, "\n".join(line for item in items for line in _lines_of(item)))
    return 0 if all(item.ready for item in items) else 1


def _lines_of(item: Inspected) -> list[str]:
    duration = seconds(item.duration_s) if item.duration_s is not None else ""
    facts = [item.kind, duration, f"{item.rate:g} Hz" if item.rate else "", ", ".join(item.leads), item.unit]
    lines = [f"{item.source}  " + "  ".join(fact for fact in facts if fact)]
    if item.problem:
        lines.append(f"  {item.problem}")
    if item.start:
        lines.append(f"  start {item.start}")
    if item.annotators:
        lines.append(f"  annotations: {', '.join(item.annotators)}")
    if item.patient:
        lines.append(f"  patient {item.patient}")
    lines += [f"  left out: {channel.label or '(no label)'}: {channel.left_out}" for channel in item.left_out]
    return lines + [f"  {note}" for note in (*item.doubts, *item.notes)]


def _after(notes: tuple[str, ...]) -> str:
    return "".join(f"\n  {note}" for note in notes)


def _list(options: argparse.Namespace) -> int:
    chosen = workspace.settings()
    named = chosen.get("collection") or os.environ.get(sources.VARIABLE) or chosen.get("data_folder")
    used = Path(str(named)).resolve() if named else None
    value: list[JsonObject] = []
    lines = []
    for one in stored.collections():
        in_use = one.folder.resolve() == used
        value.append(
            {
                "name": one.name,
                "folder": str(one.folder),
                "created": one.created,
                "in_use": in_use,
                "problem": one.problem,
                "records": to_json(one.entries),
            }
        )
        count = len(one.records)
        lines.append(f"{one.name}  {count} record{'' if count == 1 else 's'}" + ("  (in use)" if in_use else ""))
        if one.problem:
            lines.append(f"  {one.problem}")
    text = "\n".join(lines) or "No collection yet: python -m ecg_core import PATH"
    emit({"collections": value}, options.json, text)
    return 0


def _use(options: argparse.Namespace) -> int:
    collection = stored.collection_named(options.name)
    sources.use_collection(collection.folder)
    source = sources.current_source()
    emit({"name": collection.name, "label": source.label, "folder": str(source.folder)}, options.json, source.label)
    return 0


def _rename(options: argparse.Namespace) -> int:
    collection = stored.rename_collection(options.name, options.new)
    emit(
        {"name": collection.name, "folder": str(collection.folder)},
        options.json,
        f"It is called {collection.name} now.",
    )
    return 0


def _delete(options: argparse.Namespace) -> int:
    if options.record:
        collection = stored.delete_record(options.name, options.record)
        text = f"{options.record} is removed from {collection.name}."
    else:
        collection = stored.delete_collection(options.name)
        text = f"{collection.name} is removed."
    emit({"name": collection.name, "record": options.record}, options.json, text)
    return 0


def _patient(options: argparse.Namespace) -> int:
    stored.set_patient(options.name, options.record, options.patient)
    text = (
        f"{options.record} is of {options.patient}." if options.patient else f"Nobody knows whose {options.record} is."
    )
    emit({"record": options.record, "patient": options.patient}, options.json, text)
    return 0


def _leads(options: argparse.Namespace) -> int:
    leads = tuple(lead.strip() for lead in options.leads.split(","))
    stored.rename_leads(options.name, options.record, leads)
    emit(
        {"record": options.record, "leads": leads}, options.json, f"The leads of {options.record}: {', '.join(leads)}."
    )
    return 0


def _annotator(options: argparse.Namespace) -> int:
    records = stored.set_annotator(options.name, options.annotator, options.record)
    whose = f"Annotations {options.annotator} count" if options.annotator else "The reference counts"
    text = f"{whose} in {len(records)} record{'' if len(records) == 1 else 's'}: {', '.join(records)}."
    emit({"annotator": options.annotator, "records": list(records)}, options.json, text)
    return 0
