"""An assessment: computed at once, written out when somebody looks.

The amounts are settled when :meth:`Engine.assess` returns; titles, citations, questions and the receipt are put
together on first use from what the run kept, and explanations walk the same values again.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date

    from xbcompliance.assessment import documents as doc
    from xbcompliance.assessment.declaration import Declaration
    from xbcompliance.assessment.documents import AssessmentDocument
    from xbcompliance.assessment.result import Result
    from xbcompliance.engine import Engine


class Assessment:
    """What the law asks of one order. Amounts are ``moneyed.Money``; :meth:`to_json` gives the contract's JSON."""

    def __init__(self, engine: Engine, result: Result, at: date | None = None) -> None:
        self._engine = engine
        self._result = result
        self._at = at

    @cached_property
    def document(self) -> AssessmentDocument:
        """The whole answer as one frozen model."""
        from xbcompliance.assessment.build import Builder  # imported when first asked for: a quote may not need it

        return Builder(self._engine, self._result, self._at).document()

    @property
    def complete(self) -> bool:
        """Whether every total is determined."""
        return self.document.complete

    @property
    def charges(self) -> tuple[doc.Charge, ...]:
        """One row for each charge that applies, also when it comes to zero for a reason."""
        return self.document.charges

    @property
    def totals(self) -> doc.Totals:
        """Sums in the order's currency; ``None`` where not determined."""
        return self.document.totals

    @property
    def bounds(self) -> dict[str, Any]:
        """Least and most of each open total, where the open facts are finite."""
        return self.document.bounds

    @property
    def determinations(self) -> tuple[doc.Determination, ...]:
        """What rules found out on the way."""
        return self.document.determinations

    @property
    def options(self) -> tuple[doc.Option, ...]:
        """Competing charges: which is levied, what the others would come to and need."""
        return self.document.options

    @property
    def violations(self) -> tuple[doc.Violation, ...]:
        """What the law asks and is not met."""
        return self.document.violations

    @property
    def obligations(self) -> tuple[doc.Obligation, ...]:
        """What is owed besides money."""
        return self.document.obligations

    @property
    def questions(self) -> tuple[doc.Question, ...]:
        """The fewest facts that would settle what is open."""
        return self.document.questions

    @property
    def assumptions(self) -> tuple[doc.Assumed, ...]:
        """Every default used in place of an untold fact."""
        return self.document.assumptions

    @property
    def cautions(self) -> tuple[doc.Caution, ...]:
        """Stale packs, contested rules, overlays, old rates."""
        return self.document.cautions

    @property
    def voided(self) -> tuple[doc.Voided, ...]:
        """What was due as known then and is not due as known now."""
        return self.document.voided

    @property
    def receipt(self) -> doc.Receipt:
        """What is needed to get the same bits again."""
        return self.document.receipt

    def to_dict(self) -> dict[str, Any]:
        """The contract's JSON shape: amounts as decimal strings."""
        return self.document.model_dump(mode="json")

    def to_json(self) -> str:
        """:meth:`to_dict` as one line of JSON."""
        return self.document.model_dump_json()

    def explain(self, rule: str | None = None) -> str:
        """Every step behind a rule's answer, or behind all charges: value, rule version, citation."""
        from xbcompliance.assessment.explain import explain

        return explain(self._engine, self._result, rule)

    def declaration(self, form: str) -> Declaration:
        """A customs declaration (``H7``, ``H1``, ``CN23``, ``UK-LV``) filled from the order and this assessment.

        Raises :class:`InputError` ``XB-IN-062`` for a form that no pack describes.
        """
        from xbcompliance.assessment.declare import declare

        return declare(self._engine, self._result, form)

    def __repr__(self) -> str:
        totals = {name: None if value is None else str(value.amount) for name, value in self.totals}
        return f"<Assessment {self.document.order}: {totals}>"
