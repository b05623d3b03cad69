"""Which rules can apply to a destination at all, so that a quote does not grow with the number of packs.

A rule's conditions are searched for what they ask of ``ship_to``; rules are then filed by destination country, and a
lane looks only at its own file and at the rules that name no destination.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xbcompliance.expr import ir

if TYPE_CHECKING:
    from xbcompliance.expr.ir import Node
    from xbcompliance.plan.model import Plan, PlanRule

_ASKED = ("ship_to.place", "ship_to.country")


class Routes:
    """Roots by destination country."""

    def __init__(self, plan: Plan) -> None:
        self.anywhere: list[str] = []
        self.by_country: dict[str, list[str]] = {}
        for rule_id in plan.roots:
            found = plan.destinations[rule_id]
            if found is None:
                self.anywhere.append(rule_id)
            else:
                for country in found:
                    self.by_country.setdefault(country, []).append(rule_id)

    def to(self, country: str) -> list[str]:
        """The roots that may apply to goods sent to a country, in a fixed order."""
        return sorted(self.anywhere + self.by_country.get(country, []))


def rule_destinations(plan: Plan, rule: PlanRule) -> frozenset[str] | None:
    """The countries a rule may apply to; None when it does not say."""
    found: set[str] = set()
    for version in rule.versions:
        name = "is" if rule.rule.kind == "define" and rule.type == ir.TRUTH and "when" not in version.nodes else "when"
        places = destinations(plan, version.nodes.get(name, ir.TRUE), version.version.span.start)
        if places is None:
            return None
        found |= places
    return frozenset(found)


def destinations(plan: Plan, node: Node, since: int = 0, depth: int = 0) -> frozenset[str] | None:
    """The countries of destination for which a condition can be true on or after a day; None when for any."""
    if node == ir.FALSE:
        return frozenset()
    if depth > 12:
        return None
    if node.op in ("and", "or"):
        parts = [destinations(plan, part, since, depth + 1) for part in node.args]
        known = [part for part in parts if part is not None]
        if node.op == "and":
            return frozenset.intersection(*known) if known else None
        return frozenset.union(*known) if len(known) == len(parts) else None
    if node.op == "member" and _asks(node.args[0]):
        return _countries(plan, node.value, since)
    if node.op == "eq" and _asks(node.args[0]) and node.args[1].op == "const":
        return frozenset((str(node.args[1].value)[:2],))
    if node.op == "in" and _asks(node.args[0]):
        return frozenset(str(value)[:2] for value in node.value)
    if node.op in ("any", "all", "each"):
        return destinations(plan, node.args[0], since, depth + 1)
    if node.op == "ref":
        return _answer_destinations(plan, node.value, since, depth + 1)
    return None


def _asks(node: Node) -> bool:
    return node.op == "fact" and node.value in _ASKED


def _answer_destinations(plan: Plan, name: str, since: int, depth: int) -> frozenset[str] | None:
    found: set[str] = set()
    for rule_id in plan.answers.get(name, ()):
        for version in plan.rules[rule_id].versions:
            places = destinations(plan, version.nodes.get("is", ir.TRUE), since, depth)
            if places is None:
                return None
            found |= places
    return frozenset(found)


def _countries(plan: Plan, territory: str, since: int) -> frozenset[str]:
    """The countries of which some part belongs to a territory on or after a day."""
    rows = (row for row in plan.rulebook.places.members if row.cells["territory"] == territory)
    return frozenset(
        row.cells["place"][:2]
        for row in rows
        if (row.cells["member"] == "yes" or row.cells["status"] == "open") and row.last >= since
    )
