"""Declarations: does the form fit, what goes into each field, what is asked, and how a form is written in a pack."""

from __future__ import annotations

import copy
import json
import shutil
from datetime import date
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from packing import book_of, said

import xbcompliance as xb
from conftest import ROOT
from xbcompliance._cli import cli
from xbcompliance._errors import InputError, PackError
from xbcompliance._unknown import UNKNOWN
from xbcompliance.assessment.declaration import Declaration, declaration_schema
from xbcompliance.checks import lint_packs
from xbcompliance.engines.grouping import items_of
from xbcompliance.facts import drop, put
from xbcompliance.packs.declarations import PRACTICE
from xbcompliance.plan import build_plan
from xbcompliance.plan.declarations import compile_form
from xbcompliance.report import render_declaration

ENGINE = xb.Engine()
EXAMPLE = json.loads((ROOT / "examples" / "orders" / "shenzhen-berlin.json").read_text(encoding="utf-8"))
FORMS = ("H7", "H1", "CN23", "UK-LV")


def declared(form: str, facts: dict[str, Any] | None = None, dropped: tuple[str, ...] = (), **days: Any) -> Declaration:
    """The form for the order of the documentation, with facts set and dropped by path."""
    order = copy.deepcopy(EXAMPLE)
    for path, value in (facts or {}).items():
        put(order, path, copy.deepcopy(value))
    for path in dropped:
        drop(order, path)
    return ENGINE.assess(order, **days).declaration(form)


def values(declaration: Declaration, consignment: int = 0) -> dict[str, Any]:
    return {field.name: field.value for field in declaration.consignments[consignment].fields}


def item(declaration: Declaration, number: int = 1) -> dict[str, Any]:
    (found,) = declaration.consignments[:1]
    assert found.items is not None
    return {field.name: field for field in found.items[number - 1].fields}


def asked(declaration: Declaration) -> list[str]:
    return [question.fact for question in declaration.questions]


def reasons(declaration: Declaration) -> list[str]:
    return [reason.because for consignment in declaration.consignments for reason in consignment.why]


GREAT_BRITAIN = {"ship_to": {"country": "GB", "postal_code": "SW1A 1AA"}}
RATE = {"exchange_rates": {"EUR/GBP": "0.85"}}


# --- H7


def test_h7_is_filled_from_the_order_and_the_assessment() -> None:
    found = declared("H7")
    assert (found.fits, found.complete, found.questions) == (True, True, ())
    assert found.rule == "eu.declarations.h7"
    told = values(found)
    assert {name: value for name, value in told.items() if value is not None} == {
        "declarant": "seller",
        "country_of_dispatch": "CN",
        "country_of_destination": "DE",
        "intrinsic_value": "86.30",
        "transport_costs": "4.90",
        "ioss_number": "IM3720000224",
        "additional_procedure": "F48",
        "number_of_items": "3",
        "duty": "9.00",
    }
    first = item(found)
    assert [first[name].value for name in ("goods_description", "commodity_code", "item_value")] == [
        "Cotton T-shirt",
        "610910",
        "39.80",
    ]
    assert first["item_value"].unit == "EUR"


def test_every_field_says_what_it_rests_on() -> None:
    for form in FORMS:
        for version in ENGINE.form(form).versions:
            for compiled in version.fields:
                field = compiled.field
                assert bool(field.citations) == (field.status != PRACTICE), (form, field.name)
                assert field.element is None, "no source at hand gives a number: name the source that does"


def test_lines_of_one_subheading_are_one_item() -> None:
    found = declared("H7", {"lines[1].hs_code": "61091010"})
    (consignment,) = found.consignments
    assert consignment.items is not None
    assert [entry.lines for entry in consignment.items] == [("1", "2"), ("3",)]
    assert values(found)["number_of_items"] == "2"
    merged = item(found)
    assert merged["goods_description"].value == "Cotton T-shirt; Notebook, A5, ruled"
    assert merged["item_value"].value == "47.30"


def test_items_follow_the_key_of_the_item_duty() -> None:
    overlay = ROOT / "examples" / "overlays" / "eu-item-by-code.yaml"
    engine = xb.Engine(xb.load_rulebook(overlays=[overlay]))
    order = copy.deepcopy(EXAMPLE)
    order["lines"][1]["hs_code"] = "61091010"
    assessment = engine.assess(order)
    found = assessment.declaration("H7")
    (consignment,) = found.consignments
    assert consignment.items is not None
    charged = [charge for charge in assessment.charges if charge.rule == "eu.customs.item_duty"]
    assert len(consignment.items) == len(charged) == 3
    assert "overlay" in {caution.code for caution in found.cautions}


