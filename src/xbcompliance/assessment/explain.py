"""An answer as a derivation that can be read: each step with its value, each rule with its version and its source."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from xbcompliance._errors import InputError, did_you_mean, shown
from xbcompliance._unknown import UNKNOWN
from xbcompliance.assessment.texts import cited, rate_text, title
from xbcompliance.assessment.why import reference
from xbcompliance.expr.ir import LINE, ORDER, ORDER_MONEY, Node
from xbcompliance.money import plain, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xbcompliance.assessment.result import Result
    from xbcompliance.engine import Engine
    from xbcompliance.engines.reference import Reference
    from xbcompliance.packs.model import Version
    from xbcompliance.packs.rulebook import Rulebook
    from xbcompliance.plan.slices import SliceCharge

MAX_DEPTH: Final = 12
_SIGNS: Final = {"add": "+", "sub": "-", "mul": "×", "lt": "<", "le": "≤", "eq": "=", "and": "and", "or": "or"}


def explain(engine: Engine, result: Result, rule: str | None) -> str:
    """The derivation of one rule's charges, of a define, or of all charges.

    Raises :class:`InputError` ``XB-IN-060`` when the rule had no say in this answer.
    """
    run = reference(engine, result.order, result.slice, result.days)
    teller = _Teller(engine, result, run)
    charges = [charge for charge in result.slice.charges if rule in (None, charge.id)]
    lines = [line for charge in charges for line in teller.charge(charge)]
    if not charges or (rule is not None and not lines):
        answers = (node for root in result.slice.nodes() for node in root.walk() if node.op == "answer")
        answer = next((node for node in answers if node.value == rule), None)
        if answer is not None and rule is not None:
            lines = list(teller.define(rule, answer, result.slice.versions[rule]))
    if not lines and rule is not None:
        known = [c.id for c in result.slice.charges] + [r.rule.id for r, _ in result.slice.touched]
        raise InputError(
            "XB-IN-060", "explain", found=shown(rule), expected="a rule that had a say in this answer",
            hint=did_you_mean(rule, known),
        )  # fmt: skip
    return "\n".join(lines) or "No charge applies."


class _Teller:
    def __init__(self, engine: Engine, result: Result, run: Reference) -> None:
        self.engine = engine
        self.book: Rulebook = engine.rulebook
        self.result = result
        self.run = run
        self.told: set[tuple[Node, int]] = set()

    def charge(self, charge: SliceCharge) -> Iterator[str]:
        """The rows of a charge, each with its steps."""
        index = self.result.slice.charges.index(charge)
        for row in (r for r in self.result.run.rows if r.charge == index):
            self.told = set()
            lines = self.lines(charge, row.unit)
            amount = (
                "not determined"
                if row.amount is UNKNOWN
                else f"{text(row.amount, self.result.run.digits)} {self.result.order.currency}"
            )
            yield f"{charge.id} for {lines}: {amount} ({row.basis})"
            place = self.place(charge, row.unit)
            name = title(self.book, self.result.days, charge.rule.rule.title, place)
            yield from self.law(name, charge.version, charge.rule.rule.pack)
            yield from self.step("applies when", charge.when, charge, row.unit)
            for node, basis, _ in charge.relief:
                yield from self.step(f"{basis} when", node, charge, row.unit)
            if row.basis in ("charged", "zero_rated"):
                for name, part in (("base", charge.base), ("rate", charge.rate), ("duty", charge.duty)):
                    if part is not None:
                        yield from self.step(name, part, charge, row.unit)
                yield from self.step("exact", charge.amount, charge, row.unit)
                rounding = charge.rounding
                yield f"  rounded {rounding.mode.replace('_', ' ')} per {rounding.per}: {amount}"

    def place(self, charge: SliceCharge, unit: int) -> str:
        """The jurisdiction of a charge."""
        term = charge.jurisdiction
        if isinstance(term, str) or self.run.units(charge.grain) is None:
            return str(term)
        value = self.run.at(term, charge.grain)[unit]
        return "" if value is UNKNOWN or value is None else str(getattr(value, "code", value))

    def define(self, rule: str, node: Node, version: Version) -> Iterator[str]:
        """The steps of a define."""
        for unit in range(len(self.run.values(node))):
            self.told = set()
            yield f"{rule}: {self.value(node, unit)}"
            yield from self.law("", version, self.book.rules[rule].pack)
            yield from self.steps(node, unit, 1)

    def lines(self, charge: SliceCharge, unit: int) -> str:
        if charge.grain == ORDER:
            return "the order"
        units = self.run.units(charge.grain)
        indexes = range(len(self.result.order.lines)) if units is None else units.lines[unit]
        ids = ", ".join(self.result.order.lines[i].id for i in indexes)
        return f"line {ids}" if charge.grain == LINE else f"{charge.grain.name} of line {ids}"

    def law(self, title: str, version: Version, pack: str) -> Iterator[str]:
        start = date.fromordinal(version.span.start).isoformat()
        label = f"{title}; " if title else ""
        status = "" if version.status == "verified" else f"; {version.status.replace('_', ' ')}"
        yield f"  {label}version from {start}, pack {pack} {self.book.packs[pack].version}{status}"
        for found in version.citations:
            where = cited(self.book, found)
            yield f"  source: {where.source}, {where.locator}"

    def step(self, name: str, node: Node, charge: SliceCharge, unit: int) -> Iterator[str]:
        index = unit if node.grain == charge.grain else self.coarser(node, charge, unit)
        percent = rate_text(self.raw(node, index), node.type.scale) if name == "rate" else None
        yield f"  {name}: {percent or self.value(node, index)}"
        yield from self.steps(node, index, 2)

    def coarser(self, node: Node, charge: SliceCharge, unit: int) -> int:
        target, source = self.run.units(charge.grain), self.run.units(node.grain)
        return 0 if target is None or source is None else source.of_line[target.lines[unit][0]]

    def steps(self, node: Node, unit: int, depth: int) -> Iterator[str]:
        """The parts of a value, each once; carrying a value with more decimals is no step."""
        while node.op == "shift":
            node = node.args[0]
        if depth > MAX_DEPTH or (node, unit) in self.told or node.op in ("const", "unknown"):
            return
        self.told.add((node, unit))
        pad = "  " * depth
        while node.op == "answer":
            version = self.result.slice.versions[str(node.value)]
            start = date.fromordinal(version.span.start).isoformat()
            cites = "; ".join(f"{c.source} {c.locator}" for c in (cited(self.book, c) for c in version.citations))
            yield f"{pad}= {node.value} (from {start}; {cites})"
            node = node.args[0]
        if node.op == "fact":
            return
        label = _SIGNS.get(node.op, node.op)
        parts = f" {label} ".join(self.brief(arg, node, unit) for arg in node.args)
        if node.op == "lookup":
            parts = (
                f"{node.value[0]}[{', '.join(self.brief(arg, node, unit) for arg in node.args)}]{self.row(node, unit)}"
            )
        elif node.op not in _SIGNS:
            parts = f"{label}({', '.join(self.brief(arg, node, unit) for arg in node.args)})"
        if node.args or node.op in ("lookup", "group", "charge"):
            yield f"{pad}{parts if node.args else f'{label} {node.value}'} = {self.value(node, unit)}"
        for arg in node.args:
            yield from self.steps(arg, self.unit_of(arg, node, unit), depth + 1)

    def unit_of(self, arg: Node, node: Node, unit: int) -> int:
        source, target = self.run.units(arg.grain), self.run.units(node.grain)
        if arg.grain == node.grain or source is None or target is None:
            return unit if arg.grain == node.grain else 0
        return source.of_line[target.lines[unit][0]] if unit < len(target.lines) else 0

    def brief(self, arg: Node, node: Node, unit: int) -> str:
        while arg.op in ("shift", "answer"):
            arg = arg.args[0]
        value = self.value(arg, self.unit_of(arg, node, unit))
        if arg.op == "fact":
            return f"{arg.value} {value}"
        if arg.grain > node.grain:
            return ", ".join(self.value(arg, i) for i in range(len(self.run.values(arg))))
        return value

    def row(self, node: Node, unit: int) -> str:
        """Where a look-up's row comes from."""
        name, clock = node.value
        keys = [self.run.at(arg, node.grain)[unit] for arg in node.args]
        day = self.result.days.get(clock, UNKNOWN)
        if UNKNOWN in keys or day is UNKNOWN or any(getattr(key, "open", ()) for key in keys):
            return ""
        found = self.book.tables[name].view(self.result.slice.known_at).row(day, *keys)
        if found is None:
            return " (no row)"
        source = self.book.sources.get(found.info.get("source", ""))
        since = date.fromordinal(found.span.start).isoformat()
        return (
            f" (from {since}; {source.id or source.title} {found.info.get('locator', '')})"
            if source
            else f" (from {since})"
        )

    def raw(self, node: Node, unit: int) -> Any:
        values = self.run.values(node)
        return values[unit if len(values) > 1 else 0]

    def value(self, node: Node, unit: int) -> str:
        return shown_value(self.raw(node, unit), node, self.result.order.currency)


def shown_value(value: Any, node: Node, currency: str) -> str:
    """A value as a person reads it, with its currency or unit."""
    if value is UNKNOWN:
        return "unknown"
    if value is None:
        return "none"
    if node.type.kind == "money":
        unit = currency if node.type.unit == ORDER_MONEY else node.type.unit
        return f"{plain(value, node.type.scale)} {unit}"
    if node.type.kind in ("number", "quantity"):
        return plain(value, node.type.scale)
    if node.type.kind == "date":
        return date.fromordinal(value).isoformat()
    if isinstance(value, frozenset):
        return "{" + ", ".join(sorted(map(str, value))) + "}"
    if node.type.kind == "duty":
        return str(rate_text(value))
    return str(getattr(value, "code", value))
