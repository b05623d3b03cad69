"""Duty expressions and tariff codes: what is read, what is refused, and what it costs."""

from __future__ import annotations

import csv
import gzip
import json
import pickle
import re
import time
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from conftest import shared_data
from xbcompliance._unknown import UNKNOWN, Unknown
from xbcompliance.money import scaled
from xbcompliance.tariff import UNITS, Duty, Term, is_prefix, normal_code, parse_duty, split_programmes
from xbcompliance.tariff._terms import BASES
from xbcompliance.tariff.duty import MAX_LENGTH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def amount(number: str, currency: str, unit: str, per: str = "1", qualifier: str | None = None) -> dict[str, object]:
    return {"amount": number, "currency": currency, "per": per, "unit": unit, "qualifier": qualifier}


def terms(text: str) -> list[dict[str, object]]:
    return [dict(term) for term in parse_duty(text).to_dict()["terms"]]


# Reading ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("Free", "free", []),
        ("無税", "free", []),
        ("(無税)", "free", []),
        ("6.8%", "ad_valorem", [{"op": "+", "percent": "6.8"}]),
        ("6.8\uff05", "ad_valorem", [{"op": "+", "percent": "6.8"}]),
        ("25 percent", "ad_valorem", [{"op": "+", "percent": "25"}]),
        ("5% ad val.", "ad_valorem", [{"op": "+", "percent": "5"}]),
        ("0.12", "ad_valorem", [{"op": "+", "percent": "12"}]),
        ("0.129", "ad_valorem", [{"op": "+", "percent": "12.9"}]),
        ("0.00", "ad_valorem", [{"op": "+", "percent": "0"}]),
        ("0", "ad_valorem", [{"op": "+", "percent": "0"}]),
        (
            "2.1¢/kg + 5%",
            "compound",
            [{"op": "+", **amount("0.021", "USD", "kg")}, {"op": "+", "percent": "5"}],
        ),
        (
            "$1.035/kg + 17%",
            "compound",
            [{"op": "+", **amount("1.035", "USD", "kg")}, {"op": "+", "percent": "17"}],
        ),
        (
            "9.00 % + 23.20 EUR / 100 kg MAX 16.50 %",
            "compound",
            [
                {"op": "+", "percent": "9.00"},
                {"op": "+", **amount("23.20", "EUR", "kg", "100")},
                {"op": "max", "percent": "16.50"},
            ],
        ),
        (
            "4.50% MIN 0.30 EUR / item MAX 0.80 EUR / item",
            "compound",
            [
                {"op": "+", "percent": "4.50"},
                {"op": "min", **amount("0.30", "EUR", "item")},
                {"op": "max", **amount("0.80", "EUR", "item")},
            ],
        ),
        ("4,300円/足", "specific", [{"op": "+", **amount("4300", "JPY", "pair")}]),
        ("(500円\n/kg)", "specific", [{"op": "+", **amount("500", "JPY", "kg")}]),
        ("12円/リットル", "specific", [{"op": "+", **amount("12", "JPY", "l")}]),
        (
            "(8.5%+290.70円/1,000本)",
            "compound",
            [{"op": "+", "percent": "8.5"}, {"op": "+", **amount("290.70", "JPY", "item", "1000")}],
        ),
        (
            "1.7%又は1.3%+0.46円/m2のうちいずれか高い税率",
            "compound",
            [
                {"op": "+", "percent": "1.3"},
                {"op": "+", **amount("0.46", "JPY", "m2")},
                {"op": "min", "percent": "1.7"},
            ],
        ),
        (
            "0.5%又は2.73円/kgのうちいずれか低い税率",
            "compound",
            [{"op": "+", "percent": "0.5"}, {"op": "max", **amount("2.73", "JPY", "kg")}],
        ),
        (
            "9.4%又は78.13円/lのうちいずれか低い税率\nただしその税率が41.88円/lを下回る場合は41.88円/l",
            "compound",
            [
                {"op": "+", "percent": "9.4"},
                {"op": "max", **amount("78.13", "JPY", "l")},
                {"op": "min", **amount("41.88", "JPY", "l")},
            ],
        ),
        (
            "9.3%又は7.19円/kgのうちいずれか高い税率(ただしその税率が50%を上回る場合は50%とする)",
            "compound",
            [
                {"op": "+", "percent": "9.3"},
                {"op": "min", **amount("7.19", "JPY", "kg")},
                {"op": "max", "percent": "50"},
            ],
        ),
        ("0.20 GBP/ item", "specific", [{"op": "+", **amount("0.20", "GBP", "item")}]),
        ("£5 each", "specific", [{"op": "+", **amount("5", "GBP", "item")}]),
        ("EUR 5.00 per pair", "specific", [{"op": "+", **amount("5.00", "EUR", "pair")}]),
        ("1.5¢ each", "specific", [{"op": "+", **amount("0.015", "USD", "item")}]),
        ("20¢/No.", "specific", [{"op": "+", **amount("0.20", "USD", "item")}]),
        ("2.8¢/doz.", "specific", [{"op": "+", **amount("0.028", "USD", "dozen")}]),
        ("60¢/doz. pr.", "specific", [{"op": "+", **amount("0.60", "USD", "dozen_pair")}]),
        ("97.2¢/pr", "specific", [{"op": "+", **amount("0.972", "USD", "pair")}]),
        ("43¢/m²", "specific", [{"op": "+", **amount("0.43", "USD", "m2")}]),
        ("$1.27/m3", "specific", [{"op": "+", **amount("1.27", "USD", "m3")}]),
        ("$6/1000", "specific", [{"op": "+", **amount("6", "USD", "item", "1000")}]),
        ("$1/1,000 pins", "specific", [{"op": "+", **amount("1", "USD", "item", "1000", "pins")}]),
        ("20¢/thousand", "specific", [{"op": "+", **amount("0.20", "USD", "item", "1000")}]),
        ("$1.52829 per stick", "specific", [{"op": "+", **amount("1.52829", "USD", "stick")}]),
        ("$1.97/t", "specific", [{"op": "+", **amount("1.97", "USD", "t")}]),
        ("930円/MT", "specific", [{"op": "+", **amount("930", "JPY", "t")}]),
        ("15.40 EUR / hl", "specific", [{"op": "+", **amount("15.40", "EUR", "hl")}]),
        ("1.75 EUR / % vol / hl", "specific", [{"op": "+", **amount("1.75", "EUR", "pct_vol_hl")}]),
        ("23.7¢/pf.liter", "specific", [{"op": "+", **amount("0.237", "USD", "pf_l")}]),
        ("13.5 EUR/proof liter", "specific", [{"op": "+", **amount("13.5", "EUR", "pf_l")}]),
        ("77.2¢/clean kg", "specific", [{"op": "+", **amount("0.772", "USD", "kg", "1", "clean")}]),
        (
            "7.4¢/kg on drained weight",
            "specific",
            [{"op": "+", **amount("0.074", "USD", "kg", "1", "on drained weight")}],
        ),
        (
            "$1.32/t, including weight of container",
            "specific",
            [{"op": "+", **amount("1.32", "USD", "t", "1", "including weight of container")}],
        ),
        (
            "0.40 EUR / 100 kg /net/ % sacchar.",
            "specific",
            [{"op": "+", **amount("0.40", "EUR", "kg", "100", "net/%sacchar.")}],
        ),
        (
            "2%, and $107.99 /L of alcohol",
            "compound",
            [{"op": "+", "percent": "2"}, {"op": "+", **amount("107.99", "USD", "l", "1", "of alcohol")}],
        ),
        (
            "5%, or, if lower, $0.45/kg TSS",
            "compound",
            [{"op": "+", "percent": "5"}, {"op": "max", **amount("0.45", "USD", "kg", "1", "TSS")}],
        ),
        (
            "$0.5/L of diesel plus $0.6/L of other substances (if any) in the blend",
            "specific",
            [
                {"op": "+", **amount("0.5", "USD", "l", "1", "of diesel")},
                {"op": "+", **amount("0.6", "USD", "l", "1", "of other substances (if any) in the blend")},
            ],
        ),
        (
            "$1.220/kg, less 5%",
            "compound",
            [{"op": "+", **amount("1.220", "USD", "kg")}, {"op": "-", "percent": "5"}],
        ),
        (
            "$1/L of alcohol, less 5%, plus 1%, but not less than 2%",
            "compound",
            [
                {"op": "+", **amount("1", "USD", "l", "1", "of alcohol")},
                {"op": "-", "percent": "5"},
                {"op": "+", "percent": "1"},
                {"op": "min", "percent": "2"},
            ],
        ),
        (
            "10% - 2 EUR/100 kg",
            "compound",
            [{"op": "+", "percent": "10"}, {"op": "-", **amount("2", "EUR", "kg", "100")}],
        ),
        (
            "2.81¢/kg but not less than 12.5%",
            "compound",
            [{"op": "+", **amount("0.0281", "USD", "kg")}, {"op": "min", "percent": "12.5"}],
        ),
        (
            "5% or 10¢/kg, whichever is the greater",
            "compound",
            [{"op": "+", "percent": "5"}, {"op": "min", **amount("0.10", "USD", "kg")}],
        ),
    ],
)
def test_reads(text: str, kind: str, expected: list[dict[str, object]]) -> None:
    duty = parse_duty(text)
    assert duty.to_dict() == {"text": text, "kind": kind, "terms": expected, "reference": None}
    assert parse_duty(duty.rate_text) == duty


