"""Every operation against its vectors: by definition, by both engines, and folded while a slice is built.

``tests/conformance/README.md`` says how the vectors are written.
"""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import date
from decimal import Context, Decimal, Inexact
from fractions import Fraction
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from samples import engine, example

import xbcompliance as xb
from conftest import ROOT
from xbcompliance._unknown import UNKNOWN
from xbcompliance.engines import runtime
from xbcompliance.engines.compiled import compile_slice
from xbcompliance.engines.facts import FactReader
from xbcompliance.engines.reference import Reference
from xbcompliance.engines.rows import Run, apply_duty, round_charge, round_total, share
from xbcompliance.engines.templates import FUNCTIONS, TEMPLATES
from xbcompliance.expr import ir, operations
from xbcompliance.expr.functions import NET_SCALE
from xbcompliance.expr.ir import LINE, ORDER, ORDER_MONEY, Node, Type
from xbcompliance.expr.operations import OPERATIONS
from xbcompliance.money import RATE_SCALE, SCALE, allocate, minor_digits
from xbcompliance.packs.model import Rounding
from xbcompliance.packs.tables import Row, Table
from xbcompliance.places import Place, Places
from xbcompliance.plan.fold import Folder, is_member
from xbcompliance.tariff import parse_duty
from xbcompliance.timeline import Span, day

if TYPE_CHECKING:
    from collections.abc import Callable

EXACT = Context(prec=60, traps=[Inexact])
FOLDER = ROOT / "tests" / "conformance"
FILES = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}
BETWEEN_GRAINS = {"sum", "any", "all", "count", "count_distinct", "share", "each"}
each_operation = pytest.mark.parametrize("name", FILES)


def test_every_operation_has_vectors():
    operations_of_the_engines = {*OPERATIONS, *TEMPLATES, *FUNCTIONS, *BETWEEN_GRAINS, "lookup", "listed"}
    assert set(FILES) == operations_of_the_engines | {"allocate", "round_charge"}


# ------------------------------------------------------------------------------------------------- reading the vectors


def typed(text: str) -> Type:
    """``money/6`` and the like."""
    kind, _, scale = text.removeprefix("column ").partition("/")
    return Type(kind, ORDER_MONEY if kind == "money" else None, int(scale or 0))


def decoded(value: Any, type_: Type) -> Any:
    """A value as the engine holds it."""
    if isinstance(value, list):
        return [decoded(part, type_) for part in value]
    if value == {"unknown": True}:
        return UNKNOWN
    if isinstance(value, dict) and "set" in value:
        return frozenset(value["set"])
    if isinstance(value, dict):
        return Place(value["place"], value.get("region"), tuple(value.get("open", ())))
    if value is None or type_.kind in ("truth", "code"):
        return value
    if type_.kind == "date":
        return day(value)
    if type_.kind == "duty":
        return parse_duty(value)
    exact = Fraction(value) * 10**type_.scale
    assert exact.denominator == 1, f"{value} has more decimals than {type_}"
    return exact.numerator


class Vector:
    """One vector with the defaults of its file."""

    def __init__(self, file: dict[str, Any], row: dict[str, Any]) -> None:
        types = row.get("types", file["types"])
        self.op: str = file["operation"]
        self.types = [typed(text) for text in types["args"]]
        self.columns = [text.startswith("column ") for text in types["args"]]
        self.result_type = typed(types["result"])
        self.args = [decoded(value, type_) for value, type_ in zip(row["args"], self.types, strict=True)]
        self.result = decoded(row["result"], self.result_type)
        fixed = row.get("value")
        self.value: Any = frozenset(fixed["set"]) if isinstance(fixed, dict) and "set" in fixed else fixed
        context = {**file, **row}
        self.day = day(context.get("day", "2026-08-10"))
        self.known_at = day(context["known_at"]) if "known_at" in context else None
        self.currency: str = context.get("currency", "EUR")
        self.rates: dict[str, str] = context.get("rates", {})
        self.measures: dict[str, str] = context.get("measures", {})
        column = next((arg for arg, many in zip(self.args, self.columns, strict=True) if many), None)
        self.lines: int = len(column) if column is not None else context.get("lines", 1)
        self.ids: list[str] = context.get("ids") or [str(number + 1) for number in range(self.lines)]
        self.table = table(json.dumps(context["tables"][context["table"]])) if "tables" in context else None
        self.places = places(json.dumps(context["places"])) if "places" in context else engine().rulebook.places

    def run(self) -> Run:
        stub = SimpleNamespace(currency=self.currency, exchange_rates=self.rates, lines=[])
        convert = engine().new_run(stub, {}).convert
        member = lambda territory, place, on: is_member(self.places, territory, place, on)  # noqa: E731
        return Run(self.currency, {"placed": self.day}, convert, member, self.ids)

    def rounding(self) -> Rounding:
        return Rounding(**self.value)


