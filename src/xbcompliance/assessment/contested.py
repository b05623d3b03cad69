"""Which contested rules an answer rests on: those without whose reading something in it would be open or different.

A rule that can be read in two ways is taken one way. To see whether that mattered, the order is run once more with the
rule's answer left open, and a contested repeal left out. What comes out the same does not rest on the reading taken. A
contested charge matters where it is levied, relieved or open, a contested requirement where it is owed or open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xbcompliance._unknown import UNKNOWN
from xbcompliance.assessment.why import Causes, reference
from xbcompliance.plan.fold import doubt_of
from xbcompliance.plan.slices import with_doubt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xbcompliance.assessment.result import Result
    from xbcompliance.engine import Engine
    from xbcompliance.engines.reference import Reference
    from xbcompliance.engines.rows import Row
    from xbcompliance.expr.ir import Node
    from xbcompliance.packs.model import Version
    from xbcompliance.plan.model import PlanRule
    from xbcompliance.plan.slices import Slice, SliceCharge, SliceFact, SliceRequire


def contested(engine: Engine, result: Result, run: Reference) -> Iterator[tuple[PlanRule, Version]]:
    """The contested rules that mattered, with the version in force, by id; ``run``: the result's reference run."""
    for rule, version in sorted(result.slice.touched, key=lambda pair: pair[0].rule.id):
        if version.contested and _mattered(engine, result, run, rule, version):
            yield rule, version


def _mattered(engine: Engine, result: Result, run: Reference, rule: PlanRule, version: Version) -> bool:
    name, slice_ = rule.rule.id, result.slice
    if rule.rule.kind == "charge" and not version.repealed:
        return any(slice_.charges[row.charge].id == name for row in run.run.rows)
    if rule.rule.kind == "require":
        return any(_owed(run, require) for require in slice_.requires if require.rule.rule.id == name)
    doubted = with_doubt(engine.plan, slice_, name)
    if doubted is None:
        return False
    return _Comparison(engine, run, reference(engine, result.order, doubted, result.days), name).differs()


def _owed(run: Reference, require: SliceRequire) -> bool:
    """Whether a requirement is met, violated or open for some unit, rather than not asked at all."""
    return any(holds is not False for holds in run.values(require.when))


class _Comparison:
    """An order run as the law is read, and run with one reading left open."""

    def __init__(self, engine: Engine, known: Reference, doubted: Reference, rule: str) -> None:
        self.known = known
        self.doubted = doubted
        self.cause = doubt_of(rule)
        self.causes = Causes(engine, doubted)

    def differs(self) -> bool:
        """Whether anything that an assessment says is another, or open because of the doubt."""
        return self._charges() or self._facts() or self._requirements() or self._prices()

    def _charges(self) -> bool:
        before, after = _by_charge(self.known), _by_charge(self.doubted)
        if any(_differ(before.get(key), after.get(key)) for key in before.keys() | after.keys()):
            return True
        slice_ = self.doubted.slice
        return any(
            self.cause in self.causes.of_charge(charge, row.unit)
            for row in self.doubted.run.rows
            if row.amount is UNKNOWN
            for charge in _rivals(slice_, slice_.charges[row.charge])
        )

    def _facts(self) -> bool:
        before, after = _facts(self.known), _facts(self.doubted)
        return any(self._open_or_other(before.get(name), fact.node) for name, fact in after.items()) or bool(
            before.keys() - after.keys()
        )

    def _open_or_other(self, fact: SliceFact | None, node: Node) -> bool:
        if fact is None or self.known.values(fact.node) != self.doubted.values(node):
            return True
        return any(self.cause in self.causes.of(node, unit) for unit in range(len(self.doubted.values(node))))

    def _requirements(self) -> bool:
        return _required(self.known) != _required(self.doubted)

    def _prices(self) -> bool:
        pairs = zip(
            (*self.known.slice.prices, self.known.slice.net),
            (*self.doubted.slice.prices, self.doubted.slice.net),
            strict=True,
        )
        return any(self.known.values(one) != self.doubted.values(other) for one, other in pairs)


def _differ(one: tuple[Any, ...] | None, other: tuple[Any, ...] | None) -> bool:
    """Whether two rows say different things; no row says what one that comes to nothing says."""
    if one is None or other is None:
        return bool((one or other or (0,))[0] != 0)
    return one != other


def _by_charge(run: Reference) -> dict[tuple[str, int], tuple[Any, ...]]:
    """What the row of each unit of a charge says, its amount first."""
    found = {}
    for row in run.run.rows:
        charge = run.slice.charges[row.charge]
        terms = (charge.jurisdiction, charge.due_from, charge.due_at)
        said = tuple(_term(run, term, charge, row) for term in terms)
        found[charge.id, row.unit] = (row.amount, row.basis, *said)
    return found


def _term(run: Reference, term: Node | str, charge: SliceCharge, row: Row) -> Any:
    if isinstance(term, str) or run.units(charge.grain) is None:
        return term
    return run.at(term, charge.grain)[row.unit]


def _rivals(slice_: Slice, charge: SliceCharge) -> list[SliceCharge]:
    ids = next((ids for ids in slice_.options.values() if charge.id in ids), (charge.id,))
    return [other for other in slice_.charges if other.id in ids]


def _facts(run: Reference) -> dict[str, SliceFact]:
    return {fact.rule.rule.id: fact for fact in (*run.slice.shown, *run.slice.covers)}


def _required(run: Reference) -> dict[str, tuple[Any, Any]]:
    """What is owed, violated or open, unit by unit; what is not asked of any unit is left out."""
    return {
        require.rule.rule.id: (run.values(require.when), None if require.must is None else run.values(require.must))
        for require in run.slice.requires
        if _owed(run, require)
    }
