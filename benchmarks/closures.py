"""The same slice once more as closures, to measure what generating program text is worth. No part of the product.

Every node becomes a function that calls those of its arguments when its own value is asked for; what several nodes need
is remembered for the order. So nothing is worked out that no charge asks for, as in the generated program. Limited to
what a sale under IOSS before 2026-07-01 is made of, fully told: one consignment, charges by the line, nothing unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import repeat
from operator import attrgetter
from typing import Any

from xbcompliance._unknown import UNKNOWN
from xbcompliance.engines import runtime
from xbcompliance.engines.facts import assumed_value, scale_of, to_engine
from xbcompliance.engines.rows import CHARGED, Row, Run
from xbcompliance.expr import ir
from xbcompliance.expr.ir import Node
from xbcompliance.expr.operations import OPERATIONS
from xbcompliance.facts import Order
from xbcompliance.facts.catalogue import Fact, find_fact, value_of
from xbcompliance.packs.model import Assumption
from xbcompliance.packs.tables import Table
from xbcompliance.plan.slices import Slice, SliceCharge

WITH_VALUE = frozenset({"in", "digits", "starts_with", "valid", "shift"})


class State:
    """One order on its way through the closures."""

    __slots__ = ("amounts", "known", "order", "run")

    def __init__(self, order: Order, run: Run) -> None:
        self.order = order
        self.run = run
        self.known: dict[int, Any] = {}
        self.amounts: dict[str, list[Any]] = {}


Closure = Callable[[State], Any]
"""Gives a node's value: plain for the order and the consignment, a list for the lines."""


