"""Exact money: rounding, allocation, reading and writing, whatever the ambient decimal context says."""

from __future__ import annotations

import decimal
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xbcompliance import EngineError
from xbcompliance.money import (
    MODES,
    allocate,
    currencies,
    divide,
    from_decimal,
    minor_digits,
    percent,
    plain,
    rounded,
    scaled,
    text,
    to_money,
)

NUMBERS = st.integers(-(10**21), 10**21)
DIVISORS = st.integers(1, 10**12)
STEPS = {
    "half_up": decimal.ROUND_HALF_UP,
    "half_even": decimal.ROUND_HALF_EVEN,
    "half_down": decimal.ROUND_HALF_DOWN,
    "up": decimal.ROUND_UP,
    "down": decimal.ROUND_DOWN,
    "floor": decimal.ROUND_FLOOR,
    "ceiling": decimal.ROUND_CEILING,
}


def test_the_modes_are_the_seven_of_the_decimal_module():
    assert set(MODES) == set(STEPS)


@given(NUMBERS, st.integers(0, 12), st.sampled_from(MODES))
def test_rounding_to_decimals_is_that_of_the_decimal_module(value, scale, mode):
    context = decimal.Context(prec=60, rounding=STEPS[mode])
    wanted = Decimal(value).scaleb(-scale, context).quantize(Decimal(1), context=context)
    assert divide(value, 10**scale, mode) == int(wanted)


@given(NUMBERS, DIVISORS, st.sampled_from(MODES))
def test_a_quotient_is_within_one_of_the_exact_one(a, b, mode):
    exact, found = Fraction(a, b), divide(a, b, mode)
    assert abs(found - exact) < 1
    if mode.startswith("half"):
        assert abs(found - exact) <= Fraction(1, 2)
    if exact.denominator == 1:
        assert found == exact


@given(NUMBERS, DIVISORS, st.sampled_from([m for m in MODES if m not in ("floor", "ceiling")]))
def test_modes_by_size_treat_signs_alike(a, b, mode):
    assert divide(-a, b, mode) == -divide(a, b, mode)


@given(NUMBERS, DIVISORS)
def test_floor_and_ceiling_go_by_sign(a, b):
    assert divide(-a, b, "floor") == -divide(a, b, "ceiling")
    assert divide(a, b, "ceiling") - divide(a, b, "floor") == (a % b != 0)


@pytest.mark.parametrize(
    ("mode", "halves"),
    [
        ("half_up", (-3, -2, -1, 1, 2, 3)),
        ("half_even", (-2, -2, 0, 0, 2, 2)),
        ("half_down", (-2, -1, 0, 0, 1, 2)),
        ("up", (-3, -2, -1, 1, 2, 3)),
        ("down", (-2, -1, 0, 0, 1, 2)),
        ("floor", (-3, -2, -1, 0, 1, 2)),
        ("ceiling", (-2, -1, 0, 1, 2, 3)),
    ],
)
def test_halves(mode, halves):
    assert tuple(divide(n, 2, mode) for n in (-5, -3, -1, 1, 3, 5)) == halves


@given(NUMBERS, st.integers(0, 12), st.integers(-2, 12), st.sampled_from(MODES), st.sampled_from([1, 5, 10, 25]))
def test_rounding_gives_multiples_of_the_step(value, scale, digits, mode, step):
    found = rounded(value, scale, digits, mode, step)
    assert found % step == 0
    assert abs(Fraction(found, 1) / Fraction(10) ** digits - Fraction(value, 10**scale)) < step / Fraction(10) ** digits


def test_rounding_to_more_decimals_than_there_are_changes_nothing():
    assert rounded(1234, 2, 6, "half_up") == 12340000
    assert rounded(1234, 2, 2, "down") == 1234
    assert rounded(1_234_567, 2, -2, "half_up") == 123


# ---------------------------------------------------------------------------------------------------------- allocation

WEIGHTS = st.lists(st.integers(0, 10**15), min_size=1, max_size=8)


@given(NUMBERS, WEIGHTS)
def test_parts_sum_to_the_whole_and_each_is_within_one_of_its_exact_part(whole, weights):
    ids = [str(index) for index in range(len(weights))]
    parts = allocate(whole, weights, ids)
    assert sum(parts) == whole
    shares = weights if sum(weights) else [1] * len(weights)
    for part, weight in zip(parts, shares, strict=True):
        assert abs(part - Fraction(whole * weight, sum(shares))) < 1


