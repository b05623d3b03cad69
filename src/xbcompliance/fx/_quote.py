"""One exchange rate as an exact fraction, and what may be done with it.

>>> from datetime import date
>>> quote = Quote("EUR", "USD", 11172, 10000, "ecb", date(2026, 10, 30))
>>> print(quote)
1 EUR = 1.1172 USD (ecb, 2026-10-30)
>>> convert(100_000_000, quote, "half_up", scale_out=2)
11172
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from math import gcd
from typing import TYPE_CHECKING, Final, Protocol

from xbcompliance import money
from xbcompliance._errors import EngineError

if TYPE_CHECKING:
    from datetime import date

DECIMALS: Final = 12
"""The most decimals a rate may be written with."""

CURRENCY: Final = re.compile(r"[A-Z]{3}\Z")
"""The shape of a currency code; which codes exist is not asked, because old rates name currencies of the past."""


@dataclass(frozen=True, slots=True)
class Quote:
    """``numerator / denominator`` units of ``quote`` for one of ``base``, in lowest terms.

    ``day`` is the day the rate was published or became valid, which may lie before the day asked for; ``last`` is the
    last day for which it was fixed, None for a rate that merely stands until the next is published.

    >>> from datetime import date
    >>> Quote("EUR", "USD", 120, 100, "told", date(2026, 11, 22)).numerator
    6
    """

    base: str
    quote: str
    numerator: int
    denominator: int
    source: str
    day: date
    last: date | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.numerator <= 0 or self.denominator <= 0:
            found = f"{self.numerator}/{self.denominator}"
            raise EngineError("XB-EN-040", f"{self.base}/{self.quote}", found=found, expected="a rate above zero")
        common = gcd(self.numerator, self.denominator)
        object.__setattr__(self, "numerator", self.numerator // common)
        object.__setattr__(self, "denominator", self.denominator // common)

    def __str__(self) -> str:
        scaled = self.numerator * 10**DECIMALS
        sign = "≈" if scaled % self.denominator else "="
        rate = money.plain(money.divide(scaled, self.denominator, "half_even"), DECIMALS)
        return f"1 {self.base} {sign} {rate} {self.quote} ({self.source}, {self.day.isoformat()})"

    def inverse(self) -> Quote:
        """The same rate seen from the other currency.

        >>> from datetime import date
        >>> str(Quote("EUR", "USD", 5, 4, "told", date(2026, 11, 22)).inverse())
        '1 USD = 0.8 EUR (told, 2026-11-22)'
        """
        return Quote(self.quote, self.base, self.denominator, self.numerator, self.source, self.day, self.last)

    def times(self, other: Quote) -> Quote:
        """From this base to the other's currency through the shared one; as old as the older of the two.

        >>> from datetime import date
        >>> today = date(2026, 11, 22)
        >>> str(Quote("USD", "EUR", 4, 5, "told", today).times(Quote("EUR", "JPY", 175, 1, "told", today)))
        '1 USD = 140 JPY (told, 2026-11-22)'
        """
        if self.quote != other.base:
            found = f"{self.base}/{self.quote} and {other.base}/{other.quote}"
            raise EngineError("XB-EN-041", "Quote.times", found=found, expected="a shared currency in the middle")
        return Quote(
            self.base,
            other.quote,
            self.numerator * other.numerator,
            self.denominator * other.denominator,
            self.source,
            min(self.day, other.day),
            min(self.last, other.last) if self.last and other.last else None,
        )


class RateSource(Protocol):
    """Anything that knows exchange rates; it must not answer with a rate of a later day than asked for."""

    @property
    def name(self) -> str:
        """How rules and receipts call this source."""

    def rate(self, base: str, quote: str, day: date) -> Quote | None:
        """The rate that holds on ``day``: units of ``quote`` for one ``base``; None where the source knows none."""


def identity(currency: str, source: str, day: date) -> Quote:
    """One for one: a currency in itself, on any day.

    >>> from datetime import date
    >>> str(identity("EUR", "ecb", date(2026, 11, 22)))
    '1 EUR = 1 EUR (ecb, 2026-11-22)'
    """
    return Quote(currency, currency, 1, 1, source, day)


def convert(amount: int, quote: Quote, mode: str, scale_out: int = money.SCALE, scale_in: int = money.SCALE) -> int:
    """An amount of ``quote.base`` in ``quote.quote``; one exact product, rounded once by the named mode.

    ``amount`` counts 10^-scale_in of the base currency, the result 10^-scale_out of the other.

    >>> from datetime import date
    >>> quote = Quote("EUR", "USD", 11172, 10000, "ecb", date(2026, 10, 30))
    >>> convert(1_000_000, quote, "half_up"), convert(-5, quote, "half_up", scale_out=0, scale_in=0)
    (1117200, -6)
    """
    numerator, denominator = amount * quote.numerator, quote.denominator
    if scale_out >= scale_in:
        return money.divide(numerator * 10 ** (scale_out - scale_in), denominator, mode)
    return money.divide(numerator, denominator * 10 ** (scale_in - scale_out), mode)


def age_in_days(quote: Quote, day: date) -> int:
    """How many days before ``day`` the rate was published or became valid; none while it is the one fixed for the day.

    >>> from datetime import date
    >>> age_in_days(Quote("EUR", "USD", 6, 5, "ecb", date(2026, 10, 30)), date(2026, 11, 1))
    2
    >>> age_in_days(Quote("EUR", "USD", 6, 5, "customs", date(2026, 10, 1), date(2026, 10, 31)), date(2026, 10, 20))
    0
    """
    return 0 if quote.last is not None and day <= quote.last else (day - quote.day).days


def positive(text: str) -> tuple[int, int]:
    """A decimal string above zero as a fraction; ``ValueError`` for anything else.

    >>> positive("1.20")
    (1200000000000, 1000000000000)
    """
    value = money.scaled(text, DECIMALS)
    if value <= 0:
        raise ValueError(f"{text!r} is not above zero")
    return value, 10**DECIMALS
