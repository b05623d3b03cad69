"""Trade-defence duties, preferences and parcel fees: what their case files cannot say, obligations above all."""

from __future__ import annotations

from datetime import date
from pathlib import Path
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
                "eu.trade_defence.unknown_measure",
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


# ------------------------------------------------------------------------------------------------------- overlays

OVERLAYS = Path(__file__).resolve().parent.parent / "examples" / "overlays"


def parcel(**changes: Any) -> dict[str, Any]:
    """Two kinds of knitted shirts under one subheading, sold under IOSS to Berlin after the reform of 2026."""
    order = electric_bicycle(dates={"placed": "2026-11-22"}, shipping="4.00", carriage="express")
    order["seller"]["ioss_number"] = "IM2760000742"
    line = order["lines"][0] | {"unit_price": "20.00", "category": "clothing", "hs_code": "61099020"}
    order["lines"] = [line, line | {"id": "2", "hs_code": "61099090"}]
    return order | changes


def priced(order: dict[str, Any], *names: str) -> dict[str, Any]:
    engine = xb.Engine(xb.load_rulebook(overlays=[OVERLAYS / name for name in names])) if names else ENGINE
    return engine.assess(order).to_dict()


def test_an_overlay_counts_items_by_eight_digits() -> None:
    assert priced(parcel())["totals"]["duty"] == "3.00"
    assert priced(parcel(), "eu-item-by-code.yaml")["totals"]["duty"] == "6.00"


@pytest.mark.parametrize(
    ("carriage", "number", "duty"),
    [("express", "IM2760000742", "3.00"), ("post", None, "3.00"), ("express", None, "5.28")],  # 44.00 x 12 %
)
def test_an_overlay_takes_the_narrow_reading_of_the_duty_an_item(carriage: str, number: str | None, duty: str) -> None:
    order = parcel(carriage=carriage)
    order["seller"]["ioss_number"] = number
    assert priced(order, "eu-item-duty-narrow.yaml")["totals"]["duty"] == duty
    assert priced(order)["totals"]["duty"] == "3.00"


@pytest.mark.parametrize(("day", "fees"), [("2026-10-31", "0.00"), ("2026-11-01", "2.00")])
def test_an_overlay_charges_the_handling_fee(day: str, fees: str) -> None:
    answer = priced(parcel(dates={"placed": day}), "eu-handling-fee.yaml")
    assert (answer["totals"]["fees"], answer["complete"]) == (fees, True)
    assert "eu.customs.handling_fee_open" not in {row["rule"] for row in answer["obligations"]}
    collected = [row["collected_by"] for row in answer["charges"] if row["kind"] == "fee"]
    assert collected == (["seller"] if fees != "0.00" else [])


def test_the_handling_fee_and_the_item_key_go_together() -> None:
    answer = priced(parcel(), "eu-handling-fee.yaml", "eu-item-by-code.yaml")
    assert (answer["totals"]["duty"], answer["totals"]["fees"]) == ("6.00", "4.00")


# ------------------------------------------------------------------------------------- agreements as rows of a table


def with_overlay(folder: Path, text: str) -> xb.Engine:
    file = folder / "overlay.yaml"
    file.write_text("format: xbpack/1\npack: t\nkind: overlay\nreason: a test\n" + text, encoding="utf-8")
    return xb.Engine(xb.load_rulebook(overlays=[file]))


def claimed(origin: str, claim: str | None, kind: str = "statement_on_origin", **changes: Any) -> dict[str, Any]:
    """A T-shirt of EUR 200.00 from a country, sent to Berlin, with an agreement claimed or none."""
    preference = None if claim is None else {"claim": claim, "proof": {"kind": kind}, "direct_consignment": True}
    return electric_bicycle(
        origin=origin, preference=preference, hs_code="61091000", category="clothing", unit_price="200.00",
        shipping="0", ship_from={"country": origin, "postal_code": "1000"}, **changes,
    )  # fmt: skip


INDIA = """
tables:
  customs.agreements:
    - {importer: EU, agreement: EU-IN, partner: IN, from: 2026-01-01, value: yes}
  customs.proofs:
    - {importer: EU, agreement: EU-IN, proof: statement_on_origin, from: 2026-01-01, value: any}
  customs.tariff:
    - {importer: EU, measure: eu-in, origin: IN, code: "61", from: 2026-01-01, value: "3%"}
"""


