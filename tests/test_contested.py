"""A contested rule is cautioned where the answer rests on it, and nowhere else."""

from __future__ import annotations

import json
from typing import Any

import pytest

import xbcompliance as xb
from conftest import ROOT

ORDER = json.loads((ROOT / "examples/orders/shenzhen-berlin.json").read_text(encoding="utf-8"))
ITEM, IN_BASE, ALL_SALES = "eu.customs.item_key", "eu.ioss.duty_in_base", "eu.customs.item_duty_covers_all_sales"
BICYCLE = {"hs_code": "87120030", "category": "sport", "unit_price": "400.00", "quantity": "1"}


@pytest.fixture(scope="module")
def engine() -> xb.Engine:
    return xb.Engine()


def order(**facts: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(ORDER))
    return {**document, **facts, "dates": {"placed": "2026-08-10", **facts.get("dates", {})}}


def to(country: str, code: str, currency: str = "EUR", **facts: Any) -> dict[str, Any]:
    return order(ship_to={"country": country, "postal_code": code}, currency=currency, **facts)


def sold(**facts: Any) -> dict[str, Any]:
    """By a seller without an IOSS number."""
    return order(seller={"country": "CN", "kind": "business", "registrations": []} | {"ioss_number": None}, **facts)


def contested(answer: Any) -> list[str]:
    return [caution.rule for caution in answer.cautions if caution.code == "contested"]


def one_line(document: dict[str, Any], **facts: Any) -> dict[str, Any]:
    return {**document, "lines": [{**document["lines"][0], **facts}]}


def test_the_readings_behind_a_charge_are_told(engine: xb.Engine) -> None:
    assert contested(engine.assess(order())) == [ITEM, IN_BASE]


def test_all_sales_are_covered_in_doubt_only_where_no_other_reason_is(engine: xb.Engine) -> None:
    """A sale under IOSS bears the duty of EUR 3 under either reading, and so does a parcel by post."""
    assert ALL_SALES in contested(engine.assess(sold(carriage="express")))
    assert ALL_SALES not in contested(engine.assess(sold(carriage="post")))
    assert ALL_SALES not in contested(engine.assess(order(carriage="express")))


def test_what_one_item_is_does_not_matter_to_one_line(engine: xb.Engine) -> None:
    assert contested(engine.assess(one_line(order()))) == [IN_BASE]


def test_a_duty_in_the_price_is_no_matter_of_the_base(engine: xb.Engine) -> None:
    assert IN_BASE not in contested(engine.assess(order(prices_include=["duty"])))


def test_nothing_is_contested_where_the_duty_of_an_item_cannot_apply(engine: xb.Engine) -> None:
    many = order()
    many["lines"][0]["quantity"] = "20"
    assert contested(engine.assess(many)) == []
    gift = order(gift=True, seller={"kind": "consumer", "country": "CN", "ioss_number": None})
    assert contested(engine.assess(one_line(gift, quantity="1"))) == []
    business = {
        "kind": "business",
        "vat_number": "DE136695976",
        "vat_number_check": {"valid": True, "on": "2026-08-01"},
    }
    within = {"country": "FR", "postal_code": "75001"}
    assert contested(engine.assess(order(ship_from=within, seller={"country": "FR"}, buyer=business))) == []


def test_a_contested_charge_is_told_where_it_is_due_or_open(engine: xb.Engine) -> None:
    shirt = to("GB", "EC1A 1BB", "GBP")
    assert contested(engine.assess(shirt)) == []
    assert contested(engine.assess(one_line(shirt, **BICYCLE))) == ["gb.trade_defence.anti_dumping"]
    assert contested(engine.assess(one_line(shirt, **BICYCLE, origin="DE"))) == []


def test_a_contested_repeal_is_told_where_the_charge_would_be_due(engine: xb.Engine) -> None:
    assert "fr.parcel_fee" in contested(engine.assess(to("FR", "75001")))
    many = to("FR", "75001")
    many["lines"][0]["quantity"] = "20"
    assert "fr.parcel_fee" not in contested(engine.assess(many))
    within = {"country": "DE", "postal_code": "10115"}
    assert contested(engine.assess(to("FR", "75001", ship_from=within, seller={"country": "DE"}))) == []


def test_a_contested_requirement_is_told_where_it_applies(engine: xb.Engine) -> None:
    late = {"dates": {"placed": "2026-11-02"}}
    assert "eu.customs.handling_fee_open" in contested(engine.assess(order(**late)))
    gift = order(gift=True, seller={"kind": "consumer", "country": "CN", "ioss_number": None}, **late)
    assert "eu.customs.handling_fee_open" not in contested(engine.assess(gift))


def test_a_reading_that_could_settle_an_open_charge_is_told(engine: xb.Engine) -> None:
    untold = sold(carriage="express")
    del untold["buyer"]
    assert ALL_SALES in contested(engine.assess(untold))


def test_a_declaration_tells_what_its_fields_rest_on(engine: xb.Engine) -> None:
    american = engine.assess(to("US", "10001", "USD"))
    assert [contested(american.declaration(form)) for form in ("H7", "H1")] == [[], []]
    german = engine.assess(order())
    assert contested(german.declaration("H7")) == [ITEM]
    assert contested(german.declaration("H1")) == ["eu.declarations.h1"]
    wine = one_line(order(), excise=True, category="alcohol.wine", hs_code="22042138")
    assert "eu.declarations.standard_only" in contested(engine.assess(wine).declaration("H7"))


def test_a_field_says_how_many_digits_it_takes(engine: xb.Engine) -> None:
    asked = {question.fact: question.question for question in engine.assess(order()).declaration("H1").questions}
    assert asked["lines[0].hs_code"] == "Tell the commodity code. The field 'TARIC code' takes 10 digits."
