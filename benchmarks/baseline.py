"""What a competent engineer would hard-code for the lane from China to Germany: the yardstick of the benchmarks.

The law of three situations is written straight into the code, in ``Decimal``: a sale under IOSS, the same with the duty
of EUR 3 an item, and an import above EUR 150 with duty and import VAT. It answers with the same amounts as the engine
(the benchmarks check that before they measure), and with nothing else: no rule, citation, version, question or other
lane. It belongs to the benchmarks alone; nothing here is law data of the product.
"""

from __future__ import annotations

import json
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

CENT = Decimal("0.01")
ZERO = Decimal(0)
IOSS_LIMIT = Decimal(150)
ITEM_DUTY = Decimal(3)
STANDARD = Decimal("0.19")
VAT_RATES = {"book": Decimal("0.07"), "newspaper": Decimal("0.07"), "food.basic": Decimal("0.07")}
DUTY_RATES = {
    "61091000": Decimal("0.12"),
    "61103091": Decimal("0.12"),
    "48201030": ZERO,
    "85183000": ZERO,
    "49019900": ZERO,
    "95030041": Decimal("0.047"),
    "42022900": Decimal("0.037"),
    "39241000": Decimal("0.065"),
    "65050090": Decimal("0.027"),
    "64029998": Decimal("0.168"),
}


class Item(NamedTuple):
    """A line with its numbers parsed."""

    id: str
    quantity: Decimal
    unit_price: Decimal
    discount: Decimal
    category: str
    hs_code: str


class Sale(NamedTuple):
    """An order with its numbers parsed."""

    items: tuple[Item, ...]
    shipping: Decimal
    ioss_number: str | None


class Answer(NamedTuple):
    """Amounts by line and the totals."""

    duties: list[Decimal]
    taxes: list[Decimal]
    goods: Decimal
    duty: Decimal
    tax: Decimal
    landed_cost: Decimal


def parse(order: dict[str, Any]) -> Sale:
    """The few fields that the calculation needs, from the order as JSON gives it; nothing is checked."""
    items = tuple(
        Item(
            line["id"],
            Decimal(line["quantity"]),
            Decimal(line["unit_price"]),
            Decimal(line["discount"]),
            line["category"],
            line["hs_code"],
        )
        for line in order["lines"]
    )
    return Sale(items, Decimal(order["shipping"]), order["seller"]["ioss_number"])


def ioss(sale: Sale) -> Answer:
    """VAT through IOSS, before 2026-07-01."""
    nets = [item.quantity * item.unit_price - item.discount for item in sale.items]
    goods = sum(nets, ZERO)
    if goods > IOSS_LIMIT or not sale.ioss_number:
        raise ValueError("not a sale under IOSS")
    shares = split(sale.shipping, nets, sale.items)
    taxes = [
        ((net + part) * VAT_RATES.get(item.category, STANDARD)).quantize(CENT, ROUND_HALF_UP)
        for item, net, part in zip(sale.items, nets, shares, strict=True)
    ]
    tax = sum(taxes, ZERO)
    return Answer([], taxes, goods, ZERO, tax, goods + sale.shipping + tax)


def ioss_with_item_duty(sale: Sale) -> Answer:
    """VAT through IOSS with EUR 3 for each six-digit subheading, shared over its lines by net value."""
    nets = [item.quantity * item.unit_price - item.discount for item in sale.items]
    goods = sum(nets, ZERO)
    if goods > IOSS_LIMIT or not sale.ioss_number:
        raise ValueError("not a sale under IOSS")
    shares = split(sale.shipping, nets, sale.items)
    groups: dict[str, list[int]] = {}
    for index, item in enumerate(sale.items):
        groups.setdefault(item.hs_code[:6], []).append(index)
    duties = [ZERO] * len(nets)
    for group in groups.values():
        parts = split(ITEM_DUTY, [nets[i] for i in group], [sale.items[i] for i in group])
        for index, part in zip(group, parts, strict=True):
            duties[index] = part
    taxes = [
        ((net + part + duty) * VAT_RATES.get(item.category, STANDARD)).quantize(CENT, ROUND_HALF_UP)
        for item, net, part, duty in zip(sale.items, nets, shares, duties, strict=True)
    ]
    duty, tax = ITEM_DUTY * len(groups), sum(taxes, ZERO)
    return Answer(duties, taxes, goods, duty, tax, goods + sale.shipping + duty + tax)


def ordinary_import(sale: Sale) -> Answer:
    """Duty by the tariff and VAT on import, for goods of more than EUR 150."""
    nets = [item.quantity * item.unit_price - item.discount for item in sale.items]
    goods = sum(nets, ZERO)
    if goods <= IOSS_LIMIT:
        raise ValueError("a consignment of low value")
    shares = split(sale.shipping, nets, sale.items)
    values = [net + part for net, part in zip(nets, shares, strict=True)]
    duties = [
        (value * DUTY_RATES[item.hs_code]).quantize(CENT, ROUND_HALF_UP)
        for item, value in zip(sale.items, values, strict=True)
    ]
    taxes = [
        ((value + duty) * VAT_RATES.get(item.category, STANDARD)).quantize(CENT, ROUND_HALF_UP)
        for item, value, duty in zip(sale.items, values, duties, strict=True)
    ]
    duty, tax = sum(duties, ZERO), sum(taxes, ZERO)
    return Answer(duties, taxes, goods, duty, tax, goods + sale.shipping + duty + tax)


def split(whole: Decimal, weights: list[Decimal], items: Any) -> list[Decimal]:
    """A whole number of cents split in proportion to the weights by largest remainder, ties to the lower id."""
    if len(weights) == 1:
        return [whole]
    cents, total = int(whole * 100), sum(weights, ZERO)
    exact = [cents * weight / total for weight in weights]
    parts = [int(part) for part in exact]
    left = cents - sum(parts)
    if left:
        by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], items[i].id))
        for index in by_remainder[:left]:
            parts[index] += 1
    return [part * CENT for part in parts]


def as_json(sale: Sale, answer: Answer) -> str:
    """The amounts as JSON, with the words that never change."""
    charges = [
        {
            "line": item.id,
            "title": "German VAT",
            "rate": str(VAT_RATES.get(item.category, STANDARD)),
            "amount": str(tax),
        }
        for item, tax in zip(sale.items, answer.taxes, strict=True)
    ]
    charges += [
        {"line": item.id, "title": "EU customs duty", "amount": str(duty)}
        for item, duty in zip(sale.items, answer.duties, strict=False)
    ]
    totals = {name: str(getattr(answer, name)) for name in ("goods", "duty", "tax", "landed_cost")}
    return json.dumps({"charges": charges, "totals": totals})


def explained(sale: Sale, answer: Answer) -> str:
    """One sentence for each amount."""
    sentences = [
        f"Line {item.id}: German VAT at {VAT_RATES.get(item.category, STANDARD)} comes to {tax}."
        for item, tax in zip(sale.items, answer.taxes, strict=True)
    ]
    sentences += [
        f"Line {item.id}: EU customs duty comes to {duty}."
        for item, duty in zip(sale.items, answer.duties, strict=False)
    ]
    return "\n".join((*sentences, f"Total {answer.landed_cost}"))
