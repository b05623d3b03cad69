"""The shape of a filled declaration: each field with its value, its state and the source that asks for it.

>>> from xbcompliance import Engine
>>> order = {
...     "id": "A-1", "currency": "EUR", "dates": {"placed": "2026-11-02"}, "seller": {"country": "CN"},
...     "marketplace": None, "buyer": {"kind": "consumer"}, "carriage": "express", "prices_include": [],
...     "ship_from": {"country": "CN"}, "ship_to": {"country": "DE", "postal_code": "10115"}, "shipping": "4.90",
...     "lines": [{"id": "1", "quantity": "2", "unit_price": "19.90", "hs_code": "61091000", "origin": "CN",
...                "category": "clothing", "excise": False, "preference": None}]}
>>> declaration = Engine().assess(order).declaration("H7")
>>> declaration.fits, [question.fact for question in declaration.questions]
(True, ['seller.ioss_number', 'lines[0].description'])
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from xbcompliance.assessment.documents import Assumed, Caution, Cited, Question, _Shape


class DeclaredField(_Shape):
    """One field of the form, for the consignment or for one item of it."""

    name: str
    title: str
    element: str | None = Field(description="official number of the data element; null if no source gives it")
    value: str | bool | None
    unit: str | None = Field(description="currency of an amount, unit of a quantity")
    state: str = Field(
        description="filled | none: the order says there is none | missing: not told | open: whether it is needed is "
        "not known | differs: the lines of an item disagree | too_long | outside: not part of an order, add it yourself"
    )
    required: bool | None = Field(description="null where an untold fact decides")
    format: str | None
    length: int | None = Field(description="greatest number of characters")
    note: str | None
    confidence: str = Field(
        description="verified | recalled_high | recalled_medium | recalled_low | open | practice (without source)"
    )
    citations: tuple[Cited, ...]


class DeclaredItem(_Shape):
    """Lines that are one item of the declaration."""

    number: int
    lines: tuple[str, ...]
    fields: tuple[DeclaredField, ...]


class Misfit(_Shape):
    """A reason for which the form is not the right one; ``holds`` is null where an untold fact decides."""

    because: str
    holds: bool | None
    confidence: str
    citations: tuple[Cited, ...]


class DeclaredConsignment(_Shape):
    """One consignment, with the fields that it has as a whole and its items."""

    consignment: str | None = Field(description="id of the consignment; null where the order is one consignment")
    lines: tuple[str, ...]
    fits: bool | None = Field(description="whether the form is for these goods; null where an untold fact decides")
    why: tuple[Misfit, ...] = Field(description="reasons against the form that hold or may hold")
    fields: tuple[DeclaredField, ...]
    items: tuple[DeclaredItem, ...] | None = Field(
        description="null where an untold fact decides which lines are one item"
    )


class DeclarationReceipt(_Shape):
    """What the declaration rests on; no personal data."""

    engine: str
    rulebook: str
    rulebook_digest: str
    order_digest: str
    known_at: str | None
    packs: dict[str, str]


class Declaration(_Shape):
    """A form filled from an order and its assessment."""

    order: str
    form: str
    title: str
    rule: str = Field(description="id of the declaration in its pack")
    version: str | None = Field(description="first day of the version in force; null where there is none")
    day: str | None = Field(description="day of the declaration; null where it was not told")
    fits: bool | None = Field(description="whether the form is for every consignment of the order")
    consignments: tuple[DeclaredConsignment, ...]
    questions: tuple[Question, ...] = Field(description="facts that are missing, and the fields that they settle")
    assumptions: tuple[Assumed, ...]
    cautions: tuple[Caution, ...]
    note: str | None = Field(description="what the list of fields leaves out")
    complete: bool = Field(description="the form fits and all that an order can tell is there; see fields `outside`")
    citations: tuple[Cited, ...]
    receipt: DeclarationReceipt

    def to_dict(self) -> dict[str, Any]:
        """The JSON shape: amounts as decimal strings."""
        return self.model_dump(mode="json")

    def to_json(self) -> str:
        """:meth:`to_dict` as one line of JSON."""
        return self.model_dump_json()


def declaration_schema() -> dict[str, object]:
    """The JSON Schema of a declaration, as published in ``docs/schema/declaration.schema.json``.

    >>> declaration_schema()["title"]
    'Declaration'
    """
    schema = Declaration.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