@pytest.mark.parametrize(
    ("text", "reference", "added"),
    [
        ("See 9903.45.25", "See 9903.45.25", []),
        ("No change.", "No change.", []),
        ("Entry Price", "Entry Price", []),
        ("9.00% +  EA", "9.00% + EA", []),
        ("8.30% +  EA MAX 18.70%  + ADSZ", "8.30% + EA MAX 18.70% + ADSZ", []),
        ("Free (see U.S. note 4 of this subchapter)", "Free (see U.S. note 4 of this subchapter)", []),
        (
            "The rate applicable in the absence of this heading",
            "The rate applicable in the absence of this heading",
            [],
        ),
        (
            "The duty provided in the applicable subheading +25%.",
            "The duty provided in the applicable subheading",
            [{"op": "+", "percent": "25"}],
        ),
        (
            "The duty rate provided in such subheading minus 0.5%",
            "The duty rate provided in such subheading",
            [{"op": "-", "percent": "0.5"}],
        ),
        (
            "The duty provided in the applicable subheading + a duty of 25% upon the value of the steel content",
            "The duty provided in the applicable subheading + a duty of 25% upon the value of the steel content",
            [],
        ),
    ],
)
def test_a_rate_that_stands_elsewhere_is_a_reference(text: str, reference: str, added: list[object]) -> None:
    duty = parse_duty(text)
    assert duty.to_dict() == {"text": text, "kind": "reference", "terms": added, "reference": reference}
    assert parse_duty(duty.rate_text) == duty
    assert duty.percent is None
    assert duty.evaluate(10**6, lambda unit: 0, lambda scaled, currency: scaled) is UNKNOWN


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "()",
        "?",
        "%",
        "five percent",
        "-5%",
        "+ 5%",
        "5% +",
        "5%%",
        "5% 3%",
        "9,5 %",  # a decimal comma or a broken thousand
        "1,000%",
        "12.",
        "24",  # 24 % or 2400 %
        "1.5",
        "24 + 4.2 EUR/100 kg",
        "33 1/3%",  # no decimal string says it
        "0.1234567%",
        "0.12345678901¢/kg",
        "4% - 6%",  # a range
        "0.5 EUR/kg - 0.7 EUR/kg",
        "5 XYZ/kg",
        "¥5/kg",  # yen or yuan
        "$5 EUR/kg",
        "5/kg",
        "$5",
        "$5/",
        "$5/0 kg",
        "$5/100 lb",
        "$5/1000 lb",
        "$5/kgs2",
        "$5/m2of surface",
        "$5/kg of alcohol (see note 3)",
        "$5/kg of sugar until 30 June 2026",
        "$5/kg of alcohol plus",
        "$5/kg somewhere",
        "15¢/jewel over 7",
        "1.5¢/line/ gross + 25%",
        "8¢ each + 45% on the case",
        "35% on the case and strap, band or bracelet",
        "50 percent of the cost of such goods or repairs",
        "Free, under bond",
        "5% + ea",
        "(5%) + (3%)",
        "$6/500",
        "$5/kg of alcohol (net)",
        "77¢/clean kg on content",
        "5% MAX 3% or 4%, whichever is higher",
        "9.3%又は7円/kgのうちいずれか高い税率ただしその税率が5% MIN 1円/kgを上回る場合は5% MIN 1円/kgとする",
        "3.6606¢/kg less 0.020668¢/kg for each degree under 100 degrees but not less than 3.143854¢/kg",
        "9.10% + 45.10 EUR / 100 kg MAX 18.90% + 16.50 EUR / 100 kg",
        "15.00% (01 JAN-14 FEB), 0.00% (15 FEB-15 JUN)",
        "5% DCS4% DCT5%",
        "5%, and 107.99 /L of alcohol",
        "From 30 December 2018: 5%",
        "無税〜5%",
        "◎無税",
        "※1%",
        "*(341円/kg)",
        "(一部3.5%)",
        "2.2%又は非譲許",
        "関税割当数量以内のもの 20%",
        "関税割当数量以内のもの 無税\n関税割当数量以外のもの 23.8%",
        "(500円-課税価格)/kg",
        "29.8%+985円/kg又は36%+290円/kgのうちいずれか低い税率",
        "5%又は1円/kg",
        "5%又は1円/kgのうちいずれか高い税率ただしその税率が50%を上回る場合は40%とする",
        "5 % \u0660",
        "\ud800",
    ],
)
def test_says_that_it_cannot_read(text: str) -> None:
    duty = parse_duty(text)
    assert duty.to_dict() == {"text": text, "kind": "unreadable", "terms": [], "reference": None}
    assert duty.percent is None
    assert duty.rate_text == text
    assert duty.evaluate(0, lambda unit: 0, lambda scaled, currency: scaled) is UNKNOWN


