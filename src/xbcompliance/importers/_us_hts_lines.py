"""The rows of a Harmonized Tariff Schedule export, CSV or JSON, each with the rates that hold for it.

Both layouts of the service say the same under other names. A row without rates has those of the nearest row above it
that is indented less and has some: column 1 (general and special together) and column 2 each for itself.

>>> from xbcompliance.importers._files import InputFile
>>> raw = b'[{"htsno": "6109.10.00", "indent": "1", "general": "16.5%", "special": "", "other": "90%"},'
>>> raw += b'{"htsno": "6109.10.00.04", "indent": "2", "general": "", "special": null, "other": ""}]'
>>> for line in lines(InputFile("hts.json", "key", "", len(raw), raw), []):
...     print(line.code, line.column_1, line.column_2, line.rates_from)
61091000 ('16.5%', '') 90% 61091000
6109100004 ('16.5%', '') 90% 61091000
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from xbcompliance._errors import InputError, shown
from xbcompliance.importers._files import MAX_SHOWN, InputFile, excerpt, table
from xbcompliance.importers._model import Unread

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CSV: Final = {
    "HTS Number": "htsno",
    "Indent": "indent",
    "Description": "description",
    "Unit of Quantity": "units",
    "General Rate of Duty": "general",
    "Special Rate of Duty": "special",
    "Column 2 Rate of Duty": "other",
    "Quota Quantity": "quotaQuantity",
    "Additional Duties": "additionalDuties",
}
"""The columns of the CSV layout and the JSON keys that say the same."""
NEEDED: Final = ("HTS Number", "Indent", "General Rate of Duty", "Special Rate of Duty", "Column 2 Rate of Duty")
_CODE: Final = re.compile(r"[0-9]{4}(?:\.[0-9]{2}){0,3}")
_INDENT: Final = re.compile(r"[0-9]{1,2}")
_BROKEN_WORD: Final = re.compile(r"(?<=[a-z])- (?=[a-z])")


@dataclass(frozen=True, slots=True)
class Line:
    """A row that has a code: ``column_1`` is general and special, ``printed`` what stands in the row itself.

    ``where`` is for people, ``place`` for the locator of rows. ``rates_from`` is the code, or the place, of the row
    whose column 1 holds.
    """

    code: str
    column_1: tuple[str, str]
    column_2: str
    where: str
    place: str
    file: InputFile
    text: str
    indent: int = 0
    rates_from: str = ""
    description: str = ""
    units: tuple[str, ...] = ()
    printed: tuple[str, str, str] = ("", "", "")
    quota: str = ""
    additional: str = ""
    footnotes: str = ""


@dataclass(slots=True)
class _Above:
    """The rows above the present one that are indented less, each with its own rates or none."""

    rows: list[tuple[int, Line]] = field(default_factory=list)

    def inherit(self, line: Line) -> Line:
        """The line with the rates that hold for it; it then stands above what follows."""
        while self.rows and self.rows[-1][0] >= line.indent:
            self.rows.pop()
        general, special, column_2 = line.printed
        named = replace(line, rates_from=line.code or line.place)
        if not general and not special:
            above = self._nearest(lambda one: any(one.column_1))
            named = replace(
                line, column_1=above.column_1 if above else ("", ""), rates_from=above.rates_from if above else ""
            )
        if not column_2:
            above = self._nearest(lambda one: bool(one.column_2))
            named = replace(named, column_2=above.column_2 if above else "")
        self.rows.append((line.indent, named))
        return named

    def _nearest(self, has_rates: Any) -> Line | None:
        return next((one for _, one in reversed(self.rows) if has_rates(one)), None)


def lines(file: InputFile, unread: list[Unread]) -> Iterator[Line]:
    """The rows of a file that have a code. ``InputError`` XB-IN-071 if it is neither layout."""
    start = file.content()[:64].lstrip()
    above = _Above()
    for where, place, row, text in _json(file, unread) if start.startswith(b"[") else _csv(file, unread):
        code, indent = row["htsno"], row["indent"]
        problem = "" if _INDENT.fullmatch(indent) else f"found the indent {shown(indent)}, expected a number"
        if code and not _CODE.fullmatch(code):
            problem = f"found the HTS number {shown(code)}, expected 4 to 10 digits in pairs, as in 6109.10.00"
        if problem:
            unread.append(Unread(where, problem, text))
            continue
        general, special, other = (_words(row[name]) for name in ("general", "special", "other"))
        line = above.inherit(
            Line(
                code.replace(".", ""), (general, special), other, where, place, file, text, int(indent),
                description=row["description"], units=_units(row["units"]), printed=(general, special, other),
                quota=row["quotaQuantity"], additional=row["additionalDuties"], footnotes=row["footnotes"],
            )
        )  # fmt: skip
        if line.code:
            yield line


_Found = tuple[str, str, dict[str, str], str]


def _csv(file: InputFile, unread: list[Unread]) -> Iterable[_Found]:
    for number, cells in table(file, NEEDED, unread):
        row = {key: cells.get(name, "") for name, key in CSV.items()}
        yield f"{file.name}:{number}", str(number), {**row, "footnotes": ""}, excerpt(cells)


def _json(file: InputFile, unread: list[Unread]) -> Iterable[_Found]:
    try:
        objects = json.loads(file.content())
    except (ValueError, RecursionError) as error:
        raise InputError("XB-IN-071", file.name, found=str(error)[:MAX_SHOWN], expected="one JSON document") from None
    if not any(isinstance(one, dict) and {"htsno", "indent", "general"} <= set(one) for one in objects):
        expected = "a list of objects with htsno, indent, general, special and other"
        raise InputError("XB-IN-071", file.name, found=shown(objects), expected=expected)
    for index, one in enumerate(objects):
        where, text = f"{file.name}:[{index}]", json.dumps(one, ensure_ascii=False)[:MAX_SHOWN]
        wrong = _wrong(one)
        if wrong:
            unread.append(Unread(f"{where}{wrong[0]}", wrong[1], text))
        else:
            row = {key: str(one.get(key) or "").strip() for key in CSV.values()}
            row |= {"units": json.dumps(one.get("units") or []), "indent": str(one["indent"]).strip()}
            yield where, f"[{index}]", {**row, "footnotes": _footnotes(one.get("footnotes") or [])}, text


def _wrong(one: Any) -> tuple[str, str] | None:
    """The path within an object that is not as the layout has it, and why; None if all is well."""
    if not isinstance(one, dict):
        return "", f"found {shown(one)}, expected an object"
    for key in ("htsno", "indent", "general", "special", "other"):
        if not isinstance(one.get(key), str) and (key in ("htsno", "indent") or one.get(key) is not None):
            return f".{key}", f"found {shown(one.get(key))}, expected a text"
    return None


def _footnotes(notes: Any) -> str:
    """The footnotes of an object, each with the columns it stands at."""
    told = [note for note in notes if isinstance(note, dict)] if isinstance(notes, list) else []
    columns = [", ".join(map(str, one["columns"])) if isinstance(one.get("columns"), list) else "" for one in told]
    return "; ".join(f"{names}: {one.get('value') or ''}".strip(": ") for names, one in zip(columns, told, strict=True))


def _units(cell: str) -> tuple[str, ...]:
    """Units of quantity: a list as JSON, or one unit as it is.

    >>> _units('["No.","kg"]'), _units("kg"), _units("")
    (('No.', 'kg'), ('kg',), ())
    """
    try:
        units = json.loads(cell) if cell.startswith("[") else [cell]
    except (ValueError, RecursionError):
        units = [cell]
    return tuple(unit for unit in units if isinstance(unit, str) and unit)


def _words(text: str) -> str:
    """A rate in one line, words that the print broke put together.

    >>> _words("$2.50/thou- sand  + 40%")
    '$2.50/thousand + 40%'
    """
    return _BROKEN_WORD.sub("", " ".join(text.split()))
