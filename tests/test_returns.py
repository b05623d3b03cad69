"""Returns: every step gives back its share, all steps together exactly what was charged, and nothing the law keeps."""

from __future__ import annotations

import copy
import json
from collections import Counter
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

import pytest
from click.testing import CliRunner
from hypothesis import assume, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from packing import HEAD, OVERLAY, book_of, everything_wrong
from samples import engine, example, orders

import xbcompliance as xb
from conftest import ROOT
from xbcompliance._cli import cli
from xbcompliance.assessment.shares import Step
from xbcompliance.facts import Return, return_schema
from xbcompliance.report import render_assessment

LATER = "2029-12-31"
TERMS: Final = {
    "separately_stated": True,
    "includes_handling": False,
    "optional": True,
    "common_carrier": True,
    "at_actual_cost": True,
}
COUNTY_RATE = """\
format: xbpack/1
pack: t.rates
kind: overlay
reason: rates for a test
tables:
  us.sales_tax.local_rates:
    - {place: US-NY, level: county, name: A, postal_code: "10001", from: 2020-01-01, value: "0.045"}
    - {place: US-NY, level: district, name: B, postal_code: "10001", from: 2020-01-01, value: "0.00375"}
    - {place: US-CO, level: county, name: C, postal_code: "80202", from: 2020-01-01, value: "0.0481"}
"""


@pytest.fixture(scope="module")
def local(tmp_path_factory) -> xb.Engine:
    """An engine with sales tax rates of two places."""
    overlay = tmp_path_factory.mktemp("rates") / "rates.yaml"
    overlay.write_text(COUNTY_RATE, encoding="utf-8")
    return xb.Engine(xb.load_rulebook(overlays=[overlay]))


def returned(order: dict[str, Any], lines: dict[str, str], shipping: str = "0", **more: Any) -> dict[str, Any]:
    back = [{"id": name, "quantity": quantity} for name, quantity in lines.items()]
    placed = {"placed": more.pop("placed", LATER)}
    return {"id": "R-7", "return_of": order, "dates": placed, "lines": back, "shipping_refund": shipping, **more}


def everything(order: dict[str, Any]) -> dict[str, Any]:
    return returned(order, {line["id"]: line["quantity"] for line in order["lines"]}, order["shipping"])


def sale(lines: int = 1, **changed: Any) -> dict[str, Any]:
    """Goods from a German seller to Berlin at 19 %."""
    line = {
        "quantity": "3",
        "unit_price": "3.33",
        "discount": "0",
        "hs_code": "61091000",
        "origin": "DE",
        "category": "clothing",
        "excise": False,
    }
    order: dict[str, Any] = {
        "id": "A",
        "currency": "EUR",
        "dates": {"placed": "2026-08-10"},
        "seller": {"kind": "business", "country": "DE"},
        "marketplace": None,
        "buyer": {"kind": "consumer", "vat_number": None, "exemption": None},
        "gift": False,
        "ship_from": {"country": "DE", "postal_code": "80331"},
        "ship_to": {"country": "DE", "postal_code": "10115"},
        "carriage": "express",
        "prices_include": [],
        "shipping": "0",
        "insurance": "0",
        "discount": "0",
        "shipments": None,
        "lines": [{"id": str(number), **line} for number in range(1, lines + 1)],
    }
    return order | changed


