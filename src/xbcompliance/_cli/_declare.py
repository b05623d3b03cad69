"""``declare``: an order in, the data of a customs declaration out.

>>> from click.testing import CliRunner
>>> CliRunner().invoke(declare, ["--help"]).exit_code
0
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from xbcompliance._cli._documents import Document, read_documents
from xbcompliance._cli._progress import Meter, watched
from xbcompliance._cli._quote import _assessed, error_of
from xbcompliance._cli._shared import (
    SOURCE,
    STDIN,
    complain,
    date_option,
    engine_of,
    json_option,
    name_of,
    opened,
    overlay_option,
    packs_option,
    page,
    show,
)
from xbcompliance._errors import ComplianceError

if TYPE_CHECKING:
    from xbcompliance.assessment.declaration import Declaration


@click.command(short_help="The fields of a customs declaration, filled from orders.")
@click.argument("source", metavar="ORDER.json|-", type=SOURCE)
@click.option("--form", "form", metavar="FORM", required=True, help="The form to fill: H7, H1, CN23, UK-LV, …")
@date_option("--at", "Declare under the law of this day in place of the order's dates.")
@date_option("--known-at", "Answer as one could have answered on this day.")
@json_option
@overlay_option
@packs_option
@click.pass_context
def declare(
    ctx: click.Context,
    source: Path,
    form: str,
    at: date | None,
    known_at: date | None,
    as_json: bool,
    overlays: tuple[Path, ...],
    folders: tuple[Path, ...],
) -> None:
    """The fields of a customs declaration, filled from orders, and what is missing.

    ORDER.json holds one order, an array of orders, or one order a line. Exit status 1 if the form is not for one of
    them, 2 if an order is wrong.
    """
    engine = engine_of(folders, overlays)
    engine.form(form)  # an unknown form is said once, not for each order
    size = None if source == STDIN else source.stat().st_size
    status = 0
    printed = 0
    with opened(source) as stream, Meter(size, visible=watched()) as meter:
        for document in read_documents(stream):
            try:
                declaration = _assessed(
                    document, lambda text: engine.assess(text, known_at=known_at, at=at)
                ).declaration(form)
            except ComplianceError as problem:
                status = 2
                place = name_of(source) if document.problem else f"{name_of(source)}:{document.line}"
                complain(f"{place}: {problem}")
                _show_problem(document, problem, as_json)
            else:
                status = max(status, 1) if declaration.fits is False else status
                _show(declaration, as_json, first=not printed)
                printed += 1
            meter.step(len(document.text) + 1)
    if status:
        ctx.exit(status)


def _show(declaration: Declaration, as_json: bool, first: bool) -> None:
    from xbcompliance.report import json_line, render_declaration

    if as_json:
        show(json_line(declaration.to_dict()))
        return
    width, colour = page()
    text = render_declaration(declaration.to_dict(), width, colour)
    show(text if first else f"\n\n{text}", colour)


def _show_problem(document: Document, problem: ComplianceError, as_json: bool) -> None:
    """What stands in the place of a declaration; in text the sentence on standard error is all there is."""
    from xbcompliance.report import json_line

    if as_json:
        show(json_line({"order": document.identity, "error": error_of(problem)}))
