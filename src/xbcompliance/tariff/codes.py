"""Tariff codes: digit strings of 6 to 10 digits, whatever dots and blanks they were printed with.

>>> normal_code("6109.10.00 10")
'6109100010'
>>> is_prefix("6109", "6109100010")
True
"""

from __future__ import annotations

import re
from typing import Final

from xbcompliance._errors import shown

_CODE: Final = re.compile(r"[0-9]{6,10}")


def normal_code(text: str) -> str:
    """The digits of a tariff code; ``ValueError`` unless there are 6 to 10 of them and nothing else.

    >>> normal_code("0101.21")
    '010121'
    >>> normal_code("6109")
    Traceback (most recent call last):
    ValueError: found '6109', expected a tariff code of 6 to 10 digits (dots and blanks are dropped)
    """
    code = _digits(text)
    if not _CODE.fullmatch(code):
        raise ValueError(f"found {shown(text)}, expected a tariff code of 6 to 10 digits (dots and blanks are dropped)")
    return code


def is_prefix(prefix: str, code: str) -> bool:
    """Whether a code, or a chapter or heading of it, covers another code. An empty prefix covers nothing.

    >>> is_prefix("61.09", "6109.10"), is_prefix("6109.10", "6109"), is_prefix("", "610910")
    (True, False, False)
    """
    start = _digits(prefix)
    return bool(start) and _digits(code).startswith(start)


def _digits(text: str) -> str:
    return "".join(text.split()).replace(".", "")
