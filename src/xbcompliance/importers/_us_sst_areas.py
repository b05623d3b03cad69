"""Boundary files of the Streamlined Sales Tax states: which jurisdictions are at which postal codes on which days.

A row has 89 or 90 cells and no header. Its type says what it is about: ``Z`` five-digit codes, ``4`` codes with their
four further digits, ``A`` addresses on a street. What is kept of a row is its claim, jurisdictions and days, under each
code; equal claims are kept once and ranges that touch are joined, so that a state of a million rows stays small.

>>> area = Area("b.csv:1", ("b", "line 1"))
>>> claim = Claim((), 0, 10)
>>> area.add(claim, 1, 800), area.add(claim, 801, 9999)
(None, None)
>>> list(area.ranges[claim])
[1, 9999]
"""

from __future__ import annotations

from array import array
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from xbcompliance._errors import shown
from xbcompliance.importers._files import MAX_SHOWN
from xbcompliance.importers._model import Unread
from xbcompliance.importers._us_sst_rates import (
    STATE_TYPE,
    Jurisdiction,
    NotReadableError,
    days,
    jurisdiction,
    place,
)
from xbcompliance.timeline import FOREVER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xbcompliance.importers._files import InputFile

FEWEST_CELLS: Final = 25
"""Cells up to the county; a file may leave empty ones at the end away."""
MOST_CELLS: Final = 90
MOST_CODES: Final = 10_000
"""Postal codes in one range; no state has more."""
LAST_FOUR: Final = 9_999
TYPES: Final = ("Z", "4", "A")
_CODES: Final = slice(21, 89)
"""From the composite code to the last district."""
_DISTRICTS: Final = slice(29 - 21, None)
_MARK: Final = "\x1f"
"""Joins cells to one text, by which rows that name the same jurisdictions are told: most do."""


class Claim(NamedTuple):
    """Who may tax a place from a first day to a last; None where the row that says so was not read."""

    jurisdictions: tuple[Jurisdiction, ...] | None
    first: int
    last: int


class Area:
    """What the rows say about one postal code."""

    __slots__ = ("addresses", "ranges", "source", "where", "whole")

    def __init__(self, where: str, source: tuple[str, str]) -> None:
        self.where = where
        self.source = source
        self.whole: dict[Claim, None] = {}
        self.ranges: dict[Claim, array[int]] = {}
        self.addresses: dict[Claim, None] = {}

    def add(self, claim: Claim, low: int, high: int) -> None:
        """Add a range of the four further digits."""
        ranges = self.ranges.setdefault(claim, array("H"))
        if ranges and ranges[-2] <= low <= ranges[-1] + 1:
            ranges[-1] = max(ranges[-1], high)
        else:
            ranges.extend((low, high))

    def covered(self, on: int) -> bool:
        """Whether the ranges of a day leave no further digits to the rows of the whole code."""
        spans = sorted(
            (ranges[i], ranges[i + 1])
            for claim, ranges in self.ranges.items()
            if claim.first <= on <= claim.last
            for i in range(0, len(ranges), 2)
        )
        reached = 0
        for low, high in spans:
            if low > reached + 1:
                return False
            reached = max(reached, high)
        return reached >= LAST_FOUR


class Areas:
    """The areas of all states that boundary files were given for."""

    def __init__(self) -> None:
        self.of: dict[tuple[str, str], Area] = {}
        self.counts = dict.fromkeys(TYPES, 0)
        self._claims: dict[Claim, Claim] = {}

    def read(self, file: InputFile, rows: Iterable[tuple[int, list[str]]], unread: list[Unread]) -> None:
        """Take the rows of a boundary file; the codes of a row that cannot be read are open."""
        for line, cells in rows:
            try:
                self._take(cells, file, line)
            except NotReadableError as problem:
                unread.append(Unread(f"{file.name}:{line}", str(problem), ",".join(cells).rstrip(",")[:MAX_SHOWN]))
                self._take_unread(cells, file, line)

    def _take(self, cells: list[str], file: InputFile, line: int) -> None:
        if not FEWEST_CELLS <= len(cells) <= MOST_CELLS:
            raise NotReadableError(f"found {len(cells)} cells, expected 89 or 90")
        kind = cells[0].upper()
        if kind not in TYPES:
            raise NotReadableError(f"found the type {shown(cells[0])}, expected {' | '.join(TYPES)}")
        first, last = days(cells[1], cells[2])
        claim = Claim(_jurisdictions(_MARK.join(cells[_CODES])), first, last)
        claim = self._claims.setdefault(claim, claim)
        self._spread(claim, kind, cells, file, line)
        self.counts[kind] += 1

    def _take_unread(self, cells: list[str], file: InputFile, line: int) -> None:
        """Leave the codes open that a row is about, as far as that can be told."""
        if len(cells) < FEWEST_CELLS:
            return
        try:
            self._spread(Claim(None, 1, FOREVER), cells[0].upper(), cells, file, line)
        except NotReadableError:
            return

    def _spread(self, claim: Claim, kind: str, cells: list[str], file: InputFile, line: int) -> None:
        """Put a claim under each code that a row names."""
        state = place(cells[22])
        if kind == "A":
            self._at(state, _code(cells[15]), file, line).addresses[claim] = None
            return
        low, high = _code(cells[17]), _code(cells[19] or cells[17])
        if not low <= high < low + MOST_CODES:
            found = f"found the postal codes {low:05} to {high:05}"
            raise NotReadableError(f"{found}, expected a range of at most {MOST_CODES}")
        if kind != "4" or claim.jurisdictions is None:
            for code in range(low, high + 1):
                self._at(state, code, file, line).whole[claim] = None
            return
        first, last = _four(cells[18]), _four(cells[20])
        if low == high and first > last:
            raise NotReadableError(f"found the digits {first:04} to {last:04}, expected the lower ones first")
        for code in range(low, high + 1):
            area = self._at(state, code, file, line)
            area.add(claim, first if code == low else 0, last if code == high else LAST_FOUR)

    def _at(self, state: str, code: int, file: InputFile, line: int) -> Area:
        key = (state, f"{code:05}")
        area = self.of.get(key)
        if area is None:
            area = self.of[key] = Area(f"{file.name}:{line}", (file.key, f"line {line}"))
        return area


@lru_cache(maxsize=65_536)
def _jurisdictions(text: str) -> tuple[Jurisdiction, ...]:
    """Who a row names: county, city, and districts; the state's own entries are left out."""
    cells = text.split(_MARK)
    composite, state, _, county, city = (*cells[:5], "")[:5]
    found = {jurisdiction(state, kind, code) for kind, code in (("00", county), ("01", city)) if code}
    districts = cells[_DISTRICTS]
    for i in range(0, len(districts), 3):
        triplet = districts[i : i + 3]
        if not any(triplet):
            continue
        if len(triplet) < 3 or not triplet[1] or not triplet[2]:
            raise NotReadableError(f"found the district {shown(','.join(triplet))}, expected source, code and type")
        if triplet[2] != STATE_TYPE:
            found.add(jurisdiction(state, triplet[2], triplet[1]))
    if not found and composite:
        raise NotReadableError(f"found the composite code {shown(composite)} alone, expected county, city or districts")
    return tuple(sorted(found))


def _code(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 5:
        return int(text)
    raise NotReadableError(f"found the postal code {shown(text)}, expected five digits")


def _four(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 4:
        return int(text)
    raise NotReadableError(f"found the further digits {shown(text)}, expected four")