def test_an_untold_code_leaves_items_open() -> None:
    found = declared("H7", dropped=("lines[1].hs_code",))
    (consignment,) = found.consignments
    assert (found.fits, found.complete, consignment.items) == (True, False, None)
    assert asked(found) == ["lines[1].hs_code"]
    assert "eu.declarations.h7.item" in found.questions[0].settles


def test_a_single_line_is_one_item_whatever_its_code() -> None:
    found = declared("H7", {"lines": [EXAMPLE["lines"][0]]}, dropped=("lines[0].hs_code",))
    assert item(found)["commodity_code"].state == "missing"
    assert asked(found) == ["lines[0].hs_code"]


@pytest.mark.parametrize("description", [None, "untold"])
def test_a_description_is_asked_for(description: str | None) -> None:
    path = "lines[2].description"
    found = declared("H7", {path: None}) if description is None else declared("H7", dropped=(path,))
    assert (asked(found), found.complete) == ([path], False)
    assert found.questions[0].settles == ("eu.declarations.h7.goods_description",)


def test_one_fact_may_settle_several_fields() -> None:
    found = declared("H7", {"seller.ioss_number": None}, dropped=("shipping",))
    assert asked(found) == ["shipping"]
    assert found.questions[0].settles == ("eu.declarations.h7.transport_costs",)
    assert values(found)["additional_procedure"] == "F49"


@pytest.mark.parametrize(
    ("facts", "dropped", "code"),
    [
        ({}, (), "F48"),
        ({"seller.ioss_number": None}, (), "F49"),
        ({"seller.ioss_number": None, "carriage": "freight"}, (), "F53"),
    ],
)
def test_procedure_code_names_the_vat_scheme(facts: dict[str, Any], dropped: tuple[str, ...], code: str) -> None:
    found = declared("H7", facts, dropped)
    assert values(found)["additional_procedure"] == code
    assert ("ioss_number" in values(found)) == (code == "F48")


@pytest.mark.parametrize(("day", "code"), [("2026-06-30", "C07"), ("2026-07-01", "F48")])
def test_procedure_code_of_the_day(day: str, code: str) -> None:
    found = declared("H7", at=date.fromisoformat(day))
    assert values(found)["additional_procedure"] == code
    assert found.day == day


@pytest.mark.parametrize(
    ("day", "required"),
    [("2026-06-30", None), ("2026-07-01", False), ("2026-10-31", False), ("2026-11-01", True), ("2027-01-01", True)],
)
def test_product_identifiers_are_voluntary_and_then_mandatory(day: str, required: bool | None) -> None:
    fields = item(declared("H7", at=date.fromisoformat(day)))
    lengths = {"m_pid": 128, "ns_pid": 64, "s_pid": None}
    if required is None:
        assert not fields.keys() & lengths
        return
    for name, length in lengths.items():
        assert (fields[name].state, fields[name].required, fields[name].length) == ("outside", required, length)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"lines[0].unit_price": "80.00"}, "above EUR 150"),
        ({"ship_to": {"country": "US", "subdivision": "US-NY", "postal_code": "10001"}}, "do not enter"),
        ({"ship_from": {"country": "FR", "postal_code": "75001"}}, "do not enter"),
        ({"lines[1].excise": True}, "excise"),
    ],
)
def test_h7_says_why_it_is_not_the_form(facts: dict[str, Any], reason: str) -> None:
    found = declared("H7", facts)
    assert (found.fits, found.complete, asked(found)) == (False, False, [])
    assert any(reason in because for because in reasons(found))
    for consignment in found.consignments:
        assert (consignment.fields, consignment.items) == ((), ())
        assert all(why.citations and why.holds for why in consignment.why)


@pytest.mark.parametrize(("price", "fits"), [("150.00", True), ("150.01", False)])
def test_h7_ends_at_the_limit(price: str, fits: bool) -> None:
    line = EXAMPLE["lines"][0] | {"quantity": "1", "unit_price": price}
    assert declared("H7", {"lines": [line]}).fits is fits


