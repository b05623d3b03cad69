"""``quote`` and ``replay``: orders in, assessments out; a receipt in, the same assessment out.

>>> error_of(InputError("XB-IN-003", "lines[0].hs_code", found="'61'", expected="6 to 10 digits"))["path"]
'lines[0].hs_code'
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from xbcompliance._cli._documents import Document, read_documents
from xbcompliance._cli._progress import Meter, watched
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
from xbcompliance._errors import ComplianceError, InputError, ReplayMismatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from xbcompliance import Assessment


@click.command()
@click.argument("source", metavar="ORDER.json|-", type=SOURCE)
@date_option("--at", "Assess under the law of this day in place of the order's dates.")
@date_option("--known-at", "Answer as one could have answered on this day.")
@json_option
@click.option("--explain", is_flag=True, help="Add every step from the facts to the figures.")
@overlay_option
@packs_option
@click.pass_context
def quote(
    ctx: click.Context,
    source: Path,
    at: date | None,
    known_at: date | None,
    as_json: bool,
    explain: bool,
    overlays: tuple[Path, ...],
    folders: tuple[Path, ...],
) -> None:
    """Duties, taxes and fees of orders, with the law behind each.

    ORDER.json holds one order, an array of orders, or one order a line. An order that is wrong is reported in its place
    and the rest is done; the exit status is then 2.
    """
    engine = engine_of(folders, overlays)
    size = None if source == STDIN else source.stat().st_size
    wrong = False
    printed = _JsonPrinter(explain) if as_json else _TextPrinter(explain)
    with opened(source) as stream, Meter(size, visible=watched()) as meter:
        for document in read_documents(stream):
            try:
                assessment = _assessed(document, lambda text: engine.assess(text, known_at=known_at, at=at))
            except ComplianceError as problem:
                wrong = True
                place = name_of(source) if document.problem else f"{name_of(source)}:{document.line}"
                complain(f"{place}: {problem}")
                printed.problem(document, problem)
            else:
                printed.assessment(document, assessment)
            meter.step(len(document.text) + 1)
    if wrong:
        ctx.exit(2)


_DIFFERS: Final = {
    "XB-RE-001": "the receipt was made with another engine, rulebook, profile or overlay",
    "XB-RE-002": "the receipt was made from another order",
}
"""Why the first thing that differs may differ, where its name does not say it."""


@click.command(short_help="Assess an order again and compare with a receipt.")
@click.argument("receipt", metavar="RECEIPT.json", type=SOURCE)
@click.argument("order", metavar="ORDER.json", type=SOURCE)
@overlay_option
@packs_option
@click.pass_context
def replay(
    ctx: click.Context, receipt: Path, order: Path, overlays: tuple[Path, ...], folders: tuple[Path, ...]
) -> None:
    """Assess an order again and compare with a receipt; exit status 1 if anything differs.

    RECEIPT.json holds the receipt or the whole assessment that carries it.
    """
    import xbcompliance as xb
    from xbcompliance.replaying import BAD_RECEIPT

    if receipt == order == STDIN:
        raise click.UsageError("standard input can be the receipt or the order, not both")
    paper = _receipt_of(_only(receipt, "receipt"), receipt)
    document = _only(order, "order")
    engine = engine_of(folders, overlays) if folders or overlays else None
    try:
        _assessed(document, lambda text: xb.replay(paper, text, engine=engine))
    except InputError as problem:
        raise _in_file(receipt if problem.code == BAD_RECEIPT else order, problem) from None
    except ReplayMismatch as difference:
        why = f" ({_DIFFERS[difference.code]})" if difference.code in _DIFFERS else ""
        complain(f"{name_of(order)}: {difference}{why}")
        ctx.exit(1)
    show(f"The receipt replays: {name_of(order)} gives the same assessment under rulebook {paper.get('rulebook')}.")


def _assessed(document: Document, assess: Callable[[str], Assessment]) -> Assessment:
    """What the engine says of a document; everything wrong with the document is a :class:`ComplianceError`."""
    if document.problem is not None:
        raise document.problem
    try:
        return assess(document.text)
    except RecursionError:
        raise InputError(
            "XB-IN-001", f"line {document.line}", message="lists and objects are nested too deeply, expected an order"
        ) from None


def _only(source: Path, what: str) -> Document:
    """The one document of a file."""
    with opened(source) as stream:
        documents = read_documents(stream)
        first = next(documents, None)
        if first is None:
            raise InputError("XB-IN-001", name_of(source), found="no document", expected=f"one {what}")
        if first.problem is not None:
            raise _in_file(source, first.problem)
        if next(documents, None) is not None:
            raise InputError("XB-IN-001", name_of(source), found="several documents", expected=f"one {what}")
    return first


def _in_file(source: Path, problem: InputError) -> InputError:
    return InputError(problem.code, f"{name_of(source)} {problem.where}", message=problem.message, hint=problem.hint)


def _receipt_of(document: Document, source: Path) -> dict[str, Any]:
    from xbcompliance.replaying import BAD_RECEIPT

    value = document.value
    inside = value.get("receipt", value) if isinstance(value, dict) else value
    if not isinstance(inside, dict):
        where, expected = f"{name_of(source)} receipt", "a receipt or an assessment"
        raise InputError("XB-IN-001", where, found=type(inside).__name__, expected=expected)
    if "order_digest" not in inside and "lines" in inside:
        where, expected = name_of(source), "a receipt or an assessment: the answer of quote --json"
        raise InputError(BAD_RECEIPT, where, found="an order", expected=expected)
    return inside


def error_of(problem: ComplianceError) -> dict[str, str]:
    """The contract's shape of an error that stands in an order's place."""
    message = f"{problem.message} ({problem.hint})" if problem.hint else problem.message
    return {"code": problem.code, "path": str(problem.where), "message": message}


class _JsonPrinter:
    """One JSON document a line."""

    def __init__(self, explain: bool) -> None:
        self._explain = explain

    def assessment(self, _: Document, assessment: Assessment) -> None:
        """Print an assessment."""
        from xbcompliance.report import json_line

        show(json_line(_full(assessment, self._explain)))

    def problem(self, document: Document, problem: ComplianceError) -> None:
        """Print what stands in the place of an assessment."""
        from xbcompliance.report import json_line

        show(json_line({"order": document.identity, "error": error_of(problem)}))


class _TextPrinter:
    """Readable reports with a blank line between them."""

    def __init__(self, explain: bool) -> None:
        self._explain = explain
        self._first = True

    def assessment(self, document: Document, assessment: Assessment) -> None:
        """Print an assessment."""
        from xbcompliance.report import render_assessment

        width, colour = page()
        order = document.value if isinstance(document.value, dict) else None
        text = render_assessment(_full(assessment, self._explain), width, colour, order=order)
        show(text if self._first else f"\n\n{text}", colour)
        self._first = False

    def problem(self, document: Document, problem: ComplianceError) -> None:
        """The sentence on standard error is all there is."""


def _full(assessment: Assessment, explain: bool) -> dict[str, Any]:
    document: dict[str, Any] = assessment.to_dict()
    return {**document, "explanation": assessment.explain()} if explain else document
