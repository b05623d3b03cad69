"""What passes between a reader of one format and what is shared by all: files and wishes in, rows and problems out.

>>> Unread("rates.csv:7", "found '1,25', expected a rate", "GBP,USD").where
'rates.csv:7'
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from xbcompliance.importers._files import InputFile


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of official file: its name on the command line, what it is, and the module that reads it."""

    name: str
    title: str
    module: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the caller says beside the files: the days to take, and the day the files were fetched."""

    start: date | None = None
    until: date | None = None
    read: date | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """Something a file holds that was not understood: its place, why, and the text itself."""

    where: str
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows for a table or a side file; a table that ``replaces`` wins over the same keys in other packs."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader made of its files.

    ``stated`` is the last day that the files themselves speak of, ``files`` are written beside the tables, ``counts``
    go into the report. ``alone`` says that the side files are worth having where no table has a row.
    """

    title: str
    source: str
    tables: Mapping[str, Rows]
    unread: Sequence[Unread]
    stated: date | None = None
    url: str | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)
    side: Mapping[str, Rows] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    alone: bool = False


Reader = Callable[[Sequence["InputFile"], Wanted], Reading]


@dataclass(frozen=True, slots=True)
class Report:
    """What an import did: the folder, the pack in it, the rows of each table, and what could not be read."""

    folder: Path
    pack: str
    rows: Mapping[str, int]
    unread: Sequence[Unread]
    counts: Mapping[str, int]
    notes: Sequence[str]

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON."""
        return {
            "folder": str(self.folder),
            "pack": self.pack,
            "rows": dict(self.rows),
            "unread": [{"where": one.where, "reason": one.reason, "text": one.text} for one in self.unread],
            "counts": dict(self.counts),
            "notes": list(self.notes),
        }
