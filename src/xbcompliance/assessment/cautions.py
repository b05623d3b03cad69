"""What to bear in mind with an answer: stale packs, contested or recalled rules, overlays, old exchange rates.

How old a rate may be is data: the profile pack's value ``rates.old_after_days``.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from xbcompliance._unknown import UNKNOWN
from xbcompliance.assessment.documents import Caution
from xbcompliance.fx import age_in_days

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xbcompliance.assessment.result import Result
    from xbcompliance.engine import Engine
    from xbcompliance.packs.model import Pack
    from xbcompliance.packs.rulebook import Rulebook


def cautions(engine: Engine, result: Result) -> Iterator[Caution]:
    """All cautions of a result, in a fixed order."""
    for pack, day in stale_packs(engine.rulebook, result):
        message = f"the pack {pack.id} was verified through {pack.verified_through}; this answer is for {day}"
        yield Caution(code="stale_pack", message=message, pack=pack.id)
    for rule, version in sorted(result.slice.touched, key=lambda pair: pair[0].rule.id):
        if version.contested:
            yield Caution(code="contested", message=version.contested, rule=rule.rule.id, pack=rule.rule.pack)
        if version.status != "verified":
            message = f"{rule.rule.id} rests on a fact that is {version.status.replace('_', ' with ')} confidence"
            message = message if version.status.startswith("recalled") else f"{rule.rule.id} rests on an open point"
            yield Caution(code="confidence", message=message, rule=rule.rule.id, pack=rule.rule.pack)
    for overlay in engine.rulebook.overlays:
        touched = [name for name, owner in engine.rulebook.replaced.items() if owner == overlay.id]
        touched += [f"{len(table.rows)} rows of {table.name}" for table in overlay.tables]
        by = f" by {overlay.author}" if overlay.author else ""
        message = f"overlay {overlay.id}{by} is in force ({overlay.reason}); it touches {', '.join(sorted(touched))}"
        yield Caution(code="overlay", message=message, pack=overlay.id)
    yield from _old_rates(engine, result)


def _old_rates(engine: Engine, result: Result) -> Iterator[Caution]:
    limit = engine.rulebook.rules.get("rates.old_after_days")
    used = getattr(result.run.convert, "used", {})
    for (own, target, day), quote in used.items():
        if quote is None or limit is None:
            continue
        chosen = limit.timeline.at(day)
        days = int(limit.versions[chosen].texts["is"].text) if chosen is not None else None
        age = age_in_days(quote, date.fromordinal(day))
        if days is not None and age > days:
            message = (
                f"the {quote.source} rate {own}/{target} of {quote.day} is {age} days old on {date.fromordinal(day)}"
            )
            yield Caution(code="old_rate", message=message)


def stale_packs(rulebook: Rulebook, result: Result) -> list[tuple[Pack, date]]:
    """Packs that had a say and were not verified as late as the latest day the answer depends on."""
    days = [day for day in result.days.values() if day is not UNKNOWN]
    if not days:
        return []
    latest = date.fromordinal(max(days))
    packs = sorted({rule.rule.pack for rule, _ in result.slice.touched})
    found = [rulebook.packs[name] for name in packs if name in rulebook.packs]
    return [(pack, latest) for pack in found if pack.verified_through is not None and latest > pack.verified_through]
