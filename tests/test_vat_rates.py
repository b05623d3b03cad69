"""The VAT rates of the built-in packs: no hole, nothing unsettled taken as standard, and the researched facts."""

from __future__ import annotations

import json
import re
from datetime import date
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml

from conftest import shared_data
from xbcompliance._unknown import UNKNOWN
from xbcompliance.money import RATE_SCALE, scaled
from xbcompliance.packs.rulebook import load_rulebook
from xbcompliance.places import Place
from xbcompliance.timeline import FOREVER, day, iso

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xbcompliance.packs.tables import Row, Table, View

FIRST: Final = day("2021-07-01")
LAST: Final = day("2026-11-22")
EU: Final = (
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU",
    "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
)  # fmt: skip
OTHERS: Final = ("GB", "XI", "NO", "CH", "LI")

CATEGORIES: Final = {
    "books_printed": ("book",),
    "medicines_human": ("medicine.prescription", "medicine.otc"),
    "period_products": ("period_product",),
    "child_car_seats": ("child_car_seat",),
    "children_clothing": ("clothing.children", "footwear.children"),
    "bicycles": ("bicycle", "bicycle.electric"),
    "food_general": ("food",),
    "cut_flowers": ("plant.cut_flowers",),
    "art_original": ("art.original",),
    "food_staples_AT": (
        "food.basic.bread", "food.basic.milk", "food.basic.egg", "food.basic.fruit.pome", "food.basic.fruit.stone",
        "food.basic.rice", "food.basic.salt", "food.basic.pasta", "food.basic.butter", "food.basic.yoghurt",
        "food.basic.vegetable.frozen",
    ),
    "food_staples_LV": ("food.basic.bread", "food.basic.milk.fresh", "food.basic.poultry", "food.basic.egg"),
}  # fmt: skip
"""The categories of the facts under the names that rates are kept by."""

SETTLED: Final = "child_car_seat clothing.children footwear.children bicycle food food.basic.bread book medicine.otc"
UNSETTLED: Final = (
    "alcohol.wine drink.soft tobacco plant medicine.veterinary medical_device.lens food.pet food.supplement "
    "food.prepared food.baby food.milk_substitute book.audio newspaper.electronic diapers contraceptive photovoltaic "
    "firewood antique collectible ppe.respirator"
)
"""Goods that have a reduced rate somewhere: where it is not known whether, they are not taken as standard."""


@cache
def rates() -> Table:
    return load_rulebook().tables["eu.vat.rates"]


@cache
def view() -> View:
    return rates().view(None)


@cache
def facts() -> dict[str, Any]:
    return yaml.safe_load(shared_data("../facts/eu-uk.yaml").read_text(encoding="utf-8"))


def place(code: str) -> Place:
    return Place(code[:2], code if len(code) > 2 else None)


def places() -> list[str]:
    return sorted({row.keys[0] for row in rates().rows})


def rate(code: str, category: str, when: int) -> Any:
    return view().find(when, place(code), category)


def percent(text: str) -> int:
    return scaled(text, RATE_SCALE) // 100


def days(fact: dict[str, Any]) -> Iterator[int]:
    """The first and the last day of a fact; one without an end is held to the day of research."""
    yield max(day(fact["from"]), FIRST)
    yield day(fact["to"]) if fact["to"] else max(LAST, day(fact["from"]))


def boundaries(code: str) -> list[int]:
    """The days on which some rate of a place changes, and the days before."""
    starts = {row.span.start for row in rates().rows if row.keys[0] in (code, code[:2])}
    return sorted({FIRST, LAST} | {near for start in starts for near in (start - 1, start) if near >= FIRST})


# ----------------------------------------------------------------------------------------------------- the table itself


def test_every_country_is_there():
    assert {*EU, *OTHERS} <= set(places())
    assert {"AT-JUNGHOLZ", "FR-20R", "PT-20", "PT-30"} <= set(places())


