"""Rates and boundaries of the Streamlined Sales Tax states joined: the rows of one postal code.

The answer for a five-digit code is what all its further digits and addresses agree on, for each level and day. Where
they agree on the sum though not on who taxes, there is one row for all of them; where they differ, the row is open and
its note names the possible rates.

>>> part = Part("county", "053", 150_000, "", ("rates", "line 7"))
>>> Run(part, 732_677, 732_707).cells(("US-MN", "55402"))[:7]
('US-MN', 'county', '053', '55402', '2007-01-01', '2007-01-31', '0.0015')
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from xbcompliance.importers._us_sst_rates import iso, rate_text
from xbcompliance.packs.table_files import OPEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xbcompliance.importers._us_sst_areas import Area
    from xbcompliance.importers._us_sst_rates import Jurisdiction, RateBook

COLUMNS: Final = (
    *("place", "level", "name", "postal_code", "from", "until", "value", "source", "locator", "status", "note"),
)
LEVELS: Final = ("county", "city", "district")
NO_TAX: Final = "none"
"""The name in the row of a code where nobody but the state taxes."""
UNREAD: Final = "unread"
MAX_NAME: Final = 200
Outcome = tuple["Jurisdiction", ...]


class Part(NamedTuple):
    """What a level has on some days: a name, a rate or None where it is open, a note, and file and line."""

    level: str
    name: str
    rate: int | None
    note: str
    source: tuple[str, str]


class Run(NamedTuple):
    """A part and the days it holds without a break."""

    part: Part
    first: int
    last: int

    def cells(self, key: tuple[str, str]) -> tuple[str, ...]:
        """The row of the table for a state and postal code."""
        part = self.part
        value, status = (OPEN, "open") if part.rate is None else (rate_text(part.rate), "")
        days = (iso(self.first), iso(self.last))
        return (key[0], part.level, part.name, key[1], *days, value, *part.source, status, part.note)


class Joiner:
    """Joins areas to the rates of a book, and keeps what it met on the way."""

    def __init__(self, book: RateBook, first: int, last: int) -> None:
        self.book = book
        self.first, self.last = first, last
        self.differing: dict[tuple[str, str], tuple[int, str, list[str]]] = {}
        """Codes that differ within: since when at the latest, what would settle them, and the rates of each level."""
        self.without_rate: dict[Jurisdiction, tuple[int, str]] = {}
        """Jurisdictions without a rate: the first day of that, and where a boundary row names them."""

    def runs(self, key: tuple[str, str], area: Area) -> list[Run]:
        """The parts of one postal code, by level, name and day."""
        found: dict[tuple[str, str], list[Run]] = {}
        for first, last, outcomes, addressed in self._periods(area):
            parts = self._parts(key, first, outcomes, addressed, area)
            for part in parts or [Part("county", NO_TAX, 0, "", area.source)]:
                runs = found.setdefault(part[:2], [])
                if runs and runs[-1].part == part and runs[-1].last + 1 == first:
                    runs[-1] = runs[-1]._replace(last=last)
                else:
                    runs.append(Run(part, first, last))
        return [run for name in sorted(found) for run in found[name]]

    def _periods(self, area: Area) -> Iterator[tuple[int, int, list[Outcome | None], bool]]:
        """Days on which nothing changes, who may tax on them, and whether it takes an address to tell."""
        days = self._edges(area)
        for first, following in zip(days, [*days[1:], self.last + 1], strict=True):
            ranged = {claim.jurisdictions for claim in area.ranges if claim.first <= first <= claim.last}
            whole = {claim.jurisdictions for claim in area.whole if claim.first <= first <= claim.last}
            if ranged and not whole <= ranged and None not in whole and area.covered(first):
                whole = set()
            told = ranged | whole
            addresses = {claim.jurisdictions for claim in area.addresses if claim.first <= first <= claim.last}
            if outcomes := sorted(told | addresses, key=lambda one: (one is None, one or ())):
                yield first, following - 1, outcomes, len(told) < len(outcomes)

    def _edges(self, area: Area) -> list[int]:
        """The first days of all that may change: boundaries and the rates of whom they name."""
        edges = {self.first}
        named: set[Jurisdiction] = set()
        for claim in (*area.whole, *area.ranges, *area.addresses):
            edges |= {claim.first, claim.last + 1}
            named.update(claim.jurisdictions or ())
        for one in named:
            for row in self.book.rows.get(one, ()):
                edges |= {row.first, row.last + 1}
        return sorted(edge for edge in edges if self.first <= edge <= self.last)

    def _parts(
        self, key: tuple[str, str], on: int, outcomes: list[Outcome | None], addressed: bool, area: Area
    ) -> list[Part]:
        if None in outcomes:
            return [Part("county", UNREAD, None, "a row of the boundary file was not read", area.source)]
        parts = []
        for level in LEVELS:
            options = [self._of_level(level, outcome or (), on, area) for outcome in outcomes]
            if all(option == options[0] for option in options):
                parts += options[0]
            else:
                parts.append(self._joined(key, on, level, options, addressed, area))
        return parts

    def _of_level(self, level: str, outcome: Outcome, on: int, area: Area) -> list[Part]:
        return [self._part(one, on, area) for one in outcome if one.level == level]

    def _part(self, one: Jurisdiction, on: int, area: Area) -> Part:
        """The rate of a jurisdiction on a day."""
        name = self.book.name(one)
        rows = [row for row in self.book.rows.get(one, ()) if row.first <= on <= row.last]
        if not rows:
            if one not in self.without_rate or on < self.without_rate[one][0]:
                self.without_rate[one] = (on, area.where)
            return Part(one.level, name, None, "the rate files have no rate of it for these days", area.source)
        rates = {row[2:6] for row in rows}
        if len(rates) > 1:
            return Part(one.level, name, None, "the rate files have several rates of it for these days", area.source)
        row = rows[0]
        source = (row.key, f"line {row.line}")
        if row.intrastate != row.interstate:
            both = f"{rate_text(row.interstate)} from outside the state, {rate_text(row.intrastate)} from within"
            return Part(one.level, name, None, both, source)
        food = {row.food_intrastate, row.food_interstate} - {row.interstate}
        note = f"food and drugs: {' or '.join(rate_text(rate) for rate in sorted(food))}" if food else ""
        return Part(one.level, name, row.interstate, note, source)

    def _joined(
        self, key: tuple[str, str], on: int, level: str, options: list[list[Part]], addressed: bool, area: Area
    ) -> Part:
        """One row for what the further digits do not agree on."""
        name = "/".join(sorted({part.name for option in options for part in option}))
        name = name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 1]}…"
        notes = sorted({part.note for option in options for part in option if part.note})
        sums = {None if any(p.rate is None for p in option) else sum(p.rate or 0 for p in option) for option in options}
        if len(sums) == 1 and None not in sums:
            return Part(level, name, sums.pop(), "; ".join(notes), area.source)
        rates = " or ".join(_sum_text(one) for one in sorted(sums, key=lambda one: (one is None, one or 0)))
        needed = "the address" if addressed else "ZIP+4"
        latest = self.differing.get(key)
        if latest is None or latest[0] < on:
            latest = self.differing[key] = (on, needed, [])
        latest[2].append(f"{level} {rates}")
        return Part(level, name, None, "; ".join([f"needs {needed}: {rates}", *notes]), area.source)


def _sum_text(rate: int | None) -> str:
    return "not known" if rate is None else rate_text(rate)
