"""A thousand different orders for each benchmark, so that no answer kept for one of them flatters the measurement.

>>> orders = ioss("2026-05-04")
>>> len(orders), len({order["lines"][0]["unit_price"] for order in orders}) > 500
(1000, True)
"""

from __future__ import annotations

import json
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

COUNT = 1000
EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "orders" / "shenzhen-berlin.json"
GOODS = (
    ("clothing", "61091000"),
    ("clothing", "61103091"),
    ("stationery", "48201030"),
    ("electronics.audio.headphones", "85183000"),
    ("book", "49019900"),
    ("toy", "95030041"),
    ("bag", "42022900"),
    ("household.tableware", "39241000"),
    ("headgear", "65050090"),
    ("footwear", "64029998"),
)
"""Categories of both German rates, with commodity codes that have a duty in per cent."""
Order = dict[str, Any]


def ioss(placed: str) -> list[Order]:
    """Three-line orders of at most EUR 150 from Shenzhen to Berlin, sold under IOSS."""
    return _many(placed, lambda worth: worth <= 150, (100, 6000))


def above(placed: str) -> list[Order]:
    """Three-line orders of more than EUR 150: duty by the tariff and VAT on import, collected by the carrier."""
    return _many(placed, lambda worth: worth > 150, (5000, 40000))


def _many(placed: str, fits: Any, cents: tuple[int, int]) -> list[Order]:
    chance = random.Random(placed)
    example = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    orders: list[Order] = []
    while len(orders) < COUNT:
        order = _one(example, chance, placed, cents, len(orders))
        if fits(sum(Decimal(line["unit_price"]) * Decimal(line["quantity"]) for line in order["lines"])):
            orders.append(order)
    return orders


def _one(example: Order, chance: random.Random, placed: str, cents: tuple[int, int], number: int) -> Order:
    order: Order = json.loads(json.dumps(example))
    order["id"] = f"B-{number}"
    order["dates"]["placed"] = placed
    order["shipping"] = _euros(chance.randint(0, 1500))
    for line, (category, code) in zip(order["lines"], chance.sample(GOODS, 3), strict=True):
        line["category"], line["hs_code"] = category, code
        line["quantity"] = str(chance.randint(1, 3))
        line["unit_price"] = _euros(chance.randint(*cents))
    return order


def _euros(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"
