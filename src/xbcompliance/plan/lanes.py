"""A lane: everything about an order that decides which rules can matter, and the days on which that may change.

The traits of an order (places, kinds of buyer and seller, carriage and the like) select the lane; within it, the
positions of the order's days among the lane's boundaries select the slice.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from xbcompliance._unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xbcompliance.expr.ir import Node
    from xbcompliance.facts import Order
    from xbcompliance.places import Places
    from xbcompliance.plan.model import Plan

TRAITS: Final = (
    "order.currency",
    "ship_to.place",
    "ship_from.place",
    "order.prices_include",
    "order.carriage",
    "order.gift",
    "buyer.kind",
    "seller.kind",
    "seller.country",
    "marketplace.present",
    "marketplace.facilitates",
    "line.preference",
    "line.origin",
)
"""Facts of few values that a lane fixes, in the order of :func:`traits_of`; the last two as far as all lines agree."""


def traits_of(order: Order, places: Places) -> tuple[Any, ...]:
    """The values of :data:`TRAITS` for an order; hashable, ``UNKNOWN`` where not told."""
    # Typed loosely: any of these may be UNKNOWN, which the models' annotations leave out.
    to: Any = order.ship_to
    start: Any = order.ship_from
    seller: Any = order.seller
    buyer: Any = order.buyer
    market: Any = order.marketplace
    included: Any = order.prices_include
    country: Any = UNKNOWN if start is None or start is UNKNOWN else start.country
    no_seller = seller is None or seller is UNKNOWN
    no_market = market is None or market is UNKNOWN
    return (
        order.currency,
        places.resolve(to.country, to.postal_code, to.subdivision),
        UNKNOWN
        if country is UNKNOWN or country is None
        else places.resolve(country, start.postal_code, start.subdivision),
        included if included is None or included is UNKNOWN else frozenset(included),
        order.carriage,
        order.gift,
        buyer if buyer is None or buyer is UNKNOWN else buyer.kind,
        seller if no_seller else seller.kind,
        seller if no_seller else seller.country,
        UNKNOWN if market is UNKNOWN else market is not None,
        market if no_market else market.facilitates,
        None if _none_claimed(order) else UNKNOWN,
        _one_origin(order),
    )


def _none_claimed(order: Order) -> bool:
    """Whether every line tells that it claims no preference."""
    return all(line.preference is None for line in order.lines)


def _one_origin(order: Order) -> Any:
    """The country that all lines originate in."""
    first = order.lines[0].origin
    return UNKNOWN if first is None or any(line.origin != first for line in order.lines) else first


@dataclass(frozen=True)
class Lane:
    """The roots that can matter to orders of one set of traits, and each clock's boundaries."""

    traits: Mapping[str, Any]
    roots: tuple[str, ...]
    boundaries: Mapping[str, tuple[int, ...]]
    slices: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def clocks(self) -> tuple[str, ...]:
        """The clocks whose days the lane's rules look at."""
        return tuple(self.boundaries)

    def interval(self, days: Mapping[str, Any]) -> tuple[int, ...]:
        """Where the days fall among the boundaries; -1 for a day that is not told."""
        return tuple(
            -1 if (day := days[clock]) is UNKNOWN else bisect_right(edges, day)
            for clock, edges in self.boundaries.items()
        )


def build_lane(plan: Plan, roots: list[str], values: tuple[Any, ...]) -> Lane:
    """The lane of a set of traits."""
    traits: dict[str, Any] = dict(zip(TRAITS, values, strict=True))
    for end in ("ship_to", "ship_from"):
        place = traits[f"{end}.place"]
        if place is not UNKNOWN:
            traits[f"{end}.country"] = place.country
    edges: dict[str, set[int]] = {}
    _Walk(plan, edges).rules(roots)
    return Lane(traits, tuple(roots), {clock: tuple(sorted(days)) for clock, days in sorted(edges.items())})


class _Walk:
    """Collects, over everything a lane can reach, the days on which an answer may change, by clock."""

    def __init__(self, plan: Plan, edges: dict[str, set[int]]) -> None:
        self.plan = plan
        self.edges = edges
        self.seen: set[tuple[str, str]] = set()

    def rules(self, ids: list[str]) -> None:
        for rule_id in ids:
            rule = self.plan.rules[rule_id]
            clock = rule.rule.clock or "placed"
            self.rule(rule_id, clock)
            for name in self.plan.exceptions.get(rule_id, ()):
                self.rule(name, self.plan.rules[name].rule.clock or "placed")

    def rule(self, rule_id: str, clock: str) -> None:
        if (rule_id, clock) in self.seen:
            return
        self.seen.add((rule_id, clock))
        rule = self.plan.rules[rule_id]
        days = self.edges.setdefault(clock, set())
        for version in rule.versions:
            days.update((version.version.span.start, version.version.span.last + 1))
            for node in (*version.nodes.values(), *(relief.when for relief in version.relief)):
                self.node(node, clock)
        for term in rule.terms.values():
            if not isinstance(term, str):
                self.node(term, clock)
        if rule.grain.level == 2:
            self.rules(list(self.plan.answers.get(rule.grain.key, ())))

    def node(self, root: Node, clock: str) -> None:
        for node in root.walk():
            if node.op == "value":
                self.rule(node.value, clock)
            elif node.op in ("ref", "charge"):
                self.rules(list(self.plan.answers.get(node.value, ())))
            elif node.op == "group":
                self.rules([*self.plan.groups.get(node.value, ()), *self.plan.options.get(node.value, ())])
            elif node.op == "member":
                self.edges.setdefault(clock, set()).update(self.plan.rulebook.places.boundaries(node.value))