@given(
    st.text(
        alphabet=st.sampled_from("0123456789.,%+-/() $¢€円足kglmEURMINAXFree(又は高い税率のうちいずれか低"), max_size=60
    )
)
def test_strange_text_is_never_an_error_and_reads_back(text: str) -> None:
    duty = parse_duty(text)
    json.dumps(duty.to_dict())
    if duty.kind != "unreadable":
        assert parse_duty(duty.rate_text) == duty


@pytest.mark.parametrize(
    "piece", ["(", "(A,", "1,", "1", " ", "5% + ", "0.5 EUR/kg of a ", "又は", "%", "See (see ", "/"]
)
def test_hostile_length_is_refused_at_once(piece: str) -> None:
    start = time.perf_counter()
    assert parse_duty(piece * 100_000).kind == "unreadable"
    assert split_programmes(piece * 100_000) == ((piece * 100_000, ()),)
    parse_duty((piece * MAX_LENGTH)[:MAX_LENGTH])
    assert time.perf_counter() - start < 0.5


def test_the_longest_text_that_is_read() -> None:
    text = "5%" + " + 5%" * ((MAX_LENGTH - 2) // 5)
    assert len(parse_duty(text).terms) == 400
    assert parse_duty(text.ljust(MAX_LENGTH)).kind == "ad_valorem"
    assert parse_duty(text.ljust(MAX_LENGTH + 1)).kind == "unreadable"


def test_a_bare_dollar_means_what_the_tariff_says() -> None:
    assert [parse_duty("$2/kg + 3¢/l", dollar="AUD").terms[i].currency for i in (0, 1)] == ["AUD", "AUD"]
    assert parse_duty("US$ 2/kg", dollar="AUD").terms[0].currency == "USD"


def test_programmes_stand_in_brackets_behind_their_rate() -> None:
    cell = "Free (A*, AU,S+) 2.9%(JP) See 9822.05.20 (P+) 5%"
    assert split_programmes(cell) == (
        ("Free", ("A*", "AU", "S+")),
        ("2.9%", ("JP",)),
        ("See 9822.05.20", ("P+",)),
        ("5%", ()),
    )
    assert parse_duty(cell).kind == "unreadable"
    duty = parse_duty("30.5¢/kg + 8.5% (S+,E)")
    assert duty.programmes == ("S+", "E")
    assert duty.to_dict()["programmes"] == ["S+", "E"]
    assert parse_duty(duty.rate_text) == duty != parse_duty("30.5¢/kg + 8.5%")


# Values -----------------------------------------------------------------------------------------------------------


def test_equal_duties_are_those_that_say_the_same() -> None:
    assert parse_duty("2.1¢/kg + 5%") == parse_duty("$0.021 / kg +5 %")
    assert hash(parse_duty("2.1¢/kg")) == hash(parse_duty("0.021 USD/kg"))
    assert parse_duty("?") != parse_duty("??")
    assert parse_duty("Free") != parse_duty("0%")
    assert parse_duty("Free") != "Free"
    duty = parse_duty("2.1¢/kg + 5%")
    assert duty.rate_text
    assert pickle.loads(pickle.dumps(duty)) == duty


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"percent": "-1"},
        {"percent": "a"},
        {"percent": "5", "amount": "1"},
        {"percent": "5", "qualifier": "of alcohol"},
        {"amount": "1", "currency": "EUR", "per": "1"},
        {"amount": "1", "currency": "EUR", "per": "1", "unit": "stone"},
        {"amount": "1", "currency": "EUR", "per": "0", "unit": "kg"},
        {"amount": "1", "per": "1", "unit": "kg"},
    ],
)
def test_a_term_is_whole_or_not_at_all(arguments: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"term|decimal"):
        Term("+", **arguments)


