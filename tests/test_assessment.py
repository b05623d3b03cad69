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