def amounts(document: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [(row["line"], row["rule"], row["base"], row["amount"]) for row in document["charges"]]


# ------------------------------------------------------------------------------------------------------------ amounts


def test_a_return_gives_back_its_share_of_the_tax():
    found = engine().assess(returned(sale(), {"1": "1"})).to_dict()
    assert amounts(found) == [("1", "eu.vat.domestic", "-3.33", "-0.63")]
    (row,) = found["charges"]
    assert (row["collected_by"], row["collected_at"], row["basis"]) == ("seller", "return", "charged")
    assert row["local"] == {"currency": "EUR", "amount": "-0.63"}
    totals = dict.fromkeys(("shipping", "insurance", "discount", "duty", "fees", "due_on_import"), "0.00")
    assert found["totals"] == totals | {
        "goods": "-3.33",
        "tax": "-0.63",
        "landed_cost": "-3.96",
        "due_at_checkout": "-3.96",
    }
    assert (found["order"], found["currency"], found["complete"], found["questions"]) == ("R-7", "EUR", True, [])
    assert (found["bounds"], found["options"], found["violations"], found["voided"]) == ({}, [], [], [])


def test_the_last_step_gives_the_rest():
    # 3 × 3.33 = 9.99 at 19 % is 1.90: a third is 0.63, two thirds are 1.27
    steps = []
    for before in ("0", "1", "2"):
        earlier = {"lines": [{"id": "1", "quantity": before}]} if before != "0" else None
        steps.append(engine().assess(returned(sale(), {"1": "1"}, returned_before=earlier)).totals.tax.amount)
    assert steps == [Decimal("-0.63"), Decimal("-0.64"), Decimal("-0.63")]


@given(
    st.integers(0, 10**9),
    st.integers(1, 10**6).flatmap(lambda whole: st.tuples(st.just(whole), st.lists(st.integers(0, whole), max_size=5))),
)
def test_steps_add_up_and_none_takes_anything_away(amount, cuts):
    whole, inner = cuts
    points = [0, *sorted(inner), whole]
    steps = [Step(a, b, whole).of(amount) for a, b in pairwise(points)]
    assert sum(steps) == amount
    assert all(step >= 0 for step in steps)


def test_tax_on_delivery_follows_the_delivery_charge():
    order = sale(lines=2, shipping="4.90")  # tax 1.90 and 0.465 a line: 2.36 each, of which 0.93 is on delivery
    assert [c["amount"] for c in engine().assess(order).to_dict()["charges"]] == ["2.36", "2.36"]
    goods = engine().assess(returned(order, {"1": "3", "2": "3"})).to_dict()
    half = engine().assess(returned(order, {}, "2.45")).to_dict()
    rest = engine().assess(returned(order, {}, "2.45", returned_before={"shipping_refund": "2.45"})).to_dict()
    assert [row[3] for row in amounts(goods)] == ["-1.89", "-1.90"]
    assert [row[3] for row in amounts(half)] == ["-0.24", "-0.23"]
    assert [row[3] for row in amounts(rest)] == ["-0.23", "-0.23"]
    assert (half["totals"]["goods"], half["totals"]["shipping"], half["totals"]["tax"]) == ("0.00", "-2.45", "-0.47")


def test_a_price_that_contains_the_tax_goes_back_as_it_was_paid():
    order = sale(prices_include=["vat"], shipping="4.90")
    order["lines"][0] |= {"quantity": "2", "unit_price": "19.90"}
    found = engine().assess(returned(order, {"1": "1"})).to_dict()["totals"]
    assert (found["goods"], found["tax"], found["landed_cost"]) == ("-16.72", "-3.18", "-19.90")
    assert engine().assess(returned(order, {}, "4.90")).to_dict()["totals"]["landed_cost"] == "-4.90"


def test_discounts_go_back_with_the_goods_they_were_on():
    order = sale(lines=2, discount="2.00")
    order["lines"][0] |= {"unit_price": "10.00", "quantity": "2", "discount": "4.00"}
    order["lines"][1] |= {"unit_price": "4.00", "quantity": "1"}
    whole = engine().assess(order).to_dict()["totals"]
    found = engine().assess(returned(order, {"1": "1"})).to_dict()["totals"]
    assert (whole["goods"], whole["discount"], whole["tax"]) == ("20.00", "2.00", "3.42")
    # half of 16.00 less half of 1.60, which is the part of line 1 in the discount on the order
    assert (found["goods"], found["discount"], found["tax"]) == ("-8.00", "-0.80", "-1.37")
    assert found["landed_cost"] == "-8.57"


def test_insurance_goes_back_with_the_goods():
    order = sale(lines=2, insurance="1.00")
    found = engine().assess(returned(order, {"1": "3"})).to_dict()["totals"]
    assert (found["insurance"], found["tax"]) == ("-0.50", "-1.99")


def test_zero_keeps_its_meaning():
    order = sale(ship_to={"country": "FR", "postal_code": "75001"})
    order["buyer"] = {"kind": "business", "vat_number": "FR40303265045"}
    (row,) = engine().assess(returned(order, {"1": "1"})).to_dict()["charges"]
    assert (row["basis"], row["base"], row["amount"]) == ("exempt", "-3.33", "0.00")


# ------------------------------------------------------------------------------------------------- everything returned

QUANTITIES: Final = ("1", "2", "3", "0.5", "7")


def lane(name: str) -> dict[str, Any]:
    """The facts that make an order one of a lane."""
    us = {"registrations": [{"jurisdiction": state, "scheme": "sales_tax"} for state in ("US-NY", "US-CO")]}
    ends: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any], str]] = {
        "domestic": (
            {"country": "DE"},
            {"country": "DE", "postal_code": "80331"},
            {"country": "DE", "postal_code": "10115"},
            "EUR",
        ),
        "ioss": (
            {"country": "CN", "ioss_number": "IM3720000224"},
            {"country": "CN"},
            {"country": "DE", "postal_code": "10115"},
            "EUR",
        ),
        "oss": (
            {"country": "FR", "registrations": [{"jurisdiction": "FR", "scheme": "oss"}]},
            {"country": "FR", "postal_code": "75001"},
            {"country": "DE", "postal_code": "10115"},
            "EUR",
        ),
        "us": (
            {"country": "US", **us},
            {"country": "US", "subdivision": "US-DE", "postal_code": "19801"},
            {"country": "US", "subdivision": "US-NY", "postal_code": "10001"},
            "USD",
        ),
        "gb": ({"country": "CN"}, {"country": "CN"}, {"country": "GB", "postal_code": "EC1A 1BB"}, "GBP"),
    }
    seller, start, end, currency = ends[name]
    return {"seller": {"kind": "business"} | seller, "ship_from": start, "ship_to": end, "currency": currency}