@pytest.mark.parametrize("code", places())
def test_a_standard_rate_holds_on_every_day(code):
    spans = sorted((row.span.start, row.span.end or FOREVER) for row in rates().rows if row.keys == (code, "*"))
    assert spans[0][0] <= FIRST
    assert spans[-1][1] == FOREVER
    for (_, end), (start, _) in pairwise(spans):
        assert start == end + 1, f"{code}: nothing or two rates between {iso(end)} and {iso(start)}"


@pytest.mark.parametrize("code", [*EU, *OTHERS])
def test_a_category_with_rows_has_no_hole(code):
    """Between the first row of a category and the last no day goes to a more general name by mistake."""
    groups: dict[str, list[Row]] = {}
    for row in rates().rows:
        if row.keys[0] == code:
            groups.setdefault(row.keys[1], []).append(row)
    for category, rows in groups.items():
        spans = sorted((row.span.start, row.span.end or FOREVER) for row in rows)
        for (_, end), (start, _) in pairwise(spans):
            assert start == end + 1, f"{code} {category}: a hole or an overlap before {iso(start)}"


@pytest.mark.parametrize("code", [*EU, *OTHERS])
def test_goods_with_reduced_rates_never_go_to_the_standard_by_themselves(code):
    """Each of these has a row of its own or of its group on every day, be it `?`."""
    for category in (UNSETTLED + " " + SETTLED).split():
        for when in boundaries(code):
            found = view().row(when, place(code), category)
            assert getattr(found, "keys", (code, "*"))[1] != "*", f"{code} {category} on {iso(when)}"


@pytest.mark.parametrize("code", [code for code in places() if len(code) > 2 and rate(code, "*", LAST)])
def test_a_region_with_its_own_standard_rate_tells_each_category_of_its_country_apart(code):
    for category in {row.keys[1] for row in rates().rows if row.keys[0] == code[:2]}:
        for when in boundaries(code):
            country = view().row(when, place(code[:2]), category)
            if country is not None and country.keys[1] != "*" and country.value != rate(code[:2], "*", when):
                found = view().row(when, place(code), category)
                assert getattr(found, "keys", (code, "*"))[1] != "*", f"{code} {category} on {iso(when)}"


def test_plain_goods_have_the_standard_rate():
    for code in (*EU, *OTHERS):
        for category in ("clothing", "electronics.audio", "toy", "household", "bag", "jewellery", "footwear"):
            assert rate(code, category, LAST) == rate(code, "*", LAST) is not UNKNOWN


def test_open_facts_say_so():
    for row in rates().rows:
        if row.value is UNKNOWN:
            assert row.info["status"] == "open", row.keys
            assert row.info.get("note"), f"{row.keys}: what is not settled"


def test_northern_ireland_and_liechtenstein_follow():
    for one, other in (("GB", "XI"), ("CH", "LI")):
        for category in {row.keys[1] for row in rates().rows if row.keys[0] == one}:
            for when in boundaries(one):
                assert rate(one, category, when) == rate(other, category, when), (category, iso(when))


# ------------------------------------------------------------------------------------------------------------- examples


