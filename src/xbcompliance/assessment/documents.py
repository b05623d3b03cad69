"""The shapes an assessment has in JSON and in Python: amounts are ``moneyed.Money`` here, decimal strings there.

>>> Money("7.56", "EUR").amount
Decimal('7.56')
>>> Local(currency="EUR", amount=Money("7.56", "EUR")).model_dump(mode="json")
{'currency': 'EUR', 'amount': '7.56'}
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from moneyed import Money
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator, WithJsonSchema


def _written(amount: Money | Decimal | None) -> str | None:
    if amount is None:
        return None
    return f"{amount.amount if isinstance(amount, Money) else amount:f}"


_DECIMAL_TEXT = {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}
Amount = Annotated[
    Money,
    PlainValidator(lambda value: value),
    PlainSerializer(_written, return_type=str),
    WithJsonSchema(_DECIMAL_TEXT),
]
"""An amount with its currency."""
Number = Annotated[
    Decimal,
    PlainValidator(lambda value: value),
    PlainSerializer(_written, return_type=str),
    WithJsonSchema(_DECIMAL_TEXT),
]
"""A rate or share, exact."""


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, defer_build=True)


class Cited(_Shape):
    """A place in a source."""

    source: str = Field(description="official id or title of the source")
    locator: str = Field(description="article, section or row")
    url: str | None = Field(default=None, description="address of the source")
    title: str | None = Field(default=None, description="title of the source")


class Local(_Shape):
    """An amount in the currency of the law."""

    currency: str
    amount: Amount


class Charge(_Shape):
    """One duty, tax or fee that applies, also when it comes to zero for a reason (``basis``)."""

    line: str | None = Field(description="id of the line; null for the whole order, consignment or item")
    lines: tuple[str, ...] | None = Field(
        default=None, description="ids of the lines a charge on an item or consignment is for"
    )
    kind: str = Field(description="duty | tax | fee")
    title: str
    jurisdiction: str
    level: str = Field(description="country | state | county | city | district")
    rule: str = Field(description="id of the rule that made the charge")
    version: str = Field(description="first day of the rule's version in force")
    pack: str
    basis: str = Field(
        description="charged | zero_rated | exempt | relieved | suspended | out_of_scope | reverse_charge"
    )
    base: Amount | None = Field(description="what the rate is applied to; null where there is none or it is not known")
    rate: Number | None
    rate_text: str | None
    amount: Amount | None = Field(description="null while the charge is not determined")
    local: Local | None = Field(description="the amount in the currency of the law; null where no rate is at hand")
    collected_by: str | None = Field(description="seller | marketplace | carrier | customs | buyer")
    collected_at: str | None = Field(description="checkout | import | return")
    confidence: str = Field(description="verified | recalled_high | recalled_medium | recalled_low | open")
    citations: tuple[Cited, ...]


class Totals(_Shape):
    """Sums in the order's currency; null where not fully determined."""

    goods: Amount | None
    shipping: Amount | None
    insurance: Amount | None
    discount: Amount | None
    duty: Amount | None
    tax: Amount | None
    fees: Amount | None
    landed_cost: Amount | None
    due_at_checkout: Amount | None
    due_on_import: Amount | None


class Determination(_Shape):
    """What a rule found out on the way."""

    name: str
    value: Any
    rule: str
    citations: tuple[Cited, ...]


class Alternative(_Shape):
    """A charge that could be levied instead, and what it needs."""

    name: str
    amount: Amount | None
    needs: tuple[str, ...]


class Option(_Shape):
    """Competing charges for a line: which is levied, what the others would come to."""

    line: str | None
    charge: str
    chosen: str | None = Field(description="name of the charge that is levied; null while the choice is open")
    alternatives: tuple[Alternative, ...]


class Violation(_Shape):
    """Something the law asks that is not met."""

    rule: str
    market: str | None
    severity: str
    message: str
    fix: str | None
    evidence_missing: tuple[str, ...]
    consequence: str | None
    confidence: str
    line: str | None = None
    citations: tuple[Cited, ...]


class Obligation(_Shape):
    """Something that is owed besides money."""

    rule: str
    title: str
    due: str | None
    evidence: tuple[str, ...]
    citations: tuple[Cited, ...]


class Question(_Shape):
    """A fact that is missing, and the rules it would settle."""

    fact: str
    question: str
    settles: tuple[str, ...]


class Assumed(_Shape):
    """A default that was used in place of an untold fact, and the profile that says so."""

    fact: str
    value: str
    profile: str
    reason: str


class Caution(_Shape):
    """What to bear in mind: a stale pack, a contested rule, an overlay, an old exchange rate."""

    code: str
    message: str
    rule: str | None = None
    pack: str | None = None


class Voided(_Shape):
    """A charge that was due as the law was known on the order's day and is not due as known now."""

    rule: str
    title: str
    amount: Amount
    known_from: str | None
    citations: tuple[Cited, ...]


class Traced(_Shape):
    """One charge as a receipt remembers it."""

    rule: str
    unit: int
    basis: str
    amount: str | None


class Receipt(_Shape):
    """What is needed to get the same bits again; no personal data."""

    engine: str
    rulebook: str
    rulebook_digest: str
    order_digest: str
    rates: str | None
    known_at: str | None
    packs: dict[str, str]
    profile: str
    at: str | None = None
    overlays: tuple[str, ...] = ()
    trace: tuple[Traced, ...] = ()
    result_digest: str


class AssessmentDocument(_Shape):
    """The answer to one order."""

    order: str
    currency: str
    charges: tuple[Charge, ...]
    totals: Totals
    bounds: dict[str, tuple[Amount, Amount]]
    determinations: tuple[Determination, ...]
    options: tuple[Option, ...]
    violations: tuple[Violation, ...]
    obligations: tuple[Obligation, ...]
    questions: tuple[Question, ...]
    assumptions: tuple[Assumed, ...]
    cautions: tuple[Caution, ...]
    voided: tuple[Voided, ...]
    complete: bool
    receipt: Receipt
