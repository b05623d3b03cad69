"""VAT rates by CN code from the Commission's rate service: what each member state states, and what follows from it.

The file is the service's answer as JSON: a list of statements, each with member state, type and value of the rate, the
day of the situation, CN and CPA codes, category and comment. All of them go into ``statements.csv``. The table
``eu.vat.rates_by_code`` has one row for each state, code and situation: the rate where the code alone settles it, else
``?`` with what is stated in the note.

A code settles the rate if one statement on it, or on a code it begins with, is unconditional and no other statement on
these codes or on a finer one names another rate. A statement is unconditional if it has no comment, no CPA code, no
*ex*, is a rate and not an exemption, and its category says no more than the code does, which is law and stands in the
pack ``eu.tedb_categories``.

>>> plain_comment("<p>VAT - Import - Annex 2&nbsp;of the Act</p>")
('Import', 'Annex 2 of the Act')
"""

from __future__ import annotations

import html
import json
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from xbcompliance._errors import InputError, shown
from xbcompliance.importers._files import MAX_SHOWN, InputFile
from xbcompliance.importers._model import Reading, Rows, Unread, Wanted
from xbcompliance.money import plain, scaled
from xbcompliance.packs.read import read_pack
from xbcompliance.packs.rulebook import data_folder
from xbcompliance.packs.table_files import OPEN, typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

COLUMNS: Final = ("place", "code", "from", "until", "value", "source", "locator", "status", "note")
STATEMENTS: Final = (
    *("place", "code", "situation", "percent", "type", "category", "cpa", "unless", "comment", "path", "file"),
)
MAX_NOTE: Final = 600
_CODE: Final = re.compile(r"(ex )?([0-9]{2}(?:[0-9]{2}){0,4})")
_PREFIX: Final = re.compile(r"VAT - ([^-]{1,60}) - ?")
_TAG: Final = re.compile(r"<[^<>]*>")
_PLACES: Final = {"EL": "GR"}
_RATES: Final = ("DEFAULT", "REDUCED_RATE", "SUPER_REDUCED_RATE", "PARKING_RATE")


@dataclass(frozen=True, slots=True)
class Statement:
    """One rate for one code as stated.

    ``percent`` is None where it is no rate, ``unless`` says what makes it conditional.
    """

    place: str
    code: str
    situation: date
    percent: str | None
    type: str
    category: str
    cpa: str
    unless: str
    comment: str
    path: str
    file: InputFile

    @property
    def value(self) -> str | None:
        """The rate as a fraction of one."""
        return None if self.percent is None else fraction(self.percent)


def fraction(percent: str) -> str:
    """A percentage as a fraction of one; ``ValueError`` if it is none.

    >>> fraction("5.5"), fraction("10.0")
    ('0.055', '0.1')
    """
    return plain(scaled(percent, 6), 8)


def read(files: Sequence[InputFile], wanted: Wanted) -> Reading:
    """Rows of ``eu.vat.rates_by_code`` and the statements they come from."""
    settled = settled_categories()
    unread: list[Unread] = []
    statements = [one for file in files for one in _statements(file, settled, unread)]
    rows = _rows(statements, wanted)
    certain = sum(row[4] != OPEN for row in rows)
    return Reading(
        title="VAT rates of member states by CN code, as stated to the Commission",
        source="European Commission, Taxes in Europe Database, VAT rates",
        tables={"eu.vat.rates_by_code": Rows(COLUMNS, rows, replaces=True)},
        unread=unread,
        stated=max((one.situation for one in statements), default=None),
        side={"statements.csv": Rows(STATEMENTS, [_cells(one) for one in statements])},
        counts={
            "statements": len({(one.file.name, one.path) for one in statements}),
            "statements without a CN code": sum(not one.code for one in statements),
            "codes stated": sum(bool(one.code) for one in statements),
            "rows with a rate": certain,
            "open rows": len(rows) - certain,
        },
    )


def settled_categories() -> frozenset[str]:
    """The categories whose words say no more than the codes under them.

    >>> sorted(settled_categories())[:2]
    ['BICYCLES_ELECTRIC', 'BOOKS']
    """
    table = read_pack(data_folder("jurisdictions") / "eu" / "tedb_categories").tables[0]
    return frozenset(row.keys[0] for row in typed(table, table.rows) if row.value is True)


