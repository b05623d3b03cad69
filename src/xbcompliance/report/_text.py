"""The ground of terminal reports: plain tables, bulleted entries, and a console that has no surroundings.

>>> print(rendered([bullet("[red]x", ["as written"])], 60, colour=False))
- [red]x
    as written
"""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from xbcompliance.report._safe import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import RenderableType

NARROWEST = 60
"""Columns below which a report does not become narrower: figures would no longer fit."""
_HEIGHT = 25  # with width and height given, rich does not ask the terminal

_HEADLINES = ("message", "question", "title", "text")
_HIDDEN = frozenset({"id", "fact", "severity", "rule", "pack", "citations", *_HEADLINES})


def words(value: object) -> str:
    """Any JSON value as words.

    >>> words({"pairs": "2", "tested": True}), words(["a", None])
    ('pairs 2, tested yes', 'a, none')
    """
    if isinstance(value, Mapping):
        return ", ".join(f"{plain(key)} {words(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(words(item) for item in value)
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return plain(value)


def pack_of(entry: Mapping[str, Any], packs: Mapping[str, Any]) -> str | None:
    """The pack an entry's rule comes from: the one it names, else the longest pack id that leads the rule's id.

    >>> pack_of({"rule": "eu.vat.rate"}, {"eu": "1", "eu.vat": "2", "eu.va": "3"})
    'eu.vat'
    """
    if entry.get("pack"):
        return str(entry["pack"])
    rule = f"{entry.get('rule')}."
    return max((pack for pack in packs if rule.startswith(f"{pack}.")), key=len, default=None)


def rule_text(entry: Mapping[str, Any], packs: Mapping[str, Any]) -> str:
    """The rule of an entry with the pack version it stands in.

    >>> rule_text({"rule": "eu.ioss.vat"}, {"eu.ioss": "2026.11.0"})
    'eu.ioss.vat (eu.ioss 2026.11.0)'
    """
    if not entry.get("rule"):
        return ""
    pack = pack_of(entry, packs)
    version = f" ({' '.join([pack, str(packs.get(pack, ''))]).strip()})" if pack else ""
    return plain(f"{entry['rule']}{version}")


def citation_texts(entry: Mapping[str, Any]) -> list[str]:
    """Source and locator of every law an entry cites."""
    texts = []
    for item in entry.get("citations") or []:
        told = isinstance(item, Mapping)
        texts.append(plain(f"{item.get('source') or ''} {item.get('locator') or ''}".strip() if told else item))
    return texts


def columns(*, header: bool = True) -> Table:
    """An empty table in the house style: a line under the heads, two blanks between columns, nothing else."""
    return Table(
        box=box.SIMPLE_HEAD if header else None,
        show_header=header,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0) if header else (0, 2, 0, 0),
        header_style="bold",
    )


def heading(text: str, style: str = "bold") -> Text:
    """A section's head, set off by a blank line."""
    return Text(f"\n{text}", style=style)


def with_details(headline: Text, details: Sequence[str], indent: int = 2) -> RenderableType:
    """A line and, under it and indented, what stands behind it."""
    return Group(headline, *(Padding(Text(detail, style="dim"), (0, 0, 0, indent)) for detail in details if detail))


def bullet(headline: str, details: Sequence[str], style: str = "") -> RenderableType:
    """One entry of a list."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(Text("-"), with_details(Text(headline, style=style), details))
    return grid


def entry_bullet(entry: object, packs: Mapping[str, Any], style: str = "") -> RenderableType:
    """A question, assumption, caution, obligation, violation …: its sentence, then everything else it tells."""
    if not isinstance(entry, Mapping):
        return bullet(words(entry), [], style)
    headline, used = _headline(entry)
    details = [rule_text(entry, packs), "; ".join(citation_texts(entry))]
    for key, value in entry.items():
        if key not in _HIDDEN | used and value not in (None, "", [], {}):
            details.append(f"{plain(key).replace('_', ' ')}: {words(value)}")
    return bullet(headline, details, style)


def _headline(entry: Mapping[str, Any]) -> tuple[str, frozenset[str]]:
    """The sentence of an entry and the keys it already speaks of."""
    label = entry.get("id") or entry.get("fact") or entry.get("severity")
    body = next((entry[key] for key in _HEADLINES if entry.get(key)), None)
    if body is not None:
        return (f"{plain(label)}: {words(body)}" if label else words(body)), frozenset()
    if label and "value" in entry:
        return f"{plain(label)} = {words(entry['value'])}", frozenset({"value"})
    return plain(label or entry.get("name") or entry.get("rule") or words(entry)), frozenset({"name"})


def rendered(blocks: Iterable[RenderableType], width: int, colour: bool) -> str:
    """Blocks as text; without colour there is not one escape code and no blank at a line's end."""
    target = StringIO()
    console = Console(
        file=target,
        width=max(width, NARROWEST),
        height=_HEIGHT,
        force_terminal=colour,
        color_system="standard" if colour else None,
        legacy_windows=False,
        no_color=not colour,
    )
    for block in blocks:
        console.print(block, markup=False, highlight=False, emoji=False, crop=False)
    text = target.getvalue().rstrip("\n")
    return text if colour else "\n".join(line.rstrip() for line in text.split("\n"))