def test_percent_is_the_fraction_of_a_purely_ad_valorem_duty() -> None:
    assert parse_duty("12.5% less 2.5%").percent == 10_000_000
    assert parse_duty("12.5% MAX 3%").percent == 3_000_000
    assert parse_duty("2% MIN 3%").percent == 3_000_000
    assert parse_duty("0%").percent == parse_duty("Free").percent == 0
    assert parse_duty("5% + 1 EUR/kg").percent is None


def test_units_follow_from_known_units() -> None:
    assert set(BASES) < set(UNITS)
    assert {base for base, _, _ in BASES.values()} < set(UNITS)


# Evaluation -------------------------------------------------------------------------------------------------------

E14 = 10**14


def same(amount: int, currency: str) -> int:
    return amount


def told(**quantities: str) -> Callable[[str], int | Unknown | None]:
    return lambda unit: scaled(quantities[unit]) if unit in quantities else UNKNOWN


@pytest.mark.parametrize(
    ("text", "kg", "expected"),
    [
        ("9.00 % + 23.20 EUR / 100 kg MAX 16.50 %", "10", "11.32"),
        ("9.00 % + 23.20 EUR / 100 kg MAX 16.50 %", "100", "16.50"),
        ("9.00 % MIN 23.20 EUR / 100 kg", "10", "9"),
        ("9.00 % MIN 23.20 EUR / 100 kg", "100", "23.2"),
        ("10% less 2 EUR/100 kg", "50", "9"),
        ("1 EUR/t", "10", "0.01"),
        ("1 EUR/g", "0.5", "500"),
        ("0.004 EUR/7 kg", "1", "0.00057142857143"),
    ],
)
def test_prices_a_hundred_euros_of_goods(text: str, kg: str, expected: str) -> None:
    assert parse_duty(text).evaluate(100 * 10**6, told(kg=kg), same) == int(Decimal(expected) * E14)