# --- the file


def _statements(file: InputFile, settled: frozenset[str], unread: list[Unread]) -> Iterable[Statement]:
    try:
        document = json.loads(file.content(), parse_float=str, parse_int=str)
    except (ValueError, RecursionError) as error:
        raise InputError("XB-IN-071", file.name, found=str(error)[:MAX_SHOWN], expected="one JSON document") from None
    results = document.get("vatRateResults") if isinstance(document, dict) else None
    if not isinstance(results, list):
        raise InputError("XB-IN-071", file.name, found=shown(document), expected="an object with a list vatRateResults")
    for index, result in enumerate(results):
        path = f"vatRateResults[{index}]"
        try:
            yield from _of_result(file, result, path, settled, unread)
        except _NotReadableError as problem:
            text = json.dumps(result, ensure_ascii=False)[:MAX_SHOWN]
            unread.append(Unread(f"{file.name}:{path}{problem.args[0]}", problem.args[1], text))


class _NotReadableError(Exception):
    """Path within a result, and why it cannot be read."""


def _of_result(
    file: InputFile, result: Any, path: str, settled: frozenset[str], unread: list[Unread]
) -> Iterable[Statement]:
    rate = _at(result, "rate", dict)
    kind, situation = _at(rate, "type", str, ".rate"), _day(_at(result, "situationOn", str))
    state = _at(result, "memberState", str)
    if not re.fullmatch("[A-Z]{2}", state):
        raise _NotReadableError(".memberState", f"found {shown(state)}, expected two capital letters")
    percent = _percent(rate.get("value")) if kind in _RATES else None
    category = _at(result, "category", dict).get("identifier") if result.get("category") is not None else ""
    scope, comment = plain_comment(result["comment"]) if isinstance(result.get("comment"), str) else ("", "")
    cpa = " ".join(text for _, text in _codes(result, "cpaCodes"))
    reasons = [f"it is {kind}"] if percent is None else []
    reasons += [f"only {scope}"] if scope else []
    reasons += ["it has a comment"] if comment else []
    reasons += ["it has CPA codes"] if cpa else []
    reasons += ["its category says more than the code"] if str(category) not in settled else []
    codes = _codes(result, "cnCodes")
    for place, text in codes or [("", "")]:
        found = _CODE.fullmatch(" ".join(text.split()).replace(" ", "").replace("ex", "ex ", 1)) if text else None
        if text and found is None:
            reason = f"found {shown(text)}, expected a CN code of 2 to 10 digits"
            unread.append(Unread(f"{file.name}:{path}{place}", reason, f"{state} {category} {percent}"[:MAX_SHOWN]))
            continue
        unless = [*reasons, *(["it is for a part of the code (ex)"] if found and found[1] else [])]
        yield Statement(
            _PLACES.get(state, state), found[2] if found else "", situation, percent, kind, str(category), cpa,
            "; ".join(unless), comment, path, file,
        )  # fmt: skip


def _at(value: Any, key: str, type_: type, path: str = "") -> Any:
    found = value.get(key) if isinstance(value, dict) else None
    if not isinstance(found, type_):
        raise _NotReadableError(
            f"{path}.{key}", f"found {shown(found)}, expected {'a text' if type_ is str else 'an object'}"
        )
    return found


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise _NotReadableError(".situationOn", f"found {shown(text)}, expected a day") from None


def _percent(value: Any) -> str:
    try:
        if isinstance(value, str) and 0 <= scaled(value, 6) <= 100_000_000:
            return plain(scaled(value, 6), 6)
    except ValueError:
        pass
    raise _NotReadableError(".rate.value", f"found {shown(value)}, expected a percentage")


def _codes(result: dict[str, Any], key: str) -> list[tuple[str, str]]:
    """The codes of a list with their paths; a list that is null holds none."""
    if result.get(key) is None:
        return []
    codes = _at(result[key], "code", list, f".{key}")
    out = []
    for index, code in enumerate(codes):
        path = f".{key}.code[{index}]"
        out.append((f"{path}.value", _at(code, "value", str, path)))
    return out


