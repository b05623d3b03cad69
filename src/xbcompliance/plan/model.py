"""The compiled rulebook: every rule typed, in dependency order, with all dates inside; immutable and hashed."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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
      the charges that compete; ``roots``: the rules a quote starts from, ``destinations``: to which countries, None: to
      all; ``exceptions``: the rules that are exceptions to one
    - ``net``: the net value of a line, by which coarser charges are shared; ``prices``: what the buyer is asked for
      besides the charges; ``contained``: gross and net of a line's goods, shipping and insurance
    - ``retroactive``: whether some version was published after its first day
    - ``answer`` gives the node that a name stands for

    The rules of a rulebook that was checked before are compiled when they are first looked at.
    """

    rulebook: Rulebook
    rules: Mapping[str, PlanRule]
    answers: Mapping[str, tuple[str, ...]]
    groups: Mapping[str, tuple[str, ...]]
    options: Mapping[str, tuple[str, ...]]
    roots: tuple[str, ...]
    net: Node
    answer: Callable[[str], Node | None]
    prices: tuple[Node, ...] = ()
    included_rate: Node | None = None
    contained: tuple[tuple[Node, Node], ...] = ()
    exceptions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    destinations: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    retroactive: bool = False

    @property
    def excepted(self) -> frozenset[str]:
        """The rules with an exception."""
        return frozenset(self.exceptions)

    @property
    def facts(self) -> dict[str, Any]:
        """What compiling found out, as JSON has it; the rulebook and this make the same plan again."""
        return {name: getattr(self, name) for name in FACTS}

    @cached_property
    def digest(self) -> str:
        """The same for plans that mean the same."""
        from xbcompliance.plan.build import digest_of

        return digest_of(self.rules, self.rulebook.digest)


FACTS: Final = ("answers", "groups", "options", "roots", "exceptions", "destinations", "retroactive")
