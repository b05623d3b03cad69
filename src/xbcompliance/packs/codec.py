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
from xbcompliance.packs.table_files import read_value
from xbcompliance.packs.tables import Row
from xbcompliance.timeline import Span, Timeline

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

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
        inner = [part if type(part) is str else decoded(part) for part in parts]
        if kind == "tuple":
            return tuple(inner)
        return Timeline(tuple(inner)) if kind == "timeline" else _CLASSES[kind](*inner)
    if type(value) is dict:
        return {name: decoded(part) for name, part in value.items()}
    return value


def encoded_rows(rows: Iterable[Row]) -> str:
    """The typed rows of a table, by column."""
    rows = tuple(rows)
    places = [row.at or ("", 0, 0) for row in rows]
    spans = (row.span for row in rows)
    columns = {
        "keys": [_coded(column) for column in zip(*(row.keys for row in rows), strict=True)],
        "spans": _coded((s.start, s.end, s.published, s.corrects, s.layer) for s in spans),
        "infos": _coded(tuple(row.info.items()) for row in rows),
        "files": _coded(file for file, _, _ in places),
        "lines": [line for _, line, _ in places],
        "columns": _coded(column for _, _, column in places),
    }
    return json.dumps(columns, ensure_ascii=False, separators=(",", ":"))


def decoded_rows(text: str | bytes, type_: Type) -> tuple[Row, ...]:
    """The rows of a table whose values are of this type."""
    columns = json.loads(text)
    infos = [dict(pairs) for pairs in columns["infos"][0]]
    texts = [info.get("value", "") for info in infos]
    known = {value: read_value(value, type_, None) for value in set(texts)}
    values = [known[value] for value in texts]
    numbers = columns["infos"][1]
    files, places = _cells(columns["files"]), _cells(columns["columns"])
    ats = [Location(*at) if at[1] else None for at in zip(files, columns["lines"], places, strict=True)]
    keys = zip(*map(_cells, columns["keys"]), strict=True)
    spans = _cells((tuple(Span(*span) for span in columns["spans"][0]), columns["spans"][1]))
    return tuple(map(Row, keys, spans, [values[i] for i in numbers], [infos[i] for i in numbers], ats))


def _coded(cells: Iterable[Hashable]) -> tuple[list[Any], list[int]]:
    """The different cells of a column, and for each row which of them it has."""
    known: dict[Hashable, int] = {}
    numbers = [known.setdefault(cell, len(known)) for cell in cells]
    return list(known), numbers


def _cells(column: Sequence[Any]) -> list[Any]:
    known, numbers = column
    return [known[number] for number in numbers]
