"""Exchange rates that an authority fixes for periods, such as the monthly customs rates, from a CSV file.

The file is UTF-8 with a header and the columns, in any order,

``base``    currency one unit of which is priced, ISO 4217
``quote``   currency of the price
``from``    first day the rate holds, ``YYYY-MM-DD``
``until``   last day it holds, inclusive; empty or no such column: until the next row of the same pair
``rate``    units of ``quote`` for one ``base``, a decimal above zero

>>> from datetime import date
>>> rates = CsvRates('''base,quote,from,until,rate
... GBP,USD,2026-10-01,2026-10-31,1.25
... GBP,USD,2026-11-01,2026-11-30,1.28
... ''')
>>> print(rates.rate("GBP", "USD", date(2026, 10, 31)))
1 GBP = 1.25 USD (customs, 2026-10-01)
>>> rates.rate("GBP", "USD", date(2026, 12, 1)) is None
True
"""

from __future__ import annotations

import csv
import re
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from xbcompliance._errors import InputError, did_you_mean, shown
from xbcompliance.fx._files import read
from xbcompliance.fx._quote import CURRENCY, DECIMALS, Quote, identity, positive
from xbcompliance.fx._routes import Routes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

COLUMNS: Final = ("base", "quote", "from", "until", "rate")
"""The columns of a rate file; only ``until`` may be left out."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    base: str
    quote: str
    start: date
    until: date | None
    numerator: int
    denominator: int

    @property
    def last(self) -> date:
        return self.until or date.max

    @property
    def stated(self) -> date:
        """The last day that no other row may claim."""
        return self.until or self.start


class CsvRates:
    """Dated rates from a CSV file or from its text (anything with a line break is text).

    ``Quote.day`` is the first day of the row that holds. A pair is also served turned round, and two pairs that share
    a currency serve the cross rate. Bad rows raise one ``InputError`` that names the first and counts the rest; with
    ``strict=False`` the good rows are kept and ``problems`` lists the bad ones. Rows of one pair that overlap are all
    bad, because nothing says which of them is right; other dropped rows no longer end an open row before them.

    >>> CsvRates("base,quote,from,until,rate\\nGBP,USD,2026-10-01,,1,25\\n")
    Traceback (most recent call last):
    xbcompliance._errors.InputError: XB-IN-042 customs:2: found 6 cells, expected 5
    """

    def __init__(self, path_or_text: str | PathLike[str], name: str = "customs", *, strict: bool = True) -> None:
        self.name = name
        self.problems: tuple[InputError, ...]
        """One error for each row that could not be used, in the order of the file."""
        where, text = _opened(path_or_text, name)
        rows, problems = _parsed(text, where)
        self._rows, overlapping = _timelines(rows, where)
        self.problems = tuple(error for _, error in sorted(problems + overlapping, key=lambda found: found[0]))
        if strict and self.problems:
            raise _all(self.problems)
        self._routes = Routes(self._rows)

    def rate(self, base: str, quote: str, day: date) -> Quote | None:
        """The rate fixed for ``day``; None where no row covers it."""
        if base == quote:
            return identity(base, self.name, day)
        return self._routes.find(lambda one, other: self._written(one, other, day), base, quote)

    def _written(self, base: str, quote: str, day: date) -> Quote | None:
        rows = self._rows.get((base, quote), [])
        position = bisect_right(rows, day, key=lambda row: row.start)
        if not position or rows[position - 1].last < day:
            return None
        row = rows[position - 1]
        return Quote(base, quote, row.numerator, row.denominator, self.name, row.start, row.until)


def _opened(path_or_text: str | PathLike[str], name: str) -> tuple[str, str]:
    if isinstance(path_or_text, str) and ("\n" in path_or_text or "\r" in path_or_text):
        return name, path_or_text
    path = Path(path_or_text)
    try:
        return str(path), read(path).decode("utf-8")
    except UnicodeDecodeError as error:
        found = f"bytes that are not UTF-8 at position {error.start}"
        raise InputError("XB-IN-040", str(path), found=found, expected="UTF-8 text") from None


def _parsed(text: str, where: str) -> tuple[list[_Row], list[tuple[int, InputError]]]:
    records = _records(text, where)
    columns = _columns(records, where)
    rows: list[_Row] = []
    problems: list[tuple[int, InputError]] = []
    for line, cells in records:
        if not any(cells):
            continue
        try:
            rows.append(_row(line, cells, columns, f"{where}:{line}"))
        except InputError as error:
            problems.append((line, error))
    return rows, problems


def _records(text: str, where: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, [cell.strip() for cell in cells]
            line = reader.line_num + 1
    except csv.Error as error:
        # an open quotation mark swallows the rest of the file: what follows cannot be told row by row
        raise InputError("XB-IN-041", f"{where}:{line}", found=str(error), expected="a CSV file") from None


def _columns(records: Iterator[tuple[int, list[str]]], where: str) -> list[str]:
    _, columns = next(records, (1, [""]))
    unknown = [column for column in columns if column not in COLUMNS]
    missing = [column for column in COLUMNS if column not in columns and column != "until"]
    if unknown or missing or len(set(columns)) < len(columns):
        expected = "the columns base,quote,from,until,rate"
        hint = did_you_mean(unknown[0], missing) if unknown else ""
        raise InputError("XB-IN-041", f"{where}:1", found=shown(",".join(columns)), expected=expected, hint=hint)
    return columns


def _row(line: int, cells: list[str], columns: list[str], where: str) -> _Row:
    if len(cells) != len(columns):
        raise InputError("XB-IN-042", where, found=f"{len(cells)} cells", expected=str(len(columns)))
    return read_period(line, dict(zip(columns, cells, strict=True)), where)


def read_period(line: int, cell: dict[str, str], where: str) -> _Row:
    """One row by column name; ``InputError`` XB-IN-042 if a cell cannot be read.

    >>> row = {"base": "GBP", "quote": "USD", "from": "2026-10-01", "rate": "1.25"}
    >>> read_period(2, row, "rates.csv:2").start
    datetime.date(2026, 10, 1)
    """
    base, quote = (_currency(cell, column, where) for column in ("base", "quote"))
    if base == quote:
        raise InputError("XB-IN-042", where, found=f"{base} twice", expected="two different currencies")
    start = _day(cell, "from", where)
    until = _day(cell, "until", where) if cell.get("until") else None
    if until is not None and until < start:
        raise InputError("XB-IN-042", where, found=f"until {until}", expected=f"no day before from {start}")
    try:
        fraction = positive(cell["rate"])
    except ValueError:
        expected = f"a decimal above zero with at most {DECIMALS} decimals"
        raise InputError("XB-IN-042", where, found=f"rate {shown(cell['rate'])}", expected=expected) from None
    return _Row(line, base, quote, start, until, *fraction)


def _currency(cell: dict[str, str], column: str, where: str) -> str:
    if not CURRENCY.match(cell[column]):
        found = f"{column} {shown(cell[column])}"
        raise InputError("XB-IN-042", where, found=found, expected="a currency code of three capital letters")
    return cell[column]


def _day(cell: dict[str, str], column: str, where: str) -> date:
    try:
        if _DAY.match(cell[column]):
            return date.fromisoformat(cell[column])
    except ValueError:
        pass
    found = f"{column} {shown(cell[column])}"
    raise InputError("XB-IN-042", where, found=found, expected="a day YYYY-MM-DD")


def _timelines(rows: list[_Row], where: str) -> tuple[dict[tuple[str, str], list[_Row]], list[tuple[int, InputError]]]:
    by_pair: defaultdict[tuple[str, str], list[_Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row.start, row.line)):
        by_pair[row.base, row.quote].append(row)
    timelines: dict[tuple[str, str], list[_Row]] = {}
    problems: list[tuple[int, InputError]] = []
    for pair, group in by_pair.items():
        clashing = _clashes(group)
        # ends are set before rows are dropped: an open row must not reach over the days of dropped ones
        timelines[pair] = [row for row in _closed(group) if row.line not in clashing]
        for line, other in clashing.items():
            found = f"{pair[0]}/{pair[1]} for a day that line {other} has too"
            error = InputError("XB-IN-043", f"{where}:{line}", found=found, expected="one rate for each pair and day")
            problems.append((line, error))
    return timelines, problems


def _clashes(rows: list[_Row]) -> dict[int, int]:
    """Line of each overlapping row → line of one it overlaps; a row without an end gives way to a later one."""
    clashing: dict[int, int] = {}
    longest = rows[0]
    for row in rows[1:]:
        if row.start <= longest.stated:
            clashing[row.line] = longest.line
            clashing.setdefault(longest.line, row.line)
        if row.stated >= longest.stated:
            longest = row
    return clashing


def _closed(rows: list[_Row]) -> list[_Row]:
    ends: list[date | None] = [row.start - timedelta(days=1) for row in rows[1:]]
    ends.append(None)
    return [row if row.until else replace(row, until=end) for row, end in zip(rows, ends, strict=True)]


def _all(problems: tuple[InputError, ...]) -> InputError:
    first = problems[0]
    if len(problems) == 1:
        return first
    others = len(problems) - 1
    message = f"{first.message}; {others} more {'row' if others == 1 else 'rows'} cannot be used"
    hint = "CsvRates(…, strict=False).problems lists them"
    return InputError(first.code, first.where, found=first.found, expected=first.expected, hint=hint, message=message)
