"""What a pack is once read: sources, rules with dated versions, tables; texts still uncompiled, every part located.

>>> Citation("vat-dir", "Art. 369l").text
'vat-dir Art. 369l'
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from xbcompliance._unknown import UNKNOWN
from xbcompliance.timeline import Span, Timeline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from xbcompliance._errors import Location
    from xbcompliance.packs.declarations import Form
    from xbcompliance.packs.tables import Table

STATUSES: Final = ("verified", "recalled_high", "recalled_medium", "recalled_low", "open")
"""How sure a fact is, surest first; anything but ``verified`` is told in the answer."""

CASE_FILE_KEYS: Final = ("bases", "cases")
CASE_KEYS: Final = ("case", "base", "set", "drop", "known_at", "at", "overlay", "expect")
EXPECTATIONS: Final = (
    *("totals", "complete", "charges", "no_charges", "questions", "bounds", "violations", "obligations", "options"),
    "error",
)
CHARGE_KINDS: Final = ("duty", "tax", "fee")
PARTIES: Final = ("seller", "marketplace", "carrier", "customs", "buyer")
POINTS: Final = ("checkout", "import", "return")
REFUNDS: Final = ("share", "none")
"""What a return gives back of a charge: its share, or nothing."""
LEVELS: Final = ("country", "state", "county", "city", "district")
SEVERITIES: Final = ("block", "warn", "info")
CLOCKS: Final = ("placed", "paid", "shipped", "declared", "delivered")
KINDS: Final = ("law", "jurisdiction", "profile", "overlay")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a figure comes from: the act or page, its official id, its address, the day it was read."""

    key: str
    title: str
    id: str
    url: str | None
    read: str | None
    at: Location | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Citation:
    """A place in a source."""

    source: str
    locator: str

    @classmethod
    def written(cls, text: str) -> Citation:
        """A citation from the way packs write it: the key of the source, then the place in it."""
        source, _, locator = text.strip().partition(" ")
        return cls(source, locator.strip())

    @property
    def text(self) -> str:
        """The citation as packs write it."""
        return f"{self.source} {self.locator}".strip()


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of pack text with its place; expressions stay in this form until the plan is built."""

    text: str
    at: Location


@dataclass(frozen=True, slots=True)
class Relief:
    """A reason for which a charge comes to nothing: ``basis`` says which kind of nothing."""

    when: Text
    basis: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Rounding:
    """How a charge is rounded: to ``digits`` decimals (None: the minor unit) in steps, per line or in total."""

    digits: int | None = None
    step: int = 1
    mode: str = "half_up"
    per: str = "line"


@dataclass(frozen=True, slots=True)
class Version:
    """One dated version of a rule: its days, its expressions by name, its citations and how sure it is."""

    span: Span
    texts: Mapping[str, Text]
    citations: tuple[Citation, ...]
    status: str
    at: Location
    relief: tuple[Relief, ...] = ()
    contested: str | None = None
    note: str | None = None
    repealed: bool = False


@dataclass(frozen=True, slots=True)
class Repeat:
    """That a rule is written once for each value of a key: ``name`` is the key and stands for the value in the rule,
    ``fixed`` says which rows of the table count.
    """

    name: str
    table: Text
    fixed: Mapping[str, Text]
    at: Location


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with all its versions. ``terms`` holds what does not change with time (who pays, severity …), ``written``
    the keys that its author wrote: an overlay changes only what it says. A copy made by ``for_each`` knows what it was
    made of (``copy_of``) and the values that names stand for (``given``). A requirement that judges only what is told
    (``told_only``) asks for nothing.
    """

    id: str
    kind: str
    pack: str
    per: str
    clock: str | None
    versions: tuple[Version, ...]
    timeline: Timeline
    at: Location
    title: str = ""
    answers: str = ""
    exception_to: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()
    determination: bool = False
    told_only: bool = False
    part_of: str | None = None
    option_of: str | None = None
    option: str | None = None
    item_by: str | None = None
    rounding: Rounding = field(default_factory=Rounding)
    terms: Mapping[str, Text] = field(default_factory=dict)
    written: frozenset[str] = frozenset()
    repeat: Repeat | None = None
    given: Mapping[str, str] = field(default_factory=dict)
    copy_of: str | None = None

    @property
    def refund_citations(self) -> tuple[Citation, ...]:
        """The law that says what a return gives back of a charge."""
        return tuple(Citation.written(text.text) for name, text in self.terms.items() if name.startswith("refund."))


@dataclass(frozen=True, slots=True)
class Assumption:
    """What a profile puts in the place of an untold fact, and why it says so."""

    fact: str
    value: str | None
    same_as: str | None
    when_untold: bool
    when_null: bool
    reason: str

    def stands_in_for(self, value: object) -> bool:
        """Whether the assumption takes the place of this value: an untold one, a null one, or both."""
        return (value is UNKNOWN and self.when_untold) or (value is None and self.when_null)


@dataclass(frozen=True, slots=True)
class Pack:
    """One folder of rules or data, or one overlay file; ``files`` has the sha256 of each file read."""

    id: str
    version: str
    kind: str
    title: str
    verified_through: date | None
    folder: Path
    at: Location
    requires: tuple[str, ...] = ()
    sources: Mapping[str, Source] = field(default_factory=dict)
    rules: Mapping[str, Rule] = field(default_factory=dict)
    forms: Mapping[str, Form] = field(default_factory=dict)
    tables: Sequence[Table] = ()
    profiles: Mapping[str, tuple[Assumption, ...]] = field(default_factory=dict)
    disabled: tuple[Text, ...] = ()
    reason: str | None = None
    author: str | None = None
    digest: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
