"""From a rulebook to a plan: every expression compiled, every reference resolved, every cycle and clash an error.

>>> from xbcompliance.packs.rulebook import load_rulebook
>>> plan = build_plan(load_rulebook())
>>> plan.rules["eu.ioss.vat"].type.described
'money in the order currency'
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from threading import RLock
from typing import TYPE_CHECKING, Any, Final

from xbcompliance._errors import PackError, did_you_mean, shown
from xbcompliance.expr import ir
from xbcompliance.expr.compile import compile_expression, is_fixed
from xbcompliance.expr.functions import money_literal
from xbcompliance.expr.ir import ORDER_MONEY, Node, Type
from xbcompliance.money import RATE_SCALE, SCALE, scaled
from xbcompliance.plan.chains import check_chains, compile_order, in_a_circle
from xbcompliance.plan.checks import check_answers, check_rule
from xbcompliance.plan.model import Plan, PlanRelief, PlanRule, PlanVersion
from xbcompliance.plan.routing import rule_destinations
from xbcompliance.plan.scope import CONTAINED, DERIVED, PRICES, RuleScope

if TYPE_CHECKING:
    from xbcompliance.packs.model import Rule, Text, Version
    from xbcompliance.packs.rulebook import Rulebook
    from xbcompliance.timeline import Span

_GRAINS: Final = {"order": ir.ORDER, "consignment": ir.CONSIGNMENT, "line": ir.LINE}
CHARGE_KINDS: Final = ("duty", "tax", "fee")
SLOTS: Final = dict.fromkeys(
    ("line.included_tax_rate", "line.included_shipping_rate"), (ir.number(RATE_SCALE), ir.LINE)
)
"""Answers that derived facts ask for and packs may give, with the type and grain they must have."""
_WITH_SLOTS: Final = tuple(name for name, (_, text) in DERIVED.items() if any(slot in text for slot in SLOTS))
PARTIES: Final = ("seller", "marketplace", "carrier", "customs", "buyer")
POINTS: Final = ("checkout", "import", "return")
LEVELS: Final = ("country", "state", "county", "city", "district")
SEVERITIES: Final = ("block", "warn", "info")


def build_plan(rulebook: Rulebook) -> Plan:
    """The plan of a rulebook.

    Raises :class:`PackError`: what :func:`compile_expression` raises, ``XB-PACK-032`` (cycle), ``033`` (a needed
    expression is missing), ``034`` (versions of one rule differ in type), ``035`` (unknown source).
    """
    return _Known(rulebook, rulebook.checked).plan() if rulebook.checked is not None else _Builder(rulebook).plan()


def rules_to_json(rules: Mapping[str, PlanRule]) -> dict[str, Any]:
    """The JSON form of compiled rules: a table of nodes, and for each rule its versions with the rows they point to."""
    table = ir.NodeTable()
    described: dict[str, Any] = {}
    for rule_id, rule in rules.items():
        versions = []
        for item in rule.versions:
            span = item.version.span
            versions.append(
                {
                    "from": span.start,
                    "until": span.end,
                    "published": span.published,
                    "repealed": item.version.repealed,
                    "nodes": {name: table.add(node) for name, node in item.nodes.items()},
                    "instead": [[table.add(entry.when), entry.basis] for entry in item.relief],
                }
            )
        terms = {name: table.add(term) if isinstance(term, ir.Node) else term for name, term in rule.terms.items()}
        described[rule_id] = {
            "kind": rule.rule.kind,
            "grain": [rule.grain.level, rule.grain.key],
            "clock": rule.rule.clock,
            "answers": rule.rule.answers,
            "terms": terms,
            "versions": versions,
        }
    return {"nodes": table.rows, "rules": described}


class _Builder:
    def __init__(self, rulebook: Rulebook) -> None:
        self.book = rulebook
        self.done: dict[str, PlanRule] = {}
        self.open: list[str] = []
        self._derived: dict[str, Node] = {}
        self.answers: dict[str, list[str]] = {}
        self.groups: dict[str, list[str]] = {}
        self.options: dict[str, list[str]] = {}
        for rule in sorted(rulebook.rules.values(), key=lambda rule: rule.id):
            self.answers.setdefault(rule.answers or rule.id, []).append(rule.id)
            if rule.part_of:
                self.groups.setdefault(rule.part_of, []).append(rule.id)
            if rule.option_of:
                self.options.setdefault(rule.option_of, []).append(rule.id)

    def plan(self) -> Plan:
        slots = [rule_id for name in SLOTS for rule_id in self.answers.get(name, ())]
        derived = dict.fromkeys(_WITH_SLOTS, slots)
        for rule_id in compile_order(self.book.rules, {**derived, **self.options, **self.groups, **self.answers}):
            self.compiled(rule_id)
        rules = {rule_id: self.done[rule_id] for rule_id in sorted(self.done)}
        roots = tuple(
            i for i, r in rules.items() if r.rule.kind in ("charge", "require") or r.rule.covers or r.rule.determination
        )
        exceptions: dict[str, tuple[str, ...]] = {}
        for rule_id, rule in rules.items():
            for name in rule.rule.exception_to:
                exceptions[name] = (*exceptions.get(name, ()), rule_id)
        plan = self.made(
            rules=rules,
            answers={name: tuple(ids) for name, ids in self.answers.items()},
            groups={name: tuple(ids) for name, ids in self.groups.items()},
            options={name: tuple(ids) for name, ids in self.options.items()},
            roots=roots,
            exceptions=exceptions,
            retroactive=any(_retroactive(version.version.span) for rule in rules.values() for version in rule.versions),
        )
        check_answers(plan)
        check_chains(plan)
        return replace(plan, destinations={rule_id: _destinations(plan, rules[rule_id]) for rule_id in roots})

    def made(self, **parts: Any) -> Plan:
        """The plan with what it has besides its rules."""
        return Plan(
            rulebook=self.book,
            net=self.derived("line.net"),
            answer=self.answer,
            prices=tuple(compile_expression(text, RuleScope(ir.ORDER, self.book, self.answer)) for text in PRICES),
            included_rate=self.answer("line.included_tax_rate"),
            contained=tuple((self.derived(gross), self.derived(net)) for gross, net in CONTAINED),
            **parts,
        )

    def derived(self, name: str) -> Node:
        """A fact that follows from others by arithmetic, compiled once for all rules that name it."""
        if name not in self._derived:
            grain, text = DERIVED[name]
            self._derived[name] = compile_expression(text, RuleScope(grain, self.book, self.answer))
        return self._derived[name]

    # --- one rule

    def compiled(self, rule_id: str) -> PlanRule:
        if rule_id in self.done:
            return self.done[rule_id]
        if rule_id in self.open:
            raise in_a_circle(self.book.rules, self.open[self.open.index(rule_id) :])
        self.open.append(rule_id)
        try:
            self.done[rule_id] = self.rule(self.book.rules[rule_id])
        finally:
            self.open.pop()
        return self.done[rule_id]

    def rule(self, rule: Rule) -> PlanRule:
        self.check(rule)
        if rule.kind == "value":
            return self.value(rule)
        grain = self.grain(rule)
        scope = RuleScope(grain, self.book, self.answer, rule.given)
        versions = [self.version(rule, version, scope) for version in rule.versions]
        terms = self.terms(rule, scope)
        if rule.kind == "define":
            type_, versions = self.one_type(rule, versions)
            return PlanRule(rule, grain, type_, tuple(versions), terms)
        type_ = ir.money(ORDER_MONEY, SCALE) if rule.kind == "charge" else ir.TRUTH
        return PlanRule(rule, grain, type_, tuple(versions), terms)

    def check(self, rule: Rule) -> None:
        """What can be said of a rule before it is compiled."""
        check_rule(rule, self.book)

    def grain(self, rule: Rule) -> ir.Grain:
        if rule.per != "item":
            return _GRAINS[rule.per]
        if rule.item_by not in self.answers:
            expected = "item: a define per line that says which lines are one item"
            found = f"{rule.id} without 'item'" if rule.item_by is None else f"item: {rule.item_by}"
            raise PackError("XB-PACK-033", rule.at, found=found, expected=expected)
        return ir.item(rule.item_by)

    def version(self, rule: Rule, version: Version, scope: RuleScope) -> PlanVersion:
        nodes = {name: compile_expression(text.text, scope, text.at) for name, text in version.texts.items()}
        for name, node in nodes.items():
            self.fits(rule, name, node, scope.grain, version.texts[name])
        relief = []
        for entry in version.relief:
            when = compile_expression(entry.when.text, scope, entry.when.at)
            self.fits(rule, "when", when, scope.grain, entry.when)
            relief.append(PlanRelief(when, entry.basis, entry.citations))
        if not version.repealed:
            self.complete(rule, version, nodes)
        return PlanVersion(version, nodes, tuple(relief))

    def fits(self, rule: Rule, name: str, node: Node, grain: ir.Grain, text: Text) -> None:
        kinds = _KINDS.get(name)
        if kinds and node.type.kind not in kinds:
            raise PackError(
                "XB-PACK-022", text.at, found=f"{node.type.described} as {name}", expected=" or ".join(kinds)
            )
        if node.grain > grain:
            found = f"a value of the {node.grain.name} in a rule per {grain.name}"
            hint = "sum(…), any(…), all(…) or count(…) bring it up"
            raise PackError("XB-PACK-023", text.at, found=found, expected=f"one per {grain.name}", hint=hint)
        counted = name in ("base", "amount", "is") and node.type.kind == "money"
        if counted and node.grain < grain and not is_fixed(node):
            found = f"an amount of the {node.grain.name} as {name} of a {rule.kind} per {grain.name}"
            raise PackError("XB-PACK-023", text.at, found=found, expected="share(…, by=…) or each(…)")

    def complete(self, rule: Rule, version: Version, nodes: dict[str, Node]) -> None:
        wanted = {"define": ("is",), "require": ("when",), "charge": ("when",)}[rule.kind]
        for name in wanted:
            if name not in nodes:
                raise PackError("XB-PACK-033", version.at, found=f"{rule.id} without {name!r}", expected=f"{name}: …")
        if rule.kind == "charge":
            ways = [way for way in ("rate", "amount", "duty") if way in nodes]
            if ways == ["rate", "amount"] and "base" in nodes:
                ways = ["rate"]  # the amount is stated because the law rounds it together with others
            needs_base = "amount" not in nodes
            if len(ways) != 1 or (needs_base and "base" not in nodes):
                expected = "base with rate, base with duty, or amount"
                raise PackError(
                    "XB-PACK-033", version.at, found=f"{rule.id} with {', '.join(nodes)}", expected=expected
                )
        if rule.kind == "require" and "must" not in nodes and "obligation" not in rule.terms:
            raise PackError(
                "XB-PACK-033", version.at, found=f"{rule.id} without 'must'", expected="must: … or obligation: …"
            )

    def one_type(self, rule: Rule, versions: list[PlanVersion]) -> tuple[Type, list[PlanVersion]]:
        """All versions of a define, and all rules that give one answer, carry the same type and scale."""
        known = [v.nodes["is"].type for v in versions if "is" in v.nodes]
        scale = max(type_.scale for type_ in known)
        first = known[0]
        aligned = []
        for version in versions:
            node = version.nodes.get("is")
            if node is None:
                aligned.append(version)
                continue
            if not node.type.same_measure(first):
                at = version.version.at
                raise PackError("XB-PACK-034", at, found=node.type.described, expected=f"{first.described}, as before")
            nodes = {**version.nodes, "is": ir.shift(node, scale) if node.type.numeric else node}
            aligned.append(PlanVersion(version.version, nodes, version.relief))
        domain = tuple(dict.fromkeys(option for type_ in known for option in _domain(type_)))
        return Type(first.kind, first.unit, scale, domain), aligned

    def terms(self, rule: Rule, scope: RuleScope) -> dict[str, Node | str]:
        out: dict[str, Node | str] = {}
        for name, text in rule.terms.items():
            words = _WORDS.get(name)
            if words and text.text in words:
                out[name] = text.text
            elif name in ("jurisdiction", "market", "due_from", "due_at"):
                out[name] = self.term(rule, name, text, scope)
            elif words:
                hint = did_you_mean(text.text, words)
                raise PackError("XB-PACK-013", text.at, found=shown(text.text), expected=" | ".join(words), hint=hint)
            else:
                out[name] = text.text
        return out

    def term(self, rule: Rule, name: str, text: Text, scope: RuleScope) -> Node | str:
        if name == "jurisdiction" and text.text.replace("-", "").isalnum() and text.text.isupper():
            return text.text
        node = compile_expression(text.text, scope, text.at)
        if node.type.kind not in ("code", "place") or node.grain > scope.grain:
            raise PackError(
                "XB-PACK-022", text.at, found=f"{node.type.described} as {name}", expected="a code or place"
            )
        words = _WORDS.get(name, ())
        for word in _fixed_words(node):
            if words and word not in words:
                hint = did_you_mean(word, words)
                raise PackError("XB-PACK-013", text.at, found=shown(word), expected=" | ".join(words), hint=hint)
        return node

    # --- values and references

    def value(self, rule: Rule) -> PlanRule:
        versions = []
        for version in rule.versions:
            text = version.texts.get("is")
            if text is None:
                raise PackError("XB-PACK-033", version.at, found=f"{rule.id} without 'is'", expected="is: …")
            versions.append(PlanVersion(version, {"is": constant(text, rule.terms["type"].text)}))
        type_, versions = self.one_type(rule, versions)
        return PlanRule(rule, ir.ORDER, type_, tuple(versions))

    def answer(self, name: str) -> Node | None:
        """What a name stands for: a rule's answer, the sum of a group or of competing charges, a derived fact."""
        if name in self.answers:
            first = self.compiled(self.answers[name][0])
            if first.rule.kind == "value":
                return Node("value", (), name, first.type, ir.ORDER)
            if first.rule.kind == "charge":
                return Node("charge", (), name, first.type, first.grain)
            return self.ref(name, first)
        for family in (self.groups, self.options):
            if name in family:
                self.members(family[name])
                return Node("group", (), name, ir.money(ORDER_MONEY, SCALE), ir.LINE)
        if name in SLOTS:
            type_, grain = SLOTS[name]
            return Node("ref", (), name, type_, grain)
        return self.derived(name) if name in DERIVED else None

    def members(self, rule_ids: Sequence[str]) -> None:
        """The charges of a sum must be ones that compile."""
        for rule_id in rule_ids:
            self.compiled(rule_id)

    def ref(self, name: str, first: PlanRule) -> Node:
        scale = first.type.scale
        for rule_id in self.answers[name][1:]:
            other = self.compiled(rule_id)
            if not other.type.same_measure(first.type) or other.grain != first.grain or other.type.scale != scale:
                at = other.rule.at
                found = f"{other.type.described} per {other.grain.name}"
                raise PackError(
                    "XB-PACK-034", at, found=found, expected=f"{first.type.described} per {first.grain.name}"
                )
        return Node("ref", (), name, first.type, first.grain)


