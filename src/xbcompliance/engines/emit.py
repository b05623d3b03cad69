"""Writing the nodes of a slice as program text: order values as plain names, finer ones as columns.

A node that several others need, or that lives on another grain than its user, becomes a variable of its own; the rest
is written inline where it is used. Guards against ``UNKNOWN`` are written only where a value may be unknown.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from xbcompliance.engines.templates import FUNCTIONS, TEMPLATES
from xbcompliance.expr import ir
from xbcompliance.expr.ir import Node
from xbcompliance.money import SCALE, minor_digits
from xbcompliance.packs.tables import DayLookUp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from xbcompliance.engines.program import Program
    from xbcompliance.engines.readers import FactEmitter
    from xbcompliance.packs.tables import Table
    from xbcompliance.plan.slices import Slice, SliceCharge

STRUCTURAL: Final = frozenset({"sum", "any", "all", "count", "count_distinct", "share", "charge", "group"})
"""Operations between grains, which always get a variable."""
_PASSES_DOUBT_ON: Final = frozenset(
    (
        *("told", "in", "eq", "lt", "le", "and", "or", "not", "if", "add", "sub", "mul", "neg", "shift"),
        *("sum", "any", "all", "count", "share", "without", "round", "each", "digits", "starts_with"),
    )
)
"""Operations that come out unknown only if an argument is."""


def _no_guard(charge: SliceCharge) -> Node | None:  # noqa: ARG001 - the shape of SliceCompiler.guard
    return None


class NodeEmitter:
    """Writes nodes: ``ensure`` makes a variable at the top of the body, ``atom`` the text for the present loop."""

    def __init__(
        self, program: Program, facts: FactEmitter, slice_: Slice, tables: Mapping[str, Table], single: bool
    ) -> None:
        self.program = program
        self.facts = facts
        self.slice = slice_
        self.tables = tables
        self.single = single
        self.amounts: dict[str, str] = {}
        self.uses: dict[Node, int] = {}
        self.owners: dict[Node, tuple[SliceCharge, ...] | None] = {}
        self.lazy: set[Node] = set()
        self.guards: Callable[[SliceCharge], Node | None] = _no_guard
        self.variables: dict[Node, str] = {}
        self.grain = ir.ORDER
        self._locals: dict[Node, str] = {}
        self._unknown: dict[Node, bool] = {}
        self._units: dict[ir.Grain, str] = {}
        self._guarding = False

    # --- grains

    def effective(self, grain: ir.Grain) -> ir.Grain:
        """In an order of one consignment, what is said of the consignment is said of the order."""
        return ir.ORDER if self.single and grain == ir.CONSIGNMENT else grain

    def units(self, grain: ir.Grain) -> str:
        """The variable that holds the units of a grain."""
        if grain not in self._units:
            name = self.program.fresh("g")
            self._units[grain] = name
            if grain == ir.ORDER:
                self.program.head_line(f"{name} = runtime.one(n)")
            elif grain == ir.LINE:
                self.program.head_line(f"{name} = runtime.each_line(n)")
            elif grain == ir.CONSIGNMENT:
                self.program.head_line(f"{name} = runtime.consignments(order)")
            else:
                column = self.column_at_lines(self.slice.items[grain.key])
                of_line = "(0,) * n" if self.single else f"{self.units(ir.CONSIGNMENT)}.of_line"
                self.program.line(f"{name} = runtime.items({of_line}, {column})")
        return self._units[grain]

    def unit_count(self, grain: ir.Grain) -> str:
        """How many units a grain has, as text."""
        if grain == ir.ORDER:
            return "1"
        if grain == ir.LINE:
            return "n"
        units = self.units(grain)
        return f"(1 if {units} is None else {units}.count)" if grain.level == ir.ITEM_LEVEL else f"{units}.count"

    def ids(self, grain: ir.Grain) -> str:
        """Names of a grain's units for ties: line ids, or the least of their lines' ids."""
        grain = self.effective(grain)
        if grain == ir.LINE:
            return "run.line_ids"
        return "run.line_ids[:1]" if grain == ir.ORDER else f"runtime.unit_ids({self.units(grain)}, run)"

    @contextmanager
    def loop(self, grain: ir.Grain) -> Iterator[None]:
        """A loop over the units of a grain with index ``i``."""
        count = "L" if grain == ir.LINE else f"range({self.unit_count(grain)})"
        with self.program.indented(f"for i in {count}:"), self.inside(grain):
            yield

    @contextmanager
    def inside(self, grain: ir.Grain) -> Iterator[None]:
        """Text for one unit of a grain, with local names of its own."""
        before, self.grain, kept, self._locals = self.grain, grain, self._locals, {}
        yield
        self.grain, self._locals = before, kept

    @contextmanager
    def block(self, header: str) -> Iterator[None]:
        """A block whose local names end with it."""
        kept = dict(self._locals)
        with self.program.indented(header):
            yield
        self._locals = kept

    # --- what a node needs

    def count_uses(self, roots: Iterable[Node]) -> None:
        """Counts how often each node is needed, to tell shared ones."""
        seen: set[Node] = set()
        for root in roots:
            self.uses[root] = self.uses.get(root, 0) + 1
            for node in root.walk(seen):
                for arg in node.args:
                    self.uses[arg] = self.uses.get(arg, 0) + 1

    def may_be_unknown(self, node: Node) -> bool:
        """Whether the node can come out unknown for an order of this slice."""
        if node not in self._unknown:
            self._unknown[node] = self._doubt(node)
        return self._unknown[node]

    def _doubt(self, node: Node) -> bool:
        if node.op == "const":
            return False
        if node.op == "fact":
            return self.facts.may_be_unknown(node)
        if ir.ITEM_LEVEL in (node.grain.level, *(arg.grain.level for arg in node.args)):
            return True  # while the number of items is open
        if node.op in _PASSES_DOUBT_ON:
            nullable = node.op in ("lt", "le") and not node.args[0].type.numeric
            coded = node.op in ("digits", "starts_with") or any(arg.type.kind == "place" for arg in node.args)
            return nullable or coded or any(self.may_be_unknown(arg) for arg in node.args)
        return True

    def prepare(self, node: Node, grain: ir.Grain) -> None:
        """Makes variables of everything below a node that cannot be written inline in a loop of this grain."""
        if node.op in ("const", "unknown") or node in self.variables:
            return
        here = self.effective(node.grain)
        if node.op == "fact" and here == grain and self.facts.inline(node, node in self.lazy) is not None:
            return
        if node.op == "fact" or node.op in STRUCTURAL or here != grain or self._shared(node):
            self.ensure(node)
            return
        for arg in node.args:
            self.prepare(arg, grain)

    def _shared(self, node: Node) -> bool:
        """Whether more than one charge needs the node; competing charges work it out themselves, if they come to it."""
        owners = self.owners.get(node)
        return self.uses.get(node, 0) > 1 and (owners is None or len(owners) > 1) and node not in self.lazy

    def ensure(self, node: Node) -> None:
        """Makes a variable of a node at the top of the body; only if one of the charges that need it may apply."""
        if node.op in ("const", "unknown") or node in self.variables:
            return
        if node.op == "fact":
            self.variables[node] = self.facts.name(node)
            return
        grain = self.effective(node.grain)
        guard = self._guard(node)
        for arg in node.args:
            if node.op in STRUCTURAL:
                self._prepare_structural(arg)
            else:
                self.prepare(arg, grain)
        with self._only_if(guard):
            self.variables[node] = self._structural(node) if node.op in STRUCTURAL else self._variable(node, grain)

    def _prepare_structural(self, arg: Node) -> None:
        if self.effective(arg.grain) != ir.ORDER and arg.op != "fact":
            self.ensure(arg)
        else:
            self.prepare(arg, ir.ORDER)

    def _guard(self, node: Node) -> str:
        """The test that one of the charges needing a node may apply; empty where the node is always needed."""
        owners = self.owners.get(node)
        if not owners or self._guarding or node.grain == ir.ORDER or node.op == "charge":
            return ""
        guards = [self.guards(charge) for charge in owners]
        known = [guard for guard in guards if guard is not None]
        if len(known) < len(guards):
            return ""
        self._guarding = True
        for guard in known:
            self.ensure(guard)
        self._guarding = False
        return " or ".join(sorted({f"{self.atom(guard)} is not False" for guard in known}))

    @contextmanager
    def _only_if(self, guard: str) -> Iterator[None]:
        with self.program.indented(f"if {guard}:" if guard else None):
            yield

    def _variable(self, node: Node, grain: ir.Grain) -> str:
        variable = self.program.fresh("v")
        if grain == ir.ORDER:
            with self.inside(ir.ORDER):
                self.program.line(f"{variable} = {self.text(node)}")
        else:
            self.program.line(f"{variable} = []")
            with self.loop(grain):
                self.program.line(f"{variable}.append({self.text(node)})")
        return variable

    def column(self, node: Node) -> str:
        """The node as a column of its own grain."""
        if node.op == "const":
            return f"({self.program.const(node.value)},)"
        if node.op == "unknown":
            return "(U,)"
        self.ensure(node)
        variable = self.variables[node]
        return f"({variable},)" if self.effective(node.grain) == ir.ORDER else variable

    def column_at_lines(self, node: Node) -> str:
        """The node as a column with one value for each line."""
        if self.effective(node.grain) == ir.LINE and node.op not in ("const", "unknown"):
            return self.column(node)
        self.prepare(node, ir.LINE)
        variable = self.program.fresh("v")
        self.program.line(f"{variable} = []")
        with self.loop(ir.LINE):
            self.program.line(f"{variable}.append({self.atom(node)})")
        return variable

    # --- text

    def atom(self, node: Node) -> str:
        """A short text for the node's value in the present loop; longer work is put into a local name first."""
        if node.op == "const":
            return self.program.const(node.value)
        if node.op == "unknown":
            return "U"
        if node.op == "each":
            return self.atom(node.args[0])
        if node in self.variables:
            return self._indexed(self.variables[node], self.effective(node.grain))
        if node not in self._locals:
            text = self.facts.inline(node, node in self.lazy) if node.op == "fact" else None
            text = text or self.text(node)
            name = self.program.fresh("t")
            self.program.line(f"{name} = {text}")
            self._locals[node] = name
        return self._locals[node]

    def _indexed(self, variable: str, grain: ir.Grain) -> str:
        if grain == ir.ORDER:
            return variable
        if grain == self.grain:
            return f"{variable}[i]"
        if grain.level == ir.ITEM_LEVEL:
            return f"runtime.of_item({variable}, {self.units(grain)}, i)"
        if self.grain == ir.LINE:
            return f"{variable}[{self.units(grain)}.of_line[i]]"
        return f"runtime.for_item({variable}, {self.units(grain)}, {self.units(self.grain)}, i)"

    def text(self, node: Node) -> str:
        """The operation of a node on the atoms of its arguments."""
        if node.op == "each":
            return self.atom(node.args[0])
        if node.op in ("lookup", "listed"):
            return self._lookup(node)
        atoms = [self.atom(arg) for arg in node.args]
        template = TEMPLATES.get(node.op)
        if template is not None:
            return template(self.program, node, atoms, [self.may_be_unknown(arg) for arg in node.args])
        return FUNCTIONS[node.op](self.program, node, atoms)

    def _lookup(self, node: Node) -> str:
        name, clock = node.value
        method = "find" if node.op == "lookup" else "listed"
        find = getattr(self.tables[name].view(self.slice.known_at), method)
        if all(arg.op == "const" for arg in node.args):
            keys = tuple(arg.value for arg in node.args)
            return f"{self.program.const(DayLookUp(find, keys))}({self.program.day(clock)})"
        keys_text = ", ".join(self.atom(arg) for arg in node.args)
        return f"{self.program.const(find)}({self.program.day(clock)}, {keys_text})"

    # --- between grains

    def _structural(self, node: Node) -> str:
        if node.op == "charge":
            return self._amounts(node)
        variable = self.program.fresh("v")
        if node.op == "group":
            self._group(variable, str(node.value))
        elif node.op == "share":
            self._share(variable, node)
        else:
            self._rise(variable, node)
        return variable

    def _amounts(self, node: Node) -> str:
        """The amounts of a charge: for one of several competing charges those of its own rows."""
        amounts, grain = self.amounts.get(str(node.value)), self.effective(node.grain)
        if amounts is None:
            return "0" if grain == ir.ORDER else f"([0] * {self.unit_count(grain)})"
        if any(node.value in ids for ids in self.slice.options.values()):
            index = next(i for i, charge in enumerate(self.slice.charges) if charge.id == node.value)
            return f"runtime.own_amounts(run, {index}, n)"
        return f"{amounts}[0]" if grain == ir.ORDER else amounts

    def _rise(self, variable: str, node: Node) -> None:
        inner = node.args[0]
        target = self.effective(node.grain)
        column = self.column(inner)
        if target == ir.ORDER and self.effective(inner.grain) == ir.LINE and node.op in ("sum", "any"):
            quick = "runtime.total" if self.may_be_unknown(inner) else "sum"
            self.program.line(f"{variable} = {quick if node.op == 'sum' else 'runtime.any_of'}({column})")
            return
        source, goal = self.units(self.effective(inner.grain)), self.units(target)
        ending = "[0]" if target == ir.ORDER else ""
        op = self.program.const(node.op)
        self.program.line(f"{variable} = runtime.rise({op}, {column}, {source}, {goal}){ending}")

    def _share(self, variable: str, node: Node) -> None:
        whole, weight = node.args
        target = self.effective(node.grain)
        weights, step = self.column(weight), self._step(node.type)
        if self.effective(whole.grain) == ir.ORDER and target == ir.LINE:
            with self.inside(ir.ORDER):
                self.program.line(f"{variable} = runtime.share({self.atom(whole)}, {weights}, run.line_ids, {step})")
            return
        wholes = self.column(whole)
        source, goal = self.units(self.effective(whole.grain)), self.units(target)
        self.program.line(f"{variable} = runtime.spread({wholes}, {weights}, {source}, {goal}, run, {step})")

    def _step(self, type_: ir.Type) -> str:
        """The minor unit of an amount in its own decimals."""
        if type_.unit != ir.ORDER_MONEY:
            return str(10 ** (type_.scale - minor_digits(str(type_.unit))))
        return "unit" if type_.scale == SCALE else f"unit * {10 ** (type_.scale - SCALE)}"

    def _group(self, variable: str, name: str) -> None:
        """Line by line, the sum of the charges of a group; coarser ones are shared by the net value of the lines."""
        members = (*self.slice.groups.get(name, ()), *self.slice.options.get(name, ()))
        parts = []
        for charge in self.slice.charges:
            amounts = self.amounts.get(charge.id)
            if charge.id not in members or not amounts:
                continue
            if charge.grain != ir.LINE:
                weights = self.column_at_lines(self.slice.net)
                source, lines = self.units(self.effective(charge.grain)), self.units(ir.LINE)
                amounts = f"runtime.spread({amounts}, {weights}, {source}, {lines}, run, unit)"
            parts.append(amounts)
        if len(parts) == 1:
            self.program.line(f"{variable} = {parts[0]}")
        else:
            self.program.line(f"{variable} = runtime.added(({', '.join(parts)}{',' if parts else ''}), n)")
