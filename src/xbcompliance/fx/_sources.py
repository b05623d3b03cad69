"""Which source answers: the rate told with the order, else the one the rule names, else the default.

>>> from datetime import date
>>> from xbcompliance.fx import ConstantRates, told_rates
>>> sources = RateSources([ConstantRates({"EUR/USD": "1.20"}), ConstantRates({"EUR/USD": "1.10"}, "customs")])
>>> today = date(2026, 11, 22)
>>> [sources.find("EUR", "USD", today, name).source for name in (None, "customs", "elsewhere")]
['constant', 'customs', 'constant']
>>> sources.find("EUR", "USD", today, "customs", told_rates({"EUR/USD": "1.15"})).source
'told'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xbcompliance._errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from xbcompliance.fx._quote import Quote, RateSource


class RateSources:
    """The configured sources, the default first; ``InputError`` if there are none or two share a name."""

    def __init__(self, sources: Sequence[RateSource]) -> None:
        names = [source.name for source in sources]
        if not names or len(set(names)) < len(names):
            found = ", ".join(names) or "none"
            expected = "at least one rate source, each with its own name"
            raise InputError("XB-IN-045", "sources", found=found, expected=expected)
        self._default = sources[0]
        self._by_name = dict(zip(names, sources, strict=True))

    def find(
        self, base: str, quote: str, day: date, source: str | None = None, told: RateSource | None = None
    ) -> Quote | None:
        """The rate of a pair on a day, or None; ``Quote.source`` says who answered.

        A configured source that has no rate is not replaced by another one: the rate is then not known. A source with
        a method ``serves(base, quote)`` is one only for the pairs it serves: British customs rates say nothing of what
        the European Union fixed.
        """
        if told is not None:
            found = told.rate(base, quote, day)
            if found is not None:
                return found
        chosen = self._default if source is None else self._by_name.get(source, self._default)
        serves = getattr(chosen, "serves", None)
        if serves is not None and not serves(base, quote):
            chosen = self._default
        return chosen.rate(base, quote, day)
