"""What was due as the law was known on the order's day and is not due as known now: the claim for a refund."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from xbcompliance._unknown import UNKNOWN
from xbcompliance.assessment.documents import Voided
from xbcompliance.assessment.texts import cited
from xbcompliance.money import to_money

if TYPE_CHECKING:
    from xbcompliance.assessment.result import Result
    from xbcompliance.engine import Engine
    from xbcompliance.plan.model import PlanRule


def voided(engine: Engine, result: Result) -> tuple[Voided, ...]:
    """The charges of the day that a version published later has undone; empty for an answer as of another day."""
    days = [day for day in result.days.values() if day is not UNKNOWN]
    if result.slice.known_at is not None or not days or not engine.plan.retroactive:
        return ()
    then = engine.run(result.order, max(days))
    now = _amounts(result)
    found = []
    for (rule_id, unit), amount in sorted(_amounts(then).items()):
        left = amount - now.get((rule_id, unit), 0)
        if left > 0:
            rule = engine.plan.rules[rule_id]
            found.append(_row(engine, result, rule, left, max(days)))
    return tuple(found)


def _amounts(result: Result) -> dict[tuple[str, int], int]:
    amounts: dict[tuple[str, int], int] = {}
    for row in result.run.rows:
        if row.amount is not UNKNOWN:
            key = (result.slice.charges[row.charge].id, row.unit)
            amounts[key] = amounts.get(key, 0) + row.amount
    return amounts


def _row(engine: Engine, result: Result, rule: PlanRule, amount: int, day: int) -> Voided:
    later = [v for v in rule.rule.versions if v.span.published is not None and v.span.published > day]
    version = max(later, key=lambda v: v.span.published or 0) if later else rule.rule.versions[-1]
    known = date.fromordinal(version.span.published).isoformat() if version.span.published else None
    return Voided(
        rule=rule.rule.id,
        title=rule.rule.title,
        amount=to_money(amount, result.order.currency),
        known_from=known,
        citations=tuple(cited(engine.rulebook, c) for c in version.citations),
    )
