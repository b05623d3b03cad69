"""What is wrong with rules beyond a single expression: unknown sources, gaps, overlaps, two answers to one question.

Everything here that raises makes a rulebook unusable. What can be used but serves nothing (a rule that never applies,
a source nobody cites) is found by :mod:`xbcompliance.plan.lint`.
"""

from __future__ import annotations

import keyword
import re
from typing import TYPE_CHECKING, Final

from xbcompliance._errors import PackError, did_you_mean, shown
from xbcompliance.expr import ir
from xbcompliance.facts.catalogue import find_fact
from xbcompliance.plan.scope import DERIVED, PLACES
from xbcompliance.timeline import gaps, iso, overlaps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xbcompliance.expr.ir import Node
    from xbcompliance.packs.model import Citation, Rule
    from xbcompliance.packs.rulebook import Rulebook
    from xbcompliance.packs.tables import Table
    from xbcompliance.plan.model import Plan, PlanRule, PlanVersion
    from xbcompliance.timeline import Timeline


_WRITTEN: Final = {
    "money": (re.compile(r"-?[0-9.]+ [A-Z]{3}"), "an amount such as 150.00 EUR"),
    "number": (re.compile(r"-?[0-9.]+"), "a number such as 0.19"),
    "set": (re.compile(r"\[.*\]", re.DOTALL), "a list such as [DE, FR]"),
    "truth": (re.compile("true|false"), "true or false"),
}
"""How a value of each stated type is written, and an example for the message."""
_PLACE: Final = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,12})?")


def check_rule(rule: Rule, book: Rulebook) -> None:
    """The name is free, sources exist, versions do not overlap, and a value or define has no hole between its versions.

    Raises :class:`PackError` ``XB-PACK-035`` (source), ``036`` (overlap), ``037`` (gap), ``021`` (a name that cannot
    be used, exception to nothing), ``030`` (a name that means something else), ``033`` (something is missing), ``016``
    (a value that is not of its type), ``013`` (a jurisdiction that is no place).
    """
    _check_name(rule, book)
    _check_parts(rule)
    for version in rule.versions:
        for citation in (*version.citations, *(c for relief in version.relief for c in relief.citations)):
            check_source(citation, book, version.at)
    for citation in rule.refund_citations:
        check_source(citation, book, rule.terms["refund"].at)
    spans = tuple(version.span for version in rule.versions)
    for i, j in overlaps(spans):
        found = f"versions of {rule.id} from {iso(spans[i].start)} and from {iso(spans[j].start)} claim the same days"
        raise PackError("XB-PACK-036", rule.versions[j].at, found=found, expected="one answer a day, or corrects: true")
    if rule.kind in ("value", "define"):
        for first, last in gaps(spans):
            found = f"no version of {rule.id} from {iso(first)} to {iso(last)}"
            raise PackError("XB-PACK-037", rule.at, found=found, expected="versions without a hole")
    for name in rule.exception_to:
        if name not in book.rules or book.rules[name].kind == "value":
            raise PackError(
                "XB-PACK-021",
                rule.at,
                found=f"exception_to: {name}",
                expected="a define, charge or require",
                hint=did_you_mean(name, book.rules) if name not in book.rules else "a value has no conditions",
            )


def _check_name(rule: Rule, book: Rulebook) -> None:
    for part in rule.id.split("."):
        if keyword.iskeyword(part) or not part.isidentifier():
            hint = "expressions use Python's grammar, in which this word is taken"
            raise PackError(
                "XB-PACK-021", rule.at, found=f"{part!r} in the name {rule.id}", expected="a plain word", hint=hint
            )
    for name in (rule.id, rule.answers):
        taken = (
            "a fact"
            if find_fact(name) is not None or name in DERIVED or name in PLACES
            else "a table"
            if name in book.tables
            else "a territory"
            if name in book.places.territories()
            else ""
        )
        if taken:
            raise PackError(
                "XB-PACK-030", rule.at, found=f"a rule named {name}", expected=f"another name: it is {taken}"
            )
    for group in (rule.part_of, rule.option_of):
        if group in book.rules:
            expected = "a name of its own: it is a rule"
            raise PackError("XB-PACK-030", rule.at, found=f"a group of charges named {group}", expected=expected)


def _check_parts(rule: Rule) -> None:
    """What the kind of rule needs and the compiler does not ask for."""
    if rule.kind == "charge" and "kind" not in rule.terms:
        raise PackError("XB-PACK-033", rule.at, found=f"{rule.id} without 'kind'", expected="kind: duty | tax | fee")
    if rule.kind == "define" and not any("is" in version.texts for version in rule.versions):
        raise PackError("XB-PACK-033", rule.at, found=f"{rule.id} without 'is'", expected="is: … in some version")
    jurisdiction = rule.terms.get("jurisdiction")
    if jurisdiction is not None and jurisdiction.text.isupper() and not _PLACE.fullmatch(jurisdiction.text):
        expected = "a country, a subdivision such as US-NY, or an expression"
        raise PackError("XB-PACK-013", jurisdiction.at, found=shown(jurisdiction.text), expected=expected)
    stated = _WRITTEN.get(rule.terms["type"].text) if rule.kind == "value" else None
    for version in rule.versions if stated else ():
        text = version.texts.get("is")
        if text is not None and stated is not None and not stated[0].fullmatch(text.text.strip()):
            raise PackError("XB-PACK-016", text.at, found=shown(text.text), expected=stated[1])


def check_source(citation: Citation, book: Rulebook, at: object) -> None:
    """The citation names a source that some pack describes."""
    if citation.source not in book.sources:
        hint = did_you_mean(citation.source, book.sources)
        raise PackError(
            "XB-PACK-035", at, found=f"the source {citation.source!r}", expected="a described source", hint=hint
        )