@pytest.mark.parametrize(("day", "fits"), [("2026-06-30", False), ("2026-07-01", True)])
def test_perfume_was_never_relieved_and_pays_by_item_now(day: str, fits: bool) -> None:
    line = EXAMPLE["lines"][0] | {"hs_code": "33030010", "category": "cosmetics.perfume"}
    assert declared("H7", {"lines": [line]}, at=date.fromisoformat(day)).fits is fits


def test_whether_it_fits_may_be_open() -> None:
    found = declared("H7", dropped=("lines[0].excise",))
    assert found.fits is None
    assert asked(found) == ["lines[0].excise"]
    assert found.consignments[0].why[0].holds is None
    assert "intrinsic_value" in values(found)


def test_each_consignment_is_a_declaration() -> None:
    dear = EXAMPLE["lines"][2] | {"unit_price": "151.00"}
    shipments = [{"id": "B", "lines": ["3"]}, {"id": "A", "lines": ["1", "2"]}]
    found = declared("H7", {"lines[2]": dear, "shipments": shipments})
    assert [(entry.consignment, entry.lines, entry.fits) for entry in found.consignments] == [
        ("A", ("1", "2"), True),
        ("B", ("3",), False),
    ]
    assert found.fits is False
    assert values(found)["intrinsic_value"] == "47.30"


def test_no_form_before_its_first_day() -> None:
    found = declared("H7", at=date(2021, 6, 30))
    assert (found.fits, found.version, found.consignments) == (None, None, ())
    assert [caution.code for caution in found.cautions if caution.code == "no_form"]


def test_without_a_day_the_day_is_asked_for() -> None:
    engine = xb.Engine(profile="audit")
    found = engine.assess(EXAMPLE | {"dates": {"placed": "2026-08-10"}}).declaration("H7")
    assert (found.day, found.fits, asked(found)) == (None, None, ["dates.declared"])


def test_assumptions_are_listed() -> None:
    assert [assumed.fact for assumed in declared("H7").assumptions] == ["dates.declared", "dates.paid"]
    assert "insurance" in {assumed.fact for assumed in declared("H7", dropped=("insurance",)).assumptions}


# --- H1, CN23, UK-LV


def test_h1_asks_for_ten_digits() -> None:
    found = declared("H1")
    assert (found.fits, found.complete) == (True, False)
    assert asked(found) == [f"lines[{index}].hs_code" for index in range(3)]
    ten = {f"lines[{i}].hs_code": line["hs_code"] + "00" for i, line in enumerate(EXAMPLE["lines"])}
    full = declared("H1", ten)
    assert full.complete
    assert (item(full)["commodity_code"].value, item(full)["origin"].value) == ("6109100000", "CN")
    assert [item(full, n)["customs_value"].value for n in (1, 2, 3)] == ["42.06", "7.93", "41.21"]


def test_h1_keeps_goods_of_two_origins_apart() -> None:
    twins = [EXAMPLE["lines"][0] | {"id": str(i), "origin": origin} for i, origin in enumerate(("CN", "VN", "CN"))]
    (consignment,) = declared("H1", {"lines": twins}).consignments
    assert consignment.items is not None
    assert [entry.lines for entry in consignment.items] == [("0", "2"), ("1",)]


def test_a_preference_that_lines_of_one_item_do_not_share_is_said_to_differ() -> None:
    claim = {"claim": "EU-CH", "proof": {"kind": "origin_declaration", "number": "1"}, "direct_consignment": True}
    other = claim | {"claim": "EU-GB"}
    lines = [EXAMPLE["lines"][0] | {"id": str(i), "preference": each} for i, each in enumerate((claim, other))]
    found = declared("H1", {"lines": lines, "seller.ioss_number": None})
    assert item(found)["preference"].state == "differs"
    assert not found.complete


def test_cn23_is_for_post_that_crosses_a_border() -> None:
    assert declared("CN23").fits is False
    assert reasons(declared("CN23", {"ship_from": {"country": "DE"}, "carriage": "post"})) == [
        "A parcel that stays in one country is not declared."
    ]
    found = declared("CN23", {"carriage": "post", "ship_to": {"country": "US", "postal_code": "10001"}})
    assert (found.fits, found.complete) == (True, True)
    assert item(found)["net_mass_kg"].value == "0.4"
    assert item(found)["net_mass_kg"].confidence == "practice"
    assert values(found)["gift"] is False


