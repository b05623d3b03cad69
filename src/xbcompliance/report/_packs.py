"""Packs and the outcome of their cases as blocks for a terminal.

>>> counted(1, "pack"), counted(2, "pack")
('1 pack', '2 packs')
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich.text import Text

from xbcompliance.report._safe import plain
from xbcompliance.report._text import bullet, columns, entry_bullet, heading, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType


_DAYS = frozenset({"from", "until", "published"})


def counted(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def pack_list_blocks(packs: Sequence[Mapping[str, Any]]) -> Iterator[RenderableType]:
    """A row a pack, then the sums."""
    table = columns()
    table.add_column("Pack", overflow="fold")
    table.add_column("Version", no_wrap=True)
    table.add_column("Kind", no_wrap=True)
    table.add_column("Rules", justify="right", no_wrap=True)
    table.add_column("Verified through", min_width=10)
    table.add_column("Title", overflow="fold")
    for pack in packs:
        cells = [plain(pack.get(key) or "") for key in ("id", "version", "kind")]
        checked = plain(pack.get("verified_through") or "never")
        table.add_row(*map(Text, (*cells, str(pack.get("rules", 0)), checked, plain(pack.get("title") or ""))))
    yield table
    rules = sum(int(pack.get("rules", 0)) for pack in packs)
    yield Text(f"\n{counted(len(packs), 'pack')}, {counted(rules, 'rule')}")


def pack_blocks(description: Mapping[str, Any]) -> Iterator[RenderableType]:
    """Title, plain facts, then a section for every list or map of the description."""
    name = " ".join(plain(description[key]) for key in ("id", "version") if description.get(key))
    title = description.get("title")
    yield Text(f"{name}: {words(title)}" if title else name, style="bold")
    nested = {key: value for key, value in description.items() if isinstance(value, (Mapping, list, tuple))}
    for key, value in description.items():
        if key not in nested and key not in ("id", "version", "title"):
            yield Text(f"{plain(key).replace('_', ' ')}: {words(value)}")
    for key, value in nested.items():
        if value:
            yield heading(plain(key).replace("_", " ").capitalize())
        for entry in _entries(value):
            yield _rule(entry) if isinstance(entry, Mapping) and "versions" in entry else entry_bullet(entry, {})


def _rule(rule: Mapping[str, Any]) -> RenderableType:
    """A rule with its grain and clock, then each version by its days: what it says, and where that stands."""
    details = [", ".join(plain(rule[key]) for key in ("kind", "per", "clock") if rule.get(key))]
    for version in rule["versions"] or []:
        until = f" until {plain(version['until'])}" if version.get("until") else ""
        published = f", published {plain(version['published'])}" if version.get("published") else ""
        details.append(f"from {plain(version.get('from'))}{until}{published}")
        told = {key: value for key, value in version.items() if key not in _DAYS and value not in (None, "", [])}
        details += [f"  {plain(key)}: {words(value)}" for key, value in told.items()]
    return bullet(f"{plain(rule.get('id'))}: {words(rule.get('title'))}", details)


def _entries(value: Mapping[str, Any] | Sequence[Any]) -> Iterator[object]:
    """The members of a map or list; members of a map carry their key as id."""
    if not isinstance(value, Mapping):
        yield from value
        return
    for key, item in value.items():
        yield {"id": key, **item} if isinstance(item, Mapping) else {"fact": key, "value": item}


def case_blocks(results: Sequence[Any]) -> Iterator[RenderableType]:
    """Counts by pack, then the cases that differ."""
    total = Counter(str(result.pack) for result in results)
    wrong = [result for result in results if not result.ok]
    differing = Counter(str(result.pack) for result in wrong)
    table = columns()
    table.add_column("Pack", overflow="fold")
    for head in ("Cases", "Hold", "Differ"):
        table.add_column(head, justify="right", no_wrap=True)
    for pack in sorted(total):
        figures = (total[pack], total[pack] - differing[pack], differing[pack])
        style = "red" if differing[pack] else ""
        table.add_row(Text(plain(pack), style=style), *(Text(str(figure), style=style) for figure in figures))
    if results:
        yield table
    if wrong:
        yield heading("Differing cases", "bold red")
    for result in wrong:
        details = [*map(plain, result.differences), plain(result.where)]
        yield bullet(f"{plain(result.pack)} {plain(result.case)}", details)
    verb = "differs" if len(wrong) == 1 else "differ"
    yield Text(f"\n{counted(len(results), 'case')}, " + (f"{len(wrong)} {verb}" if wrong else "all hold"))
