"""The same slice once more as closures, to measure what generating program text is worth. No part of the product.

One small function for each node, made once for a slice; an order is run by calling them in turn, each leaving its column
of values where the next find it. Limited to what the slice of a sale under IOSS before 2026-07-01 is made of (one
consignment, no items); a slice with anything else is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any

from xbcompliance.engines import runtime
from xbcompliance.engines.emit import _reader
from xbcompliance.engines.facts import scale_of
from xbcompliance.engines.rows import Run
from xbcompliance.expr import ir
from xbcompliance.expr.functions import NET_SCALE
from xbcompliance.expr.ir import Node
from xbcompliance.expr.operations import OPERATIONS
from xbcompliance.facts import Order
from xbcompliance.facts.catalogue import find_fact
from xbcompliance.packs.model import Assumption
from xbcompliance.packs.tables import Table
from xbcompliance.plan.slices import Slice, SliceCharge

Values = list[Any]
Step = Callable[[Order, Run, Values], None]

WITH_VALUE = frozenset({"in", "digits", "starts_with", "valid", "shift"})


class Closures:
    """A slice as a list of steps; ``run`` fills ``run.rows`` and ``run.alternatives`` like the product's engines."""

    def __init__(self, slice_: Slice, tables: Mapping[str, Table], assumptions: Mapping[str, Assumption]) -> None:
        self.slice = slice_
        self.tables = tables
        self.assumptions = assumptions
        self.slots: dict[Any, int] = {}
        self.blank: Values = []
        self.steps: list[Step] = []
        for index, charge in enumerate(slice_.charges):
            self._charge(index, charge)
        self.shown = [self._slot(fact.node) for fact in (*slice_.shown, *slice_.covers)]

    def run(self, order: Order, run: Run) -> list[Any]:
        """Runs an order; returns the values of the shown facts and of the coverage facts."""
        values = self.blank.copy()
        for step in self.steps:
            step(order, run, values)
        return [values[slot] for slot in self.shown]

    # --- nodes: a value of the order or the consignment is plain, a value of the lines a list

    def _slot(self, root: Node) -> int:
        for node in root.walk():
            if node not in self.slots:
                step = None if node.op == "const" else self._step(node, len(self.blank))
                self.slots[node] = len(self.blank)
                self.blank.append(node.value if node.op == "const" else None)
                if step is not None:
                    self.steps.append(step)
        return self.slots[root]

    def _step(self, node: Node, out: int) -> Step:
        if node.op == "fact":
            return self._fact(node, out)
        if node.op in ("sum", "any", "all"):
            return _rise(runtime.RISING[node.op], self._slot(node.args[0]), out)
        if node.op == "share":
            return _share(self._slot(node.args[0]), self._slot(node.args[1]), out)
        if node.op == "group":
            return self._group(str(node.value), out)
        slots = [self._slot(arg) for arg in node.args]
        function = self._function(node)
        if node.op in ("lookup", "listed", "convert", "apply"):
            return _in_run(function, slots, [_is_column(arg) for arg in node.args], _is_column(node), out)
        if not _is_column(node):
            return _plain(function, slots, out)
        return _column(function, slots, [_is_column(arg) for arg in node.args], out)

    def _fact(self, node: Node, out: int) -> Step:
        fact = find_fact(str(node.value))
        assert fact is not None
        assumed = self.assumptions.get(fact.name)
        read: Callable[[Any], Any] = _reader(fact, assumed)
        if len(fact.path) == 1 and assumed is None and fact.kind in ("code", "truth"):
            read = attrgetter(fact.path[0])
        elif fact.name in ("line.unit_price", "line.quantity") and scale_of(fact) == 6:
            told, scaled = attrgetter(fact.path[0]), runtime.scaled_decimal
            read = lambda line: scaled(told(line))  # noqa: E731 - a closure is the point here
        return _read_lines(read, out) if _is_column(node) else _read_order(read, out)

    def _function(self, node: Node) -> Callable[..., Any]:
        if node.op in WITH_VALUE:
            operation, fixed = OPERATIONS[node.op], node.value
            return lambda *values: operation(*values, fixed)
        if node.op in OPERATIONS:
            return OPERATIONS[node.op]
        return getattr(self, f"_{node.op}")(node)  # type: ignore[no-any-return]

    def _round(self, node: Node) -> Callable[..., Any]:
        (digits, mode, step), scale, kept = node.value, node.args[0].type.scale, node.type.scale
        rounding = runtime.op.rounding
        return lambda value: rounding(value, scale, digits, mode, step, kept)

    def _without(self, node: Node) -> Callable[..., Any]:
        a, b, without = node.args[0].type.scale, node.args[1].type.scale, runtime.op.without
        return lambda gross, rate: without(gross, rate, a, b, NET_SCALE)

    def _lookup(self, node: Node) -> Callable[..., Any]:
        name, clock = node.value
        find = self.tables[name].view(self.slice.known_at).find
        return lambda order, run, line, *keys: find(run.days[clock], *keys)

    def _listed(self, node: Node) -> Callable[..., Any]:
        name, clock = node.value
        listed = self.tables[name].view(self.slice.known_at).listed
        return lambda order, run, line, *keys: listed(run.days[clock], *keys)

    def _convert(self, node: Node) -> Callable[..., Any]:
        (currency, source, clock), own, convert = node.value, str(node.args[0].type.unit), runtime.convert
        return lambda order, run, line, amount: convert(run, amount, own, currency, run.days[clock], source)

    def _apply(self, node: Node) -> Callable[..., Any]:
        clock, apply = node.value, runtime.apply
        return lambda order, run, line, duty, value: apply(run, order.lines[line], duty, value, clock)

    def _group(self, name: str, out: int) -> Step:
        members = (*self.slice.groups.get(name, ()), *self.slice.options.get(name, ()))
        slots = [self.slots[charge.id] for charge in self.slice.charges if charge.id in members]

        def step(order: Order, run: Run, values: Values) -> None:
            total = [0] * len(order.lines)
            for slot in slots:
                total = runtime.added(total, values[slot])
            values[out] = total

        return step

    # --- charges

    def _charge(self, index: int, charge: SliceCharge) -> None:
        if charge.grain != ir.LINE:
            raise NotImplementedError(f"{charge.id} is not charged line by line")
        rate = charge.rate if charge.rate is not None else charge.duty
        when = self._read(charge.when)
        reliefs = [(self._read(node), basis) for node, basis, _ in charge.relief]
        parts = [self._read(node) for node in (charge.base, rate, charge.amount)]
        amounts, rows = len(self.blank), len(self.blank) + 1
        self.blank += [None, None]
        self.slots[charge.id] = amounts
        name = next((name for name, ids in self.slice.options.items() if charge.id in ids), None)

        def gather(order: Order, run: Run, values: Values) -> None:
            lines = range(len(order.lines))
            values[amounts] = [0] * len(lines)
            values[rows] = gathered = [
                (i, when(values, i), tuple((holds(values, i), basis) for holds, basis in reliefs),
                 *(part(values, i) for part in parts))
                for i in lines
            ]  # fmt: skip
            if name is None:
                runtime.settle(run, (index, charge), gathered, values[amounts], run.line_ids)

        self.steps.append(gather)
        self.slots[charge.id, "rows"] = rows
        if name is not None and self.slice.options[name][-1] == charge.id:
            self._compete(name)

    def _read(self, node: Node | None) -> Callable[[Values, int], Any]:
        if node is None:
            return lambda values, i: None
        slot = self._slot(node)
        return (lambda values, i: values[slot][i]) if _is_column(node) else (lambda values, i: values[slot])

    def _compete(self, name: str) -> None:
        members = [(i, c) for i, c in enumerate(self.slice.charges) if c.id in self.slice.options[name]]
        rows = [self.slots[charge.id, "rows"] for _, charge in members]
        amounts = [self.slots[charge.id] for _, charge in members]
        offered = [None if charge.offered is None else self._slot(charge.offered) for _, charge in members]
        columns = [charge.offered is not None and _is_column(charge.offered) for _, charge in members]

        def step(order: Order, run: Run, values: Values) -> None:
            shown = [
                (True,) if slot is None else values[slot] if column else (values[slot],)
                for slot, column in zip(offered, columns, strict=True)
            ]
            gathered, own = [values[slot] for slot in rows], [values[slot] for slot in amounts]
            runtime.compete(run, members, gathered, own, shown, len(order.lines))

        self.steps.append(step)


