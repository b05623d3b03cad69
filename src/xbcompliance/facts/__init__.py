"""The facts of an order: its models, how to read one, and the catalogue of names that rules use.

>>> order = read_order('{"id": "A-1", "currency": "EUR", "dates": {"placed": "2026-11-22"}, '
...     '"ship_to": {"country": "DE"}, "lines": [{"id": "1", "quantity": "1", "unit_price": "19.90"}]}')
>>> order.ship_to.country, order.seller
('DE', UNKNOWN)
"""

from __future__ import annotations

from typing import Any

from xbcompliance.facts._fields import known_categories
from xbcompliance.facts._maps import ConsigneeDay, SalesPart, SalesRecord
from xbcompliance.facts._read import dotted, parse, read_document, read_order, read_return, translated
from xbcompliance.facts.catalogue import CATALOGUE, Fact, find_fact, question_path, question_text, value_of
from xbcompliance.facts.order import (
    Address,
    Buyer,
    Customs,
    Dates,
    DeMinimis,
    Destination,
    Evidence,
    Exemption,
    Line,
    LineCustoms,
    Marketplace,
    Material,
    Measures,
    MetalShares,
    Order,
    Party,
    Preference,
    Proof,
    Registration,
    Shipment,
    ShippingTerms,
)
from xbcompliance.facts.paths import drop, put, steps
from xbcompliance.facts.returns import Return, ReturnDates, ReturnedBefore, ReturnedLine

__all__ = [
    "CATALOGUE",
    "Address",
    "Buyer",
    "ConsigneeDay",
    "Customs",
    "Dates",
    "DeMinimis",
    "Destination",
    "Evidence",
    "Exemption",
    "Fact",
    "Line",
    "LineCustoms",
    "Marketplace",
    "Material",
    "Measures",
    "MetalShares",
    "Order",
    "Party",
    "Preference",
    "Proof",
    "Registration",
    "Return",
    "ReturnDates",
    "ReturnedBefore",
    "ReturnedLine",
    "SalesPart",
    "SalesRecord",
    "Shipment",
    "ShippingTerms",
    "dotted",
    "drop",
    "find_fact",
    "known_categories",
    "order_schema",
    "parse",
    "put",
    "question_path",
    "question_text",
    "read_document",
    "read_order",
    "read_return",
    "return_schema",
    "steps",
    "translated",
    "value_of",
]


def order_schema() -> dict[str, Any]:
    """The JSON Schema of an order, as published in ``docs/schema/order.schema.json``.

    >>> order_schema()["required"]
    ['id', 'currency', 'dates', 'ship_to', 'lines']
    """
    schema = Order.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def return_schema() -> dict[str, Any]:
    """The JSON Schema of a return, as published in ``docs/schema/return.schema.json``.

    >>> return_schema()["required"]
    ['id', 'return_of', 'dates', 'lines']
    """
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Return.model_json_schema()}
