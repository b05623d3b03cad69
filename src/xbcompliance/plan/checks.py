"""What is wrong with rules beyond a single expression: unknown sources, gaps, overlaps, two answers to one question."""

from __future__ import annotations

import keyword
from typing import TYPE_CHECKING

from xbcompliance._errors import PackError, did_you_mean
from xbcompliance.expr import ir
from xbcompliance.timeline import gaps, iso, overlaps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xbcompliance.expr.ir import Node
    from xbcompliance.packs.model import Citation, Rule
    from xbcompliance.packs.rulebook import Rulebook
    from xbcompliance.plan.model import Plan, PlanRule


def check_rule(rule: Rule, book: Rulebook) -> None:
    """Sources exist, versions do not overlap, and a value or define has no hole between its versions.

    Raises :class:`PackError` ``XB-PACK-035`` (source), ``036`` (overlap), ``037`` (gap), ``021`` (exception to nothing).
    """
    for part in rule.id.split("."):
        if keyword.iskeyword(part) or not part.isidentifier():
            hint = "expressions use Python's grammar, in which this word is taken"
            raise PackError("XB-PACK-021", rule.at, found=f"{part!r} in the name {rule.id}", expected="a plain word", hint=hint)
    for version in rule.versions:
        for citation in (*version.citations, *(c for relief in version.relief for c in relief.citations)):
            check_source(citation, book, version.at)
    spans = tuple(version.span for version in rule.versions)
    for i, j in overlaps(spans):
        found = f"versions of {rule.id} from {iso(spans[i].start)} and from {iso(spans[j].start)} claim the same days"
        raise PackError("XB-PACK-036", rule.versions[j].at, found=found, expected="one answer a day, or corrects: true")
    if rule.kind in ("value", "define"):
        for first, last in gaps(spans):
            found = f"no version of {rule.id} from {iso(first)} to {iso(last)}"
            raise PackError("XB-PACK-037", rule.at, found=found, expected="versions without a hole")
    for name in rule.exception_to:
        if name not in book.rules:
            raise PackError("XB-PACK-021", rule.at, found=f"exception_to: {name}", hint=did_you_mean(name, book.rules))


def check_source(citation: Citation, book: Rulebook, at: object) -> None:
    """The citation names a source that some pack describes."""
    if citation.source not in book.sources:
        hint = did_you_mean(citation.source, book.sources)
        raise PackError("XB-PACK-035", at, found=f"the source {citation.source!r}", expected="a described source", hint=hint)


def check_tables(book: Rulebook) -> Iterator[PackError]:
    """Rows of one key that claim the same day, and rows whose source nobody describes."""
    for table in book.tables.values():
        for a, b in table.clashes():
            found = f"rows of {table.name} for {', '.join(a.keys)} from {iso(a.span.start)} and {iso(b.span.start)}"
            yield PackError("XB-PACK-036", b.at or "", found=f"{found} claim the same days", expected="one value a day")
        for row in table.rows:
            source = row.info.get("source")
            if source and source not in book.sources:
                hint = did_you_mean(source, book.sources)
                yield PackError("XB-PACK-035", row.at or "", found=f"the source {source!r}", expected="a described source", hint=hint)
            elif not source and not row.span.layer:
                yield PackError("XB-PACK-035", row.at or "", found=f"a row of {table.name} without source", expected="its source")


def check_answers(plan: Plan) -> None:
    """Two rules that may give one answer must exclude each other, by their conditions or by ``exception_to``.

    Raises :class:`PackError` ``XB-PACK-038``.
    """
    for name, rule_ids in plan.answers.items():
        for index, first in enumerate(rule_ids):
            for second in rule_ids[index + 1 :]:
                a, b = plan.rules[first], plan.rules[second]
                if first in b.rule.exception_to or second in a.rule.exception_to or not _may_meet(plan, a, b):
                    continue
                found = f"{first} and {second} both answer {name}"
                raise PackError("XB-PACK-038", b.rule.at, found=found, expected="conditions that exclude each other, or exception_to")


def _may_meet(plan: Plan, a: PlanRule, b: PlanRule) -> bool:
    for left in a.versions:
        for right in b.versions:
            days = left.version.span.start <= right.version.span.last and right.version.span.start <= left.version.span.last
            if days and not exclude(plan, left.nodes.get("when", ir.TRUE), right.nodes.get("when", ir.TRUE)):
                return True
    return False


def exclude(plan: Plan, a: Node, b: Node) -> bool:
    """Whether two conditions can be seen to exclude each other: one asks what the other denies, or another place."""
    left, right = _parts(a), _parts(b)
    for x in left:
        for y in right:
            if (x.op == "not" and x.args[0] == y) or (y.op == "not" and y.args[0] == x):
                return True
            if x.op == y.op == "eq" and x.args[0] == y.args[0] and x.args[1].op == y.args[1].op == "const" and x != y:
                return True
    from xbcompliance.plan.routing import destinations

    places_a, places_b = destinations(plan, a), destinations(plan, b)
    return places_a is not None and places_b is not None and not places_a & places_b


def _parts(node: Node) -> tuple[Node, ...]:
    return node.args if node.op == "and" else (node,)
