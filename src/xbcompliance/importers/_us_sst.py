"""Rates and boundaries as the Streamlined Sales Tax states publish them: CSV files without header, or zips of them.

Any number of files of any number of states: rate files of nine cells, boundary files of 89 or 90, and if wanted one
with the columns ``place,type,code,name`` that names the jurisdictions. Joined they give the rows of
``us.sales_tax.local_rates``, one for each postal code, level, jurisdiction and run of days. All rates go into
``jurisdictions.csv`` as well, with the rates for food and drugs that the table has no place for.

>>> published("MNR2026Q2FEB18.csv"), published("MNR2026Q1NOV20.zip"), published("rates.csv")
(datetime.date(2026, 2, 18), datetime.date(2025, 11, 20), None)
"""

from __future__ import annotations

import re
from collections import defaultdict
from contextlib import suppress
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING, Final

from xbcompliance._errors import InputError, shown
from xbcompliance.importers._files import MAX_SHOWN, InputFile, records
from xbcompliance.importers._model import Reading, Rows, Unread, Wanted
from xbcompliance.importers._us_sst_areas import FEWEST_CELLS, TYPES, Areas
from xbcompliance.importers._us_sst_join import COLUMNS, Joiner
from xbcompliance.importers._us_sst_rates import (
    NAME_COLUMNS,
    RATE_CELLS,
    RateBook,
    contradictions,
    iso,
    rate_text,
)
from xbcompliance.packs.table_files import OPEN
from xbcompliance.timeline import FOREVER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

TABLE: Final = "us.sales_tax.local_rates"
SIDE: Final = "jurisdictions.csv"
SIDE_COLUMNS: Final = (
    *("place", "type", "code", "level", "name", "from", "until", "interstate", "intrastate", "food_interstate"),
    *("food_intrastate", "file", "line"),
)
_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_NAME: Final = re.compile(r"[A-Z]{2}[RB]([0-9]{4})Q([1-4])([A-Z]{3})([0-9]{2})", re.IGNORECASE)


def read(files: Sequence[InputFile], wanted: Wanted) -> Reading:
    """Rows of ``us.sales_tax.local_rates``, and beside them all rates that were read."""
    unread: list[Unread] = []
    book, areas = RateBook(), Areas()
    for file in files:
        rows = records(file, unread)
        _reader(file, rows, book, areas)(unread)
    _check_pairs(files, book, areas)
    unread += contradictions(book)
    unread += _unbound(book, areas)
    joiner, rows_of_table = _join(book, areas, wanted)
    unread += _of_join(joiner, areas)
    local = list(book.local())
    return Reading(
        title="Local sales tax rates of Streamlined Sales Tax states, by postal code",
        source="Streamlined Sales Tax Governing Board, rates and boundaries",
        url="https://www.streamlinedsalestax.org/ratesandboundry/",
        tables={TABLE: Rows(COLUMNS, rows_of_table, replaces=True)},
        unread=unread,
        stated=min((day for file in files if (day := published(file.name))), default=None),
        side={SIDE: Rows(SIDE_COLUMNS, list(_side(book)))},
        alone=bool(local),
        counts={
            "jurisdictions": len({one for one, _ in local}),
            "rates": len(local),
            "rates with others for food and drugs, not in the table": sum(
                {row.food_intrastate, row.food_interstate} != {row.interstate} for _, row in local
            ),
            "boundary rows of postal codes": areas.counts["Z"],
            "boundary rows of ZIP+4": areas.counts["4"],
            "boundary rows of addresses, used to see where a code differs": areas.counts["A"],
            "postal codes": len(areas.of),
            "postal codes that differ within": len(joiner.differing),
            "open rows": sum(row[6] == OPEN for row in rows_of_table),
        },
    )


def published(name: str) -> date | None:
    """The day in an official file name; its year is that of the quarter, or the one before if the quarter is over."""
    found = _NAME.match(name)
    if found is None or found[3].upper() not in _MONTHS:
        return None
    year, quarter, month = int(found[1]), int(found[2]), _MONTHS.index(found[3].upper()) + 1
    with suppress(ValueError):
        return date(year if month <= 3 * quarter else year - 1, month, int(found[4]))
    return None


def _reader(
    file: InputFile, rows: Iterator[tuple[int, list[str]]], book: RateBook, areas: Areas
) -> Callable[[list[Unread]], None]:
    """What reads a file, told by its first row."""
    line, cells = next(rows, (1, []))
    everything: Iterable[tuple[int, list[str]]] = chain([(line, cells)], rows)
    if tuple(cell.lower() for cell in cells) == NAME_COLUMNS:
        return lambda unread: book.read_names(file, rows, unread)
    if len(cells) >= FEWEST_CELLS and cells[0].upper() in TYPES:
        return lambda unread: areas.read(file, everything, unread)
    if len(cells) == RATE_CELLS and cells[0].isdigit():
        return lambda unread: book.read_rates(file, everything, unread)
    found = shown(",".join(cells).rstrip(",")[:MAX_SHOWN]) if cells else "an empty file"
    expected = f"a rate file of 9 cells, a boundary file of 89, or the columns {','.join(NAME_COLUMNS)}"
    raise InputError("XB-IN-071", f"{file.name}:{line}", found=found, expected=expected)


def _check_pairs(files: Sequence[InputFile], book: RateBook, areas: Areas) -> None:
    """No boundary without rates: every code of that state would be open."""
    rated = {one.place for one in book.rows}
    if bare := sorted({place for place, _ in areas.of} - rated):
        found = f"boundaries of {', '.join(bare)} without rates"
        raise InputError("XB-IN-075", files[0].name, found=found, expected="the rate file of each state beside them")


def _unbound(book: RateBook, areas: Areas) -> Iterator[Unread]:
    """The states whose rates cannot be laid on postal codes."""
    bound = {place for place, _ in areas.of}
    rates: dict[str, list[str]] = defaultdict(list)
    for one, row in book.local():
        if one.place not in bound:
            rates[one.place].append(row.where)
    for place, places in sorted(rates.items()):
        reason = f"found no boundary file of {place}, so that its rates have no postal codes; they are in {SIDE} alone"
        yield Unread(places[0].rpartition(":")[0], reason, f"{len(places)} rates")


def _join(book: RateBook, areas: Areas, wanted: Wanted) -> tuple[Joiner, list[tuple[str, ...]]]:
    first = 1 if wanted.start is None else wanted.start.toordinal()
    last = FOREVER if wanted.until is None else wanted.until.toordinal()
    joiner = Joiner(book, first, last)
    rows = [run.cells(key) for key in sorted(areas.of) for run in joiner.runs(key, areas.of[key])]
    return joiner, rows


def _of_join(joiner: Joiner, areas: Areas) -> Iterator[Unread]:
    """What the join met: jurisdictions without a rate, and codes that five digits do not settle."""
    for one, (first, where) in sorted(joiner.without_rate.items()):
        reason = f"found no rate of {one.level} {one.code} for {iso(first)}, expected one in a rate file"
        yield Unread(where, reason, ",".join(one))
    for key, (first, needed, rates) in sorted(joiner.differing.items()):
        reason = f"{key[1]} needs {needed} from {iso(first)}: {', '.join(rates)}"
        yield Unread(areas.of[key].where, reason, " ".join(key))


def _side(book: RateBook) -> Iterator[tuple[str, ...]]:
    for one, row in book.local():
        rates = (row.interstate, row.intrastate, row.food_interstate, row.food_intrastate)
        days = (iso(row.first), iso(row.last))
        yield (*one, one.level, book.name(one), *days, *map(rate_text, rates), *row.where.rsplit(":", 1))
