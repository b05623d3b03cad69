"""The compiled engine: plain Python written for one slice, so that a quote costs microseconds.

The text of the program is made of operation templates, generated names and numbers only. Everything that comes from a
pack (codes, tables, places) reaches it as an object in its namespace, so no pack text is ever executed. What it does is
defined by :mod:`xbcompliance.engines.reference`; the tests hold the two together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xbcompliance.engines.emit import NodeEmitter
from xbcompliance.engines.program import Program
from xbcompliance.engines.readers import FactEmitter
from xbcompliance.expr import ir
from xbcompliance.expr.compile import logic
from xbcompliance.expr.ir import ORDER_MONEY, Node

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from xbcompliance.engines.rows import Run
    from xbcompliance.facts import Order
    from xbcompliance.packs.model import Assumption
    from xbcompliance.packs.tables import Table
    from xbcompliance.plan.slices import Slice, SliceCharge

_CHARGED: Final = "charged"
_ZERO: Final = "zero_rated"


def compile_slice(
    slice_: Slice, tables: Mapping[str, Table], assumptions: Mapping[str, Assumption], single: bool
) -> Callable[[Order, Run], Any]:
    """A function that runs the slice for an order and fills ``run.rows``.

    ``single`` says that the order is one consignment, which makes consignment values plain ones. The function returns
    the values of the shown and coverage facts, each as a column, and then those of the prices (see ``Slice.prices``).
    """
    return SliceCompiler(slice_, tables, assumptions, single).build()


class SliceCompiler:
    """Writes the program of one slice; :meth:`source` shows it."""

    def __init__(
        self, slice_: Slice, tables: Mapping[str, Table], assumptions: Mapping[str, Assumption], single: bool
    ) -> None:
        slice_ = slice_.bare()
        self.slice = slice_
        self.program = Program()
        self.facts = FactEmitter(self.program, assumptions, slice_)
        self.nodes = NodeEmitter(self.program, self.facts, slice_, tables, single)
        self.nodes.guards = self.guard
        self.competing = {rule_id: name for name, ids in slice_.options.items() for rule_id in ids}

    def build(self) -> Callable[[Order, Run], Any]:
        """The finished function."""
        self.write()
        return self.program.function()

    def source(self) -> str:
        """The text of the program."""
        self.write()
        return self.program.source()

    def write(self) -> None:
        """Writes charges in order, then what is returned."""
        self.nodes.count_uses(self.slice.nodes())
        self._share_out()
        for index, charge in enumerate(self.slice.charges):
            name = self.competing.get(charge.id)
            if name is not None:
                if self.slice.options[name][-1] == charge.id:
                    self.compete(name)
                continue
            grain = self.nodes.effective(charge.grain)
            self.program.line(f"a{index} = [0] * {self.nodes.unit_count(grain)}")
            if grain.level == ir.ITEM_LEVEL:
                self.counted(index, charge)
            else:
                self.levied(index, charge)
            self.nodes.amounts[charge.id] = f"a{index}"
        shown = [fact.node for fact in (*self.slice.shown, *self.slice.covers)]
        columns = [self.nodes.column(node) for node in (*shown, *self.slice.prices)]
        self.program.line(f"return ({', '.join(columns)},)")

    def _share_out(self) -> None:
        """Tells the nodes apart: needed in any case, by some charges only if these may apply, or by competing ones."""
        always: set[Node] = set()
        lazy: set[Node] = set()
        reached: set[Node] = set()
        delayed: set[Node] = set()
        owners: dict[Node, tuple[SliceCharge, ...] | None] = {}
        for root in (*(f.node for f in (*self.slice.shown, *self.slice.covers)), *self.slice.prices, self.slice.net):
            always.update(root.walk(reached))
        for charge in self.slice.charges:
            if charge.id in self.competing:
                lazy.update(node for root in _parts(charge) for node in root.walk(delayed))
                continue
            always.update(charge.when.walk(reached))
            seen: set[Node] = set()
            for node in [node for root in charge.nodes() for node in root.walk(seen)]:
                owners[node] = (*(owners.get(node) or ()), charge)
        for node in owners:
            if node.grain == ir.ORDER:  # worked out without a condition, and so is all that it gathers
                always.update(inner for arg in node.args if arg.grain > ir.ORDER for inner in arg.walk(reached))
        self.nodes.owners = {node: None if node in always else found for node, found in owners.items()}
        self.nodes.lazy = lazy - always - owners.keys()

    # --- one charge

    def guard(self, charge: SliceCharge) -> Node | None:
        """What the charge's condition asks of the whole order, tested once and outside loops; None if nothing."""
        parts = [
            part
            for part in _conditions(charge)
            if part.op != "const"
            and self.nodes.effective(part.grain) == ir.ORDER
            and not any(node.op in ("charge", "group") for node in part.walk())
        ]
        return logic("and", tuple(parts)) if parts else None

    def counted(self, index: int, charge: SliceCharge) -> None:
        """A charge for each item: unknown while the number of items is open, unless it does not apply at all."""
        units = self.nodes.units(charge.grain)
        applies = f"any(w is not False for w in {self.nodes.column(charge.when)})"
        with self.program.indented(f"if {units} is None:"), self.program.indented(f"if {applies}:"):
            self.program.line(f"rows.append(new(Row, ({index}, 0, {self.program.const(_CHARGED)}, U, U, U, None)))")
            self.program.line(f"a{index}[0] = U")
        kept = dict(self.nodes.variables)
        with self.program.indented("else:"):
            self.levied(index, charge)
        self.nodes.variables = kept

    def levied(self, index: int, charge: SliceCharge) -> None:
        """The loop over the units of a charge."""
        grain = self.nodes.effective(charge.grain)
        guard = self.guard(charge)
        if guard is not None:
            self.nodes.ensure(guard)
        for node in _parts(charge):
            self.nodes.prepare(node, grain)
        flat = charge.amount.op == "const" and charge.amount.type.unit != ORDER_MONEY
        gathered = not flat and (charge.rounding.per == "total" or charge.amount.type.unit != ORDER_MONEY)
        header = f"if {self.nodes.atom(guard)} is not False:" if guard is not None else None
        with self.program.indented(header):
            if gathered:
                self.program.line(f"b{index} = []")
            if flat:
                self.program.line(f"m, local = runtime.flat(run, {self.program.const(charge)})")
            with self.nodes.loop(grain):
                if gathered:
                    self.program.line(f"b{index}.append((i, {self.gathered(charge)}))")
                else:
                    self.body(index, charge, guard)
            if gathered:
                spec = self.program.const((index, charge))
                ids = self.nodes.ids(charge.grain)
                self.program.line(f"runtime.settle(run, {spec}, b{index}, a{index}, {ids})")

    def gathered(self, charge: SliceCharge) -> str:
        """Condition, (relief condition, basis) pairs, base, rate and exact amount, as the text of tuple parts."""
        atom = self.nodes.atom
        pairs = "".join(f"({atom(node)}, {self.program.const(basis)}), " for node, basis, _ in charge.relief)
        base, rate = (atom(node) if node is not None else "None" for node in (charge.base, _rate(charge)))
        return f"{atom(charge.when)}, ({pairs}), {base}, {rate}, {atom(charge.amount)}"

    def body(self, index: int, charge: SliceCharge, guard: Node | None) -> None:
        """One unit of a charge that is rounded on its own."""
        emit, atom = self.program.line, self.nodes.atom
        when = atom(charge.when)
        if when != "True" and guard != charge.when:
            emit(f"if {when} is False: continue")
        doubts = [when] if when != "True" and self.nodes.may_be_unknown(charge.when) else []
        for node, basis, _ in charge.relief:
            condition = atom(node)
            test = f"if {condition} is True" + (f" and {when} is True:" if doubts else ":")
            with self.nodes.block(test):
                emit(f"rows.append(new(Row, ({index}, i, {self.program.const(basis)}, None, None, 0, None)))")
                emit("continue")
            if doubts:
                emit(f"if {condition} is True: continue")
            if self.nodes.may_be_unknown(node):
                doubts.append(condition)
        self.charged(index, charge, doubts)

    def charged(self, index: int, charge: SliceCharge, doubts: list[str]) -> None:
        """Rounds the exact amount and writes the row; in doubt only a zero is certain."""
        emit, atom = self.program.line, self.nodes.atom
        if charge.amount.type.unit != ORDER_MONEY:
            self.flat(index, doubts)
            return
        base, rate = (atom(node) if node is not None else "None" for node in (charge.base, _rate(charge)))
        unknown = self.nodes.may_be_unknown(charge.amount)
        emit(f"m = {self.program.rounded(atom(charge.amount), charge.amount.type.scale, charge.rounding, unknown)}")
        if doubts:
            emit(f"if {' or '.join(f'{doubt} is U' for doubt in doubts)}:")
            self.program.depth += 1
            emit("if m is not U and m == 0: continue")
            emit("m = U")
            self.program.depth -= 1
        may = unknown or bool(doubts)
        charged, zero = self.program.const(_CHARGED), self.program.const(_ZERO)
        test = f"{rate} == 0" if charge.rate is not None else f"getattr({rate}, 'percent', None) == 0"
        sure = " and m is not U" if may else ""
        picked = charged if _rate(charge) is None else f"({zero} if {test}{sure} else {charged})"
        emit(f"rows.append(new(Row, ({index}, i, {picked}, {base}, {rate}, m, None)))")
        emit(f"a{index}[i] = m * unit if m is not U else U" if may else f"a{index}[i] = m * unit")

    def flat(self, index: int, doubts: list[str]) -> None:
        """The row of a fixed amount in a currency of its own, converted once before the loop."""
        emit = self.program.line
        if doubts:
            emit(f"if {' or '.join(f'{doubt} is U' for doubt in doubts)}: m = U")
        emit(f"rows.append(new(Row, ({index}, i, {self.program.const(_CHARGED)}, None, None, m, local)))")
        emit(f"a{index}[i] = m * unit if m is not U else U")

    # --- competing charges

    def compete(self, name: str) -> None:
        """Among competing charges the least that holds is levied.

        A condition of the whole order that all of them share is tested once. Those that ask one fact for one value
        (the claim of a preference) are worked out only for that value, so that many agreements cost no more than one.
        """
        members = [(i, c) for i, c in enumerate(self.slice.charges) if c.id in self.slice.options[name]]
        for _, charge in members:
            for node in _parts(charge):
                self.nodes.prepare(node, ir.LINE)
        shared = set.intersection(*({p for p in _conditions(c) if p.grain == ir.ORDER} for _, c in members))
        column = self.program.fresh("a")
        self.program.line(f"{column} = [0] * n")
        for node in shared:
            self.nodes.ensure(node)
        tests = sorted(f"{self.nodes.atom(node)} is not False" for node in shared)
        with self.program.indented(f"if {' and '.join(tests)}:" if tests else None):
            self.choose(members, column)
        for _, charge in members:
            self.nodes.amounts[charge.id] = column if charge.id == members[-1][1].id else ""

    def choose(self, members: list[tuple[int, SliceCharge]], column: str) -> None:
        """The functions that work candidates out, and the choice among them."""
        asked = _asked(members)
        always = [(i, c) for i, c in members if asked is None or _value(c, asked) is None]
        for index, charge in always:
            with self.program.indented(f"def c{index}(i):"), self.nodes.inside(ir.LINE):
                self.candidate(charge)
        specs, functions = self.program.const(tuple(always)), ", ".join(f"c{i}" for i, _ in always)
        rest = "None, None, {}"
        if asked is not None:
            by_value = {_value(c, asked): (i, c) for i, c in members if _value(c, asked) is not None}
            with self.program.indented("def claimed(i):"), self.nodes.inside(ir.LINE):
                self.program.line(f"return {self.nodes.atom(asked)}")
            with self.program.indented("def claim(i, value):"):
                for value, (_, charge) in by_value.items():
                    with self.program.indented(f"if value == {self.program.const(value)}:"), self.nodes.inside(ir.LINE):
                        self.candidate(charge)
            rest = f"claimed, claim, {self.program.const(by_value)}"
        self.program.line(f"runtime.compete(run, {specs}, ({functions},), {rest}, {column}, n)")

    def candidate(self, charge: SliceCharge) -> None:
        """One line of a competing charge, up to the point where it is clear that it does not hold."""
        when = self.nodes.atom(charge.when)
        if when not in ("True", "U"):
            self.program.line(f"if {when} is False: return (i, False, (), None, None, 0)")
        for node, basis, _ in charge.relief:
            condition = self.nodes.atom(node)
            pair = f"(({condition}, {self.program.const(basis)}),)"
            self.program.line(f"if {condition} is True: return (i, {when}, {pair}, None, None, 0)")
        self.program.line(f"return (i, {self.gathered(charge)})")


