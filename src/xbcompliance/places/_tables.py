"""The four tables of places as rows of text with days: read, checked cell by cell, nothing interpreted.

>>> row = given("countries", [{"code": "HR", "name": "Croatia", "currency": "EUR", "from": "2023-01-01"}])[0]
>>> row.cells["currency"], date.fromordinal(row.first).isoformat(), row.last == FOREVER
('EUR', '2023-01-01', True)
"""

from __future__ import annotations

import csv
import re
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

from xbcompliance._errors import Location, PackError, did_you_mean, shown
from xbcompliance.timeline import FOREVER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

ALWAYS: Final = date.min.toordinal()
"""The first day of a row that states none."""
ANSWERS: Final = {"yes": True, "no": False}
"""What the cell ``member`` may say."""

_DATED: Final = ("from", "until", "source", "status")
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "countries": ("code", "name", "adjective", "currency", "time_zone", *_DATED),
    "regions": ("region", "name", "country", "postal", "subdivision", "time_zone", *_DATED),
    "aliases": ("country", "postal", "subdivision", "stands_for", *_DATED),
    "members": ("territory", "place", "member", *_DATED),
}
"""The tables and their columns, in order."""
_NEEDED: Final = {
    "countries": ("code", "name"),
    "regions": ("region", "name", "country"),
    "aliases": ("country", "stands_for"),
    "members": ("territory", "place", "member"),
}
_STATUSES: Final = frozenset({"", "verified", "recalled_high", "recalled_medium", "open"})
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_BEGINNING = re.compile(r"[A-Z0-9]+\Z")
_RANGE = re.compile(r"([0-9]{1,5})-([0-9]{1,5})\Z")


class Row(NamedTuple):
    """One line of a table: its cells as text, its first and last day as ordinals, where it stands."""

    cells: dict[str, str]
    first: int
    last: int
    where: Location


def read(path: Path, table: str) -> list[Row]:
    """The rows of a CSV file in UTF-8 whose first line names the columns, in any order.

    Raises ``PackError`` XB-PACK-050 for a file that cannot be read, 051 for its columns, 052 for a row with a wrong
    number of cells, 053 for a cell.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else "cannot be read"
        raise PackError("XB-PACK-050", Location(str(path), 1, 1), message=f"the file {reason}") from error
    lines = text.split("\n")
    header: list[str] = []
    rows = []
    for number, cells in _records(lines, path):
        where = Location(str(path), number, 1)
        if not header:
            header = cells
            _check_columns(header, table, where)
        elif len(cells) != len(header):
            raise PackError("XB-PACK-052", where, found=f"{len(cells)} cells", expected=f"{len(header)}")
        else:
            rows.append(_row(table, dict(zip(header, cells, strict=True)), where, lines[number - 1]))
    if not header:
        _check_columns(header, table, Location(str(path), 1, 1))
    return rows


def given(table: str, rows: Iterable[Mapping[str, str]]) -> list[Row]:
    """The same from rows in hand; a missing cell is empty, the location counts rows from 1.

    Raises ``PackError`` XB-PACK-051 or 053.
    """
    out = []
    for number, cells in enumerate(rows, 1):
        where = Location(table, number, 1)
        for name in cells:
            _check_name(name, table, where)
        out.append(_row(table, {name: cells.get(name, "") for name in COLUMNS[table]}, where, ""))
    return out


def codes(postal: str) -> Iterator[str]:
    """The beginnings of postal codes that a cell ``postal`` lists, its ranges spelled out.

    >>> list(codes("6691 6991-6993"))
    ['6691', '6991', '6992', '6993']
    """
    for item in postal.split():
        bounds = _RANGE.match(item)
        if bounds is None:
            yield item
        else:
            yield from (str(code).zfill(len(bounds[1])) for code in range(int(bounds[1]), int(bounds[2]) + 1))


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo | None:
    """A zone of the IANA database, or None.

    >>> zone("Europe/Berlin"), zone("Europe/Atlantis")
    (zoneinfo.ZoneInfo(key='Europe/Berlin'), None)
    """
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # ZoneInfo raises each of them for one kind of bad name
        return None


def _records(lines: list[str], path: Path) -> Iterator[tuple[int, list[str]]]:
    """The non-empty lines with their numbers; a row never spans lines, so that a location is a line."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield number, next(csv.reader([line], strict=True))
            except csv.Error as error:
                where = Location(str(path), number, 1)
                raise PackError("XB-PACK-052", where, message=f"the line is not CSV: {error}") from error


def _column(line: str, index: int) -> int:
    """The character, from 1, at which a cell begins."""
    cell, quoted = 0, False
    for position, character in enumerate(line, 1):
        if cell == index:
            return position
        if character == '"':
            quoted = not quoted
        elif character == "," and not quoted:
            cell += 1
    return len(line) + 1


def _check_columns(header: list[str], table: str, where: Location) -> None:
    for name in header:
        _check_name(name, table, where)
    missing = [name for name in COLUMNS[table] if name not in header]
    if missing or len(set(header)) != len(header):
        expected = f"each of {', '.join(COLUMNS[table])} once"
        raise PackError("XB-PACK-051", where, found=shown(",".join(header)), expected=expected)


def _check_name(name: str, table: str, where: Location) -> None:
    if name not in COLUMNS[table]:
        expected = f"one of {', '.join(COLUMNS[table])}"
        hint = did_you_mean(name, COLUMNS[table])
        raise PackError("XB-PACK-051", where, found=f"column {shown(name)}", expected=expected, hint=hint)


def _row(table: str, cells: dict[str, str], where: Location, line: str) -> Row:
    first, last = _day(cells["from"], ALWAYS), _day(cells["until"], FOREVER)
    for name, text in cells.items():
        expected = "something" if name in _NEEDED[table] and not text else _expected(name, text)
        if name == "until" and not expected and first is not None and last is not None and first > last:
            expected = f"no day before {cells['from']}"
        if expected:
            raise PackError(
                "XB-PACK-053",
                where._replace(column=_column(line, list(cells).index(name))),
                found=f"{name} {shown(text)}",
                expected=expected,
                hint=did_you_mean(text, _STATUSES - {""}) if name == "status" else "",
            )
    return Row(cells, first or ALWAYS, last or FOREVER, where)


def _day(text: str, default: int) -> int | None:
    if not text:
        return default
    try:
        return date.fromisoformat(text).toordinal() if _DAY.match(text) else None
    except ValueError:
        return None


def _expected(name: str, text: str) -> str:
    """What a cell should have been; empty when it is right."""
    if name in ("from", "until") and _day(text, ALWAYS) is None:
        return "a day such as 2021-07-01, or nothing"
    if name == "status" and text not in _STATUSES:
        return "verified, recalled_high, recalled_medium or open"
    if name == "member" and text not in ANSWERS:
        return "yes or no"
    if name == "time_zone" and text and zone(text) is None:
        return "a zone of the IANA database, or nothing"
    if name == "postal" and not all(map(_is_postal, text.split())):
        return "beginnings in capitals and digits, or ranges with bounds of one length such as 9000-9499"
    return ""


def _is_postal(item: str) -> bool:
    bounds = _RANGE.match(item)
    if bounds is None:
        return _BEGINNING.match(item) is not None
    return len(bounds[1]) == len(bounds[2]) and bounds[1] <= bounds[2]