def test_british_low_value_data() -> None:
    found = declared("UK-LV", GREAT_BRITAIN | RATE)
    assert (found.fits, asked(found)) == (True, [])
    told = values(found)
    assert (told["accountable_for_vat"], told["intrinsic_value"]) == ("seller", "86.30")
    assert "buyer_vat_number" not in told
    business = {"buyer": {"kind": "business", "vat_number": "GB980780684"}}
    assert values(declared("UK-LV", GREAT_BRITAIN | RATE | business))["buyer_vat_number"] == "GB980780684"


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({}, "do not enter Great Britain"),
        (GREAT_BRITAIN | {"lines[0].unit_price": "80.00"}, "above GBP 135"),
        (GREAT_BRITAIN | {"lines[0].excise": True}, "excise"),
        (GREAT_BRITAIN | {"gift": True, "seller.kind": "consumer"}, "gift"),
    ],
)
def test_british_data_have_limits(facts: dict[str, Any], reason: str) -> None:
    found = declared("UK-LV", facts | RATE)
    assert found.fits is False
    assert any(reason in because for because in reasons(found))


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(InputError) as error:
        declared("h1")
    wanted = "XB-IN-062 form: found 'h1', expected CN23 | H1 | H7 | UK-LV (did you mean 'H1'?)"
    assert str(error.value) == wanted


# --- laws


@pytest.mark.parametrize("form", FORMS)
def test_published_schema_is_current_and_true(form: str) -> None:
    published = json.loads((ROOT / "docs/schema/declaration.schema.json").read_text(encoding="utf-8"))
    assert published == declaration_schema()
    Draft202012Validator(published).validate(declared(form, {"carriage": "post"}).to_dict())


def test_receipt_holds_nothing_of_the_order() -> None:
    found = declared("H7")
    text = found.receipt.model_dump_json()
    for told in ("A-1001", "Berlin", "10115", "IM3720000224", "T-shirt", "86.30"):
        assert told not in text
    assert found.receipt.packs.keys() >= {"eu.declarations", "eu.customs", "eu.ioss"}
    assert found.receipt.order_digest == ENGINE.assess(EXAMPLE).receipt.order_digest


def test_a_declaration_changes_nothing_of_the_assessment() -> None:
    assessment = ENGINE.assess(EXAMPLE)
    before = assessment.to_json()
    first = assessment.declaration("H1").to_json()
    assert assessment.declaration("H1").to_json() == first
    assert ENGINE.assess(EXAMPLE).to_json() == assessment.to_json() == before


def test_order_of_lines_only_numbers_the_items() -> None:
    def shown(lines: tuple[dict[str, Any], ...]) -> set[tuple[Any, ...]]:
        (consignment,) = declared("H7", {"lines": list(lines)}).consignments
        return {tuple((field.name, field.value) for field in entry.fields) for entry in consignment.items or ()}

    assert len({frozenset(shown(lines)) for lines in permutations(EXAMPLE["lines"])}) == 1


@given(st.lists(st.sampled_from([*EXAMPLE["lines"][0], "seller", "buyer", "ship_from", "carriage"]), max_size=4))
def test_what_was_filled_stays_when_more_is_told(forgotten: list[str]) -> None:
    required = {"id", "quantity", "unit_price"}
    names = sorted({name for name in forgotten if name not in required})
    paths = tuple(f"lines[0].{name}" if name in EXAMPLE["lines"][0] else name for name in names)
    less, more = declared("H7", dropped=paths), declared("H7")
    if less.fits is not None:
        assert less.fits == more.fits
    for field in less.consignments[0].fields:
        if field.state == "filled":
            assert field.value == values(more)[field.name]
    if less.consignments[0].items is not None:
        assert [entry.lines for entry in less.consignments[0].items] == [("1",), ("2",), ("3",)]


KEYS = st.lists(st.tuples(st.sampled_from([UNKNOWN, "a", "b"]), st.sampled_from([UNKNOWN, "x", "y"])), max_size=5)


@given(KEYS)
def test_items_are_settled_when_no_answer_can_change_them(keys: list[tuple[Any, ...]]) -> None:
    units, unsettled = items_of([0] * len(keys), keys)
    if not unsettled:  # then every way to tell the rest gives the same items
        for told in ("a", "b", "x", "y", "z"):
            full = [tuple(told if part is UNKNOWN else part for part in key) for key in keys]
            assert items_of([0] * len(keys), full)[0] == units


