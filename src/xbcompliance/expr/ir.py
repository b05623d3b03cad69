"""The typed tree that expressions become: one frozen :class:`Node` per operation, with its type and grain.

A node says what is computed, not how; two nodes that say the same are equal, so shared parts are computed once.
Scales are part of the type: money is counted in 10⁻⁶, a product has the sum of the scales, and ``shift`` aligns them.

>>> rate = const(19_000_000, number(8))
>>> rate.type.described, rate.grain.name
('number', 'order')
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakValueDictionary

from xbcompliance.money import MAX_DIGITS

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_SCALE: Final = 30
"""Decimal places a value may carry before it has to be rounded (with the digits before the point: 128-bit safe)."""

EVERY: Final = "**"
"""The key that ``every`` stands for in a look-up: the values of all rows that differ only in it are added up."""

ORDER_MONEY: Final = "order"
"""The unit of an amount in the order's own currency."""


@dataclass(frozen=True, slots=True)
class Type:
    """What a value is: its kind, its currency or unit, and the decimal places it carries.

    Kinds: ``truth``, ``code``, ``place``, ``date``, ``money``, ``number``, ``quantity``, ``duty``, ``set``, ``record``.
    """

    kind: str
    unit: str | None = None
    scale: int = 0
    domain: tuple[str, ...] = ()

    @property
    def described(self) -> str:
        """The type in words, for messages."""
        if self.kind == "money":
            return f"money in {'the order currency' if self.unit == ORDER_MONEY else self.unit}"
        if self.kind == "quantity":
            return f"quantity in {self.unit}"
        return self.kind

    @property
    def numeric(self) -> bool:
        """Whether values of this type are scaled integers."""
        return self.kind in _NUMERIC

    def same_measure(self, other: Type) -> bool:
        """Whether values of both types may be added or compared."""
        if {self.kind, other.kind} <= {"code", "place"}:
            return True
        return self.kind == other.kind and self.unit == other.unit


_NUMERIC: Final = frozenset({"money", "number", "quantity"})

TRUTH: Final = Type("truth")
CODE: Final = Type("code")
PLACE: Final = Type("place")
DATE: Final = Type("date")
DUTY: Final = Type("duty")
SET: Final = Type("set")


def money(unit: str, scale: int) -> Type:
    """The type of an amount in a currency, or in the order's (``ORDER_MONEY``)."""
    return Type("money", unit, scale)


def number(scale: int) -> Type:
    """The type of a rate, share or count."""
    return Type("number", None, scale)


def quantity(unit: str, scale: int) -> Type:
    """The type of a measured quantity."""
    return Type("quantity", unit, scale)


@dataclass(frozen=True, slots=True, order=True)
class Grain:
    """How many values there are: one an order, a consignment, an item (lines of one key) or a line."""

    level: int
    key: str = ""

    @property
    def name(self) -> str:
        """``order``, ``consignment``, ``item`` or ``line``."""
        return _GRAIN_NAMES[self.level]


_GRAIN_NAMES: Final = ("order", "consignment", "item", "line")
ORDER: Final = Grain(0)
CONSIGNMENT: Final = Grain(1)
LINE: Final = Grain(3)


ITEM_LEVEL: Final = 2


def item(key: str) -> Grain:
    """The grain of lines in one consignment for which the define ``key`` gives one answer."""
    return Grain(ITEM_LEVEL, key)


class Node:
    """One operation: ``op`` on ``args``, with ``value`` for what is fixed (a constant, a name, a mode).

    Nodes are immutable and interned: two that say the same are one object, so that comparing and hashing a tree of any
    depth costs nothing.
    """

    __slots__ = ("__weakref__", "args", "grain", "op", "type", "value")

    op: str
    args: tuple[Node, ...]
    value: Any
    type: Type
    grain: Grain

    def __new__(cls, op: str, args: tuple[Node, ...], value: Any, type: Type, grain: Grain) -> Node:  # noqa: A002
        """The one node that says this."""
        key = (op, args, value, type, grain)
        known = _INTERNED.get(key)
        if known is not None:
            return known
        node = super().__new__(cls)
        for name, part in zip(("op", "args", "value", "type", "grain"), key, strict=True):
            object.__setattr__(node, name, part)
        return _INTERNED.setdefault(key, node)

    def __setattr__(self, name: str, value: object) -> None:
        """Nodes do not change."""
        raise AttributeError("nodes do not change")

    def __repr__(self) -> str:
        return f"{self.op}({', '.join(map(repr, self.args))})" if self.args else f"{self.op}:{self.value!r}"

    def walk(self, seen: set[Node] | None = None) -> Iterator[Node]:
        """This node and everything below it, each once, deepest first; ``seen`` is passed over and added to."""
        seen = set() if seen is None else seen
        stack: list[tuple[Node, bool]] = [(self, False)]
        while stack:
            node, done = stack.pop()
            if done:
                yield node
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                stack.extend((arg, False) for arg in reversed(node.args))


_INTERNED: Final[WeakValueDictionary[tuple[Any, ...], Node]] = WeakValueDictionary()


def const(value: Any, type_: Type) -> Node:
    """A fixed value."""
    return Node("const", (), value, type_, ORDER)


TRUE: Final = const(True, TRUTH)
FALSE: Final = const(False, TRUTH)


def finest(nodes: tuple[Node, ...]) -> Grain:
    """The finest grain among nodes: what combines them has one value for each of its units."""
    return max((node.grain for node in nodes), default=ORDER)


def shift(node: Node, scale: int) -> Node:
    """The same value carried with more decimal places.

    >>> shift(const(5, number(0)), 2).value
    500
    """
    if node.type.scale == scale:
        return node
    type_ = Type(node.type.kind, node.type.unit, scale)
    places = scale - node.type.scale
    if node.op == "const":
        return const(node.value * 10**places, type_)
    return Node("shift", (node,), places, type_, node.grain)


def bits(type_: Type) -> int:
    """Bits that a value of this type may need: what a columnar engine has to hold.

    >>> bits(number(8)) < 128
    True
    """
    return int((MAX_DIGITS + type_.scale) * 3.33) + 1


class NodeTable:
    """Nodes written out once each, as rows that refer to earlier rows: the JSON form of expressions.

    >>> table = NodeTable()
    >>> table.add(const(5, number(0)))
    0
    >>> table.rows
    [['const', 5, ['number', None, 0], [0, ''], []]]
    """

    def __init__(self) -> None:
        self.rows: list[list[Any]] = []
        self._index: dict[Node, int] = {}

    def add(self, root: Node) -> int:
        """The row of a node, written together with what it needs if it is new."""
        for node in root.walk():
            if node not in self._index:
                unit = [node.type.kind, node.type.unit, node.type.scale]
                args = [self._index[arg] for arg in node.args]
                row = [node.op, _plain(node.value), unit, [node.grain.level, node.grain.key], args]
                self._index[node] = len(self.rows)
                self.rows.append(row)
        return self._index[root]


def _plain(value: Any) -> Any:
    if isinstance(value, (frozenset, set)):
        return ["set", *sorted(value)]
    if isinstance(value, tuple):
        return ["tuple", *(_plain(part) for part in value)]
    if isinstance(value, (str, int, bool, type(None))):
        return value
    return str(value)
