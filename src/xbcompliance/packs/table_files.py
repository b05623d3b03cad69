"""Tables from CSV files beside a pack, or from the rows written in an overlay; every value is typed at load.

A declaration names the keys with their kinds and the type of the value; a pack that only adds rows to a table of
another pack leaves the keys out. With ``replaces: true`` its rows win over those of other packs on the days they cover,
as those of an overlay win over both. Columns: the keys, ``from``, ``until``, ``published``, ``value``, and for the
record ``source``, ``locator``, ``status``, ``note``.
"""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from xbcompliance._errors import Location, PackError, did_you_mean, shown
from xbcompliance._unknown import UNKNOWN
from xbcompliance.expr import ir
from xbcompliance.money import RATE_SCALE, SCALE, scaled
from xbcompliance.packs.document import Mapping, Node, Sequence
from xbcompliance.packs.fields import Fields, as_day, as_mapping, as_text
from xbcompliance.packs.model import STATUSES, Text
from xbcompliance.packs.tables import KEY_KINDS, Row, Table
from xbcompliance.timeline import Span

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MAX_TABLE_BYTES: Final = 64_000_000
MAX_CELL: Final = 2_000
TABLE_KEYS: Final = ("keys", "value", "files", "title", "replaces")
META: Final = ("from", "until", "published", "value", "source", "locator", "status", "note")
KEPT: Final = ("value", "source", "locator", "status", "note", "pack")
"""What a typed row keeps of its text."""
PLAIN, REPLACING, OVERLAY = 0, 1, 2
"""The layers of rows: on a day that rows of several layers cover, the highest holds."""
OPEN: Final = "?"
"""A value that is known to be unsettled: the row answers, and the answer is that it is not known."""
EXCHANGE_RATE_SCALE: Final = 12
"""Decimals of an exchange rate."""
VALUE_TYPES: Final = {
    "number": ir.number(RATE_SCALE),
    "exchange_rate": ir.number(EXCHANGE_RATE_SCALE),
    "duty": ir.DUTY,
    "code": ir.CODE,
    "truth": ir.TRUTH,
    "date": ir.DATE,
}


def read_tables(
    entries: dict[str, Node], folder: Path | None, label: str, pack: str, layer: int = 0
) -> tuple[tuple[Table, ...], dict[str, bytes]]:
    """The tables a pack declares or adds to, and the bytes of the files read (for the pack's digest)."""
    tables: list[Table] = []
    files: dict[str, bytes] = {}
    for name, node in entries.items():
        if isinstance(node, Sequence):
            tables.append(_inline(name, node, pack, OVERLAY if layer else PLAIN))
            continue
        fields = Fields(node, f"table {name}", TABLE_KEYS)
        keys = _keys(fields)
        type_ = _type(fields) if keys else ir.Type("any")
        own = OVERLAY if layer else REPLACING if fields.truth("replaces") else PLAIN
        rows: list[Row] = []
        for word in fields.words("files"):
            raw = _bytes(_inside(folder, word), word)
            files[word.text] = raw
            rows += _rows(raw, f"{label}/{word.text}", keys, pack, own)
        tables.append(Table(name, keys, type_, tuple(rows), bool(keys), fields.at))
    return tuple(tables), files


def _inside(folder: Path | None, word: Text) -> Path:
    """The file a pack names, which must lie in the pack's folder once links are followed."""
    if folder is not None and "\\" not in word.text and "\0" not in word.text:
        path = folder / word.text
        with suppress(OSError, RuntimeError):  # a name that is too long, a link to itself
            if path.resolve().is_relative_to(folder.resolve()):
                return path
    raise PackError("XB-PACK-015", word.at, found=shown(word.text), expected="a file inside the pack's folder")