# --- rendering and command line


def test_the_table_shows_values_questions_and_what_to_add() -> None:
    text = render_declaration(declared("H7", dropped=("lines[2].description",)).to_dict(), 120)
    assert text.startswith(
        "H7 for A-1001 (not complete), Customs declaration for a consignment of low value, 2026-08-10"
    )
    assert "? asked below" in text
    assert "lines[2].description: Tell what the goods are" in text
    assert "Consignee: name and address: practice, without a source" in text
    assert "Product identifier M-PID, for each item, at most 128 characters (optional)" in text


def test_the_table_says_why_a_form_does_not_fit() -> None:
    text = render_declaration(declared("H7", {"lines[0].excise": True}).to_dict(), 120)
    assert text.splitlines()[0].startswith("H7 for A-1001 (not the form for it)")
    assert "Del. Reg. (EU) 2015/2446 Art. 143a" in text


def test_command_prints_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "orders.jsonl"
    dear = copy.deepcopy(EXAMPLE) | {"id": "dear"}
    dear["lines"][0]["unit_price"] = "900.00"
    path.write_text("\n".join(map(json.dumps, (EXAMPLE, dear))), encoding="utf-8")
    result = CliRunner().invoke(cli, ["declare", str(path), "--form", "H7", "--json"])
    assert result.exit_code == 1
    first, second = map(json.loads, result.stdout.splitlines())
    assert first == declared("H7").to_dict()
    assert (second["order"], second["fits"]) == ("dear", False)


def test_command_goes_on_after_a_bad_order(tmp_path: Path) -> None:
    path = tmp_path / "orders.json"
    path.write_text(json.dumps([{"id": "bad"}, EXAMPLE]), encoding="utf-8")
    result = CliRunner().invoke(cli, ["declare", str(path), "--form", "H7", "--at", "2026-06-30", "--json"])
    assert result.exit_code == 2
    first, second = map(json.loads, result.stdout.splitlines())
    assert first["error"]["code"].startswith("XB-IN-")
    assert second["day"] == "2026-06-30"


def test_command_refuses_a_form_once(tmp_path: Path) -> None:
    path = tmp_path / "orders.json"
    path.write_text(json.dumps([EXAMPLE, EXAMPLE]), encoding="utf-8")
    result = CliRunner().invoke(cli, ["declare", str(path), "--form", "H8"])
    assert result.exit_code == 2
    assert result.output.count("XB-IN-062") == 1


# --- forms in packs

FORM = """declarations:
  - declaration: t.form
    title: A form for trials
    form: T
    versions:
      - from: 2021-01-01
        cite: [act 1]
        item: line.hs_code
        fields:
          - {name: a, title: A, value: 'line.description', cite: [act 1]}
"""
FIELD = "{name: a, title: A, value: 'line.description', cite: [act 1]}"


