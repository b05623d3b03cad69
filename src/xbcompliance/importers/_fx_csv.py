"""Exchange rates that an authority fixes for periods, from a CSV file in the layout of :mod:`xbcompliance.fx`.

Columns ``base``, ``quote``, ``from``, ``rate``, and if wanted ``until`` and ``source``: the name under which rules ask
for the rates, ``customs`` where the file does not say. A row without an end holds until the next of its pair.

>>> span(Period("rates.csv:2", "rates", "2", "GBP,USD", ("customs", "GBP", "USD"), date(2026, 10, 1), None, "1.25"))
Span(start=739890, end=None, published=None, corrects=False, layer=0)
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from xbcompliance._errors import InputError, shown
from xbcompliance.fx import read_period
from xbcompliance.importers._files import InputFile, excerpt, table
from xbcompliance.importers._model import Reading, Rows, Unread, Wanted
from xbcompliance.timeline import Span, overlaps

if TYPE_CHECKING:
    from collections.abc import Sequence

NEEDED: Final = ("base", "quote", "from", "rate")
OPTIONAL: Final = ("source", "until")
COLUMNS: Final = ("publisher", "base", "quote", "from", "until", "value", "source", "locator")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TAKEN: Final = ("ecb", "told", "constant")


@dataclass(frozen=True, slots=True)
class Period:
    """One rate for one period, with the place it was read at."""

    where: str
    key: str
    line: str
    text: str
    pair: tuple[str, str, str]
    start: date
    until: date | None
    rate: str

    def cells(self) -> tuple[str, ...]:
        """The row of ``fx.rates``."""
        until = "" if self.until is None else self.until.isoformat()
        return (*self.pair, self.start.isoformat(), until, self.rate, self.key, f"line {self.line}")


def read(files: Sequence[InputFile], wanted: Wanted) -> Reading:
    """Rows of ``fx.rates``."""
    unread: list[Unread] = []
    periods: list[Period] = []
    for file in files:
        for line, row in table(file, NEEDED, unread, OPTIONAL):
            where = f"{file.name}:{line}"
            try:
                periods.append(_period(file, line, row, where))
            except InputError as error:
                unread.append(Unread(where, error.message, excerpt(row)))
    kept = _without_clashes(periods, unread)
    cut = [one for period in kept if (one := _cut(period, wanted)) is not None]
    rows = [one.cells() for one in sorted(cut, key=lambda one: (one.pair, one.start))]
    return Reading(
        title="Exchange rates fixed for periods",
        source="Exchange rates fixed for periods",
        tables={"fx.rates": Rows(COLUMNS, rows, replaces=True)},
        unread=unread,
        stated=max((one.start for one in cut), default=None),  # they were fixed by then
        counts={"periods": len(rows), "outside the days asked for": len(kept) - len(cut)},
    )


def _period(file: InputFile, line: int, row: dict[str, str], where: str) -> Period:
    name = row.get("source") or "customs"
    if not _NAME.fullmatch(name) or name in _TAKEN:
        expected = "a name such as customs; ecb rates are imported with fx-ecb"
        raise InputError("XB-IN-072", where, found=f"source {shown(name)}", expected=expected)
    found = read_period(line, row, where)
    pair = (name, found.base, found.quote)
    return Period(where, file.key, str(line), excerpt(row), pair, found.start, found.until, row["rate"])


def span(period: Period) -> Span:
    """The days of a period."""
    return Span(period.start.toordinal(), None if period.until is None else period.until.toordinal())


def _without_clashes(periods: list[Period], unread: list[Unread]) -> list[Period]:
    """The periods that alone claim their days; a row that says what another says is dropped as told twice."""
    groups: dict[tuple[str, str, str], list[Period]] = {}
    for period in periods:
        group = groups.setdefault(period.pair, [])
        if all((period.start, period.until, period.rate) != (one.start, one.until, one.rate) for one in group):
            group.append(period)
    kept = []
    for group in groups.values():
        clashing: dict[int, str] = {}
        for i, j in overlaps(tuple(span(period) for period in group)):
            clashing.setdefault(i, group[j].where)
            clashing.setdefault(j, group[i].where)
        for index, period in enumerate(group):
            if index in clashing:
                reason = f"found {'/'.join(period.pair[1:])} for a day that {clashing[index]} has too"
                unread.append(Unread(period.where, f"{reason}, expected one rate for each day", period.text))
            else:
                kept.append(_closed(period, group))
    return kept


def _closed(period: Period, group: list[Period]) -> Period:
    """A period without an end ends before the next of its pair begins, also if that one is dropped."""
    later = [one.start for one in group if one.start > period.start]
    if period.until is not None or not later:
        return period
    return replace(period, until=min(later) - timedelta(days=1))


def _cut(period: Period, wanted: Wanted) -> Period | None:
    """A period within the days asked for."""
    start = period.start if wanted.start is None else max(period.start, wanted.start)
    until = period.until
    if wanted.until is not None:
        until = wanted.until if until is None else min(until, wanted.until)
    return None if until is not None and until < start else replace(period, start=start, until=until)
