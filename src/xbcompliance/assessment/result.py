"""What a run came to, in minor units and before any document is made of it: the totals and what is still open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from xbcompliance._unknown import UNKNOWN
from xbcompliance.money import SCALE, rounded

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from xbcompliance.engines.rows import Row, Run
    from xbcompliance.facts import Order
    from xbcompliance.plan.slices import Slice

KINDS: Final = {"duty": "duty", "tax": "tax", "fee": "fees"}
"""Kind of charge → name of its total."""
PRICES: Final = ("goods", "shipping", "insurance", "discount")
"""The prices of an order, in the order of ``Slice.prices``."""
_PRICE_SCALES: Final = (2 * SCALE, SCALE, SCALE, SCALE)


class Result(NamedTuple):
    """One order run through one slice. ``totals`` are minor units, ``UNKNOWN`` where not determined."""

    order: Order
    slice: Slice
    run: Run
    shown: tuple[Any, ...]
    totals: Mapping[str, Any]
    uncovered: tuple[str, ...]
    coverage: tuple[Any, ...]
    days: Mapping[str, Any]

    def coverage_is_open(self, kind: str) -> bool:
        """Whether an untold fact decides if the rulebook covers a kind of charge."""
        facts = zip(self.slice.covers, self.coverage, strict=True)
        return any(column[0] is UNKNOWN for fact, column in facts if kind in fact.rule.rule.covers)

    @property
    def complete(self) -> bool:
        """Whether every total is determined."""
        return UNKNOWN not in self.totals.values()


def sum_charges(rows: Sequence[Row], kinds: Sequence[str], uncovered: Sequence[str]) -> dict[str, Any]:
    """Duty, tax and fees; a kind that the rulebook does not cover for this lane is unknown, never zero.

    ``kinds`` names the total of each charge of the slice.

    >>> from xbcompliance.engines.rows import Row
    >>> sum_charges([Row(0, 0, "charged", 0, 0, 756)], ["tax"], ["fee"])
    {'duty': 0, 'tax': 756, 'fees': UNKNOWN}
    """
    totals: dict[str, Any] = {"duty": 0, "tax": 0, "fees": 0}
    for row in rows:
        name, amount = kinds[row[0]], row[5]
        if amount is UNKNOWN:
            totals[name] = UNKNOWN
        elif totals[name] is not UNKNOWN:
            totals[name] += amount
    for kind in uncovered:
        totals[KINDS[kind]] = UNKNOWN
    return totals


def add_prices(totals: dict[str, Any], prices: Sequence[Any], digits: int) -> None:
    """Adds goods, shipping, insurance and discount, each rounded to the minor unit, to the totals."""
    for name, value, scale in zip(PRICES, prices, _PRICE_SCALES, strict=True):
        if value is UNKNOWN:
            totals[name] = UNKNOWN
        else:
            whole, rest = divmod(value, 10 ** (scale - digits))
            totals[name] = whole if rest == 0 else rounded(value, scale, digits, "half_up")


def with_landed_cost(totals: Mapping[str, Any]) -> dict[str, Any]:
    """The totals with the landed cost: goods, shipping, insurance and charges, less the discount."""
    parts = [totals[name] for name in ("goods", "shipping", "insurance", "duty", "tax", "fees")]
    known = UNKNOWN not in (*parts, totals["discount"])
    return {**totals, "landed_cost": sum(parts) - totals["discount"] if known else UNKNOWN}


def leave_prices_open(totals: dict[str, Any]) -> None:
    """While it is not told what the prices contain, no price but nothing is the price without it."""
    for name in PRICES[:3]:
        totals[name] = 0 if totals[name] == 0 else UNKNOWN


def take_out_included(totals: dict[str, Any], contains: Collection[str], included: Sequence[Any]) -> None:
    """Takes an included tax out of goods, shipping and insurance, and an included duty out of the goods.

    What is left, the charges and the told discount add up to the price that was shown.
    """
    if "vat" in contains:
        for name, part in zip(PRICES, included, strict=False):
            totals[name] = UNKNOWN if totals[name] is UNKNOWN or part is UNKNOWN else totals[name] - part
    if "duty" in contains:
        duty = totals["duty"]
        totals["goods"] = UNKNOWN if totals["goods"] is UNKNOWN or duty is UNKNOWN else totals["goods"] - duty