def typed(table: Table, rows: Iterable[Row]) -> tuple[Row, ...]:
    """Rows read as text with their keys in the table's order and their values of its type."""
    known: set[tuple[str, ...]] = set()
    values: dict[str, Any] = {}  # a tariff of 30,000 rows prints a few hundred different duties
    out = []
    for row in rows:
        told = row.info
        columns = tuple(told)
        if columns not in known:
            _check_columns(table, row)
            known.add(columns)
        cells = tuple(
            [
                cell if (cell := told.get(name)) and (kind != "code" or _digits(cell)) else _key(row, name, kind)
                for name, kind in table.keys
            ]
        )
        text = told.get("value", "")
        if text not in values:
            values[text] = read_value(text, table.type, row.at)
        info = {key: cell for key in KEPT if (cell := told.get(key))}
        out.append(Row(cells, row.span, values[text], info, row.at))
    return tuple(out)


def _check_columns(table: Table, row: Row) -> None:
    names = tuple(name for name, _ in table.keys)
    unknown = set(row.info) - set(names) - set(META) - {"pack"}
    if unknown:
        name = min(unknown)
        raise PackError(
            "XB-PACK-010", row.at or "", found=f"the column {name!r}", expected=", ".join((*names, *META)),
            hint=did_you_mean(name, (*names, *META)),
        )  # fmt: skip


def _key(row: Row, name: str, kind: str) -> str:
    cell = row.info.get(name, "")
    if kind == "code":
        cell = cell.replace(".", "").replace(" ", "")
        if cell != "*" and not _digits(cell):
            raise PackError("XB-PACK-016", row.at or "", found=shown(cell), expected=f"digits in the column {name}")
    elif not cell and kind != "origin":
        cell = "*" if kind == "category" else cell
        if not cell:
            raise PackError("XB-PACK-011", row.at or "", found=f"a row without {name!r}", expected=f"{name}: …")
    return cell


def _digits(cell: str) -> bool:
    return cell.isascii() and cell.isdigit()


def read_value(text: str, type_: ir.Type, at: Location | None) -> Any:
    """A cell of the column ``value`` as its table means it."""
    if text == OPEN:
        return UNKNOWN
    if not text:
        expected = f"{type_.described}, or {OPEN} where it is not settled"
        raise PackError("XB-PACK-011", at or "", found="a row without 'value'", expected=expected)
    try:
        if type_.kind == "number":
            return scaled(text, type_.scale)
        if type_.kind == "money":
            amount, _, currency = text.partition(" ")
            if currency != type_.unit:
                raise ValueError
            return scaled(amount, SCALE)
        if type_.kind == "duty":
            return _duty(text)
        if type_.kind == "truth":
            return {"yes": True, "true": True, "no": False, "false": False}[text]
        if type_.kind == "date":
            return as_day(Text(text, at or Location("", 0, 0)))
    except (ValueError, KeyError):
        raise PackError("XB-PACK-016", at or "", found=shown(text), expected=type_.described) from None
    return text


def _duty(text: str) -> Any:
    from xbcompliance.tariff import parse_duty  # imported where it is needed: most packs hold no duties

    duty = parse_duty(text)
    if duty.kind == "unreadable":
        raise ValueError(text)
    return duty


def _keys(fields: Fields) -> tuple[tuple[str, str], ...]:
    keys = []
    for name, node in fields.entries("keys").items():
        kind = as_text(node, f"key {name}")
        if kind.text not in KEY_KINDS:
            hint = did_you_mean(kind.text, KEY_KINDS)
            raise PackError("XB-PACK-013", kind.at, found=shown(kind.text), expected=" | ".join(KEY_KINDS), hint=hint)
        keys.append((name, kind.text))
    return tuple(keys)


def _type(fields: Fields) -> ir.Type:
    text = fields.text("value")
    kind, _, unit = text.partition(" ")
    if kind == "money" and len(unit) == 3:
        return ir.money(unit, SCALE)
    if text not in VALUE_TYPES:
        expected = " | ".join((*VALUE_TYPES, "money EUR"))
        raise PackError("XB-PACK-013", fields.place("value"), found=shown(text), expected=expected)
    return VALUE_TYPES[text]


def _bytes(path: Path, word: Text) -> bytes:
    try:
        if path.exists() and not path.is_file():  # reading a pipe or a device might never end
            raise PackError("XB-PACK-006", word.at, message=f"{word.text} cannot be read: not a file")
        if path.stat().st_size > MAX_TABLE_BYTES:
            raise PackError(
                "XB-PACK-002", word.at, found=f"{word.text} of more than {MAX_TABLE_BYTES} bytes", expected="less"
            )
        return path.read_bytes()
    except OSError as error:
        raise PackError("XB-PACK-006", word.at, message=f"{word.text} cannot be read: {error.strerror}") from None


