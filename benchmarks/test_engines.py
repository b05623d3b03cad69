"""Why programs are generated: the nodes of one slice run as program text, as closures, and by the reference engine.

All three must give the same rows for all orders before they are timed. The result is quoted in the decision records.
"""

from __future__ import annotations

from typing import Any

import pytest

import xbcompliance as xb
from benchmarks import orders
from benchmarks.closures import Closures
from xbcompliance.engines.compiled import compile_slice
from xbcompliance.engines.facts import FactReader
from xbcompliance.engines.reference import Reference

PLACED = "2026-05-04"


class Contest:
    """Three ways to run one slice; each takes an order and gives the run that it filled."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine
        self.orders = [xb.read_order(order) for order in orders.ioss(PLACED)]
        first = engine.run(self.orders[0], None)
        self.slice, self.days = first.slice, first.days
        self._program = compile_slice(self.slice, engine.rulebook.tables, engine.assumptions, single=True)
        self._closures = Closures(self.slice, engine.rulebook.tables, engine.assumptions)

    def program(self, order: Any) -> Any:
        run = self.engine.new_run(order, self.days)
        self._program(order, run)
        return run

    def closures(self, order: Any) -> Any:
        run = self.engine.new_run(order, self.days)
        self._closures.run(order, run)
        return run

    def reference(self, order: Any) -> Any:
        run = self.engine.new_run(order, self.days)
        facts = FactReader(order, self.slice.traits, self.days, self.engine.assumptions)
        Reference(self.slice, order, run, self.engine.rulebook.tables, facts).evaluate()
        return run


@pytest.fixture(scope="module")
def contest(engine: Any) -> Contest:
    contest = Contest(engine)
    for order in contest.orders:
        rows = _amounts(contest.reference(order))
        assert _amounts(contest.program(order)) == rows
        assert _amounts(contest.closures(order)) == rows
    return contest


def test_closures(contest: Contest, compare: Any) -> None:
    compare("slice as closures", (contest.closures, contest.orders), (contest.program, contest.orders), "program")


def test_reference(contest: Contest, compare: Any) -> None:
    few = contest.orders[:200]
    compare("slice by the reference engine", (contest.reference, few), (contest.program, few), "program")


def _amounts(run: Any) -> Any:
    return sorted((row.charge, row.unit, row.basis, row.amount) for row in run.rows if row.basis)
