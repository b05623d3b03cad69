"""The numbers of an order: amounts, quantities, rates and shares as exact decimals.

Each check is a pattern around the fast case, a plain decimal string; only a value that fails it is looked at more
closely, to accept whole numbers, ``Decimal`` and ``moneyed.Money`` and to say why anything else is no number.

>>> amount("19.90")
Decimal('19.90')
>>> amount("19,90")
Traceback (most recent call last):
pydantic_core._pydantic_core.PydanticCustomError: expected a decimal string such as "19.90"
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, Final

from pydantic import Field, PlainSerializer, PlainValidator, Strict, WithJsonSchema
from pydantic_core import PydanticCustomError

from xbcompliance.facts._fields import Kind, problem
from xbcompliance.money import MAX_DIGITS, RATE_SCALE, SCALE


class Priced(Decimal):
    """An amount that came as ``moneyed.Money``: the order checks that its currency is the order's."""

    currency: str

    def __new__(cls, value: str, currency: str) -> Priced:
        """Keep the currency beside the number."""
        self = super().__new__(cls, value)
        self.currency = currency
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles keep the currency."""
        return (Priced, (format(self, "f"), self.currency))


_UNSIGNED: Final = {scale: re.compile(rf"[0-9]{{1,{MAX_DIGITS}}}(?:\.[0-9]{{1,{scale}}})?\Z").match for scale in (6, 8)}
_DECIMAL: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?\Z").match
_ZERO: Final = Decimal(0)


def amount(value: object) -> Decimal:
    """An amount of money, 0 or more; ``moneyed.Money`` keeps its currency for the check against the order's.

    >>> amount(7)
    Decimal('7')
    """
    if type(value) is str:
        return _unsigned(value)
    worth, currency = getattr(value, "amount", None), getattr(value, "currency", None)
    if isinstance(worth, Decimal) and currency is not None:
        return Priced(format(_decimal(worth, SCALE), "f"), str(currency))
    return _decimal(value, SCALE)


def measure(value: object) -> Decimal:
    """A quantity, 0 or more."""
    return _unsigned(value) if type(value) is str else _decimal(value, SCALE)


def quantity(value: object) -> Decimal:
    """A quantity above 0.

    >>> quantity("0")
    Traceback (most recent call last):
    pydantic_core._pydantic_core.PydanticCustomError: expected a number above 0
    """
    number = measure(value)
    if number <= _ZERO:
        raise problem("XB-IN-011", "a number above 0")
    return number


def rate(value: object) -> Decimal:
    """A rate above 0, such as an exchange rate."""
    number = _unsigned(value, RATE_SCALE) if type(value) is str else _decimal(value, RATE_SCALE)
    if number <= _ZERO:
        raise problem("XB-IN-011", "a number above 0")
    return number


@lru_cache(maxsize=4096)
def _unsigned(text: str, scale: int = SCALE) -> Decimal:
    """A decimal string; most amounts of most orders (0, 1, common prices) have been read before."""
    if _UNSIGNED[scale](text):
        return Decimal(text)
    raise _no_number(text, scale)


def _up_to(limit: int) -> Callable[[object], Decimal]:
    def part(value: object) -> Decimal:
        number = _unsigned(value, RATE_SCALE) if type(value) is str else _decimal(value, RATE_SCALE)
        if number > limit:
            raise problem("XB-IN-011", f"a number from 0 to {limit}")
        return number

    return part


share: Final = _up_to(1)
percent: Final = _up_to(100)


def _decimal(value: object, scale: int) -> Decimal:
    """The slow way: whole numbers and ``Decimal`` objects, and the reason why anything else is no number."""
    if isinstance(value, str):
        text = str(value)
    elif isinstance(value, bool) or not isinstance(value, (int, Decimal, float)):
        raise problem("XB-IN-003", 'a decimal string such as "19.90"')
    elif isinstance(value, float):
        raise problem("XB-IN-009", 'a decimal string such as "19.90"', hint="floats are never exact")
    elif isinstance(value, Decimal) and not value.is_finite():
        raise problem("XB-IN-004", "a finite decimal")
    elif isinstance(value, Decimal):
        text = _written(value, scale)
    else:
        text = str(value) if abs(value) < 10**MAX_DIGITS else "9" * (MAX_DIGITS + 1)
    if _UNSIGNED[scale](text):
        return Decimal(text)
    raise _no_number(text, scale)


def _written(value: Decimal, scale: int) -> str:
    """A ``Decimal`` without its exponent, which must be small enough to write out."""
    if not -4 * MAX_DIGITS <= int(value.as_tuple().exponent) <= MAX_DIGITS:
        raise problem("XB-IN-011", f"at most {MAX_DIGITS} digits before the point and {scale} decimals")
    return format(value, "f")


def _no_number(text: str, scale: int) -> PydanticCustomError:
    if not _DECIMAL(text):
        return problem("XB-IN-004", 'a decimal string such as "19.90"', hint=_comma_hint(text))
    if text.startswith("-"):
        return problem("XB-IN-011", "0 or more")
    whole, _, fraction = text.partition(".")
    if len(whole) > MAX_DIGITS:
        return problem("XB-IN-011", f"at most {MAX_DIGITS} digits before the point")
    return problem("XB-IN-011", f"at most {scale} decimals, not {len(fraction)}")


def _comma_hint(text: str) -> str:
    return "write a point before the decimals and no separators between thousands" if "," in text[:40] else ""


def _plain(value: Decimal) -> str:
    return format(value, "f")


def _number_type(check: Callable[[object], Decimal], kind: Kind, decimals: int) -> tuple[Any, ...]:
    schema = {"type": "string", "pattern": rf"^[0-9]{{1,{MAX_DIGITS}}}(\.[0-9]{{1,{decimals}}})?$"}
    return (
        PlainValidator(check),
        PlainSerializer(_plain, return_type=str, when_used="json"),
        WithJsonSchema(schema),
        kind,
    )


Amount = Annotated[Decimal, *_number_type(amount, Kind("money", SCALE), SCALE)]
"""Money in the currency of the order."""
Worth = Annotated[Decimal, *_number_type(measure, Kind("money", SCALE), SCALE)]
"""Money in a currency that its place says; ``moneyed.Money`` is not taken here."""
Quantity = Annotated[Decimal, *_number_type(quantity, Kind("quantity", SCALE), SCALE)]
Mass = Annotated[Decimal, *_number_type(measure, Kind("quantity", SCALE, "kg"), SCALE)]
Measure = Annotated[Decimal, *_number_type(measure, Kind("quantity", SCALE), SCALE)]
Number = Annotated[Decimal, *_number_type(measure, Kind("number", RATE_SCALE), SCALE)]
Rate = Annotated[Decimal, *_number_type(rate, Kind("number", RATE_SCALE), RATE_SCALE)]
Share = Annotated[Decimal, *_number_type(share, Kind("number", RATE_SCALE), RATE_SCALE)]
Percent = Annotated[Decimal, *_number_type(percent, Kind("number", RATE_SCALE, "percent"), RATE_SCALE)]
Count = Annotated[int, Strict(), Field(ge=0, le=10**MAX_DIGITS), Kind("number", 0)]
