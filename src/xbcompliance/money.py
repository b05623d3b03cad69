"""Exact money: scaled integers, named rounding, allocation that always sums to the whole.

Inside the engine an amount is an ``int`` counting 10⁻⁶ of the currency's major unit (``SCALE``); a product of two
scaled numbers has the sum of their scales. Nothing here divides without saying how it rounds, and nothing reads the
ambient ``decimal`` context. ``moneyed.Money`` appears only at the edge (:func:`to_money`).

>>> net = scaled("39.80")
>>> rounded(net * scaled("0.19", 8), 6 + 8, 2, "half_up")     # 19 % of 39.80, in cents
756
>>> allocate(1000, [1, 1, 1], ["a", "b", "c"])
[334, 333, 333]
"""

from __future__ import annotations

import re
from decimal import Context, Decimal, Inexact, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from xbcompliance._errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from moneyed import Money

SCALE: Final = 6
"""Decimal places of an amount or a quantity inside the engine."""
RATE_SCALE: Final = 8
"""Decimal places of a rate or any other plain number inside the engine."""
MAX_DIGITS: Final = 15
"""Digits before the point that an amount, rate or quantity may have."""

Mode = Literal["half_up", "half_even", "half_down", "up", "down", "floor", "ceiling"]

_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,12})?\Z")
_EXACT = Context(prec=60, traps=[InvalidOperation, Inexact])


def divide(numerator: int, denominator: int, mode: str) -> int:
    """``numerator / denominator`` rounded to a whole number by a named mode; half modes round halves away from zero.

    >>> [divide(n, 2, "half_up") for n in (-3, -1, 1, 3)]
    [-2, -1, 1, 2]
    >>> [divide(n, 2, "half_even") for n in (-3, -1, 1, 3)]
    [-2, 0, 0, 2]
    """
    return _DIVIDERS[mode](numerator, denominator)


