"""An assessment as blocks for a terminal: what is charged and why, what it sums to, what is open, what it rests on.

>>> lane({"ship_from": {"country": "CN"}, "ship_to": {"country": "US", "subdivision": "US-NY"}})
'CN → US-NY'
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.text import Text

from xbcompliance.report._entries import option_texts, told_once
from xbcompliance.report._safe import plain, plain_lines
from xbcompliance.report._text import (
    bullet,
    citation_texts,
    columns,
    entry_bullet,
    heading,
    rule_text,
    with_details,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType
    from rich.table import Table

_WIDE = 110
"""From this width on the rule and its source have a column of their own."""
_NARROWEST_TITLE = 20
_WIDEST_RATE = 14
_WIDEST_LINE = 10

_TOTALS = (
    ("goods", "Goods"),
    ("shipping", "Shipping"),
    ("insurance", "Insurance"),
    ("discount", "Discount"),
    ("duty", "Duty"),
    ("tax", "Tax"),
    ("fees", "Fees"),
    ("landed_cost", "Landed cost"),
    ("due_at_checkout", "Due at checkout"),
    ("due_on_import", "Due on import"),
)
_SECTIONS = (
    ("violations", "Requirements not met", "red"),
    ("questions", "Questions that would settle it", "yellow"),
    ("assumptions", "Assumed", ""),
    ("cautions", "Cautions", "yellow"),
    ("options", "Options", ""),
    ("obligations", "Obligations", ""),
    ("voided", "No longer due as the law is known now", ""),
)


def assessment_blocks(
    document: Mapping[str, Any], width: int, order: Mapping[str, Any] | None = None
) -> Iterator[RenderableType]:
    """Title, charges, totals, then every section that has something to say, sources and receipt last."""
    receipt = document.get("receipt") or {}
    packs = receipt.get("packs") or {}
    yield _title(document, order)
    yield Text("")
    yield from _charges(document, packs, width)
    yield Text("")
    yield _totals(document)
    for key, head, style in _SECTIONS:
        entries = told_once(key, document.get(key) or [])
        if entries:
            yield heading(head, f"bold {style}".strip())
        for entry in entries:
            option = key == "options" and isinstance(entry, Mapping)
            yield bullet(*option_texts(entry)) if option else entry_bullet(entry, packs)
    if document.get("explanation"):
        yield heading("Derivation")
        yield Text(plain_lines(str(document["explanation"])), overflow="fold")
    yield from _sources(document)
    if receipt:
        yield heading("Receipt")
        yield _receipt(receipt)


def lane(order: Mapping[str, Any]) -> str:
    """From where to where an order goes, as far as it says so."""
    ends = []
    for side in ("ship_from", "ship_to"):
        place = order.get(side)
        told = place if isinstance(place, Mapping) else {}
        ends.append(plain(told.get("subdivision") or told.get("country") or "?"))
    return " → ".join(ends)


def _title(document: Mapping[str, Any], order: Mapping[str, Any] | None) -> Text:
    title = Text(f"Assessment of {plain(document.get('order') or 'an order without id')}", style="bold")
    if document.get("complete") is False:
        title.append(" (not complete)", style="yellow")
    if order is not None:
        original = order.get("return_of")
        shipped = original if isinstance(original, Mapping) else order
        if shipped is original:
            title.append(f", return of {plain(original.get('id') or 'an order without id')}")
        title.append(f", {lane(shipped)}", style="not bold")
        dates = shipped.get("dates")
        receipt = document.get("receipt") or {}
        placed = receipt.get("at") or (dates.get("placed") if isinstance(dates, Mapping) else None)
        if placed:
            title.append(f", placed {plain(placed)}", style="not bold")
    if document.get("currency"):
        title.append(f", {plain(document['currency'])}", style="not bold")
    return title


def _charges(document: Mapping[str, Any], packs: Mapping[str, Any], width: int) -> Iterator[RenderableType]:
    charges = document.get("charges") or []
    if not charges:
        known = document.get("complete") is not False
        yield Text(
            "No charge applies to this lane." if known else "No charge is known for this lane; see the questions."
        )
        return
    currency = plain(document.get("currency") or "")
    rows = [_figures(charge, currency) for charge in charges]
    wide = width >= _WIDE
    table = columns()
    numbers = _add_columns(table, rows, wide)
    first: dict[tuple[str, ...], str] = {}
    for charge, (line, base, rate, amount, collected) in zip(charges, rows, strict=True):
        title = Text(_charge_title(charge))
        behind = _behind(charge, packs)
        earlier = first.setdefault((title.plain, *behind), line)
        if charge.get("line") is not None and earlier not in (line, "all"):
            behind = [f"as for line {earlier}"]
        cells = [title, Text("\n".join(behind), style="dim")] if wide else [with_details(title, behind)]
        table.add_row(Text(line), *cells, Text(base), Text(rate), Text(amount, style="bold"), Text(collected))
    # A row that cannot fit is wider than asked for; cutting an amount would be a lie.
    needed = numbers + (2 if wide else 1) * _NARROWEST_TITLE
    table.width = needed if needed > width else None
    yield table


def _add_columns(table: Table, rows: list[tuple[str, str, str, str, str]], wide: bool) -> int:
    """Add the columns; the result is the width of all but the ones that may wrap."""
    heads = ("Line", "Base", "Rate", "Amount", "Collected")
    line, base, rate, amount, collected = (max(map(_longest, column)) for column in zip(*rows, strict=True))
    line, rate = max(4, min(line, _WIDEST_LINE)), max(4, min(rate, _WIDEST_RATE))
    base, amount, collected = max(4, base), max(6, amount), max(9, collected)
    table.add_column(heads[0], min_width=line, max_width=line, overflow="fold")
    table.add_column("Charge", overflow="fold", min_width=_NARROWEST_TITLE)
    if wide:
        table.add_column("Rule and source", overflow="fold", min_width=_NARROWEST_TITLE)
    table.add_column(heads[1], justify="right", min_width=base, max_width=base)
    table.add_column(heads[2], justify="right", min_width=rate, max_width=rate, overflow="fold")
    table.add_column(heads[3], justify="right", min_width=amount, max_width=amount)
    table.add_column(heads[4], min_width=collected, max_width=collected)
    gaps = 2 * (len(heads) + (1 if wide else 0))
    return line + base + rate + amount + collected + gaps


def _longest(text: str) -> int:
    return max(cell_len(part) for part in text.split("\n"))


def _figures(charge: Mapping[str, Any], currency: str) -> tuple[str, str, str, str, str]:
    """Line, base, rate, amount and collector of a charge, as printed."""
    amount = _amount(charge, "amount")
    local = charge.get("local")
    if isinstance(local, Mapping) and local.get("currency") not in (None, currency) and local.get("amount") is not None:
        amount += f"\n{plain(local['amount'])} {plain(local['currency'])}"
    by, at = charge.get("collected_by"), charge.get("collected_at")
    collected = plain(by or "") + (f"\nat {plain(at)}" if at == "checkout" else f"\non {plain(at)}" if at else "")
    line = "all" if charge.get("line") is None else plain(charge["line"])
    rate = charge.get("rate_text") or charge.get("rate") or ""
    return line, _amount(charge, "base"), plain(rate), amount, collected.strip()


def _amount(charge: Mapping[str, Any], key: str) -> str:
    """A missing figure is blank, a figure that is not determined is ``open``."""
    if key not in charge:
        return ""
    if charge[key] is not None:
        return plain(charge[key])
    return "open" if key == "amount" else ""


def _charge_title(charge: Mapping[str, Any]) -> str:
    title = plain(charge.get("title") or charge.get("rule") or charge.get("kind") or "charge").strip()
    basis = charge.get("basis")
    return title if basis in (None, "charged") else f"{title} ({plain(basis).replace('_', ' ')})"


def _behind(charge: Mapping[str, Any], packs: Mapping[str, Any]) -> list[str]:
    """Where a charge comes from: jurisdiction, rule with its version, articles of law."""
    named = ("jurisdiction", "level") if charge.get("jurisdiction") else ()
    where = " ".join(plain(charge[key]) for key in named if charge.get(key))
    kind = plain(charge.get("kind") or "")
    nature = ", ".join(filter(None, (kind, where)))
    return [*filter(None, (nature, rule_text(charge, packs))), *citation_texts(charge)]


def _totals(document: Mapping[str, Any]) -> Table:
    table = columns(header=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    totals, bounds = document.get("totals") or {}, document.get("bounds") or {}
    named = dict(_TOTALS)
    for key in [*(key for key in named if key in totals), *(key for key in totals if key not in named)]:
        style = "bold" if key == "landed_cost" else ""
        label = named.get(key) or plain(key).replace("_", " ").capitalize()
        value = totals[key]
        figure = "open" if value is None else plain(value)
        note = _bounds(bounds.get(key)) if value is None else ""
        table.add_row(Text(label, style=style), Text(figure, style=style), Text(note, style=style))
    return table


def _bounds(pair: object) -> str:
    """What is known of an open total.

    >>> _bounds(["0.00", "4.78"]), _bounds(["3.00", None]), _bounds(None)
    ('between 0.00 and 4.78', 'at least 3.00', '')
    """
    if not isinstance(pair, (list, tuple)) or len(pair) != 2:
        return ""
    low, high = pair
    if low is not None and high is not None:
        return f"between {plain(low)} and {plain(high)}"
    if low is not None:
        return f"at least {plain(low)}"
    return f"at most {plain(high)}" if high is not None else ""


def _sources(document: Mapping[str, Any]) -> Iterator[RenderableType]:
    """Addresses of the cited sources, each once."""
    found: dict[tuple[str, str], None] = {}
    for key in ("charges", "violations", "obligations", "voided", "determinations"):
        for entry in document.get(key) or []:
            for item in (entry.get("citations") or []) if isinstance(entry, Mapping) else []:
                if isinstance(item, Mapping) and item.get("url"):
                    found[plain(item.get("source") or ""), plain(item["url"])] = None
    if found:
        yield heading("Sources")
    for source, url in found:
        yield bullet(source, [url])


def _receipt(receipt: Mapping[str, Any]) -> RenderableType:
    known_at = receipt.get("known_at")
    engine = f"engine {words(receipt.get('engine'))}, rulebook {words(receipt.get('rulebook'))}"
    rates = f", rates {words(receipt['rates'])}" if receipt.get("rates") else ""
    known = f"law as known on {plain(known_at)}" if known_at else "law as known today"
    lines = [f"{engine}{rates}, {known}"]
    for key, label in (("rulebook_digest", "rulebook digest"), ("order_digest", "order digest")):
        if receipt.get(key):
            lines.append(f"{label} {plain(receipt[key])}")
    return Text("\n".join(lines), style="dim", overflow="fold")