@given(NUMBERS, WEIGHTS, st.randoms())
def test_the_order_of_the_parts_does_not_matter(whole, weights, chance):
    ids = [f"{index:02}" for index in range(len(weights))]
    parts = dict(zip(ids, allocate(whole, weights, ids), strict=True))
    order = list(range(len(weights)))
    chance.shuffle(order)
    names = [ids[i] for i in order]
    shuffled = allocate(whole, [weights[i] for i in order], names)
    assert dict(zip(names, shuffled, strict=True)) == parts


@given(NUMBERS, WEIGHTS)
def test_a_whole_and_its_opposite_have_opposite_parts(whole, weights):
    ids = [str(index) for index in range(len(weights))]
    assert allocate(-whole, weights, ids) == [-part for part in allocate(whole, weights, ids)]


@given(st.integers(0, 10**9), WEIGHTS)
def test_no_weight_gets_nothing_unless_all_have_none(whole, weights):
    parts = allocate(whole, weights, [str(index) for index in range(len(weights))])
    if sum(weights):
        assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


def test_ties_go_to_the_lower_id():
    assert allocate(1, [1, 1, 1], ["c", "a", "b"]) == [0, 1, 0]
    assert allocate(2, [1, 1, 1], ["c", "a", "b"]) == [0, 1, 1]
    assert allocate(-1, [1, 1], ["2", "10"]) == [0, -1]  # ids are texts


def test_nothing_to_allocate_to_is_our_own_bug():
    with pytest.raises(EngineError, match=r"^XB-EN-010 allocate: there is nothing to allocate to$"):
        allocate(5, [], [])


# ------------------------------------------------------------------------------------------------- reading and writing


@given(NUMBERS.filter(lambda n: abs(n) < 10**21), st.sampled_from([0, 2, 6]))
def test_what_is_written_reads_back(value, scale):
    if abs(value) < 10 ** (15 + scale):
        assert scaled(text(value, scale), scale) == value
        assert scaled(plain(value, scale), scale) == value


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        " 1",
        "1 ",
        "+1",
        "1,5",
        "1.",
        ".5",
        "1e3",
        "1_000",
        "٣",
        "NaN",
        "0x1",
        "--1",
        "1" * 16,
        "0." + "1" * 13,
    ],
)
def test_what_is_no_plain_decimal_number_is_refused(wrong):
    with pytest.raises(ValueError, match="is not a decimal number"):
        scaled(wrong)


def test_more_decimals_than_the_scale_holds_are_never_cut():
    with pytest.raises(ValueError, match=r"'0\.0000001' has more than 6 decimals"):
        scaled("0.0000001")
    assert scaled("0.1000000") == 100_000  # zeros carry nothing
    assert scaled("-0.5", 1) == -5
    assert scaled("999999999999999.999999") == 10**21 - 1


def test_extremes_are_written_in_full():
    assert text(10**21 - 1, 6) == "999999999999999.999999"
    assert text(-1, 6) == "-0.000001"
    assert text(-1, 0) == "-1"
    assert text(5, -2) == "500"
    assert plain(0, 6) == "0"
    assert plain(-1_500_000, 6) == "-1.5"
    assert plain(1000, 0) == "1000"
    assert percent(100_000_000) == "100 %"
    assert percent(-5_000_000) == "-5 %"
    assert percent(1) == "0.000001 %"


@given(NUMBERS, st.sampled_from([0, 2, 6]))
def test_decimals_become_integers_whatever_the_ambient_context_says(value, scale):
    told = Decimal(text(value, scale))
    with decimal.localcontext(decimal.Context(prec=3, rounding=decimal.ROUND_UP, traps=[])):
        assert from_decimal(told, 6) == value * 10 ** (6 - scale)


def test_a_decimal_that_does_not_fit_is_an_error_not_a_rounding():
    with pytest.raises(decimal.Inexact):
        from_decimal(Decimal("0.0000001"))
    assert from_decimal(Decimal("1E+5")) == 10**11


@pytest.mark.parametrize(("currency", "digits"), [("EUR", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("TND", 3)])
def test_minor_units_follow_iso_4217(currency, digits):
    assert minor_digits(currency) == digits
    assert to_money(12345, currency).amount == Decimal(12345).scaleb(-digits)
    assert str(to_money(12345, currency).currency) == currency


def test_currencies_of_lanes_are_in_use_and_metals_are_not():
    in_use = {"EUR", "GBP", "USD", "CNY", "JPY", "CHF", "NOK", "CAD", "AUD", "KRW", "MXN", "BRL", "XPF", "XOF"}
    assert in_use <= currencies()
    assert not currencies() & {"XAU", "XTS", "XXX", "QQQ", "eur", ""}
