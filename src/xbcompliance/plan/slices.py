"""The part of the plan that can apply to one lane on given days, with everything known about the lane folded in.

A slice is what the engines run: the versions in force are chosen, the places are decided, dead branches are gone. It
is built once for a lane, its days' interval and a knowledge day, and reused for every order that shares them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from xbcompliance._unknown import UNKNOWN
from xbcompliance.expr import ir
from xbcompliance.expr.ir import Node
from xbcompliance.plan.fold import Folder, before_repeal, doubt_of, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from xbcompliance._unknown import Unknown
    from xbcompliance.packs.model import Citation, Rounding, Version
    from xbcompliance.plan.model import Plan, PlanRule


@dataclass(frozen=True, slots=True)
class SliceCharge:
    """A charge as it stands for this lane and these days."""

    rule: PlanRule
    version: Version
    when: Node
    relief: tuple[tuple[Node, str, tuple[Citation, ...]], ...]
    base: Node | None
    rate: Node | None
    duty: Node | None
    amount: Node
    offered: Node | None
    jurisdiction: Node | str
    due_from: Node | str
    due_at: Node | str
    rounding: Rounding

    @property
    def id(self) -> str:
        """The rule's id."""
        return self.rule.rule.id

    @property
    def grain(self) -> ir.Grain:
        """One row for each of these."""
        return self.rule.grain

    def nodes(self) -> Iterator[Node]:
        """Every expression of the charge."""
        yield self.when
        for when, _, _ in self.relief:
            yield when
        for part in (self.base, self.rate, self.duty, self.amount, self.offered):
            if part is not None:
                yield part
        for term in (self.jurisdiction, self.due_from, self.due_at):
            if isinstance(term, Node):
                yield term


@dataclass(frozen=True, slots=True)
class SliceRequire:
    """A requirement as it stands: ``when`` it applies and what ``must`` hold; no ``must`` means a plain obligation."""

    rule: PlanRule
    version: Version
    when: Node
    must: Node | None
    market: Node | str | None


@dataclass(frozen=True, slots=True)
class SliceFact:
    """A define whose answer is shown (``determination``) or that says which totals the rulebook covers."""

    rule: PlanRule
    version: Version
    node: Node


@dataclass(frozen=True)
class Slice:
    """What an engine runs: charges in the order of charging, requirements, facts to show, and what they refer to."""

    charges: tuple[SliceCharge, ...]
    requires: tuple[SliceRequire, ...]
    shown: tuple[SliceFact, ...]
    covers: tuple[SliceFact, ...]
    groups: Mapping[str, tuple[str, ...]]
    options: Mapping[str, tuple[str, ...]]
    touched: tuple[tuple[PlanRule, Version], ...]
    traits: Mapping[str, Any]
    days: Mapping[str, int | Unknown]
    known_at: int | None
    net: Node
    prices: tuple[Node, ...] = ()
    included_rate: Node | None = None
    contained: tuple[tuple[Node, Node], ...] = ()
    items: Mapping[str, Node] = field(default_factory=dict)
    consulted: frozenset[str] = frozenset()
    roots: tuple[str, ...] = ()
    doubted: dict[str, Slice | None] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def facts(self) -> frozenset[str]:
        """The facts that the answer may rest on, those that the lane has settled among them."""
        return self.consulted | {str(node.value) for node in self.every_node if node.op == "fact"}

    @cached_property
    def tables(self) -> frozenset[str]:
        """The tables that are looked into."""
        return frozenset(node.value[0] for node in self.every_node if node.op in ("lookup", "listed"))

    @cached_property
    def every_node(self) -> frozenset[Node]:
        """Every node of what is run or told, prices apart."""
        seen: set[Node] = set()
        return frozenset(node for root in self.nodes() for node in root.walk(seen))

    def item_keys(self) -> list[str]:
        """The defines by which lines are grouped into items, by a charge or by what looks at one."""
        grains = {charge.grain for charge in self.charges} | {node.grain for node in self.every_node}
        return sorted(grain.key for grain in grains if grain.level == ir.ITEM_LEVEL)

    @cached_property
    def lookups(self) -> tuple[tuple[Node, ...], ...]:
        """For each charge, the look-ups behind its rate or duty."""
        parts = [[part for part in (charge.rate, charge.duty) if part is not None] for charge in self.charges]
        return tuple(tuple(node for part in roots for node in part.walk() if node.op == "lookup") for roots in parts)

    @cached_property
    def behind(self) -> tuple[frozenset[str], ...]:
        """For each charge, the rules whose answers it rests on."""
        return tuple(
            frozenset(str(node.value) for root in charge.nodes() for node in root.walk() if node.op == "answer")
            for charge in self.charges
        )

    @cached_property
    def versions(self) -> Mapping[str, Version]:
        """The version in force of every rule that has a say."""
        return {rule.rule.id: version for rule, version in self.touched}

    def bare(self) -> Slice:
        """The same slice without the marks that say whose answer a node is: what is run, not what is told."""
        done: dict[Node, Node] = {}
        seen: set[Node] = set()

        def strip(root: Node) -> Node:
            for node in root.walk(seen):
                args = tuple(done[arg] for arg in node.args)
                done[node] = args[0] if node.op == "answer" else Node(node.op, args, node.value, node.type, node.grain)
            return done[root]

        def charge(old: SliceCharge) -> SliceCharge:
            names = ("when", "base", "rate", "duty", "amount", "offered", "jurisdiction", "due_from", "due_at")
            parts = {name: getattr(old, name) for name in names}
            bare: dict[str, Any] = {n: strip(part) if isinstance(part, Node) else part for n, part in parts.items()}
            relief = tuple((strip(when), basis, cites) for when, basis, cites in old.relief)
            return replace(old, relief=relief, **bare)

        def fact(old: SliceFact) -> SliceFact:
            return replace(old, node=strip(old.node))

        return replace(
            self,
            charges=tuple(charge(old) for old in self.charges),
            requires=(),
            shown=tuple(fact(old) for old in self.shown),
            covers=tuple(fact(old) for old in self.covers),
            net=strip(self.net),
            prices=tuple(strip(node) for node in self.prices),
            contained=(),
            items={key: strip(node) for key, node in self.items.items()},
        )

    def nodes(self) -> Iterator[Node]:
        """Every expression an engine has to be able to answer."""
        for charge in self.charges:
            yield from charge.nodes()
        for require in self.requires:
            yield require.when
            if require.must is not None:
                yield require.must
            if isinstance(require.market, Node):
                yield require.market
        for fact in (*self.shown, *self.covers):
            yield fact.node
        yield from self.items.values()