def _is_column(node: Node) -> bool:
    if node.grain.level == ir.ITEM_LEVEL:
        raise NotImplementedError("items")
    return node.grain == ir.LINE


def _read_lines(read: Callable[[Any], Any], out: int) -> Step:
    def step(order: Order, run: Run, values: Values) -> None:
        values[out] = [read(line) for line in order.lines]

    return step


def _read_order(read: Callable[[Any], Any], out: int) -> Step:
    def step(order: Order, run: Run, values: Values) -> None:
        values[out] = read(order)

    return step


def _rise(function: Callable[..., Any], inner: int, out: int) -> Step:
    def step(order: Order, run: Run, values: Values) -> None:
        values[out] = function(values[inner])

    return step


def _share(whole: int, weight: int, out: int) -> Step:
    def step(order: Order, run: Run, values: Values) -> None:
        values[out] = runtime.share(values[whole], values[weight], run.line_ids, run.unit)

    return step


def _plain(function: Callable[..., Any], slots: list[int], out: int) -> Step:
    def step(order: Order, run: Run, values: Values) -> None:
        values[out] = function(*[values[slot] for slot in slots])

    return step


def _column(function: Callable[..., Any], slots: list[int], columns: list[bool], out: int) -> Step:
    if len(slots) == 1:
        only = slots[0]

        def one(order: Order, run: Run, values: Values) -> None:
            values[out] = [function(value) for value in values[only]]

        return one
    if len(slots) == 2:
        first, second = slots
        wide_first, wide_second = columns

        def two(order: Order, run: Run, values: Values) -> None:
            a, b = values[first], values[second]
            if not wide_first:
                values[out] = [function(a, value) for value in b]
            elif not wide_second:
                values[out] = [function(value, b) for value in a]
            else:
                values[out] = list(map(function, a, b))

        return two

    def many(order: Order, run: Run, values: Values) -> None:
        count = len(order.lines)
        wide = [values[slot] if column else [values[slot]] * count for slot, column in zip(slots, columns, strict=True)]
        values[out] = list(map(function, *wide))

    return many


def _in_run(function: Callable[..., Any], slots: list[int], columns: list[bool], wide: bool, out: int) -> Step:
    pairs = list(zip(slots, columns, strict=True))

    def plain(order: Order, run: Run, values: Values) -> None:
        values[out] = function(order, run, 0, *[values[slot] for slot in slots])

    def column(order: Order, run: Run, values: Values) -> None:
        values[out] = [
            function(order, run, i, *[values[slot][i] if is_column else values[slot] for slot, is_column in pairs])
            for i in range(len(order.lines))
        ]

    return column if wide else plain