def compiled(folder: Path, text: str) -> str:
    """The first thing that is wrong with a form."""
    try:
        compile_form(build_plan(book_of(folder, {"declarations.yaml": text})), "T")
    except PackError as error:
        return said(folder, error)
    return ""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("form: T\n", "form: T\n    frm: T\n", "XB-PACK-010 t/declarations.yaml:5:5: found the key 'frm'"),
        ("    form: T\n", "", "XB-PACK-011 t/declarations.yaml:2:5: found a declaration without 'form'"),
        (
            "        cite: [act 1]\n",
            "",
            "XB-PACK-011 t/declarations.yaml:6:9: found a version of a declaration without",
        ),
        (
            FIELD,
            FIELD.replace(", cite: [act 1]", ""),
            "XB-PACK-011 t/declarations.yaml:10:13: found a field without 'cite'",
        ),
        (
            FIELD,
            FIELD.replace("}", ", status: practice}"),
            "XB-PACK-013 t/declarations.yaml:10:66: found cite in a field",
        ),
        (
            FIELD,
            "{name: a, title: A, element: 1/2, status: practice}",
            "XB-PACK-013 t/declarations.yaml:10:42: found element in a field of practice",
        ),
        (FIELD, FIELD.replace("}", ", length: 0}"), "XB-PACK-013 t/declarations.yaml:10:83: found '0'"),
        (FIELD, FIELD.replace("name: a", "name: A b"), "XB-PACK-013 t/declarations.yaml:10:20: found 'A b'"),
        (FIELD, FIELD.replace("}", ", until: 2020-01-01, from: 2020-01-02}"), "XB-PACK-014"),
        (FIELD, FIELD.replace("line.description", "line.descripton"), "XB-PACK-021 t/declarations.yaml:10:40"),
        (FIELD, FIELD.replace("line.description", "line.preference"), "XB-PACK-022 t/declarations.yaml:10:40"),
        (FIELD, FIELD.replace("}", ", required: 'line.description'}"), "XB-PACK-022"),
        (
            FIELD,
            FIELD.replace("}", ", per: consignment}"),
            "XB-PACK-023 t/declarations.yaml:10:40: found a value of the line",
        ),
        (FIELD, FIELD.replace("line.description", "line.unit_price"), "XB-PACK-023 t/declarations.yaml:10:40"),
        (FIELD, FIELD.replace("line.description", "order.shipping"), "XB-PACK-023 t/declarations.yaml:10:40"),
        (FIELD, FIELD.replace("}", ", when: 'line.excise'}"), "XB-PACK-023"),
        ("        item: line.hs_code\n", "", "XB-PACK-033 t/declarations.yaml:6:9: found t.form without 'item'"),
        ("item: line.hs_code", "item: line.unit_price", "XB-PACK-022 t/declarations.yaml:8:15"),
        ("cite: [act 1]}", "cite: [atc 1]}", "XB-PACK-035 t/declarations.yaml:10:13: found the source 'atc'"),
        (FIELD, f"{FIELD}\n          - {FIELD}", "XB-PACK-036 t/declarations.yaml:11:13: found two fields a of t.form"),
        ("        item:", "        not_for: [{when: gift, because: B, cite: [act 1]}]\n        item:", "XB-PACK-021"),
        ("        item:", "        not_for: [{when: order.gift, because: B}]\n        item:", "XB-PACK-011"),
    ],
)
def test_what_is_wrong_with_a_form_is_said(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert compiled(tmp_path / "sound", FORM) == ""
    assert old in FORM
    assert compiled(tmp_path, FORM.replace(old, new, 1)).startswith(message)


def test_a_field_may_be_written_anew_from_a_day_on(tmp_path: Path) -> None:
    first, later = FIELD.replace("}", ", until: 2021-12-31}"), FIELD.replace("}", ", from: 2022-01-01}")
    assert compiled(tmp_path, FORM.replace(FIELD, f"{first}\n          - {later}")) == ""


def test_two_packs_cannot_describe_one_form(tmp_path: Path) -> None:
    book_of(tmp_path / "a", {"declarations.yaml": FORM})
    book_of(tmp_path / "b", {"declarations.yaml": FORM, "pack.yaml": "format: xbpack/1\npack: u\n"})
    with pytest.raises(PackError, match=r"XB-PACK-030 .* the form T exists already"):
        xb.load_rulebook(tmp_path / "a" / "t", tmp_path / "b" / "t", builtin=False)


def test_a_text_that_is_too_long_is_said_to_be(tmp_path: Path) -> None:
    text = FORM.replace("form: T", "form: SHORT").replace("line.description'", "line.description', length: 5")
    engine = xb.Engine(xb.load_rulebook(write_pack(tmp_path, text)))
    field = item(engine.assess(EXAMPLE).declaration("SHORT"))["a"]
    assert (field.value, field.state) == ("Cotton T-shirt", "too_long")


def write_pack(folder: Path, text: str) -> Path:
    head = "format: xbpack/1\npack: t\nsources:\n  act: {title: An act, id: Act 1}\n"
    for name, content in (("pack.yaml", head), ("declarations.yaml", text)):
        (folder / name).write_text(content, encoding="utf-8")
    return folder


def test_the_form_on_the_page_works(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "declarations.md").read_text(encoding="utf-8")
    shutil.copytree(ROOT / "examples" / "packs" / "antarctica", tmp_path / "aq")
    (tmp_path / "aq" / "declarations.yaml").write_text(page.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    assert lint_packs([tmp_path]) == []
    order = (ROOT / "examples" / "orders" / "wellington-scott-base.json").read_text(encoding="utf-8")
    found = xb.Engine(xb.load_rulebook(tmp_path)).assess(order).declaration("AQ-SLIP")
    assert (found.fits, values(found)["value"]) == (True, "119.00")
