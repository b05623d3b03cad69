"""The pack folder of an import: written beside its place, then moved there, so that it is never half there.

The bytes depend on the files and the options alone. ``import.json`` says what was imported, ``unread.csv`` what was
not.

>>> scalar('a "quoted" text')
'"a \\\\"quoted\\\\" text"'
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
from datetime import date
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Final

from xbcompliance._errors import InputError
from xbcompliance.importers._model import Report, Rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

    from xbcompliance.importers._files import InputFile
    from xbcompliance.importers._model import Format, Reading, Wanted

RECORD: Final = "import.json"
UNREAD: Final = "unread.csv"


def check_target(
    into: str | PathLike[str], format_name: str, files: Sequence[str | PathLike[str]], force: bool
) -> Path:
    """The folder to write, once it is sure that nothing else is lost. ``InputError`` XB-IN-074 otherwise."""
    target = Path(into)
    if target.is_symlink():
        target = target.resolve()
    if not target.exists():
        return target
    if not target.is_dir():
        raise InputError("XB-IN-074", str(target), found="a file", expected="a folder, or nothing")
    for path in (*files, "."):
        if Path(path).resolve().is_relative_to(target.resolve()):
            found = "a folder that holds the files to import" if path != "." else "the folder you are in"
            raise InputError("XB-IN-074", str(target), found=found, expected="another folder")
    if force or not any(target.iterdir()) or _imported(target) == format_name:
        return target
    found = f"an import of {_imported(target)}" if _imported(target) else "a folder with other things"
    expected = f"an import of {format_name}, or nothing"
    raise InputError("XB-IN-074", str(target), found=found, expected=expected, hint="--force replaces it")


def _imported(folder: Path) -> str | None:
    """The format of the import that lies in a folder, if one does."""
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    name = record.get("format") if isinstance(record, dict) else None
    return name if isinstance(name, str) else None


def write(target: Path, format_: Format, files: Sequence[InputFile], wanted: Wanted, reading: Reading) -> Report:
    """Write the folder of an import and tell what is in it. ``InputError`` XB-IN-073 if nothing could be read."""
    rows = {name: len(table.rows) for name, table in reading.tables.items()}
    if not any(rows.values()) and not reading.alone:
        first = reading.unread[0] if reading.unread else None
        found = f"no row that can be used ({len(reading.unread)} unread)"
        hint = f"the first is {first.where}: {first.reason}" if first else ""
        raise InputError("XB-IN-073", files[0].name, found=found, expected="at least one", hint=hint)
    pack = f"import.{format_.name.replace('-', '_')}.{_digest(files, wanted)}"
    content = _content(pack, format_, files, wanted, reading)
    try:
        _put(target, content)
    except OSError as error:
        raise InputError("XB-IN-074", str(target), message=f"cannot be written: {error.strerror}") from None
    return Report(target, pack, rows, reading.unread, reading.counts, _notes(wanted, reading))


def _digest(files: Sequence[InputFile], wanted: Wanted) -> str:
    words = [file.sha256 for file in files] + [str(wanted.start), str(wanted.until), str(wanted.read)]
    return hashlib.sha256(" ".join(words).encode()).hexdigest()[:12]


def _notes(wanted: Wanted, reading: Reading) -> tuple[str, ...]:
    if wanted.read is not None:
        return ()
    if reading.stated is not None:
        return (f"no --read given: taken as read on {reading.stated}, the last day the files speak of",)
    return (f"no --read given: the pack does not say when its files were read; verified through {wanted.start}",)


def _content(
    pack: str, format_: Format, files: Sequence[InputFile], wanted: Wanted, reading: Reading
) -> dict[str, bytes]:
    tables = {f"tables/{name}.csv": table for name, table in reading.tables.items()}
    unread = Rows(("where", "reason", "text"), [(one.where, one.reason, one.text) for one in reading.unread])
    content = {name: _csv(rows) for name, rows in {**tables, **reading.side, UNREAD: unread}.items()}
    content |= reading.files
    content["pack.yaml"] = _pack(pack, format_, files, wanted, reading).encode()
    record = {
        "format": format_.name,
        "pack": pack,
        "files": [{"name": file.name, "bytes": file.size, "sha256": file.sha256} for file in files],
        "from": _iso(wanted.start),
        "until": _iso(wanted.until),
        "read": _iso(wanted.read),
        "rows": {name: len(table.rows) for name, table in reading.tables.items()},
        "unread": len(reading.unread),
        "counts": dict(reading.counts),
    }
    content[RECORD] = (json.dumps(record, indent=2, ensure_ascii=False) + "\n").encode()
    return content


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _csv(rows: Rows) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(rows.columns)
    writer.writerows(rows.rows)
    return text.getvalue().encode()


def _pack(pack: str, format_: Format, files: Sequence[InputFile], wanted: Wanted, reading: Reading) -> str:
    day = wanted.read or reading.stated
    verified = day or wanted.start
    lines = [
        f"# Written by `xbcompliance import {format_.name}`. Import again instead of editing.",
        "format: xbpack/1",
        f"pack: {pack}",
        f"version: {verified:%Y.%m}.0" if verified else "version: 0",
        "kind: jurisdiction",
        f"title: {scalar(reading.title)}",
        *([f"verified_through: {verified}"] if verified else []),
        "requires: [tables]",
    ]
    known = {file.key: file for file in files}
    cited = {key for table in reading.tables.values() for key in _column(table, "source")} & set(known)
    lines.append("sources:" if cited else "sources: {}")
    for file in known.values():
        if file.key not in cited:  # a source that no row cites would be a mistake elsewhere
            lines.append(f"  # also read: file {scalar(file.name)}, {file.size} bytes, sha256 {file.sha256}")
            continue
        note = f"file {file.name}, {file.size} bytes, sha256 {file.sha256}"
        lines += [f"  {file.key}:", f"    title: {scalar(f'{reading.source}, file {file.name}')}"]
        lines += [f"    id: {scalar(reading.source)}", *([f"    url: {scalar(reading.url)}"] if reading.url else [])]
        lines += [*([f"    read: {day}"] if day else []), f"    note: {scalar(note)}"]
    lines.append("tables:")
    for name, table in reading.tables.items():
        lines += [f"  {name}:", *(["    replaces: true"] if table.replaces else [])]
        lines.append(f"    files: [tables/{name}.csv]")
    return "\n".join(lines) + "\n"


def _column(table: Rows, name: str) -> set[str]:
    at = table.columns.index(name)
    return {row[at] for row in table.rows}


def scalar(text: str) -> str:
    """A text as YAML and JSON both write it."""
    return json.dumps(text, ensure_ascii=False)


def _put(target: Path, content: Mapping[str, bytes]) -> None:
    """Write everything into a new folder, then exchange it for what is at the target."""
    target.parent.mkdir(parents=True, exist_ok=True)
    made = Path(mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    old = made.with_name(made.name + ".old")
    try:
        for name, data in content.items():
            path = made / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
        made.chmod(0o755)  # as mkdir would have made it; mkdtemp keeps others out
        if target.exists():
            target.rename(old)
        try:
            made.rename(target)
        except OSError:
            if old.exists():
                old.rename(target)
            raise
    finally:
        shutil.rmtree(made, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
