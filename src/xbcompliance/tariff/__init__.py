"""Tariffs: duty expressions as they are printed, and tariff codes.

>>> parse_duty("2.1¢/kg + 5%").rate_text
'0.021 USD/kg + 5%'
>>> normal_code("6109.10.00")
'61091000'
"""

from __future__ import annotations

from xbcompliance.tariff._terms import UNITS, Op, Term
from xbcompliance.tariff.codes import is_prefix, normal_code
from xbcompliance.tariff.duty import MAX_LENGTH, RESULT_SCALE, Duty, Kind, parse_duty, split_programmes

__all__ = [
    "MAX_LENGTH",
    "RESULT_SCALE",
    "UNITS",
    "Duty",
    "Kind",
    "Op",
    "Term",
    "is_prefix",
    "normal_code",
    "parse_duty",
    "split_programmes",
]
