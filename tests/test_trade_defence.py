"""Trade-defence duties, preferences and parcel fees: what their case files cannot say, obligations above all."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

import xbcompliance as xb

ENGINE = xb.Engine()


def electric_bicycle(**changes: Any) -> dict[str, Any]:
    """A Chinese electric bicycle of EUR 1100.00, delivery included, sent to Berlin."""
    line = {
        "id": "1", "quantity": "1", "unit_price": "1050.00", "discount": "0", "hs_code": "87116010", "origin": "CN",
        "category": "bicycle.electric", "measures": {}, "excise": False, "preference": None,
    }  # fmt: skip
    order: dict[str, Any] = {
        "id": "A-1", "currency": "EUR", "dates": {"placed": "2026-05-04"},
        "seller": {"kind": "business", "country": "CN", "vat_numbers": [], "ioss_number": None, "registrations": []},
        "marketplace": None, "buyer": {"kind": "consumer", "vat_number": None, "exemption": None}, "gift": False,
        "ship_from": {"country": "CN", "postal_code": "518000"}, "ship_to": {"country": "DE", "postal_code": "10115"},
        "carriage": "freight", "prices_include": [], "shipping": "50.00", "insurance": "0", "discount": "0",
        "lines": [line], "shipments": None, "history": {},
    }  # fmt: skip
    for name in tuple(changes):
        if name in line or name == "attributes":
            line[name] = changes.pop(name)
    return order | changes


def obligations(order: dict[str, Any]) -> set[str]:
    return {obligation.rule for obligation in ENGINE.assess(order).obligations}


def test_a_question_about_the_origin_comes_with_what_it_is_worth() -> None:
    order = electric_bicycle()
    del order["lines"][0]["origin"]
    answer = ENGINE.assess(order).to_dict()
    assert answer["bounds"]["duty"] == ["66.00", "938.30"]
    assert [(q["fact"], set(q["settles"])) for q in answer["questions"]] == [
        (
            "lines[0].origin",
            {
                "eu.trade_defence.anti_dumping",
                "eu.trade_defence.countervailing",
                "eu.trade_defence.producer_rate",
                "eu.vat.import_vat",
            },
        )
    ]


def test_a_table_that_is_asked_for_a_row_has_no_gap_where_there_is_none() -> None:
    order = electric_bicycle()
    del order["lines"][0]["hs_code"]
    facts = [question.fact for question in ENGINE.assess(order).questions]
    assert facts == ["lines[0].hs_code"]


def test_who_made_the_goods_has_to_be_found_out_where_producers_have_rates() -> None:
    assert "eu.trade_defence.producer_rate" in obligations(electric_bicycle())
    assert "eu.trade_defence.producer_rate" not in obligations(electric_bicycle(origin="TW"))


@pytest.mark.parametrize(
    ("hs_code", "start", "there"),
    [("87120030", "KH", True), ("87120030", "VN", False), ("87116010", "KH", False)],
)
def test_so_it_has_where_goods_were_consigned_from(hs_code: str, start: str, there: bool) -> None:
    order = electric_bicycle(hs_code=hs_code, origin="VN", ship_from={"country": start, "postal_code": "1"})
    assert ("eu.trade_defence.producer_rate" in obligations(order)) is there


@pytest.mark.parametrize(
    ("day", "price", "country", "there"),
    [
        ("2025-12-31", "30.00", "IT", False),
        ("2026-01-01", "30.00", "IT", True),
        ("2026-06-30", "30.00", "IT", True),
        ("2026-07-01", "30.00", "IT", True),
        ("2026-05-04", "150.00", "IT", True),
        ("2026-05-04", "150.01", "IT", False),
        ("2026-05-04", "30.00", "DE", False),
    ],
)
def test_the_italian_contribution_is_said_and_not_charged(day: str, price: str, country: str, there: bool) -> None:
    to = {"country": country, "postal_code": "00118" if country == "IT" else "10115"}
    order = electric_bicycle(dates={"placed": day}, unit_price=price, ship_to=to, carriage="express")
    assert ("it.parcel_fee" in obligations(order)) is there
    assert not [charge for charge in ENGINE.assess(order).charges if charge.kind == "fee"]


def test_goods_that_are_known_not_to_have_come_straight_have_no_preference() -> None:
    claim = {"claim": "EU-GB", "proof": {"kind": "statement_on_origin"}, "direct_consignment": None}
    order = electric_bicycle(origin="GB", preference=claim, ship_from={"country": "GB", "postal_code": "SW1A 1AA"})
    assert [charge.rule for charge in ENGINE.assess(order).charges if charge.kind == "duty"] == ["eu.customs.duty"]


@pytest.mark.parametrize(
    ("importer", "code", "day", "rate"),
    [
        ("EU", "85171200", "2021-12-31", "0%"),
        ("EU", "85171200", "2022-01-01", None),
        ("EU", "85171300", "2021-12-31", None),
        ("EU", "85171300", "2022-01-01", "0%"),
        ("EU", "94051050", "2021-12-31", "3.7%"),
        ("EU", "94051050", "2022-01-01", None),
        ("EU", "91021100", "2026-11-22", "4.50% MIN 0.30 EUR/item MAX 0.80 EUR/item"),
        ("EU", "610910", "2026-11-22", "12%"),
        ("GB", "85395000", "2021-12-31", "0%"),
        ("GB", "85395200", "2022-01-01", "0%"),
        ("GB", "91021100", "2026-11-22", "0.20 GBP/item"),
        ("GB", "95030041", "2026-11-22", "4%"),
        ("CH", "61091000", "2023-12-31", None),
        ("CH", "61091000", "2024-01-01", "Free"),
        ("CH", "35069190", "2024-01-01", None),
        ("CH", "38089190", "2024-01-01", None),
        ("CH", "09022000", "2024-01-01", None),
        ("NO", "85183000", "2026-11-22", "Free"),
        ("NO", "61091000", "2026-11-22", None),
        ("NO", "42022210", "2026-11-22", "Free"),
    ],
)
def test_duty_rates_by_edition_of_the_nomenclature(importer: str, code: str, day: str, rate: str | None) -> None:
    view = ENGINE.rulebook.tables["customs.tariff"].view(None)
    row = view.row(date.fromisoformat(day).toordinal(), importer, "mfn", "CN", code)
    assert (row.value.rate_text if row else None) == rate
