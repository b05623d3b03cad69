"""Why something is unknown: the facts behind it, found by walking back from the value to what was not told.

Only what could still matter counts: of ``a and b`` with ``a`` known to be false nothing is asked. Table look-ups ask
for a key only if the rows it could select differ; a rate that no table holds is a gap in the rulebook, and said so.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

from xbcompliance._unknown import UNKNOWN, is_unknown
from xbcompliance.engines.facts import FactReader, measure_path
from xbcompliance.engines.reference import RISING, Reference
from xbcompliance.expr import ir
from xbcompliance.expr.functions import NET_SCALE
from xbcompliance.facts.catalogue import find_fact, question_path
from xbcompliance.money import RATE_SCALE, allocate, rounded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from xbcompliance.engine import Engine
    from xbcompliance.engines.rows import Run
    from xbcompliance.expr.ir import Node
    from xbcompliance.facts import Order
    from xbcompliance.plan.slices import Slice, SliceCharge


def reference(
    engine: Engine,
    order: Order,
    slice_: Slice,
    days: Mapping[str, Any],
    supposed: Mapping[Node, list[Any]] | None = None,
) -> Reference:
    """The order run through the reference engine, every value kept; ``supposed``: values nodes are taken to have."""
    facts = FactReader(order, slice_.traits, days, engine.assumptions)
    run = engine.new_run(order, dict(days))
    return Reference(slice_, order, run, engine.rulebook.tables, facts, supposed).evaluate()


def included_tax(
    engine: Engine, order: Order, slice_: Slice, run: Run, days: Mapping[str, Any]
) -> tuple[Any, Any, Any]:
    """The tax contained in the prices of goods, shipping and insurance, in minor units, rounded line by line."""
    facts = FactReader(order, slice_.traits, days, engine.assumptions)
    return contained_tax(Reference(slice_, order, run, engine.rulebook.tables, facts))


def contained_tax(found: Reference) -> tuple[Any, Any, Any]:
    """The tax contained in the prices of an order that is run; unknown where no rate is known."""
    lines = included_by_line(found)
    if lines is None:
        return UNKNOWN, UNKNOWN, UNKNOWN
    goods, shipping, insurance = (sum(parts) for parts in zip(*lines, strict=True))
    return goods, shipping, insurance


def included_by_line(found: Reference) -> list[tuple[int, int, int]] | None:
    """For each line the tax contained in the prices of goods, shipping and insurance; None where it is not known.

    It is rounded once a line, for all that is in the line's price, as the tax itself is: net and tax add up to the
    price. What of it lies in shipping and in insurance is rounded once for the order.
    """
    columns = [_contained(found, net) for _, net in found.slice.contained]
    if any(part is UNKNOWN for column in columns for part in column):
        return None
    scale, digits, ids = NET_SCALE + RATE_SCALE, found.run.digits, found.run.line_ids
    whole = [rounded(sum(parts), scale, digits, "half_up") for parts in zip(*columns, strict=True)]
    shipping, insurance = (
        allocate(rounded(sum(column), scale, digits, "half_up"), column, ids) for column in columns[1:]
    )
    return [(w - s - i, s, i) for w, s, i in zip(whole, shipping, insurance, strict=True)]


def _guards(condition: Node) -> set[tuple[Any, Any]]:
    """The look-ups of which a condition asks whether there is a row: where it does, a miss is an answer and no gap."""
    parts = condition.args if condition.op == "and" else (condition,)
    return {(node.args, node.value) for node in parts if node.op == "listed"}


def _contained(found: Reference, net: Node) -> list[Any]:
    """For each line, the tax on a net amount that was worked back from a gross one."""
    if net.op != "without":
        return [0] * len(found.order.lines)  # no tax is included
    rate = net.args[1]
    up = 10 ** (NET_SCALE - net.type.scale)
    pairs = zip(found.at(net, ir.LINE), found.at(rate, ir.LINE), strict=True)
    return [UNKNOWN if UNKNOWN in pair else pair[0] * up * pair[1] for pair in pairs]


_ADDRESSES: Final = ("ship_to.", "ship_from.")


def _only_addresses(facts: Sequence[str]) -> bool:
    return bool(facts) and all(fact.startswith(_ADDRESSES) for fact in facts)


class Causes:
    """Walks back from unknown values.

    ``choices`` gathers what a fact could be, None where that is not finite; ``unsettled`` the rows that telling it may
    lead to and that have no value.
    """

    def __init__(self, engine: Engine, run: Reference) -> None:
        self.engine = engine
        self.run = run
        self.choices: dict[str, set[Any] | None] = {}
        self.unsettled: dict[str, tuple[str, ...]] = {}
        self._closed: set[str] = set()
        self._seen: set[tuple[Node, int]] = set()
        self._guards: set[tuple[Any, Any]] = set()

    def of_charge(self, charge: SliceCharge, unit: int) -> list[str]:
        """The facts that would settle one unit of a charge, in the order in which they come up."""
        self._seen = set()
        found: dict[str, None] = {}
        units = self.run.units(charge.grain)
        if units is None:
            key = self.run.slice.items[charge.grain.key]
            for line in range(len(self.run.order.lines)):
                found.update(dict.fromkeys(self.of(key, line)))
            return list(found)
        if self.run.at(charge.when, charge.grain)[unit] is False:
            return []  # nothing that is told could make it apply
        where = list(self.of(charge.when, self._from(charge.when, charge.grain, unit)))
        if _only_addresses(where):
            return list(dict.fromkeys(where))  # whether it applies there at all comes before how much it is
        self._seen = set()
        self._guards = _guards(charge.when)
        parts = [charge.when, *(when for when, _, _ in charge.relief), charge.amount]
        # A total that is rounded once is open while any part of it is.
        for part_of in range(units.count) if charge.rounding.per == "total" else (unit,):
            for part in parts:
                found.update(dict.fromkeys(self.of(part, self._from(part, charge.grain, part_of))))
        self._guards = set()
        return list(found)

    def _from(self, node: Node, grain: ir.Grain, unit: int) -> int:
        """Which unit of a coarser node a unit lies in."""
        if node.grain == grain:
            return unit
        target, source = self.run.units(grain), self.run.units(node.grain)
        if target is None or source is None:
            return 0
        return source.of_line[target.lines[unit][0]]

    def of(self, node: Node, unit: int) -> Iterator[str]:
        """The facts behind an unknown value; nothing for a known one."""
        values = self.run.values(node)
        value = values[unit if len(values) > 1 else 0]
        if value is not UNKNOWN or (node, unit) in self._seen:
            return
        self._seen.add((node, unit))
        if node.op == "unknown":
            yield str(node.value)
        elif node.op == "fact":
            yield self._fact(node, unit)
        elif node.op in ("lookup", "listed"):
            yield from self._lookup(node, unit)
        elif node.op in RISING or node.op == "share":
            yield from self._other_grain(node, unit)
        elif node.op in ("charge", "group"):
            yield from self._charges(node)
        else:
            yield from self._arguments(node, unit)

    def _arguments(self, node: Node, unit: int) -> Iterator[str]:
        before = False
        guards = _guards(node) - self._guards
        self._guards |= guards
        for arg in self._open(node, unit):
            found = list(self._again(arg, self._from(arg, node.grain, unit)))
            for fact in found:
                before = True
                self._choose(node, arg, fact)
                yield fact
            if node.op in ("and", "if") and _only_addresses(found):
                break  # where the goods go decides what else is to be asked
        self._guards -= guards
        if not before:
            yield from self._own_reason(node, unit)

    def _open(self, node: Node, unit: int) -> tuple[Node, ...]:
        """The arguments that matter: of a choice the branch that is taken, of a fact told as such the fact alone."""
        if node.op == "told_or":
            return node.args[:1]
        if node.op == "if":
            condition = self.run.at(node.args[0], node.grain)
            if (holds := condition[unit if len(condition) > 1 else 0]) is not UNKNOWN:
                return (node.args[1] if holds else node.args[2],)
        return node.args

    def _again(self, arg: Node, unit: int) -> Iterator[str]:
        """The facts behind an argument; a fact that was named before is named again: here it may have other choices."""
        values = self.run.values(arg)
        if arg.op == "fact" and values[unit if len(values) > 1 else 0] is UNKNOWN:
            yield self._fact(arg, unit)
        else:
            yield from self.of(arg, unit)

    def _choose(self, node: Node, arg: Node, fact: str) -> None:
        """What the fact could be, seen from the operation that wants it."""
        if arg.op != "fact":
            return
        if node.op in ("eq", "in") and not arg.type.domain and arg.type.kind == "code":
            compared = [other.value for other in node.args if other.op == "const"] if node.op == "eq" else node.value
            self._add(fact, {None, *compared})
        elif node.op == "told":
            self._add(fact, {None, "told"})
        elif node.op == "valid":
            self._add(fact, {None, f"valid:{node.value}"})
        elif node.op == "digits":
            # Codes that are not told may be like one that is, like each other, or all different.
            codes = [line.hs_code for line in self.run.order.lines]
            told = {code for code in codes if isinstance(code, str)}
            others = range(sum(is_unknown(code) for code in codes))
            self._add(fact, {*told, *(f"9999{99 - other % 100:02}0000" for other in others)})
        elif node.op not in ("and", "or", "not", "if", "eq", "in", "contains", "told_or"):
            self.choices[fact] = None

    def _add(self, fact: str, values: set[Any]) -> None:
        known = self.choices.setdefault(fact, set())
        if known is not None:
            known |= values

    def _own_reason(self, node: Node, unit: int) -> Iterator[str]:
        """An operation whose arguments are known can still lack an exchange rate or a quantity."""
        if node.op == "convert":
            own = str(node.args[0].type.unit)
            own = self.run.run.currency if own == ir.ORDER_MONEY else own
            target = self.run.run.currency if node.value[0] == ir.ORDER_MONEY else node.value[0]
            yield f"exchange_rates.{own}/{target}"
        elif node.op == "apply":
            duty = self.run.at(node.args[0], ir.LINE)[unit]
            for name in duty.units():
                if self.run.facts.measure(unit, name) is UNKNOWN:
                    yield f"lines[{unit}].{measure_path(name)}"
            for currency in sorted(
                {t.currency for t in duty.terms if t.currency and t.currency != self.run.run.currency}
            ):
                yield f"exchange_rates.{currency}/{self.run.run.currency}"
            if duty.reference is not None:
                yield f"rulebook.duty[{duty.reference}]"
        elif node.op in ("eq", "in"):
            yield from filter(None, (self._address(self.run.at(arg, node.grain)[unit]) for arg in node.args))
        elif node.op == "digits":
            yield f"lines[{unit}].hs_code"
        elif node.op == "choose":
            yield f"rulebook.{node.value}"

    def _fact(self, node: Node, unit: int) -> str:
        return self.untold(str(node.value), unit if node.grain == ir.LINE else None)

    def untold(self, name: str, line: int | None = None) -> str:
        """The path by which an untold fact is asked for; what it could be is noted."""
        fact = find_fact(name)
        if fact is None:
            return name
        path = question_path(fact, line)
        if fact.domain:
            self._closed.add(path)
        if fact.domain and fact.kind == "set":
            subsets = [c for n in range(len(fact.domain) + 1) for c in combinations(fact.domain, n)]
            self._add(path, {f"set:{' '.join(chosen)}" for chosen in subsets})
        elif fact.domain:
            self._add(path, {*fact.domain, *((None,) if fact.nullable and fact.kind != "truth" else ())})
        elif fact.kind == "truth":
            self._add(path, {True, False})
        else:
            self.choices.setdefault(path, set())
        return path

    def _lookup(self, node: Node, unit: int) -> Iterator[str]:
        name, clock = node.value
        view = self.run.tables[name].view(self.run.slice.known_at)
        keys = [self.run.at(arg, node.grain)[unit if node.grain.level else 0] for arg in node.args]
        listed = node.op == "listed" or (node.args, node.value) in self._guards
        for index, arg in enumerate(node.args):
            if keys[index] is not UNKNOWN:
                continue
            at = self._from(arg, node.grain, unit)
            for fact in self._again(arg, at):
                self._key_choices(fact, view, index, self._keys(tuple(keys), index, arg, at), clock, listed)
                yield fact
        if UNKNOWN in keys:
            return
        if not isinstance(self.run.run.days.get(clock), int):
            yield f"dates.{clock}"
        else:
            yield from self._miss(node, name, view, keys, unit, clock)

    def _keys(self, keys: tuple[Any, ...], index: int, arg: Node, unit: int) -> list[tuple[Any, ...]]:
        """The keys of a look-up with an open one put as each thing that it may be, as far as that is known."""
        return [(*keys[:index], value, *keys[index + 1 :]) for value in dict.fromkeys(self._possible(arg, unit))]

    def _possible(self, node: Node, unit: int) -> list[Any]:
        """What a value may be: itself, or that of either branch of a condition that is open."""
        values = self.run.values(node)
        value = values[unit if len(values) > 1 else 0]
        branches = {"if": node.args[1:], "answer": node.args}.get(node.op)
        if value is not UNKNOWN or branches is None:
            return [value]
        return [found for part in branches for found in self._possible(part, self._from(part, node.grain, unit))]

    def _key_choices(
        self, fact: str, view: Any, index: int, keys: Sequence[tuple[Any, ...]], clock: str, listed: bool
    ) -> None:
        """A key's choices are finite if any value finds a row, or if a miss is an answer (``listed``)."""
        if fact in self._closed:
            return
        rows = [row for told in keys for row in view.compatible(self.run.run.days[clock], told)]
        kind = view.kinds[index]
        if blank := tuple(f"{view.table.name}[{', '.join(row.keys)}]" for row in rows if row.value is UNKNOWN):
            self.unsettled[fact] = blank
        if not listed and not any(row.keys[index] in ("", "*") for row in rows):
            self.choices[fact] = None
            return
        by_value: dict[Any, str] = {}
        for row in rows:
            by_value.setdefault(row.keys[index] if listed else row.value, row.keys[index])
        if listed:
            by_value.setdefault(None, "*" if kind in ("category", "code") else "")
        self._add(fact, {f"key:{kind}:{cell}" for cell in by_value.values()})

    def _miss(self, node: Node, name: str, view: Any, keys: list[Any], unit: int, clock: str) -> Iterator[str]:
        """No row answers: more digits of the code may find one, otherwise the rulebook lacks it."""
        for index, (arg, key, kind) in enumerate(zip(node.args, keys, view.kinds, strict=True)):
            if kind != "code" or not isinstance(key, str) or arg.op != "fact":
                continue
            rows = view.compatible(self.run.run.days[clock], (*keys[:index], UNKNOWN, *keys[index + 1 :]))
            if any(row.keys[index] != key and row.keys[index].startswith(key) for row in rows):
                yield self._fact(arg, unit)  # more digits of the code may find a row
                return
        addresses = [address for key in keys if (address := self._address(key))]
        if addresses and view.settles(self.run.run.days[clock], keys):
            yield addresses[0]
            return
        told = ", ".join("every" if key == ir.EVERY else str(getattr(key, "code", key)) for key in keys)
        yield f"rulebook.{name}[{told}]"

    def _address(self, where: Any) -> str | None:
        """What is to be told of an address with an open region: its postal code, or the region if codes tell none."""
        for end in ("ship_to", "ship_from"):
            if getattr(where, "open", ()) and where == self.run.slice.traits[f"{end}.place"]:
                without_code = self.engine.rulebook.places.resolve(where.country, None, UNKNOWN)
                return f"{end}.subdivision" if without_code.open else f"{end}.postal_code"
        return None

    def _other_grain(self, node: Node, unit: int) -> Iterator[str]:
        for arg in node.args:
            units = self.run.units(arg.grain)
            if units is None:
                key = self.run.slice.items[arg.grain.key]
                for line in range(len(self.run.order.lines)):
                    yield from self.of(key, line)
                continue
            for index in range(units.count):
                yield from self.of(arg, index)

    def _charges(self, node: Node) -> Iterator[str]:
        name = str(node.value)
        members = (*self.run.slice.groups.get(name, ()), *self.run.slice.options.get(name, ()), name)
        for charge in self.run.slice.charges:
            if charge.id in members:
                for index, amount in enumerate(self.run.amounts[charge.id]):
                    if amount is UNKNOWN:
                        yield from Causes(self.engine, self.run).merged(self, charge, index)

    def merged(self, into: Causes, charge: SliceCharge, unit: int) -> Sequence[str]:
        """The causes of another charge, with its choices added to those of ``into``."""
        facts = self.of_charge(charge, unit)
        for fact, options in self.choices.items():
            if options is None:
                into.choices[fact] = None
            else:
                into._add(fact, options)
        return facts
