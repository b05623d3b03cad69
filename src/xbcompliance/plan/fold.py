"""Folding what is known of a lane into expressions: versions chosen, places decided, constants worked out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xbcompliance._unknown import UNKNOWN
from xbcompliance.expr import ir
from xbcompliance.expr.compile import logic, negate
from xbcompliance.expr.functions import DUTY_SCALE
from xbcompliance.expr.ir import ORDER_MONEY, Node, Type
from xbcompliance.expr.operations import OPERATIONS
from xbcompliance.money import SCALE
from xbcompliance.plan.scope import STANDS_IN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from xbcompliance._unknown import Unknown
    from xbcompliance.packs.model import Version
    from xbcompliance.places import Places
    from xbcompliance.plan.model import Plan, PlanRule, PlanVersion

_DATED: Final = ("lookup", "listed", "convert", "apply")
_WITH_VALUE: Final = ("in", "digits", "starts_with", "first", "registered", "valid", "shift")


def unknown(cause: str, type_: Type) -> Node:
    """A node that is unknown for every order of the slice until the fact ``cause`` is told."""
    return Node("unknown", (), cause, type_, ir.ORDER)


def doubt_of(rule_id: str) -> str:
    """The cause by which what rests on a contested rule is unknown where its reading is left open."""
    return f"contested.{rule_id}"


class Folder:
    """Folds expressions for one lane, one set of days and one knowledge day; remembers the rules and traits it met.

    ``doubt`` names a contested rule whose answer is left open, or whose repeal is left out.
    """

    def __init__(
        self,
        plan: Plan,
        traits: Mapping[str, Any],
        days: Mapping[str, int | Unknown],
        known_at: int | None,
        doubt: str | None = None,
    ) -> None:
        self.plan = plan
        self.traits = traits
        self.days = days
        self.known_at = known_at
        self.doubt = doubt
        self.touched: dict[str, tuple[PlanRule, Version]] = {}
        self.consulted: set[str] = set()
        self._done: dict[tuple[Node, str], Node] = {}
        self._answers: dict[str, Node] = {}

    # --- versions

    def version(self, rule: PlanRule, clock: str | None = None) -> PlanVersion | None:
        """The version in force on the rule's own clock, as known; None if there is none."""
        today = self.days.get(clock or rule.rule.clock or "placed", UNKNOWN)
        if not isinstance(today, int):
            return None
        index = rule.rule.timeline.at(today, self.known_at)
        return None if index is None else rule.versions[index]

    def touch(self, rule: PlanRule, version: Version) -> None:
        """Remembers that this version had a say."""
        self.touched[rule.rule.id] = (rule, version)

    def touch_repeal(self, rule: PlanRule, repeal: PlanVersion | None) -> None:
        """A repeal that is in doubt has a say wherever the version before it could have applied."""
        if repeal is None or repeal.version.contested is None:
            return
        before = before_repeal(rule, repeal)
        if before is not None and self.node(before.nodes["when"], rule.rule.clock or "placed") != ir.FALSE:
            self.touch(rule, repeal.version)

    def for_rule(self, rule: PlanRule) -> Callable[[Node], Node]:
        """Folding with the rule's clock."""
        clock = rule.rule.clock or "placed"
        return lambda node: self.node(node, clock)

    def condition(self, rule: PlanRule, version: PlanVersion) -> Node:
        """When a rule holds: its own condition, less those of the rules that are exceptions to it."""
        parts = [self.node(version.nodes.get("when", ir.TRUE), rule.rule.clock or "placed")]
        for name in self.plan.exceptions.get(rule.rule.id, ()):
            other = self.plan.rules[name]
            chosen = self.version(other)
            if chosen is not None and not chosen.version.repealed:
                parts.append(negate(self.condition(other, chosen)))
        return logic("and", tuple(parts))

    def _has_exceptions(self, rule: PlanRule) -> bool:
        return rule.rule.id in self.plan.excepted

    # --- expressions

    def node(self, node: Node, clock: str) -> Node:
        """The folded form of an expression that stands in a rule of this clock."""
        done = self._done
        waiting = [] if (node, clock) in done else [node]
        while waiting:  # no recursion: expressions are deep, and rules rest on rules that rest on rules
            missing = [arg for arg in waiting[-1].args if (arg, clock) not in done]
            if missing:
                waiting += missing
            else:
                inner = waiting.pop()
                if (inner, clock) not in done:
                    done[inner, clock] = self._fold(inner, clock)
        return done[node, clock]

    def _fold(self, node: Node, clock: str) -> Node:
        """The folded form of a node whose arguments are folded."""
        if node.op in ("const", "unknown", "charge", "group"):
            return node
        if node.op == "fact":
            return self._fact(node)
        if node.op == "value":
            return self._value(node, clock)
        if node.op == "ref":
            return self.answer(node.value, node.grain, node.type)
        args = tuple(self._done[arg, clock] for arg in node.args)
        if node.op in _COUNTS_UNITS:
            args = tuple(_for_each(arg, old.grain) for arg, old in zip(args, node.args, strict=True))
        if node.op == "member":
            return self._member(node, args[0], clock)
        if node.op in _DATED:
            return self._dated(node, args, clock)
        return self.folded(Node(node.op, args, node.value, node.type, node.grain))

    def _fact(self, node: Node) -> Node:
        trait = "line.preference" if str(node.value).startswith("line.preference.") else node.value
        if trait in self.traits:
            self.consulted.add(str(trait))
        value = self.traits.get(trait, UNKNOWN)
        if value is UNKNOWN and node.type.kind == "place":
            return unknown(str(node.value).replace(".place", ".country"), node.type)
        if value is UNKNOWN:
            return node
        return ir.FALSE if value is None and node.type == ir.TRUTH else ir.const(value, node.type)

    def _value(self, node: Node, clock: str) -> Node:
        rule = self.plan.rules[node.value]
        chosen = self.version(rule, clock)
        if chosen is None:
            return unknown(self._why_none(rule.rule.id, clock), node.type)
        self.touch(rule, chosen.version)
        return unknown(doubt_of(self.doubt), node.type) if rule.rule.id == self.doubt else chosen.nodes["is"]

    def _why_none(self, rule_id: str, clock: str) -> str:
        return f"dates.{clock}" if self.days.get(clock, UNKNOWN) is UNKNOWN else f"rulebook.{rule_id}"

    def answer(self, name: str, grain: ir.Grain, type_: Type) -> Node:
        """The folded answer of a define, or of several rules of which one gives it."""
        done = self._answers.get(name)
        if done is None:
            done = self._answers[name] = self._answer(name, grain, type_)
        return done

    def _answer(self, name: str, grain: ir.Grain, type_: Type) -> Node:
        offers: list[tuple[Node, Node]] = []
        clock = "placed"
        for rule_id in self.plan.answers.get(name, ()):
            rule = self.plan.rules[rule_id]
            clock = rule.rule.clock or "placed"
            chosen = self.version(rule)
            if chosen is None or chosen.version.repealed:
                continue
            when = self.condition(rule, chosen)
            if when == ir.FALSE:
                continue
            self.touch(rule, chosen.version)
            told = self.node(chosen.nodes["is"], clock)
            offers.append((when, self._left_open(chosen, told) if rule_id == self.doubt else answered(rule_id, told)))
        if not offers and name in STANDS_IN:
            return self.answer(STANDS_IN[name], grain, type_)
        if not offers:
            return unknown(self._why_none(name, clock), type_)
        if len(offers) == 1 and offers[0][0] == ir.TRUE:
            return offers[0][1]
        parts = tuple(part for offer in offers for part in offer)
        return Node("choose", parts, name, type_, max(grain, ir.finest(parts)))

    def _left_open(self, chosen: PlanVersion, told: Node) -> Node:
        """The answer of a rule in doubt: nobody knows it; a yes or no that is taken to be no leaves nothing open.

        Only a rule that says no whatever the order is open all the same.
        """
        answer = unknown(doubt_of(self.doubt or ""), told.type)
        taken = told.type == ir.TRUTH and chosen.nodes["is"] != ir.FALSE
        return logic("and", (told, answer)) if taken else answer

    def _member(self, node: Node, place: Node, clock: str) -> Node:
        territory, today = node.value, self.days.get(clock, UNKNOWN)
        if not isinstance(today, int):
            return unknown(f"dates.{clock}", ir.TRUTH)
        if place.op != "const":
            return Node("member", (place,), (territory, clock), ir.TRUTH, node.grain)
        if place.value is None:
            return ir.FALSE
        found = is_member(self.plan.rulebook.places, territory, place.value, today)
        if found is UNKNOWN:
            return unknown(_address_of(node), ir.TRUTH)
        return ir.TRUE if found else ir.FALSE

    def _dated(self, node: Node, args: tuple[Node, ...], clock: str) -> Node:
        if not isinstance(self.days.get(clock, UNKNOWN), int):
            return unknown(f"dates.{clock}", node.type)
        if node.op == "convert":
            currency, source = node.value
            order_currency = self.traits["order.currency"]
            own, target = (order_currency if unit == ORDER_MONEY else unit for unit in (args[0].type.unit, currency))
            if own == target:
                return args[0]
            return Node("convert", args, (currency, source, clock), node.type, node.grain)
        if node.op == "apply":
            return Node("apply", args, clock, node.type, node.grain)
        return Node(node.op, args, (node.value, clock), node.type, ir.finest(args))

    def applied(self, duty: Node | None, base: Node | None, clock: str) -> Node:
        """A charge's duty expression applied to its base, which is first rounded to the engine's money scale."""
        if duty is None or base is None:
            raise AssertionError("a charge has a rate, an amount or a duty")  # the plan builder has checked it
        value = self.folded(Node("round", (base,), (SCALE, "half_even", 1), ir.money(ORDER_MONEY, SCALE), base.grain))
        return Node("apply", (duty, value), clock, ir.money(ORDER_MONEY, DUTY_SCALE), ir.LINE)

    def folded(self, node: Node) -> Node:
        """The node with its fixed parts worked out."""
        if node.op in ("and", "or"):
            return logic(node.op, node.args)
        if node.op == "not":
            return negate(node.args[0])
        if node.op == "if" and node.args[0].op == "const":
            return node.args[1] if node.args[0].value else node.args[2]
        if node.op == "each":
            return Node("each", node.args, None, node.type, node.grain)
        if node.op == "any" and node.args[0].grain <= node.grain:
            return node.args[0]
        if node.op == "all" and node.args[0].grain <= node.grain:
            return node.args[0]
        operation = OPERATIONS.get(node.op)
        if operation is not None and all(arg.op == "const" for arg in node.args):
            values = [arg.value for arg in node.args]
            result = operation(*values, node.value) if node.op in _WITH_VALUE else operation(*values)
            if result is not UNKNOWN:
                return ir.const(result, node.type)
        return (
            node if node.op in _KEEPS_GRAIN else Node(node.op, node.args, node.value, node.type, ir.finest(node.args))
        )