def test_a_row_is_enough_for_an_agreement(tmp_path: Path) -> None:
    engine = with_overlay(tmp_path, INDIA)
    answer = engine.assess(claimed("IN", "EU-IN")).to_dict()
    assert [(c["rule"], c["amount"]) for c in answer["charges"] if c["kind"] == "duty"] == [
        ("eu.customs.preference.eu_in", "6.00")
    ]
    (option,) = answer["options"]
    assert (option["charge"], option["chosen"]) == ("eu.import_duty", "eu-in")
    assert [(other["name"], other["amount"]) for other in option["alternatives"]] == [("mfn", "24.00")]


def test_what_is_not_claimed_is_shown_with_what_it_needs(tmp_path: Path) -> None:
    (option,) = with_overlay(tmp_path, INDIA).assess(claimed("IN", None)).to_dict()["options"]
    assert option["chosen"] == "mfn"
    needs = ["preference.claim", "preference.proof.kind", "preference.direct_consignment"]
    assert option["alternatives"] == [{"name": "eu-in", "amount": "6.00", "needs": needs}]


def test_a_proof_of_the_wrong_kind_is_what_is_needed(tmp_path: Path) -> None:
    (option,) = with_overlay(tmp_path, INDIA).assess(claimed("IN", "EU-IN", "EUR.1")).to_dict()["options"]
    assert option["alternatives"][0]["needs"] == ["preference.claim", "preference.proof.kind"]


def test_a_preference_above_the_tariff_is_not_taken(tmp_path: Path) -> None:
    engine = with_overlay(tmp_path, INDIA.replace("3%", "3% + 1.00 EUR/item MIN 30.00 EUR/item"))
    answer = engine.assess(claimed("IN", "EU-IN")).to_dict()
    assert [(c["rule"], c["amount"]) for c in answer["charges"] if c["kind"] == "duty"] == [
        ("eu.customs.duty", "24.00")
    ]


def test_an_overlay_means_all_copies_or_one(tmp_path: Path) -> None:
    rules = with_overlay(tmp_path, "disable: [eu.customs.preference]").rulebook.rules
    assert not [name for name in rules if name.startswith("eu.customs.preference")]
    rules = with_overlay(tmp_path, "disable: [eu.customs.preference.eu_gb]").rulebook.rules
    assert "eu.customs.preference.eu_gb" not in rules
    assert "eu.customs.preference.eu_jp" in rules


def test_an_overlay_changes_every_copy(tmp_path: Path) -> None:
    text = """
rules:
  - charge: eu.customs.preference
    per: line
    clock: declared
    title: "{agreement}, changed"
    versions: [{from: 2026-05-04, when: line.preference.claim == agreement, base: eu.customs.value, rate: 0.01}]
"""
    answer = with_overlay(tmp_path, text).assess(claimed("CN", "EU-JP")).to_dict()
    found = [(c["title"], c["amount"]) for c in answer["charges"] if c["kind"] == "duty"]
    assert found == [("EU-JP, changed", "2.00")]


TABLE = "found for_each over customs.agreement, expected a declared table (did you mean 'customs.agreements'?)"
KEY = "found 'exporter', expected a key of customs.agreements (did you mean 'importer'?)"


@pytest.mark.parametrize(
    ("for_each", "message"),
    [
        ("{agreement: customs.agreement, importer: EU}", f"XB-PACK-031 overlay.yaml:8:27: {TABLE}"),
        ("{agreement: customs.agreements, exporter: EU}", f"XB-PACK-022 overlay.yaml:8:57: {KEY}"),
        (
            "{line: customs.agreements}",
            "XB-PACK-021 overlay.yaml:8:15: found for_each: line, expected a name that means nothing else",
        ),
        ("{}", "XB-PACK-011 overlay.yaml:8:15: found for_each without a table, expected name: table"),
    ],
)
def test_what_is_wrong_with_for_each_is_said(tmp_path: Path, for_each: str, message: str) -> None:
    text = f"""rules:
  - charge: t.c
    kind: duty
    for_each: {for_each}
    versions: [{{from: 2026-01-01, when: "True", amount: 'money("1 EUR")', cite: [house x]}}]
"""
    with pytest.raises(xb.PackError) as caught:
        with_overlay(tmp_path, text)
    assert str(caught.value).replace(str(tmp_path) + "/", "") == message


def test_a_copy_may_not_take_the_name_of_a_rule(tmp_path: Path) -> None:
    text = """rules:
  - define: t.c.eu_gb
    versions: [{from: 2026-01-01, is: "True"}]
  - charge: t.c
    kind: duty
    for_each: {agreement: customs.agreements, importer: EU}
    versions: [{from: 2026-01-01, when: "True", amount: 'money("1 EUR")'}]
"""
    with pytest.raises(xb.PackError, match=r"XB-PACK-030 .* the rule t\.c\.eu_gb exists already"):
        with_overlay(tmp_path, text)
