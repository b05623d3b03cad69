"""Rates that hold on whatever day is asked for: those told with an order, and fixed ones for tests and what-ifs.

>>> from datetime import date
>>> told = told_rates({"EUR/USD": "1.25", "EUR/JPY": "175"})
>>> print(told.rate("USD", "JPY", date(2026, 11, 22)))
1 USD = 140 JPY (told, 2026-11-22)
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from xbcompliance._errors import InputError, shown
from xbcompliance.fx._quote import CURRENCY, DECIMALS, Quote, RateSource, identity, positive
from xbcompliance.fx._routes import Routes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date


class ConstantRates:
    """Fixed rates, ``{"EUR/USD": "1.20"}``: units of the second currency for one of the first.

    A pair is also served turned round, and two pairs that share a currency serve the cross rate; the pair as written
    wins where several ways lead to it. A quote carries the day it was asked for. ``InputError`` names a bad entry as
    ``where.EUR/USD``.

    >>> from datetime import date
    >>> print(ConstantRates({"EUR/USD": "1.20"}).rate("USD", "EUR", date(2026, 11, 22)))
    1 USD ≈ 0.833333333333 EUR (constant, 2026-11-22)
    """

    def __init__(self, rates: Mapping[str, str | Decimal], name: str = "constant", *, where: str = "rates") -> None:
        self.name = name
        self._rates = {_pair(pair, where): _fraction(rate, f"{where}.{pair}") for pair, rate in rates.items()}
        self._routes = Routes(self._rates)

    def rate(self, base: str, quote: str, day: date) -> Quote | None:
        """The rate of a pair, the same on every day; None if the given pairs do not lead to it."""
        if base == quote:
            return identity(base, self.name, day)

        def written(base: str, quote: str) -> Quote | None:
            fraction = self._rates.get((base, quote))
            return None if fraction is None else Quote(base, quote, *fraction, self.name, day)

        return self._routes.find(written, base, quote)


def told_rates(rates: Mapping[str, str | Decimal]) -> RateSource:
    """The rates an order tells in ``exchange_rates``, as a source named ``told``.

    >>> told_rates({"EUR-USD": "1.2"})
    Traceback (most recent call last):
    xbcompliance._errors.InputError: XB-IN-044 exchange_rates: found 'EUR-USD', expected two currencies such as EUR/USD
    """
    return ConstantRates(rates, "told", where="exchange_rates")


def _pair(pair: str, where: str) -> tuple[str, str]:
    base, _, quote = pair.partition("/")
    if not CURRENCY.match(base) or not CURRENCY.match(quote) or base == quote:
        raise InputError("XB-IN-044", where, found=shown(pair), expected="two currencies such as EUR/USD")
    return base, quote


def _fraction(rate: object, where: str) -> tuple[int, int]:
    text = format(rate, "f") if isinstance(rate, Decimal) else rate
    try:
        if isinstance(text, str):
            return positive(text)
    except ValueError:
        pass
    expected = f"a decimal string above zero with at most {DECIMALS} decimals"
    raise InputError("XB-IN-044", where, found=shown(rate), expected=expected)
