"""What a run of a slice yields: one row for each charge that applies, and the state shared by both engines.

Amounts are in minor units of the order's currency (``local`` in those of the law's own), ``base`` and ``rate`` carry
the scales of their expressions. ``UNKNOWN`` in ``amount`` marks a charge that is not determined.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from xbcompliance._errors import EngineError
from xbcompliance._unknown import UNKNOWN
from xbcompliance.expr.ir import ORDER_MONEY
from xbcompliance.money import SCALE, allocate, divide, minor_digits, rounded

if TYPE_CHECKING:
    from xbcompliance.expr.ir import Type
    from xbcompliance.packs.model import Rounding
    from xbcompliance.tariff import Duty

CHARGED: Final = "charged"
ZERO_RATED: Final = "zero_rated"


class Row(NamedTuple):
    """One charge for one unit (line, item, consignment or the order) of its rule's grain."""

    charge: int
    unit: int
    basis: str | None
    base: Any
    rate: Any
    amount: Any
    local: Any = None


class Alternative(NamedTuple):
    """One of several competing charges for a line: what it would come to, and whether it holds."""

    charge: int
    unit: int
    holds: Any
    offered: Any
    amount: Any


class Run:
    """What the engines share while one order is run: its currency, its days, where rates come from, and the rows.

    ``convert(amount, from, to, day, source)`` gives the amount in the other currency or ``UNKNOWN``;
    ``is_member(territory, place, day)`` tells memberships; ``unit`` is the minor unit in engine scale.
    """

    __slots__ = ("alternatives", "convert", "currency", "days", "digits", "is_member", "line_ids", "rows", "unit")

    def __init__(
        self,
        currency: str,
        days: dict[str, Any],
        convert: Callable[[int, str, str, int, str | None], Any],
        is_member: Callable[[str, Any, int], Any],
        line_ids: Sequence[str],
    ) -> None:
        self.currency = currency
        self.days = days
        self.convert = convert
        self.is_member = is_member
        self.line_ids = line_ids
        self.digits = minor_digits(currency)
        self.unit = 10 ** (SCALE - self.digits)
        self.rows: list[Row] = []
        self.alternatives: list[Alternative] = []

    def step(self, type_: Type) -> int:
        """The minor unit of an amount's own currency, counted in the amount's own decimals."""
        digits = self.digits if type_.unit == ORDER_MONEY else minor_digits(str(type_.unit))
        return int(10 ** (type_.scale - digits))

    def to_order_currency(self, local: int, currency: str, clock: str) -> Any:
        """A fixed amount (engine scale) in minor units of the order's currency, rounded half up."""
        if currency == self.currency:
            return rounded(local, SCALE, self.digits, "half_up")
        day = self.days.get(clock, UNKNOWN)
        if day is UNKNOWN:
            return UNKNOWN
        amount = self.convert(local * 10**SCALE, currency, self.currency, day, None)
        return UNKNOWN if amount is UNKNOWN else rounded(amount, 2 * SCALE, self.digits, "half_up")


def share(whole: Any, weights: Sequence[Any], ids: Sequence[str], step: int) -> list[Any]:
    """A whole split over weights by largest remainder, in steps of ``step`` where the whole is a multiple of it.

    >>> share(10, [1, 1, 1], ["a", "b", "c"], 1)
    [4, 3, 3]
    >>> share(10, [1, UNKNOWN], ["a", "b"], 1), share(0, [1, UNKNOWN], ["a", "b"], 1)
    ([UNKNOWN, UNKNOWN], [0, 0])
    """
    if len(weights) == 1:
        return [whole]
    if whole is UNKNOWN:
        return [UNKNOWN] * len(weights)
    if whole == 0:
        return [0] * len(weights)
    for weight in weights:
        if weight is UNKNOWN:
            return [UNKNOWN] * len(weights)
    if any(weight < 0 for weight in weights):
        raise EngineError("XB-EN-011", "share", found="a negative weight", expected="weights of zero or more")
    if whole % step == 0:
        return [part * step for part in allocate(whole // step, weights, ids)]
    return list(allocate(whole, weights, ids))


def round_charge(exact: Any, scale: int, rounding: Rounding, digits: int) -> Any:
    """An exact amount rounded as the charge says, in units of ``10^-digits``."""
    if exact is UNKNOWN:
        return UNKNOWN
    if rounding.digits is None or rounding.digits == digits:
        return rounded(exact, scale, digits, rounding.mode, rounding.step)
    places = rounding.digits
    value = rounded(exact, scale, places, rounding.mode, rounding.step)
    return (
        value * 10 ** (digits - places) if digits >= places else divide(value, 10 ** (places - digits), rounding.mode)
    )


def round_total(exact: Sequence[Any], scale: int, rounding: Rounding, digits: int, ids: Sequence[str]) -> list[Any]:
    """Exact amounts rounded once on their sum, the rounded sum split back by largest remainder."""
    if any(part is UNKNOWN for part in exact):
        return [UNKNOWN] * len(exact)
    whole = round_charge(sum(exact), scale, rounding, digits)
    return list(allocate(whole, [abs(part) for part in exact], ids))


def apply_duty(duty: Any, value: Any, measures: Callable[[str], Any], run: Run, clock: str) -> Any:
    """A duty expression applied to a value (engine scale), exact to the duty scale; unknown while a part of it is."""
    if duty is UNKNOWN:
        return UNKNOWN
    expression: Duty = duty
    day = run.days.get(clock, UNKNOWN)

    def convert(amount: int, currency: str) -> Any:
        if currency == run.currency:
            return amount
        return UNKNOWN if day is UNKNOWN else run.convert(amount, currency, run.currency, day, None)

    return expression.evaluate(value, measures, convert)


def choose_option(offers: Sequence[Alternative]) -> int | None:
    """The charge to levy among competing ones: the least that holds; None while another could still be less.

    A charge without rivals is the one whatever it comes to, and nothing is less than a charge that comes to nothing.

    >>> choose_option([Alternative(0, 0, True, True, 1200), Alternative(1, 0, False, True, 0)])
    0
    >>> choose_option([Alternative(0, 0, True, True, 1200), Alternative(1, 0, UNKNOWN, True, 0)]) is None
    True
    >>> choose_option([Alternative(0, 0, True, True, 0), Alternative(1, 0, True, True, UNKNOWN)])
    0
    """
    rivals = [offer for offer in offers if offer.holds is not False]
    if len(rivals) == 1 and rivals[0].holds is True:
        return rivals[0].charge
    sure = [offer for offer in rivals if offer.holds is True and offer.amount is not UNKNOWN]
    best = min(sure, key=lambda offer: (offer.amount, offer.charge), default=None)
    if best is None:
        return None
    if best.amount > 0 and any(_may_be_less(offer, best) for offer in rivals):
        return None
    return best.charge


def _may_be_less(offer: Alternative, best: Alternative) -> bool:
    return offer.amount is UNKNOWN or (offer.holds is UNKNOWN and offer.amount < best.amount)
