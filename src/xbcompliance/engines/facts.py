"""From an order to the engine's values: scaled integers, day ordinals, sets; and what a profile assumes for the untold.

>>> from decimal import Decimal
>>> to_engine(Decimal("19.90"), "money", 6), to_engine(None, "money", 6), to_engine("CN", "code", None)
(19900000, UNKNOWN, 'CN')
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from xbcompliance._unknown import UNKNOWN
from xbcompliance.expr import ir
from xbcompliance.facts.catalogue import find_fact, value_of
from xbcompliance.money import RATE_SCALE, SCALE, from_decimal, scaled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xbcompliance.expr.ir import Node
    from xbcompliance.facts import Order
    from xbcompliance.facts.catalogue import Fact
    from xbcompliance.packs.model import Assumption

_NUMERIC: Final = ("money", "number", "quantity")
MEASURES: Final = {"kg": ("measures.kg", "net_mass_kg"), "item": ("quantity",), "pair": ("measures.pairs",)}
"""Units of duty expressions whose line facts have another name; any other unit is ``measures.<unit>``."""


def to_engine(value: Any, kind: str, scale: int | None) -> Any:
    """A told value as the engine holds it; a number that is known to be absent is no number."""
    if value is UNKNOWN:
        return UNKNOWN
    if kind in _NUMERIC:
        if value is None:
            return UNKNOWN
        return from_decimal(Decimal(value), SCALE if scale is None else scale)
    if kind == "date" and isinstance(value, date):
        return value.toordinal()
    if kind == "truth" and value is None:
        return False  # known not to be there: what would make it true is known not to hold
    return value


def scale_of(fact: Fact) -> int:
    """The decimal places the engine keeps of a fact."""
    if fact.kind == "number":
        return RATE_SCALE if fact.scale is None else fact.scale
    return SCALE


class FactReader:
    """Reads the facts of one order for the reference engine; ``asked`` collects the untold ones by question path."""

    def __init__(
        self,
        order: Order,
        traits: Mapping[str, Any],
        days: Mapping[str, Any],
        assumptions: Mapping[str, Assumption],
    ) -> None:
        self.order = order
        self.traits = traits
        self.days = days
        self.assumptions = assumptions

    def read(self, node: Node) -> list[Any]:
        """The values of a fact node, one for each unit of its grain."""
        name = str(node.value)
        if name in self.traits and node.grain != ir.LINE:
            value = self.traits[name]
            return [False if value is None and node.type == ir.TRUTH else value]
        if name.startswith("dates.") and name[6:] in self.days:
            return [self.days[name[6:]]]
        fact = find_fact(name)
        if fact is None:
            raise AssertionError(f"{name} is not in the catalogue")
        subjects: tuple[Any, ...] = self.order.lines if node.grain == ir.LINE else (self.order,)
        return [self._one(subject, fact) for subject in subjects]

    def _one(self, subject: Any, fact: Fact) -> Any:
        value = value_of(subject, fact)
        assumed = self.assumptions.get(fact.name)
        if assumed is not None and assumed.stands_in_for(value):
            return assumed_value(assumed, fact.kind, fact.scale)
        return to_engine(value, fact.kind, fact.scale)

    def measure(self, line: int, unit: str) -> Any:
        """The quantity of a whole line in a unit of a duty expression, scaled 10⁶."""
        return measure_of(self.order.lines[line], unit)


def assumed_value(assumed: Assumption, kind: str, scale: int | None) -> Any:
    """What a profile puts in place of an untold fact."""
    text = assumed.value or ""
    if kind in _NUMERIC:
        return scaled(text, SCALE if scale is None else scale)
    if kind == "truth":
        return text == "true"
    if kind == "set":
        return frozenset(text.split())
    return None if text == "null" else text


def measure_of(line: Any, unit: str) -> Any:
    """A line's quantity in a unit, scaled 10⁶: told as such, or as the mass, number or alcohol that it follows from."""
    if unit == "l of alcohol":
        litres, share = measure_of(line, "l"), measure_of(line, "abv")
        return UNKNOWN if litres is UNKNOWN or share is UNKNOWN else litres * share // 10**SCALE
    for name in MEASURES.get(unit, (f"measures.{unit}",)):
        value = _told(line, name)
        if value is not UNKNOWN and value is not None:
            return from_decimal(Decimal(value))
    return UNKNOWN


def measure_path(unit: str) -> str:
    """Which fact of a line tells the quantity in a unit."""
    if unit == "l of alcohol":
        return "measures.abv"
    return "net_mass_kg" if unit == "kg" else MEASURES.get(unit, (f"measures.{unit}",))[0]


def _told(line: Any, name: str) -> Any:
    head, _, key = name.partition(".")
    value = getattr(line, head)
    if value is None or value is UNKNOWN or not key:
        return value
    return value.get(key, UNKNOWN)
