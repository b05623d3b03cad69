"""``packs``: what the rulebook holds, whether packs are sound, and whether their cases hold.

>>> from click.testing import CliRunner
>>> CliRunner().invoke(packs, ["--help"]).exit_code
0
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xbcompliance._cli._shared import (
    complain,
    date_option,
    iso_date,
    json_option,
    packs_option,
    page,
    rulebook_of,
    show,
)

if TYPE_CHECKING:
    from xbcompliance.packs import Pack, Rulebook

_PATHS = click.argument("paths", metavar="[PATH]…", nargs=-1, type=click.Path(exists=True, path_type=Path))
_FOLDERS = click.argument(
    "paths", metavar="[DIR]…", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path)
)


@click.group()
def packs() -> None:
    """The packs of law that answers rest on."""


@packs.command("list", short_help="Every pack, its version and how far it was verified.")
@json_option
@packs_option
def list_packs(as_json: bool, folders: tuple[Path, ...]) -> None:
    """Every pack with its version and the day through which it was verified."""
    from xbcompliance.report import json_line, render_packs

    rows = [_row(pack) for _, pack in sorted(rulebook_of(folders).packs.items())]
    if as_json:
        for row in rows:
            show(json_line(row))
        return
    width, colour = page()
    show(render_packs(rows, width, colour), colour)


@packs.command("show")
@click.argument("pack_id", metavar="ID")
@json_option
@packs_option
@click.pass_context
def show_one(ctx: click.Context, pack_id: str, as_json: bool, folders: tuple[Path, ...]) -> None:
    """One pack: its rules, sources and texts."""
    from xbcompliance._errors import did_you_mean
    from xbcompliance.checks import show_pack
    from xbcompliance.report import json_line, render_pack

    rulebook = rulebook_of(folders)
    if pack_id not in rulebook.packs:
        near = did_you_mean(pack_id, rulebook.packs)
        complain(f"no pack is called {pack_id!r}" + (f"; {near}" if near else "; 'packs list' names them all"))
        ctx.exit(2)
    description = show_pack(rulebook, pack_id)
    if as_json:
        show(json_line(description))
        return
    width, colour = page()
    show(render_pack(description, width, colour), colour)


@packs.command(short_help="Check packs, the built-in ones if no PATH is given.")
@_PATHS
@packs_option
@click.pass_context
def lint(ctx: click.Context, paths: tuple[Path, ...], folders: tuple[Path, ...]) -> None:
    """Check packs, the built-in ones if no PATH is given; exit status 2 if one has a problem."""
    from xbcompliance.checks import lint_packs
    from xbcompliance.report import render_problems

    places = [*paths, *folders]
    problems = lint_packs(places or None)
    if problems:
        show(render_problems(problems))
        ctx.exit(2)
    book = rulebook_of([path for path in places if path.is_dir()], [path for path in places if path.is_file()])
    checked = _inside(book, places)
    rules = sum(len(pack.rules) for pack in checked)
    show(f"{_counted(len(checked), 'pack')}, {_counted(rules, 'rule')}, no problems")


@packs.command(short_help="Run the cases beside the rules.")
@_FOLDERS
@packs_option
@click.pass_context
def test(ctx: click.Context, paths: tuple[Path, ...], folders: tuple[Path, ...]) -> None:
    """Run the cases beside the rules; exit status 1 if one differs, 2 if a pack cannot be loaded."""
    from xbcompliance.checks import run_cases
    from xbcompliance.report import render_cases

    places = [*paths, *folders]
    rulebook = rulebook_of(places)
    results = run_cases(rulebook, places or None)
    width, colour = page()
    show(render_cases(results, width, colour), colour)
    if not all(result.ok for result in results):
        ctx.exit(1)


def _row(pack: Pack) -> dict[str, Any]:
    through = pack.verified_through
    return {
        "id": pack.id,
        "version": pack.version,
        "kind": pack.kind,
        "title": pack.title,
        "rules": len(pack.rules),
        "verified_through": through.isoformat() if through is not None else None,
        "folder": str(pack.folder),
    }


def _inside(rulebook: Rulebook, places: list[Path]) -> list[Pack]:
    """The packs that lie in some place, all of them if none is named; overlays are there only if they are named."""
    roots = [place.resolve() for place in places]
    folders = {pack.id: Path(pack.folder).resolve() for pack in rulebook.packs.values()}
    return [
        pack
        for pack in rulebook.packs.values()
        if not roots or pack.kind == "overlay" or any(folders[pack.id].is_relative_to(root) for root in roots)
    ]


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


@packs.command(short_help="What differs between the law of two days.")
@click.argument("first", metavar="DATE", type=iso_date)
@click.argument("second", metavar="DATE", type=iso_date)
@json_option
@packs_option
def diff(first: date, second: date, as_json: bool, folders: tuple[Path, ...]) -> None:
    """What differs between the law of two days: rules, values and table rows, each with before, after and source."""
    from xbcompliance.changes import differences

    _show_changes([change.to_dict() for change in differences(rulebook_of(folders), first, second)], as_json)


@packs.command(short_help="The days on which the law changes.")
@date_option("--from", "From this day; without it, from the day on through which the packs were verified.")
@date_option("--until", "Until this day; without it, to the last change there is.")
@json_option
@packs_option
def calendar(**options: Any) -> None:
    """The days on which the law changes, as far as it is known.

    Without --from it begins after the day through which the packs were verified: what is still to come.
    """
    from xbcompliance.changes import calendar as changes_of

    rulebook = rulebook_of(options["folders"])
    verified = max(
        (pack.verified_through for pack in rulebook.packs.values() if pack.verified_through), default=date.min
    )
    found = changes_of(rulebook, options["from"] or verified, options["until"] or date.max)
    _show_changes([change.to_dict() for change in found], options["as_json"])


def _show_changes(changes: list[dict[str, Any]], as_json: bool) -> None:
    from xbcompliance.report import json_line, render_changes

    if as_json:
        for change in changes:
            show(json_line(change))
        return
    width, colour = page()
    show(render_changes(changes, width, colour), colour)