_COUNTS_UNITS: Final = ("sum", "count", "count_distinct", "share")
"""Operations for which it matters how many units there are."""
_KEEPS_GRAIN: Final = ("sum", "any", "all", "count", "count_distinct", "share", "each", "apply")


def _for_each(node: Node, grain: ir.Grain) -> Node:
    """A value that turned out the same for every unit of a grain, as one value for each of them."""
    return node if node.grain >= grain else Node("each", (node,), None, node.type, grain)


def before_repeal(rule: PlanRule, repeal: PlanVersion) -> PlanVersion | None:
    """The version of a charge that a repeal ended."""
    before = [v for v in rule.versions if v.version.span.start < repeal.version.span.start and "when" in v.nodes]
    return before[-1] if before else None


def answered(rule_id: str, node: Node) -> Node:
    """A node marked as the answer of a rule, so that an explanation can say whose it is."""
    return node if node.op in ("const", "unknown") else Node("answer", (node,), rule_id, node.type, node.grain)


def is_member(places: Places, territory: str, place: Any, day: int) -> bool | Unknown:
    """Whether a place, or a country given by its code alone, belongs to a territory on a day."""
    return places.member(territory, places.resolve(place, None, None) if isinstance(place, str) else place, day)


def _address_of(node: Node) -> str:
    """Which fact would settle an address."""
    return "ship_from.postal_code" if "ship_from" in str(node.args[0].value) else "ship_to.postal_code"