@cache
def table(text: str) -> Table:
    described = json.loads(text)
    type_ = typed(described["value"])
    rows = tuple(
        Row(
            tuple(row["keys"]),
            Span(*(day(row[key]) if key in row else None for key in ("from", "until", "published"))),  # type: ignore[arg-type]
            UNKNOWN if row["value"] == "?" else decoded(row["value"], type_),
            {},
        )
        for row in described["rows"]
    )
    return Table("t", tuple(described["keys"].items()), type_, rows)


@cache
def places(text: str) -> Places:
    return Places.from_rows(**json.loads(text))


# --------------------------------------------------------------------------------------------------- by definition


def by_definition(v: Vector) -> Any:
    """What the defining functions say."""
    if v.op in OPERATIONS:
        return OPERATIONS[v.op](*v.args, v.value) if v.value is not None else OPERATIONS[v.op](*v.args)
    scales = [type_.scale for type_ in v.types]
    run, placed = v.run(), v.day
    if v.op in runtime.RISING:
        return runtime.RISING[v.op](v.args[0])
    if v.op in ("lookup", "listed"):
        assert v.table is not None
        view = v.table.view(v.known_at)
        return (view.find if v.op == "lookup" else view.listed)(placed, *v.args)
    if v.op == "round":
        digits, mode, step = v.value["digits"], v.value["mode"], v.value["step"]
        return operations.rounding(v.args[0], scales[0], digits, mode, step, v.result_type.scale)
    if v.op == "div":
        return operations.quotient(*v.args, v.value["digits"] - scales[0] + scales[1], v.value["mode"])
    if v.op == "convert":
        return runtime.convert(run, v.args[0], v.value["from"], v.value["to"], placed, None)
    simple = {
        "without": lambda: operations.without(*v.args, scales[0], scales[1], NET_SCALE),
        "choose": lambda: runtime.choose(v.args),
        "member": lambda: runtime.member(run, v.value, v.args[0], placed),
        "each": lambda: v.args * v.lines,
        "share": lambda: share(*v.args, v.ids, run.unit),
        "allocate": lambda: allocate(*v.args, v.ids),
        "apply": lambda: apply_duty(*v.args, lambda unit: measure(v, unit), run, "placed"),
        "round_charge": lambda: charge_amounts(v),
    }
    return simple[v.op]()


def measure(v: Vector, unit: str) -> Any:
    return int(Decimal(v.measures[unit]).scaleb(SCALE)) if unit in v.measures else UNKNOWN


def charge_amounts(v: Vector) -> list[Any]:
    digits, exact, scale = minor_digits(v.currency), v.args[0], v.types[0].scale
    if v.rounding().per == "total":
        rounded = round_total(exact, scale, v.rounding(), digits, v.ids)
    else:
        rounded = [round_charge(part, scale, v.rounding(), digits) for part in exact]
    return [part if part is UNKNOWN else part * 10 ** (SCALE - digits) for part in rounded]


@each_operation
def test_definition(name):
    assert differences(name, by_definition) == []


