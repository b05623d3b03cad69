"""``import``: official files into pack folders, with what could not be read on standard error.

>>> aligned([("a.csv:2", "why", "x,y"), ("b.csv:10", "because", "z")])
['a.csv:2   why      x,y', 'b.csv:10  because  z']
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from xbcompliance._cli._shared import complain, date_option, json_option, show
from xbcompliance.importers import FORMATS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xbcompliance.importers import Report

MOST_SHOWN = 20
"""Unread rows that are printed; the folder lists them all."""


class _WithFormats(click.Command):
    """A command whose help ends with the formats there are."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of formats."""
        with formatter.section("Formats"):
            formatter.write_dl([(format_.name, format_.title) for format_ in FORMATS.values()])


@click.command("import", cls=_WithFormats, short_help="Turn official files into a pack folder for --packs.")
@click.argument("format_name", metavar="FORMAT", type=click.Choice(list(FORMATS)))
@click.argument(
    "files", metavar="FILE…", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--into",
    metavar="DIR",
    required=True,
    type=click.Path(path_type=Path),
    help="The pack folder to write; one that holds an import of the same format is replaced.",
)
@date_option("--from", "Take rows for this day and later; where the file has no days, the first day its rows hold.")
@date_option("--until", "Take rows for this day and earlier.")
@date_option("--read", "The day the files were fetched; the pack counts as verified through it.")
@click.option("--force", is_flag=True, help="Replace the folder whatever it holds.")
@json_option
def import_(
    format_name: str,
    files: tuple[Path, ...],
    into: Path,
    until: date | None,
    read: date | None,
    force: bool,
    as_json: bool,
    **days: date | None,
) -> None:
    """Turn official files into a pack folder that --packs adds to any command.

    Files may be gzipped or zipped. What cannot be read is counted, printed, and listed in unread.csv of the folder.
    """
    from xbcompliance.importers import import_files
    from xbcompliance.report import json_line

    report = import_files(format_name, files, into, start=days["from"], until=until, read=read, force=force)
    if report.unread:
        _complain_of_unread(report)
    for note in report.notes:
        complain(note)
    if as_json:
        show(json_line(report.to_dict()))
        return
    rows = ", ".join(f"{_counted(count, 'row')} of {name}" for name, count in report.rows.items())
    show(f"{report.folder}: {rows}, {len(report.unread)} unread")
    for name, count in report.counts.items():
        show(f"  {name}: {count}")


def _complain_of_unread(report: Report) -> None:
    from xbcompliance.report import plain

    shown = report.unread[:MOST_SHOWN]
    complain(f"{_counted(len(report.unread), 'entry', 'entries')} could not be read:")
    for line in aligned([(plain(one.where), plain(one.reason)) for one in shown]):
        click.echo(f"  {line}", err=True)
    if len(report.unread) > len(shown):
        complain(f"  … and {len(report.unread) - len(shown)} more")
    complain(f"{report.folder / 'unread.csv'} has them all, with what stands there")


def aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows of text as the lines of a table."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _counted(number: int, noun: str, plural: str = "") -> str:
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
