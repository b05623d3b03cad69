"""How an order's amounts divide into lines, goods and delivery, so that every step of a return gives back its share.

What has been given back of an amount follows from how much has been returned in all, not from the steps in which it
was; so the steps of any number of returns add up, and the last unit brings the rest.

>>> steps = [Step(0, 1, 3), Step(1, 2, 3), Step(2, 3, 3)]
>>> [step.of(100) for step in steps]
[33, 34, 33]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from xbcompliance._unknown import UNKNOWN
from xbcompliance.engines import rows, runtime
from xbcompliance.engines.reference import Reference
from xbcompliance.expr.ir import LINE, ORDER_MONEY
from xbcompliance.money import allocate, divide, from_decimal, rounded

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xbcompliance.expr.ir import Node
    from xbcompliance.facts import Return
    from xbcompliance.plan.slices import SliceCharge

SHIPPING = "order.shipping"


class Step(NamedTuple):
    """One step of giving something back: how much of the whole was back before it, and how much is after it."""

    before: int
    after: int
    whole: int

    def of(self, amount: int) -> int:
        """The share of an amount that this step gives back, in minor units."""
        return self._so_far(amount, self.after) - self._so_far(amount, self.before)

    def _so_far(self, amount: int, returned: int) -> int:
        return divide(amount * returned, self.whole, "half_up") if self.whole else 0


class Part(NamedTuple):
    """What of an amount belongs to a line: to its goods, and to the delivery of them."""

    line: int
    goods: int
    delivery: int


class Steps(NamedTuple):
    """A return: the step of each line, and that of the delivery charge."""

    lines: tuple[Step, ...]
    delivery: Step

    @classmethod
    def of_return(cls, found: Return) -> Steps:
        """The steps of a return."""
        bought = found.return_of.lines
        whole = {line.id: from_decimal(line.quantity) for line in bought}
        back = found.quantities
        return cls(tuple(Step(*back[line.id], whole[line.id]) for line in bought), Step(*found.delivery))

    def moves(self, line: int) -> bool:
        """Whether units of a line come back."""
        return self.lines[line].after > self.lines[line].before

    def of(self, parts: Iterable[Part]) -> int:
        """What this step gives back of the parts of an amount."""
        return sum(self.lines[part.line].of(part.goods) + self.delivery.of(part.delivery) for part in parts)


class WithoutDelivery(Reference):
    """The same order as if delivery were free: amounts are worked out again, what was decided stays decided."""

    def __init__(self, found: Reference) -> None:
        super().__init__(found.slice, found.order, found.run, found.tables, found.facts)
        self.found = found
        self.grains = found.grains
        self.amounts = found.amounts

    def _evaluate(self, node: Node) -> list[Any]:
        if node.type.kind != "money":
            return self.found.values(node)
        if node.op == "fact" and node.value == SHIPPING:
            return [0]
        return super()._evaluate(node)

    def _shared(self, node: Node) -> list[Any]:
        whole, weight = node.args
        source, target = self.units(whole.grain), self.units(node.grain)
        weights = self.found.at(weight, node.grain)
        return runtime.spread(self.values(whole), weights, source, target, self.run, self.run.step(node.type))


class Divider:
    """Divides the amounts of one order."""

    def __init__(self, found: Reference) -> None:
        self.found = found
        self.free = WithoutDelivery(found)
        self.ids = found.run.line_ids

    def by_line(self, whole: Any, weights: Sequence[Any]) -> list[Any]:
        """An amount in minor units over the lines of the order."""
        return rows.share(whole, weights, self.ids, 1)

    def charge(self, charge: SliceCharge, found: Sequence[rows.Row]) -> dict[int, tuple[Part, ...] | None]:
        """The parts of all rows of a charge, by unit; None where they are not known.

        What of the charge falls on delivery is rounded once for all rows and spread over them, as a tax contained in
        the delivery charge is.
        """
        known = [row for row in found if row.amount is not UNKNOWN]
        units = self.found.units(charge.grain)
        if units is None:
            return {row.unit: None for row in found}
        scale = charge.amount.type.scale
        exact = [self._delivery(charge, row) for row in known]
        whole = rounded(sum(exact), scale, self.found.run.digits, "half_up")
        names = runtime.unit_ids(units, self.found.run)
        spread = allocate(whole, exact, [names[row.unit] for row in known]) if whole else [0] * len(known)
        parts: dict[int, tuple[Part, ...] | None] = {row.unit: None for row in found}
        for row, part in zip(known, spread, strict=True):
            delivery = max(min(part, row.amount), 0)
            parts[row.unit] = self.over(units.lines[row.unit], row.amount - delivery, delivery)
        return parts

    def _delivery(self, charge: SliceCharge, row: rows.Row) -> int:
        """How much of a row falls on delivery, before rounding, with the decimals of the charge's amount."""
        part, whole = self._of_delivery(charge.amount, charge, row.unit)
        if not row.amount or not whole:
            return 0
        if charge.amount.type.unit == ORDER_MONEY:
            return part
        up = 10 ** (charge.amount.type.scale - self.found.run.digits)
        return divide(row.amount * up * part, whole, "half_up")

    def _of_delivery(self, node: Node, charge: SliceCharge, unit: int) -> tuple[int, int]:
        """What of a node's value vanishes with the delivery charge, and the value."""
        whole = self.found.at(node, charge.grain)[unit]
        free = self.free.at(node, charge.grain)[unit]
        if UNKNOWN in (whole, free) or whole <= 0:
            return 0, 0
        return min(max(whole - free, 0), whole), whole

    def base(self, charge: SliceCharge, row: rows.Row, shown: int) -> tuple[Part, ...] | None:
        """The parts of a row's base as it is shown."""
        units = self.found.units(charge.grain)
        if charge.base is None or units is None:
            return None
        part, whole = self._of_delivery(charge.base, charge, row.unit)
        delivery = divide(shown * part, whole, "half_up") if whole else 0
        return self.over(units.lines[row.unit], shown - delivery, delivery)

    def over(self, lines: Sequence[int], goods: int, delivery: int) -> tuple[Part, ...] | None:
        """Goods and delivery of one unit over its lines, by their net value."""
        if len(lines) == 1:
            return (Part(lines[0], goods, delivery),)
        net = self.found.at(self.found.slice.net, LINE)
        weights, names = [net[line] for line in lines], [self.ids[line] for line in lines]
        shares = [rows.share(amount, weights, names, 1) for amount in (goods, delivery)]
        if any(UNKNOWN in share for share in shares):
            return None
        return tuple(Part(line, *of_line) for line, *of_line in zip(lines, *shares, strict=True))


def like(parts: Sequence[Part], amount: int) -> tuple[Part, ...]:
    """Another amount divided as these parts are: the same charge in the currency of its law.

    >>> like([Part(0, 300, 100), Part(1, 0, 100)], 50)
    (Part(line=0, goods=30, delivery=10), Part(line=1, goods=0, delivery=10))
    """
    weights = [abs(size) for part in parts for size in (part.goods, part.delivery)]
    names = [f"{part.line:06}{kind}" for part in parts for kind in "gd"]
    shares = allocate(amount, weights, names)
    return tuple(Part(part.line, *shares[2 * i : 2 * i + 2]) for i, part in enumerate(parts))