def differences(name: str, answer: Callable[[Vector], Any]) -> list[str]:
    """The vectors of an operation that come out otherwise."""
    found = []
    for row in FILES[name]["vectors"]:
        v = Vector(FILES[name], row)
        got = answer(v)
        if got != v.result or isinstance(got, bool) != isinstance(v.result, bool):
            found.append(f"{json.dumps(row)} gives {got!r}, expected {v.result!r}")
    return found


# ---------------------------------------------------------------------------------------- through an order and a slice

NUMERIC = ("order.shipping", "order.insurance", "order.discount")
SLOTS = {
    "truth": tuple(f"shipping_terms.{name}" for name in ("separately_stated", "includes_handling", "optional")),
    "code": ("seller.eori", "seller.ioss_number", "marketplace.ioss_number"),
    "date": ("dates.paid", "dates.shipped"),
    "set": ("seller.vat_numbers",),
    **dict.fromkeys(("money", "number", "quantity"), NUMERIC),
}
"""Facts of an order that carry the arguments of a vector; their scale is that of the argument."""
COLUMNS = {
    "truth": "line.excise",
    "code": "line.origin",
    **dict.fromkeys(("money", "number"), "line.discount"),
}


class Case:
    """An order that tells the arguments of a vector, and a slice that works the operation out from it."""

    def __init__(self, v: Vector) -> None:
        self.v = v
        branch = lambda: SimpleNamespace(_default=UNKNOWN)  # noqa: E731
        self.order: Any = SimpleNamespace(
            **dict.fromkeys(("shipping", "insurance", "discount", "prices_include"), UNKNOWN),
            currency=v.currency,
            exchange_rates=v.rates,
            shipments=None,
            shipping_terms=branch(),
            seller=branch(),
            marketplace=branch(),
            dates=branch(),
            lines=[SimpleNamespace(id=id_, **self.quantities()) for id_ in v.ids],
        )
        self.used: set[str] = set()

    def quantities(self) -> dict[str, Any]:
        told = {name: Decimal(value) for name, value in self.v.measures.items()}
        plain = dict.fromkeys(("excise", "origin", "discount"), UNKNOWN)
        return {**plain, "quantity": told.get("item", UNKNOWN), "net_mass_kg": UNKNOWN, "measures": told}

    def fact(self, value: Any, type_: Type) -> Node:
        """A fact node, and the order made to tell it."""
        if type_.kind in ("place", "duty"):
            return Node("unknown", (), "lines[0].origin", type_, ORDER) if value is UNKNOWN else ir.const(value, type_)
        name = next((name for name in SLOTS[type_.kind] if name not in self.used), None)
        if name is None:
            return ir.const(value, type_)
        self.used.add(name)
        subject = self.order
        *way, last = name.removeprefix("order.").split(".")
        for step in way:
            subject = getattr(subject, step)
        setattr(subject, last, written(value, type_))
        return Node("fact", (), name, type_, ORDER)

    def column(self, values: list[Any], type_: Type) -> Node:
        name = COLUMNS[type_.kind]
        for line, value in zip(self.order.lines, values, strict=True):
            setattr(line, name.removeprefix("line."), written(value, type_))
        return Node("fact", (), name, type_, LINE)

    def args(self) -> tuple[Node, ...]:
        v = self.v
        pairs = zip(v.args, v.types, v.columns, strict=True)
        return tuple(self.column(arg, type_) if many else self.fact(arg, type_) for arg, type_, many in pairs)

    def node(self) -> Node:
        """The node of the operation."""
        v, args = self.v, self.args()
        value: Any = v.value
        grain = LINE if v.op in ("share", "each", "apply") else ORDER
        if v.op in ("lookup", "listed"):
            value = ("t", "placed")
        elif v.op == "round":
            value = (v.value["digits"], v.value["mode"], v.value["step"])
        elif v.op == "div":
            value = (v.value["digits"], v.value["mode"])
        elif v.op == "member":
            value = (v.value, "placed")
        elif v.op == "apply":
            value = "placed"
        elif v.op == "convert":
            value = (v.value["to"], None, "placed")
            args = tuple(retyped(arg, v.value["from"]) for arg in args)
        return Node(v.op, args, value, v.result_type, grain)

    def slice(self) -> Any:
        """The slice of some real order with nothing left in it but the operation."""
        parts = {field.name: getattr(model(), field.name) for field in fields(model())}
        nothing: dict[str, Any] = {name: type(part)() for name, part in parts.items() if type(part) in (tuple, dict)}
        blank = replace(model(), **nothing | {"days": {"placed": self.v.day}, "known_at": self.v.known_at})
        if self.v.op == "round_charge":
            shown = replace(model().shown[0], node=ir.TRUE)
            return replace(blank, charges=(self.charge(),), shown=(shown,))
        return replace(blank, shown=(replace(model().shown[0], node=self.node()),))

    def charge(self) -> Any:
        """A duty on each line that comes to the exact amounts of the vector."""
        found = next(c for c in model().charges if c.grain == LINE and str(c.amount.type.unit) == ORDER_MONEY)
        (amount,) = self.args()
        plain = {"base": None, "rate": None, "duty": None, "offered": None}
        return replace(found, when=ir.TRUE, relief=(), amount=amount, rounding=self.v.rounding(), **plain)

    def answer(self, run: Run, columns: Any) -> Any:
        """What a run came to, in the form of the vector's result."""
        if self.v.op == "round_charge":
            amounts = {row.unit: row.amount for row in run.rows}
            found = [amounts.get(unit, 0) for unit in range(len(self.v.ids))]
            return [part if part is UNKNOWN else part * run.unit for part in found]
        column = list(columns)
        return column if isinstance(self.v.result, list) else column[0]

    def compiled(self, single: bool) -> Any:
        run = self.v.run()
        tables = {"t": self.v.table} if self.v.table else {}
        result = compile_slice(self.slice(), tables, {}, single)(self.order, run)
        return self.answer(run, result[0])

    def reference(self) -> Any:
        run, slice_ = self.v.run(), self.slice()
        tables = {"t": self.v.table} if self.v.table else {}
        facts = FactReader(self.order, {}, slice_.days, {})
        found = Reference(slice_, self.order, run, tables, facts).evaluate()
        return self.answer(run, found.values(slice_.shown[0].node))


