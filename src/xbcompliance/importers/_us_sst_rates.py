"""Rate files of the Streamlined Sales Tax states: which jurisdiction has which rate on which days.

A row has nine cells and no header: state, type and code of the jurisdiction, the general rate within the state and from
outside, the same two for food and drugs, first and last day. A names file beside them (``place,type,code,name``) says
what the jurisdictions are called; without it they are called by their codes.

>>> jurisdiction("27", "0", "53"), jurisdiction("27", "63", "80004")
(Jurisdiction(place='US-MN', type='00', code='053'), Jurisdiction(place='US-MN', type='63', code='80004'))
>>> day("20261231") - day("20261130"), day("29991231") == day("99991231") == FOREVER
(31, True)
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from xbcompliance._errors import shown
from xbcompliance.importers._files import MAX_SHOWN
from xbcompliance.importers._model import Unread
from xbcompliance.money import RATE_SCALE, plain, scaled
from xbcompliance.packs.read import read_pack
from xbcompliance.packs.rulebook import data_folder
from xbcompliance.packs.table_files import typed
from xbcompliance.timeline import FOREVER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from xbcompliance.importers._files import InputFile

SENTINELS: Final = ("29991231", "99991231")
STATE_TYPE: Final = "45"
LEVELS: Final = {"00": "county", "01": "city"}
"""Every other type is a district."""
RATE_CELLS: Final = 9
NAME_COLUMNS: Final = ("place", "type", "code", "name")
_STATES: Final = {
    "01": "AL", "02": "AK", "04": "AZ", "05": "AR", "06": "CA", "08": "CO", "09": "CT", "10": "DE", "11": "DC",
    "12": "FL", "13": "GA", "15": "HI", "16": "ID", "17": "IL", "18": "IN", "19": "IA", "20": "KS", "21": "KY",
    "22": "LA", "23": "ME", "24": "MD", "25": "MA", "26": "MI", "27": "MN", "28": "MS", "29": "MO", "30": "MT",
    "31": "NE", "32": "NV", "33": "NH", "34": "NJ", "35": "NM", "36": "NY", "37": "NC", "38": "ND", "39": "OH",
    "40": "OK", "41": "OR", "42": "PA", "44": "RI", "45": "SC", "46": "SD", "47": "TN", "48": "TX", "49": "UT",
    "50": "VT", "51": "VA", "53": "WA", "54": "WV", "55": "WI", "56": "WY", "72": "PR",
}  # fmt: skip
"""The numeric state codes of the files (INCITS 38) and the letters of ISO 3166-2."""


class NotReadableError(Exception):
    """Why a row cannot be read."""


class Jurisdiction(NamedTuple):
    """Somebody who may set a rate, as the files name it."""

    place: str
    type: str
    code: str

    @property
    def level(self) -> str:
        """What the table of local rates calls it."""
        return LEVELS.get(self.type, "district")


class RateRow(NamedTuple):
    """A row of a rate file: the days by ordinal, the rates as scaled integers."""

    first: int
    last: int
    intrastate: int
    interstate: int
    food_intrastate: int
    food_interstate: int
    key: str
    where: str

    @property
    def line(self) -> str:
        """The line in the file."""
        return self.where.rpartition(":")[2]


@dataclass
class RateBook:
    """All rate rows, the states' own apart, and the names that were given."""

    rows: dict[Jurisdiction, list[RateRow]] = field(default_factory=lambda: defaultdict(list))
    names: dict[Jurisdiction, str] = field(default_factory=dict)
    _taken: dict[tuple[str, str, str], Jurisdiction] = field(default_factory=dict)

    def name(self, one: Jurisdiction) -> str:
        """What a jurisdiction is called in the table: as the names file says, else by its code.

        >>> RateBook().name(Jurisdiction("US-WA", "02", "00017"))
        '02-00017'
        """
        plain_code = one.code if one.type in (*LEVELS, "63") else f"{one.type}-{one.code}"
        return self.names.get(one, plain_code)

    def local(self) -> Iterator[tuple[Jurisdiction, RateRow]]:
        """The rows that are not of a state, by jurisdiction and day."""
        for one in sorted(self.rows):
            if one.type != STATE_TYPE:
                yield from ((one, row) for row in sorted(self.rows[one]))

    def read_rates(self, file: InputFile, rows: Iterable[tuple[int, list[str]]], unread: list[Unread]) -> None:
        """Take the rows of a rate file."""
        for line, cells in rows:
            where = f"{file.name}:{line}"
            try:
                one, row = _rate_row(cells, file.key, where)
            except NotReadableError as problem:
                unread.append(Unread(where, str(problem), ",".join(cells)[:MAX_SHOWN]))
                continue
            known = self.rows[one]
            if any(row[:6] == other[:6] for other in known):
                continue  # the same row in two files
            clash = next((other for other in known if _clash(row, other)), None)
            if clash is not None:
                reason = f"found another rate for days that {clash.where} has too, so that neither holds on them"
                unread.append(Unread(where, reason, ",".join(cells)[:MAX_SHOWN]))
            known.append(row)

    def read_names(self, file: InputFile, rows: Iterable[tuple[int, list[str]]], unread: list[Unread]) -> None:
        """Take the rows of a names file, without its header."""
        for line, cells in rows:
            try:
                if len(cells) != len(NAME_COLUMNS):
                    raise NotReadableError(f"found {len(cells)} cells, expected {', '.join(NAME_COLUMNS)}")
                place, kind, code, name = cells
                number = next((number for number, letters in _STATES.items() if place == f"US-{letters}"), place)
                one = jurisdiction(number, kind, code)
                if not name or name == "*":
                    raise NotReadableError(f"found the name {shown(name)}, expected one")
                if self._taken.setdefault((one.place, one.level, name), one) != one:
                    raise NotReadableError(f"found {shown(name)} for a second {one.level}, expected each name once")
                self.names[one] = name
            except NotReadableError as problem:
                unread.append(Unread(f"{file.name}:{line}", str(problem), ",".join(cells)[:MAX_SHOWN]))


