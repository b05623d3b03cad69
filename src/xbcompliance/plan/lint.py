"""What a rulebook could do without: rules that never apply, answers nobody asks for, sources nobody cites.

None of it makes an answer wrong, all of it misleads the reader of a pack: a charge whose condition never holds looks
like law in force. Conditions are judged with nothing told and only the rule's own day known, so a finding is certain;
a rule that merely never met an order is not reported.

>>> from xbcompliance.packs.rulebook import load_rulebook
>>> from xbcompliance.plan.build import build_plan
>>> list(lint_plan(build_plan(load_rulebook())))
[]
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Final

from xbcompliance._errors import Location, PackError, did_you_mean, shown
from xbcompliance._unknown import UNKNOWN
from xbcompliance.expr import ir
from xbcompliance.plan.chains import named_by, needs
from xbcompliance.plan.checks import held, known_days
from xbcompliance.plan.declarations import lint_forms, nodes_of_forms, sources_of_forms
from xbcompliance.plan.fold import Folder
from xbcompliance.plan.lanes import _Walk
from xbcompliance.plan.routing import destinations
from xbcompliance.plan.spelling import lint_words
from xbcompliance.timeline import iso

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xbcompliance.expr.ir import Node
    from xbcompliance.packs.model import Pack
    from xbcompliance.packs.rulebook import Rulebook
    from xbcompliance.plan.model import Plan, PlanRule, PlanVersion

ASKED_BY_THE_ENGINE: Final = ("rates.old_after_days",)
"""Values that no rule names and cautions are made of."""
_NOTHING_TOLD: Final = {"order.currency": UNKNOWN}
WORDS_OF_AN_EXPLANATION: Final = 4
"""Fewer words than this say that a point is contested, not what is."""


def lint_plan(plan: Plan) -> Iterator[PackError]:
    """Findings by code: ``XB-PACK-039`` never applies or is never used, ``042`` unexplained, ``043`` never cited,
    ``035`` a source that nobody describes, and what :func:`lint_words` finds.
    """
    for rule in plan.rules.values():
        yield from _unreachable(plan, rule)
    yield from _unused(plan)
    yield from lint_forms(plan)
    yield from _unexplained(plan.rulebook)
    yield from _uncited(plan.rulebook)
    yield from lint_words(plan)


# --- what never applies


def _unreachable(plan: Plan, rule: PlanRule) -> Iterator[PackError]:
    for index, version in enumerate(rule.versions):
        moments = list(_moments(plan, rule, index))
        since = iso(version.version.span.start)
        if not moments and version.version.span.layer < max(other.version.span.layer for other in rule.versions):
            continue  # an overlay took its place, as overlays do
        if not moments:
            found = f"the version of {rule.rule.id} from {since}, all of whose days later versions take"
            yield PackError("XB-PACK-039", version.version.at, found=found, expected="a version that holds on some day")
        else:
            yield from _dead(plan, rule, version, moments)


def _moments(plan: Plan, rule: PlanRule, index: int) -> Iterator[tuple[int, int | None]]:
    """Days on which a version is the law, one for each stretch in which nothing it rests on changes, as known when."""
    timeline = rule.rule.timeline
    edges = _edges(plan, rule.rule.id, rule.rule.clock or "placed")
    for known in known_days(*(other.rule.timeline for other in plan.rules.values())):
        for first, last, owner in held(timeline, known):
            if owner == index:
                yield from ((day, known) for day in (first, *(edge for edge in edges if first < edge <= last)))


def _edges(plan: Plan, rule_id: str, clock: str) -> list[int]:
    """The days on which something that a rule rests on may change, by the rule's own clock."""
    edges: dict[str, set[int]] = {}
    _Walk(plan, edges).rule(rule_id, clock)
    return sorted(edges.get(clock, ()))


def _dead(
    plan: Plan, rule: PlanRule, version: PlanVersion, moments: list[tuple[int, int | None]]
) -> Iterator[PackError]:
    clock = rule.rule.clock or "placed"
    folders = [Folder(plan, _NOTHING_TOLD, {clock: day}, known) for day, known in moments]
    name, since, texts = rule.rule.id, iso(version.version.span.start), version.version.texts
    offered = version.nodes.get("offered", ir.FALSE)
    nowhere = destinations(plan, version.nodes.get("when", ir.TRUE), version.version.span.start) == frozenset()
    applies = not nowhere and any(folder.condition(rule, version) != ir.FALSE for folder in folders)
    if not applies and all(folder.node(offered, clock) == ir.FALSE for folder in folders):
        at = texts["when"].at if "when" in texts else version.version.at
        found = f"{name} from {since}, whose condition never holds"
        yield PackError("XB-PACK-039", at, found=found, expected="a condition that can hold, or repealed: true")
        return
    must = version.nodes.get("must")
    if must is not None and all(folder.node(must, clock) == ir.TRUE for folder in folders):
        found = f"{name} from {since}, which asks for nothing"
        yield PackError("XB-PACK-039", texts["must"].at, found=found, expected="a must that can fail")
    for index, relief in enumerate(version.relief):
        earlier = [entry.when for entry in version.relief[:index]]
        if not any(_has_a_turn(folder, clock, relief.when, earlier) for folder in folders):
            at = version.version.relief[index].when.at
            found = f"an 'instead' of {name} from {since} that never has its turn"
            yield PackError("XB-PACK-039", at, found=found, expected="one that can hold where none before it does")