@pytest.mark.parametrize(
    ("code", "category", "when", "expected"),
    [
        ("EE", "clothing", "2023-12-31", "20"),
        ("EE", "clothing", "2024-01-01", "22"),
        ("EE", "clothing", "2025-07-01", "24"),
        ("LV", "food.basic.bread", "2026-06-30", "21"),
        ("LV", "food.basic.bread", "2026-07-01", "12"),
        ("LV", "food.basic.bread", "2027-07-01", "21"),
        ("LV", "food.basic.milk", "2026-07-01", None),
        ("AT", "food.basic.fruit.pome", "2026-07-01", "4.9"),
        ("AT", "food.basic.fruit.berry", "2026-07-01", "10"),
        ("AT", "food.basic.fruit", "2026-06-30", "10"),
        ("AT", "food.basic.fruit", "2026-07-01", None),
        ("ES", "food.basic.bread", "2024-10-01", "2"),
        ("ES", "food.basic.pasta", "2024-12-31", "7.5"),
        ("ES", "food.oil.olive", "2024-07-01", "0"),
        ("PL", "food.basic.bread", "2024-04-01", "5"),
        ("PL", "food", "2024-03-31", None),
        ("LT", "firewood", "2026-01-01", "21"),
        ("SE", "drink.water", "2026-04-01", "6"),
        ("CZ", "medicine.prescription", "2026-01-01", None),
        ("FI", "food.confectionery.chocolate", "2025-06-01", None),
        ("DK", "book", "2026-11-22", "25"),
        ("PT-30", "clothing", "2026-05-04", "22"),
        ("PT-30", "book", "2024-09-30", "5"),
        ("PT-30", "book", "2024-10-01", "4"),
        ("PT-20", "clothing", "2021-07-01", "16"),
        ("PT-20", "book", "2026-05-04", "4"),
        ("AT-JUNGHOLZ", "clothing", "2026-05-04", "19"),
        ("AT-JUNGHOLZ", "book", "2026-05-04", None),
        ("FR-20R", "clothing", "2026-05-04", "20"),
        ("FR-20R", "food.basic.bread", "2026-05-04", None),
        ("GB", "food.confectionery.chocolate", "2026-05-04", "20"),
        ("XI", "child_car_seat", "2026-05-04", "5"),
        ("CH", "period_product", "2024-12-31", None),
    ],
)
def test_examples(code, category, when, expected):
    wanted = UNKNOWN if expected is None else percent(expected)
    assert rate(code, category, day(when)) == wanted


# ------------------------------------------------------------------------------------------------- the researched facts


def test_standard_rates_are_as_researched():
    book = load_rulebook()
    for fact in facts()["vat_standard"]:
        where = book.places.resolve(fact["country"], None, None)
        for when in days(fact):
            found = view().find(when, where, "electronics.audio")
            assert found == percent(fact["rate"]), f"{fact['id']} on {iso(when)}"


def _expected(fact: dict[str, Any], category: str) -> set[Any]:
    """What the table may say of a fact: its rate; nothing where the fact itself is conditional or open."""
    if fact["rate"] is None:
        wanted: set[Any] = {"standard"}
        if fact["country"] == "SE" and category == "medicine.prescription":
            wanted = {0}
        return wanted
    wanted = {percent(fact["rate"])}
    if fact.get("condition") or "OPEN" in fact["status"]:
        wanted.add(UNKNOWN)
    if fact["country"] == "GB" and category == "medicine.prescription":
        wanted = {0}
    if fact["country"] == "LT" and category == "medicine.otc":
        wanted.add(UNKNOWN)  # reimbursed ones only; the facts leave open whether others follow since 2026
    return wanted


def test_rates_of_categories_are_as_researched():
    missed = []
    for fact in facts()["vat_categories"]["rates"]:
        code = fact["country"]
        for category in CATEGORIES[fact["category"]]:
            for when in days(fact):
                wanted = _expected(fact, category)
                found = rate(code, category, when)
                if wanted == {"standard"}:
                    wanted = {rate(code, "*", when)}
                if found not in wanted:
                    missed.append(f"{code} {category} {iso(when)}: {found}, facts {fact['rate']} {fact['status']}")
    assert not missed


def test_what_the_facts_do_not_assume_before_a_day_is_not_known_before():
    """Where the facts know a rate only from a day on, the day before is `?`, unless another fact tells it."""
    known = facts()["vat_categories"]["rates"]
    for fact in known:
        if not str(fact.get("before_verified_from")).startswith("UNKNOWN") or day(fact["from"]) <= FIRST:
            continue
        before = day(fact["from"]) - 1
        if any(
            other["country"] == fact["country"] and other["category"] == fact["category"] and other["to"] == iso(before)
            for other in known
        ):
            continue
        for category in CATEGORIES[fact["category"]]:
            assert rate(fact["country"], category, before) is UNKNOWN, (fact["country"], category)