def plain_comment(text: str) -> tuple[str, str]:
    """A comment without its markup, after the scope that the service writes in front of it."""
    words = " ".join(html.unescape(_TAG.sub(" ", text)).split())
    found = _PREFIX.match(f"{words} ")
    return (found[1].strip(), words[found.end() :].strip()) if found else ("", words)


# --- what follows


def _rows(statements: list[Statement], wanted: Wanted) -> list[tuple[str, ...]]:
    """A row for each state, code and situation; situations that say the same are one row."""
    by_place: dict[str, dict[date, list[Statement]]] = defaultdict(lambda: defaultdict(list))
    for one in statements:
        by_place[one.place][one.situation].append(one)
    rows: list[tuple[str, ...]] = []
    for place, situations in sorted(by_place.items()):
        starts = sorted(situations)
        found: dict[str, list[tuple[date, date | None, tuple[str, str, str]]]] = defaultdict(list)
        for index, start in enumerate(starts):
            until = starts[index + 1] - timedelta(days=1) if index + 1 < len(starts) else None
            for code, told in _told(situations[start]).items():
                before = found[code][-1] if found[code] else None
                if before is not None and before[1] == start - timedelta(days=1) and _same(before[2], told):
                    found[code][-1] = (before[0], until, before[2])
                else:
                    found[code].append((start, until, told))
        for code, pieces in sorted(found.items()):
            for start, until, (value, locator, note) in pieces:
                days = _cut(start, until, wanted)
                if days is not None:
                    key = situations[start][0].file.key
                    status = "open" if value == OPEN else ""
                    rows.append((place, code, *days, value, key, locator, status, note))
    return rows


def _same(a: tuple[str, str, str], b: tuple[str, str, str]) -> bool:
    return (a[0], a[2]) == (b[0], b[2])


def _cut(start: date, until: date | None, wanted: Wanted) -> tuple[str, str] | None:
    first = start if wanted.start is None else max(start, wanted.start)
    last = until
    if wanted.until is not None:
        last = wanted.until if until is None else min(until, wanted.until)
    if last is not None and last < first:
        return None
    return first.isoformat(), "" if last is None else last.isoformat()


def _told(statements: list[Statement]) -> dict[str, tuple[str, str, str]]:
    """Value, locator and note of each code that one situation of one state names."""
    by_code: dict[str, list[Statement]] = defaultdict(list)
    for one in statements:
        if one.code:
            by_code[one.code].append(one)
    return {code: _of_code(code, by_code) for code in by_code}


def _of_code(code: str, by_code: dict[str, list[Statement]]) -> tuple[str, str, str]:
    above = [one for length in range(2, len(code) + 1, 2) for one in by_code.get(code[:length], ())]
    below = [
        one for other, told in by_code.items() if len(other) > len(code) and other.startswith(code) for one in told
    ]
    own = by_code[code]
    rates = {one.value for one in (*above, *below)}
    sure = any(not one.unless for one in above)
    locator = ", ".join(dict.fromkeys(one.path for one in own))[:MAX_SHOWN]
    if sure and len(rates) == 1:
        value = rates.pop()
        return value or OPEN, locator, _note(own)
    told = sorted(
        {one.percent for one in (*above, *below) if one.percent is not None}, key=lambda text: scaled(text, 6)
    )
    possible = ", ".join(f"{percent} %" for percent in told) or "none"
    reason = "several rates are stated" if sure else "only on conditions"
    return OPEN, locator, f"{reason} ({possible}): {_note(own)}"[:MAX_NOTE]


def _note(statements: list[Statement]) -> str:
    texts = dict.fromkeys(
        f"{one.type} {one.percent or ''} {one.category}{': ' if one.comment else ''}{one.comment}" for one in statements
    )
    return " | ".join(" ".join(text.split()) for text in texts)[:MAX_NOTE]


def _cells(one: Statement) -> tuple[str, ...]:
    return (
        one.place, one.code, one.situation.isoformat(), one.percent or "", one.type, one.category, one.cpa, one.unless,
        one.comment, one.path, one.file.name,
    )  # fmt: skip
