"""What to bear in mind with an answer: stale packs, contested or recalled rules, overlays, old exchange rates.

How old a rate may be is data: the profile pack's value ``rates.old_after_days``.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

from xbcompliance._unknown import UNKNOWN
from xbcompliance.assessment.contested import contested
from xbcompliance.assessment.documents import Caution
from xbcompliance.assessment.why import reference
from xbcompliance.fx import age_in_days
from xbcompliance.packs.model import STATUSES

OLD_AFTER_DAYS: Final = "rates.old_after_days"
"""The value that says from how many days on an exchange rate is called old."""

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xbcompliance.assessment.result import Result
    from xbcompliance.engine import Engine
    from xbcompliance.engines.reference import Reference
    from xbcompliance.packs.model import Pack
    from xbcompliance.packs.rulebook import Rulebook


class LookedUp(NamedTuple):
    """What a row of a table says of itself that an answer rests on: where it stands, its status and its pack."""

    rows: str
    status: str
    pack: str | None


def cautions(
    engine: Engine, result: Result, looked_up: frozenset[LookedUp] = frozenset(), run: Reference | None = None
) -> Iterator[Caution]:
    """All cautions of a result, in a fixed order.

    ``looked_up`` are the table rows behind its charges, ``run`` the reference run of the result, if it is at hand.
    """
    if run is None:
        run = reference(engine, result.order, result.slice, result.days)
    packs = frozenset(row.pack for row in looked_up if row.pack is not None)
    yield from stale(engine, result, packs)
    for rule, version in contested(engine, result, run):
        yield Caution(code="contested", message=version.contested or "", rule=rule.rule.id, pack=rule.rule.pack)
    yield from _confidence(result, looked_up)
    yield from overlays_and_rates(engine, result)


def stale(engine: Engine, result: Result, looked_up: frozenset[str] = frozenset()) -> Iterator[Caution]:
    """The packs that were not verified as late as the answer's days; ``looked_up``: those of table rows behind it."""
    for pack, day in stale_packs(engine.rulebook, result, looked_up):
        message = f"the pack {pack.id} was verified through {pack.verified_through}; this answer is for {day}"
        yield Caution(code="stale_pack", message=message, pack=pack.id)


def overlays_and_rates(engine: Engine, result: Result) -> Iterator[Caution]:
    """The overlays in force and the exchange rates that were used."""
    for overlay in engine.rulebook.overlays:
        touched = [*overlay.rules, *(word.text for word in overlay.disabled)]
        touched += [f"{len(table.rows)} rows of {table.name}" for table in overlay.tables]
        by = f" by {overlay.author}" if overlay.author else ""
        message = f"overlay {overlay.id}{by} is in force ({overlay.reason}); it touches {', '.join(sorted(touched))}"
        yield Caution(code="overlay", message=message, pack=overlay.id)
    yield from _old_rates(engine, result)


def _confidence(result: Result, looked_up: frozenset[LookedUp]) -> Iterator[Caution]:
    """The rules and table rows behind this answer that rest on less than a verified fact, by how sure they are."""
    slice_ = result.slice
    charged = {row.charge for row in result.run.rows}
    names = {name for index in charged for name in slice_.behind[index]}
    found = {slice_.charges[index].id: slice_.charges[index].version.status for index in charged}
    found |= {name: slice_.versions[name].status for name in names if name in slice_.versions}
    for status in STATUSES[1:]:
        rules = sorted(rule for rule, known in found.items() if known == status)
        rows = sorted({row.rows for row in looked_up if row.status == status})
        if rules or rows:
            kind, _, degree = status.partition("_")
            how = f"facts recalled with {degree} confidence" if kind == "recalled" else "open points"
            named = ", ".join([*rules, *(f"rows of {name}" for name in rows)])
            verb = "rests" if len(rules) == 1 and not rows else "rest"
            yield Caution(code="confidence", message=f"{named} {verb} on {how}")


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
