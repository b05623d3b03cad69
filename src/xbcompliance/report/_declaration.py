"""A declaration as blocks for a terminal: whether the form fits, a table of fields for each consignment and item.

>>> state_text({"state": "missing", "required": False})
'not told'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from xbcompliance.report._entries import told_once
from xbcompliance.report._safe import plain
from xbcompliance.report._text import bullet, citation_texts, columns, entry_bullet, heading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import RenderableType
    from rich.table import Table

_WIDE = 100
"""From this width on the source of a field has a column of its own."""
_STATES = {
    "none": "none, says the order",
    "open": "? whether it is needed is not known",
    "differs": "? the lines of the item differ",
    "outside": "add in your system",
}
_SECTIONS = (("questions", "Questions"), ("assumptions", "Assumed"), ("cautions", "Cautions"))


def declaration_blocks(document: Mapping[str, Any], width: int) -> Iterator[RenderableType]:
    """Title, consignments with their items, what to add oneself, questions, assumptions, cautions and receipt."""
    receipt = document.get("receipt") or {}
    yield _title(document)
    for consignment in document.get("consignments") or []:
        yield from _consignment(consignment, width)
    outside = list(_outside(document))
    if outside:
        yield heading("Not part of an order; add in your system")
        yield from (bullet(title, []) for title in outside)
    for key, head in _SECTIONS:
        entries = told_once(key, document.get(key) or [])
        if entries:
            yield heading(head, "bold" if key == "assumptions" else "bold yellow")
        yield from (entry_bullet(entry, receipt.get("packs") or {}) for entry in entries)
    if document.get("note"):
        yield heading("Note")
        yield Text(plain(document["note"]), overflow="fold")
    if receipt:
        yield heading("Rests on")
        known = f", law as known on {plain(receipt['known_at'])}" if receipt.get("known_at") else ""
        lines = [f"engine {plain(receipt.get('engine'))}, rulebook {plain(receipt.get('rulebook'))}{known}"]
        lines += [f"{key.replace('_', ' ')} {plain(receipt[key])}" for key in ("rulebook_digest", "order_digest")]
        yield Text("\n".join(lines), style="dim", overflow="fold")


def _title(document: Mapping[str, Any]) -> Text:
    title = Text(f"{plain(document.get('form'))} for {plain(document.get('order'))}", style="bold")
    fits = document.get("fits")
    if fits is False:
        title.append(" (not the form for it)", style="red")
    elif fits is None:
        title.append(" (whether it is the form is not known)", style="yellow")
    elif not document.get("complete"):
        title.append(" (not complete)", style="yellow")
    title.append(f", {plain(document.get('title'))}", style="not bold")
    if document.get("day"):
        title.append(f", {plain(document['day'])}", style="not bold")
    return title


def _consignment(consignment: Mapping[str, Any], width: int) -> Iterator[RenderableType]:
    name = consignment.get("consignment")
    yield heading("The consignment" if name is None else f"Consignment {plain(name)}")
    for reason in consignment.get("why") or []:
        doubt = "" if reason.get("holds") else "Perhaps: "
        yield bullet(f"{doubt}{plain(reason.get('because'))}", ["; ".join(citation_texts(reason))], "red")
    if consignment.get("fields"):
        yield _table(consignment["fields"], width)
    items = consignment.get("items")
    if items is None:
        yield Text("\nWhich lines are one item is not known yet; see the questions.", style="yellow")
    for item in items or []:
        lines = ", ".join(map(plain, item.get("lines") or []))
        yield heading(f"Item {plain(item.get('number'))}, line {lines}")
        yield _table(item.get("fields") or [], width)


def _table(fields: Sequence[Mapping[str, Any]], width: int) -> Table:
    """Fields that an order can tell; the others are listed once for the whole declaration."""
    shown = [field for field in fields if field.get("state") != "outside"]
    table = columns()
    numbered = any(field.get("element") for field in shown)
    if numbered:
        table.add_column("No", no_wrap=True)
    table.add_column("Field", overflow="fold", ratio=3)
    table.add_column("Value", overflow="fold", ratio=3)
    wide = width >= _WIDE
    if wide:
        table.add_column("Source", overflow="fold", style="dim", ratio=4)
    for field in shown:
        known = field.get("state") in ("filled", "too_long")
        value = Text(value_text(field) if known else state_text(field), style="" if known else "yellow")
        cells = [Text(plain(field.get("title"))), value, *([Text(source_text(field))] if wide else [])]
        table.add_row(*([Text(plain(field.get("element") or ""))] if numbered else []), *cells)
    return table


def value_text(field: Mapping[str, Any]) -> str:
    """A value with its unit, and by how much it is too long.

    >>> value_text({"value": "39.80", "unit": "EUR", "state": "filled"})
    '39.80 EUR'
    >>> value_text({"value": "M-77", "length": 3, "state": "too_long"})
    'M-77 (longer than 3)'
    """
    value = field.get("value")
    told = {True: "yes", False: "no"}[value] if isinstance(value, bool) else plain(value)
    unit = f" {plain(field['unit'])}" if field.get("unit") else ""
    return f"{told}{unit}" + (f" (longer than {field.get('length')})" if field.get("state") == "too_long" else "")


def state_text(field: Mapping[str, Any]) -> str:
    """Why a field has no value.

    >>> state_text({"state": "missing", "required": True})
    '? asked below'
    """
    if field.get("state") == "missing":
        return "not told" if field.get("required") is False else "? asked below"
    return _STATES.get(str(field.get("state")), plain(field.get("state")))


def source_text(field: Mapping[str, Any]) -> str:
    """The source of a field and how sure it is; a usual field without source is said to be one.

    >>> source_text({"citations": [{"source": "Act", "locator": "Art. 1"}], "confidence": "recalled_high"})
    'Act Art. 1 (recalled high)'
    >>> source_text({"citations": [], "confidence": "practice"})
    'practice, without a source'
    """
    confidence = str(field.get("confidence"))
    if confidence == "practice":
        return "practice, without a source"
    sure = "" if confidence == "verified" else f" ({plain(confidence).replace('_', ' ')})"
    return "; ".join(citation_texts(field)) + sure


def _outside(document: Mapping[str, Any]) -> Iterator[str]:
    """The fields that no order tells, each once; those of items are needed for each of them."""
    found: dict[str, None] = {}
    for consignment in document.get("consignments") or []:
        for field in consignment.get("fields") or []:
            if field.get("state") == "outside":
                found[_outside_text(field, "")] = None
        for item in consignment.get("items") or []:
            for field in item.get("fields") or []:
                if field.get("state") == "outside":
                    found[_outside_text(field, ", for each item")] = None
    yield from found


def _outside_text(field: Mapping[str, Any], where: str) -> str:
    optional = " (optional)" if field.get("required") is False else ""
    length = f", at most {field['length']} characters" if field.get("length") else ""
    return f"{plain(field.get('title'))}{where}{length}{optional}: {source_text(field)}"
