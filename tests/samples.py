"""Orders for the tests: one that is told in full, and a Hypothesis strategy for many on the European lanes."""

from __future__ import annotations

import copy
import json
from datetime import date
from functools import cache
from typing import Any, Final

from hypothesis import strategies as st

import xbcompliance as xb
from conftest import ROOT
from xbcompliance._unknown import UNKNOWN
from xbcompliance.assessment.why import reference
from xbcompliance.facts import put

OVERLAYS: Final = ROOT / "examples" / "overlays"

ORIGINS: Final = ("CN", "GB", "US", "DE", "FR")
MARKETS: Final = {
    "DE": ("10115", "27498", "78266"),
    "FR": ("75001", "97110", "20000"),
    "IE": ("D02 AF30",),
    "NL": ("1011",),
}
"""Destinations with their postal codes; the later ones lie outside the customs or the VAT territory."""
RATES: Final = {"EUR/USD": "1.10", "EUR/GBP": "0.85", "EUR/JPY": "160"}

GOODS: Final = (
    ("61091000", "clothing", "CN"),
    ("61091000", "clothing.children", "GB"),
    ("48201030", "stationery", "CN"),
    ("85183000", "electronics.audio.headphones", "CN"),
    ("91021100", "accessory", "CN"),
    ("33030010", "cosmetics.perfume", "US"),
    ("49019900", "book", "GB"),
    ("64039996", "footwear", "US"),
    ("610910", "clothing", "CN"),
)
"""Goods of the built-in tariff: codes with a duty of every shape, and one too short to tell."""

OPTIONAL: Final = (
    "dates.paid", "dates.declared", "seller", "seller.kind", "seller.country", "seller.ioss_number", "marketplace",
    "marketplace.facilitates", "marketplace.ioss_number", "buyer", "buyer.kind", "gift", "ship_from",
    "ship_from.country", "ship_to.postal_code", "carriage", "prices_include", "shipping", "insurance", "discount",
    "exchange_rates", "lines.discount", "lines.hs_code", "lines.origin", "lines.category", "lines.excise",
    "lines.measures", "lines.preference", "lines.preference.direct_consignment", "lines.preference.proof",
)  # fmt: skip
"""Facts that an order may leave untold; ``lines.…`` stands for the fact of every line."""


def example() -> dict[str, Any]:
    """The order of the documentation, from Shenzhen to Berlin."""
    return json.loads((ROOT / "examples" / "orders" / "shenzhen-berlin.json").read_text())


@cache
def engine(*overlays: str, profile: str = "checkout") -> xb.Engine:
    """An engine, built once for the whole test run."""
    return xb.Engine(xb.load_rulebook(overlays=[OVERLAYS / name for name in overlays]), profile=profile)


# ----------------------------------------------------------------------------------------------------- many orders

DAYS = st.dates(date(2021, 7, 1), date(2029, 12, 31)) | st.sampled_from(
    [date(2026, 2, 28), date(2026, 3, 1), date(2026, 6, 30), date(2026, 7, 1), date(2028, 6, 30), date(2028, 7, 1)]
)
CENTS = st.sampled_from(["0", "0.01", "0.05", "1.00", "4.90", "10.00", "12.34"])
PRICES = st.sampled_from(["0.01", "0.99", "7.50", "10.03", "19.90", "44.99", "75.00", "149.99", "150.00", "200.00"])
IOSS = st.sampled_from(["IM3720000224", "IM3720000224", "IM0000000000", None])


@st.composite
def lines(draw: st.DrawFn, number: int) -> dict[str, Any]:
    code, category, origin = draw(st.sampled_from(GOODS))
    line: dict[str, Any] = {
        "id": draw(st.sampled_from(["", "L", "0"])) + str(number),
        "quantity": draw(st.sampled_from(["1", "2", "3", "0.5"])),
        "unit_price": draw(PRICES),
        "discount": draw(st.sampled_from(["0", "0", "0.01"])),
        "hs_code": code,
        "origin": origin,
        "category": category,
        "excise": draw(st.sampled_from([False, False, False, True])),
        "measures": {},
        "preference": None,
    }
    if line["quantity"] == "0.5":
        line["discount"] = "0"
    if origin == "GB" and draw(st.booleans()):
        proof = draw(st.sampled_from([{"kind": "statement_on_origin"}, None]))
        line["preference"] = {"claim": "EU-GB", "proof": proof, "direct_consignment": draw(st.booleans())}
    return line