def test_the_division_rounds_half_even() -> None:
    for quantity, result in (("0.000001", 0), ("0.000003", 2), ("0.000005", 2)):
        assert parse_duty("0.000001 EUR/200 kg").evaluate(0, told(kg=quantity), same) == result


def test_a_unit_that_is_told_wins_over_the_one_it_follows_from() -> None:
    duty = parse_duty("1 EUR/dozen")
    assert duty.evaluate(0, told(dozen="3", item="24"), same) == 3 * E14
    assert duty.evaluate(0, told(item="24"), same) == 2 * E14
    assert duty.evaluate(0, lambda unit: None, same) is UNKNOWN


def test_a_qualified_measure_is_not_the_plain_one() -> None:
    duty = parse_duty("$2/L of alcohol")
    assert duty.units() == ("l of alcohol",)
    assert duty.evaluate(0, told(l="1"), same) is UNKNOWN
    assert duty.evaluate(0, {"l of alcohol": 500_000}.get, same) == E14
    hectolitre = parse_duty("2 EUR/hl of alcohol")
    assert hectolitre.evaluate(0, {"l of alcohol": 50 * 10**6}.get, same) == E14
    assert hectolitre.evaluate(0, {"l": 50 * 10**6}.get, same) is UNKNOWN


def test_amounts_are_converted_each_from_its_currency() -> None:
    seen = []

    def convert(amount: int, currency: str) -> int | Unknown:
        seen.append((amount, currency))
        return amount * 2 if currency == "USD" else UNKNOWN

    assert parse_duty("3 USD/kg").evaluate(0, told(kg="2"), convert) == 12 * E14
    assert parse_duty("3 EUR/kg").evaluate(0, told(kg="2"), convert) is UNKNOWN
    assert seen == [(6 * E14, "USD"), (6 * E14, "EUR")]


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("Free", UNKNOWN, 0),
        ("5%", UNKNOWN, UNKNOWN),
        ("0%", UNKNOWN, 0),
        ("1 EUR/kg", 10, UNKNOWN),
        ("0.00 EUR/kg", 10, 0),
        ("1 EUR/kg MAX 0%", 10, 0),
        ("1 EUR/kg MAX 5%", 10, UNKNOWN),
        ("1 EUR/kg MIN 5%", 10, UNKNOWN),
        ("5% MIN 1 EUR/kg MAX 5%", 10, 50),
        ("5% MAX 1 EUR/kg MIN 5%", 10, 50),
        ("5% MAX 1 EUR/kg", 10, UNKNOWN),
        ("5% MIN 1 EUR/kg", 10, UNKNOWN),
        ("5% MIN 1 EUR/kg MAX 4%", 10, 40),
        ("1 EUR/kg less 5% less 1 EUR/kg", 10, UNKNOWN),
        ("5% less 1 EUR/kg MIN 5%", 10, 50),
        ("5% less 1 EUR/kg", 10, UNKNOWN),
    ],
)
def test_unknown_stays_unknown_unless_it_makes_no_difference(
    text: str, value: int | Unknown, expected: int | Unknown
) -> None:
    scaled_value = value if isinstance(value, Unknown) else value * 10**6
    scaled_result = expected if isinstance(expected, Unknown) else expected * E14 // 100
    duty = parse_duty(text)
    assert duty.kind != "unreadable"
    assert duty.evaluate(scaled_value, lambda unit: UNKNOWN, same) == scaled_result
    assert duty.evaluate(scaled_value, lambda unit: None, same) == scaled_result


