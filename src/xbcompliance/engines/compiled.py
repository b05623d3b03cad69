"""The compiled engine: plain Python written for one slice, so that a quote costs microseconds.

The text of the program is made of operation templates, generated names and numbers only. Everything that comes from a
pack (codes, tables, places) reaches it as an object in its namespace, so no pack text is ever executed. What it does is
defined by :mod:`xbcompliance.engines.reference`; the tests hold the two together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xbcompliance.engines.emit import FactEmitter, NodeEmitter, Program
from xbcompliance.expr import ir
from xbcompliance.expr.ir import ORDER_MONEY, Node

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from xbcompliance.engines.rows import Run
    from xbcompliance.facts import Order
    from xbcompliance.packs.model import Assumption
    from xbcompliance.packs.tables import Table
    from xbcompliance.plan.slices import Slice, SliceCharge

_CHARGED: Final = "charged"


def compile_slice(
    slice_: Slice, tables: Mapping[str, Table], assumptions: Mapping[str, Assumption], single: bool
) -> Callable[[Order, Run], Any]:
    """A function that runs the slice for an order, filling ``run.rows`` and ``run.alternatives``.

    ``single`` says that the order is one consignment, which makes consignment values plain ones.
    It returns the values of the shown facts and of the coverage facts, in the slice's order.
    """
    return _Compiler(slice_, tables, assumptions, single).build()


class _Compiler:
    def __init__(
        self, slice_: Slice, tables: Mapping[str, Table], assumptions: Mapping[str, Assumption], single: bool
    ) -> None:
        self.slice = slice_
        self.program = Program()
        self.facts = FactEmitter(self.program, assumptions, slice_)
        self.nodes = NodeEmitter(self.program, self.facts, slice_, tables, single)
        self.competing = {rule_id: name for name, ids in slice_.options.items() for rule_id in ids}

    def build(self) -> Callable[[Order, Run], Any]:
        self.nodes.count_uses(self.slice.nodes())
        for index, charge in enumerate(self.slice.charges):
            self.charge(index, charge)
            name = self.competing.get(charge.id)
            if name is not None and self.slice.options[name][-1] == charge.id:
                self.compete(name)
        shown = [self.nodes.column(fact.node) for fact in (*self.slice.shown, *self.slice.covers)]
        self.program.line(f"return ({', '.join(shown)}{',' if shown else ''})")
        return self.program.function()

    # --- charges

    def charge(self, index: int, charge: SliceCharge) -> None:
        """Emits one charge: nothing when it does not apply, a row with its basis otherwise."""
        grain = self.nodes.effective(charge.grain)
        amounts = f"a{index}"
        self.program.line(f"{amounts} = [0] * {self.nodes.unit_count(grain)}")
        if grain.level == 2:
            self.counted(index, charge, amounts)
        else:
            self.levied(index, charge, amounts)
        self.nodes.amounts[charge.id] = amounts

    def counted(self, index: int, charge: SliceCharge, amounts: str) -> None:
        """A charge for each item: unknown while the number of items is open, unless it does not apply at all."""
        units = self.nodes.units(charge.grain)
        applies = f"any(w is not False for w in {self.nodes.column(charge.when)})"
        with self.program.indented(f"if {units} is None:"), self.program.indented(f"if {applies}:"):
            self.program.line(f"rows.append(Row({index}, 0, {self.program.const(_CHARGED)}, U, U, U))")
            self.program.line(f"{amounts}[0] = U")
        kept = dict(self.nodes.variables)
        with self.program.indented("else:"):
            self.levied(index, charge, amounts)
        self.nodes.variables = kept

    def levied(self, index: int, charge: SliceCharge, amounts: str) -> None:
        """The loop over the units of a charge."""
        grain = self.nodes.effective(charge.grain)
        parts = [charge.when, *(when for when, _, _ in charge.relief), charge.amount]
        parts += [node for node in (charge.base, self.rate(charge)) if node is not None]
        guarded = self.guard(charge)
        buffer = self.buffer(index, charge)
        for node in parts:
            self.nodes.prepare(node, grain)
        with self.program.indented(f"if {guarded}:" if guarded else None):
            with self.nodes.loop(grain):
                self.body(index, charge, amounts, buffer)
            self.finish(index, charge, amounts, buffer)

    def rate(self, charge: SliceCharge) -> Node | None:
        return charge.rate if charge.rate is not None else charge.duty

    def guard(self, charge: SliceCharge) -> str:
        """A condition of the whole order is tested once, outside the loop."""
        when = charge.when
        if charge.id in self.competing or when.op == "const" or self.nodes.effective(when.grain) != ir.ORDER:
            return ""
        self.nodes.ensure(when)
        return f"{self.nodes.atom(when)} is not False"

    def buffer(self, index: int, charge: SliceCharge) -> str:
        """Competing charges, and charges rounded on their total, are gathered before any of them counts."""
        if charge.id in self.competing or charge.rounding.per == "total" or charge.amount.type.unit != ORDER_MONEY:
            self.program.line(f"b{index} = []")
            return f"b{index}"
        return ""

    def body(self, index: int, charge: SliceCharge, amounts: str, buffer: str) -> None:
        emit, atom = self.program.line, self.nodes.atom
        when = atom(charge.when)
        reliefs = [(atom(node), basis) for node, basis, _ in charge.relief]
        if buffer:
            base, rate = (atom(n) if n is not None else "None" for n in (charge.base, self.rate(charge)))
            pairs = "".join(f"({condition}, {self.program.const(basis)}), " for condition, basis in reliefs)
            emit(f"{buffer}.append((i, {when}, ({pairs}), {base}, {rate}, {atom(charge.amount)}))")
            return
        if when != "True":
            emit(f"if {when} is False: continue")
        doubts = [when] if when != "True" and self.nodes.may_be_unknown(charge.when) else []
        for (condition, basis), (node, _, _) in zip(reliefs, charge.relief, strict=True):
            with self.nodes.block(f"if {condition} is True:"):
                base, rate = (atom(n) if n is not None else "None" for n in (charge.base, self.rate(charge)))
                if doubts:
                    emit(f"if {when} is True: rows.append(Row({index}, i, {self.program.const(basis)}, {base}, {rate}, 0, 0))")
                else:
                    emit(f"rows.append(Row({index}, i, {self.program.const(basis)}, {base}, {rate}, 0, 0))")
                emit("continue")
            if self.nodes.may_be_unknown(node):
                doubts.append(condition)
        self.charged(index, charge, amounts, doubts)

    def charged(self, index: int, charge: SliceCharge, amounts: str, doubts: list[str]) -> None:
        emit, atom = self.program.line, self.nodes.atom
        base, rate = (atom(n) if n is not None else "None" for n in (charge.base, self.rate(charge)))
        exact = atom(charge.amount)
        unknown = self.nodes.may_be_unknown(charge.amount)
        emit(f"m = {self.program.rounded(exact, charge.amount.type.scale, charge.rounding, unknown)}")
        if doubts:
            emit(f"if {' or '.join(f'{doubt} is U' for doubt in doubts)}:")
            self.program.depth += 1
            emit("if m == 0: continue")
            emit("m = U")
            self.program.depth -= 1
        basis = self.program.const(_CHARGED)
        zero = self.program.const("zero_rated")
        if charge.rate is not None:
            picked = f"({zero} if {rate} == 0 and m is not U else {basis})" if unknown or doubts else f"({zero} if {rate} == 0 else {basis})"
        elif charge.duty is not None:
            picked = f"({zero} if getattr({rate}, 'kind', None) == 'free' and m is not U else {basis})"
        else:
            picked = basis
        emit(f"rows.append(Row({index}, i, {picked}, {base}, {rate}, m))")
        may = unknown or bool(doubts)
        emit(f"{amounts}[i] = m * unit if m is not U else U" if may else f"{amounts}[i] = m * unit")

    def finish(self, index: int, charge: SliceCharge, amounts: str, buffer: str) -> None:
        if not buffer or charge.id in self.competing:
            return
        spec = self.program.const((index, charge))
        self.program.line(f"runtime.settle(run, {spec}, {buffer}, {amounts}, {self.nodes.ids(charge.grain)})")

    def compete(self, name: str) -> None:
        """Among competing charges the least that holds is levied."""
        members = [(i, c) for i, c in enumerate(self.slice.charges) if c.id in self.slice.options[name]]
        specs = self.program.const(tuple(members))
        buffers = ", ".join(f"b{i}" for i, _ in members)
        amounts = ", ".join(f"a{i}" for i, _ in members)
        for _, charge in members:
            if charge.offered is not None:
                self.nodes.ensure(charge.offered)
        offered = ", ".join(self.nodes.column(c.offered) if c.offered is not None else "(True,)" for _, c in members)
        self.program.line(f"runtime.compete(run, {specs}, ({buffers},), ({amounts},), ({offered},), n)")