def _has_a_turn(folder: Folder, clock: str, when: Node, earlier: list[Node]) -> bool:
    before = [folder.node(node, clock) for node in earlier]
    own = folder.node(when, clock)
    return own != ir.FALSE and own not in before and ir.TRUE not in before


# --- what nobody uses


def _unused(plan: Plan) -> Iterator[PackError]:
    used = _used(plan)
    overlays = {pack.id for pack in plan.rulebook.overlays}
    for rule_id, rule in plan.rules.items():
        if rule_id not in used:
            found = f"the {rule.rule.kind} {rule_id}, which nobody uses"
            expected = "a rule that needs it, determination: true, or covers: …" if rule.rule.kind == "define" else ""
            others = [name for name in used if plan.rules[name].rule.kind == rule.rule.kind]
            hint = did_you_mean(rule_id, others) if rule.rule.pack in overlays else ""
            yield PackError(
                "XB-PACK-039", rule.rule.at, found=found, expected=expected or "a rule that needs it", hint=hint
            )


def _used(plan: Plan) -> set[str]:
    """The rules that some charge, requirement, shown fact or derived fact rests on."""
    used: set[str] = set()
    waiting = [*plan.roots, *(name for name in ASKED_BY_THE_ENGINE if name in plan.rules)]
    for node in (plan.net, *(node for pair in plan.contained for node in pair), *nodes_of_forms(plan)):
        waiting += named_by(plan, node)
    while waiting:
        rule_id = waiting.pop()
        if rule_id in used:
            continue
        used.add(rule_id)
        rule = plan.rules[rule_id]
        waiting += [other for other, it in plan.rules.items() if rule_id in it.rule.exception_to]
        waiting += needs(plan, rule)
    return used


# --- what is not explained, and what is not cited


def _unexplained(book: Rulebook) -> Iterator[PackError]:
    for rule in book.rules.values():
        if not rule.title.strip():
            yield PackError("XB-PACK-042", rule.at, found=f"{rule.id} without 'title'", expected="title: what it is")
        for version in rule.versions:
            contested = version.contested
            if contested is not None and len(contested.split()) < WORDS_OF_AN_EXPLANATION:
                found = f"contested: {shown(contested)}"
                yield PackError(
                    "XB-PACK-042", version.at, found=found, expected="what is disputed, and which way is taken"
                )


def _uncited(book: Rulebook) -> Iterator[PackError]:
    cited = {row.info.get("source") for table in book.tables.values() for row in table.rows} | sources_of_forms(book)
    for rule in book.rules.values():
        cited |= {citation.source for citation in rule.refund_citations}
        for version in rule.versions:
            reliefs = (citation for relief in version.relief for citation in relief.citations)
            cited |= {citation.source for citation in (*version.citations, *reliefs)}
    for pack in book.packs.values():
        for source, at in _sources_of_files(pack):
            cited.add(source)
            if source not in book.sources:
                hint = did_you_mean(source, book.sources)
                found = f"the source {source!r}"
                yield PackError("XB-PACK-035", at, found=found, expected="a described source", hint=hint)
    for key, described in book.sources.items():
        if key not in cited:
            found = f"the source {key}, which nobody cites"
            yield PackError("XB-PACK-043", described.at or "", found=found, expected="a rule or row that does")


def _sources_of_files(pack: Pack) -> Iterator[tuple[str, Location]]:
    """The sources cited in files that are not tables of rules, such as the lists of places and categories."""
    declared = {row.at.file for table in pack.tables for row in table.rows if row.at is not None}
    label = pack.at.file.rpartition("/")[0]
    for path in sorted((pack.folder / "tables").glob("*.csv")) if pack.folder.is_dir() else ():
        name = f"{label}/tables/{path.name}"
        if name not in declared:
            with path.open(encoding="utf-8-sig", newline="") as file:
                for number, row in enumerate(csv.DictReader(file), 2):
                    if source := row.get("source"):
                        yield source, Location(name, number, 1)