# Laws -------------------------------------------------------------------------------------------------------------

numbers = st.decimals(min_value=0, max_value=9999, places=2).map(lambda n: f"{n:.2f}") | st.integers(0, 500).map(str)
qualifiers = st.none() | st.sampled_from(
    ["on drained weight", "of alcohol", "including weight of container", "net dry", "clean", "lactic matter", "TSS"]
)
specifics = st.tuples(
    numbers,
    st.sampled_from(["EUR", "USD", "JPY", "GBP", "AUD"]),
    st.sampled_from(["1", "100", "1000"]),
    st.sampled_from(sorted(UNITS)),
    qualifiers,
)


def sums(op: str) -> st.SearchStrategy[Term]:
    return numbers.map(lambda n: Term(op, percent=n)) | specifics.map(lambda parts: Term(op, None, *parts))


signs = st.sampled_from(["+", "-"]).flatmap(sums)
limits = st.sampled_from(["min", "max"]).flatmap(sums)
duties = st.builds(
    lambda first, more, caps, reference, programmes: Duty.of((first, *more, *caps), reference, programmes),
    sums("+"),
    st.lists(signs, max_size=3),
    st.lists(limits, max_size=2),
    st.sampled_from([None, None, "The duty provided in the applicable subheading"]),
    st.sampled_from([(), (), ("A",), ("A*", "AU", "S+")]),
)