class Closures:
    """A slice as closures; ``run`` fills ``run.rows`` like the product's engines."""

    def __init__(self, slice_: Slice, tables: Mapping[str, Table], assumptions: Mapping[str, Assumption]) -> None:
        self.slice = slice_ = slice_.bare()
        self.tables = tables
        self.assumptions = assumptions
        self.made: dict[Node, Closure] = {}
        self.uses: dict[Node, int] = {}
        for node in {node for root in slice_.nodes() for node in root.walk()}:
            for arg in node.args:
                self.uses[arg] = self.uses.get(arg, 0) + 1
        for root in slice_.nodes():
            self.uses[root] = self.uses.get(root, 0) + 1
        self.charges = [_Charge(self, index, charge) for index, charge in enumerate(slice_.charges)]
        self.options = {name: [c for c in self.charges if c.id in ids] for name, ids in slice_.options.items()}
        self.ends = {ids[-1]: name for name, ids in slice_.options.items()}
        self.competing = frozenset(id_ for ids in slice_.options.values() for id_ in ids)
        facts = (*slice_.shown, *slice_.covers)
        self.shown = [self.closure(node) for node in (*(fact.node for fact in facts), *slice_.prices)]

    def run(self, order: Order, run: Run) -> list[Any]:
        """Runs an order; returns the values of the shown facts, the coverage facts and the prices."""
        state = State(order, run)
        lines = range(len(order.lines))
        for charge in self.charges:
            state.amounts[charge.id] = [0] * len(lines)
            if charge.id not in self.competing:
                charge.levy(state, lines)
            elif charge.id in self.ends:
                self._compete(self.options[self.ends[charge.id]], state, lines)
        return [closure(state) for closure in self.shown]

    def _compete(self, members: list[_Charge], state: State, lines: range) -> None:
        """Line by line the least of the charges that hold; one that comes to nothing ends the search."""
        for i in lines:
            best: Row | None = None
            for charge in members:
                row = charge.row(state, i)
                if row is not None and (best is None or row.amount < best.amount):
                    best = row
                if best is not None and best.amount == 0:
                    break
            if best is not None:
                state.run.rows.append(best)
                state.amounts[self.slice.charges[best.charge].id][i] = best.amount * state.run.unit

    # --- nodes

    def closure(self, node: Node) -> Closure:
        """The function of a node; one that several need remembers its value for the order."""
        if node not in self.made:
            made = self._make(node)
            shared = self.uses.get(node, 0) > 1 and node.op != "const"
            self.made[node] = _remembered(made, len(self.made)) if shared else made
        return self.made[node]

    def _make(self, node: Node) -> Closure:
        if node.op == "const":
            value = node.value
            return lambda state: value
        if node.op == "fact":
            return self._fact(node)
        if node.op == "group":
            return self._group(str(node.value))
        args = [self.closure(arg) for arg in node.args]
        if node.op in ("sum", "any", "all"):
            rise, inner = runtime.RISING[node.op], args[0]
            return lambda state: rise(inner(state))
        if node.op == "share":
            whole, weight = args
            return lambda state: runtime.share(whole(state), weight(state), state.run.line_ids, state.run.unit)
        if node.op in ("lookup", "listed", "convert", "apply"):
            return self._in_run(node, args)
        return _called(self._function(node), node, args)

    def _fact(self, node: Node) -> Closure:
        fact = find_fact(str(node.value))
        assert fact is not None
        read = _reader(fact, self.assumptions.get(fact.name))
        if _is_column(node):
            return lambda state: [read(line) for line in state.order.lines]
        return lambda state: read(state.order)

    def _group(self, name: str) -> Closure:
        members = (*self.slice.groups.get(name, ()), *self.slice.options.get(name, ()))

        def total(state: State) -> list[Any]:
            columns = [state.amounts[member] for member in members if member in state.amounts]
            return [sum(parts) for parts in zip(*columns, strict=True)]

        return total

    def _function(self, node: Node) -> Callable[..., Any]:
        if node.op in WITH_VALUE:
            operation, fixed = OPERATIONS[node.op], node.value
            return lambda *values: operation(*values, fixed)
        if node.op == "round":
            (digits, mode, step), scale, kept = node.value, node.args[0].type.scale, node.type.scale
            rounding = runtime.op.rounding
            return lambda value: rounding(value, scale, digits, mode, step, kept)
        return OPERATIONS[node.op]

    def _in_run(self, node: Node, args: list[Closure]) -> Closure:
        """What also needs the days, the currency or the line."""
        if node.op == "convert":
            (currency, source, clock), own, amount = node.value, str(node.args[0].type.unit), args[0]
            return lambda s: runtime.convert(s.run, amount(s), own, currency, s.run.days[clock], source)
        columns = [_widened(arg, closure) for arg, closure in zip(node.args, args, strict=True)]
        if node.op == "apply":
            clock, (duty, value) = node.value, columns
            return lambda s: [
                runtime.apply(s.run, line, d, v, clock)
                for line, d, v in zip(s.order.lines, duty(s), value(s), strict=False)
            ]
        name, clock = node.value
        view = self.tables[name].view(self.slice.known_at)
        find = view.find if node.op == "lookup" else view.listed
        return lambda s: list(
            map(find, repeat(s.run.days[clock], len(s.order.lines)), *[column(s) for column in columns])
        )