def _half_up(numerator: int, denominator: int) -> int:
    if numerator >= 0:
        return (2 * numerator + denominator) // (2 * denominator)
    return -((denominator - 2 * numerator) // (2 * denominator))


def _half_down(numerator: int, denominator: int) -> int:
    if numerator >= 0:
        return -((denominator - 2 * numerator) // (2 * denominator))
    return (2 * numerator + denominator) // (2 * denominator)


def _half_even(numerator: int, denominator: int) -> int:
    quotient, rest = divmod(numerator, denominator)
    return quotient + (2 * rest > denominator or (2 * rest == denominator and quotient & 1))


def _floor(numerator: int, denominator: int) -> int:
    return numerator // denominator


def _ceiling(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)


def _down(numerator: int, denominator: int) -> int:
    return numerator // denominator if numerator >= 0 else -(-numerator // denominator)


def _up(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator) if numerator >= 0 else numerator // denominator


_DIVIDERS: Final[dict[str, Callable[[int, int], int]]] = {
    "half_up": _half_up,
    "half_even": _half_even,
    "half_down": _half_down,
    "floor": _floor,
    "ceiling": _ceiling,
    "down": _down,
    "up": _up,
}
MODES: Final = tuple(_DIVIDERS)
"""The rounding modes a pack may name."""


def rounded(value: int, scale: int, digits: int, mode: str, step: int = 1) -> int:
    """A scaled value in units of ``step · 10^-digits``, returned in units of ``10^-digits``.

    ``rounded(…, digits=2)`` gives cents; ``step=5`` rounds to five of them; ``digits`` may be 0 or less.

    >>> rounded(1_025_000, 6, 2, "half_up"), rounded(1_025_000, 6, 2, "half_up", step=5)
    (103, 105)
    """
    exponent = scale - digits
    if exponent >= 0:
        return divide(value, 10**exponent * step, mode) * step
    return divide(value * 10**-exponent, step, mode) * step


def allocate(whole: int, weights: Sequence[int], ids: Sequence[str]) -> list[int]:
    """Split ``whole`` in proportion to ``weights`` by largest remainder; ties go to the lower id.

    The parts always sum to the whole, whatever its sign. Weights that are all zero count as equal.

    >>> allocate(490, [3980, 0, 20], ["1", "2", "3"])
    [488, 0, 2]
    >>> allocate(-1, [1, 1], ["b", "a"])
    [0, -1]
    """
    count = len(weights)
    if count == 1:
        return [whole]
    if not count:
        raise EngineError("XB-EN-010", "allocate", message="there is nothing to allocate to")
    total = sum(weights)
    if total == 0:
        weights, total = [1] * count, count
    sign = -1 if whole < 0 else 1
    size = whole * sign
    parts = [size * weight // total for weight in weights]
    left = size - sum(parts)
    if left:
        by_remainder = sorted(range(count), key=lambda i: (-(size * weights[i] % total), ids[i]))
        for i in by_remainder[:left]:
            parts[i] += 1
    return [part * sign for part in parts] if sign < 0 else parts


def scaled(text: str, scale: int = SCALE) -> int:
    """A decimal string as a scaled integer; more decimals than the scale holds are an error, never cut.

    Raises ``ValueError`` for anything that is not a plain decimal number.

    >>> scaled("-0.5"), scaled("12", 2)
    (-500000, 1200)
    >>> scaled("0.0000001")
    Traceback (most recent call last):
    ValueError: '0.0000001' has more than 6 decimals
    """
    if not _NUMBER.match(text):
        raise ValueError(f"{text!r} is not a decimal number")
    whole, _, fraction = text.partition(".")
    if len(fraction) > scale:
        fraction = fraction.rstrip("0")
        if len(fraction) > scale:
            raise ValueError(f"{text!r} has more than {scale} decimals")
    return int(whole + fraction.ljust(scale, "0"))


def from_decimal(value: Decimal, scale: int = SCALE) -> int:
    """A finite ``Decimal`` as a scaled integer, whatever the ambient context says.

    >>> from_decimal(Decimal("19.90"))
    19900000
    """
    return int(value.scaleb(scale, _EXACT).quantize(_ONE, context=_EXACT))


_ONE = Decimal(1)


def text(value: int, scale: int) -> str:
    """A scaled integer as a decimal string with exactly ``scale`` decimals.

    >>> text(756, 2), text(-5, 2), text(1200, 0)
    ('7.56', '-0.05', '1200')
    """
    if scale <= 0:
        return str(value * 10**-scale)
    sign = "-" if value < 0 else ""
    digits = str(abs(value)).rjust(scale + 1, "0")
    return f"{sign}{digits[:-scale]}.{digits[-scale:]}"


def plain(value: int, scale: int) -> str:
    """A scaled integer as the shortest decimal string.

    >>> plain(19_000_000, 8), plain(200, 2), plain(0, 6)
    ('0.19', '2', '0')
    """
    out = text(value, scale)
    return out.rstrip("0").rstrip(".") if "." in out else out


def percent(rate: int, scale: int = RATE_SCALE) -> str:
    """A rate as people read it.

    >>> percent(19_000_000), percent(2_550_000)
    ('19 %', '2.55 %')
    """
    return f"{plain(rate * 100, scale)} %"


@lru_cache(maxsize=512)
def minor_digits(currency: str) -> int:
    """Decimal places of a currency's minor unit (ISO 4217): EUR 2, JPY 0, KWD 3.

    >>> minor_digits("EUR"), minor_digits("JPY"), minor_digits("KWD")
    (2, 0, 3)
    """
    from moneyed import get_currency  # imported late: it is slow and a quote in a known currency needs it once

    units = get_currency(currency).sub_unit
    return len(str(units)) - 1


@lru_cache(maxsize=1)
def currencies() -> frozenset[str]:
    """The ISO 4217 codes in use, without metals, funds and test codes.

    >>> "EUR" in currencies(), "QQQ" in currencies(), "XAU" in currencies()
    (True, False, False)
    """
    from moneyed import list_all_currencies

    return frozenset(str(c.code) for c in list_all_currencies() if len(c.code) == 3 and not c.code.startswith("X")) | {
        "XAF",
        "XCD",
        "XOF",
        "XPF",
    }


def to_money(value: int, currency: str) -> Money:
    """Minor units as ``moneyed.Money``.

    >>> str(to_money(756, "EUR").amount)
    '7.56'
    """
    from moneyed import Money

    make = cast("Callable[..., Any]", Money)
    return cast("Money", make(Decimal(text(value, minor_digits(currency))), currency))