@given(duties)
def test_the_canonical_text_reads_back(duty: Duty) -> None:
    again = parse_duty(duty.rate_text)
    assert again == duty
    assert again.kind == duty.kind
    assert again.rate_text == duty.rate_text == duty.text
    assert again.units() == duty.units()


amounts = st.integers(0, 10**12)


@given(duties, amounts, amounts, amounts)
def test_more_value_is_never_less_duty(duty: Duty, value: int, more: int, quantity: int) -> None:
    assume(duty.reference is None and all(term.op != "-" for term in duty.terms))
    less_duty = duty.evaluate(value, lambda unit: quantity, same)
    assert less_duty <= duty.evaluate(value + more, lambda unit: quantity, same)
    assert less_duty >= 0


@given(sums("+"), sums("min"), sums("max"), amounts, amounts)
def test_limits_hold(base: Term, least: Term, most: Term, value: int, quantity: int) -> None:
    def due(*parts: Term) -> int:
        result = Duty.of(parts).evaluate(value, lambda unit: quantity, same)
        assert isinstance(result, int)
        return result

    low = due(Term("+", *_after_op(least)))
    high = due(Term("+", *_after_op(most)))
    assert due(base, least) == max(due(base), low)
    assert due(base, least, most) == min(max(due(base), low), high)
    if low <= high:
        assert low <= due(base, least, most) <= high


def _after_op(term: Term) -> tuple[str | None, ...]:
    return term.percent, term.amount, term.currency, term.per, term.unit, term.qualifier


@given(duties, amounts, st.dictionaries(st.sampled_from(sorted(UNITS)), amounts), amounts)
def test_telling_more_never_changes_an_answer(duty: Duty, value: int, known: dict[str, int], rest: int) -> None:
    before = duty.evaluate(value, known.get, same)
    after = duty.evaluate(value, lambda unit: known.get(unit, rest if unit not in BASES else None), same)
    assert before is UNKNOWN or before == after
    assert duty.evaluate(UNKNOWN, known.get, same) in (UNKNOWN, before)


@given(duties, amounts)
def test_percent_agrees_with_evaluation(duty: Duty, value: int) -> None:
    if duty.percent is not None:
        assert duty.evaluate(value, lambda unit: None, same) == duty.percent * value


