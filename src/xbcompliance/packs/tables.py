"""Dated tables: keys → value, where a miss is undetermined and never zero.

A key is looked up by its kind, most special first: a ``place`` tries the region, then its country; a ``category``
goes from ``food.basic.bread`` up to the standard ``*``; a ``code`` tries the longest commodity-code prefix that the
table holds; an ``origin`` or ``exact`` key tries the value, then a blank cell, which means *any*.

>>> rows = [Row(("DE", "*"), Span(1), 19_000_000, {}), Row(("DE", "book"), Span(1), 7_000_000, {})]
>>> table = Table("eu.vat.rates", (("place", "place"), ("category", "category")), number(8), tuple(rows))
>>> view = table.view(None)
>>> view.find(100, "DE", "book.science"), view.find(100, "DE", "clothing"), view.find(100, "FR", "book")
(7000000, 19000000, UNKNOWN)
"""

from __future__ import annotations

from abc import abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any, Final, cast

from xbcompliance._unknown import UNKNOWN, Unknown
from xbcompliance.expr.ir import EVERY, Type, number
from xbcompliance.timeline import Span, Timeline, overlaps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from xbcompliance._errors import Location

__all__ = ["KEY_KINDS", "Row", "Table", "View", "number"]

KEY_KINDS: Final = ("exact", "place", "category", "code", "origin")
ANY: Final = "*"
MAX_FOUND: Final = 65_536
"""Look-ups a view remembers before it starts afresh."""
_NOT_YET: Final = object()


@dataclass(frozen=True, slots=True)
class Row:
    """One dated row: its keys in the table's order, its days, its value, and where it comes from."""

    keys: tuple[str, ...]
    span: Span
    value: Any
    info: Mapping[str, str]
    at: Location | None = None


class Rows(Sequence[Row]):
    """Rows that are made when they are looked at."""

    @abstractmethod
    def keys(self) -> list[tuple[str, ...]]:
        """The keys of all rows."""


@dataclass(frozen=True)
class Table:
    """A table's signature and rows. ``rows`` of several packs and overlays are joined by name at composition."""

    name: str
    keys: tuple[tuple[str, str], ...]
    type: Type
    rows: Sequence[Row]
    declared: bool = True
    at: Location | None = None
    _views: dict[int | None, View] = field(default_factory=dict, compare=False, repr=False)

    def with_rows(self, rows: tuple[Row, ...]) -> Table:
        """The same table with more rows."""
        return Table(self.name, self.keys, self.type, (*self.rows, *rows), self.declared, self.at)

    @cached_property
    def packs(self) -> frozenset[str]:
        """The packs that rows come from."""
        return frozenset(row.info["pack"] for row in self.rows if "pack" in row.info)

    def view(self, known_at: int | None) -> View:
        """The table as known on a day."""
        view = self._views.get(known_at)
        if view is None:
            view = self._views.setdefault(known_at, View(self, known_at))
        return view

    def grouped(self) -> dict[tuple[str, ...], list[Row]]:
        """The rows of each key, in the order given."""
        groups: dict[tuple[str, ...], list[Row]] = {}
        for row in self.rows:
            groups.setdefault(row.keys, []).append(row)
        return groups

    def clashes(self) -> Iterator[tuple[Row, Row]]:
        """Pairs of rows of one key and layer that claim the same day."""
        for rows in self.grouped().values():
            if len(rows) > 1:
                for i, j in overlaps(tuple(row.span for row in rows)):
                    yield rows[i], rows[j]


