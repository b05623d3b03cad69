"""What names mean inside a rule: facts of the catalogue, facts derived from them, and the answers of other rules."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from xbcompliance.expr import ir
from xbcompliance.expr.compile import Scope, TableSignature
from xbcompliance.expr.ir import Node
from xbcompliance.facts.catalogue import CATALOGUE, find_fact
from xbcompliance.money import RATE_SCALE, SCALE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from xbcompliance.facts.catalogue import Fact
    from xbcompliance.packs.rulebook import Rulebook

DERIVED: Final[dict[str, tuple[ir.Grain, str]]] = {
    "line.price": (ir.LINE, "line.unit_price * line.quantity - line.discount"),
    "line.gross": (ir.LINE, "line.price - share(order.discount, by=line.price)"),
    "line.gross_shipping": (ir.LINE, "share(order.shipping, by=line.gross)"),
    "line.gross_insurance": (ir.LINE, "share(order.insurance, by=line.gross)"),
    "line.net": (
        ir.LINE,
        'without(line.gross, line.included_tax_rate) if "vat" in order.prices_include else line.gross',
    ),
    "line.shipping": (
        ir.LINE,
        (
            'without(line.gross_shipping, line.included_shipping_rate) if "vat" in order.prices_include'
            " else line.gross_shipping"
        ),
    ),
    "line.insurance": (
        ir.LINE,
        (
            'without(line.gross_insurance, line.included_shipping_rate) if "vat" in order.prices_include'
            " else line.gross_insurance"
        ),
    ),
}
"""Facts that follow from others by arithmetic alone: price after discounts, and what is left of it, of the shipping
and of the insurance once an included tax is taken out; a pack of the destination answers ``line.included_tax_rate``
and, where delivery is taxed at a rate of its own, ``line.included_shipping_rate``."""

STANDS_IN: Final = {"line.included_shipping_rate": "line.included_tax_rate"}
"""What answers in place of a derived fact's answer that no pack gives for a destination."""

CONTAINED: Final = (
    ("line.gross", "line.net"),
    ("line.gross_shipping", "line.shipping"),
    ("line.gross_insurance", "line.insurance"),
)
"""What the buyer is shown and what is left of it once an included tax is taken out."""

PRICES: Final = ("sum(line.price)", "order.shipping", "order.insurance", "order.discount")
"""What the buyer is asked for besides the charges, before anything included is taken out."""

PLACES: Final = ("ship_to.place", "ship_from.place")
"""The region or country an address lies in, from its country, postal code and subdivision."""


class RuleScope(Scope):
    """Names for the expressions of one rule; ``answer`` gives the node of a derived fact or another rule's answer."""

    def __init__(
        self,
        grain: ir.Grain,
        rulebook: Rulebook,
        answer: Callable[[str], Node | None],
        given: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(grain)
        self.rulebook = rulebook
        self.answer = answer
        self.given = given or {}

    def fact(self, name: str) -> Node | None:
        """What ``for_each`` gives, a catalogue fact, a derived fact, a place, or the answer of a rule."""
        if name in self.given:
            return ir.const(self.given[name], ir.CODE)
        if name in PLACES:
            return Node("fact", (), name, ir.PLACE, ir.ORDER)
        fact = _fact(name)
        return fact if fact is not None else self.answer(name)

    def table(self, name: str) -> TableSignature | None:
        """A table of the rulebook."""
        table = self.rulebook.tables.get(name)
        return TableSignature(name, table.keys, table.type) if table else None

    def territory(self, name: str) -> bool:
        """Whether the places data knows members of this territory."""
        return name in self.rulebook.places.territories()

    def names(self) -> Iterable[str]:
        """All names a rule may use."""
        yield from self.given
        yield from CATALOGUE
        yield from DERIVED
        yield from PLACES
        yield from self.rulebook.rules
        yield from self.rulebook.tables
        yield from self.rulebook.places.territories()


@lru_cache(maxsize=4096)
def _fact(name: str) -> Node | None:
    """Names of history are worked out from what keys may be; rules repeat them."""
    fact = find_fact(name)
    return None if fact is None else fact_node(fact)


def fact_node(fact: Fact) -> Node:
    """The node of a catalogue fact, with the type its kind has inside the engine."""
    return Node("fact", (), fact.name, fact_type(fact), ir.LINE if fact.grain == "line" else ir.ORDER)


def fact_type(fact: Fact) -> ir.Type:
    """The engine type of a catalogue fact."""
    if fact.kind == "money":
        return ir.money(fact.currency or ir.ORDER_MONEY, SCALE)
    if fact.kind == "quantity":
        return ir.quantity(fact.unit, SCALE) if fact.unit else ir.number(SCALE)
    if fact.kind == "number":
        return ir.number(fact.scale if fact.scale is not None else RATE_SCALE)
    return ir.Type(fact.kind, None, 0, tuple(d for d in fact.domain or () if isinstance(d, str)))