class _Known(_Builder):
    """The plan of a rulebook that was checked before: each rule is compiled when it is first looked at."""

    def __init__(self, rulebook: Rulebook, facts: Mapping[str, Any]) -> None:
        self.book = rulebook
        self.facts = facts
        self.done = {}
        self.open = []
        self._derived = {}
        self.answers, self.groups, self.options = facts["answers"], facts["groups"], facts["options"]
        first = {name: ids[:1] for name, ids in self.answers.items()}  # the others are known to be like the first
        slots = [rule_id for name in SLOTS for rule_id in first.get(name, ())]
        self.named = {**dict.fromkeys(_WITH_SLOTS, slots), **first}
        self.lock = RLock()

    def plan(self) -> Plan:
        return self.made(rules=_Rules(self), **self.facts)

    def compiled(self, rule_id: str) -> PlanRule:
        """The rule; threads wait for one another, and rules that it rests on come first, as in a plan made in full."""
        known = self.done.get(rule_id)
        if known is not None:
            return known
        with self.lock:
            for name in compile_order(self.book.rules, self.named, (rule_id,), self.done):
                super().compiled(name)
            return self.done[rule_id]

    def check(self, rule: Rule) -> None:
        """Was done."""

    def answer(self, name: str) -> Node | None:
        if name in SLOTS:  # of known type: no rule of some other destination need be compiled to tell it
            type_, grain = SLOTS[name]
            return Node("ref", (), name, type_, grain)
        with self.lock:
            return super().answer(name)

    def members(self, rule_ids: Sequence[str]) -> None:
        """Are."""

    def ref(self, name: str, first: PlanRule) -> Node:
        return Node("ref", (), name, first.type, first.grain)


