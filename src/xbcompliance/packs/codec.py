"""Rules, forms and rows of tables as JSON and back, for the record of a checked rulebook.

Values are written as lists that begin with what they are, names and fields in order; nothing in a record names code.
Rows of a table are written by column, each different cell once, because a tariff of 30,000 rows repeats most of them.

>>> from xbcompliance.packs.model import Citation
>>> encoded((Citation("vat-dir", "Art. 369l"), None))
['tuple', ['Citation', 'vat-dir', 'Art. 369l'], None]
>>> decoded(_)
(Citation(source='vat-dir', locator='Art. 369l'), None)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from xbcompliance._errors import Location
from xbcompliance.expr.ir import Type
from xbcompliance.packs import declarations, model
from xbcompliance.packs.table_files import KEPT, read_value
from xbcompliance.packs.tables import Row, Rows
from xbcompliance.timeline import Span, Timeline

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_CLASSES: Final[dict[str, type[Any]]] = {
    kind.__name__: kind
    for kind in (
        *(Span, Type, model.Source, model.Citation, model.Text, model.Relief, model.Rounding, model.Version),
        *(model.Repeat, model.Rule, model.Assumption),
        *(declarations.Exclusion, declarations.FormField, declarations.FormVersion, declarations.Form),
    )
}
_FIELDS: Final = {kind: tuple(field.name for field in fields(kind)) for kind in _CLASSES.values()}


def encoded(value: Any) -> Any:
    """A value of a pack as JSON has it. Raises ``TypeError`` for what a pack cannot hold."""
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, Location):
        return ["Location", *value]
    if isinstance(value, tuple):
        return ["tuple", *map(encoded, value)]
    if isinstance(value, Mapping):
        return {name: encoded(part) for name, part in value.items()}
    if isinstance(value, frozenset):
        return ["set", *sorted(value)]
    if isinstance(value, date):
        return ["date", value.toordinal()]
    if isinstance(value, Timeline):
        return ["timeline", *map(encoded, value.spans)]
    names = _FIELDS.get(type(value))
    if names is None:
        raise TypeError(f"no value of a pack: {value!r}")
    return [type(value).__name__, *[encoded(getattr(value, name)) for name in names]]


def decoded(value: Any) -> Any:
    """What :func:`encoded` was given."""
    if type(value) is list:
        kind, *parts = value
        if kind == "Location":
            return Location(*parts)
        if kind == "set":
            return frozenset(parts)
        if kind == "date":
            return date.fromordinal(*parts)
        inner: list[Any] = [part if type(part) is str else decoded(part) for part in parts]
        if kind == "tuple":
            return tuple(inner)
        return Timeline(tuple(inner)) if kind == "timeline" else _CLASSES[kind](*inner)
    if type(value) is dict:
        return {name: decoded(part) for name, part in value.items()}
    return value


def encoded_rows(rows: Iterable[Row]) -> str:
    """The typed rows of a table, by column."""
    rows = tuple(rows)
    keys, spans = [row.keys for row in rows], [row.span for row in rows]
    infos, places = [row.info for row in rows], [row.at or _NOWHERE for row in rows]
    columns = {
        "count": len(rows),
        "keys": [_written([cells[i] for cells in keys]) for i in range(len(keys[0]) if keys else 0)],
        "spans": [_written([getattr(span, name) for span in spans]) for name in _DAYS],
        "info": {name: _written([info.get(name) for info in infos]) for name in KEPT},
        "at": [_written([place[i] for place in places]) for i in range(len(_NOWHERE))],
    }
    return json.dumps(columns, ensure_ascii=False, separators=(",", ":"))


class KeptRows(Rows):
    """Rows of a table as a record has them: the columns are read when they are first looked at, each row is made when
    somebody asks for it. Threads may share it.
    """

    def __init__(self, text: str | bytes, type_: Type) -> None:
        self._text: str | bytes = text
        self._type = type_
        self._read: _Columns | None = None

    def _columns(self) -> _Columns:
        text, columns = self._text, self._read  # in this order: another thread fills one and then empties the other
        if columns is None:
            columns = self._read = _Columns(json.loads(text), self._type)
            self._text = ""
        return columns

    def keys(self) -> list[tuple[str, ...]]:
        """The keys of all rows."""
        return list(zip(*self._columns().keys, strict=True))

    def __len__(self) -> int:
        return self._columns().count

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return tuple(map(self._columns().row, range(*index.indices(len(self)))))
        return self._columns().row(range(len(self))[index])

    def __iter__(self) -> Iterator[Row]:
        return map(self._columns().row, range(len(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (tuple, Rows)) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]


class _Columns:
    """The columns of a table; what rows share is made once."""

    def __init__(self, columns: dict[str, Any], type_: Type) -> None:
        self.count = count = int(columns["count"])
        self.keys = [_cells(column, count) for column in columns["keys"]]
        self.info = {name: _cells(column, count) for name, column in columns["info"].items() if column != [[None], 0]}
        texts = self.info.get("value", ())
        self.values = {text: read_value(text, type_, None) for text in set(texts)}
        self.spans = [_cells(column, count) for column in columns["spans"]]
        self.at = [_cells(column, count) for column in columns["at"]]

    def row(self, number: int) -> Row:
        info = {name: cell for name, column in self.info.items() if (cell := column[number]) is not None}
        at = Location(*[column[number] for column in self.at])
        return Row(
            tuple([column[number] for column in self.keys]),
            Span(*[column[number] for column in self.spans]),
            self.values[info["value"]],
            info,
            at if at.line else None,
        )


def _written(cells: list[Any]) -> tuple[list[Any], list[int] | int | None]:
    """A column; where few cells differ, as the different cells and which of them each row has, or all rows have."""
    different = list(dict.fromkeys(cells))
    if len(different) == 1:
        return different, 0
    if 2 * len(different) > len(cells):
        return cells, None
    known = {cell: number for number, cell in enumerate(different)}
    return different, [known[cell] for cell in cells]


def _cells(column: Sequence[Any], count: int) -> list[Any]:
    cells: list[Any] = column[0]
    numbers: list[int] | int | None = column[1]
    if numbers is None:
        return cells
    return cells * count if isinstance(numbers, int) else [cells[number] for number in numbers]


_NOWHERE: Final = Location("", 0, 0)
_DAYS: Final = _FIELDS[Span]
