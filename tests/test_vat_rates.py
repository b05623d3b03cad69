"""The VAT rates of the built-in packs: no hole, nothing unsettled taken as standard, and the researched facts."""

from __future__ import annotations

import json
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml

from conftest import ROOT, shared_data
from xbcompliance import Engine
from xbcompliance._unknown import UNKNOWN
from xbcompliance.money import RATE_SCALE, scaled
from xbcompliance.packs.rulebook import load_rulebook
from xbcompliance.places import Place
from xbcompliance.timeline import FOREVER, day, iso

if TYPE_CHECKING:
    from xbcompliance.packs.tables import Row, Table, View

FIRST: Final = day("2021-07-01")
LAST: Final = day("2026-11-22")
EU: Final = (
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU",
    "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
)  # fmt: skip
OTHERS: Final = ("GB", "XI", "NO", "CH", "LI")

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
def researched() -> dict[str, dict[str, Any]]:
    text = (ROOT / "tests" / "vat_histories.yaml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=yaml.BaseLoader)


def place(code: str) -> Place:
    return Place(code[:2], code if len(code) > 2 else None)


def places() -> list[str]:
    return sorted({row.keys[0] for row in rates().rows})


def rate(code: str, category: str, when: int) -> Any:
    return view().find(when, place(code), category)


def percent(text: str) -> int:
    return scaled(text, RATE_SCALE) // 100


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


# ------------------------------------------------------------------------------------------------- the researched rates


def _steps(text: str) -> list[tuple[int, str]]:
    """A history such as ``10, 12 from 2024-01-01`` as first days with what holds from then on."""
    steps = []
    for part in text.split(", "):
        what, _, first = part.partition(" from ")
        steps.append((day(first) if first else FIRST, what))
    return steps


HISTORIES: Final = [
    (category, code, text) for category, of in researched()["rates"].items() for code, text in of.items()
]


@pytest.mark.parametrize(("category", "code", "text"), HISTORIES)
def test_the_rates_of_each_day_are_as_researched(category, code, text):
    """On the first and the last day of each rate; an open end is held to the day of research."""
    steps = _steps(text)
    for (first, what), (after, _) in zip(steps, [*steps[1:], (LAST + 1, "")], strict=True):
        for when in (first, max(first, after - 1)):
            words = {"open": UNKNOWN, "std": rate(code, "*", when)}
            wanted = words[what] if what in words else percent(what)
            assert rate(code, category, when) == wanted, f"{code} {category} on {iso(when)}: not {what}"


def test_every_settled_rate_is_a_rate_of_its_country():
    """A rate is the standard rate, one of the reduced rates in force that day, or zero."""
    for row in rates().rows:
        code, category = row.keys
        known = researched()["reduced"]
        owner = {"LI": "CH"}.get(code, code)
        if row.value is UNKNOWN or owner not in known:
            continue
        for when in {max(row.span.start, FIRST), min(row.span.end or LAST, max(LAST, row.span.start))}:
            reduced = [what for first, what in _steps(known[owner]) if first <= when][-1]
            allowed = {0, rate(code, "*", when), *map(percent, reduced.split())}
            assert row.value in allowed, f"{code} {category} on {iso(when)}: {row.info['value']}"


COLUMNS: Final = (
    "book book.electronic newspaper periodical medicine.prescription medicine.otc period_product child_car_seat"
    " clothing.children footwear.children bicycle bicycle.electric medical_device.mobility medical_device.prosthesis"
    " food food.confectionery.chocolate plant.cut_flowers art.original"
)

MATRIX: Final = """
AT   10   10   10   10   10   10    0    =    =    =    =    =    =    =   10   10   13   13
BE    6    6    ?    6    6    6    6    =    =    =    =    =    6    6    6    6    6    6
BG    9    9    9    9    =    =    =    =    =    =    =    =    =    =    =    =    =    =
CY    3    ?    3    3    5    5    ?    5    =    =    ?    ?    ?    ?    5    =    =    5
CZ    0    0   12   12    ?   12    =   12    =    =    =    =   12   12   12   12    =    =
DE    7    7    7    7    =    =    7    =    =    =    =    =    7    7    7    7    7    7
DK    =    =    0    =    =    =    =    =    =    =    =    =    =    =    =    =    =    =
EE    9    9    9    9    9    9    =    =    =    =    =    =    9    9    =    =    =    =
ES    4    4    4    4    4    4    4    =    =    =    =    =    4   10   10   10   10   10
FI 13.5 13.5   10   10 13.5 13.5 13.5    =    =    =    =    =    =    = 13.5    ?    = 13.5
FR  5.5  5.5  2.1  2.1    ?   10  5.5    =    =    =    =    =  5.5  5.5  5.5    ?   10  5.5
GR    6    6    6    6    6    6    =   13    =    =    =    =   13    6   13   13   13   13
HR    5    5    ?    ?    5    5   13   13    =    =    =    =    5    5    ?    =    =    =
HU    5    =    ?    5    5    5    =    =    =    =    =    =    5    5    ?    ?    =    5
IE    0    0    0    9    ?    ?    0 13.5    0    0    =    =    0    0    ?    = 13.5 13.5
IT    4    4    4    4   10   10   10    =    =    =    =    =    4    4   10   10   10    5
LT    5    5    5    5    5    ?    =    =    =    =    =    =    5    5    =    =    =    =
LU    3    3    3    3    3    3    3    =    3    3    8    8    3    3    3    3    8    8
LV    5    5    5    5   12   12    =    =    =    =    =    =   12   12    =    =    =    =
MT    5    5    5    5    0    0    0    =    =    =    =    =    5    ?    0    =    ?    5
NL    9    9    9    9    9    9    9    =    =    =    =    =    9    9    9    9    9    9
PL    5    5    8    8    8    8    5    5    =    =    =    =    8    8    5    =    8    8
PT    6    6    6    6    6    6    6    6    =    =    6    6    6    6    ?    =    6    6
RO   11   11   11   11   11   11    =    =    =    =    =    =    0    0   11    =    =    =
SE    6    6    6    6    0    =    =    =    =    =    =    =    =    =    6    6    =   12
SI    5    5    5    5  9.5  9.5  9.5    ?    =    =    =    =  9.5  9.5  9.5  9.5  9.5  9.5
SK    5    5    5    5    5    5    5    =    =    =    =    =    5    5   19    =    =    =
"""
"""The day of research at one glance: percent, ``=`` the standard rate, ``?`` not settled."""


@pytest.mark.parametrize("line", MATRIX.strip().splitlines())
def test_the_day_of_research_at_one_glance(line):
    code, *cells = line.split()
    for category, cell in zip(COLUMNS.split(), cells, strict=True):
        found = rate(code, category, LAST)
        if cell == "?":
            assert found is UNKNOWN, category
        else:
            assert found == (rate(code, "*", LAST) if cell == "=" else percent(cell)), category
            assert cell == "=" or found != rate(code, "*", LAST), category


def test_the_matrix_has_every_member_state():
    assert [line.split()[0] for line in MATRIX.strip().splitlines()] == list(EU)


@pytest.mark.parametrize("code", places())
@pytest.mark.parametrize(
    ("category", "parent"),
    [
        ("book.audio", "book"), ("book.electronic", "book"), ("newspaper.electronic", "newspaper"),
        ("food.supplement", "food"), ("food.pet", "food"), ("food.prepared", "food"), ("food.baby", "food"),
        ("food.milk_substitute", "food"), ("bicycle.part", "bicycle"),
    ],
)  # fmt: skip
def test_a_special_category_does_not_take_the_favour_of_its_parent(code, category, parent):
    """Where the general name has a rate other than the standard, goods that law often sets apart have their own row."""
    for when in boundaries(code):
        general = view().row(when, place(code), parent)
        if general is not None and general.value is not UNKNOWN and general.value != rate(code, "*", when):
            found = view().row(when, place(code), category)
            assert found is not None, f"{code} {category} on {iso(when)}"
            assert found.keys[1] == category, f"{code} {category} on {iso(when)}"


# ------------------------------------------------------------------------------------------------- through the engine

PROBES: Final = """
AT food.basic.egg 2026-06-30 10
AT food.basic.egg 2026-07-01 4.9
AT food.basic.butter 2026-07-01 4.9
AT food.meat 2026-07-01 10
AT food.basic.fruit.berry 2026-07-01 10
AT food.basic.fruit 2026-07-01 ?
AT period_product 2025-12-31 10
AT period_product 2026-01-01 0
BG food.basic.bread 2022-06-30 20
BG food.basic.bread 2022-07-01 0
BG food.basic.flour 2024-12-31 0
BG food.basic.bread 2025-01-01 20
CY period_product 2023-05-05 0
CY period_product 2026-11-22 ?
CZ book 2023-12-31 10
CZ book 2024-01-01 0
CZ medicine.prescription 2025-12-31 12
CZ medicine.prescription 2026-01-01 ?
DK book 2026-11-22 25
DK newspaper 2026-11-22 0
EE clothing 2023-12-31 20
EE clothing 2024-01-01 22
EE clothing 2025-06-30 22
EE clothing 2025-07-01 24
ES food.basic.bread 2022-12-31 4
ES food.basic.bread 2023-01-01 0
ES food.basic.cheese 2024-09-30 0
ES food.basic.cheese 2024-10-01 2
ES food.basic.milk 2024-12-31 2
ES food.basic.milk 2025-01-01 4
ES food.basic.pasta 2022-12-31 10
ES food.basic.pasta 2023-01-01 5
ES food.oil.seed 2024-10-01 7.5
ES food.oil.seed 2025-01-01 10
ES food.oil.olive 2024-06-30 5
ES food.oil.olive 2024-07-01 0
ES food.oil.olive 2024-10-01 2
ES food.oil.olive 2025-01-01 4
FI clothing 2024-08-31 24
FI clothing 2024-09-01 25.5
FI book 2024-12-31 10
FI book 2025-12-31 14
FI book 2026-01-01 13.5
FI food.confectionery.chocolate 2025-06-01 ?
FR newspaper 2026-11-22 2.1
HU book.electronic 2026-11-22 27
IE clothing.children 2026-11-22 0
IT period_product 2022-12-31 10
IT period_product 2023-01-01 5
IT period_product 2024-01-01 10
IT child_car_seat 2023-12-31 5
IT child_car_seat 2024-01-01 22
IT art.original 2025-06-30 10
IT art.original 2025-07-01 5
LT book 2025-12-31 9
LT book.electronic 2026-01-01 5
LT firewood 2026-01-01 21
LU clothing 2022-12-31 17
LU clothing 2023-01-01 16
LU clothing 2024-01-01 17
LV food.basic.bread 2026-06-30 21
LV food.basic.bread 2026-07-01 12
LV food.basic.bread 2027-06-30 12
LV food.basic.bread 2027-07-01 21
LV food.basic.milk 2026-07-01 ?
PL food.basic.rice 2022-01-31 5
PL food.basic.rice 2022-02-01 0
PL food.basic.rice 2024-03-31 0
PL food.basic.rice 2024-04-01 5
PT food.basic.bread 2023-04-18 ?
RO book 2025-07-31 5
RO book 2025-08-01 11
RO food 2025-08-01 11
RO food.confectionery.chocolate 2025-08-01 21
SE food 2026-03-31 12
SE drink.water 2026-04-01 6
SE food 2027-12-31 6
SE food 2028-01-01 12
SI drink.soft 2024-12-31 9.5
SI drink.soft 2025-01-01 ?
SK book 2024-12-31 10
SK book 2025-01-01 5
SK food.confectionery.chocolate 2025-12-31 19
SK food.confectionery.chocolate 2026-01-01 23
"""
"""Place, category, day and the percent that an order bears, worked out by hand from the changes of the law."""


@cache
def engine() -> Engine:
    return Engine()


def parcel(code: str, category: str, when: str, *, domestic: bool) -> dict[str, Any]:
    """One article of EUR 100 for a consumer: sold within the country, or imported with an IOSS number."""
    here = {"country": code, "subdivision": None, "postal_code": None}
    sender = here if domestic else {"country": "CN", "subdivision": None, "postal_code": "518000"}
    line = {
        "id": "1", "quantity": "1", "unit_price": "100.00", "discount": "0", "hs_code": "61091000", "origin": "CN",
        "category": category, "measures": {}, "excise": False, "preference": None,
    }  # fmt: skip
    return {
        "id": "probe", "currency": "EUR", "dates": {"placed": when}, "marketplace": None, "gift": False,
        "seller": {"kind": "business", "country": sender["country"], "registrations": [],
                   "ioss_number": None if domestic else "IM3720000224"},
        "buyer": {"kind": "consumer", "vat_number": None}, "ship_from": sender, "ship_to": here, "carriage": "express",
        "prices_include": [], "shipping": "0", "lines": [line], "shipments": None, "history": {},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("probe", "domestic"),
    [
        pytest.param(probe, domestic, id=f"{probe} {'domestic' if domestic else 'ioss'}")
        for probe in PROBES.strip().splitlines()
        for domestic in (True, False)
        if domestic or "electronic" not in probe  # an electronic book is not imported
    ],
)
def test_an_order_bears_the_rate_of_its_goods_and_day(probe, domestic):
    code, category, when, expected = probe.split()
    result = engine().assess(parcel(code, category, when, domestic=domestic)).to_dict()
    rule = "eu.vat.domestic" if domestic else "eu.ioss.vat"
    (charge,) = [charge for charge in result["charges"] if charge["kind"] == "tax"]
    assert (charge["rule"], charge["jurisdiction"]) == (rule, code)
    if expected == "?":
        assert charge["rate"] is charge["amount"] is result["totals"]["tax"] is None
        assert not result["complete"]
        assert [question["fact"] for question in result["questions"]] == [f"rulebook.eu.vat.rates[{code}, {category}]"]
    else:
        assert scaled(charge["rate"], RATE_SCALE) == percent(expected)
        assert charge["basis"] == ("charged" if percent(expected) else "zero_rated")
        exact = Decimal(charge["base"]) * Decimal(expected) / 100
        assert Decimal(charge["amount"]) == exact.quantize(Decimal("0.01"), ROUND_HALF_UP)


# ------------------------------------------------------------------------------------------------- places apart

APART: Final = [
    # the place, in the customs territory, its rate of VAT (None: outside the VAT territory), and how addresses tell it
    ("ES-CN", True, None, ["ES 35001", "ES 38 001", "ES -ES-CN", "ES -ES-TF"]),
    ("ES-CE", False, None, ["ES 51001", "ES -ES-CE"]),
    ("ES-ML", False, None, ["ES 52001", "ES -ES-ML"]),
    ("FI-01", True, None, ["FI 22100", "FI FI-22100", "FI -FI-01", "AX", "AX 22100"]),
    ("FR-971", True, None, ["FR 97110", "FR -FR-971", "GP", "GP 97110"]),
    ("FR-972", True, None, ["FR 97200", "FR -FR-MQ", "MQ"]),
    ("FR-973", True, None, ["FR 97300", "GF"]),
    ("FR-974", True, None, ["FR 97400", "FR -FR-RE", "RE"]),
    ("FR-976", True, None, ["FR 97600", "YT"]),
    ("GR-69", True, None, ["GR 63086", "GR 630 86", "GR -GR-69"]),
    ("IT-CAMPIONE", True, None, ["IT 22061", "IT I-22061"]),
    ("IT-LIVIGNO", False, None, ["IT 23041"]),
    ("DE-BUESINGEN", False, None, ["DE 78266", "DE D-78266"]),
    ("DE-HELGOLAND", False, None, ["DE 27498"]),
    ("AT-JUNGHOLZ", True, "19", ["AT 6691", "AT 6991", "AT a-6993"]),
    ("PT-30", True, "22", ["PT 9000-018", "PT -PT-30"]),
    ("PT-20", True, "16", ["PT 9500-001", "PT -PT-20"]),
    ("FR-20R", True, "20", ["FR 20000", "FR -FR-2A"]),
    ("FR", True, "20", ["MC", "MC 98000", "FR 98000"]),
    ("XI", True, "20", ["XI", "XI BT1 1AA", "GB BT1 1AA", "GB bt11aa", "GB -GB-NIR", "GB -GB-BFS"]),
    ("VA", False, None, ["VA 00120"]),
    ("FO", False, None, ["FO 100"]),
    ("GL", False, None, ["GL 3900"]),
]  # fmt: skip


def address(text: str) -> dict[str, Any]:
    """``ES 35001`` by postal code, ``ES -ES-CN`` by subdivision, ``AX`` by the country alone."""
    country, _, rest = text.partition(" ")
    told = {"postal_code": None} if rest.startswith("-") else {"subdivision": None}
    return {
        "country": country,
        **told,
        **({"subdivision": rest[1:]} if rest[:1] == "-" else {"postal_code": rest or None}),
    }


def sold(start: dict[str, Any], end: dict[str, Any]) -> dict[str, Any]:
    """What becomes of headphones of EUR 100 on their way to a consumer, sold by a large shop."""
    order = parcel("DE", "clothing", "2026-05-04", domestic=True)
    order["seller"]["country"] = "DE"
    order["history"] = {"eu.distance_sales.ytd": "20000", "eu.distance_sales.previous_year": "20000"}
    found = engine().assess({**order, "ship_from": start, "ship_to": end}).to_dict()
    return {charge["rule"]: charge for charge in found["charges"]}


@pytest.mark.parametrize(
    ("place", "customs", "vat", "told"), [(*row, text) for *row, texts in APART for text in texts],
)  # fmt: skip
def test_a_place_apart_is_known_in_both_directions(place, customs, vat, told):
    germany, there = address("DE 10115"), address(told)
    there_to_here, here_to_there = sold(there, germany), sold(germany, there)
    if vat is None:
        assert not {"eu.sales.vat", "eu.vat.domestic"} & here_to_there.keys()
        importing = [charge for rule, charge in there_to_here.items() if charge["kind"] == "tax"]
        assert [(charge["jurisdiction"], charge["collected_at"]) for charge in importing] == [("DE", "import")]
        # Into Åland alone the tax of its member state is due, as a tax on import.
        taxed = {(c["jurisdiction"], c["rate"]) for c in here_to_there.values() if c["kind"] == "tax"}
        assert taxed <= ({("FI-01", "0.255")} if place == "FI-01" else set())
    else:
        charge = here_to_there["eu.sales.vat"]
        assert (charge["jurisdiction"], charge["rate"]) == (place, str(Decimal(vat) / 100))
        assert there_to_here["eu.sales.vat"]["jurisdiction"] == "DE"
    assert ("eu.customs.duty" in there_to_here) is not customs


def test_a_missing_postal_code_is_asked_for_where_places_apart_would_answer_differently():
    for country, asked in (("DE", True), ("ES", True), ("FR", True), ("FI", True), ("IT", True), ("GR", True),
                           ("NL", False), ("BE", False), ("CY", False)):  # fmt: skip
        order = {**parcel("NL", "toy", "2026-05-04", domestic=False), "ship_to": {"country": country}}
        result = engine().assess(order).to_dict()
        assert ("ship_to.postal_code" in [question["fact"] for question in result["questions"]]) is asked, country
        assert (result["totals"]["tax"] is None) is asked, country


# ------------------------------------------------------------------------------------------------- the worked cases


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