def test_every_settled_rate_is_a_rate_of_its_country():
    """A rate is standard, one of the reduced rates in force that day, zero, or a temporary rate of Spanish food."""
    others: dict[str, list[dict[str, Any]]] = {}
    for fact in facts()["vat_other_rates"]:
        others.setdefault(fact["country"], []).append(fact)
    for row in rates().rows:
        code, category = row.keys
        if row.value is UNKNOWN or len(code) > 2 or code == "LI":
            continue
        for when in {max(row.span.start, FIRST), min(row.span.end or LAST, max(LAST, row.span.start))}:
            allowed = {0, rate(code, "*", when)}
            for fact in others.get("GB" if code == "XI" else code, ()):
                if day(fact["from"]) <= when and (fact["to"] is None or when <= day(fact["to"])):
                    allowed |= {percent(text) for text in fact["rates"]}
            if row.info["source"] == "es-food-rdl":
                allowed |= {percent("2"), percent("5"), percent("7.5")}
            assert row.value in allowed, f"{code} {category} on {iso(when)}: {row.info['value']}"


COLUMNS: Final = {
    "books": ("book",),
    "e-books": ("book.electronic",),
    "press": ("newspaper", "periodical"),
    "human medicines": ("medicine.prescription", "medicine.otc"),
    "period products": ("period_product",),
    "child seats": ("child_car_seat",),
    "kids' clothes": ("clothing.children", "footwear.children"),
    "bicycles": ("bicycle", "bicycle.electric"),
    "wheelchairs / prostheses": ("medical_device.mobility", "medical_device.prosthesis"),
    "food (general)": ("food",),
    "chocolate 1806": ("food.confectionery.chocolate",),
    "cut flowers": ("plant.cut_flowers",),
    "original art 9701": ("art.original",),
}
"""The columns of the table of categories in the facts."""

CONDITIONAL: Final = {
    ("IT", "food.confectionery.chocolate"): "the database has 10 % for plain packaging only",
    ("LT", "medicine.otc"): "the database has 5 % for reimbursed medicines only",
    ("SI", "child_car_seat"): "conditional",
}
"""Plain cells of that table that cover a part of the category only: not settled."""


def _matrix() -> Iterator[tuple[str, str, str]]:
    """Country, category and cell of the table of categories, as on the day of research."""
    text = shared_data("../facts/eu-uk.md").read_text(encoding="utf-8")
    table = text.split("### 1.6", 1)[1].split("Notes:", 1)[0]
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line[:1] == "|"]
    for line in lines[2:]:
        for name, cell in zip(lines[0][1:], line[1:], strict=True):
            for category in COLUMNS[name]:
                yield line[0], category, cell


def test_the_table_of_categories_is_reproduced():
    """A cell that is one number or `std` is the rate of the day of research; a cell that is `?` is not settled."""
    read = 0
    for code, category, cell in _matrix():
        plain = re.fullmatch(r"(\d+(?:\.\d+)?)r?", cell)
        found = rate(code, category, LAST)
        if (code, category) in CONDITIONAL or cell == "?":
            assert found is UNKNOWN, (code, category, cell)
        elif plain:
            assert found == percent(plain[1]), (code, category, cell)
        elif re.fullmatch(r"std( r| V\*\[S38\])?", cell):
            assert found == rate(code, "*", LAST), (code, category, cell)
        else:
            continue
        read += 1
    assert read > 350


def _cases() -> list[dict[str, Any]]:
    lines = shared_data("../cases/eu.jsonl").read_text(encoding="utf-8").splitlines()
    return [case for case in map(json.loads, lines) if case["topic"] == "eu.vat_rate"]


def test_the_rates_of_the_worked_cases():
    places_of = load_rulebook().places
    cases = _cases()
    assert cases
    for case in cases:
        order, expected = case["order"], case["expect"]
        address = order["ship_to"]
        where = places_of.resolve(address["country"], address["postal_code"], address["subdivision"])
        paid = date.fromisoformat(order["dates"]["paid"]).toordinal()
        found = [view().find(paid, where, line["category"]) for line in order["lines"]]
        wanted = [scaled(charge["rate"], RATE_SCALE) for charge in expected.get("charges", ())]
        assert sorted(found) == sorted(wanted or [0] * len(found)), case["id"]