def build_slice(
    plan: Plan,
    roots: list[str],
    traits: Mapping[str, Any],
    days: Mapping[str, int | Unknown],
    known_at: int | None,
    doubt: str | None = None,
) -> Slice:
    """The slice for a lane (``traits``), days by clock, and a knowledge day; ``doubt``: a rule that is left open."""
    folder = Folder(plan, traits, days, known_at, doubt)
    charges: dict[str, SliceCharge] = {}
    requires, shown, covers = [], [], []
    for rule_id in roots:
        rule = plan.rules[rule_id]
        if rule.rule.kind == "charge":
            _add_charge(plan, rule_id, folder, charges)
        elif rule.rule.kind == "require":
            require = _require(rule, folder)
            if require is not None:
                requires.append(require)
        else:
            fact = _shown(rule, folder)
            if fact is not None:
                if rule.rule.determination:
                    shown.append(fact)
                if rule.rule.covers:
                    covers.append(fact)
    groups = {name: tuple(i for i in ids if i in charges) for name, ids in plan.groups.items()}
    options = {name: tuple(i for i in ids if i in charges) for name, ids in plan.options.items()}
    slice_ = Slice(
        charges=tuple(charges.values()),
        requires=tuple(requires),
        shown=tuple(shown),
        covers=tuple(covers),
        groups={name: ids for name, ids in groups.items() if ids},
        options={name: ids for name, ids in options.items() if ids},
        touched=(),
        traits=traits,
        days=days,
        known_at=known_at,
        net=folder.node(plan.net, "placed"),
        prices=tuple(folder.node(node, "placed") for node in plan.prices),
        included_rate=None if plan.included_rate is None else folder.node(plan.included_rate, "placed"),
        contained=tuple((folder.node(a, "placed"), folder.node(b, "placed")) for a, b in plan.contained),
        roots=tuple(roots),
    )
    items = {key: folder.answer(key, ir.LINE, ir.CODE) for key in slice_.item_keys()}
    touched, consulted = tuple(folder.touched.values()), frozenset(folder.consulted)
    return replace(slice_, items=items, touched=touched, consulted=consulted)


def with_doubt(plan: Plan, slice_: Slice, rule_id: str) -> Slice | None:
    """The slice with a contested rule left open; None where nothing in it rests on the rule, whatever the order."""
    version = slice_.versions.get(rule_id)
    if version is None:
        return None
    if rule_id not in slice_.doubted:
        found = build_slice(plan, list(slice_.roots), slice_.traits, slice_.days, slice_.known_at, rule_id)
        nodes = (*found.every_node, *(node for root in (found.net, *found.prices) for node in root.walk()))
        named = any(node.op == "unknown" and node.value == doubt_of(rule_id) for node in nodes)
        slice_.doubted[rule_id] = found if named or version.repealed else None
    return slice_.doubted[rule_id]


