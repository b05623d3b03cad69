"""Words of a rulebook that no order can tell: places and categories that do not exist, and groups with one member.

A condition that compares a country with ``"de"`` is never true, and a row for a category that nobody has published is
never found; neither is an error by itself, so lint looks for them.

>>> from xbcompliance.packs.rulebook import load_rulebook
>>> from xbcompliance.plan.build import build_plan
>>> list(lint_words(build_plan(load_rulebook())))
[]
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from xbcompliance._errors import PackError, did_you_mean, shown
from xbcompliance.facts import known_categories
from xbcompliance.facts._fields import origins
from xbcompliance.packs.tables import ANY

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from xbcompliance.expr.ir import Node
    from xbcompliance.packs.tables import Table
    from xbcompliance.places import Places
    from xbcompliance.plan.model import Plan, PlanRule, PlanVersion

_A_PLACE: Final = "a country or region in capitals"
_A_CATEGORY: Final = "a published product tax category"


def lint_words(plan: Plan) -> Iterator[PackError]:
    """Findings: ``XB-PACK-056`` a place, ``016`` a category that does not exist, ``039`` a choice among one."""
    words = _Words(plan.rulebook.places)
    for table in plan.rulebook.tables.values():
        yield from words.in_rows(table)
    for rule in plan.rules.values():
        yield from words.in_terms(rule)
        for version in rule.versions:
            yield from words.in_version(rule, version)
    for name, members in plan.options.items():
        if len(members) == 1:
            at = plan.rules[members[0]].rule.at
            found = f"the choice {name}, of which {members[0]} is the only member"
            yield PackError("XB-PACK-039", at, found=found, expected="several charges to choose from, or no option_of")


class _Words:
    def __init__(self, places: Places) -> None:
        self.regions = frozenset(row.cells["region"] for row in places.regions)
        self.checks: dict[str, tuple[Callable[[str], bool], str, str, Collection[str]]] = {
            "place": (self.is_place, _A_PLACE, "XB-PACK-056", self.regions | origins()),
            "category": (_is_category, _A_CATEGORY, "XB-PACK-016", known_categories()),
        }

    def in_rows(self, table: Table) -> Iterator[PackError]:
        """Cells of a table that no key of an order matches, each once."""
        for index, (key, kind) in enumerate(table.keys):
            if kind not in self.checks:
                continue
            told = {"", ANY}
            for row in table.rows:
                cell = row.keys[index]
                if cell not in told:
                    told.add(cell)
                    yield from self.unknown(kind, cell, f"{key} {shown(cell)} of {table.name}", row.at or "")

    def in_terms(self, rule: PlanRule) -> Iterator[PackError]:
        """The jurisdiction or market that a rule is for."""
        for name in ("jurisdiction", "market"):
            term = rule.terms.get(name)
            word = term if term is None or isinstance(term, str) else term.value if term.op == "const" else None
            if word is not None:
                yield from self.unknown(
                    "place", word, f"{name} {shown(word)} of {rule.rule.id}", rule.rule.terms[name].at
                )

    def in_version(self, rule: PlanRule, version: PlanVersion) -> Iterator[PackError]:
        """Literals that a fact is compared with and cannot be."""
        texts = version.version.texts
        nodes = [(node, texts[name].at) for name, node in version.nodes.items() if name in texts]
        nodes += [(a.when, b.when.at) for a, b in zip(version.relief, version.version.relief, strict=True)]
        for root, at in nodes:
            for node in root.walk():
                kind = next((kind for arg in node.args if arg.op == "fact" and (kind := _kind_of(arg))), None)
                if kind is None:
                    continue
                for word in _compared(node):
                    yield from self.unknown(kind, word, f"{shown(word)} in {rule.rule.id}", at)

    def unknown(self, kind: str, word: str, found: str, at: object) -> Iterator[PackError]:
        known, expected, code, all_words = self.checks[kind]
        if not known(word):
            hint = did_you_mean(word, all_words)
            yield PackError(code, at, found=found, expected=expected, hint=hint)

    def is_place(self, code: str) -> bool:
        """Whether an address can lie there."""
        known = code in origins() or code in self.regions or _is_subdivision(code)
        return known or (not self.regions and code.partition("-")[0] in origins())


def _is_category(name: str) -> bool:
    """Whether a category, or one below it, is published; everything is while there is no list."""
    known = known_categories()
    return not known or name in known or any(other.startswith(f"{name}.") for other in known)


@lru_cache(maxsize=4096)
def _is_subdivision(code: str) -> bool:
    import pycountry

    return "-" in code and any(found.code == code for found in pycountry.subdivisions)


def _kind_of(fact: Node) -> str | None:
    name = str(fact.value)
    if name.endswith((".country", ".place")) or name == "line.origin":
        return "place"
    return "category" if name == "line.category" else None


def _compared(node: Node) -> Iterator[str]:
    if node.op == "eq":
        yield from (str(arg.value) for arg in node.args if arg.op == "const" and arg.value is not None)
    elif node.op == "in":
        yield from sorted(node.value)


__all__ = ["lint_words"]
