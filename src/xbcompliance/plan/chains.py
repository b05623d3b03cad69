"""How rules rest on one another: the order in which they are compiled, circles, and how long a chain of them may be.

Folding and compiling follow rules into the rules they name, so a chain has a bound; a rulebook may have any number of
rules side by side.

>>> from xbcompliance.packs.rulebook import load_rulebook
>>> from xbcompliance.plan.build import build_plan
>>> plan = build_plan(load_rulebook())
>>> "eu.ioss.vat" in plan.rules and "eu.ioss.limit" in set(needs(plan, plan.rules["eu.ioss.eligible"]))
True
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from xbcompliance._errors import PackError
from xbcompliance.expr import ir

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence

    from xbcompliance.expr.ir import Node
    from xbcompliance.packs.model import Rule
    from xbcompliance.plan.model import Plan, PlanRule

MAX_RULES: Final = 60
"""Rules that may rest on one another in a row."""
MAX_LEVELS: Final = 200
"""Levels an expression may have once the rules it names are put in their places."""
_NAME: Final = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*")
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"")
_TERMS: Final = ("jurisdiction", "market", "due_from", "due_at")
_SHOWN: Final = 3


# --- before compiling: names in texts


def compile_order(
    rules: Mapping[str, Rule],
    named: Mapping[str, Sequence[str]],
    wanted: Iterable[str] | None = None,
    done: Container[str] = (),
) -> list[str]:
    """All rules, each after those that its expressions name; ``named`` gives the rules behind a name. With ``wanted``
    only these and what they rest on, less what is done.

    Raises :class:`PackError` ``XB-PACK-032`` for rules that need each other in a circle.
    """

    def below(rule_id: str) -> Iterator[str]:
        for name in _names(rules[rule_id]):
            yield from (other for other in named.get(name, ()) if other not in done)

    order: list[str] = []
    circle = _each_after(below, rules if wanted is None else wanted, order.append)
    if circle:
        raise in_a_circle(rules, circle)
    return order


def in_a_circle(rules: Mapping[str, Rule], names: Sequence[str]) -> PackError:
    """The error for rules of which each needs the next and the last the first; told alike wherever it was entered."""
    first = names.index(min(names))
    told = " → ".join((*names[first:], *names[: first + 1]))
    expected = "rules that do not need themselves"
    return PackError("XB-PACK-032", rules[min(names)].at, found=f"the cycle {told}", expected=expected)


def _names(rule: Rule) -> Iterator[str]:
    texts = [text for name, text in rule.terms.items() if name in _TERMS]
    for version in rule.versions:
        texts += (*version.texts.values(), *(relief.when for relief in version.relief))
    for text in texts:
        yield from _NAME.findall(_QUOTED.sub("", text.text))
    if rule.item_by is not None:
        yield rule.item_by


def _each_after(
    below: Callable[[str], Iterable[str]], roots: Iterable[str], visit: Callable[[str], object]
) -> list[str]:
    """Visits every name once, after those below it; gives the names of a circle, where there is one, and stops."""
    done: set[str] = set()
    for root in roots:
        way = {} if root in done else {root: iter(below(root))}
        while way:
            name = next(reversed(way))
            other = next((other for other in way[name] if other not in done), None)
            if other is None:
                del way[name]
                done.add(name)
                visit(name)
            elif other in way:
                names = list(way)
                return names[names.index(other) :]
            else:
                way[other] = iter(below(other))
    return []


# --- after compiling: what rules need


def needs(plan: Plan, rule: PlanRule) -> Iterator[str]:
    """The rules whose answers or amounts a rule needs to be worked out."""
    if rule.grain.key:
        yield from plan.answers.get(rule.grain.key, ())
    for node in nodes(rule):
        yield from named_by(plan, node)


def nodes(rule: PlanRule) -> Iterator[Node]:
    """Every expression of a rule."""
    for version in rule.versions:
        yield from version.nodes.values()
        yield from (relief.when for relief in version.relief)
    yield from (term for term in rule.terms.values() if isinstance(term, ir.Node))


def named_by(plan: Plan, root: Node) -> Iterator[str]:
    """The rules that an expression names."""
    for node in root.walk():
        if node.op == "value":
            yield str(node.value)
        elif node.op in ("ref", "charge"):
            yield from plan.answers.get(node.value, ())
        elif node.op == "group":
            yield from (*plan.groups.get(node.value, ()), *plan.options.get(node.value, ()))


def check_chains(plan: Plan) -> None:
    """No rule rests on itself, not by way of an exception either, and no chain of rules is too long to follow.

    Raises :class:`PackError` ``XB-PACK-032`` for a circle, ``024`` for a chain.
    """
    exceptions: dict[str, list[str]] = {}
    for rule in plan.rules.values():
        for name in rule.rule.exception_to:
            exceptions.setdefault(name, []).append(rule.rule.id)
    below = {name: list(dict.fromkeys(needs(plan, rule))) for name, rule in plan.rules.items()}
    for name, others in exceptions.items():
        below[name] += others
    chains: dict[str, tuple[int, str | None]] = {}
    levels: dict[str, int] = {}

    def measure(name: str) -> None:
        longest = max(below[name], key=lambda other: chains[other][0], default=None)
        chains[name] = (1 + (chains[longest][0] if longest is not None else 0), longest)
        levels[name] = max((_levels(plan, node, levels) for node in nodes(plan.rules[name])), default=0)

    circle = _each_after(lambda name: below[name], plan.rules, measure)
    if circle:
        raise in_a_circle(plan.rulebook.rules, circle)
    longest = max(plan.rules, key=lambda name: chains[name][0], default=None)
    if longest is not None and chains[longest][0] > MAX_RULES:
        found = f"a chain of {chains[longest][0]} rules: {_shown(chains, longest)}"
        raise _too_deep(plan, longest, found, f"at most {MAX_RULES} rules that rest on one another")
    deepest = max(plan.rules, key=levels.__getitem__, default=None)
    if deepest is not None and levels[deepest] > MAX_LEVELS:
        found = f"{levels[deepest]} levels of expressions in {_shown(chains, deepest)}"
        raise _too_deep(plan, deepest, found, f"at most {MAX_LEVELS}")


def _levels(plan: Plan, root: Node, known: Mapping[str, int]) -> int:
    """How deep an expression is with the defines it names in their places."""
    depth: dict[Node, int] = {}
    for node in root.walk():
        inner = [known[rule_id] for rule_id in plan.answers.get(node.value, ())] if node.op == "ref" else []
        depth[node] = 1 + max((*inner, *(depth[arg] for arg in node.args)), default=0)
    return depth[root]


def _shown(chains: Mapping[str, tuple[int, str | None]], name: str) -> str:
    """The first rules of a chain and the last."""
    way, at = [name], chains[name][1]
    while at is not None:
        way.append(at)
        at = chains[at][1]
    return " → ".join(way if len(way) <= 2 * _SHOWN else (*way[:_SHOWN], "…", *way[-_SHOWN:]))


def _too_deep(plan: Plan, name: str, found: str, expected: str) -> PackError:
    hint = "a rule that needs only the first may name it"
    return PackError("XB-PACK-024", plan.rules[name].rule.at, found=found, expected=expected, hint=hint)


__all__ = ["MAX_LEVELS", "MAX_RULES", "check_chains", "compile_order", "in_a_circle", "named_by", "needs", "nodes"]
