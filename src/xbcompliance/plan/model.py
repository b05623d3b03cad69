"""The compiled rulebook: every rule typed, in dependency order, with all dates inside; immutable and hashed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xbcompliance.expr.ir import Grain, Node, Type
    from xbcompliance.packs.model import Citation, Rule, Version
    from xbcompliance.packs.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class PlanRelief:
    """A compiled reason for which a charge comes to nothing."""

    when: Node
    basis: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class PlanVersion:
    """One version of a rule with its expressions as typed trees, by the name they have in the pack."""

    version: Version
    nodes: Mapping[str, Node]
    relief: tuple[PlanRelief, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanRule:
    """A rule, compiled: one :class:`PlanVersion` for each version, in the same order."""

    rule: Rule
    grain: Grain
    type: Type
    versions: tuple[PlanVersion, ...]
    terms: Mapping[str, Node | str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """All rules of a rulebook, compiled.

    - ``answers``: for each question the rules that may answer it; ``groups``: the charges of a named sum; ``options``:
      the charges that compete; ``roots``: the rules a quote starts from; ``excepted``: those with an exception
    - ``net``: the net value of a line, by which coarser charges are shared; ``prices``: what the buyer is asked for
      besides the charges; ``contained``: gross and net of a line's goods, shipping and insurance
    - ``retroactive``: whether some version was published after its first day
    """

    rulebook: Rulebook
    rules: Mapping[str, PlanRule]
    answers: Mapping[str, tuple[str, ...]]
    groups: Mapping[str, tuple[str, ...]]
    options: Mapping[str, tuple[str, ...]]
    roots: tuple[str, ...]
    net: Node
    prices: tuple[Node, ...] = ()
    included_rate: Node | None = None
    contained: tuple[tuple[Node, Node], ...] = ()
    excepted: frozenset[str] = frozenset()
    retroactive: bool = False
    digest: str = ""
