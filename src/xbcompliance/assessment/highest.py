"""Bounds where a table has no row: from nothing to the highest value that another table says there is.

A table called ``name.highest`` holds, by some of the keys of the table ``name``, the highest value that a missing row
may turn out to have. No charge is ever worked out from it: the order is run twice more, with nothing and with the
highest value in place of what is missing, and what the totals come to are their bounds.

>>> from xbcompliance import Engine
>>> engine = Engine()
>>> sorted(of_missing_rows(engine.rulebook.tables))
['us.sales_tax.local_rates']
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xbcompliance._unknown import UNKNOWN
from xbcompliance.assessment.result import KINDS, add_prices, sum_charges, take_out_included, with_landed_cost
from xbcompliance.assessment.why import contained_tax
from xbcompliance.engines.facts import FactReader
from xbcompliance.engines.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xbcompliance.assessment.result import Result
    from xbcompliance.engine import Engine
    from xbcompliance.packs.tables import Table, View

SUFFIX: Final = ".highest"
"""What a table of highest values is called after the table whose missing rows it bounds."""


def of_missing_rows(tables: Mapping[str, Table]) -> dict[str, Table]:
    """The tables of highest values, by the name of the table whose missing rows they bound."""
    return {name.removesuffix(SUFFIX): tables[name] for name in tables if name.endswith(SUFFIX)}


def bounds_of_missing_rows(
    engine: Engine, result: Result, run: Reference
) -> tuple[dict[str, tuple[int, int]], list[str]]:
    """Bounds of the open totals, in minor units, and the rows of highest values that they rest on."""
    found: dict[str, tuple[int, int]] = {}
    used: dict[str, None] = {}
    highest = of_missing_rows(run.tables) if run.slice.traits["order.prices_include"] is not UNKNOWN else {}
    if not any(node.op == "lookup" and node.value[0] in highest for node in run.evaluated()):
        return {}, []
    low, high = (_totals(engine, result, _stand_ins(run.tables, highest, at_most, used)) for at_most in (False, True))
    for name, value in with_landed_cost(result.totals).items():
        if value is UNKNOWN and UNKNOWN not in (low[name], high[name]):
            found[name] = (min(low[name], high[name]), max(low[name], high[name]))
    return found, list(used) if found else []


def _stand_ins(
    tables: Mapping[str, Table], highest: Mapping[str, Table], at_most: bool, used: dict[str, None]
) -> dict[str, Any]:
    filled = {name: _Filled(tables[name], table if at_most else None, used) for name, table in highest.items()}
    return {**tables, **filled}


def _totals(engine: Engine, result: Result, tables: Mapping[str, Any]) -> Mapping[str, Any]:
    """The totals of the order with other tables."""
    order, slice_ = result.order, result.slice
    facts = FactReader(order, slice_.traits, result.days, engine.assumptions)
    found = Reference(slice_, order, engine.new_run(order, dict(result.days)), tables, facts).evaluate()
    kinds = [KINDS[str(charge.rule.terms["kind"])] for charge in slice_.charges]
    totals = sum_charges(found.run.rows, kinds, result.uncovered)
    add_prices(totals, [found.values(node)[0] for node in slice_.prices], found.run.digits)
    contains = slice_.traits["order.prices_include"]
    if contains:
        take_out_included(totals, contains, contained_tax(found))
    return with_landed_cost(totals)


class _Filled:
    """A table whose missing values are filled in; with nothing where no table of highest values is given."""

    def __init__(self, table: Table, highest: Table | None, used: dict[str, None]) -> None:
        self.table = table
        self.highest = highest
        self.used = used

    def view(self, known_at: int | None) -> _FilledView:
        """The table as known on one day."""
        return _FilledView(self, self.table.view(known_at), known_at)


class _FilledView:
    def __init__(self, filled: _Filled, view: View, known_at: int | None) -> None:
        self.filled = filled
        self.inner = view
        self.known_at = known_at

    def find(self, law_day: int, *keys: Any) -> Any:
        """The value of the table, else what stands in for it."""
        value = self.inner.find(law_day, *keys)
        if value is not UNKNOWN:
            return value
        highest = self.filled.highest
        if highest is None:
            return 0
        told = dict(zip((name for name, _ in self.filled.table.keys), keys, strict=True))
        asked = [told[name] for name, _ in highest.keys]
        found = highest.view(self.known_at).find(law_day, *asked)
        if found is not UNKNOWN:
            self.filled.used[f"{highest.name}[{', '.join(str(getattr(key, 'code', key)) for key in asked)}]"] = None
        return found

    def listed(self, law_day: int, *keys: Any) -> Any:
        """Whether the table has a row; while that is open, it has none."""
        return self.inner.listed(law_day, *keys) is True
