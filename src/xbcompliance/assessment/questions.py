"""From unknown charges to the fewest facts that would settle them, and to bounds where the open facts are finite.

When every open fact has few possible values, the order is run with each combination told. That gives exact bounds of
every total, and the smallest set of facts after which nothing is left to ask.

>>> _worst([{"duty": 3}, {"duty": 6}], "duty")
(3, 6)
"""

from __future__ import annotations

from itertools import combinations, product
from typing import TYPE_CHECKING, Any, Final

from xbcompliance._errors import ComplianceError
from xbcompliance._unknown import UNKNOWN, is_unknown
from xbcompliance.assessment.highest import bounds_of_missing_rows
from xbcompliance.assessment.result import KINDS, PRICES, with_landed_cost
from xbcompliance.assessment.why import Causes
from xbcompliance.expr.numbers import SPECIMENS
from xbcompliance.facts import known_categories, put, read_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from xbcompliance.assessment.result import Result
    from xbcompliance.engine import Engine
    from xbcompliance.engines.reference import Reference
    from xbcompliance.plan.slices import SliceCharge, SliceRequire

MAX_RUNS: Final = 96
"""Combinations that are tried for bounds; more open possibilities than that are reported without."""


class Open:
    """What is open in a result: the facts asked for, what each settles, and the bounds of the totals."""

    def __init__(self, engine: Engine, result: Result, run: Reference) -> None:
        self.engine = engine
        self.result = result
        self.settles: dict[str, list[str]] = {}
        self.bounds: dict[str, tuple[int, int]] = {}
        causes = Causes(engine, run)
        self._collect(causes)
        self.unsettled = causes.unsettled
        self.gaps = [fact for fact in self.settles if fact.startswith("rulebook.")]
        if not result.complete and self.settles and not self.gaps:
            self._try_all(causes.choices)
        self.bounded_by: list[str] = []
        if not result.complete and not self.bounds:
            self.bounds, self.bounded_by = bounds_of_missing_rows(engine, result, run)
        requirements = Causes(engine, run)  # on its own: what a duty to report asks of a fact bounds no amount
        for require in result.slice.requires:
            if not require.rule.rule.told_only:
                self._note(self._requirement(require, requirements), require.rule.rule.id)
        self._ask_for_wholes()

    def _collect(self, causes: Causes) -> None:
        slice_ = self.result.slice
        for row in self.result.run.rows:
            if row.amount is UNKNOWN:
                for charge in self._rivals(slice_.charges[row.charge]):
                    self._note(causes.of_charge(charge, row.unit), charge.id)
        for covering in slice_.covers:
            for kind in covering.rule.rule.covers:
                self._note(causes.of(covering.node, 0), f"totals.{KINDS[kind]}")
        for name in PRICES:
            if self.result.totals[name] is UNKNOWN:
                self._note(self._prices(name, causes), f"totals.{name}")

    def _rivals(self, charge: SliceCharge) -> list[SliceCharge]:
        """The charges among which one is chosen: any of them may be what keeps the choice open."""
        for ids in self.result.slice.options.values():
            if charge.id in ids:
                return [other for other in self.result.slice.charges if other.id in ids]
        return [charge]

    def _requirement(self, require: SliceRequire, causes: Causes) -> Iterator[str]:
        for unit, holds in enumerate(causes.run.values(require.when)):
            if holds is False:
                continue
            yield from causes.of(require.when, unit)
            if require.must is not None:
                yield from causes.of(require.must, unit if require.must.grain == require.when.grain else 0)

    def _note(self, facts: Iterable[str], rule: str) -> None:
        for fact in facts:
            settled = self.settles.setdefault(fact, [])
            if rule not in settled:
                settled.append(rule)

    def _prices(self, name: str, causes: Causes) -> Iterator[str]:
        order, contains = self.result.order, self.result.slice.traits["order.prices_include"]
        if contains is UNKNOWN and name != "discount":
            yield causes.untold("order.prices_include")
        if name != "goods":
            if is_unknown(getattr(order, name)) or getattr(order, name) is None:
                yield name
            return
        for index, line in enumerate(order.lines):
            if is_unknown(line.discount):
                yield f"lines[{index}].discount"
        if contains is not UNKNOWN and "vat" in (contains or ()):
            for index in range(len(order.lines)):
                yield from causes.of(self.result.slice.net, index)

    def _ask_for_wholes(self) -> None:
        """Where it is asked whether there is a party at all, nothing is asked about that party yet."""
        for fact in list(self.settles):
            whole = fact.rpartition(".")[0]
            if whole in self.settles:
                for rule in self.settles.pop(fact):
                    self._note([whole], rule)

    # --- trying all possibilities

    def _try_all(self, choices: Mapping[str, set[Any] | None]) -> None:
        facts = [fact for fact in self.settles if not fact.startswith("totals.")]
        options: list[list[Any]] = []
        count = 1
        for fact in facts:
            values = choices.get(fact)
            if not values:
                return
            possible = [v for value in sorted(values, key=repr) for v in _tell(value)]
            options.append(possible)
            count *= len(possible)
            if count > MAX_RUNS or not possible:
                return
        outcomes = []
        for told in product(*options):
            outcome = self._run(dict(zip(facts, told, strict=True)))
            if outcome is None:
                return
            outcomes.append((told, outcome))
        self._bound([outcome for _, outcome in outcomes])
        self._fewest(facts, outcomes)

    def _run(self, told: Mapping[str, Any]) -> Mapping[str, Any] | None:
        document = self.result.order.to_dict()
        for path, value in told.items():
            put(document, path, value)
        try:
            order = read_order(document)
            return with_landed_cost(self.engine.run(order, self.result.slice.known_at).totals)
        except ComplianceError:
            return None

    def _bound(self, outcomes: Sequence[Mapping[str, Any]]) -> None:
        for name, value in with_landed_cost(self.result.totals).items():
            if value is UNKNOWN and (worst := _worst(outcomes, name)):
                self.bounds[name] = worst

    def _fewest(self, facts: list[str], outcomes: Sequence[tuple[tuple[Any, ...], Mapping[str, Any]]]) -> None:
        """Keeps the smallest set of facts whose telling settles every total, whatever the others are."""
        for size in range(1, len(facts)):
            for kept in combinations(range(len(facts)), size):
                seen: dict[tuple[Any, ...], Any] = {}
                for told, outcome in outcomes:
                    key = tuple(repr(told[i]) for i in kept)
                    if seen.setdefault(key, outcome) != outcome or UNKNOWN in outcome.values():
                        break
                else:
                    keep = {facts[i] for i in kept}
                    self.settles = {fact: rules for fact, rules in self.settles.items() if fact in keep}
                    return


def _worst(outcomes: Sequence[Mapping[str, Any]], name: str) -> tuple[int, int] | None:
    values = [outcome[name] for outcome in outcomes]
    return None if not values or any(value is UNKNOWN for value in values) else (min(values), max(values))


def _tell(choice: Any) -> list[Any]:
    """A possibility as an order would tell it; ``key:…`` stands for a table's cell, ``valid:…`` for a good number."""
    if not isinstance(choice, str) or ":" not in choice:
        return ["told"] if choice == "told" else [choice]
    what, _, rest = choice.partition(":")
    if what == "set":
        return [rest.split()]
    if what == "valid":
        return [SPECIMENS[rest]]
    kind, _, cell = rest.partition(":")
    if kind == "category":
        return [_category(cell)]
    if kind == "code":
        return [cell.ljust(6, "0")] if cell != "*" else ["999999"]
    return [cell] if cell not in ("", "*") else ["AQ"]


def _category(cell: str) -> str:
    """A category that lies under a cell; for the standard one, some category that has no rows of its own."""
    if cell != "*":
        return cell
    return "accessory" if "accessory" in known_categories() else min(known_categories())