def _rows(raw: bytes, label: str, keys: tuple[tuple[str, str], ...], pack: str, layer: int) -> list[Row]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PackError("XB-PACK-001", Location(label, 1, 1), message=f"not UTF-8: {error.reason}") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    rows = []
    spans: dict[tuple[str, ...], Span] = {}
    line = 1
    try:
        for cells in reader:
            at, line = Location(label, line, 1), reader.line_num + 1  # a quoted line break makes a row of several lines
            if not header:
                header = _header(cells, keys, at)
            elif cells:
                rows.append(_dated(_cells(header, cells, at), at, pack, layer, spans))
    except csv.Error as error:
        raise PackError("XB-PACK-001", Location(label, reader.line_num, 1), message=f"not CSV: {error}") from None
    if not header:
        raise PackError("XB-PACK-011", Location(label, 1, 1), found="an empty file", expected="a line of column names")
    return rows


def _header(cells: list[str], keys: tuple[tuple[str, str], ...], at: Location) -> list[str]:
    if missing := [name for name in (*(k for k, _ in keys), "from", "value") if name not in cells]:
        found = shown(", ".join(cells))
        hint = did_you_mean(missing[0], cells)
        raise PackError("XB-PACK-011", at, found=found, expected=f"a column {missing[0]!r}", hint=hint)
    if twice := [name for name in cells if cells.count(name) > 1]:
        raise PackError("XB-PACK-004", at, message=f"the column {twice[0]!r} is written twice", hint="keep one of them")
    return cells


def _cells(header: list[str], cells: list[str], at: Location) -> dict[str, str]:
    if len(cells) != len(header):
        raise PackError("XB-PACK-016", at, found=f"{len(cells)} cells", expected=f"{len(header)} as in the header")
    if max(map(len, cells)) > MAX_CELL:
        raise PackError("XB-PACK-002", at, found="a very long cell", expected=f"≤ {MAX_CELL} characters")
    return {name: cell.strip() for name, cell in zip(header, cells, strict=True)}


def _inline(name: str, node: Sequence, pack: str, layer: int) -> Table:
    rows = []
    for item in node.items:
        mapping: Mapping = as_mapping(item, f"a row of {name}")
        info = {key: as_text(value, key).text for key, value in mapping.entries.items() if not _null(value)}
        rows.append(_dated(info, mapping.at, pack, layer, {}))
    return Table(name, (), ir.Type("any"), tuple(rows), False, node.at)


def _null(node: Node) -> bool:
    return getattr(node, "is_null", False)


def _dated(info: dict[str, str], at: Location, pack: str, layer: int, spans: dict[tuple[str, ...], Span]) -> Row:
    """A row with its days; ``spans`` are those met before in the file, for most rows share theirs."""
    if "pack" in info:
        raise PackError(
            "XB-PACK-010", at, found="the column 'pack'", expected="a table's own keys", hint="it is implied"
        )
    written = (info.get("from", ""), info.get("until", ""), info.get("published", ""))
    span = spans.get(written)
    if span is None:
        span = spans[written] = _span(written, at, layer)
    status = info.get("status") or "verified"
    if status not in STATUSES:
        hint = did_you_mean(status, STATUSES)
        raise PackError("XB-PACK-013", at, found=shown(status), expected=" | ".join(STATUSES), hint=hint)
    info["pack"] = pack
    return Row((), span, None, info, at)


def _span(written: tuple[str, str, str], at: Location, layer: int) -> Span:
    start, end, published = (as_day(Text(text, at)) if text else None for text in written)
    if start is None:
        raise PackError("XB-PACK-011", at, found="a row without 'from'", expected="from: its first day")
    if end is not None and end < start:
        raise PackError("XB-PACK-014", at, found="an end before the beginning", expected="until ≥ from")
    return Span(start, end, published, False, layer)
