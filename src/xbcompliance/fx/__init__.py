"""Exchange rates: exact, dated, and from a source that can be named.

A :class:`Quote` is a rational number with its source and the day it was published; a :class:`RateSource` finds one
for a pair and a day and never looks ahead. The engine asks :class:`RateSources`, where rates told with an order win
over the source a rule names, and that one over the default. How old a rate may be is law and not decided here:
:func:`age_in_days` tells the age.

>>> from datetime import date
>>> sources = RateSources([ConstantRates({"EUR/USD": "1.20"})])
>>> quote = sources.find("USD", "EUR", date(2026, 11, 22))
>>> quote.numerator, quote.denominator
(5, 6)
>>> convert(47_700_000, quote, "half_up", scale_out=2)     # 47.70 USD in euro cents
3975
"""

from __future__ import annotations

from xbcompliance.fx._constant import ConstantRates, told_rates
from xbcompliance.fx._customs import CsvRates, read_period
from xbcompliance.fx._ecb import EcbReferenceRates, read_ecb
from xbcompliance.fx._quote import Quote, RateSource, age_in_days, convert
from xbcompliance.fx._sources import RateSources

__all__ = [
    "ConstantRates",
    "CsvRates",
    "EcbReferenceRates",
    "Quote",
    "RateSource",
    "RateSources",
    "age_in_days",
    "convert",
    "read_ecb",
    "read_period",
    "told_rates",
]
