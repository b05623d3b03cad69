"""What a run came to, in minor units and before any document is made of it: the totals and what is still open."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from xbcompliance._unknown import UNKNOWN
from xbcompliance.engines.facts import assumed_value, to_engine
from xbcompliance.money import SCALE, rounded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xbcompliance.engines.rows import Run
    from xbcompliance.facts import Order
    from xbcompliance.packs.model import Assumption
    from xbcompliance.plan.slices import Slice

KINDS: Final = {"duty": "duty", "tax": "tax", "fee": "fees"}
"""Kind of charge → name of its total."""
AT_CHECKOUT: Final = "checkout"


@dataclass(frozen=True, slots=True)
class Result:
    """One order run through one slice. ``totals`` are minor units, ``UNKNOWN`` where not determined."""

    order: Order
    slice: Slice
    run: Run
    shown: tuple[Any, ...]
    totals: Mapping[str, Any]
    uncovered: tuple[str, ...]
    days: Mapping[str, Any] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether every total is determined."""
        return UNKNOWN not in self.totals.values()


def told_amount(order: Order, name: str, assumptions: Mapping[str, Assumption]) -> Any:
    """An amount of the order in engine scale, with the profile's assumption where it was not told."""
    return _told(getattr(order, name), assumptions.get(f"order.{name}"))


def _told(value: Any, assumed: Assumption | None) -> Any:
    if assumed is not None and ((value is UNKNOWN and assumed.when_untold) or (value is None and assumed.when_null)):
        return assumed_value(assumed, "money", None)
    return to_engine(value, "money", None)


def sum_charges(slice_: Slice, run: Run, covered: Mapping[str, Any]) -> dict[str, Any]:
    """Duty, tax and fees; a kind that the rulebook does not cover for this lane is unknown, never zero."""
    totals: dict[str, Any] = {"duty": 0, "tax": 0, "fees": 0}
    charges = slice_.charges
    for row in run.rows:
        name = KINDS[charges[row.charge].rule.terms["kind"]]  # type: ignore[index]
        if row.amount is UNKNOWN or totals[name] is UNKNOWN:
            totals[name] = UNKNOWN
        else:
            totals[name] += row.amount
    for kind, name in KINDS.items():
        if covered.get(kind) is not True:
            totals[name] = UNKNOWN
    return totals


def price_totals(
    order: Order, run: Run, assumptions: Mapping[str, Assumption], included: Sequence[int] | None, duty: Any
) -> dict[str, Any]:
    """Goods, shipping, insurance and discount as they stand beside the charges, so that all add up to the landed cost.

    ``included`` gives the tax contained in the prices of goods, shipping and insurance (minor units); None when it is
    not known. A duty that the prices contain (``prices_include: duty``) is taken out of the goods.
    """
    amounts = {name: told_amount(order, name, assumptions) for name in ("shipping", "insurance", "discount")}
    goods: Any = sum(
        to_engine(line.unit_price, "money", None) * to_engine(line.quantity, "quantity", None) for line in order.lines
    )
    for line in order.lines:
        reduced = _told(line.discount, assumptions.get("line.discount"))
        goods = UNKNOWN if goods is UNKNOWN or reduced is UNKNOWN else goods - reduced * 10**SCALE
    totals = {n: v if v is UNKNOWN else rounded(v, SCALE, run.digits, "half_up") for n, v in amounts.items()}
    totals["goods"] = goods if goods is UNKNOWN else rounded(goods, 2 * SCALE, run.digits, "half_up")
    told = order.prices_include
    contains = () if told is None or told is UNKNOWN else told
    if "vat" in contains:
        for name, part in zip(("goods", "shipping", "insurance"), included or (UNKNOWN,) * 3, strict=True):
            totals[name] = UNKNOWN if totals[name] is UNKNOWN or part is UNKNOWN else totals[name] - part
    if "duty" in contains:
        totals["goods"] = UNKNOWN if totals["goods"] is UNKNOWN or duty is UNKNOWN else totals["goods"] - duty
    return totals
