"""The reference engine: a slice evaluated node by node, keeping every value.

It defines the meaning that the compiled engine is tested against, and it is what explains a quote, asks questions and
works out bounds. It is asked only when somebody wants to know why, so it is written to be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xbcompliance._unknown import UNKNOWN
from xbcompliance.engines import runtime
from xbcompliance.engines.facts import FactReader
from xbcompliance.engines.rows import CHARGED, Row, Run, apply_duty
from xbcompliance.engines.units import Units, consignments, items
from xbcompliance.expr import ir
from xbcompliance.expr import operations as op
from xbcompliance.expr.functions import NET_SCALE
from xbcompliance.expr.ir import Node
from xbcompliance.expr.operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xbcompliance.facts import Order
    from xbcompliance.packs.tables import Table
    from xbcompliance.plan.slices import Slice, SliceCharge

_WITH_VALUE: Final = frozenset({"in", "digits", "starts_with", "first", "registered", "valid", "shift"})
RISING: Final = ("sum", "any", "all", "count", "count_distinct")


class Reference:
    """One order run through one slice; ``values(node)`` lists a node's values, one for each unit of its grain.

    ``supposed`` are values that nodes are taken to have, whatever the order tells.
    """

    def __init__(
        self,
        slice_: Slice,
        order: Order,
        run: Run,
        tables: Mapping[str, Table],
        facts: FactReader,
        supposed: Mapping[Node, list[Any]] | None = None,
    ) -> None:
        self.slice = slice_
        self.order = order
        self.run = run
        self.tables = tables
        self.facts = facts
        count = len(order.lines)
        self.grains: dict[ir.Grain, Units | None] = {
            ir.ORDER: runtime.one(count),
            ir.CONSIGNMENT: consignments(order),
            ir.LINE: runtime.each_line(count),
        }
        self.amounts: dict[str, list[Any]] = {}
        self._values: dict[Node, list[Any]] = dict(supposed or {})

    # --- grains

    def units(self, grain: ir.Grain) -> Units | None:
        """The units of a grain; None for items whose number is not known."""
        if grain not in self.grains:
            of_line = self.known_units(ir.CONSIGNMENT).of_line
            self.grains[grain] = items(of_line, self.at(self.slice.items[grain.key], ir.LINE))
        return self.grains[grain]

    def known_units(self, grain: ir.Grain) -> Units:
        """The units of a grain that always has them."""
        units = self.units(grain)
        if units is None:
            raise AssertionError(f"the units of {grain} are not known")
        return units

    def at(self, node: Node, grain: ir.Grain) -> list[Any]:
        """A node's values seen from a finer grain: each unit takes the value of the coarser unit it lies in."""
        values = self.values(node)
        if node.grain == grain:
            return values
        target, source = self.units(grain), self.units(node.grain)
        if target is None:
            return [values[0] if len(values) == 1 else UNKNOWN]
        if source is None:
            return [values[0]] * target.count  # what holds for every item, however many there are
        return [values[source.of_line[lines[0]]] for lines in target.lines]

    # --- values

    def values(self, node: Node) -> list[Any]:
        """The values of a node, one for each unit of its grain."""
        known = self._values
        waiting = [] if node in known else [node]
        while waiting:
            missing = [arg for arg in waiting[-1].args if arg not in known]
            if missing:
                waiting += missing
            else:
                inner = waiting.pop()
                if inner not in known:
                    known[inner] = self._evaluate(inner)
        return known[node]

    def evaluated(self) -> Iterable[Node]:
        """The nodes whose values are kept."""
        return self._values

    def _evaluate(self, node: Node) -> list[Any]:
        if node.op == "const":
            return [node.value]
        if node.op == "unknown":
            return [UNKNOWN]
        if node.op == "fact":
            return self.facts.read(node)
        if node.op in RISING:
            inner = node.args[0]
            return runtime.rise(node.op, self.values(inner), self.units(inner.grain), self.units(node.grain))
        if node.op == "share":
            return self._shared(node)
        if node.op in ("each", "answer"):
            return self.at(node.args[0], node.grain)
        if node.op == "charge":
            return self.amounts.get(node.value) or [0] * self._count(node.grain)
        if node.op == "group":
            return self._group(node.value)
        columns = [self.at(arg, node.grain) for arg in node.args]
        return [self._one(node, [column[i] for column in columns], i) for i in range(self._count(node.grain))]

    def _count(self, grain: ir.Grain) -> int:
        units = self.units(grain)
        return 1 if units is None else units.count

    def _one(self, node: Node, values: list[Any], unit: int) -> Any:
        operation = OPERATIONS.get(node.op)
        if operation is not None:
            return operation(*values, node.value) if node.op in _WITH_VALUE else operation(*values)
        return getattr(self, f"_op_{node.op}")(node, values, unit)

    def _op_choose(self, node: Node, values: list[Any], unit: int) -> Any:
        return runtime.choose(values)

    def _op_member(self, node: Node, values: list[Any], unit: int) -> Any:
        territory, clock = node.value
        return runtime.member(self.run, territory, values[0], self.run.days[clock])

    def _op_lookup(self, node: Node, values: list[Any], unit: int) -> Any:
        name, clock = node.value
        return self.tables[name].view(self.slice.known_at).find(self.run.days[clock], *values)

    def _op_listed(self, node: Node, values: list[Any], unit: int) -> Any:
        name, clock = node.value
        return self.tables[name].view(self.slice.known_at).listed(self.run.days[clock], *values)

    def _op_convert(self, node: Node, values: list[Any], unit: int) -> Any:
        currency, source, clock = node.value
        own = str(node.args[0].type.unit)
        return runtime.convert(self.run, values[0], own, currency, self.run.days[clock], source)

    def _op_round(self, node: Node, values: list[Any], unit: int) -> Any:
        digits, mode, step = node.value
        return op.rounding(values[0], node.args[0].type.scale, digits, mode, step, node.type.scale)

    def _op_div(self, node: Node, values: list[Any], unit: int) -> Any:
        digits, mode = node.value
        a, b = node.args[0].type, node.args[1].type
        return op.quotient(values[0], values[1], digits - a.scale + b.scale, mode)

    def _op_without(self, node: Node, values: list[Any], unit: int) -> Any:
        a, b = node.args[0].type, node.args[1].type
        return op.without(values[0], values[1], a.scale, b.scale, NET_SCALE)

    def _op_apply(self, node: Node, values: list[Any], unit: int) -> Any:
        return apply_duty(values[0], values[1], lambda name: self.facts.measure(unit, name), self.run, node.value)

    # --- between grains

    def _shared(self, node: Node) -> list[Any]:
        whole, weight = node.args
        weights = self.at(weight, node.grain)
        source, target = self.units(whole.grain), self.units(node.grain)
        return runtime.spread(self.values(whole), weights, source, target, self.run, self.run.step(node.type))

    def _group(self, name: str) -> list[Any]:
        """The sum, line by line, of the charges of a named group; coarser ones are shared by the lines' net value."""
        lines = self.known_units(ir.LINE)
        parts: list[Any] = []
        members = (*self.slice.groups.get(name, ()), *self.slice.options.get(name, ()))
        for charge in self.slice.charges:
            part = self.amounts.get(charge.id)
            if charge.id in members and part is not None:
                if charge.grain != ir.LINE:
                    weights = self.at(self.slice.net, ir.LINE)
                    part = runtime.spread(part, weights, self.units(charge.grain), lines, self.run, self.run.unit)
                parts.append(part)
        return runtime.added(parts, lines.count)

    # --- charges

    def evaluate(self) -> Reference:
        """Runs every charge in order, filling ``run.rows`` and ``run.alternatives``."""
        competing = {rule_id: name for name, ids in self.slice.options.items() for rule_id in ids}
        gathered: dict[str, list[runtime.Gathered]] = {}
        for index, charge in enumerate(self.slice.charges):
            units = self.units(charge.grain)
            self.amounts[charge.id] = amounts = [0] * self._count(charge.grain)
            if units is None:
                self._uncountable(index, charge, amounts)
                continue
            gathered[charge.id] = self._gather(charge, units.count)
            name = competing.get(charge.id)
            if name is None:
                ids = runtime.unit_ids(units, self.run)
                runtime.settle(self.run, (index, charge), gathered[charge.id], amounts, ids)
            elif self.slice.options[name][-1] == charge.id:
                self._compete(name, gathered, units.count)
        return self

    def _gather(self, charge: SliceCharge, count: int) -> list[runtime.Gathered]:
        grain = charge.grain
        when = self.at(charge.when, grain)
        reliefs = [(self.at(node, grain), basis) for node, basis, _ in charge.relief]
        rate = charge.rate if charge.rate is not None else charge.duty
        bases = self.at(charge.base, grain) if charge.base is not None else [None] * count
        rates = self.at(rate, grain) if rate is not None else [None] * count
        exact = self.at(charge.amount, grain)
        return [
            (i, when[i], tuple((holds[i], basis) for holds, basis in reliefs), bases[i], rates[i], exact[i])
            for i in range(count)
        ]

    def _uncountable(self, index: int, charge: SliceCharge, amounts: list[Any]) -> None:
        """A charge for each item while the number of items is open: unknown, unless it does not apply at all."""
        if any(value is not False for value in self.values(charge.when)):
            self.run.rows.append(Row(index, 0, CHARGED, UNKNOWN, UNKNOWN, UNKNOWN))
            amounts[0] = UNKNOWN

    def _compete(self, name: str, gathered: Mapping[str, list[runtime.Gathered]], lines: int) -> None:
        members = [(i, charge) for i, charge in enumerate(self.slice.charges) if charge.id in self.slice.options[name]]
        offered = [self.at(c.offered, ir.LINE) if c.offered is not None else [True] * lines for _, c in members]
        rows = [gathered[charge.id] for _, charge in members]
        runtime.compare(self.run, members, rows, offered, lines)
        for index, charge in members:
            self.amounts[charge.id] = runtime.own_amounts(self.run, index, lines)
