"""Which lines are one item of a declaration, and where an untold fact still decides that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xbcompliance._unknown import UNKNOWN
from xbcompliance.engines.units import Units, by_key

if TYPE_CHECKING:
    from collections.abc import Sequence


def items_of(consignment_of: Sequence[int], keys: Sequence[tuple[Any, ...]]) -> tuple[Units, frozenset[int]]:
    """Lines of one consignment with equal keys are one item; also the consignments whose items are not settled.

    A line with an untold part stands alone for the time being.

    >>> units, unsettled = items_of([0, 0, 1, 1], [("61", "CN"), ("61", "CN"), ("61", "CN"), ("61", UNKNOWN)])
    >>> units.lines, sorted(unsettled)
    (((0, 1), (2,), (3,)), [1])
    """
    rows: dict[int, list[tuple[Any, ...]]] = {}
    for consignment, key in zip(consignment_of, keys, strict=True):
        rows.setdefault(consignment, []).append(key)
    unsettled = frozenset(consignment for consignment, found in rows.items() if _may_merge(found, 0))
    alone = [tuple((line,) if part is UNKNOWN else part for part in key) for line, key in enumerate(keys)]
    return by_key(list(zip(consignment_of, alone, strict=True))), unsettled


def _may_merge(keys: list[tuple[Any, ...]], part: int) -> bool:
    """Whether an untold part of a key may decide if two lines are one item; ``part`` is the first that may differ.

    >>> _may_merge([("61", UNKNOWN), ("62", UNKNOWN)], 0), _may_merge([("61", UNKNOWN), ("61", "CN")], 0)
    (False, True)
    """
    if len(keys) < 2 or part == len(keys[0]):
        return False
    groups: dict[Any, list[tuple[Any, ...]]] = {}
    for key in keys:
        groups.setdefault(key[part], []).append(key)
    return UNKNOWN in groups or any(_may_merge(group, part + 1) for group in groups.values())