def retyped(node: Node, unit: str) -> Node:
    return Node(node.op, node.args, node.value, Type("money", unit, node.type.scale), node.grain)


def written(value: Any, type_: Type) -> Any:
    """A value as an order tells it; the engine reads every amount with six decimals."""
    if type_.numeric and value is not UNKNOWN:
        return Decimal(value).scaleb(-SCALE, EXACT)
    if type_.kind == "date" and isinstance(value, int):
        return date.fromordinal(value)
    return tuple(sorted(value)) if isinstance(value, frozenset) else value


@cache
def model() -> Any:
    """A slice with a charge on lines and a shown fact, of which the slices of the vectors are made."""
    order = {**example(), "carriage": "freight"}
    order["dates"] = {"placed": "2026-01-10"}
    return engine().run(xb.read_order(order), None).slice


of_the_engines = pytest.mark.parametrize("name", [name for name in FILES if name != "allocate"])


@of_the_engines
def test_reference_engine(name):
    assert differences(name, lambda v: Case(v).reference()) == []


@of_the_engines
@pytest.mark.parametrize("single", [True, False], ids=["one_consignment", "several"])
def test_compiled_engine(name, single):
    assert differences(name, lambda v: Case(v).compiled(single)) == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_folded(name):
    """An operation on fixed values is worked out while the slice is built, unless its answer is open."""
    assert differences(name, folded) == []


def folded(v: Vector) -> Any:
    if UNKNOWN in v.args:
        return v.result
    args = tuple(ir.const(arg, type_) for arg, type_ in zip(v.args, v.types, strict=True))
    found = Folder(engine().plan, {}, {}, None).folded(Node(v.op, args, v.value, v.result_type, ORDER))
    return found.value if found.op == "const" else UNKNOWN


def test_rates_have_the_scale_of_the_readme():
    assert (SCALE, RATE_SCALE, NET_SCALE) == (6, 8, 12)