class _Charge:
    """A charge by the line, rounded on its own half up to the minor unit."""

    def __init__(self, owner: Closures, index: int, charge: SliceCharge) -> None:
        rounding = charge.rounding
        if (rounding.digits, rounding.step, rounding.mode, rounding.per) != (None, 1, "half_up", "line"):
            raise NotImplementedError(f"the rounding of {charge.id}")
        if charge.grain != ir.LINE or charge.amount.type.unit != ir.ORDER_MONEY:
            raise NotImplementedError(f"the grain or currency of {charge.id}")
        self.index = index
        self.id = charge.id
        self.scale = charge.amount.type.scale
        self.when = owner.closure(charge.when)
        self.when_is_column = _is_column(charge.when)
        self.reliefs = [(owner.closure(node), _is_column(node), basis) for node, basis, _ in charge.relief]
        rate = charge.rate if charge.rate is not None else charge.duty
        self.free: Callable[[Any], bool] = _is_zero if charge.rate is not None else _is_free
        nodes = (charge.base, rate, charge.amount)
        self.parts = [_remembered_column(owner, node) for node in nodes if node is not None]

    def levy(self, state: State, lines: range) -> None:
        """Rows for all lines to which the charge applies."""
        if not self.when_is_column and self.when(state) is False:
            return
        amounts = state.amounts[self.id]
        for i in lines:
            row = self.row(state, i)
            if row is not None:
                state.run.rows.append(row)
                amounts[i] = row.amount * state.run.unit

    def row(self, state: State, i: int) -> Row | None:
        """The row of a line; None when the charge does not apply to it."""
        when = self.when(state)
        if (when[i] if self.when_is_column else when) is not True:
            return None
        for holds, is_column, basis in self.reliefs:
            value = holds(state)
            if (value[i] if is_column else value) is True:
                return Row(self.index, i, basis, None, None, 0)
        base, rate, exact = (part(state)[i] for part in self.parts)
        divisor = 10 ** (self.scale - state.run.digits)
        amount = (exact + divisor // 2) // divisor
        return Row(self.index, i, "zero_rated" if self.free(rate) else CHARGED, base, rate, amount)


def _is_column(node: Node) -> bool:
    if node.grain.level == ir.ITEM_LEVEL:
        raise NotImplementedError("items")
    return node.grain == ir.LINE


def _is_zero(rate: Any) -> bool:
    return bool(rate == 0)


def _is_free(duty: Any) -> bool:
    return bool(duty.kind == "free")


def _remembered(closure: Closure, slot: int) -> Closure:
    def remembered(state: State) -> Any:
        known = state.known
        if slot not in known:
            known[slot] = closure(state)
        return known[slot]

    return remembered


def _remembered_column(owner: Closures, node: Node) -> Closure:
    """A part of a charge is asked for line by line, so it is remembered in any case."""
    owner.uses[node] = owner.uses.get(node, 0) + 2
    closure = owner.closure(node)
    return closure if _is_column(node) else lambda state: repeat(closure(state), len(state.order.lines))


def _widened(node: Node, closure: Closure) -> Closure:
    """One value for each line, also of what is the same for all."""
    return closure if _is_column(node) else lambda state: repeat(closure(state))


def _called(function: Callable[..., Any], node: Node, args: list[Closure]) -> Closure:
    if _is_column(node):
        columns = [_widened(arg, closure) for arg, closure in zip(node.args, args, strict=True)]
        if len(columns) == 1:
            only = columns[0]
            return lambda state: list(map(function, only(state)))
        if len(columns) == 2:
            first, second = columns
            return lambda state: list(map(function, first(state), second(state)))
        return lambda state: list(map(function, *[column(state) for column in columns]))
    if len(args) == 1:
        one = args[0]
        return lambda state: function(one(state))
    if len(args) == 2:
        left, right = args
        return lambda state: function(left(state), right(state))
    return lambda state: function(*[arg(state) for arg in args])


def _reader(fact: Fact, assumed: Assumption | None) -> Callable[[Any], Any]:
    """Reads a fact from an order or a line, by the shortest way that the kind of fact allows."""
    scale = scale_of(fact) if fact.kind in ("money", "quantity", "number") else None
    if len(fact.path) == 1 and assumed is None and fact.kind in ("code", "truth"):
        return attrgetter(fact.path[0])
    if fact.name in ("line.unit_price", "line.quantity"):
        told, scaled = attrgetter(fact.path[0]), runtime.scaled_decimal
        return lambda line: scaled(told(line))
    default = None if assumed is None else assumed_value(assumed, fact.kind, fact.scale)

    def read(subject: Any) -> Any:
        value = value_of(subject, fact)
        stands_in = assumed is not None and (
            (value is UNKNOWN and assumed.when_untold) or (value is None and assumed.when_null)
        )
        return default if stands_in else to_engine(value, fact.kind, scale)

    return read