def check_tables(book: Rulebook) -> Iterator[PackError]:
    """Rows of one key that claim the same day, and rows whose source nobody describes."""
    for table in book.tables.values():
        for a, b in table.clashes():
            found = f"rows of {table.name} for {', '.join(a.keys)} from {iso(a.span.start)} and {iso(b.span.start)}"
            yield PackError("XB-PACK-036", b.at or "", found=f"{found} claim the same days", expected="one value a day")
        yield from _check_row_sources(table, book)


def _check_row_sources(table: Table, book: Rulebook) -> Iterator[PackError]:
    """Each unknown source of a file once, at its first row: files have thousands of rows."""
    told = set()
    for row in table.rows:
        source = row.info.get("source", "")
        place = (row.at.file if row.at is not None else "", source)
        if source in book.sources or place in told or (not source and row.span.layer):
            continue
        told.add(place)
        found = f"the source {source!r}" if source else f"a row of {table.name} without source"
        hint = did_you_mean(source, book.sources)
        yield PackError("XB-PACK-035", row.at or "", found=found, expected="a described source", hint=hint)


def check_answers(plan: Plan) -> None:
    """Two rules that may give one answer must exclude each other, by their conditions or by ``exception_to``.

    Raises :class:`PackError` ``XB-PACK-038``, and ``032`` or ``023`` for exceptions that go in a circle or are told
    for finer units than the rule they are made to, ``022`` for a scope that is no truth.
    """
    _check_exceptions(plan)
    for name, rule_ids in plan.answers.items():
        for index, first in enumerate(rule_ids):
            for second in rule_ids[index + 1 :]:
                a, b = plan.rules[first], plan.rules[second]
                if first in b.rule.exception_to or second in a.rule.exception_to or not _may_meet(plan, a, b):
                    continue
                found = f"{first} and {second} both answer {name}"
                raise PackError(
                    "XB-PACK-038",
                    b.rule.at,
                    found=found,
                    expected="conditions that exclude each other, or exception_to",
                )


def _check_exceptions(plan: Plan) -> None:
    for rule_id, rule in plan.rules.items():
        if rule.rule.covers and rule.type.kind != "truth":
            found = f"{rule.type.described} as the answer of {rule_id}, which covers charges"
            raise PackError("XB-PACK-022", rule.rule.at, found=found, expected="a truth")
        for name in rule.rule.exception_to:
            if rule.grain > plan.rules[name].grain:
                found = f"an exception per {rule.grain.name} to {name}, which is per {plan.rules[name].grain.name}"
                raise PackError("XB-PACK-023", rule.rule.at, found=found, expected="one that is as coarse or coarser")
        if rule_id in (path := _exceptions_from(plan, rule_id)):
            found = f"exceptions in a circle: {rule_id} → {' → '.join(path[: path.index(rule_id) + 1])}"
            raise PackError(
                "XB-PACK-032", rule.rule.at, found=found, expected="rules that are no exceptions to themselves"
            )


def _exceptions_from(plan: Plan, rule_id: str) -> list[str]:
    """The rules that a rule is an exception to, those that they are exceptions to, and so on."""
    found: list[str] = []
    waiting = list(plan.rules[rule_id].rule.exception_to)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.append(name)
            waiting += plan.rules[name].rule.exception_to
    return found


def _may_meet(plan: Plan, a: PlanRule, b: PlanRule) -> bool:
    """Whether two rules can both be in force, as known at one time, with conditions that do not exclude each other."""
    one_clock = a.rule.clock == b.rule.clock
    checked = set()
    for known in known_days(a.rule.timeline, b.rule.timeline):
        for first, last, i in held(a.rule.timeline, known):
            for start, end, j in held(b.rule.timeline, known):
                if (one_clock and (start > last or first > end)) or (i, j) in checked:
                    continue
                checked.add((i, j))
                left, right = a.versions[i], b.versions[j]
                repealed = left.version.repealed or right.version.repealed
                since = max(first, start) if one_clock else min(first, start)
                if not repealed and not exclude(plan, _condition(left), _condition(right), since):
                    return True
    return False


def _condition(version: PlanVersion) -> Node:
    return version.nodes.get("when", ir.TRUE)


def known_days(*timelines: Timeline) -> tuple[int | None, ...]:
    """The days on which something became known, the day before the first of them, and now (None)."""
    published = sorted({s.published for t in timelines for s in t.spans if s.published is not None})
    return (None, *published, *(day - 1 for day in published[:1]))


def held(timeline: Timeline, known: int | None) -> list[tuple[int, int, int]]:
    """What each version holds, as known on a day: first day, last day, version."""
    visible = known is None or any(span.published is None or span.published <= known for span in timeline.spans)
    return timeline.pieces(known) if visible else []


def exclude(plan: Plan, a: Node, b: Node, since: int) -> bool:
    """Whether two conditions can be seen to exclude each other from a day on.

    One asks what the other denies, or another place.
    """
    left, right = _parts(a), _parts(b)
    for x in left:
        for y in right:
            if (x.op == "not" and x.args[0] == y) or (y.op == "not" and y.args[0] == x):
                return True
            if x.op == y.op == "eq" and x.args[0] == y.args[0] and x.args[1].op == y.args[1].op == "const" and x != y:
                return True
    from xbcompliance.plan.routing import destinations

    places_a, places_b = destinations(plan, a, since), destinations(plan, b, since)
    return places_a is not None and places_b is not None and not places_a & places_b


def _parts(node: Node) -> tuple[Node, ...]:
    return node.args if node.op == "and" else (node,)
