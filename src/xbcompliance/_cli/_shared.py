"""What the commands share: option types, the engine that options describe, and messages on standard error.

>>> iso_date("2026-11-22")
datetime.date(2026, 11, 22)
"""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from xbcompliance import Engine, Rulebook

STDIN = Path("-")
PIPED_WIDTH = 100
"""Columns of a report that goes to a file or another program and whose reader set no COLUMNS."""


def iso_date(text: str) -> date:
    """A day as ``2026-11-22``, nothing else: week dates and compact forms are refused."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise click.BadParameter(f"found {text!r}, expected a date such as 2026-11-22")
    return day


SOURCE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
"""A file to read, or ``-``."""

packs_option = click.option(
    "--packs",
    "folders",
    metavar="DIR",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Add the packs of a folder; may be repeated.",
)
overlay_option = click.option(
    "--overlay",
    "overlays",
    metavar="FILE",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Apply an overlay; may be repeated.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document a line and nothing else.")


def date_option(name: str, text: str) -> Callable[[Any], Any]:
    """An option that takes a day."""
    return click.option(name, metavar="DATE", type=iso_date, help=text)


def rulebook_of(folders: Sequence[Path], overlays: Sequence[Path] = ()) -> Rulebook:
    """The built-in packs with the folders and overlays that options named."""
    import xbcompliance as xb

    return xb.load_rulebook(*folders, overlays=list(overlays))


def engine_of(folders: Sequence[Path], overlays: Sequence[Path]) -> Engine:
    """The engine that options describe; the built-in one where they say nothing."""
    import xbcompliance as xb

    return xb.Engine(rulebook_of(folders, overlays) if folders or overlays else None)


def opened(source: Path) -> AbstractContextManager[BinaryIO]:
    """A file or standard input, as bytes."""
    if source == STDIN:
        return nullcontext(sys.stdin.buffer)
    return source.open("rb")


def name_of(source: Path) -> str:
    """How messages call a source."""
    return "standard input" if source == STDIN else str(source)


def complain(message: str) -> None:
    """A sentence on standard error, in which nothing from the input can act on the terminal."""
    from xbcompliance.report import plain

    click.echo(plain(message), err=True)


def page() -> tuple[int, bool]:
    """Width and colour of what stands at the other end of standard output."""
    width = shutil.get_terminal_size((PIPED_WIDTH, 25)).columns
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return width, colour


def show(text: str, colour: bool = False) -> None:
    """Text on standard output; colours survive only where they were asked for."""
    click.echo(text, color=colour)