def _clash(row: RateRow, other: RateRow) -> bool:
    return row.first <= other.last and other.first <= row.last and row[2:6] != other[2:6]


def _rate_row(cells: Sequence[str], key: str, where: str) -> tuple[Jurisdiction, RateRow]:
    if len(cells) != RATE_CELLS:
        raise NotReadableError(f"found {len(cells)} cells, expected {RATE_CELLS}")
    one = jurisdiction(*cells[:3])
    intrastate, interstate, food_intrastate, food_interstate = (_rate(cell) for cell in cells[3:7])
    first, last = days(cells[7], cells[8])
    return one, RateRow(first, last, intrastate, interstate, food_intrastate, food_interstate, key, where)


@lru_cache(maxsize=65_536)
def jurisdiction(state: str, kind: str, code: str) -> Jurisdiction:
    """A jurisdiction by its codes, padded as the official ones are; :class:`NotReadableError` if they are none."""
    if not (kind.isascii() and kind.isdigit() and len(kind) <= 2):
        raise NotReadableError(f"found the type {shown(kind)}, expected two digits")
    if not (code.isascii() and code.isalnum() and len(code) <= 10):
        raise NotReadableError(f"found the code {shown(code)}, expected digits")
    kind = kind.zfill(2)
    width = 2 if kind == STATE_TYPE else 3 if kind == "00" else 5
    return Jurisdiction(place(state), kind, code.zfill(width))


def place(state: str) -> str:
    """The state that a number stands for.

    >>> place("5")
    'US-AR'
    """
    letters = _STATES.get(state.zfill(2))
    if letters is None:
        raise NotReadableError(f"found the state {shown(state)}, expected its number, such as 27")
    return f"US-{letters}"


def days(first: str, last: str) -> tuple[int, int]:
    """First and last day as ordinals."""
    start, end = day(first), day(last)
    if end < start:
        raise NotReadableError(f"found {last} as last day, expected none before {first}")
    return start, end


@lru_cache(maxsize=65_536)
def day(text: str) -> int:
    """A day written YYYYMMDD as an ordinal; the two days that stand for no end are :data:`FOREVER`."""
    if text in SENTINELS:
        return FOREVER
    try:
        if len(text) == 8 and text.isascii() and text.isdigit():
            return date(int(text[:4]), int(text[4:6]), int(text[6:])).toordinal()
    except ValueError:
        pass
    raise NotReadableError(f"found the day {shown(text)}, expected YYYYMMDD")


@lru_cache(maxsize=4_096)
def _rate(text: str) -> int:
    try:
        value = scaled(f"0{text}" if text.startswith(".") else text, RATE_SCALE)
        if 0 <= value < 10**RATE_SCALE:
            return value
    except ValueError:
        pass
    raise NotReadableError(f"found the rate {shown(text)}, expected a decimal from 0 to 1")


def rate_text(value: int) -> str:
    """A rate as the table has it.

    >>> rate_text(687_500)
    '0.006875'
    """
    return plain(value, RATE_SCALE)


def iso(ordinal: int) -> str:
    """A day as the table has it; nothing where there is no end.

    >>> iso(day("20261001")), iso(FOREVER)
    ('2026-10-01', '')
    """
    return "" if ordinal == FOREVER else date.fromordinal(ordinal).isoformat()


def contradictions(book: RateBook) -> Iterator[Unread]:
    """The rates of states that are not those of the pack ``us.sales_tax_rates``."""
    pack = read_pack(data_folder("jurisdictions") / "us" / "sales_tax_rates")
    table = next(table for table in pack.tables if table.name == "us.sales_tax.state_rates")
    general: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for row in typed(table, table.rows):
        if row.keys[1] == "*" and isinstance(row.value, int):
            general[row.keys[0]].append((row.span.start, row.span.last, row.value))
    for one in sorted(book.rows):
        if one.type != STATE_TYPE:
            continue
        for told in book.rows[one]:
            for first, last, value in general[one.place]:
                if first <= told.last and told.first <= last and told.interstate != value:
                    found = f"found {rate_text(told.interstate)} for {one.place} from {iso(max(first, told.first))}"
                    reason = f"{found}, which us.sales_tax_rates has at {rate_text(value)}; that one is kept"
                    yield Unread(told.where, reason, ",".join(one))
