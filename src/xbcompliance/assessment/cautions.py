"""What to bear in mind with an answer: stale packs, contested or recalled rules, overlays, old exchange rates.

How old a rate may be is data: the profile pack's value ``rates.old_after_days``.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from xbcompliance._unknown import UNKNOWN
from xbcompliance.assessment.documents import Caution
from xbcompliance.fx import age_in_days
from xbcompliance.packs.model import STATUSES

OLD_AFTER_DAYS: Final = "rates.old_after_days"
"""The value that says from how many days on an exchange rate is called old."""

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xbcompliance.assessment.result import Result
    from xbcompliance.engine import Engine
    from xbcompliance.packs.model import Pack
    from xbcompliance.packs.rulebook import Rulebook


def cautions(engine: Engine, result: Result, looked_up: frozenset[str] = frozenset()) -> Iterator[Caution]:
    """All cautions of a result, in a fixed order; ``looked_up``: the packs of the table rows behind its charges."""
    for pack, day in stale_packs(engine.rulebook, result, looked_up):
        message = f"the pack {pack.id} was verified through {pack.verified_through}; this answer is for {day}"
        yield Caution(code="stale_pack", message=message, pack=pack.id)
    for rule, version in sorted(result.slice.touched, key=lambda pair: pair[0].rule.id):
        if version.contested:
            yield Caution(code="contested", message=version.contested, rule=rule.rule.id, pack=rule.rule.pack)
    yield from _confidence(result)
    for overlay in engine.rulebook.overlays:
        touched = [*overlay.rules, *(word.text for word in overlay.disabled)]
        touched += [f"{len(table.rows)} rows of {table.name}" for table in overlay.tables]
        by = f" by {overlay.author}" if overlay.author else ""
        message = f"overlay {overlay.id}{by} is in force ({overlay.reason}); it touches {', '.join(sorted(touched))}"
        yield Caution(code="overlay", message=message, pack=overlay.id)
    yield from _old_rates(engine, result)


def _confidence(result: Result) -> Iterator[Caution]:
    """The rules behind this answer that rest on less than a verified fact, by how sure they are."""
    slice_ = result.slice
    charged = {row.charge for row in result.run.rows}
    names = {name for index in charged for name in slice_.behind[index]}
    found = {slice_.charges[index].id: slice_.charges[index].version.status for index in charged}
    found |= {name: slice_.versions[name].status for name in names if name in slice_.versions}
    for status in STATUSES[1:]:
        rules = sorted(rule for rule, known in found.items() if known == status)
        if rules:
            kind, _, degree = status.partition("_")
            how = f"facts recalled with {degree} confidence" if kind == "recalled" else "open points"
            yield Caution(code="confidence", message=f"{', '.join(rules)} rest on {how}")


def _old_rates(engine: Engine, result: Result) -> Iterator[Caution]:
    """Rates older than the profile pack allows, and rates of another source than the law names."""
    limit = engine.plan.rules.get(OLD_AFTER_DAYS)
    for (own, target, day, source), quote in getattr(result.run.convert, "used", {}).items():
        if quote is None:
            continue
        pair, asked = f"{own}/{target}", date.fromordinal(day)
        if source is not None and quote.source not in (source, "told"):
            message = f"no {source} rates are at hand; the {quote.source} rate {pair} of {quote.day} stands in"
            yield Caution(code="rate_source", message=message)
        chosen = limit.rule.timeline.at(day, result.slice.known_at) if limit is not None else None
        if limit is None or chosen is None:
            continue
        age = age_in_days(quote, asked)
        if age * 10**limit.type.scale > limit.versions[chosen].nodes["is"].value:
            yield Caution(
                code="old_rate", message=f"the {quote.source} rate {pair} of {quote.day} is {age} days old on {asked}"
            )


def stale_packs(rulebook: Rulebook, result: Result, looked_up: frozenset[str] = frozenset()) -> list[tuple[Pack, date]]:
    """Packs that had a say and were not verified as late as the latest day the answer depends on."""
    days = [day for day in result.days.values() if day is not UNKNOWN]
    if not days:
        return []
    latest = date.fromordinal(max(days))
    packs = sorted({rule.rule.pack for rule, _ in result.slice.touched} | looked_up)
    found = [rulebook.packs[name] for name in packs if name in rulebook.packs]
    return [(pack, latest) for pack in found if pack.verified_through is not None and latest > pack.verified_through]
