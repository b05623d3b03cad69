"""The published shape of an assessment, and small laws of its parts."""

from __future__ import annotations

import json

import pytest

import xbcompliance as xb
from conftest import ROOT
from xbcompliance.assessment import assessment_schema
from xbcompliance.facts import put

ORDER = json.loads((ROOT / "examples/orders/shenzhen-berlin-usd.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def engine() -> xb.Engine:
    return xb.Engine()


def order(**facts: object) -> dict[str, object]:
    document = json.loads(json.dumps(ORDER))
    for path, value in facts.items():
        put(document, path.replace("__", "."), value)
    return document


def test_the_published_schema_is_current() -> None:
    published = json.loads((ROOT / "docs/schema/assessment.schema.json").read_text(encoding="utf-8"))
    assert published == json.loads(json.dumps(assessment_schema()))


def test_the_same_order_on_three_days_gives_three_answers(engine: xb.Engine) -> None:
    """USD 168 is above EUR 150 in March 2022 and below it in 2026: import, then IOSS, then IOSS with EUR 3 an item."""
    from datetime import date

    days = [date(2022, 3, 10), date(2026, 6, 29), date(2026, 8, 10)]
    found = [engine.assess(ORDER, at=day).totals for day in days]
    # 2022: 12 % of 78.00 + 4.55 freight = 9.906; VAT 19 % of 92.46, 19.05 and 76.20. 2026-06: VAT 19 % of 82.55, 19.05,
    # 76.20. 2026-08: EUR 3 at 1.1555 = 3.47 an item; VAT 19 % of 86.02, 22.52 and 79.67.
    assert [str(t.duty.amount) for t in found] == ["9.91", "0.00", "10.41"]
    assert [str(t.tax.amount) for t in found] == ["35.67", "33.78", "35.76"]
    assert [str(t.due_on_import.amount) for t in found] == ["45.58", "0.00", "0.00"]


def test_every_charge_has_rule_version_and_source(engine: xb.Engine) -> None:
    for charge in engine.assess(ORDER).charges:
        assert charge.rule in engine.rulebook.rules
        assert charge.version == "2021-07-01" or charge.version > "2021-07-01"
        assert charge.citations
        assert all(cited.source and cited.locator for cited in charge.citations)


def test_a_rate_of_another_source_than_the_law_names_is_told(engine: xb.Engine) -> None:
    codes = [caution.code for caution in engine.assess(ORDER).cautions]
    assert "rate_source" in codes
    told = order(exchange_rates={"EUR/USD": "1.1000"})
    assert "rate_source" not in [caution.code for caution in engine.assess(told).cautions]


def test_a_repeal_in_doubt_is_cautioned_where_it_matters(engine: xb.Engine) -> None:
    french = order(ship_to={"country": "FR", "postal_code": "75001"}, dates={"placed": "2026-08-10"})
    assert "fr.parcel_fee" in [caution.rule for caution in engine.assess(french).cautions]
    german = order(dates={"placed": "2026-08-10"})
    assert "fr.parcel_fee" not in [caution.rule for caution in engine.assess(german).cautions]


def test_packs_whose_rows_gave_a_rate_are_stale_too_and_others_are_not_told(engine: xb.Engine) -> None:
    late = engine.assess(order(dates={"placed": "2027-06-01"}))
    stale = {caution.pack for caution in late.cautions if caution.code == "stale_pack"}
    assert {"eu.ioss", "eu.vat_rates"} <= stale
    assert not {"gb.vat_rates", "gb.tariff", "ch.vat_rates"} & stale


def test_strict_refuses_a_stale_pack() -> None:
    late = order(dates={"placed": "2027-06-01"})
    with pytest.raises(xb.PackError, match="XB-PACK-041"):
        xb.Engine(strict=True).assess(late)


def test_an_unknown_profile_is_an_error_with_a_suggestion() -> None:
    with pytest.raises(xb.PackError, match="did you mean 'checkout'"):
        xb.Engine(profile="chekout")


# --- what an answer says about itself


def quoted(engine: xb.Engine, **facts: object) -> dict[str, object]:
    return engine.assess(order(**{"dates": {"placed": "2026-08-10"}, **facts})).to_dict()


def test_rows_that_were_not_verified_are_cautioned_by_table_and_place(engine: xb.Engine) -> None:
    """The Norwegian duty on stationery is free by a row recalled with medium confidence; its rule is verified."""
    found = quoted(engine, ship_to={"country": "NO", "postal_code": "0150"}, currency="NOK")
    told = [caution["message"] for caution in found["cautions"] if caution["code"] == "confidence"]
    assert told == ["rows of customs.tariff for NO rest on facts recalled with medium confidence"]


def test_one_rule_rests_and_two_rest(engine: xb.Engine) -> None:
    at = engine.assess(order(dates={"placed": "2026-08-10"}, ship_to={"country": "IT", "postal_code": "20121"}))
    for message in [caution.message for caution in at.cautions if caution.code == "confidence"]:
        rules = message.partition(" rest")[0].split(", ")
        one = len(rules) == 1 and not rules[0].startswith("rows of")
        assert (" rests on " in message) is one


def claimed(**facts: object) -> dict[str, object]:
    """Goods of Viet Nam above EUR 150, for which a rate is claimed that no table holds."""
    document = order(currency="EUR", dates={"placed": "2026-08-10"}, **facts)
    document["seller"]["country"] = document["ship_from"]["country"] = "VN"
    document["lines"][0]["quantity"] = "20"
    for line in document["lines"]:
        claim = {"claim": "EU-VN", "proof": {"kind": "statement_on_origin"}, "direct_consignment": True}
        line |= {"origin": "VN", "preference": claim}
    return document


def test_nothing_is_less_than_a_duty_of_nothing(engine: xb.Engine) -> None:
    found = engine.assess(claimed())
    duties = {c.line: (c.basis, c.amount) for c in found.charges if c.rule == "eu.customs.duty"}
    assert duties["1"][1] is None
    assert [duties[line][0] for line in "23"] == ["zero_rated"] * 2
    assert [duties[line][1].amount for line in "23"] == [0, 0]
    assert [c.amount is None for c in found.charges if c.kind == "tax"] == [True, False, False]
    assert not [question.fact for question in found.questions if "482010" in question.fact]


def test_no_charge_is_chosen_while_the_choice_is_open(engine: xb.Engine) -> None:
    first, *others = engine.assess(claimed()).options
    assert first.chosen is None
    assert [other.name for other in first.alternatives] == ["mfn", "eu-vn"]
    assert {other.chosen for other in others} == {"mfn"}


def within_the_union(**facts: object) -> dict[str, object]:
    document = order(currency="EUR", dates={"placed": "2026-11-02"}, seller={"country": "FR", "registrations": []})
    document["ship_from"] = {"country": "FR", "postal_code": "75001"}
    return {**document, **facts}


def test_a_threshold_that_is_not_told_has_two_sides(engine: xb.Engine) -> None:
    """French VAT of 20 % below the threshold, German VAT of 19 % above it; the other 25 member states are out of it."""
    found = engine.assess(within_the_union())
    years = ("eu.distance_sales.ytd", "eu.distance_sales.previous_year")
    told = [engine.assess(within_the_union(history=dict.fromkeys(years, sales))) for sales in ("900000.00", "0.00")]
    assert list(found.bounds["tax"]) == [side.totals.tax for side in told]
    assert found.totals.tax is None
    assert not [question for question in found.questions if "no value for" in question.question]


def test_a_title_goes_without_the_place_that_is_open(engine: xb.Engine) -> None:
    titles = {charge.title for charge in engine.assess(within_the_union()).charges}
    assert titles == {"VAT on a sale to another member state"}


def test_a_postal_code_of_no_use_is_named_when_it_is_asked_for(engine: xb.Engine) -> None:
    found = engine.assess(order(ship_from={"country": "GB", "postal_code": "518000"}))
    asked = next(question.question for question in found.questions if question.fact == "ship_from.postal_code")
    assert asked == (
        "Tell the postal code of the place that the goods leave from (null if there is none). "
        "The code that was told, '518000', does not say where in its country that is."
    )