# Real tariffs -----------------------------------------------------------------------------------------------------

JAPAN_NOT_RATES = {"stat_code9", "hs6", "level", "description_ja", "unit1", "unit2", "other_laws"}
FILES = {
    "us": ("us/usitc_hts_2026_rev4.csv.gz", lambda name: name.endswith("Rate of Duty"), "USD", 0.90, 0.99),
    "uk": ("uk_tariff/global_uk_tariff_2021-01.csv.gz", lambda name: name.endswith("_duty_rate"), "GBP", 0.95, 0.997),
    "jp": ("jp_tariff_2026-04-01.csv.gz", lambda name: name not in JAPAN_NOT_RATES, "USD", 0.53, 0.985),
    "au": ("au_tariff_schedule3_2026-04.csv.gz", lambda name: name == "general_rate", "AUD", 0.99, 0.99),
}
NUMBER = re.compile(r"[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?|\.[0-9]+")


def expressions(name: str) -> Iterator[str]:
    path, is_rate, *_ = FILES[name]
    with gzip.open(shared_data(path), "rt", encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            for column, cell in row.items():
                if cell and is_rate(column):
                    yield from (rate for rate, _ in split_programmes(cell)) if name == "us" else (cell,)


def found_numbers(text: str) -> Counter[Decimal]:
    return Counter(Decimal(number.replace(",", "")) for number in NUMBER.findall(text))


def kept_numbers(duty: Duty, text: str) -> Counter[Decimal]:
    kept = found_numbers(duty.reference or "")
    for term in duty.terms:
        if term.percent is not None:
            kept[Decimal(term.percent)] += 1
            continue
        kept[Decimal(term.amount)] += 1
        if "¢" in text:
            kept[Decimal(term.amount) * 100] += 1
        kept[Decimal(term.per)] += 1
        kept += found_numbers(f"{term.unit} {term.qualifier}")
    return kept


@pytest.mark.parametrize("name", sorted(FILES))
def test_reads_a_real_tariff_and_drops_no_number(name: str) -> None:
    *_, dollar, floor_of_distinct, floor_of_cells = FILES[name]
    cells = Counter(expressions(name))
    read = {}
    for text in cells:
        duty = parse_duty(text, dollar=dollar)
        if duty.kind == "unreadable":
            continue
        read[text] = duty
        assert parse_duty(duty.rate_text) == duty, text
        proviso = text.partition("場合は")[0]  # a proviso names its rate twice
        assert found_numbers(proviso) <= kept_numbers(duty, text), text
    assert len(read) >= floor_of_distinct * len(cells)
    assert sum(cells[text] for text in read) >= floor_of_cells * cells.total()


# Codes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [("6109.10.00.10", "6109100010"), (" 6109 10 ", "610910"), ("0101.21", "010121"), ("6109\u00a0100", "6109100")],
)
def test_dots_and_blanks_are_dropped_from_a_code(text: str, code: str) -> None:
    assert normal_code(text) == code
    assert normal_code(code) == code


@pytest.mark.parametrize(
    "text", ["", "6109", "61091", "61091000100", "6109-10", "6109x0", "\u0666\u0661\u0660\u0669\u0661\u0660"]
)
def test_anything_else_is_no_code(text: str) -> None:
    with pytest.raises(ValueError, match=r"^found .*, expected a tariff code of 6 to 10 digits \(dots and blanks"):
        normal_code(text)


def test_a_long_wrong_code_is_shown_short() -> None:
    with pytest.raises(ValueError, match=r"\(100000 chars\)") as caught:
        normal_code("1" * 100_000)
    assert len(str(caught.value)) < 250


def test_prefixes() -> None:
    assert is_prefix("61", "6109.10")
    assert is_prefix("6109.10", "610910")
    assert not is_prefix("6109.11", "610910")
    assert not is_prefix("", "610910")
    assert not is_prefix(" . ", "610910")
