"""Sales tax of the United States, worked out by hand: rates, levels, rounding, discounts, delivery, nexus, fees."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

import xbcompliance as xb

if TYPE_CHECKING:
    from pathlib import Path

RATES = {  # made up, so that several levels and odd fractions meet
    "10001": ("US-NY", ("city", "NEW YORK CITY", "0.045"), ("district", "COMMUTER", "0.00375")),
    "14201": ("US-NY", ("county", "ERIE", "0.0475")),
    "30303": ("US-GA", ("county", "FULTON", "0.03"), ("city", "ATLANTA", "0.019")),
    "55401": (
        "US-MN",
        ("county", "HENNEPIN", "0.0015"),
        ("city", "MINNEAPOLIS", "0.005"),
        ("district", "TRANSIT", "0.005"),
        ("district", "METRO", "0.0075"),
        ("district", "HOUSING", "0.0025"),
    ),
    "60601": ("US-IL", ("county", "COOK", "0.0175"), ("city", "CHICAGO", "0.0125"), ("district", "RTA", "0.01")),
    "78701": ("US-TX", ("city", "AUSTIN", "0.01"), ("district", "TRANSIT", "0.01")),
    "80202": ("US-CO", ("city", "DENVER", "0.0515"), ("district", "A", "0.01"), ("district", "B", "0.001")),
    "90012": ("US-CA", ("district", "LOS ANGELES", "0.025")),
    "98101": ("US-WA", ("city", "SEATTLE", "0.0385")),
    "89101": ("US-NV", ("county", "CLARK", "0.01525")),
    "33101": ("US-FL", ("county", "MIAMI-DADE", "0.01")),
    "20001": ("US-DC",),
    "67202": ("US-KS", ("county", "SEDGWICK", "0.01")),
    "73001": ("US-OK", ("city", "NOWHERE", "0")),
    "84101": ("US-UT", ("county", "SALT LAKE", "0.029")),
    "57101": ("US-SD", ("city", "SIOUX FALLS", "0.02")),
    "87101": ("US-NM", ("city", "ALBUQUERQUE", "0.02")),
    "70112": ("US-LA", ("county", "ORLEANS", "0.05")),
    "35203": ("US-AL", ("county", "JEFFERSON", "0.02"), ("city", "BIRMINGHAM", "0.04")),
    "23219": ("US-VA", ("city", "RICHMOND", "0.01")),
    "38103": ("US-TN", ("county", "SHELBY", "0.0225")),
    "27601": ("US-NC", ("county", "WAKE", "0.02"), ("district", "TRANSIT", "0.005")),
    "43215": ("US-OH", ("county", "FRANKLIN", "0.0175")),
    "29401": ("US-SC", ("county", "CHARLESTON", "0.03")),
    "63101": ("US-MO", ("county", "ST LOUIS", "0.05454")),
    "19103": ("US-PA", ("county", "PHILADELPHIA", "0.02")),
    "83702": ("US-ID", ("city", "BOISE", "0")),
    "39201": ("US-MS", ("city", "JACKSON", "0.01")),
    "50309": ("US-IA", ("county", "POLK", "0.01")),
    "72201": ("US-AR", ("county", "PULASKI", "0.01"), ("city", "LITTLE ROCK", "0.015")),
    "53202": ("US-WI", ("county", "MILWAUKEE", "0.009"), ("city", "MILWAUKEE", "0.02")),
    "25301": ("US-WV", ("city", "CHARLESTON", "0.01")),
    "73102": ("US-OK", ("city", "OKLAHOMA CITY", "0.04125")),
}
TERMS = {
    "separately_stated": True,
    "includes_handling": False,
    "optional": True,
    "common_carrier": True,
    "at_actual_cost": True,
}


@cache
def engine(folder: Path, rounding: str = "line") -> xb.Engine:
    rows = [
        {"place": place, "level": level, "name": name, "postal_code": code, "from": "2017-01-01", "value": value}
        for code, (place, *levels) in RATES.items()
        for level, name, value in levels
    ]
    pack = {
        "format": "xbpack/1",
        "pack": "tests.local_rates",
        "kind": "overlay",
        "reason": "rates of the tests",
        "tables": {"us.sales_tax.local_rates": rows},
        "values": {"us.sales_tax.rounding": [{"from": "2017-01-01", "is": rounding}]},
    }
    path = folder / f"{rounding}.yaml"
    path.write_text(json.dumps(pack), encoding="utf-8")
    return xb.Engine(xb.load_rulebook(overlays=[path]))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rates")


def line(price: str, category: str = "household", quantity: str = "1", discount: str = "0") -> dict[str, Any]:
    return {
        "quantity": quantity,
        "unit_price": price,
        "discount": discount,
        "origin": "US",
        "category": category,
        "excise": False,
    }


def order(place: str, code: str | None, *lines: dict[str, Any], day: str = "2026-06-15", **told: Any) -> dict[str, Any]:
    to = {"country": "US", "subdivision": place, "city": "Somewhere", "postal_code": code}
    return {
        "id": "probe",
        "currency": "USD",
        "dates": {"placed": day, "paid": day, "shipped": None, "declared": None, "delivered": None},
        "seller": {
            "kind": "business",
            "country": "US",
            "registrations": [{"jurisdiction": place, "scheme": "sales_tax", "number": None}],
        },
        "marketplace": None,
        "buyer": {"kind": "consumer", "vat_number": None, "exemption": None},
        "ship_from": {"country": "US", "subdivision": "US-DE", "city": "Wilmington", "postal_code": "19801"},
        "ship_to": {key: value for key, value in to.items() if value is not None},
        "incoterm": None,
        "carriage": "express",
        "prices_include": [],
        "shipping": "0",
        "insurance": "0",
        "discount": "0",
        "shipping_terms": TERMS,
        "shipments": None,
        "history": {},
        "lines": [{"id": str(number), **one} for number, one in enumerate(lines or (line("100.00"),), 1)],
        **told,
    }


def levels(found: dict[str, Any]) -> dict[str, str]:
    """The tax of each level, line by line: ``1 state`` → amount; what is exempt is left out."""
    return {
        f"{charge['line']} {charge['level']}": charge["amount"]
        for charge in found["charges"]
        if charge["kind"] == "tax" and charge["basis"] == "charged"
    }


def assessed(folder: Path, *about: Any, rounding: str = "line", **told: Any) -> dict[str, Any]:
    return engine(folder, rounding).assess(order(*about, **told)).to_dict()


CLOTHES, FOOD, BOOK = "clothing", "food.basic", "book"

RATE_CHANGES = [
    ("US-SD", "57101", "2023-06-30", "6.50"),  # 4.5 + 2
    ("US-SD", "57101", "2023-07-01", "6.20"),  # 4.2 + 2
    ("US-NM", "87101", "2022-06-30", "7.13"),  # 5.125 + 2 = 7.125
    ("US-NM", "87101", "2022-07-01", "7.00"),
    ("US-NM", "87101", "2023-06-30", "7.00"),
    ("US-NM", "87101", "2023-07-01", "6.88"),  # 4.875 + 2 = 6.875
    ("US-LA", "70112", "2024-12-31", "9.45"),
    ("US-LA", "70112", "2025-01-01", "10.00"),
    ("US-DC", "20001", "2026-09-30", "6.00"),
    ("US-DC", "20001", "2026-10-01", "7.00"),
    ("US-IN", "46204", "2026-10-01", "7.00"),
    ("US-NJ", "07102", "2026-10-01", "6.63"),  # 6.625
]


@pytest.mark.parametrize(("place", "code", "day", "tax"), RATE_CHANGES)
def test_rates_change_on_their_days(folder: Path, place: str, code: str, day: str, tax: str) -> None:
    assert assessed(folder, place, code, day=day)["totals"]["tax"] == tax


GROCERIES = [
    ("US-AL", "35203", "2023-08-31", "10.00"),  # 4 + 6 local
    ("US-AL", "35203", "2023-09-01", "9.00"),
    ("US-AL", "35203", "2025-08-31", "9.00"),
    ("US-AL", "35203", "2025-09-01", "8.00"),
    ("US-AR", "72201", "2025-12-31", "2.63"),  # 0.125 + 2.5 = 2.625
    ("US-AR", "72201", "2026-01-01", "2.50"),
    ("US-KS", "67202", "2022-12-31", "7.50"),
    ("US-KS", "67202", "2023-01-01", "5.00"),
    ("US-KS", "67202", "2024-01-01", "3.00"),
    ("US-KS", "67202", "2025-01-01", "1.00"),
    ("US-OK", "73102", "2024-08-28", "8.63"),  # 4.5 + 4.125 = 8.625
    ("US-OK", "73102", "2024-08-29", "4.13"),  # 4.125
    ("US-MS", "39201", "2025-06-30", "8.00"),
    ("US-MS", "39201", "2025-07-01", "6.00"),
    ("US-VA", "23219", "2022-12-31", "2.50"),  # with the local part
    ("US-VA", "23219", "2023-01-01", "1.00"),
    ("US-NC", "27601", "2026-06-15", "2.00"),  # one rate in the whole state
    ("US-UT", "84101", "2026-06-15", "3.00"),
    ("US-MO", "63101", "2026-06-15", "6.68"),  # 1.225 + 5.454 = 6.679
    ("US-TN", "38103", "2026-06-15", "6.25"),
    ("US-SD", "57101", "2026-06-15", "6.20"),
    ("US-TX", "78701", "2026-06-15", "0.00"),
    ("US-ID", "83702", "2026-06-15", "6.00"),
]


@pytest.mark.parametrize(("place", "code", "day", "tax"), GROCERIES)
def test_groceries(folder: Path, place: str, code: str, day: str, tax: str) -> None:
    assert assessed(folder, place, code, line("100.00", FOOD), day=day)["totals"]["tax"] == tax


ITEMS = [
    ("US-NY", "10001", [line("109.99", CLOTHES)], "0.00"),
    ("US-NY", "10001", [line("110.00", CLOTHES)], "9.76"),  # 8.875 % = 9.7625
    ("US-NY", "14201", [line("109.99", CLOTHES)], "5.22"),  # the county alone: 5.224525
    ("US-NY", "14201", [line("110.00", CLOTHES)], "9.63"),  # 8.75 % = 9.625
    ("US-NY", "10001", [line("60.00", CLOTHES, "2")], "0.00"),  # two for 120.00, each below the limit
    ("US-NY", "10001", [line("120.00", CLOTHES, discount="10.01")], "0.00"),  # 109.99 is left
    ("US-NY", "10001", [line("120.00", CLOTHES, discount="10.00")], "9.76"),
    ("US-MA", "02108", [line("175.00", CLOTHES)], "0.00"),
    ("US-MA", "02108", [line("175.01", CLOTHES)], "0.00"),  # 6.25 % of 0.01
    ("US-MA", "02108", [line("200.00", CLOTHES)], "1.56"),  # 6.25 % of 25.00 = 1.5625
    ("US-MA", "02108", [line("200.00", CLOTHES, "2")], "3.13"),  # of 50.00 = 3.125
    ("US-RI", "02903", [line("250.00", CLOTHES)], "0.00"),
    ("US-RI", "02903", [line("300.00", CLOTHES)], "3.50"),
    ("US-CT", "06103", [line("1000.00", CLOTHES)], "63.50"),
    ("US-CT", "06103", [line("1000.01", CLOTHES)], "77.50"),  # 7.75 % of the whole: 77.500775
    ("US-PA", "19103", [line("80.00", CLOTHES), line("20.00")], "1.60"),
    ("US-MN", "55401", [line("80.00", CLOTHES)], "0.00"),
    ("US-NJ", "07102", [line("80.00", CLOTHES)], "0.00"),
    ("US-TX", "78701", [line("100.00", BOOK)], "8.25"),
    ("US-TX", "78701", [line("0.00"), line("100.00")], "8.25"),
    ("US-TX", "78701", [line("100.00", discount="100.00")], "0.00"),
    ("US-OK", "73001", [line("0.11")], "0.00"),  # 4.5 % = 0.00495
    ("US-OK", "73001", [line("0.12")], "0.01"),  # 0.0054
]


@pytest.mark.parametrize(("place", "code", "lines", "tax"), ITEMS)
def test_items(folder: Path, place: str, code: str, lines: list[dict[str, Any]], tax: str) -> None:
    found = assessed(folder, place, code, *lines)
    assert (found["totals"]["tax"], found["complete"]) == (tax, True)


DISCOUNTS = [
    # 10.00 off 100.00 taxed and 50.00 exempt: 6.67 and 3.33; 8.25 % of 93.33 = 7.699725
    (
        "US-TX",
        "78701",
        [line("100.00"), line("50.00", FOOD)],
        "10.00",
        {"1 state": "5.83", "1 city": "0.94", "1 district": "0.93"},
    ),
    # 10.00 off three lines of 10.00: 3.34, 3.33 and 3.33 by id; 8.9 % of 6.66 = 0.59274, of 6.67 = 0.59363
    (
        "US-GA",
        "30303",
        [line("10.00"), line("10.00"), line("10.00")],
        "10.00",
        {
            "1 state": "0.27",
            "1 county": "0.20",
            "1 city": "0.12",
            "2 state": "0.27",
            "2 county": "0.20",
            "2 city": "0.12",
            "3 state": "0.27",
            "3 county": "0.20",
            "3 city": "0.12",
        },
    ),
    # all of it
    (
        "US-WA",
        "98101",
        [line("60.00"), line("40.00")],
        "100.00",
        {"1 state": "0.00", "1 city": "0.00", "2 state": "0.00", "2 city": "0.00"},
    ),
    # the discount brings the item below the limit: 120.00 - 20.00
    ("US-NY", "10001", [line("120.00", CLOTHES)], "20.00", {}),
]


@pytest.mark.parametrize(("place", "code", "lines", "discount", "tax"), DISCOUNTS)
def test_order_discounts(
    folder: Path, place: str, code: str, lines: list[dict[str, Any]], discount: str, tax: dict[str, str]
) -> None:
    assert levels(assessed(folder, place, code, *lines, discount=discount)) == tax


DELIVERY = [
    ("US-TX", "78701", [line("100.00")], {}, "9.08"),  # 110.00: 9.075
    ("US-TX", "78701", [line("100.00"), line("100.00", FOOD)], {}, "8.66"),  # half the charge: 105.00: 8.6625
    ("US-NJ", "07102", [line("30.00", CLOTHES), line("70.00")], {}, "5.10"),  # 77.00: 5.10125
    ("US-CA", "90012", [line("100.00")], {}, "9.75"),
    ("US-CA", "90012", [line("100.00")], {"at_actual_cost": False}, "10.73"),  # 110.00: 10.725
    ("US-CA", "90012", [line("100.00")], {"common_carrier": False}, "10.73"),
    ("US-FL", "33101", [line("100.00")], {}, "7.00"),
    ("US-FL", "33101", [line("100.00")], {"optional": False}, "7.70"),
    ("US-IL", "60601", [line("100.00")], {"optional": False}, "11.28"),  # 10.25 % of 110.00 = 11.275
    ("US-MD", "21202", [line("100.00")], {"includes_handling": True}, "6.60"),
    ("US-VA", "23219", [line("100.00")], {"includes_handling": True}, "5.83"),
    ("US-UT", "84101", [line("100.00")], {"separately_stated": False}, "8.53"),  # 7.75 % of 110.00 = 8.525
    ("US-NV", "89101", [line("100.00")], {}, "8.38"),
    ("US-HI", "96813", [line("100.00", "medicine.prescription")], {}, "0.45"),  # the charge alone: 4.5 % of 10.00
    ("US-NY", "14201", [line("60.00", CLOTHES)], {}, "3.33"),  # the county alone: 4.75 % of 70.00 = 3.325
]


@pytest.mark.parametrize(("place", "code", "lines", "terms", "tax"), DELIVERY)
def test_delivery_charges(
    folder: Path, place: str, code: str, lines: list[dict[str, Any]], terms: dict[str, bool], tax: str
) -> None:
    found = assessed(folder, place, code, *lines, shipping="10.00", shipping_terms={**TERMS, **terms})
    assert found["totals"]["tax"] == tax


INCLUDED = [
    # price in the shop, delivery, what is left of each, tax
    ("US-TX", "78701", [line("108.25")], "10.8250", ("100.00", "10.00", "9.08")),
    ("US-CA", "90012", [line("109.75")], "10.00", ("100.00", "10.00", "9.75")),  # untaxed delivery contains no tax
    ("US-HI", "96813", [line("200.00", "medicine.prescription")], "10.45", ("200.00", "10.00", "0.45")),
    ("US-CA", "90012", [line("109.75"), line("50.00", FOOD)], "0", ("150.00", "0.00", "9.75")),
    ("US-NY", "14201", [line("104.75", CLOTHES)], "0", ("100.00", "0.00", "4.75")),  # the county alone
    ("US-MA", "02108", [line("201.5625", CLOTHES)], "0", ("200.00", "0.00", "1.56")),  # 6.25 % of 25.00
    ("US-MA", "02108", [line("100.00", CLOTHES)], "0", ("100.00", "0.00", "0.00")),
    ("US-MN", "55401", [line("109.03")], "0", ("100.00", "0.00", "9.03")),  # 9.025 %: 109.03 / 1.09025 = 100.0046
]


@pytest.mark.parametrize(("place", "code", "lines", "shipping", "left"), INCLUDED)
def test_prices_that_include_tax(
    folder: Path, place: str, code: str, lines: list[dict[str, Any]], shipping: str, left: tuple[str, str, str]
) -> None:
    found = assessed(folder, place, code, *lines, shipping=shipping, prices_include=["vat"])
    assert (found["totals"]["goods"], found["totals"]["shipping"], found["totals"]["tax"]) == left


class TestRounding:
    """How the cents of a line come about."""

    def test_the_sum_of_a_line_is_rounded_once_and_the_odd_cent_goes_to_the_largest_rest(self, folder: Path) -> None:
        # 10.06 at 4, 3 and 1.9 %: 0.4024, 0.3018 and 0.19114; together 0.89534
        found = assessed(folder, "US-GA", "30303", line("10.06"))
        assert levels(found) == {"1 state": "0.40", "1 county": "0.31", "1 city": "0.19"}

    def test_the_cents_that_are_left_go_to_the_largest_rests(self, folder: Path) -> None:
        # 3.27 at 6.875, 0.15, 0.5 and 1.5 %: 0.2248125, 0.004905, 0.01635 and 0.04905; together 0.2951175 → 0.30
        found = assessed(folder, "US-MN", "55401", line("3.27"))
        assert levels(found) == {"1 state": "0.22", "1 county": "0.01", "1 city": "0.02", "1 district": "0.05"}

    def test_jurisdiction(self, folder: Path) -> None:
        # each level on its own: 0.89 where the sum gives 0.90
        found = assessed(folder, "US-GA", "30303", line("10.06"), rounding="jurisdiction")
        assert levels(found) == {"1 state": "0.40", "1 county": "0.30", "1 city": "0.19"}

    def test_order(self, folder: Path) -> None:
        # 8.9 % of 10.06 twice = 1.79068, rounded once; by lines it is 0.90 twice
        lines = (line("10.06"), line("10.06"))
        assert assessed(folder, "US-GA", "30303", *lines)["totals"]["tax"] == "1.80"
        found = assessed(folder, "US-GA", "30303", *lines, rounding="order")
        assert found["totals"]["tax"] == "1.79"
        # 0.8048 → 0.80; with 0.6036 → 1.41; with 0.38228 → 1.79: 0.80, 0.61 and 0.38, odd cents to the first line
        assert levels(found) == {
            "1 state": "0.40",
            "1 county": "0.31",
            "1 city": "0.19",
            "2 state": "0.40",
            "2 county": "0.30",
            "2 city": "0.19",
        }

    @pytest.mark.parametrize("rounding", ["line", "jurisdiction", "order"])
    @pytest.mark.parametrize("code", RATES)
    def test_rows_add_up_and_none_is_negative(self, folder: Path, rounding: str, code: str) -> None:
        found = assessed(folder, RATES[code][0], code, line("10.06"), line("3.33"), line("0.05"), rounding=rounding)
        amounts = [Decimal(charge["amount"]) for charge in found["charges"] if charge["kind"] == "tax"]
        assert sum(amounts) == Decimal(found["totals"]["tax"])
        assert min(amounts) >= 0


NEXUS_TOLD = [(True, "6.35", "us.nexus.registration"), (False, "0.00", "us.sales_tax.use_tax")]


@pytest.mark.parametrize(("told", "tax", "duty"), NEXUS_TOLD)
def test_nexus_told_as_such_settles_who_collects(folder: Path, told: bool, tax: str, duty: str) -> None:
    seller = {"kind": "business", "country": "US", "registrations": []}
    found = assessed(folder, "US-CT", "06103", seller=seller, history={"nexus:US-CT": told})
    assert (found["totals"]["tax"], found["complete"]) == (tax, True)
    assert [obligation["rule"] for obligation in found["obligations"]] == [duty]


def test_untold_sales_ask_for_nexus_alone_and_give_bounds(folder: Path) -> None:
    seller = {"kind": "business", "country": "US", "registrations": []}
    found = assessed(folder, "US-CT", "06103", seller=seller)
    assert [question["fact"] for question in found["questions"]] == ["history.nexus:US-CT"]
    assert found["bounds"]["tax"] == ["0.00", "6.35"]


def test_an_address_without_a_state_asks_for_the_state_alone(folder: Path) -> None:
    found = assessed(folder, None, None, seller={"kind": "business", "country": "US", "registrations": []})
    assert [question["fact"] for question in found["questions"]] == ["ship_to.subdivision"]


class TestBounds:
    def test_a_missing_local_rate_is_bounded_by_the_highest(self, folder: Path) -> None:
        found = assessed(folder, "US-OK", "74999")
        assert found["totals"]["tax"] is None
        assert found["bounds"]["tax"] == ["4.50", "11.50"]
        assert [caution["message"] for caution in found["cautions"] if caution["code"] == "bounds"] == [
            "the bounds rest on us.sales_tax.local_rates.highest[US-OK], recalled; no amount is worked out from it"
        ]

    def test_an_untold_postal_code_too(self, folder: Path) -> None:
        found = assessed(folder, "US-NY", None)
        assert [question["fact"] for question in found["questions"]] == ["ship_to.postal_code"]
        assert found["bounds"]["tax"] == ["4.00", "8.88"]

    def test_prices_that_include_tax(self, folder: Path) -> None:
        found = assessed(folder, "US-OK", "74999", line("111.50"), prices_include=["vat"])
        assert found["bounds"]["goods"] == ["100.00", "106.70"]

    def test_what_is_known_has_none(self, folder: Path) -> None:
        assert assessed(folder, "US-TX", "78701")["bounds"] == {}


HOLIDAYS = [
    ("US-TX", "78701", "2026-08-06", "99.99", "8.25"),
    ("US-TX", "78701", "2026-08-07", "99.99", "0.00"),
    ("US-TX", "78701", "2026-08-09", "99.99", "0.00"),
    ("US-TX", "78701", "2026-08-10", "99.99", "8.25"),
    ("US-TX", "78701", "2026-08-07", "100.00", "8.25"),  # below 100
    ("US-MD", "21202", "2026-08-09", "100.00", "0.00"),  # at most 100
    ("US-MD", "21202", "2026-08-15", "100.01", "6.00"),
    ("US-MD", "21202", "2026-08-16", "100.00", "6.00"),
    ("US-WV", "25301", "2026-08-10", "125.00", "0.00"),
    ("US-WV", "25301", "2026-08-11", "125.00", "8.75"),
    ("US-CT", "06103", "2026-08-16", "99.99", "0.00"),
    ("US-CT", "06103", "2026-08-22", "100.00", "6.35"),
    ("US-IA", "50309", "2026-08-08", "99.99", "0.00"),
    ("US-IA", "50309", "2026-08-09", "99.99", "7.00"),
    ("US-OH", "43215", "2026-08-07", "75.00", "0.00"),
    ("US-OH", "43215", "2026-08-07", "75.01", "5.63"),  # 7.5 % = 5.62575
    ("US-SC", "29401", "2026-08-09", "500.00", "0.00"),
    ("US-OK", "73001", "2026-08-07", "99.99", "0.00"),
]


@pytest.mark.parametrize(("place", "code", "day", "price", "tax"), HOLIDAYS)
def test_holidays(folder: Path, place: str, code: str, day: str, price: str, tax: str) -> None:
    assert assessed(folder, place, code, line(price, CLOTHES), day=day)["totals"]["tax"] == tax


FEES = [
    ("US-CO", "80202", "2022-06-30", "50.00", "600000.00", "0.00"),
    ("US-CO", "80202", "2022-07-01", "50.00", "600000.00", "0.27"),
    ("US-CO", "80202", "2023-07-01", "50.00", "500000.00", "0.00"),
    ("US-CO", "80202", "2023-07-01", "50.00", "500000.01", "0.28"),
    ("US-CO", "80202", "2024-07-01", "50.00", "600000.00", "0.29"),
    ("US-CO", "80202", "2025-07-01", "50.00", "600000.00", "0.28"),
    ("US-MN", "55401", "2024-06-30", "100.00", "2000000.00", "0.00"),
    ("US-MN", "55401", "2024-07-01", "100.00", "1000000.00", "0.50"),
    ("US-MN", "55401", "2024-07-01", "99.99", "1000000.00", "0.00"),
    ("US-MN", "55401", "2024-07-01", "100.00", "999999.99", "0.00"),
]


@pytest.mark.parametrize(("place", "code", "day", "price", "sales", "fee"), FEES)
def test_delivery_fees(folder: Path, place: str, code: str, day: str, price: str, sales: str, fee: str) -> None:
    history = {f"sales.{place}.prior_year": {"amount": sales, "transactions": 9000}}
    assert assessed(folder, place, code, line(price), day=day, history=history)["totals"]["fees"] == fee


CERTIFICATES = [
    ("US-TX", "78701", {"jurisdictions": ["US-TX"], "received": "2026-06-01"}, "0.00"),
    ("US-TX", "78701", {"jurisdictions": ["US-OK"], "received": "2026-06-01"}, "8.25"),
    ("US-GA", "30303", {"jurisdictions": ["US-GA"], "received": "2026-09-13"}, "0.00"),  # the ninetieth day
    ("US-GA", "30303", {"jurisdictions": ["US-GA"], "received": "2026-09-14"}, "8.90"),
]


@pytest.mark.parametrize(("place", "code", "told", "tax"), CERTIFICATES)
def test_certificates(folder: Path, place: str, code: str, told: dict[str, Any], tax: str) -> None:
    exemption = {"kind": "resale", "certificate": "A-1", **told}
    buyer = {"kind": "business", "vat_number": None, "exemption": exemption}
    assert assessed(folder, place, code, buyer=buyer)["totals"]["tax"] == tax
