"""Bounds of totals where only yes-or-no conditions are open: the order is run as if each held, and as if it did not.

A threshold that nobody told how near it is has two sides, whatever the amount behind it. The values of the facts need
not be few, only the conditions that rest on them.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, Final

from xbcompliance._unknown import UNKNOWN
from xbcompliance.assessment.result import KINDS, add_prices, sum_charges, take_out_included, with_landed_cost
from xbcompliance.assessment.why import included_by_line, reference
from xbcompliance.expr.ir import TRUTH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from xbcompliance.assessment.result import Result
    from xbcompliance.engine import Engine
    from xbcompliance.engines.reference import Reference
    from xbcompliance.expr.ir import Node

MAX_CONDITIONS: Final = 5
"""Open conditions that are supposed either way; with more of them nothing is tried."""

Supposed = tuple["Node", int]
"""A condition and the unit of its grain for which it is open."""


def supposed_bounds(engine: Engine, result: Result, run: Reference) -> dict[str, tuple[int, int]]:
    """Least and most of each open total that every side of the open conditions determines."""
    if result.slice.traits["order.prices_include"] is UNKNOWN:
        return {}
    conditions = _conditions(run)
    if not conditions or len(conditions) > MAX_CONDITIONS:
        return {}
    outcomes = [
        _totals(result, reference(engine, result.order, result.slice, result.days, _sides(run, conditions, sides)))
        for sides in product((False, True), repeat=len(conditions))
    ]
    found = {}
    for name, value in with_landed_cost(result.totals).items():
        amounts = [outcome[name] for outcome in outcomes]
        if value is UNKNOWN and UNKNOWN not in amounts:
            found[name] = min(amounts), max(amounts)
    return found


def _conditions(run: Reference) -> list[Supposed]:
    """The open conditions nearest to the open charges; empty where one of them cannot be told from another."""
    open_ = {row.charge for row in run.run.rows if row.amount is UNKNOWN}
    found: dict[Supposed, None] = {}
    seen: set[Node] = set()
    for index in sorted(open_):
        for root in run.slice.charges[index].nodes():
            for node in _nearest(run, root, seen):
                if any(part.op == "unknown" for part in node.walk()):
                    return []  # unknowns of one cause are one node, though they may be answered differently
                found.update({(node, unit): None for unit, v in enumerate(run.values(node)) if v is UNKNOWN})
    return list(found)


def _nearest(run: Reference, root: Node, seen: set[Node]) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node in seen or UNKNOWN not in run.values(node):
            continue
        seen.add(node)
        if node.type == TRUTH and node.op != "answer":
            yield node
        else:
            waiting.extend(node.args)


def _sides(run: Reference, conditions: Sequence[Supposed], sides: Sequence[bool]) -> dict[Node, list[Any]]:
    values = {node: list(run.values(node)) for node, _ in conditions}
    for (node, unit), side in zip(conditions, sides, strict=True):
        values[node][unit] = side
    return values


def _totals(result: Result, run: Reference) -> Mapping[str, Any]:
    slice_ = result.slice
    kinds = [KINDS[str(charge.rule.terms["kind"])] for charge in slice_.charges]
    totals = sum_charges(run.run.rows, kinds, result.uncovered)
    add_prices(totals, [run.values(price)[0] for price in slice_.prices], run.run.digits)
    contains = slice_.traits["order.prices_include"]
    if contains:
        lines = included_by_line(run)
        included = (UNKNOWN,) * 3 if lines is None else tuple(map(sum, zip(*lines, strict=True)))
        take_out_included(totals, contains, included)
    return with_landed_cost(totals)
