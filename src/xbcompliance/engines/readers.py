"""Writing how facts are read: a line's own attributes where they are used, everything else once, ahead of the program.

>>> "line.quantity" in REQUIRED
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xbcompliance._unknown import UNKNOWN
from xbcompliance.engines.facts import assumed_value, scale_of, to_engine
from xbcompliance.expr import ir
from xbcompliance.facts.catalogue import find_fact, value_of
from xbcompliance.money import SCALE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from xbcompliance.engines.program import Program
    from xbcompliance.expr.ir import Node
    from xbcompliance.facts.catalogue import Fact
    from xbcompliance.packs.model import Assumption
    from xbcompliance.plan.slices import Slice

REQUIRED: Final = frozenset(
    {"order.id", "order.currency", "ship_to.country", "line.id", "line.quantity", "line.unit_price"}
)
"""Facts that every order tells."""
_KEYED: Final = frozenset({"history"})
"""Attributes that are a map from names to facts: an empty one tells none of them."""


class FactEmitter:
    """Writes how facts are read: plain attributes inline, everything else once in the head of the program."""

    def __init__(self, program: Program, assumptions: Mapping[str, Assumption], slice_: Slice) -> None:
        self.program = program
        self.assumptions = assumptions
        self.slice = slice_
        self.names: dict[str, str] = {}
        self._parents: dict[str, str] = {}

    def may_be_unknown(self, node: Node) -> bool:
        """Whether an order can leave the fact open."""
        name = str(node.value)
        if name.startswith("dates.") and name[6:] in self.slice.days:
            return self.slice.days[name[6:]] is UNKNOWN
        assumed = self.assumptions.get(name)
        return name not in REQUIRED and not (assumed is not None and assumed.when_untold and assumed.when_null)

    def inline(self, node: Node, lazily: bool) -> str | None:
        """The text that reads a plain fact of a line inside a loop; None if it had better be read ahead.

        A fact deeper down costs more, so it is read inside the loop only where it may not be needed at all.
        """
        fact = find_fact(str(node.value))
        if node.grain != ir.LINE or fact is None or not self._is_plain(fact):
            return None
        return self._text(fact, None, "lines[i]") if len(fact.path) == 1 or lazily else None

    def _is_plain(self, fact: Fact) -> bool:
        simple = all(part.isidentifier() for part in fact.path) and fact.name != "marketplace.present"
        return simple and fact.kind in ("code", "truth") and fact.name not in self.assumptions

    def name(self, node: Node) -> str:
        """The variable of a fact: a plain value for an order fact, a column for a line fact."""
        name = str(node.value)
        if name not in self.names:
            self.names[name] = self._read(name, node)
        return self.names[name]

    def _read(self, name: str, node: Node) -> str:
        variable = self.program.fresh("f")
        if name.startswith("dates.") and name[6:] in self.slice.days:
            self.program.head_line(f"{variable} = days[{self.program.const(name[6:])}]")
            return variable
        fact = find_fact(name)
        if fact is None:
            raise AssertionError(f"{name} is not in the catalogue")
        text = self._text(fact, self.assumptions.get(name), "line" if node.grain == ir.LINE else "order")
        text = f"[{text} for line in lines]" if node.grain == ir.LINE else text
        self.program.head_line(f"{variable} = {text}")
        return variable

    def _text(self, fact: Fact, assumed: Assumption | None, subject: str) -> str:
        """The text that reads a fact of a subject: short for attributes, a call for everything else."""
        plain = self._is_plain(fact)
        amount = fact.kind in ("money", "quantity") and scale_of(fact) == SCALE
        if len(fact.path) == 1 and fact.path[0].isidentifier() and fact.name != "marketplace.present":
            read = f"{subject}.{fact.path[0]}"
            if plain and fact.kind == "code":
                return read
            if amount and fact.name in REQUIRED:
                return f"S({read})"
            if amount:
                untold, null = (self._default(fact, assumed, which) for which in ("untold", "null"))
                return f"(S(x) if (x := {read}) is not U and x is not None else {untold} if x is U else {null})"
        if plain:
            head, *way = fact.path
            text = self._parent(head) if subject == "order" else f"{subject}.{head}"
            for attribute in way:
                text = f"(p.{attribute} if (p := {text}) is not None and p is not U else p)"
            return f"(q if (q := {text}) is not None else False)" if fact.kind == "truth" else text
        return f"{self.program.const(_reader(fact, assumed))}({subject})"

    def _default(self, fact: Fact, assumed: Assumption | None, which: str) -> str:
        if assumed is None or not (assumed.when_untold if which == "untold" else assumed.when_null):
            return "U"
        return self.program.const(assumed_value(assumed, fact.kind, fact.scale))

    def _parent(self, attribute: str) -> str:
        if attribute not in self._parents:
            self._parents[attribute] = self.program.fresh("p")
            self.program.head_line(f"{self._parents[attribute]} = order.{attribute}")
        return self._parents[attribute]


def _reader(fact: Fact, assumed: Assumption | None) -> Callable[[Any], Any]:
    scale = scale_of(fact) if fact.kind in ("money", "quantity", "number") else None
    default = assumed_value(assumed, fact.kind, fact.scale) if assumed is not None else None

    head = fact.path[0]
    keyed = assumed is None and head in _KEYED

    def read(subject: Any) -> Any:
        if keyed and ((told := getattr(subject, head)) is UNKNOWN or told == {}):
            return UNKNOWN  # most orders tell nothing of these, and it is quick to see
        value = value_of(subject, fact)
        if assumed is not None and assumed.stands_in_for(value):
            return default
        return to_engine(value, fact.kind, scale)

    return read