@st.composite
def checkouts(draw: st.DrawFn) -> dict[str, Any]:
    """An order on which a tax is collected at checkout."""
    count = draw(st.integers(1, 3))
    order = sale(count, **lane(draw(st.sampled_from(["domestic", "ioss", "oss", "us", "gb"]))))
    order["dates"] = {"placed": "2026-05-04", "paid": "2026-05-04", "declared": None}
    order["history"] = {"eu.distance_sales.previous_year": "50000.00"} if order["seller"]["country"] == "FR" else {}
    order["shipping_terms"] = TERMS
    for line in order["lines"]:
        line["quantity"] = draw(st.sampled_from(QUANTITIES))
        line["unit_price"] = draw(st.sampled_from(["0.01", "0.99", "3.33", "10.03", "19.90"]))
        line["discount"] = draw(st.sampled_from(["0", "0", "0.01"])) if line["quantity"] != "0.5" else "0"
        line["category"] = draw(st.sampled_from(["clothing", "stationery", "electronics.audio"]))
        line["origin"] = "CN"
    order["shipping"] = draw(st.sampled_from(["0", "0.01", "4.90", "12.34"]))
    order["insurance"] = draw(st.sampled_from(["0", "0", "1.07"]))
    if any(Decimal(line["unit_price"]) > 1 for line in order["lines"]):
        order["discount"] = draw(st.sampled_from(["0", "0.50"]))
    order["prices_include"] = draw(st.sampled_from([[], [], ["vat"]]))
    return order