class View:
    """A table as known on one day, indexed for look-ups."""

    def __init__(self, table: Table, known_at: int | None) -> None:
        self.table = table
        self.kinds = tuple(kind for _, kind in table.keys)
        self.known_at = known_at
        self.index = _numbers(table.rows)
        self._found: dict[tuple[Any, ...], Any] = {}
        self._listed: dict[tuple[Any, ...], Any] = {}
        self._cells = tuple({cells[i] for cells in self.index} for i in range(len(self.kinds)))
        self._ordered: dict[int, list[str]] = {}
        self._sorted: dict[tuple[int, ...], dict[tuple[str, ...], list[tuple[int, tuple[str, ...]]]]] = {}

    def row(self, law_day: int, *keys: Any) -> Row | None:
        """The row that answers, or None on a miss; keys must be told."""
        for cells in product(*self._ladders(keys)):
            if cells in self.index:
                row = self._on(law_day, cells)
                if row is not None:
                    return row
        return None

    def _on(self, law_day: int, cells: tuple[str, ...]) -> Row | None:
        """The row of some cells of the index that holds on a day; most rows of a large table are never asked for."""
        steps = self.index[cells]
        if not isinstance(steps, tuple):
            rows = [self.table.rows[number] for number in ([steps] if isinstance(steps, int) else steps)]
            steps = self.index[cells] = _steps(_pieces(rows, self.known_at), rows)
        starts, owners = steps
        row: Row | None = owners[bisect_right(starts, law_day)]
        return row

    def rows(self, law_day: int, *keys: Any) -> list[Row]:
        """The rows that answer for every value of the keys left open by ``EVERY``; the others must be told."""
        told = tuple(i for i, key in enumerate(keys) if key != EVERY)
        groups = self._groups(told)
        found: dict[tuple[str, ...], Row] = {}
        for cells in product(*self._ladders(keys, told)):
            for _, whole in groups.get(cells, ()):
                row = self._on(law_day, whole)
                if row is not None:
                    found.setdefault(tuple(cell for i, cell in enumerate(whole) if i not in told), row)
        return list(found.values())

    def find(self, *key: Any) -> Any:
        """The value for a day and the keys; ``UNKNOWN`` on a miss. What was found is remembered, up to a bound."""
        value = self._found.get(key, _NOT_YET)
        if value is _NOT_YET:
            if len(self._found) >= MAX_FOUND:
                self._found = {}
            value = self._found[key] = self._look_up(*key)
        return value

    def _look_up(self, law_day: int, *keys: Any) -> Any:
        if any(getattr(key, "open", ()) for key in keys):
            found = {self._look_up(law_day, *settled) for settled in _settled(keys)}
            return found.pop() if len(found) == 1 else UNKNOWN
        if EVERY in keys:
            rows = [] if UNKNOWN in keys else self.rows(law_day, *keys)
            return UNKNOWN if not rows or any(row.value is UNKNOWN for row in rows) else sum(row.value for row in rows)
        if UNKNOWN in keys:
            return self.agreed(law_day, keys)
        row = self.row(law_day, *keys)
        return UNKNOWN if row is None or self._may_differ(law_day, keys, row.value) else row.value

    def settles(self, law_day: int, keys: list[Any]) -> bool:
        """Whether some place that an unsettled address may be has a value."""
        return any(self._look_up(law_day, *settled) is not UNKNOWN for settled in _settled(tuple(keys)))

    def _may_differ(self, law_day: int, keys: tuple[Any, ...], value: Any) -> bool:
        """Whether a code that was told with too few digits may turn out to have another value."""
        for i, kind in enumerate(self.kinds):
            if kind == "code" and self._begins(i, keys[i]):
                for code in self._longer(i, keys[i]):
                    row = self.row(law_day, *keys[:i], code, *keys[i + 1 :])
                    if row is not None and row.value != value:
                        return True
        return False

    def listed(self, *key: Any) -> bool | Unknown:
        """Whether a row answers for a day and the keys.

        Untold keys, and digits of a code that are not told, matter only where a row could answer once they are told.
        """
        listed = self._listed.get(key, _NOT_YET)
        if listed is _NOT_YET:
            if len(self._listed) >= MAX_FOUND:
                self._listed = {}
            listed = self._listed[key] = self._has_row(*key)
        return cast("bool | Unknown", listed)

    def _has_row(self, law_day: int, *keys: Any) -> bool | Unknown:
        if any(getattr(key, "open", ()) for key in keys):
            found = {self._has_row(law_day, *settled) for settled in _settled(keys)}
            return found.pop() if len(found) == 1 else UNKNOWN
        if UNKNOWN not in keys:
            found_one = self.rows(law_day, *keys) if EVERY in keys else self.row(law_day, *keys) is not None
            if found_one:
                return True
        return UNKNOWN if self._could_answer(law_day, keys) else False

    def _could_answer(self, law_day: int, keys: tuple[Any, ...]) -> bool:
        """Whether a row may answer once untold keys are told, and codes to their last digit."""
        short = [i for i, kind in enumerate(self.kinds) if kind == "code" and self._begins(i, keys[i])]
        opened = tuple(UNKNOWN if i in short else key for i, key in enumerate(keys))
        if UNKNOWN not in opened:
            return False
        return any(
            all(cell == ANY or cell.startswith(key) or key.startswith(cell) for cell, key in _at(short, row.keys, keys))
            for row in self.compatible(law_day, opened)
        )

    def _begins(self, position: int, code: Any) -> bool:
        """Whether a code of a column is longer than this one and begins with it."""
        if not isinstance(code, str) or len(code) < 2:
            return False
        ordered = self._in_order(position)
        index = bisect_right(ordered, code)
        return index < len(ordered) and ordered[index].startswith(code)

    def _in_order(self, position: int) -> list[str]:
        """The cells of a column, so that those with one beginning stand together."""
        ordered = self._ordered.get(position)
        if ordered is None:
            ordered = self._ordered.setdefault(position, sorted(self._cells[position]))
        return ordered

    def _longer(self, position: int, code: str) -> Iterator[str]:
        """The codes of a column that begin with this one, itself among them."""
        ordered = self._in_order(position)
        for index in range(bisect_left(ordered, code), len(ordered)):
            if not ordered[index].startswith(code):
                return
            yield ordered[index]

    def agreed(self, law_day: int, keys: tuple[Any, ...]) -> Any:
        """The value all rows that untold keys could select agree on, provided one of them is sure to answer."""
        rows = list(self.compatible(law_day, keys))
        values = {row.value for row in rows}
        sure = any(
            all(key is not UNKNOWN or cell in ("", ANY) for key, cell in zip(keys, row.keys, strict=True))
            for row in rows
        )
        return values.pop() if len(values) == 1 and sure else UNKNOWN

    def compatible(self, law_day: int, keys: tuple[Any, ...]) -> Iterator[Row]:
        """The rows in force that could answer once the untold keys are told, in the order of the table."""
        told = tuple(i for i, key in enumerate(keys) if key is not UNKNOWN and key != EVERY)
        groups = self._groups(told)
        found = [entry for cells in product(*self._ladders(keys, told)) for entry in groups.get(cells, ())]
        for _, cells in sorted(found):
            row = self._on(law_day, cells)
            if row is not None:
                yield row

    def _groups(self, told: tuple[int, ...]) -> dict[tuple[str, ...], list[tuple[int, tuple[str, ...]]]]:
        """The keys of the index by their cells at some positions, each with its place in the order of the table."""
        groups = self._sorted.get(told)
        if groups is None:
            groups = {}
            for place, cells in enumerate(self.index):
                groups.setdefault(tuple([cells[i] for i in told]), []).append((place, cells))
            groups = self._sorted.setdefault(told, groups)
        return groups

    def _ladders(self, keys: tuple[Any, ...], told: tuple[int, ...] | None = None) -> list[list[str]]:
        """For each told key the cells it matches that are in the table, most special first."""
        positions = range(len(keys)) if told is None else told
        ladders = []
        for i in positions:
            present = self._cells[i]
            ladders.append([cell for cell in _ladder(self.kinds[i], keys[i]) if cell in present])
        return ladders