class _Rules(Mapping[str, PlanRule]):
    """All rules by name, compiled when they are first looked at."""

    def __init__(self, known: _Known) -> None:
        self._known = known
        self._names = tuple(sorted(known.book.rules))

    def __getitem__(self, name: str) -> PlanRule:
        return self._known.compiled(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._known.book.rules


def constant(text: Text, kind: str) -> Node:
    """A value as packs write it: ``150.00 EUR``, ``0.19``, ``[DE, FR]``, ``true`` or, if ``type: code``, any text."""
    written = text.text.strip()

    def wrong(found: str, expected: str) -> PackError:
        return PackError("XB-PACK-016", text.at, found=found, expected=expected)

    if kind == "code":
        return ir.const(written, ir.CODE)
    if kind == "truth" or written in ("true", "false"):
        return ir.const(written == "true", ir.TRUTH)
    if written.startswith("[") and written.endswith("]"):
        return ir.const(frozenset(part.strip() for part in written[1:-1].split(",") if part.strip()), ir.SET)
    if " " in written:
        return money_literal(written, wrong)
    try:
        return ir.const(scaled(written, RATE_SCALE), ir.number(RATE_SCALE))
    except ValueError:
        raise wrong(shown(written), "an amount (150.00 EUR), a number (0.19), a [list], true or false") from None


def _fixed_words(node: Node) -> tuple[str, ...]:
    """The literals that an expression may come to."""
    if node.op == "const":
        return (str(node.value),)
    return tuple(word for arg in node.args[1:] for word in _fixed_words(arg)) if node.op == "if" else ()


def _retroactive(span: Span) -> bool:
    return span.published is not None and span.published > span.start


def _domain(type_: Type) -> tuple[str, ...]:
    return type_.domain


def _destinations(plan: Plan, rule: PlanRule) -> tuple[str, ...] | None:
    found = rule_destinations(plan, rule)
    return None if found is None else tuple(sorted(found))


def digest_of(rules: Mapping[str, PlanRule], data: str) -> str:
    """The sha256 of compiled rules in their JSON form and of the digest of their rulebook."""
    text = json.dumps([data, rules_to_json(rules)], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


_KINDS: Final[dict[str, tuple[str, ...]]] = {
    "when": ("truth",),
    "must": ("truth",),
    "offered": ("truth",),
    "base": ("money",),
    "amount": ("money",),
    "rate": ("number",),
    "duty": ("duty",),
}
_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "kind": CHARGE_KINDS,
    "due_from": PARTIES,
    "due_at": POINTS,
    "level": LEVELS,
    "severity": SEVERITIES,
}
