"""The record of a rulebook that passed all checks: what was read from its packs, and what compiling found out.

A record belongs to one engine and one list of packs and overlays, and is used only if every file of every pack still
has the sha256 that the record names. Then no pack can be wrong in a way that has not been looked for, and rules and
tables are read from the record when a lane first needs them. Without a record everything is read and checked as ever.
"""

from __future__ import annotations

import hashlib
import json
import stat
from contextlib import suppress
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from xbcompliance import _cache
from xbcompliance._errors import PackError, shown
from xbcompliance.packs.codec import KeptRows, decoded, encoded, encoded_rows
from xbcompliance.packs.later import Later, LaterMapping
from xbcompliance.packs.model import Pack
from xbcompliance.packs.read import loose_tables, optional_files, read_pack
from xbcompliance.packs.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from xbcompliance.packs.declarations import Form
    from xbcompliance.packs.model import Rule
    from xbcompliance.packs.rulebook import Rulebook

FORMAT: Final = "xbrecord/1"
_ELSEWHERE: Final = frozenset({"folder", "rules", "forms", "tables"})
"""Fields of a pack that its description in a record leaves out."""
_WRITTEN: Final = tuple(field.name for field in fields(Pack) if field.name not in _ELSEWHERE)


class Place(NamedTuple):
    """Where the record of a rulebook is, or would be."""

    folder: Path
    name: str
    packs: tuple[Path, ...]


class Kept(NamedTuple):
    """What a record gives back; ``facts`` is what compiling found out."""

    packs: tuple[Pack, ...]
    rules: Mapping[str, Rule]
    tables: Mapping[str, Table]
    forms: Mapping[str, Form]
    replaced: Mapping[str, str]
    facts: Mapping[str, Any]


def place_of(packs: Sequence[tuple[Path, str]], overlays: Iterable[Path]) -> Place | None:
    """The place for a rulebook of these packs (folder and label) and overlays; None where nothing is kept."""
    folder, mark = _cache.cache_folder(), _cache.engine_mark()
    if folder is None or mark is None:
        return None
    above = []
    for path in overlays:
        if not path.is_file():  # a pipe can be read but once
            return None
        try:
            above.append((str(path), hashlib.sha256(path.read_bytes()).hexdigest()))
        except OSError:
            return None
    named = [(str(path), label) for path, label in packs]
    name = hashlib.sha256(json.dumps([FORMAT, mark, named, above]).encode()).hexdigest()
    return Place(folder, name, tuple(path for path, _ in packs))


def restored(place: Place, packs: Sequence[tuple[Path, str]]) -> Kept | None:
    """The record of a rulebook; None if there is none or a file of a pack is another now."""
    raw = _cache.read(place.folder, place.name)
    if raw is None:
        return None
    first, *lines = raw.split(b"\n")
    contents = json.loads(first)
    for (folder, _), described in zip(packs, contents["packs"], strict=True):
        if not _unchanged(folder, described["pack"]["files"]):
            return None

    def part(line: int) -> Any:
        return decoded(json.loads(lines[line]))

    def table(described: list[Any]) -> Table:
        name, line, *signature = described
        keys, type_, at = map(decoded, signature)
        return Table(name, keys, type_, KeptRows(lines[line], type_), True, at)

    return Kept(
        packs=tuple(_pack(*found, part) for found in zip(packs, contents["packs"], strict=True)),
        rules=LaterMapping(contents["rules"], part),
        tables=LaterMapping({described[0]: described for described in contents["tables"]}, table),
        forms=LaterMapping(contents["forms"], part),
        replaced=contents["replaced"],
        facts=contents["facts"],
    )


def keep(book: Rulebook, facts: Mapping[str, Any]) -> None:
    """Writes the record of a rulebook that was read from files and has passed all checks."""
    if book.place is not None and book.checked is None:
        with suppress(TypeError):  # a pack with something in it that records do not know is read again each time
            _cache.write(book.place.folder, book.place.name, _record(book, book.place, facts))


def _record(book: Rulebook, place: Place, facts: Mapping[str, Any]) -> bytes:
    by_folder = {pack.folder: pack for pack in book.packs.values()}
    lines: list[str] = []
    written: dict[int, int] = {}

    def line(value: Any) -> int:
        """The line of a value; the rule of a pack is mostly also that of the rulebook."""
        if id(value) not in written:
            written[id(value)] = len(lines)
            lines.append(_json(encoded(value)))
        return written[id(value)]

    def rows(table: Table) -> int:
        lines.append(encoded_rows(table.rows))
        return len(lines) - 1

    contents = {
        "packs": [
            {
                "pack": {name: encoded(getattr(pack, name)) for name in _WRITTEN},
                "rules": {name: line(rule) for name, rule in pack.rules.items()},
                "forms": {name: line(form) for name, form in pack.forms.items()},
            }
            for pack in map(by_folder.__getitem__, place.packs)
        ],
        "rules": {name: line(rule) for name, rule in book.rules.items()},
        "tables": [
            [table.name, rows(table), encoded(table.keys), encoded(table.type), encoded(table.at)]
            for table in book.tables.values()
        ],
        "forms": {name: line(form) for name, form in book.forms.items()},
        "replaced": dict(book.replaced),
        "facts": dict(facts),
    }
    return "\n".join((_json(contents), *lines)).encode(errors="surrogatepass")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _pack(where: tuple[Path, str], described: dict[str, Any], part: Any) -> Pack:
    folder, label = where
    written = {name: decoded(value) for name, value in described["pack"].items()}
    return Pack(
        **written,
        folder=folder,
        rules=LaterMapping(described["rules"], part),
        forms=LaterMapping(described["forms"], part),
        tables=Later(partial(_tables_again, folder, label, written["digest"])),
    )


def _tables_again(folder: Path, label: str, digest: str) -> tuple[Table, ...]:
    """The rows of a pack as its files have them, which only tools look at: the files must be those of the record."""
    pack = read_pack(folder, label)
    if pack.digest != digest:
        expected = "the files it was loaded from; load the rulebook again"
        raise PackError("XB-PACK-006", pack.at, found=f"another {shown(pack.id)}", expected=expected)
    return tuple(pack.tables)


def _unchanged(folder: Path, files: Mapping[str, str]) -> bool:
    """Whether a folder holds the files of a record, plain ones of the same content, and no other that would count."""
    try:
        if not {*optional_files(folder), *loose_tables(folder)} <= files.keys():
            return False
        for name, digest in files.items():
            path = folder / name
            if not stat.S_ISREG(path.lstat().st_mode):  # a link or a pipe is left to the full reading
                return False
            if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
                return False
    except OSError:
        return False
    return True