class DayLookUp:
    """A look-up of which everything but the day is fixed; it remembers what it found for a day."""

    __slots__ = ("find", "found", "keys")

    def __init__(self, find: Callable[..., Any], keys: tuple[Any, ...]) -> None:
        self.find = find
        self.keys = keys
        self.found: dict[int, Any] = {}

    def __call__(self, law_day: int) -> Any:
        """What is found on a day."""
        value = self.found.get(law_day, _NOT_YET)
        if value is _NOT_YET:
            if len(self.found) >= MAX_FOUND:
                self.found = {}
            value = self.found[law_day] = self.find(law_day, *self.keys)
        return value


def _at(positions: list[int], *columns: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """What several tuples hold at some positions."""
    return (tuple(column[i] for column in columns) for i in positions)


def _numbers(rows: Sequence[Row]) -> dict[tuple[str, ...], Any]:
    """For each key the number of its row, or of its rows; where rows can, they tell their keys without being made."""
    keys = rows.keys() if isinstance(rows, Rows) else [row.keys for row in rows]
    found: dict[tuple[str, ...], Any] = {}
    for place, cells in enumerate(keys):
        known = found.setdefault(cells, place)
        if known != place:
            found[cells] = [known, place] if isinstance(known, int) else [*known, place]
    return found


def _pieces(rows: list[Row], known_at: int | None) -> list[tuple[int, int, int]]:
    """The days each row of one key really holds; most keys have one row, whose days are its own."""
    if len(rows) > 1:
        return Timeline(tuple(row.span for row in rows)).pieces(known_at)
    span = rows[0].span
    hidden = known_at is not None and span.published is not None and span.published > known_at
    return [] if hidden else [(span.start, span.last, 0)]


def _settled(keys: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """The keys with an unsettled place replaced by each place it may be."""
    index = next((i for i, key in enumerate(keys) if getattr(key, "open", ())), None)
    if index is None:
        yield keys
        return
    place = keys[index]
    for code in (place.code, *place.open):
        region = None if code == place.country else code
        yield (*keys[:index], replace(place, region=region, open=()), *keys[index + 1 :])


def _steps(pieces: list[tuple[int, int, int]], rows: list[Row]) -> tuple[tuple[int, ...], tuple[Row | None, ...]]:
    starts: list[int] = []
    owners: list[Row | None] = [None]
    for first, last, index in pieces:
        if starts and starts[-1] == first:
            owners[-1] = rows[index]
        else:
            starts.append(first)
            owners.append(rows[index])
        starts.append(last + 1)
        owners.append(None)
    return tuple(starts), tuple(owners)


def _ladder(kind: str, key: Any) -> list[str]:
    """The cells that a told key matches, most special first."""
    if key is None:
        return ["", ANY]
    if kind == "code":
        return [*[key[:length] for length in range(len(key), 1, -1)], ANY]
    if kind == "place":
        return [key.region, key.country] if getattr(key, "region", None) else [getattr(key, "country", key)]
    if kind == "category":
        parts = key.split(".")
        return [".".join(parts[:count]) for count in range(len(parts), 0, -1)] + [ANY]
    return [str(getattr(key, "code", key)), "", ANY]
