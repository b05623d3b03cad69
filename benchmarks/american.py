"""Parcels from China to California and the same arithmetic written by hand, beside a whole tariff and 40,000 ZIP codes.

The rates are invented where they are many (the rest of the tariff, local rates by ZIP code); the yardstick knows only
this lane in the weeks it was written for. It belongs to the benchmarks alone; nothing here is law data of the product.
"""

from __future__ import annotations

import random
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

POSTAL_CODES = 40_000
TARIFF_ROWS = 35_766
CENT = Decimal("0.01")
GOODS = {
    "6109100012": ("clothing", Decimal("0.165"), Decimal("0.075")),
    "9503000073": ("toy", Decimal(0), Decimal(0)),
    "9004100000": ("accessory.sunglasses", Decimal("0.02"), Decimal("0.075")),
    "6505002060": ("headgear", Decimal("0.075"), Decimal("0.25")),
    "4202219000": ("bag", Decimal("0.09"), Decimal("0.25")),
}
"""Code → category, duty of column 1, duty of the China lists."""
FORCED_LABOUR = Decimal("0.125")
STATE = Decimal("0.0725")
PROCESSING = Decimal("2.77")

Order = dict[str, Any]


def county(number: int) -> Decimal:
    """The invented rate of the county of a ZIP code."""
    return Decimal(number % 40) / 10_000


def district(number: int) -> Decimal:
    """The invented rate of its districts together."""
    return Decimal(50 + number % 100) / 10_000


RATES = {str(10_000 + n): (county(n), district(n)) for n in range(POSTAL_CODES)}


def write_packs(folder: Path) -> Path:
    """A pack with a whole tariff of ten-digit codes, and one with local rates for every ZIP code."""
    tariff = ["importer,measure,origin,code,from,until,value,source,locator,status"]
    for number in range(TARIFF_ROWS):
        code = f"{1 + number // 4471:02d}99{number % 4471:04d}{number % 90 + 10}"
        tariff.append(f"US,mfn,,{code},2021-01-01,,{number % 300 / 10:.1f}%,book,{code},verified")
    _write(folder / "tariff", "customs.tariff", tariff)
    local = ["place,level,name,postal_code,from,until,value,source,locator,status"]
    for number in range(POSTAL_CODES):
        code = str(10_000 + number)
        local.append(f"US-CA,county,C{number % 58},{code},2021-01-01,,{county(number)},book,{code},verified")
        local.append(f"US-CA,district,D{number % 300},{code},2021-01-01,,{district(number)},book,{code},verified")
    _write(folder / "local", "us.sales_tax.local_rates", local)
    return folder


def _write(folder: Path, table: str, rows: list[str]) -> None:
    (folder / "tables").mkdir(parents=True)
    head = f"format: xbpack/1\npack: bench.{folder.name}\ntitle: Large tables\n"
    head += "sources:\n  book: {title: A book of rates, id: Book 1}\n"
    (folder / "pack.yaml").write_text(f"{head}tables:\n  {table}:\n    files: [tables/rows.csv]\n", encoding="utf-8")
    (folder / "tables" / "rows.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def parcels(count: int = 1000) -> list[Order]:
    """Different orders of three lines."""
    chance = random.Random(7)
    return [_parcel(chance, number) for number in range(count)]


def _parcel(chance: random.Random, number: int) -> Order:
    codes = chance.sample(sorted(GOODS), 3)
    lines = [
        {
            "id": str(index + 1),
            "quantity": str(chance.randint(1, 3)),
            "discount": "0",
            "hs_code": code,
            "unit_price": f"{chance.randint(500, 20_000) / 100:.2f}",
            "origin": "CN",
            "category": GOODS[code][0],
            "measures": {},
            "excise": False,
            "preference": None,
        }
        for index, code in enumerate(codes)
    ]
    shipping = {"separately_stated": True, "includes_handling": False, "optional": False}
    return {
        "id": f"P-{number}",
        "currency": "USD",
        "marketplace": None,
        "gift": False,
        "carriage": "express",
        "dates": {"placed": "2026-10-25", "paid": "2026-10-25", "shipped": "2026-10-29", "declared": "2026-11-01"},
        "seller": {
            "kind": "business",
            "country": "CN",
            "vat_numbers": [],
            "ioss_number": None,
            "eori": None,
            "registrations": [{"jurisdiction": "US-CA", "scheme": "sales_tax", "number": None}],
        },
        "buyer": {"kind": "consumer", "vat_number": None, "exemption": None},
        "ship_from": {"country": "CN", "subdivision": None, "city": "Shenzhen", "postal_code": "518000"},
        "ship_to": {
            "country": "US",
            "subdivision": "US-CA",
            "city": "Springfield",
            "postal_code": str(10_000 + chance.randrange(POSTAL_CODES)),
        },
        "customs": {"filing": "automated", "express_hub": False, "transport": "air"},
        "shipping_terms": {**shipping, "common_carrier": True, "at_actual_cost": True},
        "prices_include": [],
        "shipping": "9.00",
        "insurance": "0",
        "discount": "0",
        "lines": lines,
        "shipments": None,
        "history": {},
    }


def parse(order: Order) -> tuple[str, list[tuple[str, Decimal]]]:
    """ZIP code, and the code and value of each line."""
    lines = [(line["hs_code"], Decimal(line["quantity"]) * Decimal(line["unit_price"])) for line in order["lines"]]
    return order["ship_to"]["postal_code"], lines


def by_hand(sale: tuple[str, list[tuple[str, Decimal]]]) -> tuple[Decimal, Decimal, Decimal]:
    """Duty, sales tax by level, and fees."""
    postal_code, lines = sale
    levels = (STATE, *RATES[postal_code])
    duty = tax = Decimal(0)
    for code, value in lines:
        _, general, china = GOODS[code]
        for rate in (general, china, FORCED_LABOUR):
            duty += (value * rate).quantize(CENT, ROUND_HALF_UP)
        together = before = Decimal(0)
        for rate in levels:
            together += value * rate
            rounded = together.quantize(CENT, ROUND_HALF_UP)
            tax += rounded - before
            before = rounded
    return duty, tax, PROCESSING