def _conditions(charge: SliceCharge) -> tuple[Node, ...]:
    return charge.when.args if charge.when.op == "and" else (charge.when,)


def _asked(members: list[tuple[int, SliceCharge]]) -> Node | None:
    """The fact that most of the members ask for one value each; None if fewer than two do, or two for the same."""
    asked: dict[Node, list[object]] = {}
    for _, charge in members:
        for part in _conditions(charge):
            if part.op == "eq" and part.args[0].op == "fact" and part.args[1].op == "const" and part.grain == ir.LINE:
                asked.setdefault(part.args[0], []).append(part.args[1].value)
    several = {fact: values for fact, values in asked.items() if len(values) > 1 and len(set(values)) == len(values)}
    return max(several, key=lambda fact: len(several[fact]), default=None)


def _value(charge: SliceCharge, asked: Node) -> object | None:
    """The value a charge asks of a fact."""
    return next((p.args[1].value for p in _conditions(charge) if p.op == "eq" and p.args[0] == asked), None)


def _rate(charge: SliceCharge) -> Node | None:
    return charge.rate if charge.rate is not None else charge.duty


def _parts(charge: SliceCharge) -> list[Node]:
    parts = [charge.when, *(when for when, _, _ in charge.relief), charge.amount]
    return parts + [node for node in (charge.base, _rate(charge)) if node is not None]


__all__ = ["SliceCompiler", "compile_slice"]
