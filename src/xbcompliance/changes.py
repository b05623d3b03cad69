"""When the law changes: what differs between two days, and a calendar of the days on which something changes.

The law is compared as it is known now; what a court or a late act changed with effect for the past stands in answers
under ``voided``.

>>> from xbcompliance.packs.rulebook import load_rulebook
>>> found = differences(load_rulebook(), date(2026, 6, 30), date(2026, 7, 1))
>>> next(change.after for change in found if change.name == "eu.customs.item_duty_amount")
'3.00 EUR'
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from xbcompliance._unknown import UNKNOWN
from xbcompliance.assessment.texts import citation, cited, rate_text
from xbcompliance.money import plain
from xbcompliance.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from xbcompliance.assessment.documents import Cited
    from xbcompliance.packs.model import Rule, Version
    from xbcompliance.packs.rulebook import Rulebook
    from xbcompliance.packs.tables import Row, Table


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is law on one day and not, or otherwise, on another.

    ``on`` is the first day of the new law, None where two days are compared; ``before`` and ``after`` say what holds,
    None for nothing.
    """

    on: str | None
    kind: str
    name: str
    title: str
    pack: str
    before: str | None
    after: str | None
    citations: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The change as JSON shows it."""
        return {**asdict(self), "citations": list(self.citations)}


def differences(book: Rulebook, first: date, second: date) -> list[Change]:
    """What differs between the law of two days: rules first, then table rows, each by name."""
    days = (first.toordinal(), second.toordinal())
    return [_change(held, None, *(held.at(day) for day in days)) for held in _held(book) if _differs(held, *days)]


def calendar(book: Rulebook, first: date, last: date) -> list[Change]:
    """What begins, ends or changes from one day to another, both inclusive, in order of time."""
    found = [
        _change(held, date.fromordinal(day).isoformat(), held.at(day - 1), held.at(day))
        for held in _held(book)
        for day in held.timeline.boundaries()
        if first.toordinal() <= day <= last.toordinal() and _differs(held, day - 1, day)
    ]
    return sorted(found, key=lambda change: (change.on or "", change.kind, change.name))


@dataclass(frozen=True, slots=True)
class _Held:
    """A rule or a table key over time: what it says, version by version, and where that stands."""

    kind: str
    name: str
    title: str
    pack: str
    timeline: Timeline
    says: Callable[[int], str]
    sources: Callable[[int], Sequence[Cited]]

    def at(self, day: int) -> int | None:
        """The version in force."""
        return self.timeline.at(day)


def _held(book: Rulebook) -> Iterator[_Held]:
    for _, rule in sorted(book.rules.items()):
        yield _rule(book, rule)
    for _, table in sorted(book.tables.items()):
        for keys, rows in sorted(table.grouped().items()):
            yield _row(book, table, keys, rows)


def _rule(book: Rulebook, rule: Rule) -> _Held:
    def sources(index: int) -> list[Cited]:
        return [cited(book, found) for found in rule.versions[index].citations]

    def says(index: int) -> str:
        return _version(rule.versions[index])

    title = rule.title.removeprefix("{adjective} ")
    return _Held(rule.kind, rule.id, title, rule.pack, rule.timeline, says, sources)


def _version(version: Version) -> str:
    if version.repealed:
        return "repealed"
    texts = [text.text if name == "is" else f"{name}: {text.text}" for name, text in version.texts.items()]
    texts += [f"{entry.basis} when {entry.when.text}" for entry in version.relief]
    return "; ".join(texts)


def _row(book: Rulebook, table: Table, keys: tuple[str, ...], rows: list[Row]) -> _Held:
    def sources(index: int) -> list[Cited]:
        info = rows[index].info
        return [citation(book, info["source"], info.get("locator", ""))] if info.get("source") else []

    def says(index: int) -> str:
        value = rows[index].value
        if value is UNKNOWN:
            return "not settled"
        if isinstance(value, int) and not isinstance(value, bool):
            return plain(value, table.type.scale)
        return value if isinstance(value, str) else rate_text(value) or str(value)

    name = f"{table.name}[{', '.join(key or '-' for key in keys)}]"
    timeline = Timeline(tuple(row.span for row in rows))
    return _Held("row", name, "", rows[0].info.get("pack", ""), timeline, says, sources)


def _differs(held: _Held, first: int, second: int) -> bool:
    before, after = held.at(first), held.at(second)
    if before == after:
        return False
    return before is None or after is None or held.says(before) != held.says(after)


def _change(held: _Held, on: str | None, before: int | None, after: int | None) -> Change:
    index = before if after is None else after
    found = () if index is None else held.sources(index)
    return Change(
        on=on,
        kind=held.kind,
        name=held.name,
        title=held.title,
        pack=held.pack,
        before=None if before is None else held.says(before),
        after=None if after is None else held.says(after),
        citations=tuple(f"{one.source} {one.locator}".strip() for one in found),
    )
