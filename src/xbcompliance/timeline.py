"""Dated versions: which one is the law on a day, as known on another day.

A version holds from its first day to its last, both inclusive, and may say when it was published. A version that
starts later covers the earlier one from its own first day on; one that ``corrects`` covers whatever was known when it
was published. With ``known_at`` only versions published by then count, so a repeal that came as a surprise is
invisible before it was published. Days are proleptic Gregorian ordinals.

>>> from datetime import date
>>> old = Span(day("2021-01-01"), None, None)
>>> new = Span(day("2026-07-01"), None, day("2026-02-18"))
>>> timeline = Timeline((old, new))
>>> timeline.at(day("2026-08-10")), timeline.at(day("2026-06-30"))
(1, 0)
>>> timeline.at(day("2026-08-10"), known_at=day("2026-02-17"))
0
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Final

FOREVER: Final = date.max.toordinal()
"""The last day of a version without an end."""


def day(text: str) -> int:
    """The ordinal of an ISO day; ``ValueError`` if there is no such day.

    >>> day("1970-01-01")
    719163
    """
    return date.fromisoformat(text).toordinal()


def iso(ordinal: int) -> str:
    """An ordinal as an ISO day.

    >>> iso(719163)
    '1970-01-01'
    """
    return date.fromordinal(ordinal).isoformat()


@dataclass(frozen=True, slots=True)
class Span:
    """One version's days: ``start`` and ``end`` inclusive, ``end`` None for open, ``published`` None for unstated.

    ``corrects`` marks a version that on purpose replaces days another version had already claimed; a higher ``layer``
    (an overlay) replaces the lower ones on its days.
    """

    start: int
    end: int | None = None
    published: int | None = None
    corrects: bool = False
    layer: int = 0

    @property
    def last(self) -> int:
        """The last day, ``FOREVER`` when open."""
        return FOREVER if self.end is None else self.end

    @property
    def known(self) -> int:
        """The day from which the version was known at the latest: its publication, else its first day."""
        return self.start if self.published is None else self.published


class Timeline:
    """The versions of one answer; :meth:`at` tells which applies, by its position in ``spans``."""

    def __init__(self, spans: tuple[Span, ...]) -> None:
        self.spans = spans
        self._painted = lru_cache(maxsize=64)(self._paint)

    def at(self, law_day: int, known_at: int | None = None) -> int | None:
        """The version in force on ``law_day`` as known on ``known_at`` (None: as known now), or None."""
        starts, owners = self._painted(known_at if self._dated_knowledge else None)
        return owners[bisect_right(starts, law_day)]

    def pieces(self, known_at: int | None = None) -> list[tuple[int, int, int]]:
        """The days each version really holds: ``(first, last, version)`` in order of time.

        >>> Timeline((Span(10, 20), Span(15, 16, corrects=True))).pieces()
        [(10, 14, 0), (15, 16, 1), (17, 20, 0)]
        """
        starts, owners = self._painted(known_at if self._dated_knowledge else None)
        ends = [start - 1 for start in (*starts[1:], FOREVER + 1)] if starts else []
        return [(a, b, o) for a, b, o in zip(starts, ends, owners[1:], strict=True) if o is not None]

    def boundaries(self, known_at: int | None = None) -> tuple[int, ...]:
        """The days on which the answer may change."""
        return self._painted(known_at if self._dated_knowledge else None)[0]

    @cached_property
    def _dated_knowledge(self) -> bool:
        return any(span.published is not None for span in self.spans)

    def _paint(self, known_at: int | None) -> tuple[tuple[int, ...], tuple[int | None, ...]]:
        visible = [
            (index, span)
            for index, span in enumerate(self.spans)
            if known_at is None or span.published is None or span.published <= known_at
        ]
        edges = sorted({edge for _, span in visible for edge in (span.start, span.last + 1) if edge <= FOREVER})
        owners = [_owner([(i, span) for i, span in visible if span.start <= edge <= span.last]) for edge in edges]
        return tuple(edges), (None, *owners)


def _owner(covering: list[tuple[int, Span]]) -> int | None:
    """Which of the versions that cover a day holds on it."""
    if not covering:
        return None
    layer = max(span.layer for _, span in covering)
    top = [(index, span) for index, span in covering if span.layer == layer]
    plain = max(((s.start, s.known, i) for i, s in top if not s.corrects), default=None)
    correcting = max(((s.known, s.start, i) for i, s in top if s.corrects), default=None)
    if correcting is None or (plain is not None and plain[1] > correcting[0]):
        return None if plain is None else plain[2]
    return correcting[2]


def overlaps(spans: tuple[Span, ...]) -> list[tuple[int, int]]:
    """Pairs of versions that claim the same day without saying which gives way.

    A version may follow an open one, or state that it ``corrects``; it may not start inside a stated end.

    >>> overlaps((Span(1, 10), Span(10, 20)))
    [(0, 1)]
    >>> overlaps((Span(1), Span(10, 20), Span(21)))
    []
    """
    found = []
    for i, a in enumerate(spans):
        for j, b in enumerate(spans):
            if a.corrects or b.corrects or a.layer != b.layer or i == j or not (a.start <= b.start <= a.last):
                continue
            if (a.start == b.start and i < j) or (a.start < b.start and a.end is not None):
                found.append((i, j))
    return found


def gaps(spans: tuple[Span, ...]) -> list[tuple[int, int]]:
    """Days between the first and the last version that no version covers, as ``(first, last)``.

    >>> gaps((Span(1, 10), Span(15, 20)))
    [(11, 14)]
    """
    pieces = Timeline(spans).pieces()
    return [(a[1] + 1, b[0] - 1) for a, b in pairwise(pieces) if a[1] + 1 < b[0]]