@st.composite
def in_steps(draw: st.DrawFn, order: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns that bring back everything, in any number of steps; each step knows what came back before."""
    count = draw(st.integers(1, 4))
    wholes = [*(Decimal(line["quantity"]) for line in order["lines"]), Decimal(order["shipping"])]
    cuts = [sorted(draw(st.lists(st.integers(0, 100), min_size=count - 1, max_size=count - 1))) for _ in wholes]
    pairs = zip(wholes, cuts, strict=True)
    reached = [[whole * Decimal(cut) / 100 for cut in (0, *of_whole, 100)] for whole, of_whole in pairs]
    ids = [line["id"] for line in order["lines"]]
    found = []
    for step in range(count):
        before, after = ([points[at] for points in reached] for at in (step, step + 1))
        now = {name: f"{b - a:f}" for name, a, b in zip(ids, before, after, strict=False) if b > a}
        earlier = [{"id": name, "quantity": f"{a:f}"} for name, a in zip(ids, before, strict=False) if a]
        refund = f"{after[-1] - before[-1]:f}"
        if now or Decimal(refund):
            told = {"lines": earlier, "shipping_refund": f"{before[-1]:f}"}
            found.append(returned(order, now, refund, returned_before=told if step else None))
    return found


def summed(documents: list[dict[str, Any]], sign: int) -> dict[tuple[Any, ...], list[Decimal]]:
    """Amount, base and local amount of each charge on each line, summed over assessments."""
    found: dict[tuple[Any, ...], list[Decimal]] = {}
    for document in documents:
        for row in document["charges"]:
            figures = (row["amount"], row["base"] or "0", (row["local"] or {"amount": "0"})["amount"])
            key = (row["rule"], row["line"], row["jurisdiction"], row["level"])
            known = found.setdefault(key, [Decimal(0)] * 3)
            found[key] = [a + sign * Decimal(b) for a, b in zip(known, figures, strict=True)]
    return {key: figures for key, figures in found.items() if any(figures)}


@given(checkouts(), st.data())
def test_returning_everything_gives_back_exactly_what_was_charged_at_checkout(local, order, data):
    sold = local.assess(order).to_dict()
    taxes = {row["collected_at"] for row in sold["charges"] if row["kind"] == "tax"}
    assume(sold["complete"] and taxes == {"checkout"})  # dearer goods are taxed on import
    steps = [local.assess(back).to_dict() for back in data.draw(in_steps(order))]
    kept = [row for row in sold["charges"] if row["collected_at"] == "checkout" and row["kind"] != "duty"]
    assert summed(steps, -1) == summed([{"charges": kept}], 1)
    for name in ("goods", "shipping", "insurance", "discount", "tax"):
        assert -sum(Decimal(step["totals"][name]) for step in steps) == Decimal(sold["totals"][name]), name


@given(orders(), st.data())
def test_no_step_takes_anything_from_the_buyer_and_every_total_adds_up(order, data):
    for back in data.draw(in_steps(order)):
        found = engine().assess(back | {"dates": {"placed": "2030-06-01"}}).to_dict()
        totals = {name: None if value is None else Decimal(value) for name, value in found["totals"].items()}
        assert all(row["amount"] is None or Decimal(row["amount"]) <= 0 for row in found["charges"])
        assert all(row["collected_at"] == "return" for row in found["charges"])
        if None not in totals.values():
            parts = ("goods", "shipping", "insurance", "duty", "tax", "fees")
            assert totals["landed_cost"] == sum(totals[part] for part in parts) - totals["discount"]
            assert totals["due_at_checkout"] == totals["landed_cost"]
            taxes = sum(Decimal(row["amount"]) for row in found["charges"] if row["kind"] == "tax")
            assert taxes == totals["tax"]


def test_the_rates_of_a_place_go_back_by_level(local):
    order = sale(**lane("us"), history={}, shipping_terms=TERMS)
    order["lines"][0] |= {"unit_price": "10.00", "category": "electronics.audio", "origin": "US"}
    sold = local.assess(order).to_dict()
    found = local.assess(returned(order, {"1": "1"})).to_dict()
    assert [(c["level"], c["amount"]) for c in sold["charges"]] == [
        ("county", "1.35"),
        ("district", "0.11"),
        ("state", "1.20"),
    ]
    assert [(c["level"], c["amount"]) for c in found["charges"]] == [
        ("county", "-0.45"),
        ("district", "-0.04"),
        ("state", "-0.40"),
    ]


# -------------------------------------------------------------------------------------------- what is not given back


def test_duty_is_claimed_from_customs_and_not_given_back():
    found = engine().assess(returned(example(), {"1": "1"}, placed="2026-12-03")).to_dict()
    assert found["totals"]["duty"] == "0.00"
    assert {row["kind"] for row in found["charges"]} == {"tax"}
    (owed,) = found["obligations"]
    assert (owed["rule"], owed["due"]) == ("eu.customs.item_duty", None)
    assert owed["title"].endswith(
        "was collected for customs and is not given back with the return; claim it from customs if the law allows"
    )
    assert owed["citations"][0]["locator"] == "Art. 2"


def test_tax_on_import_is_claimed_from_customs():
    order = example()
    order["seller"]["ioss_number"] = None
    found = engine().assess(returned(order, {"1": "2", "2": "1", "3": "1"}, "4.90")).to_dict()
    assert found["charges"] == []
    assert (found["totals"]["tax"], found["totals"]["landed_cost"]) == ("0.00", "-91.20")
    titles = [owed["title"] for owed in found["obligations"]]
    assert len(titles) == 2
    assert all("was collected on import and is not given back" in title for title in titles)


def test_a_price_that_contains_import_charges_goes_back_in_full():
    order = example() | {"prices_include": ["vat", "duty"]}
    order["seller"]["ioss_number"] = None
    found = engine().assess(everything(order)).to_dict()["totals"]
    assert (found["goods"], found["landed_cost"]) == ("-86.30", "-91.20")


def test_a_delivery_fee_stays_charged(local):
    order = sale(**lane("us"), shipping_terms=TERMS)
    order |= {
        "dates": {"placed": "2026-06-15"},
        "ship_to": {"country": "US", "subdivision": "US-CO", "postal_code": "80202"},
        "history": {"sales.US-CO.prior_year": {"amount": "800000.00", "transactions": 9000}},
    }
    order["lines"][0] |= {"category": "household", "origin": "US"}
    assert local.assess(order).to_dict()["totals"]["fees"] == "0.28"
    found = local.assess(everything(order)).to_dict()
    assert found["totals"]["fees"] == "0.00"
    assert {"code": "not_refunded", "rule": "us.delivery_fees.colorado", "pack": "us.delivery_fees"} in [
        {name: caution[name] for name in ("code", "rule", "pack")} for caution in found["cautions"]
    ]
    assert found["obligations"] == []


def test_the_law_of_the_refund_is_cited():
    (row,) = engine().assess(returned(sale(), {"1": "1"})).charges
    assert ("Directive 2006/112/EC", "Art. 90") in [(c.source, c.locator) for c in row.citations]
    (row,) = engine().assess(sale()).charges
    assert "Art. 90" not in [c.locator for c in row.citations]


DUTY = """\
rules:
  - define: t.covers
    covers: [duty, tax, fee]
    versions: [{from: 2021-01-01, is: 'ship_to.country == "DE"', cite: act}]
  - charge: t.duty
    title: Duty
    kind: duty
    jurisdiction: DE
    per: REPLACED
    due: {from: customs, at: import}
    refund: {is: share, cite: [act § 9]}
    versions: [{from: 2021-01-01, when: 'ship_to.country == "DE"', amount: AMOUNT, cite: act}]
"""
CLOCKS = HEAD + "profiles:\n  checkout:\n    assume:\n      - {fact: order.insurance, value: '0', reason: trial}\n"


@pytest.mark.parametrize(("per", "lines"), [("order", None), ("consignment", ["1", "2"])])
def test_a_charge_on_several_lines_goes_back_by_their_value(tmp_path, per, lines):
    rules = DUTY.replace("REPLACED", per).replace("AMOUNT", 'money("1.01 EUR")')
    used = xb.Engine(book_of(tmp_path, {"pack.yaml": CLOCKS, "rules.yaml": rules}))
    order = sale(lines=2)
    order["lines"][1]["unit_price"] = "6.66"
    found = [used.assess(returned(order, {name: "3"})).to_dict()["charges"] for name in ("1", "2")]
    assert [[(c["line"], c["lines"], c["amount"]) for c in charges] for charges in found] == [
        [(None, lines, "-0.34")],
        [(None, lines, "-0.67")],
    ]
    assert found[0][0]["citations"][-1]["locator"] == "§ 9"


def test_an_overlay_says_otherwise_what_is_given_back(tmp_path):
    rules = DUTY.replace("REPLACED", "order").replace("AMOUNT", 'money("1.00 EUR")')
    other = "rules: [{charge: t.duty, refund: none, versions: [{from: 2030-01-01, amount: 'money(\"2.00 EUR\")'}]}]\n"
    book = book_of(tmp_path, {"pack.yaml": CLOCKS, "rules.yaml": rules, "overlay.yaml": OVERLAY + other})
    assert (book.rules["t.duty"].terms["refund"].text, book.rules["t.duty"].refund_citations) == ("none", ())


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("refund: half", "XB-PACK-013 t/rules.yaml:11:13: found 'half', expected share | none"),
        ("refund: {is: shared}", "XB-PACK-013 t/rules.yaml:11:18: found 'shared', expected share | none"),
        ("refund: {cite: act}", "XB-PACK-011 t/rules.yaml:11:13: found refund without 'is', expected is: …"),
        ("refund: {is: share, cite: atc § 1}", "XB-PACK-035 t/rules.yaml:11:18: found the source 'atc'"),
    ],
)
def test_what_a_pack_may_say_of_refunds(tmp_path, written, message):
    rules = DUTY.replace("REPLACED", "order").replace("AMOUNT", 'money("1.00 EUR")')
    rules = rules.replace("refund: {is: share, cite: [act § 9]}", written)
    assert everything_wrong(tmp_path, {"rules.yaml": rules})[0].startswith(message)


# ---------------------------------------------------------------------------------------------------- what is open


def test_what_is_open_for_the_order_is_open_for_the_return():
    order = example()
    del order["lines"][0]["hs_code"]
    found = engine().assess(returned(order, {"1": "1"})).to_dict()
    sold = engine().assess(order).to_dict()
    assert (found["complete"], found["questions"]) == (False, sold["questions"])
    assert found["totals"]["tax"] is None
    assert found["totals"]["goods"] == "-19.90"
    assert [row["amount"] for row in found["charges"]] == [None]


def test_a_destination_that_no_pack_covers_is_open():
    order = example() | {"ship_to": {"country": "AU", "postal_code": "2000"}}
    found = engine().assess(returned(order, {"1": "1"})).to_dict()
    assert [found["totals"][name] for name in ("duty", "tax", "landed_cost", "goods")] == [None, None, None, "-19.90"]
    assert not found["complete"]


# ------------------------------------------------------------------------------------------------------- the document


def test_a_return_replays_from_its_receipt():
    back = returned(sale(shipping="4.90"), {"1": "1"}, "1.00")
    first = engine().assess(back)
    assert xb.replay(first.receipt, back, engine()).to_json() == first.to_json()
    assert xb.replay(first.to_dict(), json.dumps(back), engine()).to_json() == first.to_json()
    assert [(t.rule, t.unit, t.amount) for t in first.receipt.trace] == [("eu.vat.domestic", 0, "-0.82")]


@pytest.mark.parametrize(
    "changed", [{"shipping_refund": "1.01"}, {"id": "R-8"}, {"returned_before": {"shipping_refund": "0.01"}}]
)
def test_a_receipt_is_of_the_whole_return(changed):
    back = returned(sale(shipping="4.90"), {"1": "1"}, "1.00")
    with pytest.raises(xb.ReplayMismatch, match="XB-RE-002 order_digest"):
        xb.replay(engine().assess(back).receipt, back | changed, engine())


def test_a_return_is_taken_in_every_form():
    back = returned(sale(), {"1": "1"})
    read = xb.read_return(back)
    assert isinstance(read, xb.Return)
    assert xb.read_return(read) is read
    forms = [back, json.dumps(back), json.dumps(back).encode(), read, read.to_dict(), read.to_json()]
    assert len({engine().assess(form).to_json() for form in forms}) == 1
    typed = back | {"return_of": xb.read_order(back["return_of"])}
    assert engine().assess(typed).to_json() == engine().assess(back).to_json()


def test_the_law_is_that_of_the_order_and_may_be_asked_for_another_day():
    order = sale(dates={"placed": "2020-12-01"})
    order["dates"] = {"placed": "2026-05-04"}
    order |= {"seller": {"kind": "business", "country": "CN", "ioss_number": "IM3720000224"}}
    order["ship_from"] = {"country": "CN"}
    back = returned(order, {"1": "1"})
    assert engine().assess(back).obligations == ()
    assert [owed.rule for owed in engine().assess(back, at=date(2026, 8, 1)).obligations] == ["eu.customs.item_duty"]


def test_an_explanation_ends_with_what_is_given_back():
    before = {"lines": [{"id": "1", "quantity": "1"}]}
    back = returned(sale(shipping="4.90"), {"1": "1"}, "1.00", returned_before=before)
    text = engine().assess(back).explain("eu.vat.domestic")
    assert text.endswith(
        "return R-7 of order A, under the law of the order's dates:\n"
        "  eu.vat.domestic: -0.83 EUR given back\n"
        "    1.90 EUR for the goods of line 1: 0.64 EUR from 1 to 2 of 3\n"
        "    0.93 EUR for the delivery of line 1: 0.19 EUR from 0 to 1 of 4.9"
    )


def test_a_return_is_not_declared():
    with pytest.raises(xb.InputError, match="XB-IN-063 return_of: found a return, expected the order"):
        engine().assess(returned(example(), {"1": "1"})).declaration("H7")


def test_a_return_is_reported_with_negative_figures():
    back = returned(sale(), {"1": "1"})
    text = render_assessment(engine().assess(back).to_dict(), 100, order=back)
    assert text.startswith("Assessment of R-7, return of A, DE → DE, placed 2026-08-10, EUR")
    assert "-3.33" in text
    assert "on return" in text
    assert "Landed cost      -3.96" in text


def test_the_published_schema_is_current_and_true():
    committed = json.loads((ROOT / "docs/schema/return.schema.json").read_text(encoding="utf-8"))
    assert committed == return_schema()
    validator = Draft202012Validator(committed)
    assert list(validator.iter_errors(returned(sale(), {"1": "1"}))) == []
    assert list(validator.iter_errors({"id": "R-7"}))


def test_returns_stand_beside_orders_in_a_batch(tmp_path):
    back = returned(sale(), {"1": "1"})
    bad = returned(sale(), {"1": "4"}) | {"id": "R-8"}
    file = tmp_path / "batch.jsonl"
    file.write_text("\n".join(json.dumps(one) for one in (sale(), back, bad)), encoding="utf-8")
    result = CliRunner().invoke(cli, ["quote", str(file), "--json"])
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["order"] for line in lines] == ["A", "R-7", "R-8"]
    assert lines[1]["totals"]["tax"] == "-0.63"
    assert lines[2]["error"] == {
        "code": "XB-IN-012",
        "path": "lines[0].quantity",
        "message": "found '4', expected at most 3 (3 bought)",
    }
    assert result.exit_code == 2


# ---------------------------------------------------------------------------------------------------------- bad input


def wrong(**changed: Any) -> dict[str, Any]:
    return returned(sale(lines=2, shipping="4.90"), {"1": "1"}) | changed


def nested(**changed: Any) -> dict[str, Any]:
    back = copy.deepcopy(wrong())
    back["return_of"]["lines"][0] |= changed
    return back


@pytest.mark.parametrize(
    ("back", "message"),
    [
        (
            wrong(lines=[{"id": "11", "quantity": "1"}]),
            "XB-IN-008 lines[0].id: found '11', expected the id of a line of the order (did you mean '1'?)",
        ),
        (
            wrong(lines=[{"id": "1", "quantity": "3.5"}]),
            "XB-IN-012 lines[0].quantity: found '3.5', expected at most 3 (3 bought)",
        ),
        (
            wrong(lines=[{"id": "1", "quantity": "2"}], returned_before={"lines": [{"id": "1", "quantity": "2"}]}),
            "XB-IN-012 lines[0].quantity: found '2', expected at most 1 (3 bought, 2 returned before)",
        ),
        (
            wrong(returned_before={"lines": [{"id": "2", "quantity": "4"}]}),
            "XB-IN-012 returned_before.lines[0].quantity: found '4', expected at most 3 (3 bought)",
        ),
        (
            wrong(lines=[{"id": "1", "quantity": "1"}, {"id": "1", "quantity": "1"}]),
            "XB-IN-007 lines[1].id: found '1', expected each line once",
        ),
        (
            wrong(lines=[{"id": "1", "quantity": "0"}]),
            "XB-IN-011 lines[0].quantity: found '0', expected a number above 0",
        ),
        (
            wrong(dates={"placed": "2026-08-09"}),
            "XB-IN-012 dates.placed: found '2026-08-09', expected a day on or after that of the order, 2026-08-10",
        ),
        (
            wrong(shipping_refund="4.91"),
            "XB-IN-012 shipping_refund: found '4.91', expected at most 4.9 (delivery charge 4.9)",
        ),
        (
            wrong(shipping_refund="1.00", returned_before={"shipping_refund": "4.00"}),
            "XB-IN-012 shipping_refund: found '1.00', expected at most 0.9 (delivery charge 4.9, 4 given back before)",
        ),
        (
            wrong(lines=[]),
            "XB-IN-012 lines: found list with 0 entries, expected a line or a shipping_refund: something comes back",
        ),
        (wrong(shipping_refund=1.5), 'XB-IN-009 shipping_refund: found 1.5, expected a decimal string such as "19.90"'),
        (wrong(return_of=None), "XB-IN-003 return_of: found null, expected an object"),
        (wrong(shiping_refund="1"), "XB-IN-002 shiping_refund: found the unknown field 'shiping_refund'"),
        (nested(hs_code="61"), "XB-IN-004 return_of.lines[0].hs_code: found '61', expected 6 to 10 digits"),
        (nested(id="2"), "XB-IN-007 return_of.lines[1].id: found '2', expected a line id of its own"),
        (nested(hs_cod="1"), "XB-IN-002 return_of.lines[0].hs_cod: found the unknown field 'hs_cod'"),
        (
            nested(discount="99"),
            "XB-IN-012 return_of.lines[0].discount: found '99', expected at most the price of the line, 9.99",
        ),
    ],
)
def test_a_wrong_return_is_said_with_its_place(back, message):
    with pytest.raises(xb.InputError) as error:
        engine().assess(back)
    assert str(error.value).startswith(message)


def test_a_wrong_record_of_history_is_said_with_its_place():
    back = wrong()
    back["return_of"]["history"] = {"sales.US-CO.prior_year": {"amont": "1.00", "transactions": 9000}}
    with pytest.raises(xb.InputError, match=r"return_of\.history\.sales.*did you mean 'amount'"):
        engine().assess(back)


@pytest.mark.parametrize(
    ("order", "back", "right"),
    [
        ("2026-08-10T23:00:00+02:00", "2026-08-10", True),
        ("2026-08-10T23:00:00+02:00", "2026-08-10T20:59:00Z", False),
        ("2026-08-10T23:00:00+02:00", "2026-08-10T21:00:00Z", True),
        ("2026-08-10", "2026-08-09T23:59:00Z", False),
    ],
)
def test_a_return_is_not_before_its_order(order, back, right):
    document = returned(sale(dates={"placed": order}), {"1": "1"}, placed=back)
    if right:
        assert Return.model_validate(document)
    else:
        with pytest.raises(xb.InputError, match=r"XB-IN-012 dates\.placed"):
            xb.read_return(document)


def test_money_of_another_currency_is_refused():
    from moneyed import Money

    with pytest.raises(xb.InputError, match="XB-IN-010 shipping_refund: found mixed currencies: USD, expected EUR"):
        xb.read_return(wrong(shipping_refund=Money("1.00", "USD")))
    assert xb.read_return(wrong(shipping_refund=Money("1.00", "EUR"))).shipping_refund == Decimal("1.00")


def test_an_order_is_still_called_an_order():
    with pytest.raises(xb.InputError, match="expected an order object"):
        engine().assess([])
    assert Counter(row["collected_at"] for row in engine().assess(sale()).to_dict()["charges"]) == {"checkout": 1}
