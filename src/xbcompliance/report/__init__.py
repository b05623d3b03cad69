"""What a person or a program reads: assessments, packs and cases as terminal text, and documents as JSON lines.

Every figure is printed with the rule that made it, the version of its pack and the law behind it. Whatever an order
brings along (markup, terminal escapes, text that changes its direction) is printed as it was written and does nothing.

>>> print(render_packs([{"id": "eu.ioss", "version": "2026.11.0", "kind": "rules", "rules": 4,
...                      "verified_through": "2026-12-31", "title": "Import one-stop shop"}], width=80))
Pack     Version    Kind   Rules  Verified through  Title
────────────────────────────────────────────────────────────────────────
eu.ioss  2026.11.0  rules      4  2026-12-31        Import one-stop shop
<BLANKLINE>
1 pack, 4 rules
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from xbcompliance.report._safe import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import Console

    from xbcompliance._errors import ComplianceError

__all__ = [
    "json_line",
    "plain",
    "print_assessment",
    "render_assessment",
    "render_cases",
    "render_changes",
    "render_declaration",
    "render_pack",
    "render_packs",
    "render_problems",
]

DEFAULT_WIDTH = 100
"""Columns of a rendering whose reader is not known."""

# rich is imported inside the functions: a caller that only wants JSON lines does not wait for it.


def json_line(document: object) -> str:
    """A document on one line of pure ASCII, so that no locale, terminal or line splitter can change it.

    >>> json_line({"title": "Käse\\u2028", "amount": "9.06"})
    '{"title": "K\\\\u00e4se\\\\u2028", "amount": "9.06"}'
    """
    return json.dumps(document, ensure_ascii=True, allow_nan=False)


def render_assessment(
    document: Mapping[str, Any],
    width: int | None = None,
    colour: bool = False,
    *,
    order: Mapping[str, Any] | None = None,
) -> str:
    """An assessment (the contract's JSON shape) as text of ``width`` columns; ``order`` adds the lane and the date.

    Amounts are never cut: where ``width`` cannot hold them the lines grow longer.

    >>> text = render_assessment({"order": "A-1", "currency": "EUR", "charges": [], "totals": {"duty": None},
    ...                           "bounds": {"duty": ["0.00", "4.78"]}, "complete": False}, width=60)
    >>> print(text.splitlines()[0])
    Assessment of A-1 (not complete), EUR
    >>> "between 0.00 and 4.78" in text
    True
    """
    from xbcompliance.report._assessment import assessment_blocks
    from xbcompliance.report._text import rendered

    columns = width or DEFAULT_WIDTH
    return rendered(assessment_blocks(document, columns, order), columns, colour)


def print_assessment(console: Console, document: Mapping[str, Any], *, order: Mapping[str, Any] | None = None) -> None:
    """Print an assessment on a rich console of one's own, in its width and colours."""
    from xbcompliance.report._assessment import assessment_blocks

    for block in assessment_blocks(document, console.width, order):
        console.print(block, markup=False, highlight=False, emoji=False, crop=False)


def render_declaration(document: Mapping[str, Any], width: int | None = None, colour: bool = False) -> str:
    """A filled declaration (its JSON shape) as text.

    >>> print(render_declaration({"form": "H7", "order": "A-1", "title": "Low value", "fits": False, "consignments": [
    ...     {"consignment": None, "fits": False, "fields": [], "items": [],
    ...      "why": [{"because": "Too dear.", "holds": True, "citations": [{"source": "Act", "locator": "§ 1"}]}]}]}))
    H7 for A-1 (not the form for it), Low value
    <BLANKLINE>
    The consignment
    - Too dear.
        Act § 1
    """
    from xbcompliance.report._declaration import declaration_blocks
    from xbcompliance.report._text import rendered

    columns = width or DEFAULT_WIDTH
    return rendered(declaration_blocks(document, columns), columns, colour)


def render_changes(changes: Sequence[Mapping[str, Any]], width: int | None = None, colour: bool = False) -> str:
    """Changes of the law, by day.

    >>> print(render_changes([{"on": "2026-07-01", "kind": "value", "name": "a.limit", "title": "Limit", "before": None,
    ...                        "after": "3.00 EUR", "citations": ["Act § 1"]}]))
    <BLANKLINE>
    2026-07-01
    - a.limit: Limit
        was nothing
        is 3.00 EUR
        Act § 1
    <BLANKLINE>
    1 change
    """
    from xbcompliance.report._changes import change_blocks
    from xbcompliance.report._text import rendered

    return rendered(change_blocks(changes), width or DEFAULT_WIDTH, colour)


def render_packs(packs: Sequence[Mapping[str, Any]], width: int | None = None, colour: bool = False) -> str:
    """A row a pack; each has ``id``, ``version``, ``kind``, ``rules`` (a count), ``verified_through`` and ``title``."""
    from xbcompliance.report._packs import pack_list_blocks
    from xbcompliance.report._text import rendered

    columns = width or DEFAULT_WIDTH
    return rendered(pack_list_blocks(packs), columns, colour)


def render_pack(description: Mapping[str, Any], width: int | None = None, colour: bool = False) -> str:
    """One pack with its rules and sources, whatever keys its description has.

    >>> print(render_pack({"id": "eu.ioss", "version": "2026.11.0", "title": "One-stop shop",
    ...                    "rules": {"eu.ioss.vat": {"kind": "charge", "title": "VAT"}}}, width=60))
    eu.ioss 2026.11.0: One-stop shop
    <BLANKLINE>
    Rules
    - eu.ioss.vat: VAT
        kind: charge
    """
    from xbcompliance.report._packs import pack_blocks
    from xbcompliance.report._text import rendered

    return rendered(pack_blocks(description), width or DEFAULT_WIDTH, colour)


def render_problems(problems: Iterable[ComplianceError]) -> str:
    """What is wrong with packs, one ``file:line:column code message`` a line, as editors and grep read it.

    >>> from xbcompliance._errors import Location, PackError
    >>> render_problems([PackError("XB-PACK-004", Location("a/rules.yaml", 3, 5), found="'whem'", hint="meant 'when'")])
    "a/rules.yaml:3:5 XB-PACK-004 found 'whem' (meant 'when')"
    """
    lines = []
    for problem in problems:
        hint = f" ({problem.hint})" if problem.hint else ""
        lines.append(plain(f"{problem.where or '-'} {problem.code} {problem.message}{hint}"))
    return "\n".join(lines)


def render_cases(results: Iterable[Any], width: int | None = None, colour: bool = False) -> str:
    """Outcome of pack cases by pack, then every case that differs with its differences and its place.

    A result has ``pack``, ``case``, ``ok``, ``differences`` and ``where``.
    """
    from xbcompliance.report._packs import case_blocks
    from xbcompliance.report._text import rendered

    return rendered(case_blocks(list(results)), width or DEFAULT_WIDTH, colour)
