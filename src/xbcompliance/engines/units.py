"""How the lines of an order group into consignments and items, and how values move between these grains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xbcompliance._unknown import UNKNOWN, is_unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xbcompliance.facts import Order


@dataclass(frozen=True, slots=True)
class Units:
    """The units of one grain: for each line its unit's index, and for each unit its lines."""

    of_line: tuple[int, ...]
    lines: tuple[tuple[int, ...], ...]

    @property
    def count(self) -> int:
        """How many units there are."""
        return len(self.lines)


def by_key(keys: Sequence[Any]) -> Units:
    """Lines with equal keys share a unit; units are numbered by their first line.

    >>> by_key(["a", "b", "a"]).lines
    ((0, 2), (1,))
    """
    index: dict[Any, int] = {}
    of_line = tuple(index.setdefault(key, len(index)) for key in keys)
    lines: list[list[int]] = [[] for _ in index]
    for line, unit in enumerate(of_line):
        lines[unit].append(line)
    return Units(of_line, tuple(tuple(group) for group in lines))


def consignments(order: Order) -> Units:
    """The consignments of an order: its shipments, or all lines in one when none are told."""
    shipments = order.shipments
    if is_unknown(shipments) or not shipments:
        return by_key([0] * len(order.lines))
    owner = {line: number for number, shipment in enumerate(shipments) for line in shipment.lines or ()}
    return by_key([owner.get(line.id) for line in order.lines])


def items(of_line: Sequence[int], keys: Sequence[Any]) -> Units | None:
    """Lines of one consignment with one key are one item; None while an untold key leaves the number open.

    A consignment of one line is one item, whatever its key.
    """
    per_consignment: dict[int, int] = {}
    for unit in of_line:
        per_consignment[unit] = per_consignment.get(unit, 0) + 1
    if any(key is UNKNOWN and per_consignment[unit] > 1 for unit, key in zip(of_line, keys, strict=True)):
        return None
    return by_key(list(zip(of_line, (None if key is UNKNOWN else key for key in keys), strict=True)))
