"""Exchange rates that packs bring: rates fixed for periods as rows of a table, daily ones as a file beside it.

``fx.rates`` holds periods by publisher (``customs``) and pair; a pair is served as written and turned round, never by a
step through a third currency, because what one authority fixed against its own currency says nothing of two others.
``fx.files`` names a file of daily rates by its sha256: ``rates/<sha256>.csv`` in the folder of the pack, in the layout
of the European Central Bank.

>>> from xbcompliance.packs import load_rulebook
>>> [source.name for source in rate_sources(load_rulebook())]
['ecb']
"""

from __future__ import annotations

import hashlib
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from xbcompliance._errors import InputError, Location, PackError, shown
from xbcompliance._unknown import UNKNOWN
from xbcompliance.fx import EcbReferenceRates, Quote
from xbcompliance.fx import RateSource as Source
from xbcompliance.money import plain
from xbcompliance.packs.table_files import EXCHANGE_RATE_SCALE
from xbcompliance.timeline import FOREVER

if TYPE_CHECKING:
    from xbcompliance.packs.rulebook import Rulebook
    from xbcompliance.packs.tables import Row, Table

PERIODS: Final = "fx.rates"
FILES: Final = "fx.files"
DAILY: Final = "ecb"


def rate_sources(book: Rulebook) -> tuple[Source, ...]:
    """The sources of a rulebook: the reference rates of the European Central Bank first, then the others by name.

    Raises :class:`PackError` ``XB-PACK-006`` for a file that is not there, ``016`` for one that is not what its row
    says and for a rate of zero or less.
    """
    table = book.tables.get(PERIODS)
    rows = table.rows if table is not None else ()
    names = sorted({row.keys[0] for row in rows if row.keys[0] != DAILY})
    return (_daily(book), *(PeriodRates(name, table) for name in names if table is not None))


class PeriodRates:
    """Rates fixed for periods, from a table with the keys publisher, base and quote."""

    def __init__(self, name: str, table: Table) -> None:
        self.name = name
        self._view = table.view(None)
        rows = [row for row in table.rows if row.keys[0] == name]
        for row in rows:
            if row.value is not UNKNOWN and row.value <= 0:
                found = shown(plain(row.value, EXCHANGE_RATE_SCALE))
                raise PackError("XB-PACK-016", row.at or "", found=found, expected="an exchange rate above zero")
        self._pairs = {(row.keys[1], row.keys[2]) for row in rows}

    def serves(self, base: str, quote: str) -> bool:
        """Whether rates of this pair were ever fixed, for whatever days."""
        return base == quote or (base, quote) in self._pairs or (quote, base) in self._pairs

    def rate(self, base: str, quote: str, day: date) -> Quote | None:
        """The rate fixed for a day; None where no row covers it."""
        if base == quote:
            return Quote(base, quote, 1, 1, self.name, day)
        found = self._written(base, quote, day)
        if found is None:
            turned = self._written(quote, base, day)
            found = turned.inverse() if turned is not None else None
        return found

    def _written(self, base: str, quote: str, day: date) -> Quote | None:
        row = self._view.row(day.toordinal(), self.name, base, quote)
        if row is None or row.value is UNKNOWN:
            return None
        span = row.span
        last = None if span.end is None else date.fromordinal(span.end)
        start = date.fromordinal(span.start)
        return Quote(base, quote, row.value, 10**EXCHANGE_RATE_SCALE, self.name, start, last)


def _daily(book: Rulebook) -> Source:
    """The daily rates of the newest file that a pack brings, else those that ship with a dependency."""
    table = book.tables.get(FILES)
    row = table.view(None).row(FOREVER, DAILY) if table is not None else None
    return EcbReferenceRates() if row is None else _from_file(book, row)


def _from_file(book: Rulebook, row: Row) -> EcbReferenceRates:
    digest: Any = row.value
    at = row.at or Location("", 1, 1)
    path = book.packs[row.info["pack"]].folder / "rates" / f"{digest}.csv"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PackError("XB-PACK-006", at, message=f"rates/{digest}.csv cannot be read: {error.strerror}") from None
    if hashlib.sha256(content).hexdigest() != digest:
        raise PackError("XB-PACK-016", at, found=f"another rates/{digest}.csv", expected="the file with this sha256")
    source = EcbReferenceRates(path, content=content)
    try:
        _ = source.last_day
    except InputError as error:
        raise PackError("XB-PACK-016", at, message=str(error)) from None
    return source