def _add_charge(plan: Plan, rule_id: str, folder: Folder, charges: dict[str, SliceCharge]) -> None:
    """Adds a charge after those it needs, so that the order of the slice is the order of charging."""
    if rule_id in charges:
        return
    charge = _charge(plan.rules[rule_id], folder)
    if charge is None:
        return
    seen: set[Node] = set()
    for root in charge.nodes():
        for node in root.walk(seen):
            if node.op == "charge":
                _add_charge(plan, node.value, folder, charges)
            elif node.op == "group":
                for member in (*plan.groups.get(node.value, ()), *plan.options.get(node.value, ())):
                    _add_charge(plan, member, folder, charges)
    charges[rule_id] = charge


def _charge(rule: PlanRule, folder: Folder) -> SliceCharge | None:
    chosen = folder.version(rule)
    if chosen is not None and chosen.version.repealed and rule.rule.id == folder.doubt:
        chosen = before_repeal(rule, chosen)
    if chosen is None or chosen.version.repealed:
        folder.touch_repeal(rule, chosen)
        return None
    fold = folder.for_rule(rule)
    when = folder.condition(rule, chosen)
    if when == ir.FALSE:
        offered = chosen.nodes.get("offered")
        if offered is None or fold(offered) == ir.FALSE:
            return None
    folder.touch(rule, chosen.version)
    base, rate, duty = (fold(chosen.nodes[name]) if name in chosen.nodes else None for name in ("base", "rate", "duty"))
    if "amount" in chosen.nodes:
        amount = fold(chosen.nodes["amount"])
    elif rate is not None and base is not None:
        scale = base.type.scale + rate.type.scale
        type_ = ir.money(str(base.type.unit), scale)
        amount = folder.folded(Node("mul", (base, rate), None, type_, ir.finest((base, rate))))
    else:
        amount = folder.applied(duty, base, rule.rule.clock or "placed")
    offered = chosen.nodes.get("offered")
    terms = {name: fold(term) if isinstance(term, Node) else term for name, term in rule.terms.items()}
    relief = []
    for entry in chosen.relief:
        condition = fold(entry.when)
        if condition != ir.FALSE:
            relief.append((condition, entry.basis, entry.citations))
    return SliceCharge(
        rule=rule,
        version=chosen.version,
        when=when,
        relief=tuple(relief),
        base=base,
        rate=rate,
        duty=duty,
        amount=amount,
        offered=fold(offered) if offered is not None else None,
        jurisdiction=terms.get("jurisdiction", ""),
        due_from=terms.get("due_from", "buyer"),
        due_at=terms.get("due_at", "import"),
        rounding=rule.rule.rounding,
    )


def claimable(plan: Plan, slice_: Slice, charge: SliceCharge) -> Node:
    """The condition of a charge with the claim of a preference left open, even where the slice knows of none."""
    folder = Folder(plan, {**slice_.traits, "line.preference": UNKNOWN}, slice_.days, slice_.known_at)
    version = folder.version(charge.rule)
    return charge.when if version is None else folder.condition(charge.rule, version)


def _require(rule: PlanRule, folder: Folder) -> SliceRequire | None:
    chosen = folder.version(rule)
    if chosen is None or chosen.version.repealed:
        return None
    when = folder.condition(rule, chosen)
    fold = folder.for_rule(rule)
    must = fold(chosen.nodes["must"]) if "must" in chosen.nodes else None
    if when == ir.FALSE or must == ir.TRUE:
        return None
    folder.touch(rule, chosen.version)
    market = rule.terms.get("market")
    return SliceRequire(rule, chosen.version, when, must, fold(market) if isinstance(market, Node) else market)


def _shown(rule: PlanRule, folder: Folder) -> SliceFact | None:
    clock = rule.rule.clock or "placed"
    if folder.days.get(clock, UNKNOWN) is UNKNOWN:
        return SliceFact(rule, rule.rule.versions[-1], unknown(f"dates.{clock}", rule.type))
    chosen = folder.version(rule)
    if chosen is None or chosen.version.repealed or folder.condition(rule, chosen) == ir.FALSE:
        return None
    return SliceFact(rule, chosen.version, folder.answer(rule.rule.answers, rule.grain, rule.type))