@st.composite
def parties(draw: st.DrawFn) -> dict[str, Any]:
    market = None
    if draw(st.booleans()):
        market = {"country": "IE", "facilitates": draw(st.booleans()), "ioss_number": draw(IOSS)}
    kind = draw(st.sampled_from(["business", "business", "business", "consumer"]))
    return {
        "seller": {"kind": kind, "country": draw(st.sampled_from(ORIGINS)), "ioss_number": draw(IOSS)},
        "marketplace": market,
        "buyer": {"kind": draw(st.sampled_from(["consumer", "consumer", "consumer", "business"]))},
        "gift": draw(st.sampled_from([False, False, False, True])),
    }


@st.composite
def orders(
    draw: st.DrawFn, *, included: tuple[tuple[str, ...], ...] = ((), (), ("vat",), ("duty",), ("vat", "duty"))
) -> dict[str, Any]:
    """An order that tells everything."""
    to = draw(st.sampled_from(sorted(MARKETS)))
    placed = draw(DAYS)
    later = draw(st.sampled_from([None, placed, min(date.fromordinal(placed.toordinal() + 20), date(2029, 12, 31))]))
    goods = [draw(lines(number)) for number in range(1, draw(st.integers(1, 4)) + 1)]
    currency = draw(st.sampled_from(["EUR", "EUR", "EUR", "USD", "GBP", "JPY"]))
    return {
        "id": "A",
        "currency": currency,
        "dates": {"placed": placed.isoformat(), "paid": None, "declared": later and later.isoformat()},
        **draw(parties()),
        "ship_from": {"country": draw(st.sampled_from(ORIGINS)), "postal_code": None},
        "ship_to": {"country": to, "postal_code": draw(st.sampled_from(MARKETS[to][:1] * 4 + MARKETS[to]))},
        "carriage": draw(st.sampled_from(["post", "express", "freight"])),
        "prices_include": list(draw(st.sampled_from(included))),
        "shipping": draw(CENTS),
        "insurance": draw(CENTS),
        "discount": draw(st.sampled_from(["0", "0", "0.01"])) if goods[0]["unit_price"] != "0.01" else "0",
        "exchange_rates": RATES,
        "lines": goods,
        "shipments": draw(splits([line["id"] for line in goods])),
    }


@st.composite
def splits(draw: st.DrawFn, ids: list[str]) -> list[dict[str, Any]] | None:
    """The consignments of an order: not told apart, or the lines dealt out to two."""
    if len(ids) == 1 or not draw(st.booleans()):
        return None
    size = draw(st.integers(1, len(ids) - 1))
    return [{"id": "a", "lines": ids[:size]}, {"id": "b", "lines": ids[size:]}]


def without(order: dict[str, Any], facts: set[str]) -> dict[str, Any]:
    """The same order with facts left untold."""
    told = copy.deepcopy(order)
    for fact in facts:
        head, _, rest = fact.partition(".")
        for subject, path in [(line, rest) for line in told["lines"]] if head == "lines" else [(told, fact)]:
            *way, last = path.split(".")
            for step in way:
                subject = subject.get(step) or {}
            subject.pop(last, None)
    return told


@st.composite
def partly_told(draw: st.DrawFn) -> dict[str, Any]:
    """An order that leaves some facts untold."""
    return without(draw(orders()), draw(st.sets(st.sampled_from(OPTIONAL), max_size=4)))


def telling(order: dict[str, Any], fact: str, value: Any) -> dict[str, Any]:
    """The same order with one more fact told."""
    told = copy.deepcopy(order)
    put(told, fact, value)
    return told


# -------------------------------------------------------------------------------------------------------- two engines


def both(order: dict[str, Any], used: xb.Engine | None = None, known_at: int | None = None) -> tuple[Any, Any]:
    """What the compiled and the reference engine make of an order: its rows and the values of the shown facts."""
    used = used or engine()
    result = used.run(xb.read_order(order), known_at)
    slow = reference(used, result.order, result.slice, result.days)
    shown = [list(column) for column in result.shown]
    return (_settled(result.run.rows), shown), (
        _settled(slow.run.rows),
        [slow.values(f.node) for f in result.slice.shown],
    )


def _settled(rows: list[Any]) -> list[Any]:
    """Rows as they count: of a charge that is not determined, base and rate are no part of the answer."""
    return [row._replace(base=None, rate=None) if row.amount is UNKNOWN else row for row in rows]


def totals(order: dict[str, Any], used: xb.Engine | None = None) -> dict[str, int]:
    """The totals that are determined, in minor units."""
    found = (used or engine()).run(xb.read_order(order), None).totals
    return {name: value for name, value in found.items() if value is not UNKNOWN}


def told_in(order: dict[str, Any], fact: str) -> tuple[Any] | None:
    """What an order tells at a JSON path, in a tuple; nothing if it does not tell."""
    found: Any = order
    for step in fact.replace("]", "").replace("[", ".").split("."):
        if isinstance(found, list):
            found = found[int(step)]
        elif isinstance(found, dict) and step in found:
            found = found[step]
        else:
            return None
    return (found,)
