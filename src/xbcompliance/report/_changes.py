"""Changes of the law as blocks for a terminal: a heading a day, what was and what is, rows that change alike as one.

>>> row = {"on": None, "kind": "row", "before": "0.2", "after": "0.21"}
>>> [names for _, names in alike([{**row, "name": f"rates[{place}]"} for place in ("LT", "LV")])]
[['rates[LT]', 'rates[LV]']]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from xbcompliance.report._entries import shortened
from xbcompliance.report._packs import counted
from xbcompliance.report._safe import plain
from xbcompliance.report._text import bullet, heading, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import RenderableType


def alike(changes: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], list[str]]]:
    """The first of the changes that say the same, with the names of all of them."""
    found: dict[object, tuple[Mapping[str, Any], list[str]]] = {}
    for change in changes:
        table = str(change["name"]).partition("[")[0]
        same = (change["on"], table, change["before"], change["after"])
        key = same if change["kind"] == "row" else (*same, change["name"])
        found.setdefault(key, (change, []))[1].append(str(change["name"]))
    return list(found.values())


def change_blocks(changes: Sequence[Mapping[str, Any]]) -> Iterator[RenderableType]:
    """Each day with its changes, then the count."""
    day: object = None
    for change, names in alike(changes):
        if change["on"] != day:
            day = change["on"]
            yield heading(plain(day), "bold")
        title = f": {words(change['title'])}" if change.get("title") else ""
        details = [f"was {plain(change['before'])}" if change["before"] else "was nothing"]
        details.append(f"is {plain(change['after'])}" if change["after"] else "ends")
        yield bullet(f"{words(shortened(names))}{title}", [*details, *map(plain, change.get("citations") or ())])
    yield Text(f"\n{counted(len(changes), 'change')}" if changes else "no change")
