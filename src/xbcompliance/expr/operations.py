"""What each operation means, one value at a time: the definition both engines are held to.

Truth is Kleene's: ``false and unknown`` is false. A number is known or not; a product with a known zero is zero.
``None`` is known absence: it equals nothing but itself and is in no set.

>>> conjunction(False, UNKNOWN), conjunction(True, UNKNOWN), disjunction(UNKNOWN, True)
(False, UNKNOWN, True)
>>> product(0, UNKNOWN), product(2, UNKNOWN)
(0, UNKNOWN)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xbcompliance._unknown import UNKNOWN
from xbcompliance.expr.numbers import is_valid
from xbcompliance.money import divide, rounded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["OPERATIONS", "UNKNOWN"]


def conjunction(*parts: Any) -> Any:
    """``and``: false if any part is false, else unknown if any is unknown."""
    if False in [part for part in parts if part is not UNKNOWN]:
        return False
    return UNKNOWN if any(part is UNKNOWN for part in parts) else True


def disjunction(*parts: Any) -> Any:
    """``or``: true if any part is true, else unknown if any is unknown."""
    if True in [part for part in parts if part is not UNKNOWN]:
        return True
    return UNKNOWN if any(part is UNKNOWN for part in parts) else False


def negation(part: Any) -> Any:
    """``not``."""
    return UNKNOWN if part is UNKNOWN else not part


def choice(condition: Any, yes: Any, no: Any) -> Any:
    """``yes if condition else no``; with an unknown condition only what both say."""
    if condition is UNKNOWN:
        return yes if yes is not UNKNOWN and no is not UNKNOWN and yes == no else UNKNOWN
    return yes if condition else no


def addition(a: Any, b: Any) -> Any:
    """``a + b`` of equal scales."""
    return UNKNOWN if a is UNKNOWN or b is UNKNOWN else a + b


def subtraction(a: Any, b: Any) -> Any:
    """``a - b`` of equal scales."""
    return UNKNOWN if a is UNKNOWN or b is UNKNOWN else a - b


def product(a: Any, b: Any) -> Any:
    """``a * b``; zero if either is known to be zero."""
    if a is not UNKNOWN and b is not UNKNOWN:
        return a * b
    return 0 if a == 0 or b == 0 else UNKNOWN


def opposite(a: Any) -> Any:
    """``-a``."""
    return UNKNOWN if a is UNKNOWN else -a


def less(a: Any, b: Any) -> Any:
    """``a < b``; an absent side decides nothing."""
    return UNKNOWN if a is UNKNOWN or b is UNKNOWN or a is None or b is None else a < b


def at_most(a: Any, b: Any) -> Any:
    """``a <= b``; an absent side decides nothing."""
    return UNKNOWN if a is UNKNOWN or b is UNKNOWN or a is None or b is None else a <= b


def equal(a: Any, b: Any) -> Any:
    """``a == b``; two absences are equal, an absence equals no value."""
    if a is UNKNOWN or b is UNKNOWN:
        return UNKNOWN
    return _agreed({left == right for left in _codes(a) for right in _codes(b)})


def told(a: Any) -> Any:
    """Whether there is a value: false for absence."""
    return UNKNOWN if a is UNKNOWN else a is not None


def told_or(a: Any, b: Any) -> Any:
    """``a`` where it was told, else ``b``: a fact told as such settles what is otherwise worked out from others."""
    return b if a is UNKNOWN else a


def within(a: Any, options: frozenset[str]) -> Any:
    """``a in {…}``."""
    return UNKNOWN if a is UNKNOWN else _agreed({code in options for code in _codes(a)})


def _codes(value: Any) -> tuple[Any, ...]:
    """What a value is compared by: a place by its code, or by all codes it may still have."""
    code = getattr(value, "code", value)
    return (code, *getattr(value, "open", ()))


def _agreed(answers: set[bool]) -> Any:
    return answers.pop() if len(answers) == 1 else UNKNOWN


def contains(whole: Any, a: Any) -> Any:
    """Whether a set fact holds a value; nothing is in an absent set."""
    if whole is UNKNOWN or a is UNKNOWN:
        return False if whole is None or (whole is not UNKNOWN and not whole) else UNKNOWN
    return whole is not None and _agreed({code in whole for code in _codes(a)})


def smallest(*parts: Any) -> Any:
    """The least of several amounts, numbers or dates."""
    return UNKNOWN if any(part is UNKNOWN or part is None for part in parts) else min(parts)


def greatest(*parts: Any) -> Any:
    """The greatest of several amounts, numbers or dates."""
    return UNKNOWN if any(part is UNKNOWN or part is None for part in parts) else max(parts)


def digits(code: Any, count: int) -> Any:
    """The first digits of a commodity code; a code that has fewer does not tell them."""
    if code is UNKNOWN or code is None:
        return code
    return code[:count] if len(code) >= count else UNKNOWN


def starts_with(code: Any, prefix: str) -> Any:
    """Whether a code starts with a text; a shorter code that could still become it does not tell."""
    if code is UNKNOWN:
        return UNKNOWN
    if code is None:
        return False
    return UNKNOWN if len(code) < len(prefix) and prefix.startswith(code) else code.startswith(prefix)


def first(code: Any, count: int) -> Any:
    """The first characters of a code."""
    return code if code is UNKNOWN or code is None else code[:count]


def registered(registrations: Any, place: Any, scheme: str) -> Any:
    """Whether registrations, each ``COUNTRY:scheme``, hold one in a country under a scheme."""
    if place is None or registrations is None:
        return False
    if place is UNKNOWN and registrations is not UNKNOWN:
        return UNKNOWN if any(found.endswith(f":{scheme}") for found in registrations) else False
    if place is UNKNOWN or registrations is UNKNOWN:
        return UNKNOWN
    return f"{getattr(place, 'code', place)}:{scheme}" in registrations


def days(a: Any, b: Any) -> Any:
    """Days from ``a`` to ``b``."""
    return UNKNOWN if a is UNKNOWN or b is UNKNOWN or a is None or b is None else b - a


def valid(number: Any, kind: str) -> Any:
    """Whether a number has the right form and check digits, or each of several; an absent one has not."""
    if number is UNKNOWN or number is None:
        return UNKNOWN if number is UNKNOWN else False
    return is_valid(kind, number) if isinstance(number, str) else all(is_valid(kind, one) for one in number)


def shifted(a: Any, places: int) -> Any:
    """The same value carried with more decimals."""
    return UNKNOWN if a is UNKNOWN else a * 10**places


def quotient(a: Any, b: Any, scale: int, mode: str) -> Any:
    """``a / b`` where ``scale`` is what the result needs beyond ``a``'s less ``b``'s; nothing divides by zero."""
    if a is UNKNOWN or b is UNKNOWN or b == 0:
        return UNKNOWN
    numerator, denominator = (a * 10**scale, b) if scale >= 0 else (a, b * 10**-scale)
    return divide(numerator, denominator, mode) if denominator > 0 else divide(-numerator, -denominator, mode)


def without(gross: Any, rate: Any, gross_scale: int, rate_scale: int, scale: int) -> Any:
    """``gross / (1 + rate)`` half-up to ``scale`` decimals: the closed form of a tax contained in its own base."""
    if gross is UNKNOWN or rate is UNKNOWN:
        return 0 if gross == 0 else UNKNOWN
    one = 10**rate_scale
    return quotient(gross * one, one + rate, scale - gross_scale, "half_up")


def rounding(a: Any, scale: int, places: int, mode: str, step: int, out: int) -> Any:
    """``a`` of ``scale`` decimals rounded to ``places`` in steps, carried with ``out`` decimals."""
    return UNKNOWN if a is UNKNOWN else rounded(a, scale, places, mode, step) * 10 ** (out - places)


def total(parts: Iterable[Any]) -> Any:
    """The sum of all parts; one unknown part makes it unknown."""
    result = 0
    for part in parts:
        if part is UNKNOWN:
            return UNKNOWN
        result += part
    return result


def count_true(parts: Iterable[Any]) -> Any:
    """How many are true."""
    seen = list(parts)
    return UNKNOWN if any(part is UNKNOWN for part in seen) else sum(seen)


def count_distinct(parts: Iterable[Any]) -> Any:
    """How many different codes there are; one single part is one, told or not."""
    seen = list(parts)
    if len(seen) == 1:
        return 0 if seen[0] is None else 1
    if any(part is UNKNOWN for part in seen):
        return UNKNOWN
    return len({part for part in seen if part is not None})


OPERATIONS: Final[dict[str, Callable[..., Any]]] = {
    "and": conjunction,
    "or": disjunction,
    "not": negation,
    "if": choice,
    "add": addition,
    "sub": subtraction,
    "mul": product,
    "neg": opposite,
    "lt": less,
    "le": at_most,
    "eq": equal,
    "told": told,
    "told_or": told_or,
    "in": within,
    "contains": contains,
    "min": smallest,
    "max": greatest,
    "digits": digits,
    "starts_with": starts_with,
    "first": first,
    "registered": registered,
    "days": days,
    "valid": valid,
    "shift": shifted,
}
"""Operations on values alone; ``value`` of the node, where it has one, is the last argument."""
